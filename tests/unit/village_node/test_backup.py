"""A village's backup: one encrypted file, tried out before it counts, that becomes a replica of its own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.bodies import body_of
from schemas.codes import LifeStatus
from schemas.errors import DatabaseCorruptError, DataError, FutureSchemaError, RefusedError, VillageSyncError
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.node_ground import DAY_MS, NOW_MS, VILLAGE_CODE, FakeDistrict, HubCarrier, enrolled
from village_node.backup import list_backups, prune_backups, take_backup
from village_node.commands import village_app
from village_node.database import copy_database
from village_node.desk import Desk
from village_node.entry_states import Verdict, entry_states
from village_node.keys import new_replica_id, write_keys
from village_node.letters.numbering import take_number
from village_node.proof import prove
from village_node.recovery_codes import CODE_WORDS, code_key, code_typed, kept_code
from village_node.replica_marks import is_without_mark
from village_node.restoring import BACKUP_FOLDER, restore_backup
from village_node.store import NodeStore
from village_node.syncer import synchronise


class Office:
    """A node with one person, and its hub."""

    def __init__(self, folder: Path) -> None:
        self.district = FakeDistrict()
        self.store = enrolled(folder, self.district)
        self.carrier = HubCarrier(self.district)
        self.people = 0
        self.record()

    def record(self) -> bytes:
        """Record one more person, as one entry."""
        self.people += 1
        record_id = self.people.to_bytes(16, "big")
        body = body_of(Kind.RESIDENT, {"name": f"WARGA {self.people}", "life_status": int(LifeStatus.ALIVE)})
        desk = Desk(self.store, "Bu Rini", lambda: NOW_MS)
        desk.save(EntryKind.EVENT, [Create(record_id, Kind.RESIDENT, body)])
        return record_id

    def sync(self, store: NodeStore | None = None) -> None:
        assert synchronise(store or self.store, self.carrier, now_ms=lambda: self.district.now_ms).finished


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path / "desa")
    yield made
    made.store.close()


def test_a_backup_is_restored_on_another_machine_and_issues_its_work_again(office: Office, tmp_path: Path) -> None:
    office.sync()
    office.record()
    made = take_backup(office.store, NOW_MS, folder=tmp_path)
    assert made.new_code is not None
    assert made.contents.is_consistent
    assert made.contents.unsent > 0
    before = office.store.state()
    office.store.close()
    shutil.rmtree(office.store.directory)

    done = restore_backup(made.backup.path, made.new_code, tmp_path / "laptop-lain", NOW_MS + 1)
    assert done.contents == made.contents
    assert done.issued_again == made.contents.unsent
    with NodeStore.open(tmp_path / "laptop-lain") as restored:
        assert restored.state().replica_id != before.replica_id
        assert restored.keys.signing_seed == office.store.keys.signing_seed
        assert restored.keys.database_key != office.store.keys.database_key
        office.sync(restored)
        assert {one.verdict for one in entry_states(restored, limit=1000)} == {Verdict.ACCEPTED}
        assert prove(restored).is_consistent


def test_a_backup_is_taken_while_somebody_writes(office: Office) -> None:
    with office.store.transaction() as working:
        working.sync.last_reason = "half done"
        made = take_backup(office.store, NOW_MS)
    assert made.contents.is_consistent
    assert [one.path for one in list_backups(office.store.directory / BACKUP_FOLDER)] == [made.backup.path]


def test_the_words_are_drawn_once_and_kept_for_the_next_backup(office: Office) -> None:
    first = take_backup(office.store, NOW_MS)
    second = take_backup(office.store, NOW_MS + 1000)
    assert first.new_code is not None
    assert len(first.new_code.split()) == CODE_WORDS
    assert second.new_code is None
    assert kept_code(office.store.directory) == first.new_code
    third = take_backup(office.store, NOW_MS + 2000, draws_new_code=True)
    assert third.new_code not in (None, first.new_code)


def test_nothing_of_a_backup_can_be_read_without_the_words(office: Office) -> None:
    made = take_backup(office.store, NOW_MS)
    raw = made.backup.path.read_bytes()
    assert not raw.startswith(b"SQLite format 3")
    for secret in (b"Sumberagung", VILLAGE_CODE.encode(), office.store.keys.signing_seed, b"node.key"):
        assert secret not in raw


def test_wrong_words_a_misspelt_word_and_a_foreign_file_are_told_apart(office: Office, tmp_path: Path) -> None:
    made = take_backup(office.store, NOW_MS)
    assert made.new_code is not None
    words = made.new_code.split()
    other = " ".join((*words[1:], words[0]))
    for code in (other, "budi", " ".join(words[:-1])):
        with pytest.raises(DataError) as told:
            restore_backup(made.backup.path, code, tmp_path / "baru", NOW_MS)
        assert told.value.code == "recovery-code"
    with pytest.raises(RefusedError) as missing:
        restore_backup(made.backup.path, None, tmp_path / "baru", NOW_MS)
    assert missing.value.code == "recovery-code-missing"
    plain = tmp_path / "tanpa-kertas.kmpb"
    copy_database(
        office.store.directory / "node.db", office.store.keys.database_key, plain, code_key(made.new_code), papers={}
    )
    with pytest.raises(DataError) as foreign:
        restore_backup(plain, made.new_code, tmp_path / "baru", NOW_MS)
    assert foreign.value.code == "backup-other"
    assert list((tmp_path / "baru").iterdir()) == [tmp_path / "baru" / "sync.lock"]


def test_words_are_read_as_people_type_them(office: Office) -> None:
    made = take_backup(office.store, NOW_MS)
    assert made.new_code is not None
    assert code_typed(made.new_code.upper().replace(" ", " - ")) == made.new_code


def test_a_damaged_backup_never_counts(office: Office, tmp_path: Path) -> None:
    made = take_backup(office.store, NOW_MS)
    raw = bytearray(made.backup.path.read_bytes())
    for place in range(4096 + 100, len(raw), 4096):  # not only an index, which is made anew anyway
        raw[place] ^= 1
    made.backup.path.write_bytes(raw)
    with pytest.raises(VillageSyncError):
        restore_backup(made.backup.path, made.new_code, tmp_path / "baru", NOW_MS)
    assert not (tmp_path / "baru" / "node.db").exists()


def test_a_node_is_replaced_only_when_asked_and_kept_aside(office: Office) -> None:
    made = take_backup(office.store, NOW_MS)
    folder = office.store.directory
    with pytest.raises(RefusedError) as there:
        restore_backup(made.backup.path, None, folder, NOW_MS)
    assert there.value.code == "node-exists"
    with pytest.raises(RefusedError) as running:
        restore_backup(made.backup.path, None, folder, NOW_MS, replaces=True)
    assert running.value.code == "node-in-use"
    lost = office.record()
    office.store.close()
    done = restore_backup(made.backup.path, None, folder, NOW_MS, replaces=True)
    assert done.kept is not None
    with NodeStore.open(folder) as now, NodeStore.open(done.kept) as before, before.reading() as then:
        assert now.state().replica_id != before.state().replica_id
        assert then.shown([lost])[lost] is not None
    assert kept_code(folder) == made.new_code


def test_a_restored_laptop_numbers_letters_under_another_mark(office: Office, tmp_path: Path) -> None:
    office.sync()
    made = take_backup(office.store, NOW_MS, folder=tmp_path)
    with office.store.transaction() as working:
        original = take_number(office.store, working, "470", 2026)
    restore_backup(made.backup.path, made.new_code, tmp_path / "baru", NOW_MS)
    with NodeStore.open(tmp_path / "baru") as restored, restored.transaction() as working:
        assert is_without_mark(restored, working)
        again = take_number(restored, working, "470", 2026)
    assert again.is_provisional
    assert again.text != original.text


def test_messages_of_a_restored_laptop_are_never_taken_for_old_ones(office: Office, tmp_path: Path) -> None:
    made = take_backup(office.store, NOW_MS, folder=tmp_path)
    for _ in range(3):
        office.sync()
    restore_backup(made.backup.path, made.new_code, tmp_path / "baru", NOW_MS)
    with NodeStore.open(tmp_path / "baru") as restored:
        assert restored.sync_state().message_number > office.store.sync_state().message_number


def test_a_backup_of_a_newer_program_is_refused_and_said(office: Office, tmp_path: Path) -> None:
    made = take_backup(office.store, NOW_MS, folder=tmp_path)
    assert made.new_code is not None
    newer = tmp_path / "newer.kmpb"
    with office.store.local_writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_node SET version_num = '9999'")
    found = copy_database(made.backup.path, code_key(made.new_code), tmp_path / "other.db", bytes(32))
    assert found.keys() == {"about.json", "node.toml", "node.key"}
    copy_database(
        office.store.directory / "node.db",
        office.store.keys.database_key,
        newer,
        code_key(made.new_code),
        papers=found,
    )
    with pytest.raises(FutureSchemaError):
        restore_backup(newer, made.new_code, tmp_path / "baru", NOW_MS)


def test_old_backups_go_after_35_days_and_the_newest_stays(office: Office) -> None:
    folder = office.store.directory / BACKUP_FOLDER
    for days in (0, 1):
        take_backup(office.store, NOW_MS + days * DAY_MS)
    assert len(list_backups(folder)) == 2
    (folder / "kampung-foto.kmpb").write_bytes(b"")
    assert len(prune_backups(folder, NOW_MS + 60 * DAY_MS)) == 1
    assert len(list_backups(folder)) == 1


def test_a_backup_that_cannot_be_opened_again_is_not_kept(office: Office) -> None:
    # The key file of another laptop beside this database: the trial finds what a real restore would find.
    write_keys(office.store.directory, replace(office.store.keys, certificate=b"", replica_id=new_replica_id()))
    with pytest.raises(DatabaseCorruptError) as told:
        take_backup(office.store, NOW_MS)
    assert told.value.code == "backup-bad"
    assert list((office.store.directory / BACKUP_FOLDER).iterdir()) == []
    assert kept_code(office.store.directory) is None


def run(*words: str) -> Any:
    result = CliRunner().invoke(village_app, list(words))
    if isinstance(result.exception, VillageSyncError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_the_commands_back_up_list_try_out_and_restore(office: Office, tmp_path: Path) -> None:
    folder, other = str(office.store.directory), str(tmp_path / "baru")
    made = json.loads(run("backup", "--dir", folder, "--to", str(tmp_path), "--json").stdout)
    assert made["contents"]["residents"] == 1
    assert run("backup", "--dir", folder, "--show-code").stdout.strip() == made["recovery_code"]
    assert made["file"] in run("backup", "--dir", folder, "--to", str(tmp_path), "--list").stdout
    assert json.loads(run("backup", "--dir", folder, "--dry-run", "--json").stdout)["backups"] == []
    trial = ("restore", made["file"], "--dir", other, "--code", made["recovery_code"])
    assert "dapat dipulihkan" in run(*trial, "--dry-run").stderr
    assert not Path(other).exists()
    done = json.loads(run(*trial, "--json").stdout)
    assert (done["contents"], done["issued_again"], done["kept"]) == (made["contents"], 1, None)
    again = run("restore", made["file"], "--dir", other, "--replace")
    assert "disisihkan" in again.stderr
    assert again.stdout.strip() == other
    assert "Tulis di kertas" in run("backup", "--dir", folder, "--new-code").stderr


def test_what_a_killed_backup_left_is_taken_away_by_the_next(office: Office, tmp_path: Path) -> None:
    whole = take_backup(office.store, NOW_MS, folder=tmp_path).backup.path
    half = whole.with_name(f"{whole.name}.part")
    half.write_bytes(b"half")
    trial = office.store.directory / f".trial-{whole.stem.rpartition('-')[2]}-x7"
    trial.mkdir()
    (trial / "node.key").write_text("{}")
    photo = tmp_path / "photo.part"
    photo.write_bytes(b"mine")
    take_backup(office.store, NOW_MS + 1000, folder=tmp_path)
    assert half.exists(), "perhaps somebody is still at it"
    assert trial.exists()
    take_backup(office.store, NOW_MS + DAY_MS, folder=tmp_path)
    assert (half.exists(), trial.exists(), photo.exists()) == (False, False, True)
    assert whole.exists()


def test_what_a_power_cut_left_of_a_trial_is_taken_away_the_next_day(office: Office) -> None:
    left = office.store.directory / ".trial-x"
    left.mkdir()
    (left / "node.key").write_bytes(b"secret")
    written_ms = int(left.stat().st_mtime * 1000)
    take_backup(office.store, written_ms + 1000)
    assert left.exists(), "another backup may be under way"
    take_backup(office.store, written_ms + DAY_MS + 1000)
    assert not left.exists()
