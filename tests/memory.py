"""Both sides' databases as dictionaries: the real protocol code without SQL, for properties and histories.

A database is a dict of tables; a transaction is a set of shelves whose changes are written back at once, or dropped.  A
copy of the dicts is a backup.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

from schemas.errors import BadSignatureError
from sync_protocol import composing, hub_side, node_side
from sync_protocol.answer import HubView, NodeView, answer, changes_of
from sync_protocol.applying import changes_of as entry_changes
from sync_protocol.codec import decode
from sync_protocol.entries import Change, journal_start
from sync_protocol.feed import HeadObject, feed_start, parse_head_payload
from sync_protocol.messages import Message
from sync_protocol.overlay import Shown, show
from sync_protocol.registry import Registry
from sync_protocol.tables import Evidence, HubTables, NodeState, NodeTables, OwnEntry, Shelf, VillageState

DISTRICT = "35.10"
_SECRET = b"a fixed key of the tests"


def sign_head(head: HeadObject) -> bytes:
    """Return a fake signature that only this module makes."""
    payload = head.payload()
    return hashlib.blake2b(payload, key=_SECRET, digest_size=16).digest() + payload


def verify_head(raw: bytes) -> HeadObject:
    """Return the head object of a fake signature; raises BadSignatureError."""
    if hashlib.blake2b(raw[16:], key=_SECRET, digest_size=16).digest() != raw[:16]:
        raise BadSignatureError("not signed by this hub")
    decode(raw[16:])
    return parse_head_payload(raw[16:])


KEYS = hub_side.HeadKeys(sign_head, verify_head)


def loader(table: dict[Any, Any]) -> Callable[[Collection[Any]], Mapping[Any, Any]]:
    """Return the load function of a shelf over a dict."""
    return lambda keys: {key: table[key] for key in keys if key in table}


def write_back(tables: HubTables | NodeTables, database: dict[str, dict[Any, Any]]) -> None:
    """Write every shelf's changes into the dicts: the commit."""
    for name, changed in changes_of(tables).items():
        for key, value in changed.items():
            if value is None:
                database[name].pop(key, None)
            else:
                database[name][key] = value


HUB_SHELVES = tuple(f.name for f in fields(HubTables) if f.name != "district_code")


class MemoryHub:
    """The hub over dictionaries: real admission, real feeds, no SQL."""

    def __init__(self, villages: Collection[int]) -> None:
        self.database: dict[str, dict[Any, Any]] = {name: {} for name in HUB_SHELVES}
        self.now_ms = 1_000
        self.revoked: set[bytes] = set()
        for village in villages:
            key = village.to_bytes(32, "big")
            state = VillageState(village, key, 0, feed_start(DISTRICT, village))
            self.database["villages"][village] = state

    def tables(self) -> HubTables:
        """Return a fresh view of the database."""
        return HubTables(DISTRICT, **{name: Shelf(loader(self.database[name])) for name in HUB_SHELVES})

    @contextmanager
    def transaction(self) -> Iterator[Registry]:
        """Give a registry to work on; its changes are kept unless an exception leaves the block."""
        registry = Registry(self.tables(), self.now_ms)
        yield registry
        write_back(registry.tables, self.database)

    def receive(self, message: Message, device_id: bytes) -> Message:
        """Take a message in and return the answer, in one transaction."""
        self.now_ms += 1
        tables = self.tables()
        standing = 1 if device_id in self.revoked else 0
        sender = hub_side.Sender(device_id, message.village_id, standing)
        _, reply = answer(HubView(tables, sender, KEYS, self.now_ms), message)
        write_back(tables, self.database)
        return reply

    def snapshot(self) -> dict[str, dict[Any, Any]]:
        """Return a backup: values are frozen, so the dicts suffice."""
        return {name: dict(table) for name, table in self.database.items()}


class MemoryNode:
    """A village node over dictionaries."""

    def __init__(self, village: int, device_id: bytes, replica_ids: Iterator[bytes]) -> None:
        self.device_id = device_id
        self.replica_ids = replica_ids
        replica = next(replica_ids)
        self.database: dict[str, dict[Any, Any]] = {
            name: {} for name in ("layer", "outcomes", "feed", "journal", "own", "pending")
        }
        self.evidence: dict[bytes, Evidence] = {}
        self.told: list[Any] = []
        self.unreadable: list[bytes] = []
        self.state = NodeState(
            DISTRICT,
            village,
            village.to_bytes(32, "big"),
            replica,
            0,
            journal_start(replica),
            0,
            0,
            0,
            feed_start(DISTRICT, village),
            0,
            0,
        )

    def copy(self) -> MemoryNode:
        """Return a clone: the same database on another disk."""
        other = object.__new__(MemoryNode)
        other.__dict__ = dict(self.__dict__)
        other.database = {name: dict(table) for name, table in self.database.items()}
        other.evidence, other.told, other.unreadable = dict(self.evidence), list(self.told), list(self.unreadable)
        return other

    def tables(self) -> NodeTables:
        """Return a fresh view of the database."""
        at = self.database
        return NodeTables(
            self.state,
            Shelf(loader(at["layer"])),
            Shelf(loader(at["outcomes"])),
            Shelf(loader(at["feed"])),
            Shelf(loader(at["journal"])),
            Shelf(loader(at["own"])),
            Shelf(loader(at["pending"])),
            lambda: tuple(at["own"]),
            dict(self.evidence),
            verify_head,
            unreadable=list(self.unreadable),
        )

    def _commit(self, tables: NodeTables) -> None:
        write_back(tables, self.database)
        self.state, self.evidence, self.unreadable = tables.state, tables.evidence, tables.unreadable
        self.told += tables.told

    def save(
        self, kind: int, changes: tuple[Change, ...], wall_ms: int, seen: tuple[int, bytes] | None = None
    ) -> OwnEntry:
        """Save one officer action."""
        tables = self.tables()
        if seen is not None:
            tables.state = replace(tables.state, feed_seq=seen[0], feed_head=seen[1])
        own = node_side.save(tables, kind, "officer", changes, wall_ms=wall_ms)
        if seen is not None:
            tables.state = replace(tables.state, feed_seq=self.state.feed_seq, feed_head=self.state.feed_head)
        self._commit(tables)
        return own

    def save_raw(self, kind: int, body: bytes, wall_ms: int) -> OwnEntry:
        """Write an entry that this program would never write, as a newer or a broken one does."""
        tables = self.tables()
        own = node_side.save(tables, kind, "officer", (), wall_ms=wall_ms)
        entry = replace(own.entry, body=body)
        head = entry.head(own.previous)
        raw = replace(own, entry=entry, head=head, change_id=head[:16])
        tables.own.discard(own.change_id)
        tables.own[raw.change_id] = raw
        tables.journal[raw.replica_id, raw.seq] = raw
        tables.state = replace(tables.state, journal_head=head, last_change_id=raw.change_id)
        self._commit(tables)
        return raw

    def message(self, journal_bytes_max: int = 1 << 20) -> Message:
        """Return the next message."""
        return composing.compose(self.tables(), number=1, budget=1 << 20, journal_bytes_max=journal_bytes_max)

    def receive(self, reply: Message) -> None:
        """Take an answer in, in one transaction."""
        tables = self.tables()
        answer(NodeView(tables, 1, 1 << 20, 1 << 20, next(self.replica_ids)), reply)
        self._commit(tables)

    def new_replica(self) -> None:
        """Take a new replica id, as a copy does that knows it is one."""
        tables = self.tables()
        node_side.take_replica_id(tables, next(self.replica_ids))
        self._commit(tables)

    def shown(self) -> dict[bytes, Shown]:
        """Return every record as the officer sees it."""
        pending = self.database["pending"]
        out: dict[bytes, Shown] = {}
        for record_id in {*self.database["layer"], *pending}:
            entries = [
                (entry_changes(self.database["own"][change_id]), self.database["outcomes"].get(change_id))
                for change_id in pending.get(record_id, ())
            ]
            found = show(record_id, self.database["layer"].get(record_id), entries, self.state.village_id)
            if found is not None:
                out[record_id] = found
        return out
