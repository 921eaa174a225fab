"""The view log: who looked at whom, who was refused, and how long it is kept."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import RefusedError, StorageError
from tests.node_ground import NOW_MS
from village_node.accounts import Accounts, Role, Session, views_to_csv
from village_node.accounts.passwords import Passwords
from village_node.accounts.views import ViewLog
from village_node.settings import DeskSettings, write
from village_node.store import NodeStore

QUICK = Passwords(memory_kib=8, passes=1)
SECRET = "jalan mawar merah"
ONE, OTHER = bytes([1] * 16), bytes([2] * 16)


class Door:
    """A store, its accounts and an officer who is signed in, at a time that a test moves."""

    def __init__(self, store: NodeStore) -> None:
        self.store = store
        self.ms = NOW_MS
        self.accounts = Accounts(store, lambda: self.ms, QUICK)
        self.accounts.create("siti", "=SITI()", Role.HEAD, SECRET)
        self.siti = self.accounts.sign_in("siti", SECRET)

    def enter(self) -> Session:
        return self.accounts.sign_in("siti", SECRET)


@pytest.fixture
def door(tmp_path: Path, enrolled_folder: Path) -> Iterator[Door]:
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "office"))) as opened:
        yield Door(opened)


def test_a_look_is_there_after_a_kill(door: Door) -> None:
    door.accounts.note_view(door.siti, ONE, "resident")
    with NodeStore.open(door.store.directory) as again:
        (view,) = Accounts(again, lambda: door.ms).views(record_id=ONE)
    assert (view.officer_id, view.page, view.viewed_ms) == (door.siti.officer_id, "resident", NOW_MS)


def test_the_parts_of_a_page_are_one_look(door: Door) -> None:
    for step_ms in (0, 1_000, 59_000, 60_000):
        door.ms = NOW_MS + step_ms
        door.accounts.note_view(door.siti, ONE, "resident")
    door.accounts.note_view(door.siti, ONE, "history")
    door.accounts.note_view(door.siti, OTHER, "resident")
    assert len(door.accounts.views(record_id=ONE)) == 3
    assert len(door.accounts.views()) == 4


def test_looks_wait_while_an_import_holds_the_database(door: Door) -> None:
    with door.store.local_writing():
        door.accounts.note_view(door.siti, ONE, "resident")
        door.accounts.note_view(door.siti, OTHER, "resident")
    door.accounts.sign_out(door.siti.token)
    with NodeStore.open(door.store.directory) as again:
        assert len(Accounts(again, lambda: door.ms).views()) == 2


def test_a_refused_look_is_noted_as_such(door: Door) -> None:
    door.accounts.note_view(door.siti, ONE, "resident", is_refused=True)
    door.accounts.note_view(door.siti, ONE, "resident")
    assert [view.is_refused for view in door.accounts.views()] == [False, True]


def test_looks_are_found_by_officer_and_time(door: Door) -> None:
    door.accounts.note_view(door.siti, ONE, "resident")
    door.ms += 86_400_000
    door.accounts.note_view(door.siti, OTHER, "resident")
    assert [view.record_id for view in door.accounts.views(until_ms=door.ms)] == [ONE]
    assert [view.record_id for view in door.accounts.views(since_ms=door.ms)] == [OTHER]
    assert len(door.accounts.views(officer_id=door.siti.officer_id, limit=1)) == 1
    assert not door.accounts.views(officer_id=bytes(16))


def test_looks_go_after_the_months_that_are_set(door: Door) -> None:
    with door.store.local_writing() as connection:
        write(connection, DeskSettings(view_log_months=3))
    door.accounts.note_view(door.siti, ONE, "resident")
    door.ms += 89 * 86_400_000
    door.enter()
    assert len(door.accounts.views()) == 1
    door.ms += 4 * 86_400_000
    door.enter()
    assert not door.accounts.views()


def test_a_clock_in_the_past_forgets_nothing(door: Door) -> None:
    door.accounts.note_view(door.siti, ONE, "resident")
    door.ms -= 20 * 365 * 86_400_000
    door.enter()
    assert len(door.accounts.views()) == 1


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing_there(door: Door) -> None:
    door.accounts.note_view(door.siti, ONE, "resident")
    door.accounts.note_view(door.siti, None, "export", is_refused=True)
    table = list(csv.reader(views_to_csv(door.accounts.views(), 420).splitlines()))
    assert table[0] == ["waktu", "petugas", "halaman", "data", "ditolak"]
    assert [row[1:] for row in table[1:]] == [["'=SITI()", "export", "", "ya"], ["'=SITI()", "resident", ONE.hex(), ""]]


def test_a_locked_officer_cannot_change_accounts(door: Door) -> None:
    door.accounts.lock(door.siti.token)
    locked = door.accounts.session(door.siti.token)
    with pytest.raises(RefusedError):
        door.accounts.create("budi", "Budi", Role.OPERATOR, SECRET, by=locked)


def test_a_full_disk_stops_nobody_from_looking_and_the_looks_are_written_later(door: Door) -> None:
    with door.store.local_reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    looked = [number.to_bytes(16) for number in range(2_000)]
    for record_id in looked:
        door.accounts.note_view(door.siti, record_id, "resident" * 8)
    with door.store.local_reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM record_view").scalar() != len(looked)
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert len(door.accounts.views(limit=None)) == len(looked)


def test_looking_ends_when_far_too_many_looks_cannot_be_written(door: Door) -> None:
    with door.store.local_writing():
        log = ViewLog(door.store, waiting_max=3)
        for number in range(3):
            log.note(door.siti, number.to_bytes(16), "resident", NOW_MS)
        with pytest.raises(StorageError) as caught:
            log.note(door.siti, bytes([9] * 16), "resident", NOW_MS)
    assert caught.value.code == "view-log-full"
    assert log.flush()
    assert len(door.accounts.views()) == 3
