"""Open a village's database: SQLite through SQLCipher, durable at every commit, at the schema of this program.

The only place (with ``quick_status``) that knows sqlcipher3.  Decides key, settings and schema; deliberately
not what is in the tables.  The key is raw: it was drawn at random, so there is no passphrase to stretch.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import QueuePool
from sqlcipher3 import dbapi2

from register.database import History, migrate, prepare_engine, reading
from register.disk_room import is_full
from schemas.errors import DatabaseCorruptError, DiskFullError, StorageError
from village_node import laptop_tables as _laptop_tables  # noqa: F401 - puts its tables into the metadata
from village_node.migrations import HEAD
from village_node.tables import METADATA

KEY_BYTES = 32
_CONNECT_TIMEOUT_S = 10.0  # another process of this office may hold the lock while it imports
_ASK_TIMEOUT_S = 0.2

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
        # The connection that was used last is used next: each has a page cache, and one of them is enough.
        pool_use_lifo=True,
    )
    prepare_engine(engine, path.parent)
    try:
        migrate(engine, NODE_HISTORY)
    except BaseException:
        engine.dispose()
        raise
    return engine


def copy_database(
    source: Path, key: bytes, target: Path, target_key: bytes, *, papers: Mapping[str, bytes] | None = None
) -> dict[str, bytes]:
    """Copy a database, also one in use, into a new file under another key; return the papers found in the source.

    Args:
        papers: small files that go into the copy beside the data; without them, the copy has none.

    Raises DatabaseCorruptError for another key or damaged pages, DiskFullError, StorageError.
    """
    connection = _connect(source, key, with_log=False)
    try:
        connection.isolation_level = None
        connection.execute("ATTACH DATABASE ? AS copy KEY ?", (str(target), f"x'{target_key.hex()}'"))
        connection.execute("BEGIN")  # one moment of the source, whoever writes meanwhile
        connection.execute("SELECT sqlcipher_export('copy')").fetchone()
        found = (
            dict(connection.execute("SELECT name, content FROM copy.backup_paper")) if _has_papers(connection) else {}
        )
        connection.execute("DROP TABLE IF EXISTS copy.backup_paper")
        if papers is not None:
            connection.execute("CREATE TABLE copy.backup_paper (name TEXT PRIMARY KEY, content BLOB NOT NULL)")
            connection.executemany("INSERT INTO copy.backup_paper VALUES (?, ?)", sorted(papers.items()))
        connection.execute("COMMIT")
        connection.execute("DETACH DATABASE copy")
    except dbapi2.Error as error:
        raise _ours(error, source) from error
    finally:
        connection.close()
    return found


def _has_papers(connection: Any) -> bool:
    """Tell whether a copy has the table of a backup for what is not in the database: keys and settings."""
    return connection.execute("SELECT 1 FROM copy.sqlite_master WHERE name = 'backup_paper'").fetchone() is not None


def is_in_use(path: Path, key: bytes) -> bool:
    """Tell whether another program has a database open; if not, its log is folded into the file."""
    try:
        connection = _connect(path, key, timeout_s=_ASK_TIMEOUT_S)
    except StorageError as error:
        return error.code == "database-busy"
    try:
        # Leaving WAL needs the file for oneself.
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except dbapi2.Error as error:
        return "locked" in str(error)
    finally:
        connection.close()
    return False


def is_sound(engine: Engine) -> bool:
    """Tell whether every page has its own seal, and tables and indexes agree."""
    with reading(engine) as connection:
        pages = connection.exec_driver_sql("PRAGMA cipher_integrity_check").first()
        return pages is None and connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def _connect(path: Path, key: bytes, *, with_log: bool = True, timeout_s: float = _CONNECT_TIMEOUT_S) -> Any:
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    try:
        connection = dbapi2.connect(str(path), timeout=timeout_s, check_same_thread=False)
        try:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
            # The key is not tried before the first page is read.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if with_log:
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
    if is_full(text, path.parent):
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
