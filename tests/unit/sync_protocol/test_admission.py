"""What one journal entry does to the registry (protocol 5.2): a table, and what does not fit into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from schemas.fields import TAG_MERGED_INTO, TAG_NOTES, TAG_OWNER, Kind, tag_of
from sync_protocol.admission import note_decided
from sync_protocol.codec import encode
from sync_protocol.entries import Add, Change, Create, EntryKind, Remove, Update
from sync_protocol.feed import Result
from tests.small import CERTIFIED, JOB, LIFE, NAME, NIK, PERSON, PHONE, Small, ident

ACCEPTED, SUPERSEDED, IN_REVIEW = Result.ACCEPTED, Result.SUPERSEDED, Result.IN_REVIEW
CASE_STATE = tag_of(Kind.CASE, "state")
HEAD = tag_of(Kind.HOUSEHOLD, "head_id")


@dataclass(frozen=True)
class Judged:
    """One change of the person (name a, phone a), the result, and the registry's value afterwards."""

    name: str
    change: Change
    result: Result
    value: Any
    event: bool = False
    certified: bool = False


TABLE = (
    Judged("identity chains", Update(PERSON, NAME, "a", "b"), ACCEPTED, "b"),
    Judged("identity already so", Update(PERSON, NAME, "x", "a"), ACCEPTED, "a"),
    Judged("identity differs", Update(PERSON, NAME, "x", "b"), IN_REVIEW, "a"),
    Judged("certified waits", Update(PERSON, NAME, "a", "b"), IN_REVIEW, "a", certified=True),
    Judged("certified already so", Update(PERSON, NAME, "x", "a"), ACCEPTED, "a", certified=True),
    Judged("certified event chains", Update(PERSON, NAME, "a", "b"), ACCEPTED, "b", event=True, certified=True),
    Judged("event differs", Update(PERSON, NAME, "x", "b"), IN_REVIEW, "a", event=True),
    Judged("latest on a certified record", Update(PERSON, PHONE, "a", "b"), ACCEPTED, "b", certified=True),
    Judged("latest already so", Update(PERSON, PHONE, "x", "a"), ACCEPTED, "a"),
    Judged("value taken away", Update(PERSON, NAME, "a", None), ACCEPTED, None),
    Judged("unknown tag counts as identity", Update(PERSON, 999, None, "x"), ACCEPTED, "x"),
    Judged("owner is the hub's", Update(PERSON, TAG_OWNER, 1, 2), IN_REVIEW, 1),
    Judged("merging is the hub's", Update(PERSON, TAG_MERGED_INTO, None, ident("x")), IN_REVIEW, None),
    Judged("certifying is the hub's", Update(PERSON, CERTIFIED, None, 1), IN_REVIEW, None),
    Judged("unknown record", Update(ident("nobody"), NAME, None, "x"), IN_REVIEW, "a"),
    Judged("an element of what is no set", Add(PERSON, NAME, "x"), IN_REVIEW, "a"),
    Judged("the end of one", Remove(PERSON, NAME, "x"), IN_REVIEW, "a"),
    Judged("an element", Add(PERSON, TAG_NOTES, "x"), ACCEPTED, [["x"], []], certified=True),
    Judged("a whole set", Update(PERSON, TAG_NOTES, None, [["x"], ["y"]]), ACCEPTED, [["x"], ["y"]]),
    Judged("a case is the hub's", Create(ident("c"), Kind.CASE, {CASE_STATE: 1}), IN_REVIEW, None),
)


@pytest.fixture
def world() -> Small:
    return Small()


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.name)
def test_a_change_is_judged(case: Judged, world: Small) -> None:
    if case.certified:
        world.certify()
    kind = EntryKind.EVENT if case.event else EntryKind.CORRECTION
    change_id = world.a1.save(kind, (case.change,), world.hub.now_ms).change_id
    world.hub.now_ms += 9
    world.sync(world.a1, world.a2)
    found = world.outcome(change_id)
    assert found is not None
    assert found.summary == case.result
    assert len(world.open_cases()) == (case.result == IN_REVIEW)
    if case.change.record_id == PERSON:
        assert world.value(case.change.tag) == case.value
    assert world.a1.database["layer"] == world.a2.database["layer"]


@pytest.mark.parametrize(
    ("wall_ms", "old", "result", "value"),
    [
        (1 << 50, "a", ACCEPTED, "b"),  # a clock in the future, but it saw what holds
        (1 << 50, "z", IN_REVIEW, "a"),
        (2_000, "z", ACCEPTED, "b"),  # a clock to be believed wins by its time
        (1_000, "z", IN_REVIEW, "a"),
    ],
)
def test_a_clock_that_cannot_be_believed_wins_only_by_what_it_saw(
    world: Small, wall_ms: int, old: str, result: Result, value: str
) -> None:
    change_id = world.put(world.a2, PHONE, old, "b", wall_ms)
    world.hub.now_ms = 3_000
    world.sync(world.a2)
    found = world.outcome(change_id)
    assert found is not None
    assert (found.summary, world.value(PHONE)) == (result, value)


def test_a_clock_that_went_back_still_overwrites_what_its_own_officer_wrote(world: Small) -> None:
    world.put(world.a1, PHONE, "z", "b", 1_000)
    world.sync(world.a1)
    assert world.value(PHONE) == "b"


def test_an_earlier_value_loses_and_a_registrars_value_does_not_wait_for_who_saw_it(world: Small) -> None:
    world.hub.now_ms = 3_000
    world.put(world.a1, PHONE, "a", "late", 2_900)
    early = world.put(world.a2, PHONE, "a", "early", 2_800)
    world.sync(world.a1, world.a2)
    found = world.outcome(early)
    assert found is not None
    assert (found.summary, world.value(PHONE)) == (SUPERSEDED, "late")
    world.edit(PHONE, "late", "r")
    world.sync(world.a1)
    world.put(world.a1, PHONE, "r", "s", 100)
    blind = world.put(world.a2, PHONE, "early", "t", 9_000)
    world.sync(world.a1, world.a2)
    assert world.value(PHONE) == "s"
    assert world.outcome(blind) is not None


def test_a_create_without_the_hubs_values_lands_and_those_wait(world: Small) -> None:
    person = ident("p")
    change_id = world.create(world.a1, person, {TAG_OWNER: 2, NAME: "x", CERTIFIED: 1})
    world.sync(world.a1)
    assert (world.value(NAME, person), world.value(TAG_OWNER, person), world.value(CERTIFIED, person)) == ("x", 1, None)
    found = world.outcome(change_id)
    assert found is not None
    assert found.fields == ((person, CERTIFIED, int(IN_REVIEW)),)


def test_an_entry_that_repeats_its_own_create_changes_nothing_more(world: Small) -> None:
    person = ident("p")
    change = Create(person, Kind.RESIDENT, {NAME: "x"})
    change_id = world.a1.save(EntryKind.CORRECTION, (change, change), world.hub.now_ms).change_id
    world.sync(world.a1)
    found = world.outcome(change_id)
    assert found is not None
    assert found.fields == ()


@pytest.mark.parametrize(
    ("kind", "body", "reason"),
    [
        (77, encode(["x", [[1, PERSON, NAME, "a", "b"], [0, ident("q"), 2, {NAME: "q"}]]]), "unknown-kind"),
        (1, encode(["x", [[9, PERSON, NAME]]]), "unreadable"),
        (1, b"\xc1", "unreadable"),
        (1, encode(["x", [[1, PERSON, NAME, "a", [[[[[[[[[[[[[1]]]]]]]]]]]]]]]]), "unreadable"),
        (1, b"x" * 70_000, "unreadable"),
    ],
)
def test_what_cannot_be_read_is_a_case_and_the_journal_goes_on(
    world: Small, kind: int, body: bytes, reason: str
) -> None:
    raw = world.a1.save_raw(kind, body, world.hub.now_ms)
    later = world.put(world.a1, PHONE, "a", "b")
    world.sync(world.a1)
    found = world.outcome(raw.change_id)
    assert found is not None
    assert (found.summary, found.reason) == (IN_REVIEW, reason)
    assert world.outcome(later) is not None
    assert world.value(PHONE) == "b"
    (case_id,) = world.open_cases()
    world.decide(case_id, raw.change_id)
    world.sync(world.a1)
    decided = world.outcome(raw.change_id)
    assert decided is not None
    assert decided.summary == ACCEPTED
    assert world.value(NAME) == ("b" if reason == "unknown-kind" else "a")
    assert not any(world.a1.database["pending"].values())


def test_a_change_that_its_record_has_no_room_for_waits(world: Small) -> None:
    big = "x" * 60_000
    one = world.put(world.a1, PHONE, "a", big)
    two = world.a1.save(EntryKind.CORRECTION, (Update(PERSON, JOB, None, big), Update(PERSON, LIFE, 1, 2)), 2000)
    three = world.put(world.a1, NIK, None, big + "y")
    world.hub.now_ms += 2000
    world.sync(world.a1, world.a2)
    results = [found.summary for change in (one, two.change_id, three) if (found := world.outcome(change)) is not None]
    assert results == [ACCEPTED, ACCEPTED, IN_REVIEW]
    assert world.value(LIFE) == 2
    (case_id,) = world.open_cases()
    world.decide(case_id, three)  # a person's yes makes no room either
    found = world.outcome(three)
    assert found is not None
    assert found.summary == Result.REFUSED
    world.sync(world.a1, world.a2)
    assert world.a1.database["layer"] == world.a2.database["layer"]


def test_an_event_that_its_record_has_no_room_for_waits_whole(world: Small) -> None:
    big = "x" * 60_000
    world.put(world.a1, PHONE, "a", big)
    world.put(world.a1, JOB, None, big)
    changes = (Update(PERSON, LIFE, 1, 2), Update(PERSON, NAME, "q", "a"), Update(PERSON, NIK, None, "y" * 30_000))
    event = world.a1.save(EntryKind.EVENT, (*changes[:1], changes[2]), world.hub.now_ms).change_id
    world.hub.now_ms += 9
    world.sync(world.a1)
    found = world.outcome(event)
    assert found is not None
    assert {result for _, _, result in found.fields} == {int(IN_REVIEW)}
    assert world.value(LIFE) == 1


def test_a_case_that_has_grown_too_large_gets_a_neighbour(world: Small) -> None:
    world.certify()
    ids = [world.put(world.a1, NAME, "a", letter * 30_000) for letter in "xyz"]
    world.sync(world.a1)
    assert [len(world.proposals(case_id)) for case_id in world.open_cases()] in ([1, 2], [2, 1])
    follow = world.put(world.a1, NAME, "z" * 30_000, "short")
    world.sync(world.a1)
    (mine,) = [c for c in world.open_cases() if follow in {p.change_id for p in world.proposals(c)}]
    assert ids[2] in {p.change_id for p in world.proposals(mine)}  # beside the value that it follows


def test_a_change_joins_the_case_that_proposes_what_it_saw(world: Small) -> None:
    world.certify()
    world.edit(PHONE, "a", "r")
    phone = world.put(world.a2, PHONE, "a", "p")
    world.sync(world.a2)
    changes = (Update(PERSON, NAME, "x", "b"), Update(PERSON, PHONE, "a", "c"))
    event = world.a1.save(EntryKind.EVENT, changes, world.hub.now_ms).change_id
    follow = world.put(world.a1, PHONE, "c", "d")
    world.sync(world.a1)
    cases = {p.change_id: c for c in world.open_cases() for p in world.proposals(c)}
    assert cases[follow] == cases[event]
    assert phone in cases


def test_nothing_is_noted_for_an_unknown_change_or_an_empty_decision(world: Small) -> None:
    change_id = world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    with world.hub.transaction() as registry:
        assert note_decided(registry, ident("unheard"), ((PERSON, NAME, 0),)) is None
        assert note_decided(registry, change_id, ()) is None


def test_the_same_notice_is_written_once(world: Small) -> None:
    world.hub.now_ms += 90
    early = world.put(world.a2, PHONE, "a", "early", 1030)
    world.sync(world.a2)
    changes = (Update(PERSON, PHONE, "a", "late"),)
    world.a1.save(EntryKind.CORRECTION, changes, 1040)
    world.a1.save(EntryKind.CORRECTION, (Update(PERSON, PHONE, "late", "later"),), 1041)
    world.sync(world.a1)
    inbox = [x.body[18] for x in world.hub.database["records"].values() if x.kind == Kind.INBOX]
    assert inbox == [early]


def test_two_laptops_name_two_heads_and_the_family_keeps_one_until_a_person_decides(world: Small) -> None:
    family, head, first, second = ident("family"), HEAD, ident("first"), ident("second")
    world.create(world.a1, family, {head: PERSON}, Kind.HOUSEHOLD)
    world.sync(world.a1, world.a2)
    world.put(world.a1, head, PERSON, first, record_id=family)
    late = world.put(world.a2, head, PERSON, second, record_id=family)
    world.sync(world.a1, world.a2, world.a1)
    assert world.value(head, family) == first
    (case_id,) = world.open_cases()
    (proposal,) = world.proposals(case_id)
    assert (proposal.change_id, proposal.changes) == (late, (Update(family, head, PERSON, second),))
    assert (world.shown(world.a1, head, family), world.shown(world.a2, head, family)) == (first, second)
    assert world.decide(case_id, late)
    world.sync(world.a1, world.a2)
    assert {world.shown(node, head, family) for node in (world.a1, world.a2)} == {second}
    assert world.open_cases() == []
