"""What a restored hub does with feed entries that it once signed and no longer has (protocol 11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schemas.fields import TAG_MERGED_INTO, TAG_NOTES, TAG_OWNER, TAG_VOID, Kind
from sync_protocol import cases
from sync_protocol.codec import decode_body, digest16, encode_body
from sync_protocol.entries import Add, EntryKind, Update
from sync_protocol.feed import FULL, STUB, FeedEntry, HeadObject, Outcome, Put, Result, Verdict, feed_log_id, feed_start
from sync_protocol.giveback import take_back
from sync_protocol.lost_runs import verified_evidence
from sync_protocol.messages import LostRun, Position
from sync_protocol.registry import shown_elements
from sync_protocol.tables import REGISTRAR, Evidence
from tests.memory import DISTRICT, sign_head, verify_head
from tests.small import JOB, LIFE, NAME, NIK, PERSON, PHONE, Small, ident


@pytest.fixture
def world() -> Small:
    return Small()


class Loss:
    """A hub's backup, and what was done after it and will be lost."""

    def __init__(self, world: Small) -> None:
        self.world = world
        self.backup = world.hub.snapshot()
        self.seqs = {village: state.seq for village, state in world.hub.database["villages"].items()}

    def happens(self) -> dict[int, Evidence]:
        """Restore the backup; return each village's lost run."""
        runs = {}
        for village, seq in self.seqs.items():
            feed = self.world.hub.database["feed"]
            end = self.world.hub.database["villages"][village].seq
            base = feed[village, seq].head if seq else feed_start(DISTRICT, village)
            runs[village] = Evidence(seq, base, tuple(feed[village, n].entry for n in range(seq + 1, end + 1)), ())
        self.world.hub.database = {name: dict(table) for name, table in self.backup.items()}
        return runs


def give(world: Small, run: Evidence, village: int = 1) -> bool:
    with world.hub.transaction() as registry:
        return take_back(registry, village, run)


def case_outcome(world: Small, change_id: bytes) -> int:
    found = world.outcome(change_id)
    assert found is not None
    return found.summary


def test_a_lost_run_is_taken_once_and_becomes_new_entries(world: Small) -> None:
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    run = loss.happens()[1]
    assert give(world, run)
    assert world.value(NAME) == "b"
    seq = world.hub.database["villages"][1].seq
    assert give(world, run)
    assert world.hub.database["villages"][1].seq == seq
    world.sync(world.a1, world.a2)
    assert case_outcome(world, change_id) == Result.ACCEPTED
    assert world.a1.database["layer"] == world.a2.database["layer"]


def test_a_run_from_a_position_that_nobody_knows_is_left_alone(world: Small) -> None:
    loss = Loss(world)
    world.edit(NAME, "a", "b")
    run = replace(loss.happens()[1], base_seq=7, base_head=ident("nowhere", 32))
    assert not give(world, run)
    assert world.value(NAME) == "a"


def test_a_decision_is_not_lost_although_its_change_waits_again(world: Small) -> None:
    world.certify()
    world.sync(world.a1, world.a2)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    (case_id,) = world.open_cases()
    world.decide(case_id, change_id)
    world.sync(world.a1)
    loss.happens()
    world.hub.receive(message, world.a1.device_id)  # a stick of before: judged again, and it waits again
    assert case_outcome(world, change_id) == Result.IN_REVIEW
    world.sync(world.a1, world.a2)
    assert world.value(NAME) == "b"
    assert world.open_cases() == []
    assert case_outcome(world, change_id) == Result.ACCEPTED


def test_a_decision_comes_back_although_another_laptop_gave_back_only_its_case(world: Small) -> None:
    world.certify()
    world.sync(world.a1, world.a2)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1, world.a2)
    (case_id,) = world.open_cases()
    world.decide(case_id, change_id)
    world.sync(world.a1)
    loss.happens()
    world.sync(world.a2)  # gives back the case, still open
    assert world.open_cases() == [case_id]
    world.sync(world.a1)
    assert world.value(NAME) == "b"
    assert world.open_cases() == []


def test_a_long_loss_is_given_back_in_parts(world: Small) -> None:
    loss = Loss(world)
    people = [ident(f"p{number}") for number in range(6)]
    for person in people:
        world.create(world.a1, person, {NAME: person.hex()})
        world.sync(world.a1)
    loss.happens()
    parts = 0
    for _ in range(20):
        message = world.a1.message(1)
        parts += any(run.entries for run in message.lost)
        world.a1.receive(world.hub.receive(message, world.a1.device_id))
    assert parts > 2
    assert [world.value(NAME, person) for person in people] == [person.hex() for person in people]
    assert world.a1.evidence == {}
    world.sync(world.a1, world.a2)
    assert world.a1.database["layer"] == world.a2.database["layer"]
    assert world.hub.database["villages"][1].suspended == frozenset()


def test_a_change_that_the_hub_decided_again_is_not_applied_twice(world: Small) -> None:
    loss = Loss(world)
    world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    run = loss.happens()[1]
    world.hub.receive(message, world.a1.device_id)
    world.edit(NAME, "b", "r")
    give(world, run)
    assert world.value(NAME) == "r"
    assert world.open_cases() == []


def test_what_the_hub_decided_again_and_took_back_itself_stays_away(world: Small) -> None:
    loss = Loss(world)
    world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    run = loss.happens()[1]
    world.edit(JOB, None, "x")  # else the hub would write the very entry that it lost
    world.hub.receive(message, world.a1.device_id)
    world.edit(NAME, "b", "a")
    give(world, run)
    assert world.value(NAME) == "a"


def test_a_second_copy_of_a_lost_entry_undoes_nothing_that_came_after(world: Small) -> None:
    loss = Loss(world)
    world.edit(PHONE, "a", "lost")
    world.sync(world.a1)
    run = loss.happens()[1]
    world.edit(JOB, None, "x")  # else the hub would write the very entry that it lost
    give(world, run)
    assert world.edit(PHONE, "lost", "a")
    seq = world.hub.database["villages"][1].seq
    give(world, run)
    assert (world.value(PHONE), world.open_cases()) == ("a", [])
    assert world.hub.database["villages"][1].seq == seq


def test_a_value_that_was_overtaken_becomes_a_case_of_the_loss_once(world: Small) -> None:
    loss = Loss(world)
    world.edit(NAME, "a", "lost")
    world.sync(world.a1)
    run = loss.happens()[1]
    world.edit(NAME, "a", "new")
    give(world, run)
    assert world.value(NAME) == "new"
    (case_id,) = world.open_cases()
    (proposal,) = world.proposals(case_id)
    assert (proposal.origin, proposal.why) == (cases.FROM_LOSS, "before-after-restore")
    for forgotten in ("recovered", "decisions_done"):  # a second loss, and another laptop gave the case back first
        world.hub.database[forgotten].clear()
    give(world, run)
    assert world.open_cases() == [case_id]
    world.decide(case_id, proposal.change_id)
    assert world.value(NAME) == "lost"


def test_fields_that_nobody_touched_meanwhile_come_back_into_a_changed_record(world: Small) -> None:
    loss = Loss(world)
    world.edit(PHONE, "a", "lost")
    world.a1.save(EntryKind.CORRECTION, (Add(PERSON, TAG_NOTES, "one"),), 1000)
    world.sync(world.a1)
    run = loss.happens()[1]
    world.a2.save(EntryKind.CORRECTION, (Add(PERSON, TAG_NOTES, "two"),), 1000)
    world.sync(world.a2)
    give(world, run)
    assert world.value(PHONE) == "lost"
    assert shown_elements(world.value(TAG_NOTES)) == ["one", "two"]
    stamp = world.hub.database["records"][PERSON].stamp_of(PHONE)
    assert (stamp.source, stamp.timed) == (REGISTRAR, False)


def test_a_value_that_was_set_and_taken_away_again_before_the_loss_stays_away(world: Small) -> None:
    person = ident("p")
    loss = Loss(world)
    world.create(world.a1, person, {NAME: "x"})
    world.put(world.a1, TAG_VOID, None, "twice", record_id=person)
    world.put(world.a1, TAG_VOID, "twice", None, record_id=person)
    world.sync(world.a1)
    give(world, loss.happens()[1])
    assert world.hub.database["records"][person].body == {TAG_OWNER: 1, NAME: "x"}


def test_a_value_taken_away_before_the_loss_and_changed_after_it_is_a_case(world: Small) -> None:
    loss = Loss(world)
    world.edit(PHONE, "a", None)
    run = loss.happens()[1]
    world.edit(PHONE, "a", "new")
    give(world, run)
    (case_id,) = world.open_cases()
    (proposal,) = world.proposals(case_id)
    assert proposal.changes == (Update(PERSON, PHONE, "a", None),)
    world.decide(case_id, proposal.change_id)
    assert world.value(PHONE) is None


def test_a_lost_merge_comes_back_into_a_changed_record(world: Small) -> None:
    other = ident("other")
    world.create(world.a1, other, {NAME: "o"})
    world.sync(world.a1)
    loss = Loss(world)
    world.edit(TAG_MERGED_INTO, None, PERSON, other)
    run = loss.happens()[1]
    world.edit(NAME, "o", "p", other)
    give(world, run)
    assert (world.value(TAG_MERGED_INTO, other), world.value(NAME, other)) == (PERSON, "p")


def move(world: Small) -> None:
    """Move the person of village 1 to village 2, where he gets a stub's other half."""
    newcomer, family = ident("newcomer"), ident("family")
    body: dict[int, Any] = {NIK: 3510010101019001, NAME: "a", LIFE: 1}
    world.put(world.a1, NIK, None, 3510010101019001)
    event = {16: 21, 17: 1, 18: PERSON, 28: 2}
    world.create(world.a1, ident("out"), event, kind=Kind.VITAL_EVENT)
    world.create(world.b1, newcomer, body | {21: family})
    world.create(world.b1, ident("in"), {16: 22, 17: 1, 18: newcomer, 27: 1}, kind=Kind.VITAL_EVENT)
    world.sync(world.a1, world.b1)
    world.dispatch()
    world.sync(world.a1, world.b1)


@pytest.mark.parametrize("first", [1, 2])
def test_a_lost_move_comes_back_from_either_side_first(world: Small, first: int) -> None:
    loss = Loss(world)
    move(world)
    assert world.value(TAG_OWNER) == 2
    runs = loss.happens()
    give(world, runs[first], first)
    give(world, runs[3 - first], 3 - first)
    assert world.value(TAG_OWNER) == 2
    world.sync(world.a1, world.a2, world.b1)
    assert world.a1.database["layer"][PERSON].level == STUB
    assert world.b1.database["layer"][PERSON].level == FULL


def test_a_stub_that_tells_no_new_owner_moves_nobody(world: Small) -> None:
    head = world.hub.database["villages"][1].head
    seq = world.hub.database["villages"][1].seq
    for body in (None, encode_body({TAG_OWNER: 1}), encode_body({NAME: "x"})):
        put = Put(Kind.RESIDENT, STUB, PERSON, 2, 1, bytes(16), ident(repr(body)), b"dispatcher", body)
        give(world, Evidence(seq, head, (FeedEntry((put,)),), ()))
    assert world.value(TAG_OWNER) == 1


def test_flags_are_derived_anew_and_a_known_notice_stays(world: Small) -> None:
    world.hub.now_ms += 50
    world.put(world.a2, PHONE, "a", "early", 1030)
    world.sync(world.a2)
    loss = Loss(world)
    message = None
    world.put(world.a1, PHONE, "a", "late", 1040)
    message = world.a1.message()
    world.sync(world.a1)
    world.dispatch()
    twin = ident("twin")
    world.put(world.a1, NIK, None, 3510010101019001)
    world.create(world.a1, twin, {NIK: 3510010101019001, NAME: "t", LIFE: 1})
    world.sync(world.a1)
    world.dispatch()
    run = loss.happens()[1]
    world.hub.receive(message, world.a1.device_id)
    give(world, run)
    kinds = [record.kind for record in world.hub.database["records"].values()]
    assert kinds.count(Kind.FLAG) == 0
    assert kinds.count(Kind.INBOX) == 1
    world.dispatch()
    assert [record.kind for record in world.hub.database["records"].values()].count(Kind.FLAG) == 2


def test_another_final_outcome_before_the_loss_is_shown_beside_the_hubs_own(world: Small) -> None:
    change_id = world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    seq, head = world.hub.database["villages"][1].seq, world.hub.database["villages"][1].head
    refused = Outcome(((PERSON, NAME, int(Result.REFUSED)),), "decided")
    entry = FeedEntry((), (Verdict(None, 0, None, ((change_id, refused),)),))
    give(world, Evidence(seq, head, (entry,), ()))
    assert case_outcome(world, change_id) == Result.ACCEPTED
    inbox = [x.body for x in world.hub.database["records"].values() if x.kind == Kind.INBOX]
    assert [(body[16], body[18]) for body in inbox] == [("decided-otherwise", change_id)]


def test_a_refusal_before_the_loss_beats_a_wait_after_it(world: Small) -> None:
    world.certify()
    world.sync(world.a1)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    world.decide(world.open_cases()[0])
    run = loss.happens()[1]
    world.hub.receive(message, world.a1.device_id)
    give(world, run)
    assert case_outcome(world, change_id) == Result.REFUSED
    assert world.open_cases() == []


def _waiting(world: Small, name: str) -> bytes:
    """Let a change of the certified name wait."""
    change_id = world.put(world.a1, NAME, "a", name)
    world.sync(world.a1)
    return change_id


def test_an_open_case_of_a_laptop_that_is_gone_comes_back_with_what_waits(world: Small) -> None:
    world.certify()
    world.sync(world.a1, world.a2)
    loss = Loss(world)
    first, second = _waiting(world, "b"), _waiting(world, "c")
    world.sync(world.a2)
    loss.happens()
    world.sync(world.a2)  # laptop A1 is gone
    (case_id,) = world.open_cases()
    assert [p.change_id for p in world.proposals(case_id)] == [first, second]
    world.decide(case_id, second)
    assert world.value(NAME) == "c"


def test_a_returned_case_comes_back_without_what_was_decided_meanwhile(world: Small) -> None:
    loss = Loss(world)
    world.certify()
    world.sync(world.a1, world.a2)
    first = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    second = world.put(world.a2, NAME, "a", "c")
    world.sync(world.a2)
    run = loss.happens()[1]
    world.hub.receive(replace(message, feed_at=None), world.a1.device_id)  # not certified any more: it applies
    assert world.value(NAME) == "b"
    give(world, run)
    (case_id,) = world.open_cases()
    assert [p.change_id for p in world.proposals(case_id)] == [second]
    assert case_outcome(world, first) == Result.ACCEPTED


def test_the_case_of_a_revoked_device_returns_before_its_entry(world: Small) -> None:
    world.hub.revoked.add(world.a1.device_id)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.hub.receive(message, world.a1.device_id)
    run = loss.happens()[1]
    (case_put,) = run.entries[-1].puts
    seq, head = world.hub.database["villages"][1].seq, world.hub.database["villages"][1].head
    raw = encode_body({**decode_body(case_put.body or b""), cases.TAG_STATE: cases.CLOSED})
    closed = replace(case_put, body=raw, record_digest=digest16(raw), cause=b"dispatcher")
    give(world, Evidence(seq, head, (FeedEntry((closed,)),), ()))
    world.hub.receive(message, world.a1.device_id)
    assert case_outcome(world, change_id) == Result.IN_REVIEW
    assert world.open_cases() == []


def test_a_node_that_no_longer_keeps_what_was_lost_waits_for_a_person(world: Small) -> None:
    loss = Loss(world)
    for name in "bcd":
        world.edit(NAME, world.value(NAME), name)
    world.sync(world.a1)
    del world.a1.database["feed"][world.a1.state.feed_seq - 1]
    loss.happens()
    for _ in range(3):
        world.a1.receive(world.hub.receive(world.a1.message(), world.a1.device_id))
    assert world.a1.evidence == {}
    assert world.hub.database["villages"][1].suspended == {world.a1.device_id}


def test_a_node_without_a_common_position_among_its_evidence_is_asked_again(world: Small) -> None:
    loss = Loss(world)
    world.edit(NAME, "a", "b")
    world.sync(world.a1)
    loss.happens()
    world.edit(JOB, None, "meanwhile")
    world.a1.receive(world.hub.receive(world.a1.message(), world.a1.device_id))
    message = world.a1.message()
    runs = tuple(run for run in message.lost if run.entries)
    answer = world.hub.receive(replace(message, lost=runs), world.a1.device_id)
    assert answer.realign is None
    assert answer.heads is not None
    assert [run.base.head for run in answer.lost] == [world.a1.state.feed_head]
    world.sync(world.a1, world.a2)
    assert world.value(NAME) == "b"


def test_what_an_officer_was_told_late_is_given_back_although_another_laptop_gave_the_run_back_first(
    world: Small,
) -> None:
    world.edit(JOB, None, "x")
    early = world.hub.receive(world.a1.message(), world.a1.device_id)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b", kind=EntryKind.EVENT)
    sent = world.a1.message()
    late = world.hub.receive(sent, world.a1.device_id)
    world.sync(world.a2)
    world.a1.receive(early)
    world.edit(JOB, "x", "lost")
    told = world.hub.receive(world.a1.message(), world.a1.device_id)
    loss.happens()
    world.edit(NAME, "a", "r")
    world.hub.receive(replace(sent, feed_at=None), world.a1.device_id)  # judged again, against the registrar's value
    world.sync(world.a2)  # gives the run back: the verdict in it names no accepted change
    stale = replace(world.hub.receive(world.a1.message(), world.a1.device_id), heads=())
    world.a1.receive(stale)  # A1 names a common position, then takes an answer of before the loss
    world.a1.receive(late)
    world.a1.receive(told)
    assert all(run.entries for run in world.a1.evidence.values())
    world.sync(world.a1)
    assert case_outcome(world, change_id) == Result.IN_REVIEW
    inbox = [x.body for x in world.hub.database["records"].values() if x.kind == Kind.INBOX]
    assert [(body[16], body[18]) for body in inbox] == [("decided-otherwise", change_id)]


def test_a_returned_case_without_anything_left_to_decide_stays_away(world: Small) -> None:
    change_id = world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    seq, head = world.hub.database["villages"][1].seq, world.hub.database["villages"][1].head
    proposal = cases.Proposal(change_id, cases.FROM_ENTRY, (), "rule")
    body = {TAG_OWNER: 1, cases.TAG_STATE: cases.OPEN, cases.TAG_PROPOSALS: [proposal.to_tree()]}
    raw = encode_body(body)
    put = Put(Kind.CASE, FULL, ident("case"), 1, 0, None, digest16(raw), change_id, raw)
    give(world, Evidence(seq, head, (FeedEntry((put,)),), ()))
    assert ident("case") not in world.hub.database["records"]


def test_a_lost_decision_leaves_what_it_had_not_seen_open(world: Small) -> None:
    world.certify()
    world.sync(world.a1, world.a2)
    loss = Loss(world)
    first = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    world.decide(world.open_cases()[0], first)
    run = loss.happens()[1]
    world.hub.receive(message, world.a1.device_id)
    other = world.put(world.a2, NAME, "a", "c")
    world.sync(world.a2)
    give(world, run)
    (case_id,) = world.open_cases()
    assert [p.change_id for p in world.proposals(case_id)] == [other]
    assert world.value(NAME) == "b"
    assert case_outcome(world, first) == Result.ACCEPTED


def test_a_closed_case_opens_again_for_what_it_had_not_decided(world: Small) -> None:
    world.certify()
    world.sync(world.a1, world.a2)
    loss = Loss(world)
    first = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    second = world.put(world.a2, NAME, "a", "c")
    world.sync(world.a2)
    run = loss.happens()[1]
    world.hub.receive(message, world.a1.device_id)
    world.decide(world.open_cases()[0], first)
    assert world.open_cases() == []
    give(world, run)
    (case_id,) = world.open_cases()
    assert [p.change_id for p in world.proposals(case_id)] == [second]
    give(world, replace(run, entries=()))
    world.hub.database["recovered"].clear()
    give(world, run)
    assert [p.change_id for p in world.proposals(case_id)] == [second]


def test_a_lost_closed_case_meets_the_hubs_closed_one(world: Small) -> None:
    world.certify()
    world.sync(world.a1)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1)
    world.decide(world.open_cases()[0], change_id)
    run = loss.happens()[1]
    world.hub.receive(message, world.a1.device_id)
    world.decide(world.open_cases()[0])
    give(world, run)
    assert case_outcome(world, change_id) == Result.REFUSED  # the hub's own stands
    assert world.open_cases() == []


def test_a_case_returns_before_its_entry_is_judged_again(world: Small) -> None:
    world.certify()
    world.sync(world.a1, world.a2)
    loss = Loss(world)
    change_id = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.sync(world.a1, world.a2)
    world.decide(world.open_cases()[0], change_id)
    run = loss.happens()[1]
    closed = run.entries[-1]
    case_put = next(put for put in closed.puts if put.kind == Kind.CASE)
    seq, head = world.hub.database["villages"][1].seq, world.hub.database["villages"][1].head
    give(world, Evidence(seq, head, (FeedEntry((replace(case_put, cause=b"dispatcher"),)),), ()))
    world.hub.receive(message, world.a1.device_id)  # meets its own closed case
    assert case_outcome(world, change_id) == Result.ACCEPTED
    assert world.open_cases() == []


def test_a_run_with_bodies_left_out_marks_nothing_that_it_cannot_bring(world: Small) -> None:
    loss = Loss(world)
    world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    shortened = world.hub.receive(message, world.a1.device_id).feed
    assert shortened is not None
    loss.happens()
    give(world, Evidence(shortened.base.seq, shortened.base.head, shortened.entries, ()))
    assert world.value(NAME) == "a"
    world.hub.receive(message, world.a1.device_id)
    assert world.value(NAME) == "b"


def test_a_lost_version_of_another_kind_never_enters_a_record(world: Small) -> None:
    raw = encode_body({TAG_OWNER: 1, NAME: "x"})
    put = Put(Kind.HOUSEHOLD, FULL, PERSON, 2, 1, bytes(16), digest16(raw), b"dispatcher", raw)
    seq, head = world.hub.database["villages"][1].seq, world.hub.database["villages"][1].head
    give(world, Evidence(seq, head, (FeedEntry((put,)),), ()))
    assert world.value(NAME) == "a"


def test_a_range_that_a_lost_verdict_covered_is_accepted_as_it_was(world: Small) -> None:
    loss = Loss(world)
    world.put(world.a1, JOB, None, "x")
    change_id = world.put(world.a1, JOB, "x", None)  # leaves no trace in the record but its stamp
    message = world.a1.message()
    world.sync(world.a1)
    run = loss.happens()[1]
    give(world, replace(run, entries=run.entries))
    with_range_only = world.hub.database["outcomes"]
    with_range_only.pop(change_id, None)
    world.hub.receive(message, world.a1.device_id)
    assert case_outcome(world, change_id) == Result.ACCEPTED


# -- what is proven


def signed(seq: int, head: bytes, village: int = 1) -> bytes:
    return sign_head(HeadObject(feed_log_id(DISTRICT, village), seq, head, 0, 0))


def _nothing(head: bytes) -> tuple[bytes, ...]:
    return ()


def _forged(head: bytes) -> tuple[bytes, ...]:
    return (b"\x00" * 20, signed(1, head)[:-1])


def _elsewhere(head: bytes) -> tuple[bytes, ...]:
    return (signed(1, head, 2), signed(0, head), signed(9, head), signed(1, ident("other", 32)))


@pytest.mark.parametrize("heads", [_nothing, _forged, _elsewhere])
def test_a_run_without_the_hubs_signature_proves_nothing(
    world: Small, heads: Callable[[bytes], tuple[bytes, ...]]
) -> None:
    entry = FeedEntry((), (Verdict(None, 0, None),))
    head = entry.head(feed_start(DISTRICT, 1))
    lost = LostRun(Position(0, ident("x", 32)), (entry,), heads(head))
    assert verified_evidence(world.hub.tables(), 1, lost, verify_head) is None


def test_only_the_part_up_to_the_last_signature_counts(world: Small) -> None:
    first, second = FeedEntry((), (Verdict(None, 0, None),)), FeedEntry((), (Verdict(None, 1, None),))
    head = first.head(feed_start(DISTRICT, 1))
    lost = LostRun(Position(0, ident("x", 32)), (first, second), (signed(1, head),))
    found = verified_evidence(world.hub.tables(), 1, lost, verify_head)
    assert found is not None
    assert found.entries == (first,)
    assert found.base_head == feed_start(DISTRICT, 1)
