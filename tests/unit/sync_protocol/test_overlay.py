"""What an officer sees: the registry layer with his own undecided changes on top (protocol 1.3, 2.6, 6.5)."""

from __future__ import annotations

import pytest

from schemas.fields import TAG_OWNER, Kind
from sync_protocol.codec import encode_body
from sync_protocol.entries import Change, Create, Update
from sync_protocol.feed import ERASED, FULL, STUB, Outcome, Result
from sync_protocol.overlay import derived_body, show
from sync_protocol.tables import Held
from tests.small import CERTIFIED, NAME, PERSON, PHONE, ident

BODY = {TAG_OWNER: 1, NAME: "a", PHONE: "p"}
OTHER = Update(ident("other"), NAME, "x", "y")


def held(level: int = FULL, body: bytes | None = None) -> Held:
    raw = encode_body(BODY) if body is None else body
    return Held(Kind.RESIDENT, level, 1, bytes(16), bytes(16), raw)


def review(*tags: int) -> Outcome:
    fields = tuple((PERSON, tag, int(Result.IN_REVIEW if tag in tags else Result.ACCEPTED)) for tag in (0, NAME, PHONE))
    return Outcome(fields, "rule")


def test_own_changes_lie_on_top_until_they_are_decided() -> None:
    changes = (Update(PERSON, NAME, "a", "b"), Update(PERSON, PHONE, "p", "q"), OTHER)
    shown = show(PERSON, held(), [(changes, None)], 1)
    assert shown is not None
    assert shown.body == {TAG_OWNER: 1, NAME: "b", PHONE: "q"}
    assert (shown.waiting, shown.in_review) == (frozenset({NAME, PHONE}), frozenset())


def test_of_an_entry_in_review_only_what_waits_lies_on_top() -> None:
    changes = (Update(PERSON, NAME, "a", "b"), Update(PERSON, PHONE, "p", "q"))
    shown = show(PERSON, held(), [(changes, review(NAME))], 1)
    assert shown is not None
    assert (shown.body[NAME], shown.body[PHONE], shown.in_review) == ("b", "p", frozenset({NAME}))


def test_an_own_create_is_shown_at_once_without_what_only_the_hub_sets() -> None:
    create = Create(PERSON, Kind.RESIDENT, {NAME: "a", CERTIFIED: 1})
    shown = show(PERSON, None, [((create,), None)], 1)
    assert shown is not None
    assert (shown.kind, shown.level, shown.body) == (Kind.RESIDENT, FULL, {TAG_OWNER: 1, NAME: "a"})
    assert shown.waiting == {0}


def test_a_create_of_what_is_there_changes_nothing_shown() -> None:
    create = Create(PERSON, Kind.RESIDENT, {NAME: "z"})
    shown = show(PERSON, held(), [((create,), None)], 1)
    assert shown is not None
    assert shown.body == BODY


def test_a_change_of_nobody_shows_nobody() -> None:
    assert show(PERSON, None, [((Update(PERSON, NAME, "a", "b"),), None)], 1) is None
    assert show(PERSON, held(ERASED, b""), [], 1) is None


def test_a_stub_is_shown_as_one() -> None:
    shown = show(PERSON, held(STUB), [], 1)
    assert shown is not None
    assert shown.level == STUB


@pytest.mark.parametrize(
    ("before", "changes", "after"),
    [
        (BODY, (Update(PERSON, NAME, "a", "b"), OTHER), BODY | {NAME: "b"}),
        (None, (Create(PERSON, Kind.RESIDENT, {NAME: "x"}),), {TAG_OWNER: 1, NAME: "x"}),
        (BODY, (Create(PERSON, Kind.RESIDENT, {NAME: "x"}),), None),
        (None, (Update(PERSON, NAME, "a", "b"),), None),
        (BODY, (OTHER,), BODY),
    ],
)
def test_a_body_follows_from_an_entrys_own_changes(
    before: dict[int, object] | None, changes: tuple[Change, ...], after: dict[int, object] | None
) -> None:
    assert derived_body(PERSON, Kind.RESIDENT, before, changes, 1) == after
