"""Load a node's shelves from its database, many keys a query (protocol 1.3, 2.6).

Decides which rows answer for which key.  Changes nothing: what the protocol wrote to the shelves is written back by
``flushing``, in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, select, tuple_

from register.by_key import one_of, rows_asked, rows_by_key
from register.store import RegisterStore
from schemas.errors import DatabaseCorruptError
from sync_protocol.feed import HeadObject, Outcome
from sync_protocol.tables import Evidence, Held, NodeFeedRow, NodeState, NodeTables, OwnEntry, Shelf
from village_node import rows
from village_node.tables import EVIDENCE, FEED_ROW, NEWEST_PLACE, NODE_STATE, OWN_CHANGE, OWN_ENTRY, PENDING, SYNC_STATE
from village_node.unreadable import LISTED, change_id_not_listed

# Built once: these are read at the beginning of everything.
_STATE, _SYNC = select(NODE_STATE), select(SYNC_STATE)
_BEGINNING = select(
    *(column.label(f"state_{column.name}") for column in NODE_STATE.c),
    *(column.label(f"sync_{column.name}") for column in SYNC_STATE.c),
    exists(select(EVIDENCE.c.head)).label("has_evidence"),
).join_from(NODE_STATE, SYNC_STATE, NODE_STATE.c.row == SYNC_STATE.c.row)


@dataclass(frozen=True, slots=True)
class Beginning:
    """What every transaction reads first, in one statement."""

    state: NodeState
    sync: rows.SyncState
    has_evidence: bool


def load_state(connection: Connection) -> NodeState:
    """Return the replica's state; DatabaseCorruptError if the database has none."""
    row = connection.execute(_STATE).mappings().first()
    if row is None:
        raise _without_state()
    return rows.state_of_row(row)


def load_sync_state(connection: Connection) -> rows.SyncState:
    """Return what the syncer remembers."""
    return rows.sync_of_row(connection.execute(_SYNC).mappings().one())


def load_beginning(connection: Connection) -> Beginning:
    """Return what a transaction begins with; DatabaseCorruptError if the database has no state."""
    row = connection.execute(_BEGINNING).mappings().first()
    if row is None:
        raise _without_state()
    return Beginning(rows.state_of_row(row, "state_"), rows.sync_of_row(row, "sync_"), row["has_evidence"])


def _without_state() -> DatabaseCorruptError:
    return DatabaseCorruptError("Basis data desa tidak lengkap", hint="Ulangi pendaftaran, atau pulihkan cadangan.")


def node_tables(
    connection: Connection, register: RegisterStore, begun: Beginning, verify_head: Callable[[bytes], HeadObject]
) -> NodeTables:
    """Return the working set of one transaction over this connection."""
    state = begun.state
    reader = _Reader(connection, register, state.village_id)
    tables = NodeTables(
        state,
        layer=Shelf(reader.layer),
        outcomes=Shelf(reader.outcomes),
        feed=Shelf(reader.feed),
        journal=Shelf(reader.journal),
        own=Shelf(reader.own),
        pending=Shelf(reader.pending),
        undecided=lambda: _undecided(reader, tables),
        evidence=reader.evidence() if begun.has_evidence else {},
        verify_head=verify_head,
        copies=reader.copies,
    )
    return tables


def _undecided(reader: _Reader, tables: NodeTables) -> tuple[bytes, ...]:
    """Return the open change ids of the database, with those that this transaction has opened."""
    changed = (*tables.own.changed, *tables.outcomes.changed)
    listed = reader.listed() if changed else frozenset()
    here = (change_id for change_id in changed if change_id not in listed)
    return tuple(dict.fromkeys((*reader.open_change_ids(), *here)))


class _Reader:
    """The load functions of one working set."""

    def __init__(self, connection: Connection, register: RegisterStore, village_id: int) -> None:
        self.connection = connection
        self.register = register
        self.village_id = village_id

    def layer(self, ids: Collection[bytes]) -> Mapping[bytes, Held]:
        found = self.register.records(self.village_id, ids)
        return {record_id: rows.held_of_record(record) for record_id, record in found.items()}

    def outcomes(self, change_ids: Collection[bytes]) -> Mapping[bytes, Outcome]:
        columns = (OWN_CHANGE.c.change_id, OWN_CHANGE.c.outcome)
        found = rows_by_key(self.connection, columns, OWN_CHANGE.c.change_id, change_ids)
        return {change_id: rows.outcome_of_bytes(raw) for change_id, raw in found if raw is not None}

    def feed(self, seqs: Collection[int]) -> Mapping[int, NodeFeedRow]:
        found = rows_by_key(self.connection, tuple(FEED_ROW.c), FEED_ROW.c.seq, seqs)
        return {row.seq: rows.feed_of_row(row._mapping) for row in found}  # noqa: SLF001 - SQLAlchemy's public name

    def journal(self, places: Collection[tuple[bytes, int]]) -> Mapping[tuple[bytes, int], OwnEntry]:
        by_replica: dict[bytes, list[int]] = defaultdict(list)
        for replica_id, seq in places:
            by_replica[replica_id].append(seq)
        found: dict[tuple[bytes, int], OwnEntry] = {}
        for replica_id, seqs in by_replica.items():
            mine = {OWN_ENTRY.c.replica_id: replica_id}
            for row in rows_by_key(self.connection, tuple(OWN_ENTRY.c), OWN_ENTRY.c.seq, seqs, mine):
                found[replica_id, row.seq] = rows.own_of_row(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
        return found

    def own(self, change_ids: Collection[bytes]) -> Mapping[bytes, OwnEntry]:
        found = (rows.own_of_row(row._mapping) for row in rows_asked(self.connection, _OWN, change_ids))  # noqa: SLF001 - SQLAlchemy's public name
        return {own.change_id: own for own in found}

    def pending(self, ids: Collection[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
        found: dict[bytes, list[bytes]] = defaultdict(list)
        columns, order = (PENDING.c.record_id, PENDING.c.change_id), (PENDING.c.record_id, PENDING.c.place)
        for record_id, change_id in rows_by_key(self.connection, columns, PENDING.c.record_id, ids, order=order):
            found[record_id].append(change_id)
        return {record_id: tuple(change_ids) for record_id, change_ids in found.items()}

    def open_change_ids(self) -> Sequence[bytes]:
        return self.connection.scalars(_OPEN).all()

    def listed(self) -> frozenset[bytes]:
        return frozenset(self.connection.scalars(LISTED))

    def copies(self, change_id: bytes) -> Iterator[OwnEntry]:
        """Give every row that may hold an entry: what says so itself, and what stands at its newest place."""
        place = select(OWN_CHANGE.c.replica_id, OWN_CHANGE.c.seq).where(OWN_CHANGE.c.change_id == change_id)
        at_place = tuple_(OWN_ENTRY.c.replica_id, OWN_ENTRY.c.seq).in_(place)
        query = select(OWN_ENTRY).where((OWN_ENTRY.c.change_id == change_id) | at_place)
        return (rows.own_of_row(row) for row in self.connection.execute(query).mappings())

    def evidence(self) -> dict[bytes, Evidence]:
        return {row[0]: rows.evidence_of_bytes(row[1]) for row in self.connection.execute(select(EVIDENCE))}


_OWN = select(OWN_ENTRY).join(OWN_CHANGE, NEWEST_PLACE).where(one_of(OWN_CHANGE.c.change_id))
_OPEN = (
    select(OWN_CHANGE.c.change_id)
    .where(OWN_CHANGE.c.is_final.is_(False), change_id_not_listed())
    .order_by(OWN_CHANGE.c.ordinal)
)
