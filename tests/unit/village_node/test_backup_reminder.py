"""When the desk reminds of a backup, and when it keeps quiet."""

from __future__ import annotations

from pathlib import Path

from schemas.bodies import body_of
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.node_ground import NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node.backup import take_backup
from village_node.backup_reminder import backup_reminder, entry_count, note_backup
from village_node.desk import Desk
from village_node.practice import open_practice
from village_node.settings import DeskSettings, write
from village_node.store import NodeStore
from village_node.syncer import synchronise

DAY_MS = 86_400_000


def save(store: NodeStore) -> None:
    desk = Desk(store, "SITI", lambda: NOW_MS)
    body = body_of(Kind.HOUSEHOLD, {"address": "JL. MAWAR 1"})
    desk.save(EntryKind.CORRECTION, [Create(desk.new_id(), Kind.HOUSEHOLD, body)])


def is_due(store: NodeStore, now_ms: int) -> bool:
    return backup_reminder(store, now_ms).is_due


def test_an_office_without_work_is_not_reminded(store: NodeStore) -> None:
    assert not is_due(store, NOW_MS)


def test_work_that_was_never_backed_up_is_due_at_once(store: NodeStore) -> None:
    save(store)
    found = backup_reminder(store, NOW_MS)
    assert (found.is_due, found.last_ms, found.days, found.new_entries, found.only_here) == (True, None, None, 1, 1)


def test_the_reminder_comes_after_the_days_that_are_set(store: NodeStore) -> None:
    save(store)
    note_backup(store, "STIK KANTOR", NOW_MS, entry_count(store))
    save(store)
    assert not is_due(store, NOW_MS + 7 * DAY_MS - 1)
    found = backup_reminder(store, NOW_MS + 7 * DAY_MS)
    assert (found.is_due, found.place, found.days, found.new_entries) == (True, "STIK KANTOR", 7, 1)
    with store.local_writing() as connection:
        write(connection, DeskSettings(backup_reminder_days=30))
    assert not is_due(store, NOW_MS + 29 * DAY_MS)
    with store.local_writing() as connection:
        write(connection, DeskSettings(backup_reminder_days=0))
    assert not is_due(store, NOW_MS + 900 * DAY_MS)


def test_nobody_is_reminded_while_nothing_was_saved_since(store: NodeStore) -> None:
    save(store)
    note_backup(store, "STIK", NOW_MS, entry_count(store))
    assert not is_due(store, NOW_MS + 90 * DAY_MS)


def test_a_clock_behind_the_last_backup_reminds_rather_than_keeps_quiet(store: NodeStore) -> None:
    note_backup(store, "STIK", NOW_MS, entry_count(store))
    save(store)
    found = backup_reminder(store, NOW_MS - 5000 * DAY_MS)
    assert found.is_due
    assert found.days is None


def test_a_second_backup_takes_the_place_of_the_first(store: NodeStore) -> None:
    save(store)
    note_backup(store, "SATU", NOW_MS, entry_count(store))
    save(store)
    note_backup(store, "DUA", NOW_MS + DAY_MS, entry_count(store))
    found = backup_reminder(store, NOW_MS + 60 * DAY_MS)
    assert (found.is_due, found.place, found.new_entries) == (False, "DUA", 0)


def test_what_the_district_holds_safely_is_not_only_here(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "node", district) as store:
        save(store)
        district.safe = (1, 0)
        synchronise(store, HubCarrier(district))
        found = backup_reminder(store, NOW_MS)
        assert found.new_entries == 1
        assert found.only_here == store.state().journal_seq - store.state().safe_seq


def test_practice_is_never_due(tmp_path: Path) -> None:
    with open_practice(tmp_path / "desa", NOW_MS, residents=20) as practice:
        save(practice)
        assert not is_due(practice, NOW_MS + 900 * DAY_MS)


def test_a_backup_on_a_stick_counts_and_one_on_this_laptop_does_not(store: NodeStore, tmp_path: Path) -> None:
    save(store)
    take_backup(store, NOW_MS)
    assert is_due(store, NOW_MS)
    stick = tmp_path / "STIK"
    stick.mkdir()
    take_backup(store, NOW_MS, folder=stick)
    found = backup_reminder(store, NOW_MS + DAY_MS)
    assert (found.is_due, found.place, found.new_entries) == (False, "STIK", 0)
