"""What officers do in the simulated villages: they type in people, events and corrections, some of them strange."""

from __future__ import annotations

import hashlib
import random
from typing import Any

from schemas.fields import TAG_NOTES, TAG_VOID, Kind, tag_of
from sync_protocol.codec import encode
from sync_protocol.entries import Add, Change, Create, EntryKind, Remove, Update
from tests.memory import MemoryNode
from tests.simulation.world import World

NAME, NIK, LIFE, PHONE, JOB, HOUSEHOLD = (
    tag_of(Kind.RESIDENT, name) for name in ("name", "nik", "life_status", "phone", "occupation", "household_id")
)
CERTIFIED = tag_of(Kind.RESIDENT, "certified_at")
_EVENT = {
    name: tag_of(Kind.VITAL_EVENT, name) for name in ("event_kind", "subject_id", "village_to", "state", "movers")
}
MOVE_OUT, MOVE_IN = 21, 22
FIELDS = (NAME, NAME, NAME, NIK, PHONE, PHONE, JOB, LIFE, TAG_NOTES, TAG_VOID)
_YEAR_2000_MS, _YEAR_2038_MS = 946_684_800_000, 2_145_916_800_000


def wall(world: World, rng: random.Random) -> int:
    """Return what some laptop's clock says: often right, sometimes years off."""
    now = world.hub.now_ms
    return rng.choice([now, now, now, now - 1, now - 3, now + 2, _YEAR_2000_MS, _YEAR_2038_MS, -1])


def value(world: World, rng: random.Random, tag: int, who: str) -> Any:
    """Return a value for a field: from few, so that values meet, or one that nobody else ever wrote."""
    if tag == NIK:
        return 3510_0101_0190_9001 + rng.randrange(4)
    if tag == LIFE:
        return rng.choice([1, 2])
    if tag == TAG_VOID:
        return rng.choice([None, "duplicate"])
    if tag == JOB:
        return rng.randrange(1, 5)
    if rng.random() < 0.5:
        world.counts["value"] += 1
        return f"only{world.counts['value']}"
    return f"{who}.{tag}.{rng.randrange(4)}"


def one_change(world: World, rng: random.Random, who: str, record_id: bytes, body: dict[int, Any]) -> Change | None:
    """Return a random change of a record that shows this body; None if it would change nothing."""
    tag = rng.choice(FIELDS)
    if tag == TAG_NOTES:
        element = f"note{rng.randrange(3)}"
        return Remove(record_id, tag, element) if rng.random() < 0.33 else Add(record_id, tag, element)
    new = value(world, rng, tag, who)
    return None if body.get(tag) == new else Update(record_id, tag, body.get(tag), new)


def save(world: World, rng: random.Random) -> None:
    """Type in people and changes, as a correction or as an event."""
    name = rng.choice(list(world.nodes))
    node, changes = world.nodes[name], list[Change]()
    people = world.people(node)
    if not people or rng.random() < (0.3 if len(people) < 3 else 0.08):
        changes += _create(world, rng, name, node)
    for _ in range(rng.choice([1, 1, 2, 2]) if people else 0):
        record_id = rng.choice(list(people))
        one = one_change(world, rng, name, record_id, people[record_id].body)
        if one is not None and (one.record_id, one.tag) not in {(c.record_id, c.tag) for c in changes}:
            changes.append(one)
    if rng.random() < 0.05:  # a write to another village's record, or one that only the hub may make
        changes = _trespass(world, rng) or changes
    if changes:
        kind = EntryKind.EVENT if rng.random() < 0.4 else EntryKind.CORRECTION
        world.save(name, kind, tuple(changes), wall(world, rng))


def _trespass(world: World, rng: random.Random) -> list[Change]:
    known = world.records(Kind.RESIDENT) + world.records(Kind.CASE)
    if not known:
        return []
    tag, new = rng.choice([(NAME, "x"), (CERTIFIED, 1), (1, 2), (1, "nowhere"), (3, rng.choice(known)), (3, [1])])
    return [Update(rng.choice(known), tag, None, new)]


def _create(world: World, rng: random.Random, name: str, node: MemoryNode) -> list[Change]:
    village = node.state.village_id
    imported = hashlib.blake2b(f"import{village}{rng.randrange(2)}".encode(), digest_size=16).digest()
    record_id = imported if rng.random() < 0.3 else world.identity("person")
    known = world.records(Kind.RESIDENT) + world.records(Kind.VITAL_EVENT)
    if rng.random() < 0.05 and known:  # a foreign id, guessed or stale
        record_id = rng.choice(known)
    if record_id in node.shown():
        return []
    body = {NAME: value(world, rng, NAME, name), LIFE: 1, PHONE: value(world, rng, PHONE, name)}
    if rng.random() < 0.5:
        body[NIK] = value(world, rng, NIK, name)
    return [Create(record_id, Kind.RESIDENT, dict(sorted(body.items())))]


def form(world: World, rng: random.Random) -> None:
    """Open a form now, or save one opened earlier."""
    if world.forms and rng.random() < 0.6:
        name, record_id, body, seen = world.forms.pop(rng.randrange(len(world.forms)))
        one = one_change(world, rng, name, record_id, body) if name in world.nodes else None
        if one is not None:
            world.save(name, EntryKind.CORRECTION, (one,), wall(world, rng), seen)
        return
    name = rng.choice(list(world.nodes))
    people, state = world.people(world.nodes[name]), world.nodes[name].state
    if people:
        record_id = rng.choice(list(people))
        world.forms.append((name, record_id, dict(people[record_id].body), (state.feed_seq, state.feed_head)))


def move(world: World, rng: random.Random) -> None:
    """Report one person or a family out of one village and into the other; either side may be forgotten."""
    source, target = rng.choice([(1, 2), (2, 1)])
    records = world.hub.database["records"]
    mine = [r for r in world.records(Kind.RESIDENT) if records[r].owner == source and records[r].body.get(NIK)]
    if not mine:
        return
    movers = rng.sample(mine, min(len(mine), rng.choice([1, 1, 2, 3])))
    niks = [records[person].body[NIK] for person in movers]
    out = rng.choice([n for n, x in world.nodes.items() if x.state.village_id == source])
    into = rng.choice([n for n, x in world.nodes.items() if x.state.village_id == target])
    if set(movers) <= set(world.nodes[out].shown()) and rng.random() < 0.9:
        world.save(out, EntryKind.EVENT, (_move_event(world, MOVE_OUT, movers, target),), wall(world, rng))
    if rng.random() < 0.9:
        family = world.identity("family")
        changes: list[Change] = [Create(family, Kind.HOUSEHOLD, {18: value(world, rng, 18, into)})]
        newcomers = [world.identity("person") for _ in movers]
        for newcomer, nik in zip(newcomers, niks, strict=True):
            body = {NIK: nik, NAME: value(world, rng, NAME, into), HOUSEHOLD: family, LIFE: 1}
            changes.append(Create(newcomer, Kind.RESIDENT, body))
        changes.append(_move_event(world, MOVE_IN, newcomers, source))
        world.save(into, EntryKind.EVENT, tuple(changes), wall(world, rng))


def _move_event(world: World, kind: int, movers: list[bytes], village: int) -> Create:
    body: dict[int, Any] = {_EVENT["event_kind"]: kind, _EVENT["state"]: 1, _EVENT["subject_id"]: movers[0]}
    body |= {_EVENT["village_to"]: village, _EVENT["movers"]: sorted(movers)}
    return Create(world.identity("event"), Kind.VITAL_EVENT, dict(sorted(body.items())))


def strange(world: World, rng: random.Random) -> None:
    """Write what a newer, a broken or a hostile program would write (protocol 2.9)."""
    name = rng.choice(list(world.nodes))
    people = list(world.people(world.nodes[name])) or [world.identity("person")]
    person, new = rng.choice(people), world.identity("person")
    kind, body = rng.choice(
        [
            (77, encode(["x", [[1, person, NAME, None, "kind"]]])),
            (EntryKind.CORRECTION, encode(["x", [[9, person, NAME]]])),
            (EntryKind.CORRECTION, b"\xc1"),
            (EntryKind.CORRECTION, b""),
            (EntryKind.CORRECTION, encode(["x", [[1, person, 999, None, "tag"]]])),
            (EntryKind.CORRECTION, encode(["x", [[1, person, LIFE, 1, 999]]])),
            (EntryKind.CORRECTION, encode(["x", [[0, new, 99, {16: "kind", 999: [1]}]]])),
            (EntryKind.CORRECTION, encode(["x", [[0, new, Kind.RESIDENT, {NIK: ["no", "number"], NAME: {1: 2}}]]])),
            (EntryKind.EVENT, encode(["x", [[0, new, Kind.VITAL_EVENT, {16: 21, 17: 1, 18: 5, 28: 2, 45: [[1]]}]]])),
            (EntryKind.CORRECTION, encode(["x", [[2, person, NAME, "no set"], [3, person, 500, 1]]])),
            (EntryKind.CORRECTION, encode(["x", [[1, person, NAME, None, "y" * 60_000]]])),
            (EntryKind.CORRECTION, encode(["x", []])),
        ]
    )
    own = world.nodes[name].save_raw(int(kind), body, wall(world, rng))
    world.promise(name, own, ())
    world.say(name, "writes something strange", own.change_id, body[:40])
