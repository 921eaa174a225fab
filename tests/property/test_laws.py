"""The six laws of the protocol core, each with its sentence, over random histories of a whole small world.

A history is a list of step seeds (see ``tests.simulation.history``), so that Hypothesis shrinks a failing one.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import RemoteProtocolError, TrustError
from schemas.fields import Kind
from sync_protocol import cases
from sync_protocol.codec import encode
from sync_protocol.entries import Create, EntryKind, journal_start
from sync_protocol.feed import Result
from sync_protocol.messages import Message, encode_message, parse_message
from sync_protocol.tables import ORPHAN
from tests.memory import MemoryHub, MemoryNode
from tests.property.wire_strategies import messages
from tests.simulation.checks import layer_of
from tests.simulation.history import PROFILES, play
from tests.simulation.world import BrokenLawError, World
from tests.small import NAME, PHONE, Small, ident

HISTORIES = st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=60)
PROFILE = st.sampled_from(sorted(PROFILES))


class Listening(World):
    """A world in which everything that is said is compared with what has been committed."""

    def post(self, to: str, sender: str, message: Message) -> None:
        """Check a message against its sender's database, then let it go."""
        if to == "hub":
            node = self.nodes[sender]
            run = message.journal
            for place in range(len(run.entries) if run else 0):
                assert run is not None
                own = node.database["journal"][node.state.replica_id, run.base_seq + place + 1]
                if own.entry != run.entries[place]:
                    raise BrokenLawError("law 1: an entry was sent that is not in the journal")
            if message.feed_at != (node.state.feed_seq, node.state.feed_head):
                raise BrokenLawError("law 1: a position was told that is not held")
        else:
            tips = self.hub.database["tips"].get(message.replica_id, frozenset())
            if {(seq, head[:8]) for seq, head in message.tips} != {(seq, head[:8]) for seq, head in tips}:
                raise BrokenLawError("law 1: an acknowledgement without the entries")
            for _, head in tips:
                if head not in self.hub.database["journal"]:
                    raise BrokenLawError("law 1: a tip without its entry")
        super().post(to, sender, message)


@given(HISTORIES, PROFILE)
def test_nothing_is_said_before_it_is_kept(seeds: list[int], profile: str) -> None:
    """Commit, then speak: nothing is sent before it is durable, and a cursor moves in the same transaction as what it
    counts.
    """
    assert play(seeds, profile, 0, world=Listening()) is None


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=12), st.integers(0, 2**32 - 1))
def test_twice_late_or_out_of_order_equals_once(values: list[str], seed: int) -> None:
    """Receiving a message twice, late or out of order equals receiving it once. Any prefix of a run that arrived
    counts; a sync resumes where it broke.
    """
    rng = random.Random(seed)
    world, device = Small(), ident("a1", 8)
    ends: list[object] = []
    world.create(world.a1, ident("child"), {NAME: "c"})
    for tag in (NAME, PHONE):
        for value in values:
            if (old := world.shown(world.a1, tag)) != value:
                world.put(world.a1, tag, old, value)
    once, often = world.hub, MemoryHub(())
    often.database = once.snapshot()
    often.now_ms = once.now_ms = once.now_ms + 100
    whole = world.a1.message()
    once.receive(whole, device)
    for message in _torn(rng, whole):
        often.receive(message, device)
    for hub in (once, often):
        at = hub.database
        bodies = {r: x.body for r, x in at["records"].items() if x.kind != Kind.CASE}
        ends.append((bodies, {c: o.fields for c, o in at["outcomes"].items()}, at["tips"]))
        assert all(row.state != ORPHAN for row in at["journal"].values())
    assert ends[0] == ends[1]


def _torn(rng: random.Random, whole: Message) -> list[Message]:
    """Return pieces of a message's journal run that cover it, some of them twice, in any order."""
    run = whole.journal
    assert run is not None
    pieces, heads = [], [run.base_head]
    for entry in run.entries:
        heads.append(entry.head(heads[-1]))
    starts = sorted({0, *(rng.randrange(len(run.entries)) for _ in range(3))})
    for start, end in zip(starts, [*starts[1:], len(run.entries)], strict=True):
        end = min(len(run.entries), end + rng.randrange(3))
        piece = replace(run, base_seq=run.base_seq + start, base_head=heads[start], entries=run.entries[start:end])
        pieces += [replace(whole, journal=piece)] * rng.randint(1, 2)
    rng.shuffle(pieces)
    return pieces


@given(HISTORIES, st.sampled_from(["node", "hub", "all"]), st.integers(0, 9))
def test_no_change_that_an_officer_saved_is_ever_lost(seeds: list[int], profile: str, heal_seed: int) -> None:
    """No change that an officer saved is ever lost, whatever is killed, cut, duplicated, reordered, delayed, cloned or
    restored: it is on the node until it is *safe* at the hub.
    """
    world = World()
    assert play(seeds, profile, heal_seed, world=world) is None
    outcomes = world.hub.database["outcomes"]
    for change_id in world.saved:
        is_kept = any(change_id in node.database["own"] for node in world.nodes.values())
        assert change_id in outcomes or change_id in world.maybe_lost
        assert not is_kept or change_id in outcomes


@given(HISTORIES, PROFILE, st.integers(0, 9))
def test_every_replica_ends_byte_for_byte_equal(seeds: list[int], profile: str, heal_seed: int) -> None:
    """When everything has been delivered and decided, every replica of a village holds byte for byte the registry's
    view of it, whatever the order of syncs.
    """
    world = World()
    assert play(seeds, profile, heal_seed, world=world) is None
    for node in world.nodes.values():
        assert node.database["layer"] == layer_of(world, node.state.village_id)
        for record_id, shown in node.shown().items():
            assert shown.waiting == frozenset()
            record = world.hub.database["records"][record_id]
            assert record.owner != node.state.village_id or shown.body == record.body


@given(HISTORIES, PROFILE)
def test_what_did_not_become_the_registrys_value_is_visible(seeds: list[int], profile: str) -> None:
    """A value that did not become the registry's value is always visible to a person, with a reason. Nothing is dropped
    in silence; one bad entry never blocks another.
    """
    world = World()
    assert play(seeds, profile, 0, world=world) is None
    records = world.hub.database["records"]
    shown = {p.change_id for r in world.records(Kind.CASE) for p in cases.proposals_of(records[r])}
    for change_id in world.saved:
        outcome = world.hub.database["outcomes"].get(change_id)
        if outcome is not None and outcome.summary != Result.ACCEPTED:
            assert outcome.reason
            assert change_id in shown or outcome.summary == Result.SUPERSEDED
    for node in world.nodes.values():
        for change_id, outcome in node.database["outcomes"].items():
            if outcome.summary in (Result.SUPERSEDED, Result.REFUSED):
                assert change_id in {told for told, _ in node.told}


def _state(thing: MemoryHub | MemoryNode) -> object:
    tables: dict[str, Any] = {name: dict(table) for name, table in thing.database.items()}
    if isinstance(thing, MemoryHub):
        return tables
    return tables, replace(thing.state, standing=0), dict(thing.evidence)


def _attack(thing: MemoryHub | MemoryNode, message: Message) -> None:
    before = _state(thing)
    try:
        if isinstance(thing, MemoryHub):
            thing.receive(message, ident("a1", 8))
        else:
            thing.receive(message)
    except (RemoteProtocolError, TrustError):
        assert _state(thing) == before


@given(messages())
def test_any_well_formed_message_gives_an_error_or_is_taken(message: Message) -> None:
    """Hostile bytes can only produce a protocol or trust error, and change nothing."""
    world = Small()
    hostile = replace(message, district_code="35.10", village_id=1)
    _attack(world.hub, hostile)
    _attack(world.a1, hostile)
    _attack(world.a1, replace(hostile, replica_id=world.a1.state.replica_id))
    with pytest.raises(RemoteProtocolError):
        world.hub.receive(replace(hostile, district_code="11.01"), ident("a1", 8))


@settings(max_examples=80)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_a_damaged_message_gives_an_error_or_is_harmless(seed: int, flips: int) -> None:
    """Damaged bytes can only produce a protocol or trust error and change nothing, or they are harmless."""
    rng = random.Random(seed)
    world = Small()
    world.put(world.a1, NAME, "a", "b")
    world.create(world.a1, ident("child"), {NAME: "c"})
    up = world.a1.message()
    down = world.hub.receive(up, world.a1.device_id)
    for thing, message in ((world.hub, up), (world.a1, down)):
        raw = bytearray(encode_message(message))
        for _ in range(flips):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        try:
            damaged = parse_message(bytes(raw))
        except RemoteProtocolError:
            continue
        if (damaged.district_code, damaged.village_id) == ("35.10", 1):
            _attack(thing, damaged)
    layer = {r: held for (v, r), held in world.hub.database["held"].items() if v == 1}
    for record_id, held in world.a1.database["layer"].items():
        assert layer[record_id] == held or world.a1.state.feed_seq < world.hub.database["villages"][1].seq


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=3) | st.binary(max_size=17),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(1, 9), inner, max_size=2),
    max_leaves=6,
)
_TAGS = st.sampled_from([1, 2, 3, 4, 5, 6, 16, 17, 18, 28, 33, 44, 45, 68, 500])
_CHANGES = st.one_of(
    st.tuples(st.just(0), st.sampled_from("npc"), st.integers(0, 11), st.dictionaries(_TAGS, _VALUES, max_size=6)),
    st.tuples(st.just(1), st.sampled_from("npc"), _TAGS, _VALUES, _VALUES),
    st.tuples(st.sampled_from([2, 3]), st.sampled_from("npc"), _TAGS, _VALUES),
)


@given(st.lists(st.lists(_CHANGES, max_size=4), min_size=1, max_size=5), st.sampled_from([1, 2, 3, 9]))
def test_one_bad_entry_never_blocks_another(entries: list[list[tuple[Any, ...]]], kind: int) -> None:
    """Whatever an authenticated device writes, its village goes on, and a registrar can decide every case."""
    world = Small()
    world.create(world.a1, ident("e"), {16: 21, 17: 1, 18: ident("person"), 28: 2}, kind=Kind.VITAL_EVENT)
    world.certify()
    world.put(world.a1, NAME, "a", "waits")
    world.sync(world.a1)
    ids = {"n": ident("new"), "p": ident("person"), "c": world.open_cases()[0]}
    for entry in entries:
        body = encode(["officer", [[change[0], ids[change[1]], *change[2:]] for change in entry]])
        world.a1.save_raw(kind, body, world.hub.now_ms)
    last = world.create(world.a1, ident("last"), {NAME: "still here"})
    world.sync(world.a1)
    world.dispatch()
    for _ in range(3):
        for case_id in world.open_cases():
            assert world.decide(case_id, *(p.change_id for p in world.proposals(case_id)))
    world.dispatch()
    world.sync(world.a1, world.a2, world.b1)
    assert world.outcome(last) is not None
    assert world.value(NAME, ident("last")) == "still here"
    assert world.open_cases() == []
    assert world.a1.database["layer"] == world.a2.database["layer"]
    assert not any(world.a1.database["pending"].values())


def test_the_first_head_belongs_to_the_replica() -> None:
    world = Small()
    other = replace(world.a2.message(), replica_id=world.a2.state.replica_id)
    world.create(world.a1, ident("x"), {NAME: "x"})
    stolen = replace(world.a1.message(), replica_id=other.replica_id)
    assert stolen.journal is not None
    stolen = replace(stolen, journal=replace(stolen.journal, base_seq=0, base_head=journal_start(b"12345678")))
    with pytest.raises(RemoteProtocolError):
        world.hub.receive(stolen, world.a1.device_id)


def test_a_create_of_many_records_is_one_entry() -> None:
    world = Small()
    people = [ident(f"p{n}") for n in range(100)]
    changes = tuple(Create(p, Kind.RESIDENT, {NAME: "x"}) for p in people)
    world.a1.save(EntryKind.IMPORT, changes, world.hub.now_ms)
    before = world.hub.database["villages"][1].seq
    world.sync(world.a1)
    assert world.hub.database["villages"][1].seq == before + 1
