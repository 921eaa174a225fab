"""The desk: what is saved is one entry, is seen at once, and may only touch what is here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from schemas.bodies import body_of
from schemas.errors import LimitExceededError, RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.codec import encode_body
from sync_protocol.entries import Change, Create, EntryKind, Update, parse_entry_body
from sync_protocol.feed import STUB
from sync_protocol.tables import Held
from tests.node_ground import DAY_MS, NOW_MS, FakeDistrict, enrolled
from village_node.desk import Desk
from village_node.store import NodeStore

NAME = tag_of(Kind.RESIDENT, "name")
PERSON, OTHER = b"\x01" * 16, b"\x02" * 16


@pytest.fixture(scope="module")
def district() -> FakeDistrict:
    return FakeDistrict()


@pytest.fixture
def store(tmp_path: Path, district: FakeDistrict) -> Iterator[NodeStore]:
    with enrolled(tmp_path / "node", district) as opened:
        yield opened


@pytest.fixture
def desk(store: NodeStore) -> Desk:
    return Desk(store, "Bu Rini", lambda: NOW_MS)


def person(record_id: bytes, name: str) -> Create:
    return Create(record_id, Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": name}))


def test_a_saved_action_is_one_entry_and_is_seen_at_once(desk: Desk) -> None:
    own = desk.save(EntryKind.EVENT, [person(PERSON, "SITI AMINAH"), person(OTHER, "BUDI")])
    assert own.seq == desk.state.journal_seq == 1
    assert parse_entry_body(own.entry.body)[0] == "Bu Rini"
    assert own.entry.wall_ms == NOW_MS
    assert desk.values(PERSON)["name"] == "SITI AMINAH"
    shown = desk.shown(PERSON)
    assert shown is not None
    assert shown.waiting == {0}
    assert [found.record_id for found in desk.find("siti")] == [PERSON]
    assert desk.entry_that_created(OTHER) == (person(PERSON, "SITI AMINAH"), person(OTHER, "BUDI"))


def test_edits_chain_on_what_was_shown(desk: Desk) -> None:
    desk.save(EntryKind.EVENT, [person(PERSON, "SITI")])
    first = desk.save(EntryKind.CORRECTION, [Update(PERSON, NAME, "SITI", "SITI A")])
    second = desk.save(EntryKind.CORRECTION, [Update(PERSON, NAME, "SITI A", "SITI B")])
    assert second.entry.after == first.change_id
    assert desk.values(PERSON)["name"] == "SITI B"


def test_a_record_that_nobody_knows_cannot_be_changed(desk: Desk) -> None:
    with pytest.raises(RefusedError) as caught:
        desk.save(EntryKind.CORRECTION, [Update(PERSON, NAME, None, "SITI")])
    assert caught.value.code == "record-unknown"
    assert desk.state.journal_seq == 0
    assert desk.values(PERSON) == {}
    assert desk.entry_that_created(PERSON) == ()


@pytest.mark.parametrize("change", [Update(PERSON, NAME, "SITI", "X"), person(PERSON, "SITI")])
def test_a_record_that_left_cannot_be_changed(desk: Desk, store: NodeStore, change: Change) -> None:
    stub = encode_body(body_of(Kind.RESIDENT, {"name": "SITI"}))
    with store.transaction() as working:
        working.tables.layer[PERSON] = Held(Kind.RESIDENT, STUB, 2, b"d" * 16, b"", stub)
    with pytest.raises(RefusedError) as caught:
        desk.save(EntryKind.CORRECTION, [change])
    assert caught.value.code == "record-left"
    assert desk.values(PERSON) == {"name": "SITI"}


def test_an_action_without_changes_is_refused(desk: Desk) -> None:
    with pytest.raises(RefusedError):
        desk.save(EntryKind.CORRECTION, [])


def test_an_entry_beyond_the_limits_writes_nothing(desk: Desk) -> None:
    with pytest.raises(LimitExceededError):
        desk.save(EntryKind.EVENT, [person(PERSON, "X" * 70_000)])
    assert desk.state.journal_seq == 0


def test_many_actions_are_many_entries_in_few_transactions(desk: Desk) -> None:
    told: list[int] = []
    batches = [(EntryKind.IMPORT, [person(bytes([n]) * 16, f"WARGA {n}")]) for n in range(1, 8)]
    assert desk.save_many(batches, told.append, per_transaction=3) == 7
    assert told == [3, 6, 7]
    assert desk.state.journal_seq == 7
    assert len(desk.shown_many([bytes([n]) * 16 for n in range(1, 9)])) == 7
    with desk.book() as book:
        assert book.counts().residents == 7


def test_a_bad_action_among_many_keeps_what_was_durable_before(desk: Desk) -> None:
    told: list[int] = []
    batches = [(EntryKind.IMPORT, [person(bytes([n]) * 16, "W")]) for n in range(1, 4)]
    batches.append((EntryKind.IMPORT, []))
    with pytest.raises(RefusedError):
        desk.save_many(batches, told.append, per_transaction=2)
    assert told == [2]
    assert desk.state.journal_seq == 2


def test_new_ids_are_version_7_and_differ(desk: Desk) -> None:
    ids = {desk.new_id() for _ in range(100)}
    assert len(ids) == 100
    assert {UUID(bytes=one).version for one in ids} == {7}
    assert all(int.from_bytes(one[:6], "big") == NOW_MS for one in ids)


@pytest.mark.parametrize(
    ("clock_ms", "hub_time_ms", "offset_ms", "day"),
    [
        pytest.param(0, 0, None, dt.date(1970, 1, 1), id="never-heard-of-a-hub"),
        pytest.param(17 * 3600 * 1000, 0, None, dt.date(1970, 1, 2), id="midnight-in-java"),
        pytest.param(0, 20_000 * DAY_MS, None, dt.date(2024, 10, 4), id="clock-of-1970-after-a-sync"),
        pytest.param(20_003 * DAY_MS, 20_000 * DAY_MS, None, dt.date(2024, 10, 7), id="clock-goes-on"),
        pytest.param(20_003 * DAY_MS, 20_000 * DAY_MS, -2 * DAY_MS, dt.date(2024, 10, 5), id="clock-known-to-be-fast"),
    ],
)
def test_today_is_the_villages_day_and_never_before_the_hubs_time(
    store: NodeStore, clock_ms: int, hub_time_ms: int, offset_ms: int | None, day: dt.date
) -> None:
    with store.transaction() as working:
        working.tables.state = replace(working.tables.state, hub_time_ms=hub_time_ms, offset_ms=offset_ms)
    assert Desk(store, "Bu Rini", lambda: clock_ms).today() == day
