"""Doctor: each line well or not, with the next step."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync_protocol.entries import Create, EntryKind
from tests.fakes_desk import RealDesk
from tests.node_ground import NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node import doctor
from village_node.doctor import DoctorReport, doctor_report
from village_node.store import NodeStore
from village_node.syncer import synchronise

DAY_MS = 86_400_000


@pytest.fixture
def folder(tmp_path: Path, enrolled_folder: Path) -> Path:
    return Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))


def report(folder: Path, *, now_ms: int = NOW_MS, is_online: bool = True) -> DoctorReport:
    return doctor_report(
        folder, now_ms=lambda: now_ms, is_reachable=lambda _: is_online, has_link=lambda: is_online, environment={}
    )


def findings(found: DoctorReport) -> dict[str, bool]:
    return {one.check: one.is_ok for one in found.findings}


def change_state(folder: Path, **values: Any) -> None:
    with NodeStore.open(folder) as store, store.transaction() as working:
        working.tables.state = replace(working.tables.state, **values)


def test_a_node_that_has_synced_is_well(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "desa", district) as store:
        desk = RealDesk(store)
        desk.save(EntryKind.EVENT, [Create(desk.new_id(), 2, {17: "SITI"})])
        synchronise(store, HubCarrier(district), now_ms=lambda: district.now_ms)
    found = report(tmp_path / "desa", now_ms=district.now_ms)
    assert found.is_ok, found.to_text()
    tree = json.loads(found.to_json())
    assert tree["ok"] is True
    assert [one["check"] for one in tree["findings"]] == [
        "disk", "keys", "database", "clock", "link", "hub", "standing", "pending", "journal", "contact",
    ]  # fmt: skip
    assert "PERLU" not in found.to_text()


def test_each_line_that_needs_attention_says_the_next_step(folder: Path) -> None:
    found = report(folder, is_online=False)
    assert findings(found) == {
        "disk": True,
        "keys": True,
        "database": True,
        "clock": True,
        "link": False,
        "hub": False,
        "standing": True,
        "pending": True,
        "journal": True,
        "contact": False,
    }
    assert all(one.step for one in found.findings if not one.is_ok)
    assert "Langkah berikutnya" in found.to_text()


def test_a_key_file_that_others_can_read_is_named_with_its_remedy(folder: Path) -> None:
    (folder / "keys" / "node.key").chmod(0o644)
    found = next(one for one in report(folder).findings if one.check == "keys")
    assert not found.is_ok
    assert "chmod 600" in found.step


@pytest.mark.parametrize(
    ("state", "now_ms", "is_ok"),
    [
        ({"hub_time_ms": NOW_MS}, NOW_MS, True),
        ({"hub_time_ms": NOW_MS}, NOW_MS - 4 * 60_000, True),
        ({"hub_time_ms": NOW_MS}, NOW_MS - 3000 * DAY_MS, False),
        ({"offset_ms": -6 * 60_000}, NOW_MS, False),
        ({"offset_ms": 60_000}, NOW_MS, True),
    ],
)
def test_a_clock_is_judged_by_the_last_hub_time(folder: Path, state: dict[str, int], now_ms: int, is_ok: bool) -> None:
    change_state(folder, **state)
    assert findings(report(folder, now_ms=now_ms))["clock"] is is_ok


def test_standing_version_and_pending_work(folder: Path) -> None:
    change_state(folder, standing=1)
    assert findings(report(folder))["standing"] is False
    change_state(folder, standing=0, needs_update=True)
    assert findings(report(folder))["version"] is False


def test_the_last_contact_grows_old(folder: Path) -> None:
    with NodeStore.open(folder) as store, store.transaction() as working:
        working.sync.last_contact_ms = NOW_MS - 8 * DAY_MS
    found = next(one for one in report(folder).findings if one.check == "contact")
    assert (found.is_ok, found.message) == (False, "Kontak terakhir dengan kabupaten 8 hari lalu.")


def test_a_village_without_a_network_is_well_without_a_hub(folder: Path) -> None:
    text = (folder / "node.toml").read_text(encoding="utf-8")
    lines = ['hub_url = ""' if line.startswith("hub_url") else line for line in text.splitlines()]
    (folder / "node.toml").write_text("\n".join(lines), encoding="utf-8")
    assert findings(report(folder, is_online=False))["hub"] is True


def test_a_folder_that_is_no_node_says_how_to_begin(tmp_path: Path) -> None:
    found = report(tmp_path / "kosong")
    assert findings(found) == {"disk": True, "keys": False, "database": False}
    assert "kampung village init" in found.to_text()


def test_a_full_disk_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "DISK_FREE_BYTES_MIN", 1 << 62)
    assert findings(report(folder))["disk"] is False


def test_a_hub_that_does_not_answer_is_found_out_on_the_loopback(folder: Path) -> None:
    found = doctor_report(
        folder, now_ms=lambda: NOW_MS, has_link=lambda: True, environment={"KAMPUNG_HUB_URL": "http://127.0.0.1:1"}
    )
    assert findings(found)["hub"] is False
