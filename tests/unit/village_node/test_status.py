"""Status: numbers in plain words, one next step, ticks beside each entry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.errors import ConfigError, DatabaseCorruptError, FutureSchemaError, StorageError
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Create, EntryKind, Update
from sync_protocol.feed import Outcome, Result
from tests.fakes_desk import RealDesk
from tests.families import settle
from tests.node_ground import NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node.database import open_database
from village_node.entry_states import Delivery, EntryState, Verdict
from village_node.keys import read_keys
from village_node.quick_status import QuickStatus, read_quick_status
from village_node.session_words import REASONS
from village_node.status import (
    entries_to_lines,
    entry_to_tree,
    next_step,
    office_to_lines,
    office_to_tree,
    status_to_lines,
    status_to_tree,
)
from village_node.store import NodeStore
from village_node.syncer import synchronise

DAY_MS = 86_400_000


@pytest.fixture
def folder(tmp_path: Path, enrolled_folder: Path) -> Path:
    return Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))


@pytest.fixture
def desk(folder: Path) -> Iterator[RealDesk]:
    with NodeStore.open(folder) as store:
        yield RealDesk(store)


def status(**more: object) -> QuickStatus:
    plain = QuickStatus(
        village_code="35.10.01.2001",
        village_name="Sumberagung",
        hub_url="http://hub",
        unsent=0,
        received=0,
        safe=0,
        waiting=0,
        accepted=0,
        superseded=0,
        refused=0,
        in_review=0,
        journal_seq=0,
        acked_seq=0,
        safe_seq=0,
        feed_seq=0,
        feed_head=b"",
        fingerprint=b"",
        standing=0,
        needs_update=False,
        hub_time_ms=0,
        offset_ms=None,
        last_try_ms=NOW_MS,
        last_contact_ms=NOW_MS,
        last_finished_ms=NOW_MS,
        last_reason="done",
        is_syncing=False,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "step"),
    [
        ({}, "tidak ada"),
        ({"unsent": 3}, "`kampung sync run` bila ada sambungan; malam ini dikirim sendiri"),
        ({"last_contact_ms": None}, "`kampung sync run`, atau `kampung sync export` ke flashdisk"),
        (
            {"last_contact_ms": NOW_MS - 8 * DAY_MS},
            "sudah lebih dari seminggu: `kampung sync run`, atau bawa flashdisk",
        ),
        ({"refused": 1}, "`kampung village inbox` untuk melihat yang tidak diterima"),
        ({"standing": 1, "unsent": 3}, "telepon kabupaten: laptop ini dikunci; pekerjaan tetap tersimpan"),
        ({"needs_update": True}, "perbarui program ini; kiriman tetap jalan"),
        ({"is_syncing": True, "unsent": 3}, "tunggu, sinkronisasi sedang berjalan"),
    ],
)
def test_one_next_step_is_told(more: dict[str, object], step: str) -> None:
    assert next_step(status(**more), NOW_MS) == step


def test_the_lines_say_what_waits_arrived_and_is_safe() -> None:
    found = status(unsent=2, received=1_234, safe=5, in_review=1, refused=1, superseded=1, last_reason="offline")
    text = "\n".join(status_to_lines(found, NOW_MS + 3 * 3_600_000, REASONS))
    for part in ("2  🕘", "1,234  ✓", "5  ✓✓", "1  👁", "2  ✗", "3 jam lalu", REASONS["offline"], "aktif"):
        assert part in text, part
    assert "Kontak terakhir" not in text
    assert "belum pernah" in "\n".join(status_to_lines(status(last_finished_ms=None), NOW_MS))


@pytest.mark.parametrize(("minutes", "words"), [(0, "baru saja"), (90, "90 menit lalu"), (60 * 72, "3 hari lalu")])
def test_how_long_ago_is_told_in_words(minutes: int, words: str) -> None:
    lines = status_to_lines(status(), NOW_MS + minutes * 60_000)
    assert any(words in line for line in lines)


def test_the_json_shape_is_stable() -> None:
    assert set(status_to_tree(status())) == {
        "village_code", "village_name", "entries", "unsent", "received", "safe", "waiting", "accepted", "superseded",
        "refused", "in_review", "unreadable", "journal_seq", "acked_seq", "safe_seq", "position", "head", "fingerprint",
        "standing", "needs_update", "syncing", "last_try_ms", "last_contact_ms", "last_finished_ms", "last_reason",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("delivery", "verdict", "outcome", "sign", "words"),
    [
        (Delivery.UNSENT, Verdict.WAITING, None, "🕘", "baru di laptop ini"),
        (Delivery.RECEIVED, Verdict.ACCEPTED, Outcome(), "✓ ", "disetujui"),
        (Delivery.SAFE, Verdict.ACCEPTED, Outcome(), "✓✓", "disetujui"),
        (Delivery.RECEIVED, Verdict.IN_REVIEW, Outcome(), "👁", "sedang ditinjau"),
        (
            Delivery.SAFE,
            Verdict.REFUSED,
            Outcome(((b"\x01" * 16, 17, int(Result.REFUSED)),), "tidak sesuai akta"),
            "✗",
            "tidak diterima (tidak sesuai akta)",
        ),
    ],
)
def test_each_entry_has_its_ticks_and_the_hubs_word(
    delivery: Delivery, verdict: Verdict, outcome: Outcome | None, sign: str, words: str
) -> None:
    state = EntryState(b"\x02" * 16, 7, 2, NOW_MS, "SITI", (), delivery, verdict, outcome)
    (line,) = entries_to_lines([state], 420)
    assert f"{sign}" in line
    assert line.endswith(words)
    assert "18-11-2026 18:06" in line, "an instant is shown in the village's time zone"
    tree = entry_to_tree(state)
    assert (tree["delivery"], tree["verdict"], tree["change"]) == (str(delivery), str(verdict), "02" * 16)


def test_the_office_is_counted_from_what_is_shown(desk: RealDesk) -> None:
    home = settle(desk)
    desk.change(home.father, life_status=2)
    tree = office_to_tree(desk, read_quick_status(desk.store.directory))
    assert (tree["residents"], tree["households"]) == (3, 1)
    assert tree["households_without_head"] == [home.household.hex()]
    assert (tree["requests_open"], tree["events_waiting"]) == (0, 0)
    assert any("Perlu kepala" in line and " 1 " in line for line in office_to_lines(tree))


def test_two_ticks_come_with_the_hubs_backup(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "desa", district) as store:
        desk = RealDesk(store)
        person = desk.new_id()
        desk.save(EntryKind.EVENT, [Create(person, Kind.RESIDENT, {17: "SITI"})])
        seen = []
        for safe in (None, (1, 1)):
            seen.append(_delivery(read_quick_status(store.directory)))
            district.safe = safe
            synchronise(store, HubCarrier(district))
        seen.append(_delivery(read_quick_status(store.directory)))
    assert seen == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


def _delivery(found: QuickStatus) -> tuple[int, int, int]:
    return found.unsent, found.received, found.safe


def test_a_status_reads_nothing_of_the_layers_above() -> None:
    import subprocess
    import sys

    code = (
        "import sys, village_node.quick_status, village_node.status, village_node.session_words;"
        "print([m for m in ('sqlalchemy', 'sqlmodel', 'cryptography', 'requests', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_without_a_node_and_a_damaged_one_are_told_apart(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read_quick_status(tmp_path / "kosong")
    assert caught.value.code == "not-enrolled"
    (folder / "node.db").write_bytes(b"x" * 8192)
    (folder / "node.db-wal").unlink(missing_ok=True)
    with pytest.raises(DatabaseCorruptError):
        read_quick_status(folder)
    (folder / "keys" / "node.key").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_quick_status(folder)
    assert caught.value.code == "key-file"
    (folder / "keys" / "node.key").unlink()
    with pytest.raises(ConfigError):
        read_quick_status(folder)
    (folder / "node.db").unlink()
    with pytest.raises(ConfigError) as caught:
        read_quick_status(folder)
    assert caught.value.code == "not-enrolled"


@pytest.mark.parametrize(
    ("revision", "error", "code"),
    [("9999", FutureSchemaError, "database-newer"), ("0000", StorageError, "database-older")],
)
def test_a_database_of_another_version_is_not_guessed_at(
    folder: Path, revision: str, error: type[StorageError], code: str
) -> None:
    engine = open_database(folder / "node.db", read_keys(folder).database_key)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_node SET version_num = '{revision}'")
    engine.dispose()
    with pytest.raises(error) as caught:
        read_quick_status(folder)
    assert caught.value.code == code


def test_the_quick_status_follows_the_tables_of_the_node(desk: RealDesk) -> None:
    """A column that is renamed must fail here and not at an office."""
    person = desk.new_id()
    desk.save(EntryKind.EVENT, [Create(person, Kind.RESIDENT, {17: "SITI"})])
    desk.save(EntryKind.CORRECTION, [Update(person, tag_of(Kind.RESIDENT, "name"), "SITI", "SITI AMINAH")])
    found = read_quick_status(desk.store.directory)
    assert (found.entries, found.waiting, found.journal_seq) == (2, 2, desk.state.journal_seq)
