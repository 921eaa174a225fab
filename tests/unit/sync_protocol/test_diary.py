"""The registrar's diary after a restore: done again, or shown to a person (protocol 11.2)."""

from __future__ import annotations

import pytest

from schemas.fields import TAG_MERGED_INTO, Kind
from sync_protocol import decisions
from sync_protocol.causes import decision_id
from sync_protocol.diary import DiaryDecision, DiaryEdit, replay
from tests.small import NAME, PERSON, PHONE, Small, ident


@pytest.fixture
def world() -> Small:
    return Small()


def do(world: Small, *items: DiaryEdit | DiaryDecision, is_last: bool = False) -> int:
    with world.hub.transaction() as registry:
        return replay(registry, items, is_last=is_last)


def edited(name: str, *edits: tuple[bytes, int, object, object]) -> DiaryEdit:
    return DiaryEdit(decision_id(ident(name)), tuple(decisions.Edit(*one) for one in edits))


def decided(world: Small, case_id: bytes, *accepted: bytes) -> DiaryDecision:
    with world.hub.transaction() as registry:
        page = decisions.page_of(registry, registry.tables.records.need(case_id))
    return DiaryDecision(decision_id(ident("d")), case_id, frozenset(accepted), page, "seen")


def waiting(world: Small) -> tuple[bytes, bytes]:
    world.certify()
    change_id = world.put(world.a1, NAME, "a", "b")
    world.sync(world.a1)
    return change_id, world.open_cases()[0]


def test_what_still_holds_is_done_once(world: Small) -> None:
    item = edited("e", (PERSON, NAME, "a", "b"))
    assert do(world, item) == 1
    assert do(world, item) == 0
    assert world.value(NAME) == "b"


def test_a_decision_is_done_again(world: Small) -> None:
    change_id, case_id = waiting(world)
    assert do(world, decided(world, case_id, change_id)) == 1
    assert world.value(NAME) == "b"


def test_an_edit_that_no_longer_holds_waits_for_the_end_and_then_becomes_a_case(world: Small) -> None:
    item = edited("e", (PERSON, NAME, "was", "b"), (PERSON, PHONE, "was", "a"))
    assert do(world, item) == 0
    assert world.open_cases() == []
    assert do(world, item, is_last=True) == 0
    (case_id,) = world.open_cases()
    (proposal,) = world.proposals(case_id)
    assert [(change.tag) for change in proposal.changes] == [NAME]  # the phone is as he wanted it
    assert do(world, item, is_last=True) == 0
    world.decide(case_id, item.decision_id)
    assert world.value(NAME) == "b"


def test_an_edit_that_has_come_true_meanwhile_is_done(world: Small) -> None:
    item = edited("e", (PERSON, NAME, "was", "a"))
    do(world, item, is_last=True)
    assert world.open_cases() == []
    assert item.decision_id in world.hub.database["decisions_done"]


def test_an_edit_of_a_record_that_is_nowhere_shows_nothing_yet(world: Small) -> None:
    item = edited("e", (ident("gone"), NAME, "a", "b"))
    do(world, item, is_last=True)
    assert world.open_cases() == []
    assert item.decision_id not in world.hub.database["decisions_done"]


def test_an_edit_that_can_no_longer_be_becomes_a_case(world: Small) -> None:
    item = edited("e", (PERSON, TAG_MERGED_INTO, None, ident("gone")))
    do(world, item, is_last=True)
    assert len(world.open_cases()) == 1


def inbox(world: Small) -> list[tuple[str, bytes]]:
    found = [x.body for x in world.hub.database["records"].values() if x.kind == Kind.INBOX]
    return [(body[16], body[18]) for body in found]


def test_a_decision_whose_change_was_decided_otherwise_is_shown(world: Small) -> None:
    change_id, case_id = waiting(world)
    item = decided(world, case_id, change_id)
    world.decide(case_id)
    do(world, item, is_last=True)
    assert inbox(world) == [("decided-otherwise", change_id)]


def test_a_decision_whose_change_was_decided_alike_is_silent(world: Small) -> None:
    change_id, case_id = waiting(world)
    item = decided(world, case_id, change_id)
    world.decide(case_id, change_id)
    do(world, item, is_last=True)
    assert inbox(world) == []


def test_a_decision_whose_change_still_waits_is_silent(world: Small) -> None:
    change_id, case_id = waiting(world)
    item = decided(world, case_id, change_id)
    world.edit(NAME, "a", "c")
    do(world, item, is_last=True)
    assert inbox(world) == []
    assert world.open_cases() == [case_id]


def test_a_decision_of_a_case_that_is_nowhere_is_silent(world: Small) -> None:
    _, case_id = waiting(world)
    item = decided(world, case_id)
    do(world, DiaryDecision(item.decision_id, ident("gone"), frozenset(), item.page), is_last=True)
    assert inbox(world) == []


def test_a_change_that_the_hub_has_not_seen_again_is_silent(world: Small) -> None:
    _, case_id = waiting(world)
    item = decided(world, case_id)
    world.decide(case_id)
    page = decisions.Page((ident("unheard"),), ())
    do(world, DiaryDecision(item.decision_id, case_id, frozenset(), page), is_last=True)
    assert inbox(world) == []
