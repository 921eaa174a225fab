"""Registrars decide cases and edit records: only what still waits, only what can be, only what they were shown."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import LimitExceededError
from schemas.fields import TAG_MERGED_INTO, TAG_NOTES, TAG_OWNER, Kind, tag_of
from sync_protocol import decisions
from sync_protocol.causes import decision_id
from sync_protocol.codec import encode
from sync_protocol.entries import Add, Change, Create, EntryKind, Update
from sync_protocol.feed import Result
from sync_protocol.tables import REGISTRAR
from tests.small import CERTIFIED, LIFE, NAME, PERSON, PHONE, Small, ident


@pytest.fixture
def world() -> Small:
    return Small()


def waits(world: Small, *changes: Change, event: bool = False) -> tuple[bytes, list[bytes]]:
    """Save changes that wait; return the change id and the open cases."""
    kind = EntryKind.EVENT if event else EntryKind.CORRECTION
    change_id = world.a1.save(kind, changes, world.hub.now_ms).change_id
    world.sync(world.a1)
    return change_id, world.open_cases()


def fields(world: Small, change_id: bytes) -> dict[tuple[bytes, int], int]:
    found = world.outcome(change_id)
    assert found is not None
    return {(record_id, tag): result for record_id, tag, result in found.fields}


IMPOSSIBLE: tuple[tuple[str, Change], ...] = (
    ("owner is no village", Update(PERSON, TAG_OWNER, 1, 99)),
    ("owner is no number", Update(PERSON, TAG_OWNER, 1, "desa")),
    ("owner is true", Update(PERSON, TAG_OWNER, 1, new=True)),
    ("no owner", Update(PERSON, TAG_OWNER, 1, None)),
    ("merged into itself", Update(PERSON, TAG_MERGED_INTO, None, PERSON)),
    ("merged into nobody", Update(PERSON, TAG_MERGED_INTO, None, ident("nobody"))),
    ("merged into a number", Update(PERSON, TAG_MERGED_INTO, None, 5)),
    ("an element of no set", Add(PERSON, NAME, "x")),
    ("an element of the owner", Add(PERSON, TAG_OWNER, 2)),
    ("unknown record", Update(ident("nobody"), NAME, None, "x")),
    ("a case by hand", Create(ident("c"), Kind.CASE, {NAME: "x"})),
)


@pytest.mark.parametrize("change", [change for _, change in IMPOSSIBLE], ids=[name for name, _ in IMPOSSIBLE])
def test_a_yes_never_writes_what_would_break_the_registry(world: Small, change: Change) -> None:
    change_id, (case_id,) = waits(world, change)
    before = dict(world.hub.database["records"][PERSON].body)
    assert world.decide(case_id, change_id)
    assert set(fields(world, change_id).values()) == {int(Result.REFUSED)}
    assert world.hub.database["records"][PERSON].body == before
    world.sync(world.a1, world.a2)
    assert world.a1.database["layer"] == world.a2.database["layer"]


def test_a_yes_may_move_certify_and_merge(world: Small) -> None:
    other = ident("other")
    world.create(world.a1, other, {NAME: "o"})
    certify, cases = waits(world, Update(PERSON, CERTIFIED, None, 7))
    world.decide(cases[0], certify)
    merge, cases = waits(world, Update(other, TAG_MERGED_INTO, None, PERSON))
    world.decide(cases[0], merge)
    undo, cases = waits(world, Update(PERSON, TAG_MERGED_INTO, None, None))
    assert cases == world.open_cases()
    leave, cases = waits(world, Update(PERSON, TAG_OWNER, 1, 2))
    for case_id in cases:
        world.decide(case_id, leave, undo)
    assert (world.value(CERTIFIED), world.value(TAG_MERGED_INTO, other), world.value(TAG_OWNER)) == (7, PERSON, 2)
    world.sync(world.a1, world.b1)
    assert world.b1.database["layer"][PERSON].level == 0


def test_a_merge_in_a_circle_is_refused(world: Small) -> None:
    other = ident("other")
    world.create(world.a1, other, {NAME: "o"})
    world.sync(world.a1)
    assert world.edit(TAG_MERGED_INTO, None, PERSON, other)
    assert not world.edit(TAG_MERGED_INTO, None, other)
    change_id, (case_id,) = waits(world, Update(PERSON, TAG_MERGED_INTO, None, other))
    world.decide(case_id, change_id)
    assert fields(world, change_id) == {(PERSON, TAG_MERGED_INTO): int(Result.REFUSED)}


def test_a_case_is_never_changed_by_a_village(world: Small) -> None:
    world.certify()
    change_id, (case_id,) = waits(world, Update(PERSON, NAME, "a", "b"))
    forged, cases = waits(world, Update(case_id, tag_of(Kind.CASE, "proposals"), None, "nothing"))
    (other,) = [one for one in cases if one != case_id]
    world.decide(other, forged)
    assert [p.change_id for p in world.proposals(case_id)] == [change_id]


def test_of_two_accepted_values_the_later_stands_and_the_earlier_is_superseded(world: Small) -> None:
    world.certify()
    first, _ = waits(world, Update(PERSON, NAME, "a", "b"))
    second, (case_id,) = waits(world, Update(PERSON, NAME, "a", "c"))
    world.decide(case_id, first, second)
    assert world.value(NAME) == "c"
    assert fields(world, first) == {(PERSON, NAME): int(Result.SUPERSEDED)}
    assert fields(world, second) == {(PERSON, NAME): int(Result.ACCEPTED)}


def test_accepted_elements_all_stand(world: Small) -> None:
    world.hub.revoked.add(world.a1.device_id)
    change_id, (case_id,) = waits(world, Add(PERSON, TAG_NOTES, "x"), Add(PERSON, TAG_NOTES, "y"))
    world.decide(case_id, change_id)
    assert world.value(TAG_NOTES) == [["x", "y"], []]


def test_a_decision_touches_only_what_still_waits(world: Small) -> None:
    world.certify()
    change_id, cases = waits(world, Update(PERSON, NAME, "a", "b"), Update(PERSON, LIFE, 1, 2))
    assert len(cases) == 2
    world.decide(cases[0], change_id)
    world.decide(cases[1])
    assert sorted(fields(world, change_id).values()) == [int(Result.ACCEPTED), int(Result.REFUSED)]


def test_what_was_decided_elsewhere_meanwhile_is_left_alone(world: Small) -> None:
    world.certify()
    change_id, (case_id,) = waits(world, Update(PERSON, NAME, "a", "b"))
    known = world.hub.database["outcomes"][change_id]
    decided = type(known)(((PERSON, NAME, int(Result.REFUSED)),), "decided", known.case_id)
    world.hub.database["outcomes"][change_id] = decided
    assert world.decide(case_id, change_id)
    assert world.value(NAME) == "a"
    assert fields(world, change_id) == {(PERSON, NAME): int(Result.REFUSED)}


def test_a_create_that_waited_lands_with_the_registrars_authority(world: Small) -> None:
    world.hub.revoked.add(world.a1.device_id)
    person = ident("p")
    change_id, (case_id,) = waits(world, Create(person, Kind.RESIDENT, {NAME: "x", PHONE: "1"}))
    world.decide(case_id, change_id)
    record = world.hub.database["records"][person]
    assert (record.owner, record.body[NAME], record.stamp.source) == (1, "x", REGISTRAR)


def test_a_create_of_an_id_that_is_taken_is_refused(world: Small) -> None:
    world.create(world.b1, PERSON, {NAME: "guess"})
    world.sync(world.b1)
    (case_id,) = world.open_cases()
    (proposal,) = world.proposals(case_id)
    world.decide(case_id, proposal.change_id)
    assert world.value(NAME) == "a"
    assert set(fields(world, proposal.change_id).values()) == {int(Result.REFUSED)}


def test_an_entry_that_nobody_could_read_is_refused_or_seen(world: Small) -> None:
    raw = world.a1.save_raw(1, b"\xc1", world.hub.now_ms)
    world.sync(world.a1)
    world.decide(world.open_cases()[0])
    assert set(fields(world, raw.change_id).values()) == {int(Result.REFUSED)}


@pytest.mark.parametrize(
    "wrong",
    [
        (PERSON, NAME, "x", "b"),
        (ident("nobody"), NAME, None, "b"),
        (PERSON, TAG_OWNER, 1, 99),
    ],
)
def test_an_edit_of_what_was_not_shown_writes_nothing(world: Small, wrong: tuple[bytes, int, Any, Any]) -> None:
    right = decisions.Edit(PERSON, PHONE, "a", "b")
    with world.hub.transaction() as registry:
        assert not decisions.edit(registry, (right, decisions.Edit(*wrong)), decision_id(bytes(16)))
    assert world.value(PHONE) == "a"


def test_an_edit_that_its_record_has_no_room_for_is_an_error(world: Small) -> None:
    with world.hub.transaction() as registry, pytest.raises(LimitExceededError):
        decisions.edit(registry, (decisions.Edit(PERSON, PHONE, "a", "x" * 140_000),), decision_id(bytes(16)))


def test_nobody_decides_what_is_no_case(world: Small) -> None:
    page = decisions.Page((), ())
    with world.hub.transaction() as registry:
        assert not decisions.decide(registry, ident("x"), frozenset(), page, decision_id(bytes(16)), "")


def test_a_page_shows_the_registrys_value_and_nothing_for_a_stranger(world: Small) -> None:
    world.a1.save_raw(1, encode(["x", [[1, ident("nobody"), NAME, None, "x"]]]), world.hub.now_ms)
    world.sync(world.a1)
    (case_id,) = world.open_cases()
    with world.hub.transaction() as registry:
        page = decisions.page_of(registry, registry.tables.records.need(case_id))
    assert page.current == ((ident("nobody"), NAME, None),)
