"""Remember when this office was last backed up to a stick, and say when it is time again.

Decides when that is: after the days that are set, if anything was saved since; never for practice.  What the district
holds already can be fetched from there, so the count tells how much only this laptop and its backups have.  Making the
backup is ``backup``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, func, select

from village_node.settings import DeskSettings, Settings, read, write
from village_node.store import NodeStore
from village_node.tables import OWN_CHANGE, OWN_ENTRY

_DAY_MS = 86_400_000


class LastBackup(Settings, frozen=True, kw_only=True):
    """The newest backup that left this laptop; ``at_ms`` 0: there is none yet."""

    key: ClassVar[str] = "last-backup"

    at_ms: int = 0
    place: str = ""
    entry_count: int = 0


@dataclass(frozen=True, slots=True)
class BackupReminder:
    """How things stand; ``days`` is None without a backup, or if the clock is behind the last one.

    ``new_entries`` were saved since the last backup; ``only_here`` of all entries the district does not hold safely.
    """

    is_due: bool
    last_ms: int | None
    place: str
    days: int | None
    new_entries: int
    only_here: int


def entry_count(store: NodeStore) -> int:
    """Return how many own entries there are now: what a backup that begins now will hold at least."""
    with store.local_reading() as connection:
        return _entries(connection)


def note_backup(store: NodeStore, place: str, now_ms: int, entries: int) -> None:
    """Note that a backup was written and found whole; call it once the file is on the stick.

    Args:
        place: where to, as the officer knows it, such as the name of the stick.
        entries: how many there were when it began; what is saved meanwhile may not be in it.
    """
    with store.local_writing() as connection:
        write(connection, LastBackup(at_ms=now_ms, place=place, entry_count=entries))


def _entries(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(OWN_CHANGE)) or 0


def backup_reminder(store: NodeStore, now_ms: int) -> BackupReminder:
    """Return whether a backup is due now, and what it would save."""
    with store.reading() as working:
        connection, state = working.connection, working.tables.state
        last = read(connection, LastBackup)
        settings = read(connection, DeskSettings)
        entries = _entries(connection)
        only_here = connection.scalar(
            select(func.count())
            .select_from(OWN_ENTRY)
            .where(OWN_ENTRY.c.replica_id == state.replica_id, OWN_ENTRY.c.seq > state.safe_seq)
        )
    is_known = 0 < last.at_ms <= now_ms
    days = (now_ms - last.at_ms) // _DAY_MS if is_known else None
    new_entries = max(0, entries - last.entry_count) if last.at_ms else entries
    is_late = days is None or days >= settings.backup_reminder_days
    return BackupReminder(
        is_due=not store.is_practice and settings.backup_reminder_days > 0 and new_entries > 0 and is_late,
        last_ms=last.at_ms or None,
        place=last.place,
        days=days,
        new_entries=new_entries,
        only_here=only_here or 0,
    )
