"""Lay out the population register as tables, the same at a village and at the district hub.

Two layers (protocol 4): ``record`` holds each record's newest version exactly as received, and is the truth; all other
tables are an index over bodies that can be thrown away and rebuilt.  So no index is unique and nothing references
anything: two people with one NIK, or a child whose household is still on its way, are data for people to look at.
Deliberately not here: reading and writing (``register.store``) and any rule.  Every key begins with the district, so
that a national operator can spread many districts over one cluster.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, String, Table
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from schemas.fields import Kind
from schemas.shapes import HouseholdColumns, LetterColumns, ResidentColumns, ServiceRequestColumns, VitalEventColumns

LEVEL_FULL, LEVEL_STUB, LEVEL_ERASED = 0, 1, 2

# Clustered by key: a village's rows lie together, and a second copy of a 30-byte key per row is saved.
_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}

# Prefix search is a range of words, which needs the order of code points on every database.
_WORD = String().with_variant(String(collation="C"), "postgresql")


class RegisterBase(SQLModel, registry=registry()):
    """Base of the register's tables, with metadata of its own, so that node and hub live in one process."""


class _Keyed(RegisterBase):
    district_code: str = Field(primary_key=True)
    village_id: int = Field(primary_key=True)
    record_id: bytes = Field(primary_key=True)


class RecordRow(_Keyed, table=True):
    """One record of the registry layer; ``digest`` has 16 bytes, ``body`` is empty when erased."""

    __tablename__: ClassVar[Any] = "record"
    __table_args__: ClassVar[Any] = _CLUSTERED

    kind: int
    level: int
    version: int = Field(sa_type=BigInteger)
    digest: bytes
    body: bytes


class HouseholdRow(HouseholdColumns, _Keyed, table=True):
    """Index of family cards."""

    __tablename__: ClassVar[Any] = "household"
    __table_args__: ClassVar[Any] = (
        Index("household_family_number", "district_code", "family_number"),
        Index("household_area", "district_code", "village_id", "hamlet", "rw", "rt"),
        _CLUSTERED,
    )

    level: int = LEVEL_FULL


class ResidentRow(ResidentColumns, _Keyed, table=True):
    """Index of people; ``is_living`` tells who counts as a resident of the village now."""

    __tablename__: ClassVar[Any] = "resident"
    __table_args__: ClassVar[Any] = (
        Index("resident_nik", "district_code", "nik"),
        Index("resident_name", "district_code", "village_id", "name"),
        Index("resident_household", "district_code", "village_id", "household_id"),
        _CLUSTERED,
    )

    level: int = LEVEL_FULL
    is_living: bool = True


class VitalEventRow(VitalEventColumns, _Keyed, table=True):
    """Index of vital events."""

    __tablename__: ClassVar[Any] = "vital_event"
    __table_args__: ClassVar[Any] = (
        Index("vital_event_subject", "district_code", "village_id", "subject_id"),
        _CLUSTERED,
    )

    level: int = LEVEL_FULL


class RequestRow(ServiceRequestColumns, _Keyed, table=True):
    """Index of citizens' service requests."""

    __tablename__: ClassVar[Any] = "request"
    __table_args__: ClassVar[Any] = (
        Index("request_applicant", "district_code", "village_id", "applicant_id"),
        _CLUSTERED,
    )

    level: int = LEVEL_FULL


class LetterRow(LetterColumns, _Keyed, table=True):
    """Index of issued letters."""

    __tablename__: ClassVar[Any] = "letter"
    __table_args__: ClassVar[Any] = (
        Index("letter_subject", "district_code", "village_id", "subject_id"),
        _CLUSTERED,
    )

    level: int = LEVEL_FULL


class NameWordRow(RegisterBase, table=True):
    """One normalised word of a person's name, or of a household's address, for search by prefix.

    ``all_words`` repeats all words of the text: it orders the hits and answers for the other words that were typed,
    so that a search reads one range of this table and nothing else.
    """

    __tablename__: ClassVar[Any] = "name_word"
    __table_args__: ClassVar[Any] = _CLUSTERED

    district_code: str = Field(primary_key=True)
    village_id: int = Field(primary_key=True)
    kind: int = Field(primary_key=True)
    word: str = Field(primary_key=True, sa_type=_WORD)
    all_words: str = Field(primary_key=True, sa_type=_WORD)
    record_id: bytes = Field(primary_key=True)


METADATA = RegisterBase.metadata

RECORD: Table = METADATA.tables["record"]
RESIDENT: Table = METADATA.tables["resident"]
HOUSEHOLD: Table = METADATA.tables["household"]
NAME_WORD: Table = METADATA.tables["name_word"]

INDEX_TABLES: dict[int, Table] = {
    Kind.HOUSEHOLD: HOUSEHOLD,
    Kind.RESIDENT: RESIDENT,
    Kind.VITAL_EVENT: METADATA.tables["vital_event"],
    Kind.REQUEST: METADATA.tables["request"],
    Kind.LETTER: METADATA.tables["letter"],
}
"""The index table of each kind that has one."""
