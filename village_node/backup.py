"""Back a village node up into one encrypted file that can be restored on another laptop.

A backup is the whole database with the keys and settings in it, under a key of its own that twelve words on paper open.
It counts only after it was restored beside the original, through the same code as a real restore, and found whole.
What a restore does is ``restoring``'s.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import DatabaseCorruptError, StorageError, VillageSyncError
from village_node.backup_reminder import entry_count, note_backup
from village_node.config import CONFIG_FILE, DATABASE_FILE
from village_node.database import copy_database
from village_node.durable import storage_error, sync_file, sync_folder
from village_node.keys import KEY_FILE, key_path
from village_node.recovery_codes import code_key, draw_code, keep_code, kept_code
from village_node.restoring import ABOUT, BACKUP_FOLDER, KIND, STAMP, Contents, stamp_of, unpack
from village_node.store import NodeStore

KEPT_DAYS = 35
"""Erased people must not outlive this (protocol 8.9); the newest backup always stays."""
_PREFIX, _SUFFIX = "kampung-", ".kmpb"
_TRIAL = ".trial-"
_DAY_MS = 86_400_000
_ABANDONED_MS = 3_600_000
"""What a backup left half-done so long ago is nobody's work any more: its process was killed."""


@dataclass(frozen=True, slots=True)
class NodeBackup:
    """One backup on a disk."""

    path: Path
    taken_ms: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class VerifiedNodeBackup:
    """A backup that was restored and found whole; ``new_code`` is there when the words were drawn just now."""

    backup: NodeBackup
    contents: Contents
    new_code: str | None


def take_backup(
    store: NodeStore, now_ms: int, *, folder: Path | None = None, draws_new_code: bool = False
) -> VerifiedNodeBackup:
    """Write a backup while the node is in use, restore it for a trial, and only then give it its name.

    Args:
        folder: where to; the node's own folder if left out.
        draws_new_code: give later backups other words; those made before keep theirs.

    A backup in another folder than the node's own counts as the last one for the reminder.

    Raises RefusedError "practice", DiskFullError, StorageError, DatabaseCorruptError "backup-bad"; no half file stays
    behind.
    """
    store.must_be_real()
    entries = entry_count(store)
    _sweep(store.directory, now_ms)
    code, is_new = _code(store, draws_new_code=draws_new_code)
    place = folder if folder is not None else store.directory / BACKUP_FOLDER
    name = f"{_PREFIX}{store.config.village_code}-{stamp_of(now_ms)}{_SUFFIX}"
    path, part = place / name, place / f"{name}.part"
    try:
        place.mkdir(mode=0o700, parents=folder is None, exist_ok=True)
        _remove_abandoned(place, store.directory, now_ms)
        part.unlink(missing_ok=True)
        copy_database(
            store.directory / DATABASE_FILE,
            store.keys.database_key,
            part,
            code_key(code),
            papers=_papers(store, now_ms),
        )
        sync_file(part)
        contents = _trial(part, code, store.directory, now_ms)
        if is_new:
            keep_code(store.directory, code)  # first: a backup whose words are nowhere would be worth nothing
        part.replace(path)
        sync_folder(place)
    except OSError as error:
        raise storage_error(error, path) from error
    finally:
        _unlink_database(part)
    if folder is not None:
        note_backup(store, folder.name, now_ms, entries)
    return VerifiedNodeBackup(NodeBackup(path, now_ms, path.stat().st_size), contents, code if is_new else None)


def _code(store: NodeStore, *, draws_new_code: bool) -> tuple[str, bool]:
    kept = None if draws_new_code else kept_code(store.directory)
    return (kept, False) if kept is not None else (draw_code(), True)


def _papers(store: NodeStore, now_ms: int) -> Mapping[str, bytes]:
    about = {
        "kind": KIND,
        "taken_ms": now_ms,
        "village_code": store.config.village_code,
        "village_name": store.config.village_name,
    }
    return {
        ABOUT: json.dumps(about).encode(),
        CONFIG_FILE: (store.directory / CONFIG_FILE).read_bytes(),
        KEY_FILE: key_path(store.directory).read_bytes(),
    }


def _sweep(directory: Path, now_ms: int) -> None:
    """Take away what a power cut left of a trial: it holds a whole office, keys and all."""
    for left in (*directory.glob(".trial-*"), *directory.glob(".restoring-*")):
        if left.stat().st_mtime * 1000 < now_ms - _DAY_MS:
            shutil.rmtree(left, ignore_errors=True)


def _trial(path: Path, code: str, directory: Path, now_ms: int) -> Contents:
    """Restore a backup beside the node, as another laptop would, and throw the result away."""
    with tempfile.TemporaryDirectory(prefix=f"{_TRIAL}{stamp_of(now_ms)}-", dir=directory) as name:
        try:
            return unpack(path, code, Path(name)).contents
        except VillageSyncError as error:
            if isinstance(error, StorageError) and not isinstance(error, DatabaseCorruptError):
                raise  # the disk is full or gone: it says nothing about the backup
            raise DatabaseCorruptError(
                f"Cadangan tidak dapat dipulihkan: {error.message}",
                code="backup-bad",
                hint="Periksa medianya, lalu buat cadangan lagi di tempat lain.",
            ) from error


def list_backups(folder: Path) -> list[NodeBackup]:
    """Return the backups in a folder, newest first."""
    found = []
    for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"):
        taken_ms = _stamped_ms(path.stem.rpartition("-")[2])
        if taken_ms is not None:
            found.append(NodeBackup(path, taken_ms, path.stat().st_size))
    return sorted(found, key=lambda one: one.taken_ms, reverse=True)


def _stamped_ms(text: str) -> int | None:
    """Return the time of a file's name, None for somebody else's file."""
    try:
        return int(dt.datetime.strptime(text, STAMP).replace(tzinfo=dt.UTC).timestamp() * 1000)
    except ValueError:
        return None


def prune_backups(folder: Path, now_ms: int) -> list[Path]:
    """Delete backups older than 35 days; the newest always stays."""
    old = [one.path for one in list_backups(folder)[1:] if one.taken_ms < now_ms - KEPT_DAYS * _DAY_MS]
    for path in old:
        path.unlink()
    return old


def _unlink_database(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{ending}").unlink(missing_ok=True)


def _remove_abandoned(place: Path, directory: Path, now_ms: int) -> None:
    """Take away what a killed backup left: half a file, or the node that it had restored for a trial."""

    def is_abandoned(stamp: str) -> bool:
        begun_ms = _stamped_ms(stamp)
        return begun_ms is not None and begun_ms < now_ms - _ABANDONED_MS

    for part in place.glob(f"{_PREFIX}*{_SUFFIX}.part*"):
        if is_abandoned(part.name.partition(_SUFFIX)[0].rpartition("-")[2]):
            part.unlink(missing_ok=True)
    for trial in directory.glob(f"{_TRIAL}*"):
        if is_abandoned(trial.name[len(_TRIAL) :].partition("-")[0]):
            shutil.rmtree(trial, ignore_errors=True)
