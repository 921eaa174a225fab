"""Keep who looked at whose page, when, and who was refused: the log that the law on personal data asks for.

Decides that a look is noted at once, without waiting for the disk, and what is kept of it (no value of the record).
While the database is held or the disk is full, looks wait in memory and are written with the next; not without end.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, insert, select

from schemas.errors import StorageError
from village_node.accounts.sessions import Session
from village_node.clock import local_time
from village_node.laptop_tables import RECORD_VIEW
from village_node.store import NodeStore

SAME_LOOK_MS = 60_000
"""The parts of one page, and going back to it, are one look."""
WAITING_MAX = 10_000
_RETRY_MS = 2_000
_MONTH_MS = 2_629_800_000


@dataclass(frozen=True, slots=True)
class RecordView:
    """One look; ``record_id`` is None for a page about many, such as an export."""

    record_id: bytes | None
    officer_id: bytes
    officer: str
    page: str
    viewed_ms: int
    is_refused: bool = False


class ViewLog:
    """The view log of one store; safe to share between threads."""

    def __init__(self, store: NodeStore, waiting_max: int = WAITING_MAX) -> None:
        self._waiting_max = waiting_max
        self._store = store
        self._lock = threading.Lock()
        self._waiting: list[RecordView] = []
        self._failed_ms: int | None = None
        self._last: dict[tuple[bytes, bytes | None, str, bool], int] = {}

    def note(
        self, session: Session, record_id: bytes | None, page: str, now_ms: int, *, is_refused: bool = False
    ) -> None:
        """Note a look, or that one was refused; raises StorageError "view-log-full" when far too many wait."""
        key = (session.officer_id, record_id, page, is_refused)
        with self._lock:
            last_ms = self._last.get(key)
            if last_ms is not None and 0 <= now_ms - last_ms < SAME_LOOK_MS:
                return
            if len(self._waiting) >= self._waiting_max:
                raise StorageError(
                    "Catatan akses tidak dapat ditulis",
                    code="view-log-full",
                    hint="Kosongkan sebagian penyimpanan, lalu muat ulang halaman ini.",
                )
            if len(self._last) >= WAITING_MAX:
                self._last.clear()
            self._last[key] = now_ms
            self._waiting.append(
                RecordView(record_id, session.officer_id, session.display_name, page, now_ms, is_refused)
            )
            is_time = self._failed_ms is None or not 0 <= now_ms - self._failed_ms < _RETRY_MS
        if is_time and not self.flush():
            self._failed_ms = now_ms

    def flush(self) -> bool:
        """Write what waits; tells False if the database is held or the disk is full, and it waits on."""
        with self._lock:
            if not self._waiting:
                return True
            if not self._store.note(insert(RECORD_VIEW), [asdict(view) for view in self._waiting]):
                return False
            self._waiting.clear()
            self._failed_ms = None
            return True


def iter_views(
    connection: Connection,
    *,
    record_ids: Collection[bytes] | None = None,
    officer_id: bytes | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    limit: int | None = None,
) -> Iterator[RecordView]:
    """Yield looks, the newest first."""
    query = select(RECORD_VIEW).order_by(RECORD_VIEW.c.viewed_ms.desc(), RECORD_VIEW.c.number.desc())
    if record_ids is not None:
        query = query.where(RECORD_VIEW.c.record_id.in_(list(record_ids)))
    if officer_id is not None:
        query = query.where(RECORD_VIEW.c.officer_id == officer_id)
    if since_ms is not None:
        query = query.where(RECORD_VIEW.c.viewed_ms >= since_ms)
    if until_ms is not None:
        query = query.where(RECORD_VIEW.c.viewed_ms < until_ms)
    for row in connection.execute(query.limit(limit)).mappings():
        yield RecordView(
            row["record_id"], row["officer_id"], row["officer"], row["page"], row["viewed_ms"], row["is_refused"]
        )


def forget_views(connection: Connection, before_ms: int) -> None:
    """Forget looks that are older than they are kept; nothing of what lies in a clock's future."""
    connection.execute(delete(RECORD_VIEW).where(RECORD_VIEW.c.viewed_ms < before_ms))


def kept_since_ms(now_ms: int, months: int) -> int:
    """Return the moment before which looks are forgotten."""
    return now_ms - months * _MONTH_MS


def views_to_csv(views: Iterable[RecordView], utc_offset_minutes: int) -> str:
    """Return looks as a table for a spreadsheet, in local time; a name never becomes a formula there."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["waktu", "petugas", "halaman", "data", "ditolak"])
    for view in views:
        at = f"{local_time(view.viewed_ms, utc_offset_minutes):%Y-%m-%d %H:%M:%S}"
        record = view.record_id.hex() if view.record_id is not None else ""
        table.writerow([at, _plain(view.officer), _plain(view.page), record, "ya" if view.is_refused else ""])
    return out.getvalue()


def _plain(text: str) -> str:
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text
