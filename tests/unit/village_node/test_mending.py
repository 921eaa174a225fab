"""A laptop whose rows or log do not fit the hub's mends itself over the real hub, and what only it held is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from district_hub.backup import restore_backup, take_backup
from district_hub.hub import Hub
from district_hub.recovery import resume
from register.database import writing
from register.tables import RECORD
from schemas.bodies import body_of
from schemas.errors import BadSignatureError
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Create, EntryKind, Update
from tests.live_office import VILLAGE_CODE, Wire, enrolled_laptop, founded_hub
from tests.node_ground import DAY_MS, NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node.desk import Desk
from village_node.entry_states import entry_counts
from village_node.proof import prove
from village_node.store import NodeStore
from village_node.syncer import synchronise
from village_node.tables import FEED_ROW

PHONE = tag_of(Kind.RESIDENT, "phone")


def person(number: int) -> bytes:
    return number.to_bytes(16, "big")


class Ground:
    """A hub, two laptops of one village, and some people."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wire = Wire(founded_hub(folder / "hub"))
        self.first = enrolled_laptop(self.wire, folder / "satu")
        self.second = enrolled_laptop(self.wire, folder / "dua")
        self.record(self.first, *range(1, 60))
        self.sync(self.first, self.second)

    def desk(self, store: NodeStore) -> Desk:
        return Desk(store, "Bu Rini", lambda: NOW_MS)

    def record(self, store: NodeStore, *numbers: int) -> None:
        for number in numbers:
            body = body_of(Kind.RESIDENT, {"name": f"WARGA {number}"})
            self.desk(store).save(EntryKind.EVENT, [Create(person(number), Kind.RESIDENT, body)])

    def call(self, store: NodeStore, number: int, old: str | None, new: str) -> None:
        self.desk(store).save(EntryKind.CORRECTION, [Update(person(number), PHONE, old, new)])

    def sync(self, *stores: NodeStore) -> None:
        for store in stores:
            result = self.wire.sync(store)
            assert result.finished, result

    def roll_hub_back(self, backup: Path) -> None:
        """Put an old database back and let the hub speak."""
        hub = self.wire.hub
        hub.close()
        restore_backup(self.folder / "hub", hub.config, backup, NOW_MS)
        again = Hub.open(self.folder / "hub")
        resume(again.store, self.folder / "hub" / "diary.jsonl", NOW_MS)
        now_ms = self.wire.now_ms
        self.wire = Wire(again)
        self.wire.now_ms = now_ms

    def assert_equal(self, store: NodeStore) -> None:
        own = prove(store)
        with self.wire.hub.store.reading() as reader:
            village = reader.village_by_code(VILLAGE_CODE)
            assert village is not None
            state = village.state
            assert reader.fingerprint_from_tables(village.village_id) == state.fingerprint
        assert own.is_consistent
        assert (own.position, own.head, own.fingerprint) == (state.seq, state.head, state.fingerprint)

    def close(self) -> None:
        for one in (self.first, self.second, self.wire.hub):
            one.close()


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.close()


def spoil(store: NodeStore, *numbers: int) -> None:
    with store.local_writing() as connection:
        for number in numbers:
            connection.execute(update(RECORD).where(RECORD.c.record_id == person(number)).values(body=b"\x80"))


def lose_feed(store: NodeStore) -> None:
    with store.local_writing() as connection:
        connection.execute(delete(FEED_ROW))


def test_rows_that_a_bad_disk_changed_are_mended_the_next_night(ground: Ground) -> None:
    spoil(ground.second, 3, 4)
    assert not prove(ground.second).is_consistent
    ground.call(ground.second, 5, None, "0812")
    ground.call(ground.first, 6, None, "0813")
    ground.sync(ground.first)
    ground.sync(ground.second)
    assert not prove(ground.second).is_consistent
    ground.wire.now_ms += DAY_MS
    bytes_before = ground.wire.bytes_down
    ground.sync(ground.second)
    assert ground.wire.bytes_down - bytes_before < 20_000
    ground.assert_equal(ground.second)
    assert ground.desk(ground.second).values(person(3))["name"] == "WARGA 3"
    assert entry_counts(ground.second).accepted == 1


def test_a_sum_that_went_wrong_is_mended_at_the_entry_that_shows_it(ground: Ground) -> None:
    with ground.second.transaction() as working:
        working.tables.state = replace(working.tables.state, fingerprint=7)
    ground.call(ground.first, 6, None, "0813")
    ground.sync(ground.first, ground.second)
    ground.assert_equal(ground.second)


def test_a_hub_whose_own_rows_do_not_give_its_sum_mends_nobody(ground: Ground) -> None:
    spoil(ground.second, 3)
    with writing(ground.wire.hub.store.engine) as connection:
        connection.execute(update(RECORD).where(RECORD.c.record_id == person(4)).values(version=9))
    ground.wire.now_ms += DAY_MS
    before = ground.second.state()
    ground.sync(ground.second)
    assert ground.second.state().feed_head == before.feed_head
    assert not prove(ground.second).is_consistent


def test_a_hub_of_yesterday_and_a_laptop_without_a_feed_find_together(ground: Ground) -> None:
    backup = take_backup(ground.wire.hub.store, ground.folder / "hub", NOW_MS).path
    ground.call(ground.first, 1, None, "0811")
    ground.record(ground.first, 100)
    ground.sync(ground.first, ground.second)
    ground.roll_hub_back(backup)
    lose_feed(ground.second)
    ground.call(ground.second, 2, None, "0812")
    ground.sync(ground.second)
    ground.assert_equal(ground.second)
    values = ground.desk(ground.second).values
    assert (values(person(100))["name"], values(person(2))["phone"]) == ("WARGA 100", "0812")
    with ground.wire.hub.store.reading() as reader:
        (case,) = reader.open_cases()
        assert case.about_id == person(1)
    # The author's own laptop still has its journal: the value comes back under its change id.
    ground.sync(ground.first, ground.second)
    assert values(person(1))["phone"] == "0811"
    ground.assert_equal(ground.first)
    ground.assert_equal(ground.second)
    assert entry_counts(ground.first).accepted == 61


def test_where_nearly_everything_is_gone_a_snapshot_is_taken(ground: Ground) -> None:
    with ground.second.local_writing() as connection:
        connection.execute(delete(RECORD))
    ground.wire.now_ms += DAY_MS
    ground.call(ground.first, 6, None, "0813")
    ground.sync(ground.first, ground.second)
    ground.assert_equal(ground.second)


def test_a_line_that_breaks_in_between_begins_again(ground: Ground) -> None:
    spoil(ground.second, 3)
    ground.wire.now_ms += DAY_MS
    begun = ground.wire.count
    ground.wire.loses = lambda n: "answer" if n == begun + 3 else ""
    assert ground.wire.sync(ground.second).code == "offline"
    ground.sync(ground.second)
    ground.assert_equal(ground.second)


def test_a_hub_that_cannot_tell_leaves_everything_as_it_was(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "satu", district) as one, enrolled(tmp_path / "dua", district) as two:
        for store in (one, two):
            assert synchronise(store, HubCarrier(district), now_ms=lambda: NOW_MS).finished
        body = body_of(Kind.RESIDENT, {"name": "WARGA"})
        Desk(one, "Bu Rini", lambda: NOW_MS).save(EntryKind.EVENT, [Create(person(1), Kind.RESIDENT, body)])
        synchronise(one, HubCarrier(district), now_ms=lambda: NOW_MS)
        with two.transaction() as working:
            working.tables.state = replace(working.tables.state, fingerprint=7)
        before = two.state()
        with pytest.raises(BadSignatureError):
            synchronise(two, HubCarrier(district), now_ms=lambda: NOW_MS)
        assert two.state() == before
