"""A world of two villages, three laptops and one hub, over the real protocol code in memory.

A history is a list of step seeds; a step draws its action from its own seed and the world, so that steps can be deleted
and a failing history shrinks.  What must hold after each step and after healing is in ``checks``.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from schemas.fields import TAG_NOTES, TAG_VOID, Kind, tag_of
from sync_protocol import cases, decisions, diary, hub_side
from sync_protocol.causes import decision_id
from sync_protocol.dispatching import flag_niks, pair_moves
from sync_protocol.entries import Add, Change, Create, EntryKind, Remove, Update
from sync_protocol.feed import FULL, Outcome
from sync_protocol.messages import Message
from sync_protocol.tables import ORPHAN
from tests.memory import MemoryHub, MemoryNode

NAME, NIK, LIFE, PHONE, JOB = (
    tag_of(Kind.RESIDENT, name) for name in ("name", "nik", "life_status", "phone", "occupation")
)
CERTIFIED = tag_of(Kind.RESIDENT, "certified_at")
EVENT = {name: tag_of(Kind.VITAL_EVENT, name) for name in ("event_kind", "subject_id", "village_to", "state")}
FIELDS = [NAME, NAME, NAME, NIK, PHONE, PHONE, JOB, LIFE, TAG_NOTES, TAG_VOID]

PROFILES: dict[str, dict[str, float]] = {
    "calm": {"save": 10, "send": 6, "deliver": 12, "decide": 2, "edit": 1, "dispatch": 1, "move": 1, "form": 2},
}
PROFILES["node"] = PROFILES["calm"] | {"copy": 2, "node_back": 1, "clone": 1, "revoke": 0.3}
PROFILES["hub"] = PROFILES["calm"] | {"edit": 2, "backup": 2, "hub_back": 1}
PROFILES["all"] = PROFILES["hub"] | {"copy": 2, "node_back": 0.7, "clone": 0.5, "revoke": 0.2, "hub_back": 0.7}


class Violation(Exception):
    """A law that does not hold."""


class World:
    """Everything that exists, and what has been promised to whom."""

    def __init__(self, profile: str) -> None:
        self.counts: Counter[str] = Counter()
        self.weights = PROFILES[profile]
        self.hub = MemoryHub((1, 2))
        self.nodes: dict[str, MemoryNode] = {}
        for name, village in (("A1", 1), ("A2", 1), ("B1", 2)):
            self.nodes[name] = MemoryNode(village, self.identity("device", 8), self._replica_ids())
        self.net: list[tuple[str, str, Message]] = []
        self.copies: list[tuple[str, MemoryNode]] = []
        self.backups: list[dict[str, dict[Any, Any]]] = []
        self.forms: list[tuple[str, bytes, dict[int, Any], tuple[int, bytes]]] = []
        self.diary: list[diary.DiaryEdit | diary.DiaryDecision] = []
        self.log: list[str] = []
        self.saved: dict[bytes, int] = {}
        self.maybe_lost: set[bytes] = set()
        self.told_safe: set[bytes] = set()
        self.safe: set[bytes] = set()
        self.first_final: dict[bytes, int] = {}
        self.rolled_back = False

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

    # -- one step

    def step(self, seed: int) -> None:
        """Do one random thing, then let hub time pass."""
        rng = random.Random(seed)
        action = rng.choices(list(self.weights), list(self.weights.values()))[0]
        getattr(self, "do_" + action)(rng)
        self.hub.now_ms += rng.choice([0, 0, 1, 3])

    def wall(self, rng: random.Random) -> int:
        """Return what some laptop's clock says: often right, sometimes years off."""
        return max(0, self.hub.now_ms + rng.choice([0, 0, 0, -1, -3, 2, 2_000_000, -2_000_000]))

    def value(self, rng: random.Random, tag: int, who: str) -> Any:
        """Return a value for a field, from few, so that values meet."""
        if tag == NIK:
            return 3510_0101_0190_9001 + rng.randrange(4)
        if tag == LIFE:
            return rng.choice([1, 2])
        if tag == TAG_VOID:
            return rng.choice([None, "duplicate"])
        if tag == JOB:
            return rng.randrange(1, 5)
        return f"{who}.{tag}.{rng.randrange(4)}"

    def change(self, rng: random.Random, who: str, record_id: bytes, body: dict[int, Any]) -> Change:
        """Return a random change of a record that shows this body."""
        tag = rng.choice(FIELDS)
        if tag == TAG_NOTES:
            element = f"note{rng.randrange(3)}"
            return Remove(record_id, tag, element) if rng.random() < 0.33 else Add(record_id, tag, element)
        return Update(record_id, tag, body.get(tag), self.value(rng, tag, who))

    def people(self, node: MemoryNode) -> list[bytes]:
        """Return the residents that an officer can edit."""
        return sorted(r for r, s in node.shown().items() if s.kind == Kind.RESIDENT and s.level == FULL)

    # -- officers

    def do_save(self, rng: random.Random) -> None:
        name = rng.choice(list(self.nodes))
        node = self.nodes[name]
        shown, people, changes = node.shown(), self.people(node), list[Change]()
        if not people or rng.random() < (0.3 if len(people) < 3 else 0.08):
            changes += self._create(rng, name, node)
        for _ in range(rng.choice([1, 1, 2, 2]) if people else 0):
            record_id = rng.choice(people)
            one = self.change(rng, name, record_id, shown[record_id].body)
            taken = {(c.record_id, c.tag) for c in changes}
            if (one.record_id, one.tag) not in taken and not (isinstance(one, Update) and one.old == one.new):
                changes.append(one)
        if rng.random() < 0.05:  # a write to another village's record, or one that only the hub may make
            known = [r for r, x in sorted(self.hub.database["records"].items()) if x.kind == Kind.RESIDENT]
            if known:
                tag = rng.choice([NAME, CERTIFIED])
                changes = [Update(rng.choice(known), tag, None, "x" if tag == NAME else 1)]
        if changes:
            kind = EntryKind.EVENT if rng.random() < 0.4 else EntryKind.CORRECTION
            self.save(name, kind, tuple(changes), self.wall(rng))

    def _create(self, rng: random.Random, name: str, node: MemoryNode) -> list[Change]:
        village = node.state.village_id
        imported = hashlib.blake2b(f"import{village}{rng.randrange(2)}".encode(), digest_size=16).digest()
        record_id = imported if rng.random() < 0.3 else self.identity("person")
        if rng.random() < 0.05 and self.hub.database["records"]:  # a foreign id, guessed or stale
            record_id = rng.choice(sorted(self.hub.database["records"]))
        if record_id in node.shown():
            return []
        body: dict[int, Any] = {NAME: self.value(rng, NAME, name), LIFE: 1, PHONE: self.value(rng, PHONE, name)}
        if rng.random() < 0.5:
            body[NIK] = self.value(rng, NIK, name)
        return [Create(record_id, Kind.RESIDENT, dict(sorted(body.items())))]

    def save(
        self, name: str, kind: int, changes: tuple[Change, ...], wall_ms: int, seen: tuple[int, bytes] | None = None
    ) -> bytes:
        """Save one officer action and remember that it was promised."""
        own = self.nodes[name].save(kind, changes, wall_ms, seen)
        self.saved[own.change_id] = self.nodes[name].state.village_id
        self.say(name, "saves", own.change_id, EntryKind(kind).name, "wall", wall_ms, [str(c) for c in changes])
        return own.change_id

    def do_form(self, rng: random.Random) -> None:
        """Open a form now, or save one opened earlier."""
        if self.forms and rng.random() < 0.6:
            name, record_id, body, seen = self.forms.pop(rng.randrange(len(self.forms)))
            if name in self.nodes:
                one = self.change(rng, name, record_id, body)
                if not (isinstance(one, Update) and one.old == one.new):
                    self.save(name, EntryKind.CORRECTION, (one,), self.wall(rng), seen)
            return
        name = rng.choice(list(self.nodes))
        people = self.people(self.nodes[name])
        if people:
            record_id, state = rng.choice(people), self.nodes[name].state
            body = dict(self.nodes[name].shown()[record_id].body)
            self.forms.append((name, record_id, body, (state.feed_seq, state.feed_head)))

    def do_move(self, rng: random.Random) -> None:
        source, target = rng.choice([(1, 2), (2, 1)])
        records = self.hub.database["records"].items()
        mine = [r for r, x in sorted(records) if x.kind == Kind.RESIDENT and x.owner == source and x.body.get(NIK)]
        if not mine:
            return
        person = rng.choice(mine)
        nik = self.hub.database["records"][person].body[NIK]
        out = rng.choice([n for n, x in self.nodes.items() if x.state.village_id == source])
        into = rng.choice([n for n, x in self.nodes.items() if x.state.village_id == target])
        if person in self.nodes[out].shown() and rng.random() < 0.9:
            self.save(out, EntryKind.EVENT, (self._move_event(21, person, target),), self.wall(rng))
        if rng.random() < 0.9:
            newcomer = self.identity("person")
            body = {NIK: nik, NAME: self.value(rng, NAME, into), LIFE: 1}
            changes = (Create(newcomer, Kind.RESIDENT, body), self._move_event(22, newcomer, source))
            self.save(into, EntryKind.EVENT, changes, self.wall(rng))

    def _move_event(self, kind: int, person: bytes, village: int) -> Create:
        body = {EVENT["event_kind"]: kind, EVENT["state"]: 1, EVENT["subject_id"]: person, EVENT["village_to"]: village}
        return Create(self.identity("event"), Kind.VITAL_EVENT, dict(sorted(body.items())))

    # -- the network

    def do_send(self, rng: random.Random) -> None:
        name = rng.choice(list(self.nodes))
        message = self.nodes[name].message(rng.choice([1 << 20, 1, 200]))
        self.net.append(("hub", name, message))
        count = len(message.journal.entries) if message.journal else 0
        self.say(name, "sends", count, "entries at feed", self.nodes[name].state.feed_seq)

    def do_deliver(self, rng: random.Random) -> None:
        if not self.net:
            return
        place = rng.randrange(len(self.net))
        to, sender, message = self.net[place]
        if rng.random() < 0.8:
            self.net.pop(place)
        if rng.random() < 0.1:
            self.say("lost or kept: to", to, "from", sender)
            return
        self.deliver(to, sender, message, twice=rng.random() < 0.2)

    def deliver(self, to: str, sender: str, message: Message, *, twice: bool = False) -> None:
        """Hand a message over; twice must equal once (law 2)."""
        if to == "hub":
            self._to_hub(sender, message, twice=twice)
        elif to in self.nodes:
            self._to_node(to, message, twice=twice)

    def _to_hub(self, sender: str, message: Message, *, twice: bool) -> None:
        device = self.nodes[sender].device_id if sender in self.nodes else b"gone-dev"
        others = {v: s.seq for v, s in self.hub.database["villages"].items() if v != message.village_id}
        reply = self.hub.receive(message, device)
        if not message.lost and any(self.hub.database["villages"][v].seq != seq for v, seq in others.items()):
            raise Violation("rule 2.8: a receive wrote another village's feed")
        if twice:
            before = self.state()
            self.hub.receive(message, device)
            if self.state() != before:
                raise Violation("law 2: a message taken in twice changed the hub")
        self.net.append((sender, "hub", reply))
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
                raise Violation("law 2: an answer taken in twice changed the node")
        self.say(name, "takes an answer; feed", node.state.feed_seq, "as", node.state.replica_id)

    def state(self) -> object:
        """Return what must not change when nothing new arrives."""
        at = self.hub.database
        return (
            {v: s.head for v, s in at["villages"].items()},
            {r: x.digest for r, x in at["records"].items()},
            {c: o.fields for c, o in at["outcomes"].items()},
        )

    # -- the district office

    def open_cases(self) -> list[bytes]:
        """Return the cases that wait for a registrar."""
        records = self.hub.database["records"].items()
        return sorted(r for r, x in records if x.kind == Kind.CASE and cases.is_open(x))

    def decide(self, rng: random.Random, case_id: bytes) -> None:
        """Decide a case as a registrar who sees its page now; the diary is written first."""
        with self.hub.transaction() as registry:
            case = registry.tables.records.need(case_id)
            page = decisions.page_of(registry, case)
            accepted = frozenset(p for p in page.proposals if rng.random() < 0.5)
            did = decision_id(self.identity("decision"))
            if decisions.decide(registry, case_id, accepted, page, did, "seen the papers"):
                self.diary.append(diary.DiaryDecision(did, case_id, accepted, page))
                self.say("registrar decides", case_id, "accepts", len(accepted), "of", len(page.proposals))

    def do_decide(self, rng: random.Random) -> None:
        waiting = self.open_cases()
        if waiting:
            self.decide(rng, rng.choice(waiting))

    def do_edit(self, rng: random.Random) -> None:
        records = self.hub.database["records"].items()
        people = sorted(r for r, x in records if x.kind == Kind.RESIDENT and x.merged_into is None)
        if not people:
            return
        record_id, tag = rng.choice(people), rng.choice([NAME, PHONE, NIK, LIFE, CERTIFIED])
        old = self.hub.database["records"][record_id].body.get(tag)
        new = 20_000 if tag == CERTIFIED else self.value(rng, tag, "R")
        did = decision_id(self.identity("decision"))
        edits = (decisions.Edit(record_id, tag, old, new),)
        with self.hub.transaction() as registry:
            if decisions.edit(registry, edits, did):
                self.diary.append(diary.DiaryEdit(did, edits))
        self.say("registrar sets", record_id, tag, old, "->", new)

    def do_dispatch(self, rng: random.Random) -> None:
        self.dispatch()

    def dispatch(self) -> None:
        """Pair moves and flag doubled NIKs."""
        records = self.hub.database["records"]
        events = sorted(r for r, x in records.items() if x.kind == Kind.VITAL_EVENT)
        with self.hub.transaction() as registry:
            pair_moves(registry, events, events)
        people = sorted(r for r, x in records.items() if x.kind == Kind.RESIDENT)
        with self.hub.transaction() as registry:
            flag_niks(registry, people, people)

    # -- the past comes back

    def do_copy(self, rng: random.Random) -> None:
        name = rng.choice(list(self.nodes))
        self.copies.append((name, self.nodes[name].copy()))

    def do_node_back(self, rng: random.Random) -> None:
        copies = [(name, copy) for name, copy in self.copies if name in self.nodes]
        if not copies:
            return
        name, copy = rng.choice(copies)
        gone = set(self.nodes[name].database["own"]) - set(copy.database["own"])
        self.maybe_lost |= gone - self.told_safe
        for change_id in self.nodes[name].database["own"]:  # what only this disk knew is gone with it
            self.first_final.pop(change_id, None)
        device = self.nodes[name].device_id
        self.nodes[name] = copy.copy()
        self.nodes[name].device_id = device
        self.say(name, "restored to", copy.state.entry_count, "entries, feed", copy.state.feed_seq)

    def do_clone(self, rng: random.Random) -> None:
        if len(self.nodes) < 5:
            name = rng.choice(list(self.nodes))
            self.counts["clone"] += 1
            clone = f"{name}c{self.counts['clone']}"
            self.nodes[clone] = self.nodes[name].copy()
            self.say(clone, "is a clone of", name)

    def do_backup(self, rng: random.Random) -> None:
        self.backups.append(self.hub.snapshot())
        at = self.hub.database
        self.safe = {row.change_id for row in at["journal"].values()} | set(at["outcomes"])
        self.say("hub backup", len(self.backups))

    def do_hub_back(self, rng: random.Random) -> None:
        """Restored from the last verified backup; known or (virtual machine) unknown is the same to the protocol."""
        if self.backups:
            self.hub.database = {name: dict(table) for name, table in self.backups[-1].items()}
            self.maybe_lost |= set(self.saved) - self.told_safe
            self.rolled_back = True
            self.say("HUB RESTORED", {v: s.seq for v, s in self.hub.database["villages"].items()})

    def do_revoke(self, rng: random.Random) -> None:
        if not self.hub.revoked and len(self.nodes) > 3:
            name = rng.choice(list(self.nodes))
            old = self.nodes[name].device_id
            for village, state in list(self.hub.database["villages"].items()):
                changed = hub_side.without_device(state, old)
                self.hub.database["villages"][village] = changed
            self.nodes[name].device_id = self.identity("stolen", 8)
            self.hub.revoked.add(self.nodes[name].device_id)
            self.say("revoked", name)

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
                    self.deliver("hub", name, self.nodes[name].message())
                    to, sender, message = self.net.pop()
                    self.deliver(to, sender, message)
            if self.rolled_back:
                with self.hub.transaction() as registry:
                    diary.replay(registry, self.diary, is_last=quiet > 0)
            self.dispatch()
            for case_id in self.open_cases():
                self.decide(rng, case_id)
            quiet = quiet + 1 if self.state() == before else 0
            if quiet == 1:
                self.write_off()
            if quiet >= 3:
                return
        raise Violation("law 4: the world does not come to rest")

    def write_off(self) -> None:
        """A person ends suspensions and gaps: what those devices still held will not come, or comes as evidence."""
        for village in sorted(self.hub.database["villages"]):
            with self.hub.transaction() as registry:
                hub_side.write_off(registry, village)
        with self.hub.transaction() as registry:
            orphans = [row for row in self.hub.database["journal"].values() if row.state == ORPHAN]
            hub_side.release_gap(registry, orphans)
            for village in sorted({row.village_id for row in orphans}):
                hub_side.decide_waiting(registry, village)
