"""Back the hub's database up, prove that the copy can be used, put a copy back (protocol 11).

A backup counts only after it was opened by itself and every village's F, computed anew from its rows, was the one it
holds.  A copy is mute: put back, it answers nobody until a person resumes it, since two hubs with one key would be
worse than none.  Keys, ledger and diary are never in it.  PostgreSQL is backed up by its own tools.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, select
from sqlalchemy.exc import DatabaseError

from district_hub.config import HubConfig
from district_hub.reading import HubReader
from district_hub.store import HUB_HISTORY, MUTE, HubStore
from district_hub.tables import VILLAGE
from register.database import migrate, open_engine
from schemas.errors import DatabaseCorruptError, DiskFullError, ProtocolError, RefusedError, StorageError

FOLDER = "backups"
_PREFIX, _SUFFIX = "hub-", ".db"
_STAMP = "%Y%m%dT%H%M%SZ"
_DAY_MS = 86_400_000
_SIDE_FILES = ("-wal", "-shm", "-journal")
_ABANDONED_MS = 3_600_000
"""A half copy so old belongs to no backup that is still at work: its process was killed."""

SafePoints = dict[tuple[int, bytes], int]
"""What a backup holds: (village, empty) its feed position, (village, replica id) a journal position."""


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup on the disk."""

    path: Path
    taken_ms: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class VerifiedBackup:
    """A backup that was opened by itself and found sound."""

    backup: Backup
    points: SafePoints
    villages: int


def take_backup(store: HubStore, directory: Path, now_ms: int) -> Backup:
    """Copy the database while it is in use; return the finished, mute copy.

    Raises RefusedError "backup-external" on PostgreSQL, DiskFullError, StorageError; no half copy stays behind.
    """
    if store.engine.dialect.name != "sqlite":
        raise RefusedError(
            "this hub keeps its data in PostgreSQL, which has its own backups",
            code="backup-external",
            hint="Set up pg_dump or a replica; the ledger, the diary and the keys are files of their own.",
        )
    folder = directory / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    _remove_abandoned(folder, now_ms)
    stamp = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).strftime(_STAMP)
    path, part = folder / f"{_PREFIX}{stamp}{_SUFFIX}", folder / f"{_PREFIX}{stamp}.part"
    try:
        _copy_pages(store, part)
        _make_mute(part, store.district_code, f"backup {stamp}")
        _sync_file(part)
        part.replace(path)
    except (OSError, sqlite3.Error) as error:
        raise _storage_error(error) from error
    finally:
        _remove_leftovers(part)
    return Backup(path, now_ms, path.stat().st_size)


def _copy_pages(store: HubStore, part: Path) -> None:
    pooled = store.engine.raw_connection()
    try:
        source = pooled.driver_connection
        assert isinstance(source, sqlite3.Connection)
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        with closing(sqlite3.connect(part)) as target:
            source.backup(target)
    finally:
        pooled.close()


def _make_mute(part: Path, district_code: str, why: str) -> None:
    """Bring a copy to this program's schema and make it mute; raises FutureSchemaError, DatabaseCorruptError."""
    copy = HubStore(open_engine(f"sqlite:///{part}"), district_code)
    try:
        migrate(copy.engine, HUB_HISTORY)
        copy.set_meta(MUTE, why)
    except DatabaseError as error:  # a damage that the driver tells only while it reads the schema
        raise _bad_backup(part, str(error.orig)) from error
    finally:
        copy.close()
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # one file that can be carried, and opened read-only


def _sync_file(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remove_abandoned(folder: Path, now_ms: int) -> None:
    """Take away what a killed backup left: it fills the disk, and holds people who may be erased since."""
    for left in folder.glob(f"{_PREFIX}*.part*"):
        begun_ms = _stamped_ms(left.name[len(_PREFIX) :].partition(".part")[0])
        if begun_ms is not None and begun_ms < now_ms - _ABANDONED_MS:
            left.unlink(missing_ok=True)


def _remove_leftovers(part: Path) -> None:
    for leftover in (part, *(Path(f"{part}{side}") for side in _SIDE_FILES)):
        leftover.unlink(missing_ok=True)


def _storage_error(error: Exception) -> StorageError:
    text = str(error)
    if getattr(error, "errno", None) == 28 or "full" in text:
        return DiskFullError("the disk is full: no backup was made", hint="Free some space, then run it again.")
    return StorageError(f"the backup could not be written: {text}", code="backup-unwritten")


def verify_backup(backup: Backup, district_code: str) -> VerifiedBackup:
    """Open a copy by itself, check its pages, and compute every village's F anew from its rows.

    Raises DatabaseCorruptError "backup-bad".
    """
    try:
        with _read_only(backup.path, district_code) as reader:
            found = reader.connection.exec_driver_sql("PRAGMA integrity_check").scalar()
            if found != "ok":
                raise _bad_backup(backup.path, str(found))
            points: SafePoints = {}
            villages = reader.villages()
            others = select(VILLAGE.c.village_id).where(VILLAGE.c.district_code != district_code)
            if not villages and reader.connection.scalar(others.limit(1)) is not None:
                raise _bad_backup(backup.path, f"it holds another district than {district_code}")
            for village in villages:
                if reader.fingerprint_from_tables(village.village_id) != village.state.fingerprint:
                    raise _bad_backup(backup.path, f"village {village.code}: F does not follow from its rows")
                points[village.village_id, b""] = village.state.seq
            for replica in reader.replicas():
                # after a fork the shortest branch is what is safe of all of them
                points[replica.village_id, replica.replica_id] = min(seq for seq, _ in replica.tips)
    except (DatabaseError, ProtocolError) as error:
        raise _bad_backup(backup.path, str(getattr(error, "orig", error))) from error
    return VerifiedBackup(backup, points, len(villages))


def _bad_backup(path: Path, why: str) -> DatabaseCorruptError:
    return DatabaseCorruptError(
        f"{path.name} is not a usable backup: {why}",
        code="backup-bad",
        hint="Check the disk; older backups are in the same folder.",
    )


@contextmanager
def _read_only(path: Path, district_code: str) -> Iterator[HubReader]:
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(uri, uri=True))
    try:
        with engine.connect() as connection:
            yield HubReader(connection, district_code)
    finally:
        engine.dispose()


def list_backups(directory: Path) -> list[Backup]:
    """Return the backups in a hub's directory, newest first."""
    found = []
    for path in (directory / FOLDER).glob(f"{_PREFIX}*{_SUFFIX}"):
        taken_ms = _stamped_ms(path.stem.removeprefix(_PREFIX))
        if taken_ms is not None:
            found.append(Backup(path, taken_ms, path.stat().st_size))
    return sorted(found, key=lambda backup: backup.taken_ms, reverse=True)


def _stamped_ms(text: str) -> int | None:
    """Return the time of a file's name, None for somebody else's file."""
    try:
        return int(dt.datetime.strptime(text, _STAMP).replace(tzinfo=dt.UTC).timestamp() * 1000)
    except ValueError:
        return None


def prune_backups(directory: Path, now_ms: int, days: int) -> list[Path]:
    """Delete backups older than so many days, since erased people must not outlive them; the newest always stays."""
    old = [backup.path for backup in list_backups(directory)[1:] if backup.taken_ms < now_ms - days * _DAY_MS]
    for path in old:
        path.unlink()
    return old


def restore_backup(directory: Path, config: HubConfig, path: Path, now_ms: int) -> Path | None:
    """Put a backup in the place of the hub's database, mute; return where the replaced database was kept.

    The hub must not be running.  Raises DatabaseCorruptError "backup-bad", RefusedError "backup-external".
    """
    url = config.database_url_in(directory)
    if not url.startswith("sqlite:///"):
        raise RefusedError("this hub keeps its data in PostgreSQL", code="backup-external", hint="Use pg_restore.")
    if not path.is_file():
        raise RefusedError(f"there is no backup {path}", code="backup-missing", hint="See `kampung hub backup --list`.")
    database = Path(url.removeprefix("sqlite:///"))
    part = database.with_suffix(".restoring")
    try:
        part.touch(mode=0o600)
        shutil.copyfile(path, part)
        _make_mute(part, config.district_code, f"restored {path.name}")  # also a copy that somebody made by hand
        verify_backup(Backup(part, now_ms, part.stat().st_size), config.district_code)
        _sync_file(part)
        kept = _set_aside(database, directory, now_ms)
        part.replace(database)
    except (OSError, sqlite3.Error) as error:
        raise _storage_error(error) from error
    finally:
        _remove_leftovers(part)
    return kept


def _set_aside(database: Path, directory: Path, now_ms: int) -> Path | None:
    """Keep what is replaced, with the log beside it: it may hold what the backup does not."""
    if not database.exists():
        return None
    stamp = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).strftime(_STAMP)
    kept = directory / FOLDER / f"replaced-{stamp}.db"
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    database.replace(kept)
    for side in _SIDE_FILES:
        beside = Path(f"{database}{side}")
        if beside.exists():
            beside.replace(Path(f"{kept}{side}"))
    return kept
