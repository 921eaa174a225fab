"""Let officers in and out, and change their accounts: what the pages and the console call.

Decides the order: an attempt counts before the password is looked at, so that many at once gain nothing; an account
that changed meanwhile lets nobody in.  What is too slow for a transaction (Argon2) happens outside it.
A little longer than most modules: one face for pages and console.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Sequence
from typing import Any, NoReturn

from sqlalchemy import Connection, RowMapping, Table, insert, update

from schemas.errors import RefusedError
from village_node.accounts import officers, sessions
from village_node.accounts.officers import AccountStep, Officer
from village_node.accounts.passwords import Passwords, check_strength
from village_node.accounts.roles import Role, Scope
from village_node.accounts.scopes import may_see
from village_node.accounts.sessions import Session, token_hash
from village_node.accounts.views import RecordView, ViewLog, forget_views, iter_views, kept_since_ms
from village_node.accounts.waiting import in_words, remaining_ms
from village_node.laptop_tables import ACCOUNT_STEP, DESK_SESSION, OFFICER
from village_node.registration.desk_port import DeskPort
from village_node.settings import DeskSettings, read
from village_node.store import NodeStore

NOWHERE_ELSE = Scope()


class Accounts:
    """The officers of one laptop; safe to share between threads.

    Args:
        by: in the methods below, whose session asks; None is somebody at the laptop's own console.
    """

    def __init__(self, store: NodeStore, now_ms: Callable[[], int], passwords: Passwords | None = None) -> None:
        self._store = store
        self._now_ms = now_ms
        self._passwords = passwords or Passwords()
        self._views = ViewLog(store)
        self._unwritten: dict[bytes, int] = {}

    # -- accounts

    def is_empty(self) -> bool:
        """Tell whether nobody has an account yet."""
        with self._store.local_reading() as connection:
            return not officers.has_officers(connection)

    def list(self) -> Sequence[Officer]:
        """Return every account, those that may sign in first."""
        with self._store.local_reading() as connection:
            return officers.read_officers(connection)

    def named(self, username: str) -> Officer:
        """Return the account of a user name; raises DataError "officer-unknown"."""
        with self._store.local_reading() as connection:
            return officers.read_officer(connection, username)

    def create(
        self,
        username: str,
        display_name: str,
        role: Role,
        password: str,
        scope: Scope = NOWHERE_ELSE,
        *,
        by: Session | None = None,
        must_be_first: bool = False,
    ) -> Officer:
        """Make an account; whoever got the password from somebody else must change it at the first sign-in.

        Raises DataError "officer-name", "password-weak", "first-officer-role" or "scope-empty", RefusedError
        "not-allowed", "username-taken" or "not-first".
        """
        officers.check_may(by)
        made = officers.new_officer(username, display_name, role, scope, self._now_ms())
        check_strength(password, made.username)
        hashed = self._passwords.hash(password)
        with self._store.local_writing() as connection:
            officers.add_officer(connection, made, hashed, by=by, must_be_first=must_be_first)
            if by is not None:
                connection.execute(
                    update(OFFICER).where(OFFICER.c.officer_id == made.officer_id).values(must_change=True)
                )
        return made

    def set_password(self, username: str, password: str, *, by: Session | None = None) -> None:
        """Give an officer a new password, which he must change; his sessions end.

        Raises DataError "officer-unknown" or "password-weak", RefusedError "not-allowed".
        """
        check_strength(password, username)
        must_change = by is not None and officers.name_key(username) != officers.name_key(by.username)
        self._change(
            username,
            "password-reset",
            {
                "password_hash": self._passwords.hash(password),
                "must_change": must_change,
                "failure_count": 0,
                "failed_ms": 0,
            },
            by,
        )

    def change_password(self, session: Session, old: str, new: str) -> None:
        """Let an officer change his own password; his other sessions end.

        Raises RefusedError "password-wrong" or "sign-in-wait", DataError "password-weak".
        """
        self._prove(session.token, old)
        check_strength(new, session.username)
        hashed, now_ms = self._passwords.hash(new), self._now_ms()
        with self._store.local_writing() as connection:
            connection.execute(
                update(OFFICER)
                .where(OFFICER.c.officer_id == session.officer_id)
                .values(password_hash=hashed, must_change=False)
            )
            sessions.end_sessions(connection, session.officer_id, but=session.token)
            officers.note_step(connection, now_ms, session.display_name, "password-changed", session)

    def disable(self, username: str, *, by: Session | None = None) -> None:
        """Let an officer in no more; what he did keeps his name.  Raises RefusedError "last-keeper"."""
        self._change(username, "disabled", {"is_active": False}, by)

    def enable(self, username: str, *, by: Session | None = None) -> None:
        """Let an officer in again."""
        self._change(username, "enabled", {"is_active": True, "failure_count": 0, "failed_ms": 0}, by)

    def rename(self, username: str, display_name: str, *, by: Session | None = None) -> None:
        """Change the name that is shown from now on; letters and history keep the one they were written with."""
        name = officers.checked_name(display_name, "display_name")
        self._change(username, "renamed", {"display_name": name}, by)

    def set_role(self, username: str, role: Role, scope: Scope = NOWHERE_ELSE, *, by: Session | None = None) -> None:
        """Change an officer's role and scope; he signs in anew.  Raises as ``disable``, DataError "scope-empty"."""
        values = {"role": role.value, "scope_rt": scope.rt, "scope_rw": scope.rw, "scope_hamlet": scope.hamlet}
        self._change(username, f"role-{role.value}", values, by)

    def steps(self, limit: int = 200) -> Sequence[AccountStep]:
        """Return what was done with accounts, the newest first."""
        with self._store.local_reading() as connection:
            return officers.read_steps(connection, limit)

    def _change(self, username: str, step: str, values: dict[str, Any], by: Session | None) -> None:
        with self._store.local_writing() as connection:
            officers.change_officer(connection, username, step, values, self._now_ms(), by=by)

    # -- the door

    def sign_in(self, username: str, password: str) -> Session:
        """Let an officer in.

        Raises RefusedError "sign-in-failed" (never telling what was wrong) or "sign-in-wait".
        """
        now_ms = self._now_ms()
        with self._store.local_writing() as connection:
            row = officers.find_row(connection, username)
            wait_ms = 0 if row is None else _count_attempt(connection, OFFICER, "officer_id", row, now_ms)
        if wait_ms:
            _refuse_for(wait_ms)
        may_enter = row is not None and row["is_active"]
        if not self._passwords.matches(password, row["password_hash"] if row is not None and may_enter else None):
            self._note_failure(row["display_name"] if row is not None else "?", "sign-in-failed")
            raise RefusedError(
                "Nama atau kata sandi tidak cocok",
                code="sign-in-failed",
                hint="Periksa huruf besar dan kecil. Lupa sandi: minta sekretaris atau kepala desa mengaturnya ulang.",
            )
        assert row is not None
        return self._let_in(row, password, now_ms)

    def _let_in(self, row: RowMapping, password: str, now_ms: int) -> Session:
        renewed = (
            self._passwords.hash(password)
            if self._passwords.is_outdated(row["password_hash"])
            else row["password_hash"]
        )
        with self._store.local_writing() as connection:
            entered = connection.execute(
                update(OFFICER)
                .where(
                    OFFICER.c.officer_id == row["officer_id"],
                    OFFICER.c.password_hash == row["password_hash"],
                    OFFICER.c.is_active.is_(True),
                )
                .values(failure_count=0, failed_ms=0, password_hash=renewed)
            )
            if entered.rowcount != 1:
                raise RefusedError("Akun ini baru saja diubah", code="sign-in-failed", hint="Masuk sekali lagi.")
            token = sessions.begin_session(connection, row["officer_id"], now_ms)
            settings = read(connection, DeskSettings)
            forget_views(connection, kept_since_ms(now_ms, settings.view_log_months))
            held = sessions.session_row(connection, token)
            assert held is not None
            session = sessions.session_of(held, token, now_ms, _idle_ms(settings))
            assert session is not None
            officers.note_step(connection, now_ms, session.display_name, "signed-in", session)
        return session

    def session(self, token: str, *, is_activity: bool = True) -> Session | None:
        """Return who is signed in with a token, None if nobody is; what no officer did keeps no desk unlocked.

        Args:
            is_activity: False for what a page asks by itself, such as the sync line.
        """
        now_ms = self._now_ms()
        with self._store.local_reading() as connection:
            row = sessions.session_row(connection, token)
            if row is None:
                return None
            idle_ms = _idle_ms(read(connection, DeskSettings))
        hashed = token_hash(token)
        session = sessions.session_of(row, token, now_ms, idle_ms, self._unwritten.get(hashed, 0))
        if session is not None and is_activity:
            slid = sessions.slide(session, now_ms, idle_ms)
            if slid is not None and self._store.note(slid):
                self._unwritten.pop(hashed, None)
            elif slid is not None:
                # A full disk shuts nobody out of what can still be read.
                self._unwritten[hashed] = now_ms
        return session

    def sender(self, token: str, mark: str) -> str:
        """Return whose forms have a mark of a session that may be over; empty if nobody here knows."""
        if not hmac.compare_digest(mark.encode(), sessions.form_mark(token).encode()):
            return ""
        with self._store.local_reading() as connection:
            row = sessions.session_row(connection, token)
        return str(row["username"]) if row is not None else ""

    def lock(self, token: str) -> None:
        """Lock the desk of a browser."""
        self._views.flush()
        with self._store.local_writing() as connection:
            sessions.lock_session(connection, token)

    def unlock(self, token: str, password: str) -> Session:
        """Unlock with the password of the officer who holds the session.

        Raises RefusedError "session-over", "password-wrong" or "sign-in-wait".
        """
        row = self._prove(token, password)
        with self._store.local_writing() as connection:
            sessions.unlock_session(connection, token, row["begun_ms"], self._now_ms())
        session = self.session(token)
        if session is None:
            _refuse_over()
        return session

    def sign_out(self, token: str) -> None:
        """End a session; one that is over already is no error."""
        self._views.flush()
        with self._store.local_writing() as connection:
            sessions.end_session(connection, token)

    def _prove(self, token: str, password: str) -> RowMapping:
        """Return the row of a session whose officer knows his password; too many failures end the session."""
        now_ms = self._now_ms()
        with self._store.local_writing() as connection:
            row = sessions.session_row(connection, token)
            if row is None or sessions.session_of(row, token, now_ms, 1) is None:
                _refuse_over()
            counted = {
                "token_hash": token_hash(token),
                "failure_count": row["unlock_failures"],
                "failed_ms": row["unlock_failed_ms"],
            }
            wait_ms = _count_attempt(connection, DESK_SESSION, "token_hash", counted, now_ms)
            is_last = not wait_ms and row["unlock_failures"] + 1 >= sessions.UNLOCK_FAILURES_MAX
        if wait_ms:
            _refuse_for(wait_ms)
        if self._passwords.matches(password, row["password_hash"]):
            with self._store.local_writing() as connection:
                connection.execute(
                    update(DESK_SESSION)
                    .where(DESK_SESSION.c.token_hash == token_hash(token))
                    .values(failure_count=0, failed_ms=0)
                )
            return row
        self._note_failure(row["display_name"], "unlock-failed")
        if is_last:
            self.sign_out(token)
        raise RefusedError("Kata sandi tidak cocok", code="password-wrong", hint="Periksa huruf besar dan kecil.")

    def _note_failure(self, officer: str, step: str) -> None:
        self._store.note(
            insert(ACCOUNT_STEP), [{"at_ms": self._now_ms(), "officer": officer, "step": step, "by": officer}]
        )

    # -- who viewed what

    def note_view(self, session: Session, record_id: bytes | None, page: str, *, is_refused: bool = False) -> None:
        """Note that an officer looked at a record's page, or was refused to."""
        self._views.note(session, record_id, page, self._now_ms(), is_refused=is_refused)

    def must_see(self, session: Session, desk: DeskPort, record_id: bytes, page: str) -> None:
        """Note that an officer looks at a record's page, before it is shown to him.

        Raises RefusedError "out-of-scope", which is noted too.
        """
        if may_see(session, desk, record_id):
            self.note_view(session, record_id, page)
            return
        self.note_view(session, record_id, page, is_refused=True)
        raise RefusedError(
            "Data ini di luar wilayah tugas Anda",
            code="out-of-scope",
            hint="Ketua RT hanya melihat warga RT-nya; selebihnya di kantor desa.",
        )

    def views(
        self,
        *,
        record_id: bytes | None = None,
        record_ids: Collection[bytes] | None = None,
        officer_id: bytes | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int | None = 500,
    ) -> Sequence[RecordView]:
        """Return who looked, the newest first; at one record, or at any of several."""
        self._views.flush()
        with self._store.local_reading() as connection:
            asked = iter_views(
                connection,
                record_ids=[record_id] if record_id is not None else record_ids,
                officer_id=officer_id,
                since_ms=since_ms,
                until_ms=until_ms,
                limit=limit,
            )
            return [*asked]


def _idle_ms(settings: DeskSettings) -> int:
    return settings.idle_lock_minutes * 60_000


def _count_attempt(connection: Connection, table: Table, key: str, row: Any, now_ms: int) -> int:
    """Count an attempt before anybody looks at the password, and return 0; or how long is left to wait."""
    wait_ms = remaining_ms(row["failure_count"], row["failed_ms"], now_ms)
    values: dict[str, int] = {}
    if not wait_ms:
        values = {"failure_count": row["failure_count"] + 1, "failed_ms": now_ms}
    elif row["failed_ms"] > now_ms:
        values = {"failed_ms": now_ms}  # the clock went back: the wait begins anew, and ends
    if values:
        connection.execute(update(table).where(table.c[key] == row[key]).values(**values))
    return wait_ms


def _refuse_for(wait_ms: int) -> NoReturn:
    raise RefusedError(
        f"Terlalu banyak percobaan; tunggu {in_words(wait_ms)}",
        code="sign-in-wait",
        hint="Lupa sandi: minta sekretaris atau kepala desa mengaturnya ulang.",
    )


def _refuse_over() -> NoReturn:
    raise RefusedError("Sesi ini sudah berakhir", code="session-over", hint="Masuk lagi; draf Anda tersimpan.")
