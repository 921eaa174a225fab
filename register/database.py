"""Prepare databases for the register: connection settings, transactions, errors and schema versions.

Decides how SQLite is opened (WAL, ``synchronous=FULL``), turns the errors of SQLAlchemy and of the drivers into ours
once, and brings a database to the schema this program knows.  Deliberately not here: which driver or key opens a
database (the shells) and what is in it.  Protocol 3 (law 1): nothing is said before it is durable, so a commit is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    String,
    Table,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import IntegrityError, OperationalError

from register import tables
from register.disk_room import is_full
from register.migrations import HEAD
from schemas.errors import DatabaseCorruptError, DiskFullError, FutureSchemaError, StorageError

_BUSY_TIMEOUT_MS = 10_000  # another process of this office may hold the lock for one large receive
_CACHE_KIB = 8_192  # the working set of a village; each connection has its own, and laptops of 2 GB exist

_CORRUPT = ("disk image is malformed", "file is not a database", "file is encrypted", "malformed database schema")
_BUSY = ("database is locked", "database table is locked")
_SQLSTATES = {"53100": DiskFullError, "XX001": DatabaseCorruptError, "XX002": DatabaseCorruptError}

# One number for "somebody is migrating", the same for all our programs on one PostgreSQL.
_MIGRATION_LOCK = 351_000


@dataclass(frozen=True, slots=True)
class History:
    """A linear history of schema revisions for one metadata; several live side by side in one database.

    ``script_location`` holds ``versions/``; ``head`` is its newest revision, written down so that opening a database
    that is up to date does not load Alembic.
    """

    name: str
    metadata: MetaData
    script_location: Path
    head: str

    @property
    def version_table(self) -> str:
        """Where a database notes which revision it has."""
        return f"alembic_{self.name}"


REGISTER_HISTORY = History("register", tables.METADATA, Path(__file__).parent / "migrations", HEAD)


def open_engine(url: str) -> Engine:
    """Open a database by URL (``sqlite:///path`` or ``postgresql+psycopg://``), prepared; nothing is connected yet."""
    engine = create_engine(url)
    file = engine.url.database if engine.dialect.name == "sqlite" else None
    prepare_engine(engine, Path(file).parent if file else None)
    return engine


def prepare_engine(engine: Engine, folder: Path | None = None) -> None:
    """Make an engine obey our rules: SQLite settings and transactions, and our errors instead of SQLAlchemy's.

    Args:
        folder: where the database's files lie, to be asked for room when an error does not say what is wrong.
    """
    event.listen(engine, "handle_error", partial(_raise_ours, folder))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", sqlite_pragmas)
        event.listen(engine, "begin", _begin_sqlite)


def sqlite_pragmas(connection: Any, _record: object = None) -> None:
    """Set up one connection of the driver: durable at each commit, patient with other processes.

    With ``synchronous=NORMAL`` a power cut loses commits that were already sent, and a journal would fork.
    """
    # The driver must not begin transactions by its own guess; `_begin_sqlite` does, so that DDL is inside them too.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"cache_size=-{_CACHE_KIB}",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose reads all see one state; it is rolled back at the end.

    SQLite reads so by itself; PostgreSQL would look anew with each statement, and a sum would not be that of its rows.
    """
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give a connection in one transaction that holds the write lock from its start; commits unless it raises.

    A SQLite transaction that reads first and writes later would fail, not wait, if another process wrote in between.
    """
    with engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection, connection.begin():
        yield connection


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, each with the same columns, or overwrite what has the same key; an empty list does nothing."""
    if not rows:
        return
    connection.execute(_upserting(connection.dialect.name, table, tuple(rows[0])), list(rows))


@cache
def _upserting(dialect: str, table: Table, columns: tuple[str, ...]) -> Any:
    """Build the statement once for each set of columns: building it costs more than writing a village's few rows."""
    keys = [column.name for column in table.primary_key]
    values = [name for name in columns if name not in keys]
    statement = _insert(dialect, table)
    if values:
        new = {name: statement.excluded[name] for name in values}
        return statement.on_conflict_do_update(index_elements=keys, set_=new)
    return statement.on_conflict_do_nothing(index_elements=keys)


def _insert(dialect: str, table: Table) -> Any:
    if dialect == "postgresql":
        # A tenth of a second that a village's laptop never needs.
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415

        return postgresql.insert(table)
    return sqlite.insert(table)


def migrate(engine: Engine, *histories: History) -> None:
    """Bring a database to the schema of this program, in one transaction; the register's own history comes first.

    Raises FutureSchemaError, and changes nothing, if the database holds a revision this program does not know.
    """
    wanted = (REGISTER_HISTORY, *histories)
    with reading(engine) as connection:
        if all(current == history.head for history, current in _revisions(connection, wanted)):
            return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        for history, current in _revisions(connection, wanted):
            if current is None:
                # Creating all at once gives what the revisions give one by one (a test compares), and is quick.
                history.metadata.create_all(connection)
                version = _version_table(history)
                version.create(connection)
                connection.execute(insert(version).values(version_num=history.head))
            elif current != history.head:
                _upgrade(connection, history, current)


def _upgrade(connection: Connection, history: History, current: str | None) -> None:
    from alembic.operations import Operations  # noqa: PLC0415 - a database that is up to date never needs it
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    scripts = ScriptDirectory(str(history.script_location))
    revisions = list(scripts.walk_revisions())
    if current is not None and current not in {revision.revision for revision in revisions}:
        raise FutureSchemaError(
            f"Basis data dari versi yang lebih baru: {history.name} {current}, program ini mengenal {history.head}",
            hint="Perbarui program ini, atau buka basis data dengan program yang membuatnya.",
        )
    context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
    with Operations.context(context):
        for revision in reversed(list(scripts.iterate_revisions("head", current or "base"))):
            revision.module.upgrade()
    context.stamp(scripts, "head")


def _version_table(history: History) -> Table:
    # The layout is Alembic's own.
    return Table(history.version_table, MetaData(), Column("version_num", String(32), primary_key=True))


def _revisions(connection: Connection, histories: Iterable[History]) -> list[tuple[History, str | None]]:
    """Pair each history with the revision the database has; None for a database that has nothing of it."""
    found = set(inspect(connection).get_table_names())
    return [
        (
            history,
            connection.scalar(select(_version_table(history).c.version_num))
            if history.version_table in found
            else None,
        )
        for history in histories
    ]


def _begin_sqlite(connection: Connection) -> None:
    lock = connection.get_execution_options().get("sqlite_begin")
    if lock is not None:
        connection.exec_driver_sql(lock)
        return
    # A plain one takes no lock and cannot fail: SQLAlchemy's care around it would cost more than most readings do.
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("BEGIN")


def _raise_ours(folder: Path | None, context: ExceptionContext) -> None:
    """Replace a failure of the disk or the database; a broken constraint or wrong SQL is a bug and stays itself."""
    original = context.original_exception
    if isinstance(context.sqlalchemy_exception, IntegrityError):
        return
    text = str(original)
    by_state = _SQLSTATES.get(getattr(original, "sqlstate", None) or "")
    if by_state is DiskFullError or is_full(text, folder):
        raise DiskFullError(
            "Penyimpanan penuh; tidak ada yang hilang",
            hint="Kosongkan sebagian penyimpanan, lalu ulangi.",
        ) from original
    if by_state is DatabaseCorruptError or any(sign in text for sign in _CORRUPT):
        raise DatabaseCorruptError(
            "Basis data tidak dapat dibaca",
            hint="Pulihkan cadangan terbaru dengan perintah `restore`.",
        ) from original
    if any(sign in text for sign in _BUSY):
        raise StorageError(
            "Basis data sedang dipakai program lain",
            code="database-busy",
            hint="Tunggu sebentar, lalu ulangi.",
        ) from original
    if isinstance(context.sqlalchemy_exception, OperationalError):
        raise StorageError(f"Basis data menolak: {text}") from original
