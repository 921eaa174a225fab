"""Journal entries: limits, forms not known, and the change id that outlives a replica (protocol 2.2, 3.3-3.5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol import limits
from sync_protocol.codec import encode
from sync_protocol.entries import (
    Create,
    Update,
    change_from_tree,
    change_to_tree,
    encode_entry_body,
    journal_start,
    parse_entry_body,
)
from tests.vectors import samples

ID = bytes(16)


def creates(count: int) -> tuple[Create, ...]:
    return tuple(Create(n.to_bytes(16, "big"), 1, {}) for n in range(count))


def test_the_change_id_is_the_beginning_of_the_first_head() -> None:
    entry = samples.journal()[0]
    start = journal_start(samples.REPLICA)
    assert entry.change_id(start) == entry.head(start)[:16]


def test_an_entry_issued_again_keeps_its_change_id_but_not_its_head() -> None:
    entry = samples.journal()[0]
    start, elsewhere = journal_start(samples.REPLICA), journal_start(b"replica2")
    again = replace(entry, first=entry.change_id(start))
    assert again.change_id(elsewhere) == entry.change_id(start)
    assert again.head(elsewhere) != entry.head(start)


@pytest.mark.parametrize(
    "name", ["kind", "critical", "wall_ms", "offset_ms", "seen_seq", "seen_head8", "after", "body"]
)
def test_the_head_depends_on_each_part_of_an_entry(name: str) -> None:
    entry = samples.journal()[1]
    other: Any = {"critical": True, "seen_head8": bytes(8), "after": bytes(16), "body": b"other"}.get(name, 77)
    assert replace(entry, **{name: other}).head(bytes(32)) != entry.head(bytes(32))


def test_a_create_names_its_outcome_by_tag_0() -> None:
    assert Create(ID, 1, {}).tag == 0


def test_nulls_of_a_create_do_not_travel() -> None:
    assert parse_entry_body(encode_entry_body("Budi", (Create(ID, 1, {3: None, 2: 5}),)))[1] == (Create(ID, 1, {2: 5}),)
    assert change_from_tree([0, ID, 1, {2: 5, 3: None}]) == Create(ID, 1, {2: 5})


@pytest.mark.parametrize("kind", list(samples.CHANGES))
def test_changes_survive_as_the_tree_that_a_case_holds(kind: Any) -> None:
    for change in samples.CHANGES[kind]:
        assert change_from_tree(change_to_tree(change)) == change


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param(None, id="nothing"),
        pytest.param([], id="an empty array"),
        pytest.param([4, ID, 1, 2], id="a form of tomorrow"),
        pytest.param([False, ID, 1, {}], id="false instead of 0"),
        pytest.param([True, ID, 1, 2, 3], id="true instead of 1"),
        pytest.param([0, ID, 1, {0: 1}], id="a body with tag 0"),
        pytest.param([0, ID, 1, {"a": 1}], id="a body with a name"),
        pytest.param([0, ID, -1, {}], id="a negative kind"),
        pytest.param([1, ID, 0, 1, 2], id="an update of tag 0"),
        pytest.param([1, ID[:15], 1, 1, 2], id="a short record id"),
        pytest.param([1, ID, 1, 2], id="an update without new"),
        pytest.param([2, ID, True, 1], id="true as tag"),
        pytest.param([3, "id", 1, 1], id="a text as record id"),
    ],
)
def test_a_change_of_another_form_is_malformed(tree: Any) -> None:
    with pytest.raises(MalformedMessageError):
        change_from_tree(tree)


@pytest.mark.parametrize("tree", [[], ["Budi"], [1, []], ["Budi", {}], {"Budi": []}])
def test_a_body_of_another_form_is_malformed(tree: Any) -> None:
    with pytest.raises(MalformedMessageError):
        parse_entry_body(encode(tree))


def test_an_entry_writes_a_hundred_records_and_no_more() -> None:
    parse_entry_body(encode_entry_body("Budi", creates(100)))
    with pytest.raises(LimitExceededError):
        encode_entry_body("Budi", creates(101))
    wired = encode(["Budi", [change_to_tree(change) for change in creates(101)]])
    with pytest.raises(LimitExceededError):
        parse_entry_body(wired)


def test_many_changes_of_one_record_count_as_one() -> None:
    encode_entry_body("Budi", tuple(Update(ID, tag, 1, 2) for tag in range(1, 200)))


def test_an_entry_has_at_most_64_kib() -> None:
    big = (Update(ID, 1, None, "x" * limits.JOURNAL_ENTRY_BYTES_MAX),)
    with pytest.raises(LimitExceededError):
        encode_entry_body("Budi", big)
    with pytest.raises(LimitExceededError):
        parse_entry_body(encode(["Budi", [change_to_tree(change) for change in big]]))


def test_an_officers_name_has_at_most_100_bytes() -> None:
    encode_entry_body("é" * 50, ())
    with pytest.raises(LimitExceededError):
        encode_entry_body("é" * 51, ())
