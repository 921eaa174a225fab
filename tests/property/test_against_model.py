"""The same random history on the executable model and on the real code: they must agree after every step.

The model (``tests.model``) knows no bytes, tables or budgets; it says what the rules of docs/protocol.md mean.  Both
use the same record ids, change ids and case ids, so that every order that depends on an id is the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import TAG_CERTIFIED_AT, TAG_MERGED_INTO, TAG_NOTES, TAG_OWNER, TAG_VOID, Kind, tag_of
from sync_protocol import cases, decisions, diary, hub_side
from sync_protocol.causes import decision_id
from sync_protocol.codec import decode_body
from sync_protocol.dispatching import pair_moves
from sync_protocol.entries import Add, Change, Create, EntryKind, Remove, Update
from sync_protocol.feed import FULL, Result
from sync_protocol.messages import Message
from sync_protocol.registry import set_parts
from tests.memory import MemoryHub, MemoryNode
from tests.model import shapes as m
from tests.model.hub import Hub
from tests.model.node import Node
from tests.small import ident

_NAMES = {
    "name": tag_of(Kind.RESIDENT, "name"),
    "nik": tag_of(Kind.RESIDENT, "nik"),
    "status": tag_of(Kind.RESIDENT, "life_status"),
    "phone": tag_of(Kind.RESIDENT, "phone"),
    "job": tag_of(Kind.RESIDENT, "occupation"),
    "notes": TAG_NOTES,
    "void": TAG_VOID,
    "certified": TAG_CERTIFIED_AT,
    "owner": TAG_OWNER,
    "*": 0,
}
_TAGS = {tag: name for name, tag in _NAMES.items()}
_STATUS = {"alive": 1, "dead": 6}
_RESULTS = {
    Result.ACCEPTED: "accepted",
    Result.SUPERSEDED: "superseded",
    Result.REFUSED: "refused",
    Result.IN_REVIEW: "review",
}
_EVENT = {name: tag_of(Kind.VITAL_EVENT, name) for name in ("event_kind", "state", "subject_id", "village_to")}
FIELDS = ("name", "name", "nik", "phone", "phone", "job", "status", "notes", "void")
ACTIONS = {
    "save": 10, "send": 6, "deliver": 12, "decide": 2, "edit": 1.5, "move": 1, "dispatch": 1, "form": 2,
    "copy": 1.5, "node_back": 0.6, "clone": 0.5, "backup": 1.5, "hub_back": 0.6,
}  # fmt: skip


def to_wire(name: str, value: Any) -> Any:
    return _STATUS[value] if name == "status" and value is not None else value


def name_case(cause: str, key: m.Key | None) -> str:
    raw = bytes.fromhex(cause[1:])
    return (cases.case_id_of(raw, bytes.fromhex(key[0]), _NAMES[key[1]]) if key else cases.case_id_of(raw)).hex()


class BeyondModelError(Exception):
    """Two open cases on one field after a loss: a change joins one by ids that the model does not know."""


class Both:
    """Two worlds in step: every action is done on the real code first, then on the model under the same ids."""

    def __init__(self) -> None:
        self.hub = MemoryHub((1, 2))
        self.model = Hub(("1", "2"), name_case)
        self.count = 0
        self.nodes: dict[str, tuple[MemoryNode, Node]] = {}
        for name, village in (("A1", 1), ("A2", 1), ("B1", 2)):
            real = MemoryNode(village, ident(name, 8), self._replica_ids())
            self.nodes[name] = (real, Node(name, str(village), self._model_id))
        self.net: list[tuple[str, str, Message, m.Message]] = []
        self.copies: list[tuple[str, MemoryNode, Node]] = []
        self.backups: list[tuple[Any, Any]] = []
        self.forms: list[tuple[str, str, dict[str, Any], tuple[int, bytes], m.Position]] = []
        self.diary: list[diary.DiaryEdit | diary.DiaryDecision] = []

    def _number(self) -> int:
        self.count += 1
        return self.count

    def _model_id(self, prefix: str) -> str:
        return f"{prefix}{self._number()}"

    def _replica_ids(self) -> Iterator[bytes]:
        while True:
            yield ident(f"replica{self._number()}", 8)

    def tick(self, ms: int = 7) -> None:
        self.hub.now_ms += ms
        self.model.time = self.hub.now_ms

    # -- officers

    def save(
        self,
        name: str,
        ops: list[m.Op],
        wall: int,
        *,
        event: bool,
        seen: tuple[tuple[int, bytes], m.Position] | None = None,
    ) -> None:
        real, model = self.nodes[name]
        kind = EntryKind.EVENT if event else EntryKind.CORRECTION
        own = real.save(kind, tuple(_real_change(op) for op in ops), wall, seen[0] if seen else None)
        model.save("c" + own.change_id.hex(), tuple(ops), event=event, wall=wall, seen=seen[1] if seen else None)

    def do_save(self, rng: random.Random) -> None:
        name = rng.choice(list(self.nodes))
        people = self.people(name)
        ops: list[m.Op] = []
        if not people or rng.random() < 0.15:
            rid = ident(f"import{name[0]}{rng.randrange(2)}" if rng.random() < 0.3 else f"person{self._number()}").hex()
            if rid not in self.nodes[name][1].shown():
                body = {"name": _value(rng, "name"), "status": "alive", "phone": _value(rng, "phone")}
                ops.append(
                    m.Create(rid, "resident", body | ({"nik": _value(rng, "nik")} if rng.random() < 0.5 else {}))
                )
        for _ in range(rng.choice([1, 1, 2]) if people else 0):
            rid = rng.choice(sorted(people))
            op = _update(rng, rid, people[rid])
            if op is not None and m.key_of(op) not in {m.key_of(other) for other in ops}:
                ops.append(op)
        if ops:
            self.save(name, ops, self.wall(rng), event=rng.random() < 0.4)

    def wall(self, rng: random.Random) -> int:
        now = self.hub.now_ms
        return max(0, rng.choice([now, now, now - 1, now - 5, now + 10_000, now - 10_000]))

    def people(self, name: str) -> dict[str, dict[str, Any]]:
        model = self.nodes[name][1]
        return {r: body for r, body in model.shown().items() if "name" in body}

    def do_form(self, rng: random.Random) -> None:
        if self.forms and rng.random() < 0.6:
            name, rid, body, seen, model_seen = self.forms.pop(rng.randrange(len(self.forms)))
            op = _update(rng, rid, body) if name in self.nodes else None
            if op is not None:
                self.save(name, [op], self.wall(rng), event=False, seen=(seen, model_seen))
            return
        name = rng.choice(list(self.nodes))
        people = self.people(name)
        if people:
            rid = rng.choice(sorted(people))
            real, model = self.nodes[name]
            at = (real.state.feed_seq, real.state.feed_head)
            self.forms.append((name, rid, dict(people[rid]), at, model.position()))

    def do_move(self, rng: random.Random) -> None:
        source, target = rng.choice([("1", "2"), ("2", "1")])
        residents = sorted(self.model.registry.items())
        mine = [r for r, x in residents if x.kind == "resident" and x.owner == source and x.body.get("nik")]
        if not mine:
            return
        rid = rng.choice(mine)
        out, into = (rng.choice([n for n, (_, x) in self.nodes.items() if x.village == v]) for v in (source, target))
        if rid in self.nodes[out][1].shown():
            leave = {"type": "leave", "person": rid, "to": target}
            self.save(out, [m.Create(ident(f"e{self._number()}").hex(), "event", leave)], self.wall(rng), event=True)
        person = ident(f"person{self._number()}").hex()
        body = {"name": _value(rng, "name"), "nik": self.model.registry[rid].body["nik"], "status": "alive"}
        arrive = {"type": "arrive", "person": person, "to": target}
        event = m.Create(ident(f"e{self._number()}").hex(), "event", arrive)
        self.save(into, [m.Create(person, "resident", body), event], self.wall(rng), event=True)

    # -- the network

    def do_send(self, rng: random.Random) -> None:
        self.send(rng.choice(list(self.nodes)), rng.choice([None, None, 1]))

    def send(self, name: str, limit: int | None = None) -> None:
        real, model = self.nodes[name]
        limit = None if real.evidence else limit  # the model gives evidence back in one piece
        # and it knows no shortened runs, which a restored node cannot derive and asks for again (protocol 6.5)
        message = replace(real.message(1 if limit else 1 << 20), full_run=True)
        self.net.append(("hub", name, message, model.message(limit)))

    def do_deliver(self, rng: random.Random) -> None:
        if not self.net:
            return
        place = rng.randrange(len(self.net))
        parcel = self.net[place]
        if rng.random() < 0.8:
            self.net.pop(place)
        if rng.random() > 0.1:
            self.deliver(*parcel)

    def deliver(self, to: str, sender: str, real: Message, model: m.Message) -> None:
        if to == "hub":
            self.model.time = self.hub.now_ms + 1  # the real hub's clock ticks when it receives
            answer = self.hub.receive(real, ident(sender, 8))
            self.net.append((sender, "hub", answer, self.model.receive(replace(model, device="dev-" + sender))))
        elif to in self.nodes:
            self.nodes[to][0].receive(real)
            self.nodes[to][1].receive(model)

    # -- the office

    def do_decide(self, rng: random.Random) -> None:
        found = self.model.open_cases()
        if found:
            self.decide(rng.choice(found).rid)

    def decide(self, rid: str) -> None:
        """Accept by what is proposed, so that both sides choose alike."""
        body = self.model.registry[rid].body
        accept = frozenset(p.cid for p in body["proposals"] if _coin(p.cid))
        did = decision_id(ident(f"decision{self._number()}"))
        if not self.model.decide(rid, accept, self.model.page(rid), "d" + did.hex()):
            raise AssertionError("the model refuses its own page")
        real_id = self.real_case(rid)
        with self.hub.transaction() as registry:
            page = decisions.page_of(registry, registry.tables.records.need(real_id))
            chosen = frozenset(p for p, q in zip(page.proposals, body["proposals"], strict=True) if q.cid in accept)
            assert decisions.decide(registry, real_id, chosen, page, did, "x")
            self.diary.append(diary.DiaryDecision(did, real_id, chosen, page))

    def real_case(self, rid: str) -> bytes:
        """Return the real case: of the same id, or for what came back from a loss the one with the same proposals."""
        if not rid.startswith("lost:"):
            return bytes.fromhex(rid)
        case = self.model.registry[rid]
        wanted = {str(_real_change(op)) for p in case.body["proposals"] for op in p.ops}
        for record_id, record in sorted(self.hub.database["records"].items()):
            if record.kind != Kind.CASE or not cases.is_open(record) or str(record.owner) != case.owner:
                continue
            if {str(change) for p in cases.proposals_of(record) for change in p.changes} == wanted:
                return bytes(record_id)
        raise AssertionError("the real hub has no such case")

    def do_edit(self, rng: random.Random) -> None:
        people = sorted(r for r, x in self.model.registry.items() if x.kind == "resident" and not x.merged_into)
        if not people:
            return
        rid, name = rng.choice(people), rng.choice(["name", "phone", "nik", "status", "certified"])
        old = self.model.registry[rid].body.get(name)
        new = 20_000 if name == "certified" else _value(rng, name)
        did = decision_id(ident(f"decision{self._number()}"))
        one = decisions.Edit(bytes.fromhex(rid), _NAMES[name], to_wire(name, old), to_wire(name, new))
        with self.hub.transaction() as registry:
            assert decisions.edit(registry, (one,), did)
            self.diary.append(diary.DiaryEdit(did, (one,)))
        assert self.model.edit(rid, name, old, new, "d" + did.hex())

    def do_dispatch(self, rng: random.Random) -> None:
        events = sorted(r for r, x in self.hub.database["records"].items() if x.kind == Kind.VITAL_EVENT)
        with self.hub.transaction() as registry:
            pair_moves(registry, events, events)
        self.model.dispatch()

    # -- the past comes back

    def do_copy(self, rng: random.Random) -> None:
        name = rng.choice(list(self.nodes))
        self.copies.append((name, self.nodes[name][0].copy(), self.nodes[name][1].copy()))

    def do_node_back(self, rng: random.Random) -> None:
        if self.copies:
            name, real, model = rng.choice(self.copies)
            self.nodes[name] = (real.copy(), model.copy())

    def do_clone(self, rng: random.Random) -> None:
        if len(self.nodes) < 4:
            name = rng.choice(list(self.nodes))
            self.nodes[name + "c"] = (self.nodes[name][0].copy(), self.nodes[name][1].copy())

    def do_backup(self, rng: random.Random) -> None:
        self.backups.append((self.hub.snapshot(), self.model.snapshot()))

    def do_hub_back(self, rng: random.Random) -> None:
        if self.backups:
            real, model = self.backups[-1]
            self.hub.database = {name: dict(table) for name, table in real.items()}
            self.model.restore(model)

    # -- healing

    def heal(self) -> None:
        while self.net:
            self.deliver(*self.net.pop(0))
            self.compare()
        for round_ in range(9):
            for name in self.nodes:
                for _ in range(3):
                    self.send(name)
                    self.deliver(*self.net.pop())
                    self.deliver(*self.net.pop())
                    self.compare()
            self.tick()
            with self.hub.transaction() as registry:
                diary.replay(registry, self.diary, is_last=3 < round_ < 7)
            self.model.replay_diary(last=3 < round_ < 7)
            self.compare()
            if round_ > 3:
                for village in (1, 2):
                    with self.hub.transaction() as registry:
                        hub_side.write_off(registry, village)
                self.model.write_off()
            self.do_dispatch(random.Random(0))
            for case in self.model.open_cases():
                self.decide(case.rid)
            self.compare()

    # -- comparing

    def compare(self) -> None:
        self._compare()
        found = self.model.open_cases()
        lost = {m.key_of(op) for c in found if c.rid.startswith("lost:") for p in c.body["proposals"] for op in p.ops}
        others = {m.key_of(op) for c in found for p in c.body["proposals"] if p.cid[0] != "l" for op in p.ops}
        if lost & others:
            raise BeyondModelError

    def _compare(self) -> None:
        records = self.hub.database["records"]
        real = {
            r.hex(): (str(x.owner), x.merged_into and x.merged_into.hex(), _named(x.body))
            for r, x in records.items()
            if x.kind == Kind.RESIDENT
        }
        model = {
            r: (x.owner, x.merged_into, _plain(x.body)) for r, x in self.model.registry.items() if x.kind == "resident"
        }
        assert real == model
        outcomes = {
            "c" + c.hex(): {(r.hex(), _TAGS[tag]): _RESULTS[Result(x)] for r, tag, x in o.fields}
            for c, o in self.hub.database["outcomes"].items()
        }
        assert outcomes == {c: dict(o.fields) for c, o in self.model.outcomes.items()}
        is_open = {r.hex() for r, x in records.items() if x.kind == Kind.CASE and cases.is_open(x)}
        assert len(is_open) == len(self.model.open_cases())
        for name, (node, twin) in self.nodes.items():
            village = self.hub.database["villages"][node.state.village_id]
            behind = (village.seq - node.state.feed_seq, len(self.model.feeds[twin.village]) - len(twin.feed))
            assert (behind[0] == 0) == (behind[1] == 0), name
            if any(behind):
                continue
            layer = {
                r.hex(): _named(decode_body(held.body))
                for r, held in node.database["layer"].items()
                if held.kind == Kind.RESIDENT and held.level == FULL
            }
            assert layer == {
                r: _plain(view[1]) for r, (kind, view) in twin.layer.items() if kind == "resident" and view[0] == "full"
            }, name
            shown = {
                r.hex(): _named(s.body) for r, s in node.shown().items() if s.kind == Kind.RESIDENT and s.level == FULL
            }
            assert shown == {r: _plain(body) for r, body in twin.shown().items() if "name" in body}, name


def _coin(text: str) -> bool:
    return text[-1] in "02468ace"


def _value(rng: random.Random, name: str) -> Any:
    if name == "nik":
        return 3510_0101_0190_9001 + rng.randrange(4)
    if name == "status":
        return rng.choice(["alive", "dead"])
    if name == "job":
        return rng.randrange(1, 5)
    return rng.choice([None, "duplicate"]) if name == "void" else f"{name}{rng.randrange(5)}"


def _update(rng: random.Random, rid: str, body: dict[str, Any]) -> m.Update | None:
    name = rng.choice(FIELDS)
    if name == "notes":
        return m.Update(rid, name, None, (rng.choice(["add", "add", "remove"]), f"note{rng.randrange(3)}"))
    new = _value(rng, name)
    return None if body.get(name) == new else m.Update(rid, name, body.get(name), new)


def _real_change(op: m.Op) -> Change:
    record_id = bytes.fromhex(op.rid)
    if isinstance(op, m.Create):
        return Create(record_id, *_real_body(op))
    if op.field == "notes":
        verb, element = op.new
        return (Add if verb == "add" else Remove)(record_id, TAG_NOTES, element)
    return Update(record_id, _NAMES[op.field], to_wire(op.field, op.old), to_wire(op.field, op.new))


def _real_body(op: m.Create) -> tuple[int, dict[int, Any]]:
    if op.kind == "resident":
        return Kind.RESIDENT, dict(sorted((_NAMES[name], to_wire(name, value)) for name, value in op.body.items()))
    kind = 21 if op.body["type"] == "leave" else 22
    body = {_EVENT["event_kind"]: kind, _EVENT["state"]: 1, _EVENT["subject_id"]: bytes.fromhex(op.body["person"])}
    return Kind.VITAL_EVENT, dict(sorted((body | {_EVENT["village_to"]: int(op.body["to"])}).items()))


def _named(body: dict[int, Any]) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for tag, value in body.items():
        if tag == TAG_NOTES:
            named["notes"] = tuple(sorted(part) for part in set_parts(value))
        elif tag not in (TAG_OWNER, TAG_MERGED_INTO):
            named[_TAGS[tag]] = value
    return named


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    shown = {name: to_wire(name, value) for name, value in body.items() if value is not None}
    if "notes" in shown:
        shown["notes"] = tuple(sorted(part) for part in shown["notes"])
    return shown


def play(seeds: list[int]) -> None:
    with suppress(BeyondModelError):
        _play(seeds)


def _play(seeds: list[int]) -> None:
    world = Both()
    for seed in seeds:
        rng = random.Random(seed)
        action = rng.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        getattr(world, "do_" + action)(rng)
        world.compare()
        world.tick(rng.choice([0, 0, 1, 3]))
    world.heal()


@given(st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=70))
def test_the_real_code_does_what_the_model_says(seeds: list[int]) -> None:
    """Registry, layers, overlays, open cases and every outcome are equal after every step and after healing."""
    play(seeds)
