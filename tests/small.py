"""A small world for directed scenarios: village 1 with two laptops, village 2 with one, one person known to all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from schemas.fields import Kind, tag_of
from sync_protocol import cases, decisions
from sync_protocol.causes import decision_id
from sync_protocol.dispatching import flag_niks, pair_moves
from sync_protocol.entries import Create, EntryKind, Update
from sync_protocol.feed import Outcome
from tests.memory import MemoryHub, MemoryNode

NAME, NIK, PHONE, JOB, LIFE, CERTIFIED = (
    tag_of(Kind.RESIDENT, name) for name in ("name", "nik", "phone", "email", "life_status", "certified_at")
)


def ident(text: str, size: int = 16) -> bytes:
    """Return a fixed id made from a word."""
    return hashlib.blake2b(text.encode(), digest_size=size).digest()


PERSON = ident("person")


class Small:
    """The world, with verbs short enough to read a scenario in one breath."""

    def __init__(self) -> None:
        self.hub = MemoryHub((1, 2))
        self.count = 0
        replicas = self._replica_ids()
        self.a1 = MemoryNode(1, ident("a1", 8), replicas)
        self.a2 = MemoryNode(1, ident("a2", 8), replicas)
        self.b1 = MemoryNode(2, ident("b1", 8), replicas)
        self.create(self.a1, PERSON, {NAME: "a", PHONE: "a", LIFE: 1})
        self.sync(self.a1, self.a2)

    def _replica_ids(self) -> Iterator[bytes]:
        while True:
            self.count += 1
            yield ident(f"replica{self.count}", 8)

    def create(self, node: MemoryNode, record_id: bytes, body: dict[int, Any], kind: int = Kind.RESIDENT) -> bytes:
        """Save a new record."""
        create = Create(record_id, kind, dict(sorted(body.items())))
        return node.save(EntryKind.CORRECTION, (create,), self.hub.now_ms).change_id

    def put(
        self,
        node: MemoryNode,
        tag: int,
        old: Any,
        new: Any,
        wall_ms: int | None = None,
        *,
        record_id: bytes = PERSON,
        kind: int = EntryKind.CORRECTION,
    ) -> bytes:
        """Save one update and return its change id."""
        wall_ms = self.hub.now_ms if wall_ms is None else wall_ms
        return node.save(kind, (Update(record_id, tag, old, new),), wall_ms).change_id

    def sync(self, *nodes: MemoryNode) -> None:
        """Let each node talk to the hub until nothing is left to say."""
        for node in nodes:
            for _ in range(4):
                node.receive(self.hub.receive(node.message(), node.device_id))

    def edit(self, tag: int, old: Any, new: Any, record_id: bytes = PERSON) -> bool:
        """Let the registrar edit a value that shows ``old``."""
        self.count += 1
        with self.hub.transaction() as registry:
            did = decision_id(ident(f"decision{self.count}"))
            return decisions.edit(registry, (decisions.Edit(record_id, tag, old, new),), did)

    def certify(self) -> None:
        """Let the district certify the person."""
        assert self.edit(CERTIFIED, None, 20_000)

    def decide(self, case_id: bytes, *accepted: bytes) -> bool:
        """Let the registrar decide a case, seeing its page as it is now."""
        self.count += 1
        with self.hub.transaction() as registry:
            page = decisions.page_of(registry, registry.tables.records.need(case_id))
            did = decision_id(ident(f"decision{self.count}"))
            return decisions.decide(registry, case_id, frozenset(accepted), page, did, "seen the papers")

    def dispatch(self) -> None:
        """Let the dispatcher run over everything."""
        records = self.hub.database["records"]
        events = sorted(r for r, x in records.items() if x.kind == Kind.VITAL_EVENT)
        people = sorted(r for r, x in records.items() if x.kind == Kind.RESIDENT)
        with self.hub.transaction() as registry:
            pair_moves(registry, events, events)
        with self.hub.transaction() as registry:
            flag_niks(registry, people, people)

    def value(self, tag: int, record_id: bytes = PERSON) -> Any:
        """Return the registry's value of a field."""
        return self.hub.database["records"][record_id].body.get(tag)

    def shown(self, node: MemoryNode, tag: int, record_id: bytes = PERSON) -> Any:
        """Return the value that an officer sees."""
        return node.shown()[record_id].body.get(tag)

    def open_cases(self) -> list[bytes]:
        """Return the open cases of all villages."""
        records = self.hub.database["records"].items()
        return sorted(r for r, x in records if x.kind == Kind.CASE and cases.is_open(x))

    def proposals(self, case_id: bytes) -> tuple[cases.Proposal, ...]:
        """Return the proposals of a case."""
        return cases.proposals_of(self.hub.database["records"][case_id])

    def outcome(self, change_id: bytes) -> Outcome | None:
        """Return the hub's outcome of a change id."""
        found: Outcome | None = self.hub.database["outcomes"].get(change_id)
        return found
