"""The morning report: trouble first, in plain words, in two languages."""

from __future__ import annotations

from dataclasses import replace

import pytest

from district_hub.nightly import BackupReport, NightlyResult, VillageCheck
from district_hub.report import morning_report
from tests.hub_office import NOW

DAY_MS = 86_400_000
SOUND = VillageCheck(
    village_id=1,
    code="35.10.01.2001",
    name="Sarongan",
    feed_seq=7,
    filed_seq=7,
    devices=1,
    last_seen_ms=NOW - 3_600_000,
    residents=2700,
    households=900,
    flags={"nik-twice": 1},
    open_cases=2,
    queue=3,
)
RESULT = NightlyResult(
    district_code="35.10",
    district_name="Banyuwangi",
    started_ms=NOW,
    finished_ms=NOW + 1,
    paired_moves=1,
    changed_flags=2,
    dispatch_fault="",
    villages=(SOUND,),
    duplicates=(),
    duplicate_groups=4,
    backup=BackupReport(file="hub-x.db", size_bytes=3 * 1024 * 1024, villages=1, pruned=2),
)


def said(result: NightlyResult, language: str = "id") -> str:
    return morning_report(result, language=language)


def test_a_quiet_morning_has_no_word_of_trouble() -> None:
    text = said(RESULT)
    assert text.startswith("LAPORAN PAGI Banyuwangi (35.10), 29-05-2026 03:26\n1 dari 1 desa cocok")
    assert "PERLU PERHATIAN" not in text
    assert "35.10.01.2001  Sarongan  cocok  2700 penduduk  900 keluarga  sinkron hari ini" in text
    for line in ("Kasus terbuka: 2", "Antrean pendaftaran: 3", "Satu NIK pada dua penduduk hidup: 1", "ganda: 4"):
        assert line in text
    assert "Cadangan hub-x.db (3.0 MB) dibuat dan terbukti dapat dibuka; cadangan lama dihapus: 2" in text


@pytest.mark.parametrize(
    ("village", "words"),
    [
        (replace(SOUND, fault="fingerprint-differs: x"), "! Sarongan: data tidak cocok: fingerprint-differs"),
        (replace(SOUND, is_silent=True, last_seen_ms=NOW - 9 * DAY_MS), "! Sarongan: tidak sinkron selama 9 hari"),
        (replace(SOUND, is_silent=True, last_seen_ms=None), "! Sarongan: tidak sinkron sama sekali"),
        (replace(SOUND, devices=0), "! Sarongan: belum ada perangkat"),
        (replace(SOUND, suspended=1), "! Sarongan: menunggu bukti dari 1 perangkat"),
        (replace(SOUND, orphans=5), "! Sarongan: 5 catatan menunggu"),
    ],
)
def test_trouble_is_said_first(village: VillageCheck, words: str) -> None:
    text = said(replace(RESULT, villages=(village,)))
    assert words in text
    assert text.index("PERLU PERHATIAN") < text.index("DESA")


@pytest.mark.parametrize(
    ("village", "state"),
    [
        (replace(SOUND, filed_seq=4), "cocok, 3 menyusul"),
        (replace(SOUND, filed_seq=4, stated_seq=5), "belum terbukti"),
        (replace(SOUND, waiting=2), "belum terbukti"),
        (replace(SOUND, devices=0), "belum ikut"),
        (replace(SOUND, fault="x"), "TIDAK COCOK"),
    ],
)
def test_the_table_tells_how_far_a_village_is(village: VillageCheck, state: str) -> None:
    assert f"Sarongan  {state}  " in said(replace(RESULT, villages=(village,)))


def test_a_night_without_backup_or_dispatcher_says_so() -> None:
    text = said(
        replace(RESULT, dispatch_fault="disk-full: penuh", backup=BackupReport(fault="backup-bad: rusak"), villages=())
    )
    assert "! TIDAK ADA CADANGAN: backup-bad: rusak" in text
    assert "! Pengantar gagal: disk-full: penuh" in text
    assert "Cadangan hub" not in text


def test_the_report_speaks_english_too() -> None:
    text = said(RESULT, "en")
    assert "MORNING REPORT Banyuwangi (35.10)" in text
    assert "One NIK on two living people: 1" in text
    assert "Possible duplicates: 4" in text
