"""The registry's transaction: versions, sets, merges, entries that travel (protocol 2.1, 3.6, 3.9)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.fields import TAG_MERGED_INTO, TAG_NOTES, TAG_OWNER, Kind
from sync_protocol.entries import Add, Create, Remove, Update
from sync_protocol.feed import Notice, encode_feed_entry
from sync_protocol.limits import FEED_ENTRY_BYTES_MAX
from sync_protocol.registry import changed_body, merged_into_self, set_parts, shown_elements
from sync_protocol.tables import Stamp
from tests.small import NAME, PERSON, PHONE, Small, ident


@pytest.fixture
def world() -> Small:
    return Small()


def test_a_value_that_comes_back_within_a_transaction_makes_no_version(world: Small) -> None:
    before = world.hub.database["records"][PERSON]
    seq = world.hub.database["villages"][1].seq
    with world.hub.transaction() as registry:
        for new in ("b", "a"):
            registry.write(PERSON, Update(PERSON, NAME, None, new), Stamp(1, b"x"), b"dispatcher")
        registry.commit()
    after = world.hub.database["records"][PERSON]
    assert (after.version, after.digest, after.cause) == (before.version, before.digest, before.cause)
    assert world.hub.database["villages"][1].seq == seq


def test_a_long_transaction_becomes_several_entries_the_last_with_the_verdict(world: Small) -> None:
    people = [ident(f"p{number}") for number in range(5)]
    for person in people:
        world.create(world.a1, person, {NAME: "x" * 60_000})
    world.sync(world.a1)
    before = world.hub.database["villages"][1].seq
    changes = tuple(Update(person, PHONE, None, "y") for person in people)
    world.a1.save(1, changes, world.hub.now_ms)
    world.sync(world.a1, world.a2)
    seqs = range(before + 1, world.hub.database["villages"][1].seq + 1)
    entries = [world.hub.database["feed"][1, seq].entry for seq in seqs]
    assert [len(entry.puts) for entry in entries] == [2, 2, 1]
    assert [len(entry.verdicts) for entry in entries] == [0, 0, 1]
    assert all(len(encode_feed_entry(entry)) <= FEED_ENTRY_BYTES_MAX for entry in entries)
    assert world.a1.database["layer"] == world.a2.database["layer"]


def test_a_commit_of_nothing_writes_nothing(world: Small) -> None:
    seq = world.hub.database["villages"][1].seq
    with world.hub.transaction() as registry:
        registry.commit({1: []})
        registry.notices[1] = []
        registry.commit()
    assert world.hub.database["villages"][1].seq == seq


def test_notices_go_to_villages_without_puts(world: Small) -> None:
    with world.hub.transaction() as registry:
        registry.notices[2] = [Notice(1, critical=False, payload="x")]
        registry.commit()
    assert world.hub.database["feed"][2, 1].entry.notices[0].payload == "x"


def test_hub_time_in_a_feed_never_goes_back(world: Small) -> None:
    before = world.hub.database["villages"][1].hub_time_ms
    world.hub.now_ms = 5
    world.edit(NAME, "a", "b")
    assert world.hub.database["villages"][1].hub_time_ms == before


def test_only_a_greater_stamp_is_kept(world: Small) -> None:
    with world.hub.transaction() as registry:
        registry.restamp(PERSON, PHONE, Stamp(1 << 60, b"z"))
        registry.restamp(PERSON, PHONE, Stamp(1, b"a"))
    assert world.hub.database["records"][PERSON].stamp_of(PHONE) == Stamp(1 << 60, b"z")


def test_what_is_not_a_person_leaves_only_its_owner_behind(world: Small) -> None:
    family = ident("family")
    world.create(world.a1, family, {18: "somewhere"}, Kind.HOUSEHOLD)
    world.sync(world.a1)
    world.edit(TAG_OWNER, 1, 2, family)
    world.sync(world.a1)
    assert world.a1.shown()[family].body == {TAG_OWNER: 2}


def test_a_chain_of_merges_is_followed_and_a_circle_is_not_followed_for_ever(world: Small) -> None:
    other, third = ident("other"), ident("third")
    for person in (other, third):
        world.create(world.a1, person, {NAME: "x"})
    world.sync(world.a1)
    world.edit(TAG_MERGED_INTO, None, PERSON, other)
    world.edit(TAG_MERGED_INTO, None, other, third)
    with world.hub.transaction() as registry:
        assert registry.resolve(third) == PERSON
        assert registry.resolve(ident("nobody")) == ident("nobody")
        assert merged_into_self(registry, PERSON, third)
        assert merged_into_self(registry, PERSON, PERSON)
        assert not merged_into_self(registry, third, PERSON)
        # two hubs restored from different backups could leave a circle behind
        registry.write(PERSON, Update(PERSON, TAG_MERGED_INTO, None, third), Stamp(0, b""), b"dispatcher")
        assert registry.resolve(PERSON) in (PERSON, other, third)


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (Update(PERSON, NAME, None, "b"), "a", "b"),
        (Update(PERSON, NAME, None, None), "a", None),
        (Update(PERSON, TAG_NOTES, None, [["x"], ["y"]]), [["a"], []], [["a", "x"], ["y"]]),
        (Update(PERSON, TAG_NOTES, None, "odd"), [["a"], []], [["a"], []]),
        (Add(PERSON, TAG_NOTES, "x"), None, [["x"], []]),
        (Add(PERSON, TAG_NOTES, "a"), [["a"], []], [["a"], []]),
        (Remove(PERSON, TAG_NOTES, "x"), [["x"], []], [["x"], ["x"]]),
        (Add(PERSON, TAG_NOTES, {1: 2}), [[3], []], [[3, {1: 2}], []]),
    ],
)
def test_a_change_changes_a_body(change: Update | Add | Remove, before: Any, after: Any) -> None:
    body = {} if before is None else {change.tag: before}
    assert changed_body(Kind.RESIDENT, body, change).get(change.tag) == after


def test_a_create_changes_no_body() -> None:
    with pytest.raises(TypeError):
        changed_body(Kind.RESIDENT, {}, Create(PERSON, Kind.RESIDENT, {}))


def test_removed_elements_are_not_shown() -> None:
    assert shown_elements([["x", "y"], ["x"]]) == ["y"]
    assert set_parts("odd") == ([], [])
