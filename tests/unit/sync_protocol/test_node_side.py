"""A village node writes, sends and takes in: copies, wrong answers, runs that do not fit, updates that are needed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schemas.errors import BadSignatureError, DatabaseCorruptError, LimitExceededError, MalformedMessageError
from sync_protocol import node_side
from sync_protocol.entries import EntryKind, Update
from sync_protocol.feed import FeedEntry, HeadObject, Notice, Outcome, Result, feed_log_id
from sync_protocol.messages import FeedRun, LostRun, Message, Position
from sync_protocol.tables import NodeState
from tests.memory import DISTRICT, MemoryNode, sign_head
from tests.small import NAME, PERSON, PHONE, Small, ident


@pytest.fixture
def world() -> Small:
    return Small()


def state(node: MemoryNode) -> NodeState:
    """Return a node's state as it is now."""
    return node.state


def notified(world: Small, *notices: Notice) -> None:
    """Let the hub append a feed entry that holds only notices."""
    with world.hub.transaction() as registry:
        registry.notices[1] = list(notices)
        registry.commit()


def test_an_entry_above_the_limits_writes_nothing(world: Small) -> None:
    before = world.a1.state
    with pytest.raises(LimitExceededError):
        world.put(world.a1, NAME, "a", "x" * 70_000)
    assert world.a1.state == before


def test_at_least_one_entry_travels(world: Small) -> None:
    world.put(world.a1, NAME, "a", "b")
    world.put(world.a1, NAME, "b", "c")
    message = world.a1.message(1)
    assert message.journal is not None
    assert len(message.journal.entries) == 1


def test_an_answer_for_somebody_else_is_malformed(world: Small) -> None:
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    for wrong in (replace(answer, village_id=2), replace(answer, district_code="11.01")):
        with pytest.raises(MalformedMessageError):
            world.a1.receive(wrong)


def test_an_answer_to_a_former_replica_id_acknowledges_nothing(world: Small) -> None:
    world.put(world.a1, NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    world.a1.new_replica()
    world.a1.receive(answer)
    assert world.a1.state.acked_seq == 0
    assert world.shown(world.a1, NAME) == "b"


def test_a_restored_copy_takes_a_new_replica_id_and_issues_again_what_has_no_verdict(world: Small) -> None:
    copy = world.a1.copy()
    world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    mine = world.put(copy, PHONE, "a", "b")
    before = copy.state.replica_id
    copy.receive(world.hub.receive(copy.message(), copy.device_id))
    assert copy.state.replica_id != before
    assert copy.database["own"][mine].entry.first == mine
    world.sync(copy)
    assert (world.value(NAME), world.value(PHONE)) == ("b", "b")


def test_an_empty_restored_copy_learns_it_too(world: Small) -> None:
    fresh = world.a1.copy()
    fresh.state = replace(fresh.state, journal_seq=0, entry_count=0, last_change_id=None)
    fresh.database["journal"].clear()
    fresh.database["own"].clear()
    before = fresh.state.replica_id
    fresh.receive(world.hub.receive(world.a1.message(), world.a1.device_id))
    assert fresh.state.replica_id != before


def test_the_safe_point_is_never_beyond_what_the_hub_has(world: Small) -> None:
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    world.a1.receive(replace(answer, safe=(1, 99)))
    assert (world.a1.state.safe_seq, world.a1.state.safe_feed_seq) == (1, 1)


def test_an_answer_without_anything_does_nothing(world: Small) -> None:
    before = world.a1.state
    world.a1.receive(Message(district_code=DISTRICT, village_id=1, replica_id=bytes(8), number=1))
    assert world.a1.state == before


def test_a_run_that_ends_in_no_signed_head_is_refused(world: Small) -> None:
    world.edit(NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    assert answer.feed is not None
    signed = HeadObject(feed_log_id(DISTRICT, 2), 1, ident("x", 32), 0, 0)
    for heads in ((), (sign_head(signed),)):
        with pytest.raises(BadSignatureError):
            world.a1.receive(replace(answer, feed=replace(answer.feed, heads=heads)))
    assert world.shown(world.a1, NAME) == "a"


def test_a_run_with_one_changed_verdict_does_not_chain_to_its_signed_head(world: Small) -> None:
    change_id = world.put(world.a1, NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    assert answer.feed is not None
    (entry,) = answer.feed.entries
    refused = Outcome(((PERSON, NAME, int(Result.REFUSED)),), "no")
    forged = replace(entry, verdicts=(replace(entry.verdicts[0], exceptions=((change_id, refused),)),))
    with pytest.raises(BadSignatureError) as found:
        world.a1.receive(replace(answer, feed=replace(answer.feed, entries=(forged,))))
    assert found.value.code == "head-unsigned"
    assert change_id not in world.a1.database["outcomes"]


def test_a_journal_that_does_not_give_its_head_is_not_sent(world: Small) -> None:
    change_id = world.put(world.a1, NAME, "a", "b")
    whole, own = dict(world.a1.database["journal"]), world.a1.database["own"][change_id]
    place = (own.replica_id, own.seq)
    other = replace(own, entry=replace(own.entry, wall_ms=own.entry.wall_ms + 1))
    for rows in (
        {key: row for key, row in whole.items() if key != place},
        {key: row for key, row in whole.items() if row.seq != own.seq - 1},
        {**whole, place: other},
        {**whole, place: replace(own, head=ident("x", 32))},
        {**whole, place: replace(own, previous=ident("x", 32))},
    ):
        world.a1.database["journal"] = rows
        with pytest.raises(DatabaseCorruptError) as found:
            world.a1.message()
        assert found.value.code == "journal-damaged"
    world.a1.database["journal"] = whole
    world.sync(world.a1)
    world.a1.state = replace(world.a1.state, journal_head=ident("x", 32))
    with pytest.raises(DatabaseCorruptError):
        world.a1.message()


def test_a_new_replica_lists_what_it_cannot_read(world: Small) -> None:
    good, bad = world.put(world.a1, NAME, "a", "b"), world.put(world.a1, PHONE, "a", "b")
    own = world.a1.database["own"]
    own[bad] = replace(own[bad], entry=replace(own[bad].entry, body=own[bad].entry.body + b"x"))
    world.a1.new_replica()
    assert world.a1.unreadable == [bad]
    assert (world.a1.state.journal_seq, own[good].seq) == (1, 1)
    world.sync(world.a1)
    assert (world.value(NAME), world.value(PHONE)) == ("b", "a")


def test_a_fingerprint_that_differs_is_found_at_once(world: Small) -> None:
    world.edit(NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    assert answer.feed is not None
    at = world.hub.database["villages"][1]
    head = HeadObject(feed_log_id(DISTRICT, 1), at.seq, at.head, at.fingerprint ^ 1, at.hub_time_ms)
    with pytest.raises(BadSignatureError) as found:
        world.a1.receive(replace(answer, feed=replace(answer.feed, heads=(sign_head(head),))))
    assert found.value.code == "fingerprint-differs"
    assert world.shown(world.a1, NAME) == "a"


def test_a_run_beyond_a_gap_or_on_another_branch_does_nothing(world: Small) -> None:
    before = world.a1.state.feed_seq
    world.edit(NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    assert answer.feed is not None
    for base in (Position(9, answer.feed.base.head), Position(before, ident("other", 32))):
        world.a1.receive(replace(answer, feed=replace(answer.feed, base=base)))
        assert world.a1.state.feed_seq == before


def test_a_body_that_cannot_be_derived_is_asked_for_and_nothing_of_the_run_stays(world: Small) -> None:
    old = world.a1.copy()
    world.put(world.a1, NAME, "a", "b")
    world.put(world.a1, PHONE, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    before = old.state.feed_seq
    old.receive(answer)
    assert state(old).needs_full_run
    assert old.state.feed_seq == before
    assert old.message().full_run
    world.sync(old)
    assert not state(old).needs_full_run
    world.sync(world.a2)
    assert old.database["layer"] == world.a2.database["layer"]


def test_a_derived_body_that_differs_is_asked_for(world: Small) -> None:
    change_id = world.put(world.a1, NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    own = world.a1.database["own"][change_id]
    other = world.a1.copy().save(EntryKind.CORRECTION, (Update(PERSON, NAME, "a", "z"),), 1000)
    world.a1.database["own"][change_id] = replace(own, entry=replace(own.entry, body=other.entry.body))
    world.a1.receive(answer)
    assert world.a1.state.needs_full_run
    world.a1.database["own"][change_id] = own


def test_what_the_officer_was_told_of_a_run_that_is_dropped_is_told_once(world: Small) -> None:
    world.hub.now_ms += 50
    early = world.put(world.a2, PHONE, "a", "early", 1030)
    world.put(world.a1, PHONE, "a", "late", 1040)
    world.sync(world.a1)
    world.put(world.a2, NAME, "a", "b")
    answer = world.hub.receive(world.a2.message(), world.a2.device_id)
    own = dict(world.a2.database["own"])
    name_change = next(c for c, x in own.items() if c != early and x.seq == 2)
    other = world.a2.copy().save(EntryKind.CORRECTION, (Update(PERSON, NAME, "a", "z"),), 1000)
    changed = replace(own[name_change].entry, body=other.entry.body)
    world.a2.database["own"][name_change] = replace(own[name_change], entry=changed)
    world.a2.receive(answer)
    assert world.a2.state.needs_full_run
    assert world.a2.told == []
    world.a2.database["own"] = own
    world.sync(world.a2)
    assert [change_id for change_id, _ in world.a2.told] == [early]


def test_an_unknown_critical_notice_stops_applying_until_the_program_is_newer(world: Small) -> None:
    notified(world, Notice(3, critical=True, payload=0), Notice(88, critical=False, payload="x"))
    world.sync(world.a1)
    assert not state(world.a1).needs_update
    notified(world, Notice(99, critical=True, payload=0))
    world.edit(NAME, "a", "b")
    world.sync(world.a1)
    assert state(world.a1).needs_update
    assert world.shown(world.a1, NAME) == "a"
    change_id = world.put(world.a1, PHONE, "a", "b")
    world.sync(world.a1)
    assert world.outcome(change_id) is not None  # it keeps sending
    feed = world.hub.database["feed"]
    newer = world.a1.tables()
    entries = [
        feed[1, seq].entry for seq in range(world.a1.state.feed_seq + 1, world.hub.database["villages"][1].seq + 1)
    ]
    assert entries[0].notices[0].kind == 99
    assert node_side.take_answer(newer, _harmless(world), bytes(8)).applied == len(entries)
    assert not newer.state.needs_update


def _harmless(world: Small) -> Message:
    """Return the answer as a newer program reads it: the notice is no longer unknown to it."""
    answer = world.hub.receive(replace(world.a1.message(), full_run=True), world.a1.device_id)
    assert answer.feed is not None
    first, *rest = answer.feed.entries
    known = FeedEntry(first.puts, first.verdicts, (Notice(3, critical=True, payload=0),))
    entries = (known, *rest)
    head = answer.feed.base.head
    for entry in entries:
        head = entry.head(head)
    at = world.hub.database["villages"][1]
    signed = sign_head(HeadObject(feed_log_id(DISTRICT, 1), at.seq, head, at.fingerprint, at.hub_time_ms))
    return replace(answer, feed=FeedRun(answer.feed.base, entries, (signed,)))


def test_a_late_realign_is_ignored_by_a_node_that_has_moved_on(world: Small) -> None:
    at = Position(world.a1.state.feed_seq, world.a1.state.feed_head)
    world.edit(NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    world.sync(world.a1)
    world.edit(NAME, "b", "c")
    world.a1.receive(replace(answer, realign=at))
    assert world.shown(world.a1, NAME) == "b"


def test_a_late_realign_takes_nothing_back(world: Small) -> None:
    at = Position(world.a1.state.feed_seq, world.a1.state.feed_head)
    world.edit(NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    world.edit(NAME, "b", "c")
    world.sync(world.a1)
    before = world.a1.state
    world.a1.receive(replace(answer, realign=at))
    assert (world.a1.state.feed_seq, world.shown(world.a1, NAME)) == (before.feed_seq, "c")


def test_a_run_that_is_known_already_applies_nothing(world: Small) -> None:
    world.edit(NAME, "a", "b")
    answer = world.hub.receive(world.a1.message(), world.a1.device_id)
    world.a1.receive(answer)
    before = world.a1.state
    world.a1.receive(answer)
    assert world.a1.state == before


def test_a_realign_from_a_position_that_is_not_held_is_ignored(world: Small) -> None:
    at = Position(world.a1.state.feed_seq, world.a1.state.feed_head)
    run = FeedRun(Position(1, ident("other", 32)), (), ())
    answer = Message(district_code=DISTRICT, village_id=1, replica_id=bytes(8), number=1, realign=at, feed=run)
    world.a1.receive(answer)
    assert (world.a1.state.feed_seq, world.a1.state.feed_head) == at


def test_a_receipt_for_a_run_that_is_not_here_is_harmless(world: Small) -> None:
    lost = (LostRun(Position(3, ident("x", 32)), (), ()),)
    answer = replace(world.hub.receive(world.a1.message(), world.a1.device_id), lost=lost)
    world.a1.receive(answer)
    assert world.a1.evidence == {}
