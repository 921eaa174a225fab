"""Hold one village's database: the only place where a transaction begins and ends.

A transaction gives the protocol its shelves, takes what was written to them back, shows it in the index, and commits;
only then does anybody send anything.  Decides no rule of the register and none of the protocol.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, Executable, insert, select

from register.database import reading, sqlite_pragmas, writing
from register.store import RegisterStore
from schemas.errors import DiskFullError, RefusedError, StorageError
from sync_protocol.certificates import DeviceCertificate, KeyList, verify_certificate, verify_key_list
from sync_protocol.entries import journal_start
from sync_protocol.feed import HeadObject, feed_start, parse_head_payload
from sync_protocol.overlay import Shown
from sync_protocol.sealing import VerifyKey, verify_object
from sync_protocol.tables import NodeState, NodeTables
from village_node import rows
from village_node.config import DATABASE_FILE, NodeConfig, load_config
from village_node.database import is_sound, open_database
from village_node.flushing import Flusher, write_state, write_sync_state
from village_node.keys import NodeKeys, not_enrolled, read_keys
from village_node.laptop_tables import PRACTICE_MARK
from village_node.shelves import load_beginning, load_state, load_sync_state, node_tables
from village_node.tables import THE_ROW

_NOTE_PATIENCE_MS = 20
"""A page never waits longer than this to write that it was looked at."""


@dataclass
class Working:
    """One transaction: what the protocol works on, and the connection for what is not its business."""

    connection: Connection
    register: RegisterStore
    tables: NodeTables
    sync: rows.SyncState
    _flusher: Flusher

    @property
    def village_id(self) -> int:
        """Return the village's internal id, the scope of its rows in the register."""
        return self.tables.state.village_id

    def shown(self, record_ids: list[bytes]) -> dict[bytes, Shown | None]:
        """Return records as the officer sees them; None for one that nobody knows."""
        return self._flusher.shown(record_ids)

    def show_again(self, record_ids: list[bytes]) -> None:
        """Refresh the index of records whose rows were written past the shelves."""
        self._flusher.show_again(record_ids)


class NodeStore:
    """One village node's database with its settings and keys; safe to share between threads."""

    def __init__(self, directory: Path, config: NodeConfig, keys: NodeKeys, engine: Engine) -> None:
        self.directory = directory
        self.config = config
        self.keys = keys
        self._engine = engine

    @classmethod
    def open(cls, directory: Path, environment: Mapping[str, str] | None = None) -> Self:
        """Open the node of a directory.

        Raises ConfigError "not-enrolled", FutureSchemaError, DatabaseCorruptError, StorageError.
        """
        config = load_config(directory, environment)
        keys = read_keys(directory)
        if not keys.is_enrolled:
            raise not_enrolled(directory)
        return cls(directory, config, keys, open_database(directory / DATABASE_FILE, keys.database_key))

    @classmethod
    def create(
        cls,
        directory: Path,
        config: NodeConfig,
        keys: NodeKeys,
        certificate: DeviceCertificate,
        *,
        practice_since_ms: int | None = None,
    ) -> Self:
        """Make the database of a newly enrolled node, in place of an unfinished one; its papers are checked.

        Args:
            practice_since_ms: marks it, from its first moment and for ever, as a database of invented people.
        """
        path = directory / DATABASE_FILE
        for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            leftover.unlink(missing_ok=True)
        engine = open_database(path, keys.database_key, must_exist=False)
        state = new_state(keys, certificate)
        number = verify_key_list(keys.key_list, keys.root).number
        with writing(engine) as connection:
            write_state(connection, state)
            if practice_since_ms is not None:
                connection.execute(insert(PRACTICE_MARK).values(row=THE_ROW, made_ms=practice_since_ms))
            write_sync_state(
                connection,
                rows.SyncState(certificate=keys.certificate, key_list=keys.key_list, key_list_number=number),
            )
        return cls(directory, config, keys, engine)

    def close(self) -> None:
        """Close every connection; the store is not used after that."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[Working]:
        """Give a working set that holds the write lock; it is written back and committed unless something is raised."""
        with writing(self._engine) as connection:
            working = self._working(connection)
            yield working
            working._flusher.flush()  # noqa: SLF001 - the other half of this very class

    @contextmanager
    def reading(self) -> Iterator[Working]:
        """Give a working set of one moment; what is written to it is dropped."""
        with reading(self._engine) as connection:
            yield self._working(connection)

    @cached_property
    def is_practice(self) -> bool:
        """Tell whether the people in this database are invented; the database itself says so, not its folder."""
        with reading(self._engine) as connection:
            return connection.scalar(select(PRACTICE_MARK.c.row)) is not None

    def must_be_real(self) -> None:
        """Raise RefusedError "practice" for what invented people must never do: meet the district, be kept as real."""
        if self.is_practice:
            raise RefusedError(
                "Ini mode latihan: tidak ada yang keluar atau masuk",
                code="practice",
                hint="Pakai meja desa yang sebenarnya untuk bertukar dengan kabupaten atau membuat cadangan.",
            )

    # -- what belongs to this laptop alone (``laptop_tables``): nothing of it is in the journal or the register

    @contextmanager
    def local_reading(self) -> Iterator[Connection]:
        """Give a connection of one moment, without the register's working set."""
        with reading(self._engine) as connection:
            yield connection

    @contextmanager
    def local_writing(self) -> Iterator[Connection]:
        """Give a connection in one transaction that holds the write lock; commits unless something is raised."""
        with writing(self._engine) as connection:
            yield connection

    def note(self, statement: Executable, rows: Sequence[Mapping[str, Any]] = ()) -> bool:
        """Write small notes without waiting for the disk, nor for who holds the lock; tells False if they are not.

        For what may be lost in a power cut of the same second; never for what an officer saved.
        """
        with self._engine.connect().execution_options(sqlite_begin="BEGIN IMMEDIATE") as connection:
            # Before the transaction begins, and past SQLAlchemy: the safety level cannot change inside one.
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA synchronous=NORMAL")
            driver.execute(f"PRAGMA busy_timeout={_NOTE_PATIENCE_MS}")
            try:
                connection.execute(statement, list(rows) or None)
                connection.commit()
            except StorageError as error:
                # Whoever only looks is not stopped by a full disk.
                if error.code != "database-busy" and not isinstance(error, DiskFullError):
                    raise
                return False
            finally:
                connection.rollback()
                sqlite_pragmas(driver)
        return True

    def _working(self, connection: Connection) -> Working:
        begun = load_beginning(connection)
        sync = begun.sync
        register = RegisterStore(connection, begun.state.district_code)
        tables = node_tables(connection, register, begun, lambda raw: self.verify_head(raw, sync))
        return Working(connection, register, tables, sync, Flusher(connection, register, tables, sync))

    # -- trust

    def key_list(self, sync: rows.SyncState) -> KeyList:
        """Return the hub's keys as this node knows them."""
        return verify_key_list(sync.key_list, self.keys.root)

    def hub_keys(self, sync: rows.SyncState) -> dict[bytes, VerifyKey]:
        """Return the keys that the hub's signatures are checked with, by id: the present one and that of enrolment."""
        lists = (self.key_list(sync), verify_key_list(self.keys.key_list, self.keys.root))
        return {one.verify_key.key_id: one.verify_key for one in lists}

    def verify_head(self, raw: bytes, sync: rows.SyncState) -> HeadObject:
        """Return the head object that the hub signed; raises TrustError or MalformedMessageError."""
        return parse_head_payload(verify_object(raw, self.hub_keys(sync)))

    def certificate(self, sync: rows.SyncState) -> DeviceCertificate:
        """Return this device's certificate."""
        return verify_certificate(sync.certificate, self.hub_keys(sync))

    # -- short reads

    def state(self) -> NodeState:
        """Return the replica's state."""
        with reading(self._engine) as connection:
            return load_state(connection)

    def sync_state(self) -> rows.SyncState:
        """Return what the syncer remembers."""
        with reading(self._engine) as connection:
            return load_sync_state(connection)

    def is_sound(self) -> bool:
        """Tell whether every page of the database is whole; reads all of it."""
        return is_sound(self._engine)

    def pragma(self, name: str) -> Any:
        """Return a setting of the database, for doctor and tests."""
        with reading(self._engine) as connection:
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def new_state(keys: NodeKeys, certificate: DeviceCertificate) -> NodeState:
    """Return the state of a replica that has neither written nor heard anything."""
    return NodeState(
        district_code=certificate.district_code,
        village_id=certificate.village_id,
        village_key=keys.village_key,
        replica_id=keys.replica_id,
        journal_seq=0,
        journal_head=journal_start(keys.replica_id),
        acked_seq=0,
        safe_seq=0,
        feed_seq=0,
        feed_head=feed_start(certificate.district_code, certificate.village_id),
        fingerprint=0,
        hub_time_ms=0,
    )
