"""Put a village node's backup back, on this laptop or on another (protocol 2.2, 6.3, 11.5).

A restored node is another copy of one database: before it can write anything it has a new replica id, so its journal
never forks and its letter numbers carry another mark; what has no final outcome is issued again.  The district's feed
brings the rest.  Decides the order, so that a power cut leaves the old node, the new one, or a folder to restore again.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select

from schemas.errors import DatabaseCorruptError, DataError, RefusedError, VillageSyncError
from sync_protocol import node_side
from village_node.config import CONFIG_FILE, DATABASE_FILE, load_config
from village_node.database import KEY_BYTES, copy_database, is_in_use
from village_node.durable import storage_error, sync_file, sync_folder
from village_node.keys import KEY_FILE, KEY_FOLDER, key_path, new_replica_id, read_keys, write_keys
from village_node.laptop_tables import DESK_SESSION
from village_node.lock import SYNC_LOCK_FILE, held_lock
from village_node.proof import prove
from village_node.recovery_codes import code_key, code_typed, keep_code, kept_code
from village_node.store import NodeStore
from village_node.tables import OWN_ENTRY

BACKUP_FOLDER = "backups"
STAMP = "%Y%m%dT%H%M%SZ"
ABOUT = "about.json"
KIND = "kampung/node-backup/0"
_NUMBERS_AHEAD = 1_000_000
"""A restored node numbers its messages beyond those it may have sent since the backup (protocol 6.3)."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds, counted in the restored copy; ``is_consistent``: its sums follow from its rows."""

    residents: int
    households: int
    records: int
    entries: int
    unsent: int
    feed_seq: int
    is_consistent: bool


@dataclass(frozen=True, slots=True)
class RestoredNode:
    """What a restore did; ``issued_again`` entries have no final outcome in the backup, so they are sent anew."""

    village_code: str
    village_name: str
    taken_ms: int
    contents: Contents
    issued_again: int
    kept: Path | None


def restore_backup(
    path: Path, code: str | None, directory: Path, now_ms: int, *, replaces: bool = False
) -> RestoredNode:
    """Make a folder the node of a backup, with a new replica id; what it held before is kept aside.

    Args:
        code: the twelve words; None takes those that this folder keeps.
        replaces: allow a folder that is a node already.

    Raises RefusedError "node-exists", "node-in-use", "backup-missing" or "recovery-code-missing", DataError
    "recovery-code" for words that do not open the file, DatabaseCorruptError, DiskFullError, StorageError.
    """
    if not path.is_file():
        raise RefusedError(f"Tidak ada cadangan {path}", code="backup-missing", hint="Periksa nama berkas dan stiknya.")
    words = code_typed(code) if code is not None else kept_code(directory)
    if words is None:
        raise RefusedError(
            "Kode pemulihan belum diketik",
            code="recovery-code-missing",
            hint="Dua belas kata di kertas, yang ditulis saat cadangan pertama dibuat.",
        )
    is_there = key_path(directory).exists() or (directory / DATABASE_FILE).exists()
    if is_there and not replaces:
        raise RefusedError(
            f"Folder ini sudah simpul desa: {directory}",
            code="node-exists",
            hint="Pakai folder lain (--dir), atau --replace: isi lama disisihkan, tidak dihapus.",
        )
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as stack:
            if not stack.enter_context(held_lock(directory / SYNC_LOCK_FILE)):
                raise _in_use()
            name = stack.enter_context(tempfile.TemporaryDirectory(prefix=".restoring-", dir=directory))
            restored = unpack(path, words, Path(name))
            kept = _set_aside(directory, now_ms) if is_there else None
            _put_in_place(Path(name), directory)
            keep_code(directory, words)
    except OSError as error:
        raise storage_error(error, directory) from error
    return replace(restored, kept=kept)


def unpack(path: Path, code: str, folder: Path) -> RestoredNode:
    """Restore into an empty folder, bring it to this program's schema, and make it a replica of its own.

    Raises DataError "recovery-code" or "backup-other", DatabaseCorruptError, FutureSchemaError, StorageError.
    """
    database_key = secrets.token_bytes(KEY_BYTES)
    try:
        papers = copy_database(path, code_key(code), folder / DATABASE_FILE, database_key)
    except DatabaseCorruptError as error:
        raise DataError(
            f"Kode pemulihan tidak membuka {path.name}, atau berkasnya rusak",
            code="recovery-code",
            hint="Bandingkan setiap kata dengan kertasnya; cadangan lain mungkin memakai kode lain.",
        ) from error
    about = _read_about(path, papers)
    (folder / CONFIG_FILE).write_bytes(papers[CONFIG_FILE])
    (folder / KEY_FOLDER).mkdir(mode=0o700)
    key_path(folder).write_bytes(papers[KEY_FILE])
    load_config(folder)
    keys = replace(read_keys(folder), database_key=database_key)
    write_keys(folder, keys)
    with NodeStore.open(folder) as store:
        if not store.is_sound():
            raise DatabaseCorruptError(f"{path.name} rusak", code="backup-bad", hint="Pakai cadangan lain.")
        contents = _contents(store)
        issued_again = _become_another_replica(store)
    return RestoredNode(about["village_code"], about["village_name"], about["taken_ms"], contents, issued_again, None)


def _read_about(path: Path, papers: Mapping[str, bytes]) -> dict[str, Any]:
    try:
        about: dict[str, Any] = json.loads(papers[ABOUT])
    except (KeyError, ValueError):
        about = {}
    if about.get("kind") != KIND or not {CONFIG_FILE, KEY_FILE} <= papers.keys():
        raise DataError(
            f"{path.name} bukan cadangan simpul desa", code="backup-other", hint="Pakai berkas .kmpb dari laptop desa."
        )
    return about


def _contents(store: NodeStore) -> Contents:
    proof = prove(store)
    with store.reading() as working:
        counts = working.register.counts(working.village_id)
        state = working.tables.state
        entries: int = working.connection.scalar(select(func.count()).select_from(OWN_ENTRY)) or 0
    unsent = max(0, state.journal_seq - state.acked_seq)
    return Contents(
        counts.residents, counts.households, proof.records, entries, unsent, proof.position, proof.is_consistent
    )


def _become_another_replica(store: NodeStore) -> int:
    """Take a new replica id in one transaction with everything that is issued again (protocol 2.2)."""
    with store.transaction() as working:
        working.connection.execute(delete(DESK_SESSION))  # who had signed out since must not be signed in again
        working.sync.message_number += _NUMBERS_AHEAD
        # A newer certificate may have brought a mark that belongs to the former id; never to this one.
        working.sync.mark_replica_id = working.sync.mark_replica_id or store.keys.replica_id
        return node_side.take_replica_id(working.tables, new_replica_id())


def _set_aside(directory: Path, now_ms: int) -> Path:
    """Keep what is replaced, as a folder that can be opened again: it may hold what the backup does not."""
    if (directory / DATABASE_FILE).exists() and _is_running(directory):
        raise _in_use()
    kept = directory / BACKUP_FOLDER / f"replaced-{stamp_of(now_ms)}"
    kept.mkdir(mode=0o700, parents=True)
    names = [f"{DATABASE_FILE}{ending}" for ending in ("", "-wal", "-shm")]
    for name in (*names, CONFIG_FILE, KEY_FOLDER):
        if (directory / name).exists():
            (directory / name).replace(kept / name)
    return kept


def _is_running(directory: Path) -> bool:
    try:
        keys = read_keys(directory)
    except VillageSyncError:
        return False  # a key file that cannot be read opens no database
    return is_in_use(directory / DATABASE_FILE, keys.database_key)


def _in_use() -> RefusedError:
    return RefusedError(
        "Simpul desa ini sedang dipakai", code="node-in-use", hint="Tutup meja desa dan sinkronisasi, lalu ulangi."
    )


def _put_in_place(trial: Path, directory: Path) -> None:
    """Move a restored node to its place; the keys last, because they say that the rest is whole."""
    for name in (DATABASE_FILE, CONFIG_FILE):
        sync_file(trial / name)
        (trial / name).replace(directory / name)
    if (directory / KEY_FOLDER).exists():
        shutil.rmtree(directory / KEY_FOLDER)
    (trial / KEY_FOLDER).replace(directory / KEY_FOLDER)
    sync_folder(directory)


def stamp_of(now_ms: int) -> str:
    """Return a time as it stands in the names of backups."""
    return dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).strftime(STAMP)
