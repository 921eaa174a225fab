"""One encrypted file makes the hub of another machine; and a hub without its ledger lets nobody in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from district_hub import sealed_files
from district_hub.archive import restore_archive, write_archive
from district_hub.backup import take_backup
from district_hub.commands import hub_app
from district_hub.hub import Hub
from district_hub.ledger import DEVICE_REVOKED, Ledger
from district_hub.ledger_rebuilding import rebuild_ledger
from district_hub.recovery import resume
from district_hub.sealed_files import CHUNK_BYTES, OpeningReader, SealingWriter
from schemas.errors import DatabaseCorruptError, DataError, HubBusyError, RefusedError, VillageSyncError
from tests.live_office import Wire, enrolled_laptop, founded_hub
from tests.node_ground import NOW_MS
from village_node.enrolment import ask_hub, start_enrolment
from village_node.store import NodeStore

pytestmark = pytest.mark.sqlite

KEY = bytes(range(32))


class Ground:
    """A hub with one laptop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub = founded_hub(folder / "hub")
        self.wire = Wire(self.hub)
        self.laptop: NodeStore = enrolled_laptop(self.wire, folder / "desa")
        assert self.wire.sync(self.laptop).finished

    def archive(self) -> tuple[Path, str]:
        made = write_archive(
            self.hub.directory, take_backup(self.hub.store, self.hub.directory, NOW_MS), self.folder, NOW_MS
        )
        assert made.verified.villages == 1
        code = (self.hub.directory / "keys" / "recovery.code").read_text().strip()
        assert made.new_code in (None, code)
        return made.path, code

    def close(self) -> None:
        self.laptop.close()
        self.hub.close()


@pytest.fixture
def ground(tmp_path: Path) -> Any:
    made = Ground(tmp_path)
    yield made
    made.close()


def test_an_archive_makes_a_mute_hub_of_another_machine_that_villages_know_again(ground: Ground) -> None:
    path, code = ground.archive()
    (ground.folder / "lain").mkdir()
    restore_archive(path, code.upper(), ground.folder / "lain", NOW_MS)
    with Hub.open(ground.folder / "lain") as other:
        with pytest.raises(HubBusyError):
            other.store.need_voice()
        assert resume(other.store, other.directory / "diary.jsonl", NOW_MS) == 0
        wire = Wire(other)
        wire.now_ms = ground.wire.now_ms
        assert wire.sync(ground.laptop).finished
        assert [one.kind for one in other.ledger] == [one.kind for one in ground.hub.ledger]
    assert not (ground.folder / "lain" / "keys" / "root.key").exists()
    assert ground.archive()[1] == code


def test_an_archive_shows_nothing_without_its_words(ground: Ground) -> None:
    path, code = ground.archive()
    raw = path.read_bytes()
    for secret in (b"hub.toml", b"SQLite format", (ground.hub.directory / "keys" / "signing.key").read_bytes().strip()):
        assert secret not in raw
    words = code.split()
    for wrong in (" ".join(reversed(words)), "budi", " ".join(words[:11])):
        with pytest.raises(DataError) as told:
            restore_archive(path, wrong, ground.folder / "lain", NOW_MS)
        assert told.value.code == "recovery-code"
    assert not (ground.folder / "lain").exists()


def test_nothing_is_overwritten_and_a_damaged_or_foreign_file_is_refused(ground: Ground) -> None:
    path, code = ground.archive()
    with pytest.raises(RefusedError) as exists:
        restore_archive(path, code, ground.hub.directory, NOW_MS)
    assert exists.value.code == "hub-exists"
    with pytest.raises(RefusedError) as missing:
        restore_archive(path.with_name("no.kmpa"), code, ground.folder / "lain", NOW_MS)
    assert missing.value.code == "backup-missing"
    other = ground.folder / "foto.kmpa"
    other.write_bytes(b"\xff\xd8\xff")
    with pytest.raises(DataError) as foreign:
        restore_archive(other, code, ground.folder / "lain", NOW_MS)
    assert foreign.value.code == "archive-other"
    raw = path.read_bytes()
    path.write_bytes(raw[:-20])
    with pytest.raises(VillageSyncError):
        restore_archive(path, code, ground.folder / "lain", NOW_MS)
    assert not (ground.folder / "lain").exists()


def sealed(plain: bytes) -> bytes:
    target = io.BytesIO()
    with SealingWriter(target, KEY) as writer:
        writer.write(plain)
    return target.getvalue()


def opened(raw: bytes, key: bytes = KEY) -> bytes:
    return OpeningReader(io.BytesIO(raw), key).readall()


@given(st.binary(max_size=200), st.integers(1, 64))
def test_any_stream_comes_back_and_no_cut_or_moved_chunk_does(plain: bytes, size: int) -> None:
    """A sealed stream of any length opens to itself; cut short, with chunks swapped or one bit changed, it does not."""
    before = sealed_files.CHUNK_BYTES
    sealed_files.CHUNK_BYTES = size
    try:
        raw = sealed(plain)
        assert opened(raw) == plain
        chunk = size + 16
        damaged = [raw[:-1], raw[:-1] + bytes([raw[-1] ^ 1])]
        if len(raw) > 21 + chunk:
            damaged += [raw[: 21 + chunk], raw[:21] + raw[21 + chunk :]]
        for wrong in damaged:
            with pytest.raises(VillageSyncError):
                opened(wrong)
    finally:
        sealed_files.CHUNK_BYTES = before


def test_damage_far_into_an_archive_is_told_apart_from_wrong_words() -> None:
    raw = bytearray(sealed(bytes(CHUNK_BYTES + 10)))
    raw[-1] ^= 1
    with pytest.raises(DatabaseCorruptError) as told:
        opened(bytes(raw))
    assert told.value.code == "archive-bad"


class TestALostLedger:
    def lose(self, ground: Ground) -> Path:
        path = ground.hub.directory / "ledger"
        ground.hub.close()
        path.unlink()
        return path

    def test_keeps_the_hub_shut_and_is_never_begun_by_accident(self, ground: Ground) -> None:
        path = self.lose(ground)
        with pytest.raises(DatabaseCorruptError) as told:
            Hub.open(ground.hub.directory)
        assert told.value.code == "ledger-missing"
        ledger = Ledger(path, ground.hub.keys.root_key, ground.hub.keys.signing_key)
        with pytest.raises(DatabaseCorruptError):
            ledger.append(DEVICE_REVOKED, {}, NOW_MS)
        assert not path.exists()

    def test_is_written_anew_from_the_database_when_a_person_says_so(self, ground: Ground) -> None:
        (device,) = (record for record in ground.hub.ledger if record.kind == "device-enrolled")
        device_id = bytes.fromhex(device.detail["device_id"])
        ground.hub.standings.revoke(device_id, "stolen", NOW_MS)
        _, open_invitation = ground.hub.enrolment.invite("35.10.01.2002", NOW_MS)
        self.lose(ground)
        assert rebuild_ledger(ground.hub.directory, NOW_MS) == []
        with Hub.open(ground.hub.directory) as again:
            with again.store.reading() as reader:
                (known,) = reader.devices()
            assert (known.revoked_ms, known.revoked_reason) == (NOW_MS, "stolen")
            wire = Wire(again)
            start_enrolment(ground.folder / "baru", open_invitation)
            with pytest.raises(RefusedError) as used:
                ask_hub(ground.folder / "baru", wire)
            assert used.value.code == "invitation-used"
        with pytest.raises(RefusedError) as present:
            rebuild_ledger(ground.hub.directory, NOW_MS)
        assert present.value.code == "ledger-present"


def run(*words: str) -> Any:
    result = CliRunner().invoke(hub_app, list(words))
    if isinstance(result.exception, VillageSyncError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def test_the_commands_archive_unpack_and_rebuild(ground: Ground) -> None:
    folder, other = str(ground.hub.directory), str(ground.folder / "lain")
    made = json.loads(run("backup", "--dir", folder, "--to", str(ground.folder), "--json").stdout.splitlines()[-1])
    trial = ("restore", made["archive"], "--code", made["recovery_code"], "--dir", other)
    assert "1 villages proven" in run(*trial, "--dry-run").stdout
    assert not Path(other).exists()
    assert json.loads(run(*trial, "--json").stdout.splitlines()[-1])["villages"] == 1
    assert "words" not in run("backup", "--dir", folder, "--to", str(ground.folder)).stderr
    (Path(other) / "ledger").unlink()
    assert "written anew" in run("restore", "--rebuild-ledger", "--dir", other, "--dry-run").stdout
    rebuilt = json.loads(run("restore", "--rebuild-ledger", "--dir", other, "--json").stdout.splitlines()[-1])
    assert len(rebuilt["devices"]) == 1
