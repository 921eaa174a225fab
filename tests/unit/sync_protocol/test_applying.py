"""A node takes feed entries back: layer, outcomes and overlay are what they were (protocol 11.3)."""

from __future__ import annotations

from typing import Any

from sync_protocol.applying import changes_of, roll_back
from sync_protocol.entries import Update
from sync_protocol.feed import Outcome, Result, Verdict
from tests.memory import MemoryNode, write_back
from tests.small import NAME, PERSON, PHONE, Small, ident


def picture(node: MemoryNode) -> tuple[Any, ...]:
    tables = {name: dict(node.database[name]) for name in ("layer", "outcomes", "feed")}
    pending = {record_id: waiting for record_id, waiting in node.database["pending"].items() if waiting}
    return tables, pending, node.state.feed_seq, node.state.feed_head, node.state.fingerprint, node.state.hub_time_ms


def back_to(node: MemoryNode, seq: int) -> None:
    tables = node.tables()
    roll_back(tables, seq)
    write_back(tables, node.database)
    node.state = tables.state


def test_what_was_applied_can_be_taken_back_entry_by_entry() -> None:
    world = Small()
    world.certify()
    world.sync(world.a1)
    world.put(world.a1, PHONE, "a", "b")
    waiting = world.put(world.a1, NAME, "a", "b")
    child = world.create(world.a1, ident("child"), {NAME: "c"})
    pictures = {world.a1.state.feed_seq: picture(world.a1)}
    world.a1.receive(world.hub.receive(world.a1.message(), world.a1.device_id))
    (case_id,) = world.open_cases()
    pictures[world.a1.state.feed_seq] = picture(world.a1)
    world.decide(case_id, waiting)
    world.sync(world.a1)
    with world.hub.transaction() as registry:  # told again, as a give-back does
        registry.commit({1: [Verdict(None, 0, None, ((waiting, Outcome()), (child, Outcome())))]})
    pictures[world.a1.state.feed_seq] = picture(world.a1)
    world.sync(world.a1)
    for seq in sorted(pictures, reverse=True):
        back_to(world.a1, seq)
        assert picture(world.a1) == pictures[seq]
    world.sync(world.a1, world.a2)
    assert world.a1.database["layer"] == world.a2.database["layer"]


def test_a_verdict_of_another_replica_or_branch_decides_nothing_here() -> None:
    world = Small()
    clone = world.a1.copy()
    mine = world.put(world.a1, NAME, "a", "b")
    theirs = world.put(clone, PHONE, "a", "b")
    world.hub.receive(clone.message(), clone.device_id)
    answer = world.hub.receive(world.a2.message(), world.a2.device_id)
    world.a1.receive(answer)
    assert mine not in world.a1.database["outcomes"]
    assert theirs not in world.a1.database["outcomes"]
    assert world.shown(world.a1, NAME) == "b"


def test_an_own_entry_of_a_newer_program_shows_no_changes() -> None:
    world = Small()
    own = world.a1.save_raw(1, b"\xc1", 1_000)
    assert changes_of(own) == ()
    known = world.a1.save(1, (Update(PERSON, NAME, "a", "b"),), 1_000)
    assert changes_of(known) == (Update(PERSON, NAME, "a", "b"),)


def test_the_outcome_of_an_entry_is_the_worst_of_its_fields() -> None:
    results = [Result.ACCEPTED, Result.SUPERSEDED, Result.REFUSED, Result.IN_REVIEW]
    for worst in range(len(results)):
        fields = tuple((PERSON, tag + 1, int(results[tag])) for tag in range(worst + 1))
        assert Outcome(fields).summary == results[worst]
        assert Outcome(fields).is_final == (worst < 3)
