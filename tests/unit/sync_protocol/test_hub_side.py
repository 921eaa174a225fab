"""The hub takes messages in: gaps, forks, foreign replicas, standings, budgets, suspension."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.errors import MalformedMessageError, TrustError
from sync_protocol import hub_side
from sync_protocol.entries import EntryKind, Update, journal_start
from sync_protocol.feed import Result
from sync_protocol.messages import JournalRun, Message, Position
from sync_protocol.tables import DECIDED, ORPHAN, RELEASED, REVOKED, JournalRow
from tests.memory import KEYS, MemoryNode
from tests.small import CERTIFIED, NAME, PERSON, PHONE, Small, ident


def parts(node: MemoryNode) -> list[Message]:
    """Return a node's unsent journal as one message an entry."""
    whole = node.message()
    assert whole.journal is not None
    head, out = whole.journal.base_head, []
    for offset, entry in enumerate(whole.journal.entries):
        run = JournalRun(whole.journal.base_seq + offset, head, (entry,))
        out.append(replace(whole, journal=run))
        head = entry.head(head)
    return out


def rows(world: Small) -> list[JournalRow]:
    """Return the journal rows of laptop A1 at the hub."""
    mine = [x for x in world.hub.database["journal"].values() if x.replica_id == world.a1.state.replica_id]
    return sorted(mine, key=lambda row: row.seq)


def release(world: Small) -> None:
    orphans = [row for row in world.hub.database["journal"].values() if row.state == ORPHAN]
    with world.hub.transaction() as registry:
        hub_side.release_gap(registry, orphans)
        hub_side.decide_waiting(registry, 1)


@pytest.fixture
def world() -> Small:
    return Small()


def three_edits(world: Small) -> tuple[list[Message], list[bytes]]:
    ids = [world.put(world.a1, NAME, old, new) for old, new in (("a", "b"), ("b", "c"), ("c", "d"))]
    return parts(world.a1), ids


def test_entries_beyond_a_gap_are_stored_and_decided_when_it_closes(world: Small) -> None:
    messages, ids = three_edits(world)
    world.hub.receive(messages[2], world.a1.device_id)
    world.hub.receive(messages[1], world.a1.device_id)
    assert [row.state for row in rows(world)] == [DECIDED, ORPHAN, ORPHAN]
    assert world.value(NAME) == "a"
    assert world.outcome(ids[2]) is None
    world.hub.receive(messages[0], world.a1.device_id)
    assert [row.state for row in rows(world)] == [DECIDED] * 4
    assert world.value(NAME) == "d"
    world.sync(world.a1)
    assert not any(world.a1.database["pending"].values())


def test_entries_beyond_a_gap_that_a_person_gives_up_are_judged_as_they_stand(world: Small) -> None:
    messages, ids = three_edits(world)
    answer = world.hub.receive(messages[2], world.a1.device_id)
    release(world)
    found = world.outcome(ids[2])
    assert found is not None
    assert found.summary == Result.IN_REVIEW  # it says "old c", the registry says "a"
    assert [row.state for row in rows(world)] == [DECIDED, RELEASED]
    assert [seq for seq, _ in answer.tips] == [1]


def test_what_was_given_up_too_early_still_comes_and_counts(world: Small) -> None:
    messages, ids = three_edits(world)
    late = world.put(world.a1, PHONE, "a", "b")
    world.hub.receive(messages[2], world.a1.device_id)
    release(world)
    world.hub.receive(parts(world.a1)[3], world.a1.device_id)  # behind the gap: judged without another word
    assert world.outcome(late) is not None
    assert [row.state for row in rows(world)] == [DECIDED, RELEASED, RELEASED]
    assert world.hub.receive(world.a2.message(), world.a2.device_id).feed is not None
    world.sync(world.a1)
    assert [world.outcome(one) is not None for one in ids] == [True, True, True]
    assert [row.state for row in rows(world)] == [DECIDED] * 5
    assert [row.seq for row in rows(world)] == [1, 2, 3, 4, 5]
    (case_id,) = world.open_cases()
    world.decide(case_id, ids[2])
    world.sync(world.a1)
    assert world.value(NAME) == "d"
    assert not any(world.a1.database["pending"].values())


def test_a_gap_that_closes_while_its_village_is_suspended_waits_with_the_others(world: Small) -> None:
    messages, _ = three_edits(world)
    world.hub.receive(messages[2], world.a1.device_id)
    state = world.hub.database["villages"][1]
    world.hub.database["villages"][1] = replace(state, suspended=frozenset({b"somebody"}))
    release(world)
    world.hub.receive(messages[0], world.a1.device_id)
    world.hub.receive(messages[1], world.a1.device_id)
    assert world.value(NAME) == "a"
    with world.hub.transaction() as registry:
        hub_side.write_off(registry, 1)
    assert [row.state for row in rows(world)] == [DECIDED] * 4
    assert len(world.hub.database["waiting"][1]) == 0


def test_a_released_row_is_released_once(world: Small) -> None:
    messages, ids = three_edits(world)
    world.hub.receive(messages[2], world.a1.device_id)
    orphans = [row for row in world.hub.database["journal"].values() if row.state == ORPHAN]
    release(world)
    with world.hub.transaction() as registry:
        hub_side.release_gap(registry, orphans)
    assert world.hub.database["waiting"][1] == ()
    assert world.outcome(ids[2]) is not None


def test_a_sender_beyond_a_gap_may_be_wrong_about_numbers(world: Small) -> None:
    messages, _ = three_edits(world)
    assert messages[2].journal is not None
    lie = replace(messages[2], journal=replace(messages[2].journal, base_seq=900))
    world.hub.receive(lie, world.a1.device_id)
    world.hub.receive(messages[0], world.a1.device_id)
    world.hub.receive(messages[1], world.a1.device_id)
    assert [row.seq for row in rows(world)] == [1, 2, 3, 4]


def test_a_known_head_at_another_number_is_malformed(world: Small) -> None:
    messages, _ = three_edits(world)
    assert messages[0].journal is not None
    for run in (
        replace(messages[0].journal, base_seq=7),
        replace(messages[0].journal, base_seq=0),
        replace(messages[0].journal, base_seq=3, base_head=journal_start(messages[0].replica_id)),
    ):
        with pytest.raises(MalformedMessageError):
            world.hub.receive(replace(messages[0], journal=run), world.a1.device_id)
    assert len(rows(world)) == 1


def test_nobody_speaks_for_a_replica_of_another_village(world: Small) -> None:
    stolen = replace(world.b1.message(), replica_id=world.a1.state.replica_id)
    with pytest.raises(TrustError) as found:
        world.hub.receive(stolen, world.b1.device_id)
    assert found.value.code == "replica-foreign"


def test_a_run_behind_another_replicas_head_is_refused(world: Small) -> None:
    world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    stolen = replace(message, replica_id=world.a2.state.replica_id)
    with pytest.raises(TrustError):
        world.hub.receive(stolen, world.a2.device_id)


def test_a_message_for_another_village_or_district_changes_nothing(world: Small) -> None:
    tables = world.hub.tables()
    message = world.a1.message()
    for wrong, sender in (
        (replace(message, district_code="11.01"), hub_side.Sender(b"dev", 1)),
        (message, hub_side.Sender(b"dev", 2)),
    ):
        with pytest.raises(MalformedMessageError) as found:
            hub_side.receive(tables, wrong, sender, KEYS, 1)
        assert found.value.code == "message-misaddressed"


def test_the_work_of_a_revoked_device_is_taken_in_and_waits_whole(world: Small) -> None:
    world.hub.revoked.add(world.a1.device_id)
    change_id = world.put(world.a1, NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    assert (answer.standing, answer.feed, answer.feed_at) == (REVOKED, None, None)
    found = world.outcome(change_id)
    assert found is not None
    assert (found.summary, found.reason) == (Result.IN_REVIEW, "device-revoked")
    (case_id,) = world.open_cases()
    world.decide(case_id, change_id)
    assert world.value(NAME) == "b"
    world.a1.receive(answer)
    assert world.a1.state.standing == REVOKED


def test_a_revoked_device_proves_nothing(world: Small) -> None:
    world.hub.revoked.add(world.a1.device_id)
    message = replace(world.a1.message(), feed_at=Position(5, ident("nowhere", 32)))
    world.hub.receive(message, world.a1.device_id)
    assert world.hub.database["villages"][1].suspended == frozenset()


def test_a_position_that_is_not_on_the_chain_suspends_its_village_until_somebody_writes_it_off(world: Small) -> None:
    lost = replace(world.a1.message(), feed_at=Position(5, ident("nowhere", 32)))
    answer = world.hub.receive(lost, world.a1.device_id)
    assert answer.heads is not None
    change_id = world.put(world.a2, NAME, "a", "b")
    world.sync(world.a2)
    assert world.outcome(change_id) is None
    with world.hub.transaction() as registry:
        hub_side.write_off(registry, 1)
    assert world.value(NAME) == "b"


def test_a_late_message_neither_suspends_nor_frees(world: Small) -> None:
    tables = world.hub.tables()
    lost = replace(world.a1.message(), feed_at=Position(5, ident("nowhere", 32)))
    hub_side.receive(tables, lost, hub_side.Sender(world.a1.device_id, 1, is_late=True), KEYS, 2_000)
    assert tables.villages.need(1).suspended == frozenset()


def test_an_answer_stays_within_the_budget_but_makes_progress(world: Small) -> None:
    for number in range(6):
        world.create(world.a1, ident(f"p{number}"), {NAME: "x" * 1500})
    world.sync(world.a1)
    steps = 0
    while world.a2.state.feed_seq < world.hub.database["villages"][1].seq:
        answer = world.hub.receive(replace(world.a2.message(), budget=1), world.a2.device_id)
        assert answer.feed is not None
        assert len(answer.feed.entries) == 1
        world.a2.receive(answer)
        steps += 1
    assert steps == 6


def test_a_node_that_names_no_position_gets_no_feed(world: Small) -> None:
    answer = world.hub.receive(replace(world.a1.message(), feed_at=None), world.a1.device_id)
    assert answer.feed is None
    assert answer.feed_at is not None


def test_bodies_are_left_out_for_their_author_only(world: Small) -> None:
    world.put(world.a1, NAME, "a", "b")
    mine = world.hub.receive(world.a1.message(), world.a1.device_id)
    theirs = world.hub.receive(world.a2.message(), world.a2.device_id)
    whole = world.hub.receive(replace(world.a1.message(), full_run=True), world.a1.device_id)
    for answer, is_left_out in ((mine, True), (theirs, False), (whole, False)):
        assert answer.feed is not None
        assert (answer.feed.entries[-1].puts[0].body is None) is is_left_out


def test_a_body_that_does_not_follow_from_the_entry_travels(world: Small) -> None:
    world.a1.save(EntryKind.CORRECTION, (Update(PERSON, NAME, "a", "b"), Update(PERSON, CERTIFIED, None, 1)), 1000)
    world.a1.save_raw(EntryKind.CORRECTION, b"\xc1", 1000)
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    assert answer.feed is not None
    bodies = [put.body is None for entry in answer.feed.entries for put in entry.puts]
    assert bodies == [False, False, False]
    world.a1.receive(answer)
    assert world.a1.state.feed_seq == world.hub.database["villages"][1].seq


def test_a_version_that_is_gone_keeps_its_successors_body_in_the_run(world: Small) -> None:
    world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.hub.receive(message, world.a1.device_id)
    world.hub.database["versions"].clear()
    answer = world.hub.receive(message, world.a1.device_id)
    assert answer.feed is not None
    assert answer.feed.entries[-1].puts[0].body is not None
