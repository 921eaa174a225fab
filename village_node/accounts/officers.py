"""Keep the officers' accounts: names, roles, scopes, passwords, and the steps that were taken with them.

Decides who may change an account and that somebody who can let others in is always left.  Accounts are never deleted:
the register's history and the letters keep the names they were written with, whatever an account is called today.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from schemas.errors import DataError, RefusedError
from village_node.accounts.roles import KEEPERS, Action, Role, Scope, may
from village_node.accounts.sessions import Session, end_sessions
from village_node.laptop_tables import ACCOUNT_STEP, OFFICER

NAME_CHARACTERS_MAX = 60
OFFICER_ID_BYTES = 16
AT_THE_LAPTOP = "laptop"
"""Whose word it was when somebody typed at the console: whoever can open the database may let people in."""


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer's account, without the password."""

    officer_id: bytes
    username: str
    display_name: str
    role: Role
    scope: Scope
    is_active: bool
    must_change: bool
    created_ms: int


@dataclass(frozen=True, slots=True)
class AccountStep:
    """What was done with an account: ``step`` is a code such as "created" or "sign-in-failed"."""

    at_ms: int
    officer: str
    step: str
    by: str


def name_key(username: str) -> str:
    """Fold a user name, so that "Siti " and "siti" are one officer."""
    return " ".join(unicodedata.normalize("NFKC", username).casefold().split())


def read_officers(connection: Connection) -> list[Officer]:
    """Return every account, those that may sign in first, by name."""
    rows = connection.execute(select(OFFICER).order_by(OFFICER.c.is_active.desc(), OFFICER.c.name_key)).mappings()
    return [_officer(row) for row in rows]


def read_officer(connection: Connection, username: str) -> Officer:
    """Return one account; raises DataError "officer-unknown"."""
    return _officer(need_row(connection, username))


def find_row(connection: Connection, username: str) -> RowMapping | None:
    """Return the row of a user name, None if nobody has it."""
    query = select(OFFICER).where(OFFICER.c.name_key == name_key(username))
    return connection.execute(query).mappings().one_or_none()


def has_officers(connection: Connection) -> bool:
    """Tell whether any account was ever made."""
    return connection.scalar(select(OFFICER.c.officer_id).limit(1)) is not None


def add_officer(
    connection: Connection, officer: Officer, password_hash: str, *, by: Session | None, must_be_first: bool = False
) -> None:
    """Add an account.

    Raises RefusedError "not-allowed", "not-first" or "username-taken", DataError "first-officer-role" or "scope-empty".
    """
    check_may(by)
    _check_scope(officer.role, officer.scope)
    is_first = not has_officers(connection)
    if must_be_first and not is_first:
        raise RefusedError("Petugas pertama sudah ada", code="not-first", hint="Masuk dengan nama dan sandi Anda.")
    if is_first and officer.role not in KEEPERS:
        raise DataError(
            "Petugas pertama harus kepala atau sekretaris desa",
            code="first-officer-role",
            hint="Hanya mereka yang dapat menambah petugas lain.",
            field="role",
        )
    if find_row(connection, officer.username) is not None:
        raise RefusedError(
            f"Nama pengguna {officer.username!r} sudah dipakai",
            code="username-taken",
            hint="Pilih nama lain; akun yang dinonaktifkan dapat diaktifkan lagi.",
        )
    connection.execute(
        insert(OFFICER).values(
            officer_id=officer.officer_id,
            name_key=name_key(officer.username),
            username=officer.username,
            display_name=officer.display_name,
            role=officer.role.value,
            scope_rt=officer.scope.rt,
            scope_rw=officer.scope.rw,
            scope_hamlet=officer.scope.hamlet,
            password_hash=password_hash,
            must_change=officer.must_change,
            is_active=True,
            created_ms=officer.created_ms,
            failure_count=0,
            failed_ms=0,
        )
    )
    note_step(connection, officer.created_ms, officer.display_name, "created", by)


def new_officer(username: str, display_name: str, role: Role, scope: Scope, now_ms: int) -> Officer:
    """Return an account that is not kept yet; raises DataError "officer-name"."""
    return Officer(
        officer_id=secrets.token_bytes(OFFICER_ID_BYTES),
        username=checked_name(username, "username"),
        display_name=checked_name(display_name, "display_name"),
        role=role,
        scope=scope,
        is_active=True,
        must_change=False,
        created_ms=now_ms,
    )


def change_officer(
    connection: Connection, username: str, step: str, values: dict[str, Any], now_ms: int, *, by: Session | None
) -> RowMapping:
    """Change an account and note the step; whoever loses rights loses his sessions.

    Raises RefusedError "not-allowed" or "last-keeper", DataError "officer-unknown" or "scope-empty".
    """
    check_may(by)
    row = need_row(connection, username)
    role = Role(values.get("role", row["role"]))
    _check_scope(role, scope_of({**row, **values}))
    if row["is_active"] and row["role"] in KEEPERS and not (values.get("is_active", True) and role in KEEPERS):
        _check_another_keeper(connection, row["officer_id"])
    connection.execute(update(OFFICER).where(OFFICER.c.officer_id == row["officer_id"]).values(**values))
    if {"role", "scope_rt", "is_active", "password_hash"} & set(values):
        end_sessions(connection, row["officer_id"], but=by.token if by is not None else None)
    note_step(connection, now_ms, row["display_name"], step, by)
    return row


def need_row(connection: Connection, username: str) -> RowMapping:
    """Return the row of a user name; raises DataError "officer-unknown"."""
    row = find_row(connection, username)
    if row is None:
        raise DataError(
            f"Tidak ada petugas bernama {username!r}",
            code="officer-unknown",
            hint="`kampung village officer list` menyebut semua nama.",
            field="username",
        )
    return row


def check_may(by: Session | None) -> None:
    """Raise RefusedError "not-allowed" unless this session, or the laptop's console, may change accounts."""
    if by is not None and not may(by, Action.OFFICERS):
        raise RefusedError(
            "Peran Anda tidak membolehkan ini", code="not-allowed", hint="Minta kepada sekretaris atau kepala desa."
        )


def note_step(connection: Connection, at_ms: int, officer: str, step: str, by: Session | None) -> None:
    """Write down what was done with an account, in the transaction that does it."""
    name = AT_THE_LAPTOP if by is None else by.display_name
    connection.execute(insert(ACCOUNT_STEP).values(at_ms=at_ms, officer=officer, step=step, by=name))


def read_steps(connection: Connection, limit: int) -> list[AccountStep]:
    """Return the newest steps first."""
    query = select(ACCOUNT_STEP).order_by(ACCOUNT_STEP.c.number.desc()).limit(limit)
    return [
        AccountStep(row["at_ms"], row["officer"], row["step"], row["by"])
        for row in connection.execute(query).mappings()
    ]


def checked_name(text: str, field: str) -> str:
    """Return a name without needless spaces; raises DataError "officer-name"."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_CHARACTERS_MAX or not name.isprintable():
        raise DataError(
            f"Nama harus 1 sampai {NAME_CHARACTERS_MAX} huruf", code="officer-name", field=field, value=text
        )
    return name


def scope_of(row: Any) -> Scope:
    """Return the scope that a row holds."""
    return Scope(row["scope_rt"], row["scope_rw"], row["scope_hamlet"])


def _officer(row: RowMapping) -> Officer:
    return Officer(
        officer_id=row["officer_id"],
        username=row["username"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        scope=scope_of(row),
        is_active=row["is_active"],
        must_change=row["must_change"],
        created_ms=row["created_ms"],
    )


def _check_scope(role: Role, scope: Scope) -> None:
    if role is Role.RT_HEAD and not scope.is_narrow:
        raise DataError(
            "Ketua RT memerlukan nomor RT", code="scope-empty", hint="Isi RT, dan RW bila ada.", field="scope"
        )


def _check_another_keeper(connection: Connection, officer_id: bytes) -> None:
    others = connection.scalar(
        select(func.count())
        .select_from(OFFICER)
        .where(
            OFFICER.c.is_active.is_(True),
            OFFICER.c.role.in_([role.value for role in KEEPERS]),
            OFFICER.c.officer_id != officer_id,
        )
    )
    if not others:
        raise RefusedError(
            "Ini kepala atau sekretaris terakhir yang dapat masuk",
            code="last-keeper",
            hint="Tambah kepala atau sekretaris lain dahulu.",
        )
