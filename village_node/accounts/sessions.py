"""Hold who is signed in, in the database, so that a power cut or a restart signs nobody out.

Decides when a session ends (twelve hours after the sign-in), when it is locked (idle, by hand, or the clock went back)
and how seldom its row is written.  The token is the browser's alone; its hash is kept.  Whose password is right is
``door``'s.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from sqlalchemy import Connection, RowMapping, Update, delete, insert, select, update

from village_node.accounts.roles import Role, Scope
from village_node.laptop_tables import DESK_SESSION, OFFICER

TOKEN_BYTES = 32
LASTS_MS = 12 * 3600 * 1000
UNLOCK_FAILURES_MAX = 10
"""After so many wrong passwords at a lock the session is over, and the door's own waiting takes its turn."""
_SLIDE_MS_MAX = 60_000
_CLOCK_SLACK_MS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is signed in at one browser.  ``csrf`` goes into its forms; ``ends_ms`` is when to sign in again."""

    token: str = field(repr=False)
    officer_id: bytes
    username: str
    display_name: str
    role: Role
    scope: Scope
    locked: bool
    must_change: bool
    csrf: str = field(repr=False)
    seen_ms: int
    ends_ms: int


def begin_session(connection: Connection, officer_id: bytes, now_ms: int) -> str:
    """Begin a session and return its token; sessions that are over go away."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    connection.execute(delete(DESK_SESSION).where(DESK_SESSION.c.begun_ms < now_ms - LASTS_MS))
    connection.execute(
        insert(DESK_SESSION).values(
            token_hash=token_hash(token),
            officer_id=officer_id,
            begun_ms=now_ms,
            seen_ms=now_ms,
            is_locked=False,
            failure_count=0,
            failed_ms=0,
        )
    )
    return token


def session_row(connection: Connection, token: str) -> RowMapping | None:
    """Return a session with its officer, None if there is none or its officer may not sign in any more."""
    query = (
        select(
            OFFICER,
            DESK_SESSION.c.begun_ms,
            DESK_SESSION.c.seen_ms,
            DESK_SESSION.c.is_locked,
            DESK_SESSION.c.failure_count.label("unlock_failures"),
            DESK_SESSION.c.failed_ms.label("unlock_failed_ms"),
        )
        .join_from(DESK_SESSION, OFFICER, DESK_SESSION.c.officer_id == OFFICER.c.officer_id)
        .where(DESK_SESSION.c.token_hash == token_hash(token), OFFICER.c.is_active.is_(True))
    )
    return connection.execute(query).mappings().one_or_none()


def session_of(row: RowMapping, token: str, now_ms: int, idle_ms: int, unwritten_seen_ms: int = 0) -> Session | None:
    """Return the session that a row holds at this moment, None if it is over.

    Args:
        unwritten_seen_ms: when the officer was last here, if a full disk could not take it; 0 if it could.
    """
    if now_ms >= row["begun_ms"] + LASTS_MS:
        return None
    seen_ms = max(row["seen_ms"], unwritten_seen_ms)
    idle = now_ms - seen_ms
    return Session(
        token=token,
        officer_id=row["officer_id"],
        username=row["username"],
        display_name=row["display_name"],
        role=Role(row["role"]),
        scope=Scope(row["scope_rt"], row["scope_rw"], row["scope_hamlet"]),
        # A clock that went back cannot say how long nobody was here.
        locked=row["is_locked"] or idle >= idle_ms or idle < -_CLOCK_SLACK_MS,
        must_change=row["must_change"],
        csrf=form_mark(token),
        seen_ms=seen_ms,
        ends_ms=row["begun_ms"] + LASTS_MS,
    )


def slide(session: Session, now_ms: int, idle_ms: int) -> Update | None:
    """Return the statement that notes that the officer is still here, None while the last one is young enough."""
    if session.locked or now_ms - session.seen_ms < min(_SLIDE_MS_MAX, idle_ms // 4):
        return None
    return (
        update(DESK_SESSION)
        .where(DESK_SESSION.c.token_hash == token_hash(session.token), DESK_SESSION.c.is_locked.is_(False))
        .values(seen_ms=now_ms)
    )


def lock_session(connection: Connection, token: str) -> None:
    """Lock a session by hand; one that is over stays over."""
    connection.execute(
        update(DESK_SESSION).where(DESK_SESSION.c.token_hash == token_hash(token)).values(is_locked=True)
    )


def unlock_session(connection: Connection, token: str, begun_ms: int, now_ms: int) -> None:
    """Unlock a session whose officer has proved himself; a clock that went back does not make it longer."""
    connection.execute(
        update(DESK_SESSION)
        .where(DESK_SESSION.c.token_hash == token_hash(token))
        .values(is_locked=False, seen_ms=now_ms, begun_ms=min(begun_ms, now_ms), failure_count=0, failed_ms=0)
    )


def end_session(connection: Connection, token: str) -> None:
    """End a session; one that is over already is no error."""
    connection.execute(delete(DESK_SESSION).where(DESK_SESSION.c.token_hash == token_hash(token)))


def end_sessions(connection: Connection, officer_id: bytes, *, but: str | None) -> None:
    """End every session of an officer, but the one from which he asked for it."""
    ended = delete(DESK_SESSION).where(DESK_SESSION.c.officer_id == officer_id)
    if but is not None:
        ended = ended.where(DESK_SESSION.c.token_hash != token_hash(but))
    connection.execute(ended)


def token_hash(token: str) -> bytes:
    """Return what is kept of a token: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def form_mark(token: str) -> str:
    """Return the mark that a session gives its forms."""
    return hmac.digest(token.encode(errors="replace"), b"kampung/desk-form", "sha256").hex()
