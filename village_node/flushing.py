"""Write back what a transaction changed, and show it: shelves, index rows, notices (protocol 2.6).

Decides the order of writing and which records must be shown anew.  The index always holds the shown values, the
registry layer with the village's own open work on top, and is refreshed in the same transaction as what it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, update

from register.by_key import delete_by_key
from register.database import upsert
from register.store import IndexItem, RegisterStore
from sync_protocol.applying import changes_of
from sync_protocol.codec import encode
from sync_protocol.entries import Change, Create, EntryKind
from sync_protocol.feed import Outcome
from sync_protocol.overlay import Shown, show
from sync_protocol.tables import Evidence, NodeState, NodeTables, OwnEntry
from village_node import rows
from village_node.blobs import forget_records, note_records
from village_node.tables import (
    EVIDENCE,
    FEED_ROW,
    NODE_STATE,
    NOTICE,
    OWN_CHANGE,
    OWN_ENTRY,
    OWN_TOUCH,
    PENDING,
    SYNC_STATE,
    THE_ROW,
)
from village_node.unreadable import list_unreadable


class Flusher:
    """The write side of one transaction; remembers what the parts looked like at its start."""

    def __init__(
        self, connection: Connection, register: RegisterStore, tables: NodeTables, sync: rows.SyncState
    ) -> None:
        self.connection = connection
        self.register = register
        self.tables = tables
        self.sync = sync
        self._state = tables.state
        self._sync = dict(vars(sync))
        self._evidence = dict(tables.evidence)
        self._parsed: dict[bytes, tuple[Change, ...]] = {}

    def flush(self) -> None:
        """Write everything back; the caller commits."""
        list_unreadable(self.connection, self.tables, self._state)
        touched = self._touched()
        self._write_layer()
        self._write_journal()
        self._write_outcomes()
        self._write_pending()
        self._write_feed()
        self._write_evidence(self.tables.evidence)
        if self.tables.state != self._state:
            write_state(self.connection, self.tables.state)
        if vars(self.sync) != self._sync:
            write_sync_state(self.connection, self.sync)
        self.show_again(touched)

    # -- shelves

    def _write_layer(self) -> None:
        village_id = self.tables.state.village_id
        changed = self.tables.layer.changed
        self.register.put_records(
            rows.record_of_held(village_id, record_id, held) for record_id, held in changed.items() if held is not None
        )
        self.register.remove_records(village_id, [record_id for record_id, held in changed.items() if held is None])

    def _write_journal(self) -> None:
        entries = [own for own in self.tables.journal.changed.values() if own is not None]
        _insert(self.connection, OWN_ENTRY, [rows.own_to_row(own) for own in entries])
        places = {change_id: own for change_id, own in self.tables.own.changed.items() if own is not None}
        fresh = [own for own in places.values() if own.entry.first is None]
        moved = [own for own in places.values() if own.entry.first is not None]
        _insert(
            self.connection,
            OWN_CHANGE,
            [
                {
                    "change_id": own.change_id,
                    "ordinal": own.ordinal,
                    "replica_id": own.replica_id,
                    "seq": own.seq,
                    "is_final": False,
                }
                for own in fresh
            ],
        )
        _update(
            self.connection,
            [{"key": own.change_id, "replica_id": own.replica_id, "seq": own.seq} for own in moved],
        )
        _insert(self.connection, OWN_TOUCH, [row for own in fresh for row in self._touch_rows(own)])

    def _touch_rows(self, own: OwnEntry) -> Iterator[dict[str, object]]:
        if own.entry.kind == EntryKind.IMPORT:
            return
        created = {change.record_id for change in self._changes(own) if isinstance(change, Create)}
        for record_id in dict.fromkeys(change.record_id for change in self._changes(own)):
            yield {
                "record_id": record_id,
                "ordinal": own.ordinal,
                "change_id": own.change_id,
                "is_create": record_id in created,
            }

    def _write_outcomes(self) -> None:
        at = self.tables.state.feed_seq
        _update(
            self.connection,
            [
                {"key": change_id, **_outcome_row(change_id, outcome, at)}
                for change_id, outcome in self.tables.outcomes.changed.items()
            ],
        )

    def _write_pending(self) -> None:
        changed = self.tables.pending.changed
        delete_by_key(self.connection, PENDING, PENDING.c.record_id, changed)
        _insert(
            self.connection,
            PENDING,
            [
                {"record_id": record_id, "place": place, "change_id": change_id}
                for record_id, change_ids in changed.items()
                for place, change_id in enumerate(change_ids or ())
            ],
        )

    def _write_feed(self) -> None:
        changed = self.tables.feed.changed
        gone = [seq for seq, row in changed.items() if row is None]
        delete_by_key(self.connection, FEED_ROW, FEED_ROW.c.seq, gone)
        upsert(
            self.connection,
            FEED_ROW,
            [rows.feed_to_row(seq, row) for seq, row in changed.items() if row is not None],
        )
        at = self.tables.state.feed_seq
        _insert(
            self.connection,
            NOTICE,
            [
                {"kind": one.kind, "critical": one.critical, "payload": encode(one.payload), "feed_seq": at}
                for one in self.tables.heard
            ],
        )

    def _write_evidence(self, evidence: dict[bytes, Evidence]) -> None:
        if evidence == self._evidence:
            return
        self.connection.execute(delete(EVIDENCE))
        _insert(
            self.connection,
            EVIDENCE,
            [{"head": head, "run": rows.evidence_to_bytes(one)} for head, one in evidence.items()],
        )

    # -- what the officer sees

    def _touched(self) -> list[bytes]:
        """Return the records whose shown values may have changed."""
        decided = [own for change_id in self.tables.outcomes.changed if (own := self.tables.own.get(change_id))]
        records = (change.record_id for own in decided for change in self._changes(own))
        return list(dict.fromkeys((*self.tables.layer.changed, *self.tables.pending.changed, *records)))

    def show_again(self, record_ids: Iterable[bytes]) -> None:
        """Make the index show records as they are now; one that nobody knows any more leaves it."""
        village_id = self.tables.state.village_id
        items: list[IndexItem] = []
        gone: list[bytes] = []
        for record_id, shown in self.shown(list(record_ids)).items():
            if shown is None:
                gone.append(record_id)
            else:
                items.append(IndexItem(village_id, record_id, shown.kind, shown.level, shown.body))
        self.register.index_bodies(items)
        self.register.drop_index(village_id, gone)
        note_records(self.connection, items)
        forget_records(self.connection, gone)

    def shown(self, record_ids: list[bytes]) -> dict[bytes, Shown | None]:
        """Return records as the officer sees them, in a few queries."""
        tables = self.tables
        tables.layer.prefetch(record_ids)
        tables.pending.prefetch(record_ids)
        waiting = {record_id: tables.pending.get(record_id) or () for record_id in record_ids}
        change_ids = list(dict.fromkeys(change_id for ids in waiting.values() for change_id in ids))
        tables.own.prefetch(change_ids)
        tables.outcomes.prefetch(change_ids)
        return {
            record_id: show(record_id, tables.layer.get(record_id), list(self._pending(ids)), tables.state.village_id)
            for record_id, ids in waiting.items()
        }

    def _pending(self, change_ids: Iterable[bytes]) -> Iterator[tuple[tuple[Change, ...], Outcome | None]]:
        for change_id in change_ids:
            own = self.tables.own.get(change_id)
            if own is not None:  # else a disk has lost its row, and the next sync lists it
                yield self._changes(own), self.tables.outcomes.get(change_id)

    def _changes(self, own: OwnEntry) -> tuple[Change, ...]:
        if own.change_id not in self._parsed:
            self._parsed[own.change_id] = changes_of(own)
        return self._parsed[own.change_id]


def write_state(connection: Connection, state: NodeState) -> None:
    """Write a replica's state."""
    upsert(connection, NODE_STATE, [{"row": THE_ROW, **rows.state_to_row(state)}])


def write_sync_state(connection: Connection, sync: rows.SyncState) -> None:
    """Write what the syncer remembers."""
    upsert(connection, SYNC_STATE, [{"row": THE_ROW, **vars(sync)}])


def _outcome_row(change_id: bytes, outcome: Outcome | None, at: int) -> dict[str, object]:
    if outcome is None:
        return {"outcome": None, "result": None, "is_final": False, "decided_at_seq": None}
    return {
        "outcome": rows.outcome_to_bytes(change_id, outcome),
        "result": int(outcome.summary),
        "is_final": outcome.is_final,
        "decided_at_seq": at,
    }


def _insert(connection: Connection, table: Table, values: list[dict[str, object]]) -> None:
    if values:
        connection.execute(insert(table), values)


def _update(connection: Connection, values: list[dict[str, object]]) -> None:
    """Update own changes by change id, the same columns in each."""
    if values:
        columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in values[0] if name != "key"}
        statement = update(OWN_CHANGE).where(OWN_CHANGE.c.change_id == bindparam("key")).values(**columns)
        connection.execute(
            statement,
            [{("key" if name == "key" else f"new_{name}"): value for name, value in row.items()} for row in values],
        )
