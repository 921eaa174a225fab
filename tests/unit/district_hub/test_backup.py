"""Backups: a copy counts only when it opens by itself and proves every F; put back, it is mute."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from district_hub.backup import (
    Backup,
    list_backups,
    prune_backups,
    restore_backup,
    take_backup,
    verify_backup,
)
from district_hub.store import MUTE, HubStore
from schemas.errors import DatabaseCorruptError, FutureSchemaError, RefusedError
from schemas.fields import Kind
from sync_protocol.answer import HubView, answer
from sync_protocol.entries import EntryKind
from sync_protocol.hub_side import Sender
from tests.hub_office import NOW, A, B, Office, person, record_id, updated
from tests.memory import KEYS

pytestmark = pytest.mark.sqlite

DAY_MS = 86_400_000


def taken(office: Office, now_ms: int = NOW) -> Backup:
    return take_backup(office.store, office.directory, now_ms)


def test_a_backup_holds_what_was_committed_and_says_how_far(office: Office) -> None:
    for number in (1, 2):
        office.save(A, person(number))
    office.sync(A)
    verified = verify_backup(taken(office), "35.10")
    replica = office.nodes[A].state.replica_id
    assert verified.points == {(A, b""): 2, (B, b""): 0, (A, replica): 2}
    assert verified.villages == 2
    assert verified.backup.path.stat().st_mode & 0o777 == 0o600


def test_of_a_forked_journal_only_the_shortest_branch_counts_as_safe(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    copy = office.nodes[A].copy()
    replica = copy.state.replica_id
    for number in (2, 3):
        office.save(A, person(number))
    office.sync(A)
    copy.save(EntryKind.CORRECTION, (person(9),), NOW)
    message = copy.message()
    with office.store.village_transaction(A, NOW) as registry:
        answer(HubView(registry.tables, Sender(copy.device_id, A), KEYS, NOW), message)
    assert verify_backup(taken(office), "35.10").points[A, replica] == 2


def test_a_backup_is_one_file_and_leaves_no_half_copy(office: Office) -> None:
    backup = taken(office)
    verify_backup(backup, "35.10")
    assert [path.name for path in backup.path.parent.iterdir()] == [backup.path.name]


def test_the_hub_goes_on_while_and_after_a_backup_and_stays_loud(office: Office) -> None:
    taken(office)
    office.save(A, person(1))
    office.sync(A)
    with office.store.reading() as reader:
        assert reader.meta(MUTE) is None
    assert office.value(1, "name") == "SITI AMINAH"


def test_a_copy_whose_rows_do_not_give_f_is_no_backup(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    office.damage("UPDATE record SET version = version + 1")
    with pytest.raises(DatabaseCorruptError) as refused:
        verify_backup(taken(office), "35.10")
    assert refused.value.code == "backup-bad"


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_a_damaged_copy_is_found(office: Office, damage: str) -> None:
    for number in range(1, 60):
        office.save(A, person(number))
    office.sync(A)
    backup = taken(office)
    raw = bytearray(backup.path.read_bytes())
    if damage == "truncated":
        backup.path.write_bytes(raw[: len(raw) // 2])
    else:
        backup.path.write_bytes(b"\0" * 4096 + raw[4096:])
    with pytest.raises(DatabaseCorruptError) as refused:
        verify_backup(backup, "35.10")
    assert refused.value.code == "backup-bad"


def test_old_backups_are_deleted_but_never_the_newest(office: Office) -> None:
    for age in (50, 40, 36):
        taken(office, NOW - age * DAY_MS)
    assert len(prune_backups(office.directory, NOW, 35)) == 2
    (left,) = list_backups(office.directory)
    assert left.taken_ms == NOW - 36 * DAY_MS


def test_backups_are_listed_newest_first_and_other_files_are_not_ours(office: Office) -> None:
    first, second = taken(office, NOW), taken(office, NOW + 1000)
    (office.directory / "backups" / "hub-notes.db").write_text("?")
    assert [backup.path for backup in list_backups(office.directory)] == [second.path, first.path]
    assert first.path.name == f"hub-{dt.datetime.fromtimestamp(NOW / 1000, dt.UTC):%Y%m%dT%H%M%SZ}.db"


def test_a_restored_database_is_mute_and_what_it_replaced_is_kept(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    backup = taken(office)
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI AMINAH", "SITI"))
    office.sync(A)
    office.store.close()
    kept = restore_backup(office.directory, office.config, backup.path, NOW)
    restored = HubStore.open(office.directory, office.config)
    with restored.reading() as reader:
        record = reader.record(record_id(1))
        assert record is not None
        assert record.body[17] == "SITI AMINAH"
        assert "restored" in (reader.meta(MUTE) or "")
    restored.close()
    assert kept is not None
    assert kept.exists()


def test_a_bad_backup_is_never_put_back(office: Office, tmp_path: Path) -> None:
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"no database at all" * 100)
    with pytest.raises(DatabaseCorruptError):
        restore_backup(office.directory, office.config, bad, NOW)
    with pytest.raises(RefusedError) as missing:
        restore_backup(office.directory, office.config, tmp_path / "nothing.db", NOW)
    assert missing.value.code == "backup-missing"
    with office.store.reading() as reader:
        assert len(reader.villages()) == 2


def test_a_copy_that_somebody_made_by_hand_is_mute_too(office: Office, tmp_path: Path) -> None:
    by_hand = tmp_path / "by-hand.db"
    with sqlite3.connect(office.directory / "hub.db") as source, sqlite3.connect(by_hand) as target:
        source.backup(target)
    source.close()
    target.close()
    office.store.close()
    restore_backup(office.directory, office.config, by_hand, NOW)
    restored = HubStore.open(office.directory, office.config)
    with restored.reading() as reader:
        assert reader.meta(MUTE) == "restored by-hand.db"
    restored.close()


def test_a_backup_of_another_district_is_refused(office: Office) -> None:
    backup = taken(office)
    with pytest.raises(DatabaseCorruptError) as refused:
        restore_backup(office.directory, replace(office.config, district_code="35.09"), backup.path, NOW)
    assert refused.value.code == "backup-bad"


def test_a_backup_of_a_newer_version_is_not_put_back(office: Office) -> None:
    backup = taken(office)
    with sqlite3.connect(backup.path) as connection:
        connection.execute("UPDATE alembic_hub SET version_num = 'h9999'")
    connection.close()
    with pytest.raises(FutureSchemaError):
        restore_backup(office.directory, office.config, backup.path, NOW)
    assert [path.name for path in office.directory.glob("*.restoring*")] == []


def test_postgresql_is_backed_up_by_its_own_tools(office: Office) -> None:
    config = replace(office.config, database_url="postgresql+psycopg://hub")
    with pytest.raises(RefusedError) as refused:
        restore_backup(office.directory, config, office.directory / "x.db", NOW)
    assert refused.value.code == "backup-external"


def test_half_a_copy_of_a_killed_backup_is_taken_away_by_the_next(office: Office) -> None:
    folder = taken(office).path.parent
    left = [folder / f"hub-20260528T192000Z.part{side}" for side in ("", "-wal", "-journal")]
    still_at_work = folder / f"{taken(office, NOW + 1000).path.stem}.part"
    others = [folder / "hub-notes.part", folder / "photo.part"]
    for path in (*left, still_at_work, *others):
        path.write_bytes(b"half")
    taken(office, NOW + 60_000)
    assert not any(path.exists() for path in left)
    assert still_at_work.exists()
    assert all(path.exists() for path in others)
