"""Open a village's database: SQLite through SQLCipher, durable at every commit, at the schema of this program.

The only place (with ``quick_status``) that knows sqlcipher3.  Decides key, settings and schema; deliberately
not what is in the tables.  The key is raw: it was drawn at random, so there is no passphrase to stretch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from register.database import History, migrate, prepare_engine
from schemas.errors import DatabaseCorruptError, DiskFullError, StorageError
from village_node import laptop_tables as _laptop_tables  # noqa: F401 - puts its tables into the metadata
from village_node.migrations import HEAD
from village_node.tables import METADATA

KEY_BYTES = 32
_CONNECT_TIMEOUT_S = 10.0  # another process of this office may hold the lock while it imports

NODE_HISTORY = History("node", METADATA, Path(__file__).parent / "migrations", HEAD)


def open_database(path: Path, key: bytes, *, must_exist: bool = True) -> Engine:
    """Return an engine over the database of a file, created or brought to the present schema.

    Args:
        key: 32 random bytes.

    Raises DatabaseCorruptError for another key or a damaged file, FutureSchemaError for the file of a newer program,
    DiskFullError, StorageError.
    """
    if must_exist and not path.is_file():
        raise StorageError(
            f"Basis data desa tidak ditemukan: {path}",
            code="database-missing",
            hint="Periksa folder desa (--dir), atau pulihkan cadangan.",
        )
    engine = create_engine(
        "sqlite://",
        module=dbapi2,
        creator=lambda: _connect(path, key),
        poolclass=QueuePool,
        # The office's pages and a running sync; more would only wait for the same lock.
        pool_size=4,
        max_overflow=4,
    )
    prepare_engine(engine)
    try:
        migrate(engine, NODE_HISTORY)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _connect(path: Path, key: bytes) -> Any:
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    try:
        connection = dbapi2.connect(str(path), timeout=_CONNECT_TIMEOUT_S, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            # The key is not tried before the first page is read.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            # Before anybody else speaks: where WAL cannot be had, the disk is full or read-only.
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
        except BaseException:
            connection.close()
            raise
    except dbapi2.Error as error:
        raise _ours(error, path) from error
    return connection


def _ours(error: Exception, path: Path) -> StorageError:
    text = str(error)
    if "full" in text or "No space left" in text:
        return DiskFullError("Penyimpanan penuh; tidak ada yang hilang", hint="Kosongkan sebagian penyimpanan.")
    if "not a database" in text or "malformed" in text:
        return DatabaseCorruptError(
            f"Basis data desa tidak dapat dibaca: {path.name}",
            hint="Kunci tidak cocok atau berkas rusak. Pulihkan cadangan terbaru.",
        )
    if "locked" in text:
        return StorageError(
            "Basis data sedang dipakai program lain", code="database-busy", hint="Tunggu sebentar, lalu ulangi."
        )
    return StorageError(
        f"Basis data desa tidak dapat dibuka: {text}", hint="Periksa izin folder dan media penyimpanan."
    )
