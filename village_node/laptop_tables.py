"""Lay out what belongs to this laptop alone and never travels: officers, their sessions, who viewed what, settings.

Decides the columns only.  Nothing here is in the journal, in a message or on a stick; a backup holds it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Table
from sqlmodel import Field

from village_node.tables import METADATA, THE_ROW, NodeBase


class OfficerRow(NodeBase, table=True):
    """One officer's account; ``name_key`` is the user name folded, so that no two look alike."""

    __tablename__: ClassVar[Any] = "officer"

    officer_id: bytes = Field(primary_key=True)
    name_key: str = Field(unique=True)
    username: str
    display_name: str
    role: str
    scope_rt: str = ""
    scope_rw: str = ""
    scope_hamlet: str = ""
    password_hash: str
    must_change: bool = False
    is_active: bool = True
    created_ms: int = Field(sa_type=BigInteger)
    failure_count: int = 0
    failed_ms: int = Field(default=0, sa_type=BigInteger)


class DeskSessionRow(NodeBase, table=True):
    """One sign-in of one browser; the token itself is nowhere but in that browser."""

    __tablename__: ClassVar[Any] = "desk_session"

    token_hash: bytes = Field(primary_key=True)
    officer_id: bytes = Field(index=True)
    begun_ms: int = Field(sa_type=BigInteger)
    seen_ms: int = Field(sa_type=BigInteger)
    is_locked: bool = False
    failure_count: int = 0
    failed_ms: int = Field(default=0, sa_type=BigInteger)


class AccountStepRow(NodeBase, table=True):
    """What was done to an account or with it, by whom; names as they were then."""

    __tablename__: ClassVar[Any] = "account_step"

    number: int | None = Field(default=None, primary_key=True)
    at_ms: int = Field(sa_type=BigInteger, index=True)
    officer: str
    step: str
    by: str


class RecordViewRow(NodeBase, table=True):
    """One look at one record's page, or one that was refused; the officer's name as it was then."""

    __tablename__: ClassVar[Any] = "record_view"
    __table_args__: ClassVar[Any] = (
        Index("record_view_record", "record_id", "viewed_ms"),
        Index("record_view_at", "viewed_ms"),
    )

    number: int | None = Field(default=None, primary_key=True)
    record_id: bytes | None = None
    officer_id: bytes
    officer: str
    page: str
    viewed_ms: int = Field(sa_type=BigInteger)
    is_refused: bool = False


class SettingRow(NodeBase, table=True):
    """One group of settings as JSON, by its key; the shapes are those of ``settings`` and of who uses it."""

    __tablename__: ClassVar[Any] = "setting"

    key: str = Field(primary_key=True)
    value_json: str


class LetterLogoRow(NodeBase, table=True):
    """One logo that letterheads have or had, by the digest that letters name; never deleted."""

    __tablename__: ClassVar[Any] = "letter_logo"

    digest: bytes = Field(primary_key=True)
    media_type: str
    width: int
    height: int
    content: bytes
    kept_ms: int = Field(sa_type=BigInteger)


class PracticeMarkRow(NodeBase, table=True):
    """The mark inside a practice database: whoever opens it, under any name, knows that its people are invented."""

    __tablename__: ClassVar[Any] = "practice_mark"

    row: int = Field(default=THE_ROW, primary_key=True)
    made_ms: int = Field(sa_type=BigInteger)


OFFICER: Table = METADATA.tables["officer"]
DESK_SESSION: Table = METADATA.tables["desk_session"]
ACCOUNT_STEP: Table = METADATA.tables["account_step"]
RECORD_VIEW: Table = METADATA.tables["record_view"]
SETTING: Table = METADATA.tables["setting"]
LETTER_LOGO: Table = METADATA.tables["letter_logo"]
PRACTICE_MARK: Table = METADATA.tables["practice_mark"]
