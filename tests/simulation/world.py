"""A world of two villages, three laptops and one hub, over the real protocol code in memory.

It keeps everything that exists and what has been promised to whom, carries messages, and heals.  What may happen in it
is in ``officers``, ``office`` and ``mishaps``; what must hold after each step and after healing is in ``checks``.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from schemas.errors import ProtocolError, TrustError
from schemas.fields import Kind
from sync_protocol import cases, decisions, diary, hub_side
from sync_protocol.causes import decision_id
from sync_protocol.dispatching import flag_niks, pair_moves
from sync_protocol.entries import Change, EntryKind
from sync_protocol.feed import FULL, Outcome
from sync_protocol.messages import Message, encode_message, parse_message
from sync_protocol.overlay import Shown
from sync_protocol.tables import ORPHAN, OwnEntry
from tests.memory import MemoryHub, MemoryNode

NOON_MS = 1_790_000_000_000
"""The hub's clock at the beginning; a laptop's may be years off."""


class BrokenLawError(Exception):
    """A law that does not hold."""


class World:
    """Everything that exists, and what has been promised to whom."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.hub = MemoryHub((1, 2))
        self.hub.now_ms = NOON_MS
        self.nodes: dict[str, MemoryNode] = {}
        for name, village in (("A1", 1), ("A2", 1), ("B1", 2)):
            self.enrol(name, village)
        self.net: list[tuple[str, str, Message]] = []
        self.archive: list[tuple[str, str, Message]] = []
        self.copies: list[tuple[str, MemoryNode]] = []
        self.backups: list[dict[str, dict[Any, Any]]] = []
        self.forms: list[tuple[str, bytes, dict[int, Any], tuple[int, bytes]]] = []
        self.diary: list[diary.DiaryEdit | diary.DiaryDecision] = []
        self.log: list[str] = []
        self.saved: dict[bytes, int] = {}
        self.changes: dict[bytes, tuple[Change, ...]] = {}
        self.maybe_lost: set[bytes] = set()
        self.told_safe: set[bytes] = set()
        self.safe: set[bytes] = set()
        self.first_final: dict[bytes, int] = {}
        self.rolled_back = False
        self.clock_stands = False

    def enrol(self, name: str, village: int) -> None:
        """Give a village one more laptop."""
        self.nodes[name] = MemoryNode(village, self.identity("device", 8), self._replica_ids())

    def identity(self, prefix: str, size: int = 16) -> bytes:
        """Return the next id of a kind: the same in every run."""
        self.counts[prefix] += 1
        return hashlib.blake2b(f"{prefix}{self.counts[prefix]}".encode(), digest_size=size).digest()

    def _replica_ids(self) -> Iterator[bytes]:
        while True:
            yield self.identity("replica", 8)

    def say(self, *words: object) -> None:
        """Keep one line of the story."""
        self.log.append(" ".join(w.hex()[:8] if isinstance(w, bytes) else str(w) for w in words))

    def pass_time(self, rng: random.Random) -> None:
        """Let the hub's clock go on, unless it stands still."""
        if not self.clock_stands:
            self.hub.now_ms += rng.choice([0, 0, 1, 3])

    # -- officers save

    def people(self, node: MemoryNode) -> dict[bytes, Shown]:
        """Return the residents that an officer can edit."""
        shown = node.shown().items()
        return {r: s for r, s in sorted(shown) if s.kind == Kind.RESIDENT and s.level == FULL}

    def save(
        self, name: str, kind: int, changes: tuple[Change, ...], wall_ms: int, seen: tuple[int, bytes] | None = None
    ) -> bytes:
        """Save one officer action and remember that it was promised."""
        own = self.nodes[name].save(kind, changes, wall_ms, seen)
        self.promise(name, own, changes)
        self.say(name, "saves", own.change_id, EntryKind(kind).name, "wall", wall_ms, [_told(c) for c in changes])
        return own.change_id

    def promise(self, name: str, own: OwnEntry, changes: tuple[Change, ...]) -> None:
        """Remember that an officer was told that his action is kept."""
        self.saved[own.change_id] = self.nodes[name].state.village_id
        self.changes[own.change_id] = changes

    # -- the network

    def post(self, to: str, sender: str, message: Message) -> None:
        """Put a message on its way; it travels as bytes."""
        parsed = parse_message(encode_message(message))
        self.net.append((to, sender, parsed))
        self.archive.append((to, sender, parsed))

    def deliver(self, to: str, sender: str, message: Message, *, twice: bool = False) -> None:
        """Hand a message over; twice must equal once (law 2)."""
        try:
            if to == "hub":
                self._to_hub(sender, message, twice=twice)
            elif to in self.nodes:
                self._to_node(to, message, twice=twice)
        except (ProtocolError, TrustError) as error:
            self.say(to, "refuses a message of", sender, error.code)

    def _to_hub(self, sender: str, message: Message, *, twice: bool) -> None:
        device = self.nodes[sender].device_id if sender in self.nodes else b"gone-dev"
        others = {v: s.seq for v, s in self.hub.database["villages"].items() if v != message.village_id}
        reply = self.hub.receive(message, device)
        if not message.lost and any(self.hub.database["villages"][v].seq != seq for v, seq in others.items()):
            raise BrokenLawError("rule 2.8: a receive wrote another village's feed")
        if twice:
            before = self.state()
            self.hub.receive(message, device)
            if self.state() != before:
                raise BrokenLawError("law 2: a message taken in twice changed the hub")
        self.post(sender, "hub", reply)
        feeds = {v: s.seq for v, s in self.hub.database["villages"].items()}
        asks = "asks" if reply.heads is not None else "realigns" if reply.realign else ""
        self.say("hub takes", sender, feeds, asks)

    def _to_node(self, name: str, message: Message, *, twice: bool) -> None:
        node = self.nodes[name]
        node.receive(message)
        self.told_safe |= self.safe & set(node.database["own"]) & set(self.saved)
        for change_id in node.database["own"]:
            outcome: Outcome | None = node.database["outcomes"].get(change_id)
            if outcome is not None and outcome.is_final:
                self.first_final.setdefault(change_id, outcome.summary)
        if twice:
            before = (dict(node.database["layer"]), node.state.feed_seq, node.state.entry_count)
            node.receive(message)
            if before != (node.database["layer"], node.state.feed_seq, node.state.entry_count):
                raise BrokenLawError("law 2: an answer taken in twice changed the node")
        self.say(name, "takes an answer; feed", node.state.feed_seq, "as", node.state.replica_id)

    def state(self) -> object:
        """Return what must not change when nothing new arrives."""
        at = self.hub.database
        return (
            {v: s.head for v, s in at["villages"].items()},
            {r: x.digest for r, x in at["records"].items()},
            {c: o.fields for c, o in at["outcomes"].items()},
            {h: x.state for h, x in at["journal"].items()},
        )

    # -- the district office

    def records(self, kind: int) -> list[bytes]:
        """Return the ids of the registry's records of a kind."""
        return sorted(r for r, x in self.hub.database["records"].items() if x.kind == kind)

    def open_cases(self) -> list[bytes]:
        """Return the cases that wait for a registrar."""
        records = self.hub.database["records"]
        return [r for r in self.records(Kind.CASE) if cases.is_open(records[r])]

    def decide(self, rng: random.Random, case_id: bytes) -> None:
        """Decide a case as a registrar who sees its page now; the diary is written first."""
        with self.hub.transaction() as registry:
            case = registry.tables.records.need(case_id)
            page = decisions.page_of(registry, case)
            accepted = frozenset(p for p in page.proposals if rng.random() < 0.5)
            did = decision_id(self.identity("decision"))
            if decisions.decide(registry, case_id, accepted, page, did, "seen the papers"):
                self.diary.append(diary.DiaryDecision(did, case_id, accepted, page))
                self.say("registrar decides", case_id, "accepts", [p.hex()[:8] for p in sorted(accepted)])

    def edit(self, *edits: decisions.Edit) -> bool:
        """Write a registrar's edits that show what holds now."""
        did = decision_id(self.identity("decision"))
        with self.hub.transaction() as registry:
            is_done = decisions.edit(registry, edits, did)
        if is_done:
            self.diary.append(diary.DiaryEdit(did, edits))
            self.say("registrar sets", *((e.record_id.hex()[:8], e.tag, e.old, "->", e.new) for e in edits))
        return is_done

    def dispatch(self) -> None:
        """Pair moves and flag doubled NIKs."""
        events, people = self.records(Kind.VITAL_EVENT), self.records(Kind.RESIDENT)
        with self.hub.transaction() as registry:
            pair_moves(registry, events, events)
        with self.hub.transaction() as registry:
            flag_niks(registry, people, people)

    # -- healing

    def heal(self, rng: random.Random) -> None:
        """Deliver everything, sync everybody, decide everything, until the world is at rest."""
        while self.net:
            to, sender, message = self.net.pop(rng.randrange(len(self.net)))
            self.deliver(to, sender, message)
        self.hub.revoked = set()  # the registrar reinstates, or has the work sent again
        quiet = 0
        for _ in range(60):
            before = self.state()
            for name in rng.sample(list(self.nodes), len(self.nodes)):
                for _ in range(3):
                    self.meet(name)
            if self.rolled_back:
                with self.hub.transaction() as registry:
                    diary.replay(registry, self.diary, is_last=quiet > 0)
            self.dispatch()
            for case_id in self.open_cases():
                self.decide(rng, case_id)
            quiet = quiet + 1 if self.state() == before else 0
            if quiet == 1:
                self.write_off()
                self.release_gaps()
            if quiet >= 3:
                return
        raise BrokenLawError("law 4: the world does not come to rest")

    def meet(self, name: str) -> None:
        """Let a laptop send one message and take the answer."""
        self.deliver("hub", name, self.nodes[name].message())
        while self.net:
            self.deliver(*self.net.pop())

    def write_off(self) -> None:
        """A person ends all suspensions: what those devices still held will not come, or comes as evidence."""
        for village in sorted(self.hub.database["villages"]):
            with self.hub.transaction() as registry:
                hub_side.write_off(registry, village)

    def release_gaps(self) -> None:
        """A person says that what is missing from journals will not come."""
        orphans = [row for row in self.hub.database["journal"].values() if row.state == ORPHAN]
        with self.hub.transaction() as registry:
            hub_side.release_gap(registry, orphans)
            for village in sorted({row.village_id for row in orphans}):
                hub_side.decide_waiting(registry, village)


def _told(change: Change) -> str:
    words = str(change).replace("record_id=", "")
    return words.replace(str(change.record_id), change.record_id.hex()[:8])
