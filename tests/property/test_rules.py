"""One directed scenario for each rule that an earlier draft of the protocol had wrong: it failed then, it holds now."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from schemas.fields import TAG_MERGED_INTO, TAG_NOTES, Kind
from sync_protocol.entries import Add, EntryKind, Remove, Update
from sync_protocol.feed import Result
from sync_protocol.registry import shown_elements
from tests.small import CERTIFIED, JOB, LIFE, NAME, NIK, PERSON, PHONE, Small, ident


def test_a_certified_identity_value_is_not_changed_without_a_person() -> None:
    world = Small()
    world.certify()
    world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    assert world.value(NAME) == "a"
    assert len(world.open_cases()) == 1
    assert world.shown(world.a1, NAME) == "b"  # the officer keeps seeing his own value, marked as in review


def test_a_vital_event_chains_even_on_a_certified_record() -> None:
    world = Small()
    world.certify()
    world.put(world.a1, LIFE, 1, 2, kind=EntryKind.EVENT)
    world.sync(world.a1)
    assert world.value(LIFE) == 2
    assert world.value(CERTIFIED) == 20_000


def test_several_offline_edits_of_one_field_chain_by_themselves() -> None:
    world = Small()
    world.put(world.a1, NAME, "a", "b")
    world.put(world.a1, NAME, "b", "c")
    world.sync(world.a1)
    assert world.value(NAME) == "c"
    assert world.open_cases() == []


def test_the_value_of_a_latest_field_does_not_depend_on_who_syncs_first() -> None:
    ends = set()
    for order in (0, 1):
        world = Small()
        world.hub.now_ms += 50
        world.put(world.a1, PHONE, "a", "b", 1020)
        world.put(world.a1, PHONE, "b", "a", 1021)
        world.put(world.a2, PHONE, "a", "c", 1015)
        world.sync(*((world.a1, world.a2) if order else (world.a2, world.a1)))
        ends.add(world.value(PHONE))
    assert ends == {"a"}


@given(st.integers(0, 2**32 - 1))
def test_every_order_of_arrival_ends_in_the_same_latest_value(seed: int) -> None:
    """The outcome of LATEST depends only on the causal past, never on the order of syncs."""
    rng = random.Random(seed)
    plan = [(rng.choice("12"), f"v{rng.randrange(3)}", 1000 + rng.randrange(60)) for _ in range(rng.randint(2, 4))]
    ends = set()
    for order in set(itertools.permutations([name for name, _, _ in plan])):
        world = Small()
        nodes = {"1": world.a1, "2": world.a2}
        for name, value, wall_ms in plan:
            if (old := world.shown(nodes[name], PHONE)) != value:
                world.put(nodes[name], PHONE, old, value, wall_ms)
        world.hub.now_ms = 2000
        for name in order:
            nodes[name].receive(world.hub.receive(nodes[name].message(1), nodes[name].device_id))
        world.sync(world.a1, world.a2)
        # a clock that cannot be believed makes the second comer a case: then the values differ until it is decided
        ends.add(None if world.open_cases() else world.value(PHONE))
    assert len(ends - {None}) <= 1


def test_a_registrars_value_gives_way_only_to_a_write_that_saw_it() -> None:
    world = Small()
    world.edit(PHONE, "a", "r")
    world.hub.now_ms += 9
    world.put(world.a1, PHONE, "a", "b")
    world.sync(world.a1)
    assert world.value(PHONE) == "r"
    (case_id,) = world.open_cases()
    world.decide(case_id)
    world.sync(world.a1)
    world.put(world.a1, PHONE, "r", "s")
    world.sync(world.a1)
    assert world.value(PHONE) == "s"


def test_the_loser_of_a_latest_field_is_told() -> None:
    world = Small()
    world.hub.now_ms += 50
    late = world.put(world.a1, PHONE, "a", "late", 1040)
    early = world.put(world.a2, PHONE, "a", "early", 1030)
    world.sync(world.a1, world.a2)
    assert world.value(PHONE) == "late"
    assert world.outcome(late) is not None
    found = world.outcome(early)
    assert found is not None
    assert found.summary == Result.SUPERSEDED
    assert [change_id for change_id, _ in world.a2.told] == [early]


def test_who_overwrites_a_concurrent_value_tells_its_author() -> None:
    world = Small()
    world.hub.now_ms += 50
    early = world.put(world.a2, PHONE, "a", "early", 1030)
    world.sync(world.a2)
    world.put(world.a1, PHONE, "a", "late", 1040)
    world.sync(world.a1, world.a2)
    inbox = [x.body for x in world.hub.database["records"].values() if x.kind == Kind.INBOX]
    assert [(body[16], body[18]) for body in inbox] == [("overwritten", early)]


def test_a_clock_years_off_neither_wins_nor_loses_anything() -> None:
    world = Small()
    world.put(world.a2, PHONE, "a", "good")
    world.sync(world.a2)
    world.put(world.a1, PHONE, "a", "2038", 2**41)
    world.sync(world.a1)
    assert world.value(PHONE) == "good"
    assert len(world.open_cases()) == 1


def test_an_untimed_write_applies_when_it_had_seen_the_value() -> None:
    world = Small()
    world.put(world.a1, PHONE, "a", "b", 2**41)
    world.put(world.a1, PHONE, "b", "c", 0)
    world.put(world.a1, PHONE, "a", "d", 0)  # an old form saved late, by the same officer
    world.sync(world.a1)
    assert world.value(PHONE) == "d"
    assert world.open_cases() == []


def test_everything_without_a_verdict_is_issued_again_at_once_under_a_new_replica_id() -> None:
    world = Small()
    world.put(world.a1, NAME, "a", "b")
    world.a1.new_replica()
    world.put(world.a1, NAME, "b", "c")
    world.sync(world.a1)
    assert world.value(NAME) == "c"
    assert world.open_cases() == []


def test_an_entry_issued_again_keeps_what_its_writer_had_seen() -> None:
    world = Small()
    change_id = world.put(world.a1, PHONE, "a", "b", 900)
    before = world.a1.database["own"][change_id].entry
    world.edit(JOB, None, "x")
    world.a1.new_replica()
    after = world.a1.database["own"][change_id].entry
    assert (after.wall_ms, after.seen_seq, after.after) == (before.wall_ms, before.seen_seq, before.after)
    assert after.first == change_id


def test_a_change_id_that_arrives_twice_is_applied_once() -> None:
    world = Small()
    change_id = world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.hub.receive(message, world.a1.device_id)
    world.edit(NAME, "b", "z")
    world.a1.new_replica()
    world.sync(world.a1)
    assert world.value(NAME) == "z"
    assert world.outcome(change_id) is not None


def test_both_branches_of_a_fork_are_decided() -> None:
    world = Small()
    clone = world.a1.copy()
    world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    change_id = world.put(clone, NAME, "a", "c")
    world.hub.receive(clone.message(), clone.device_id)  # a stick; then the laptop dies
    found = world.outcome(change_id)
    assert found is not None
    assert found.summary == Result.IN_REVIEW


def test_a_write_to_another_villages_record_is_a_case_of_its_own() -> None:
    world = Small()
    world.certify()
    world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    world.put(world.b1, NAME, "b", "c")
    world.sync(world.b1)
    assert [len(world.proposals(case_id)) for case_id in world.open_cases()] == [1, 1]
    assert PERSON not in world.b1.database["layer"]


def test_a_change_that_waits_on_an_open_case_joins_it() -> None:
    world = Small()
    world.certify()
    world.put(world.a1, NAME, "a", "b")
    world.put(world.a1, NAME, "b", "a")  # equal to the registry, but it follows what waits
    world.sync(world.a1)
    (case_id,) = world.open_cases()
    assert [p.changes[0].new for p in world.proposals(case_id) if isinstance(p.changes[0], Update)] == ["b", "a"]


def test_the_same_import_on_two_laptops_makes_one_person() -> None:
    world = Small()
    person = ident("imported")
    world.create(world.a1, person, {NAME: "x", PHONE: "1"})
    world.create(world.a2, person, {NAME: "x", PHONE: "1"})
    world.sync(world.a1, world.a2, world.a1)
    assert world.open_cases() == []
    assert world.a1.database["layer"] == world.a2.database["layer"]


def test_a_create_of_a_foreign_id_is_a_case_and_tells_nothing() -> None:
    world = Small()
    world.create(world.b1, PERSON, {NAME: "guess"})
    world.sync(world.b1)
    assert len(world.open_cases()) == 1
    assert world.value(NAME) == "a"
    assert PERSON not in world.b1.database["layer"]


def test_a_village_cannot_certify_its_own_records() -> None:
    world = Small()
    person = ident("proud")
    world.create(world.a1, person, {NAME: "x", CERTIFIED: 1})
    world.put(world.a1, CERTIFIED, None, 1)
    world.sync(world.a1)
    assert world.value(CERTIFIED, person) is None
    assert world.value(CERTIFIED) is None
    assert len(world.open_cases()) == 2


def test_one_waiting_field_of_an_event_makes_all_its_updates_wait_but_its_creates_land() -> None:
    world = Small()
    world.edit(NAME, "a", "r")
    changes = (Update(PERSON, NAME, "a", "b"), Update(PERSON, LIFE, 1, 2))
    child = ident("child")
    world.a1.save(EntryKind.EVENT, changes, world.hub.now_ms)
    world.create(world.a1, child, {NAME: "x"})
    world.sync(world.a1)
    assert (world.value(NAME), world.value(LIFE)) == ("r", 1)
    assert world.value(NAME, child) == "x"
    (case_id,) = world.open_cases()
    (proposal,) = world.proposals(case_id)
    world.decide(case_id, proposal.change_id)
    assert (world.value(NAME), world.value(LIFE)) == ("b", 2)


def test_notes_unite_and_remove_wins() -> None:
    world = Small()
    world.a1.save(EntryKind.CORRECTION, (Add(PERSON, TAG_NOTES, "one"), Add(PERSON, TAG_NOTES, "two")), 1000)
    world.a2.save(EntryKind.CORRECTION, (Remove(PERSON, TAG_NOTES, "one"),), 1000)
    world.sync(world.a1, world.a2, world.a1)
    assert shown_elements(world.value(TAG_NOTES)) == ["two"]
    assert world.open_cases() == []


def test_a_late_edit_of_a_merged_person_goes_to_the_survivor() -> None:
    world = Small()
    other = ident("other")
    world.create(world.a1, other, {NAME: "o", NIK: 3510010101019001})
    world.sync(world.a1, world.a2)
    assert world.edit(TAG_MERGED_INTO, None, PERSON, other)
    changes = (Update(other, PHONE, "a", "b"), Update(PERSON, PHONE, "a", "c"))
    world.a2.save(EntryKind.CORRECTION, changes, world.hub.now_ms)
    world.sync(world.a2)
    assert world.value(PHONE) == "b"
    assert len(world.open_cases()) == 1  # two addresses of one person in one entry: the second waits


def test_a_late_duplicate_of_a_realign_throws_nobody_back() -> None:
    world = Small()
    backup = world.hub.snapshot()
    world.put(world.a1, PHONE, "a", "b")
    world.sync(world.a1)
    world.hub.database = backup
    world.put(world.a2, JOB, None, "z")
    world.sync(world.a2)
    device = world.a1.device_id
    world.a1.receive(world.hub.receive(world.a1.message(), device))
    late = world.hub.receive(world.a1.message(), device)
    assert late.realign is not None
    world.a1.receive(late)
    world.edit(PHONE, world.value(PHONE), "r")
    world.sync(world.a1)
    seq = world.a1.state.feed_seq
    world.a1.receive(late)
    assert world.a1.state.feed_seq == seq


def test_a_decision_that_only_a_stick_holds_is_not_lost() -> None:
    world = Small()
    backup = world.hub.snapshot()
    world.put(world.a1, PHONE, "a", "b")
    world.hub.receive(world.a1.message(), world.a1.device_id)
    world.edit(PHONE, "b", "r")
    stick = world.hub.receive(world.a2.message(), world.a2.device_id)
    world.hub.database = backup
    world.put(world.a2, JOB, None, "z")
    world.sync(world.a2)
    world.a2.receive(stick)
    world.sync(world.a2)
    assert world.value(PHONE) == "r"


def test_a_duplicate_decided_again_before_the_give_back_meets_its_own_case() -> None:
    world = Small()
    world.certify()
    world.sync(world.a1)
    backup = world.hub.snapshot()
    world.put(world.a1, NAME, "a", "b")
    message = world.a1.message()
    world.a1.receive(world.hub.receive(message, world.a1.device_id))
    world.hub.database = backup
    world.hub.receive(message, world.a1.device_id)
    world.sync(world.a1)
    assert len(world.open_cases()) == 1


def test_a_page_that_no_longer_holds_decides_nothing() -> None:
    world = Small()
    world.certify()
    world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    assert not world.edit(NAME, "wrong", "c")
    assert world.edit(NAME, "a", "c")
    (case_id,) = world.open_cases()
    assert world.decide(case_id)
    assert not world.decide(case_id)
