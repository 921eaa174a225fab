"""Load a node's shelves from its database, many keys a query (protocol 1.3, 2.6).

Decides which rows answer for which key.  Changes nothing: what the protocol wrote to the shelves is written back by
``flushing``, in the same transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, select, tuple_

from register.store import CHUNK_ROWS, RegisterStore
from schemas.errors import DatabaseCorruptError
from sync_protocol.feed import HeadObject, Outcome
from sync_protocol.tables import Evidence, Held, NodeFeedRow, NodeState, NodeTables, OwnEntry, Shelf
from village_node import rows
from village_node.tables import EVIDENCE, FEED_ROW, NODE_STATE, OWN_CHANGE, OWN_ENTRY, PENDING, SYNC_STATE
from village_node.unreadable import LISTED, change_id_not_listed

K = TypeVar("K")


def chunks(keys: Collection[K]) -> Iterator[list[K]]:
    """Give keys in portions of one statement each."""
    listed = list(keys)
    for start in range(0, len(listed), CHUNK_ROWS):
        yield listed[start : start + CHUNK_ROWS]


def load_state(connection: Connection) -> NodeState:
    """Return the replica's state; DatabaseCorruptError if the database has none."""
    row = connection.execute(select(NODE_STATE)).mappings().first()
    if row is None:
        raise DatabaseCorruptError("Basis data desa tidak lengkap", hint="Ulangi pendaftaran, atau pulihkan cadangan.")
    return rows.state_of_row(row)


def load_sync_state(connection: Connection) -> rows.SyncState:
    """Return what the syncer remembers."""
    row = connection.execute(select(SYNC_STATE)).mappings().one()
    return rows.SyncState(**{name: row[name] for name in rows.SYNC_COLUMNS})


def node_tables(
    connection: Connection, register: RegisterStore, state: NodeState, verify_head: Callable[[bytes], HeadObject]
) -> NodeTables:
    """Return the working set of one transaction over this connection."""
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
        evidence=reader.evidence(),
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
        found: dict[bytes, Outcome] = {}
        for chunk in chunks(change_ids):
            query = select(OWN_CHANGE.c.change_id, OWN_CHANGE.c.outcome).where(
                OWN_CHANGE.c.change_id.in_(chunk), OWN_CHANGE.c.outcome.is_not(None)
            )
            found |= {row[0]: rows.outcome_of_bytes(row[1]) for row in self.connection.execute(query)}
        return found

    def feed(self, seqs: Collection[int]) -> Mapping[int, NodeFeedRow]:
        found: dict[int, NodeFeedRow] = {}
        for chunk in chunks(seqs):
            query = select(FEED_ROW).where(FEED_ROW.c.seq.in_(chunk))
            found |= {row["seq"]: rows.feed_of_row(row) for row in self.connection.execute(query).mappings()}
        return found

    def journal(self, places: Collection[tuple[bytes, int]]) -> Mapping[tuple[bytes, int], OwnEntry]:
        by_replica: dict[bytes, list[int]] = defaultdict(list)
        for replica_id, seq in places:
            by_replica[replica_id].append(seq)
        found: dict[tuple[bytes, int], OwnEntry] = {}
        for replica_id, seqs in by_replica.items():
            for chunk in chunks(seqs):
                mine = (OWN_ENTRY.c.replica_id == replica_id, OWN_ENTRY.c.seq.in_(chunk))
                for own in self._entries(select(OWN_ENTRY).where(*mine)):
                    found[own.replica_id, own.seq] = own
        return found

    def own(self, change_ids: Collection[bytes]) -> Mapping[bytes, OwnEntry]:
        found: dict[bytes, OwnEntry] = {}
        newest = (OWN_ENTRY.c.replica_id == OWN_CHANGE.c.replica_id) & (OWN_ENTRY.c.seq == OWN_CHANGE.c.seq)
        for chunk in chunks(change_ids):
            query = select(OWN_ENTRY).join(OWN_CHANGE, newest).where(OWN_CHANGE.c.change_id.in_(chunk))
            found |= {own.change_id: own for own in self._entries(query)}
        return found

    def pending(self, ids: Collection[bytes]) -> Mapping[bytes, tuple[bytes, ...]]:
        found: dict[bytes, list[bytes]] = defaultdict(list)
        for chunk in chunks(ids):
            query = select(PENDING.c.record_id, PENDING.c.change_id).where(PENDING.c.record_id.in_(chunk))
            for record_id, change_id in self.connection.execute(query.order_by(PENDING.c.record_id, PENDING.c.place)):
                found[record_id].append(change_id)
        return {record_id: tuple(change_ids) for record_id, change_ids in found.items()}

    def open_change_ids(self) -> Sequence[bytes]:
        query = select(OWN_CHANGE.c.change_id).where(OWN_CHANGE.c.is_final.is_(False), change_id_not_listed())
        return self.connection.scalars(query.order_by(OWN_CHANGE.c.ordinal)).all()

    def listed(self) -> frozenset[bytes]:
        return frozenset(self.connection.scalars(LISTED))

    def copies(self, change_id: bytes) -> Iterator[OwnEntry]:
        """Give every row that may hold an entry: what says so itself, and what stands at its newest place."""
        place = select(OWN_CHANGE.c.replica_id, OWN_CHANGE.c.seq).where(OWN_CHANGE.c.change_id == change_id)
        at_place = tuple_(OWN_ENTRY.c.replica_id, OWN_ENTRY.c.seq).in_(place)
        query = select(OWN_ENTRY).where((OWN_ENTRY.c.change_id == change_id) | at_place)
        return self._entries(query)

    def evidence(self) -> dict[bytes, Evidence]:
        return {row[0]: rows.evidence_of_bytes(row[1]) for row in self.connection.execute(select(EVIDENCE))}

    def _entries(self, query: Any) -> Iterator[OwnEntry]:
        for row in self.connection.execute(query).mappings():
            yield rows.own_of_row(row)
