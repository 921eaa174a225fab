"""A whole village, and the largest one, are previewed in the time and memory of an old laptop."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xlsxwriter

from tests.unit.importing.build import HEADERS, FakeRegister, Row, child, outcome, person, plan_file, wife

# Read and plan in a process of its own, so that its peak memory is nobody else's.
PREVIEW = """
import json, resource, sys, time
from tests.unit.importing.build import plan_file
from pathlib import Path
plan = plan_file(Path(sys.argv[1]))
peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"rows": plan.rows, "new": plan.new, "cpu_s": time.process_time(), "peak_bytes": peak_bytes}))
"""


def _family(number: int) -> list[Row]:
    """Return four people who fill most columns, all different from every other family's."""
    day, month, serial = 1 + number % 28, 1 + number // 28 % 12, 9000 + number // 336
    born = f"{day:02d}-{month:02d}-"
    shared: Row = {
        "no_kk": f"351009{day:02d}{month:02d}12{serial}",
        "alamat": f"JL. MELATI {number}",
        "rt": f"{1 + number % 40:03d}",
        "pekerjaan_id": "PETANI/PEKEBUN",
        "pendidikan_kk_id": "SLTA / SEDERAJAT",
        "golongan_darah_id": "13",
        "nama_ayah": f"AYAH {number}",
        "nama_ibu": f"IBU {number}",
        "akta_lahir": f"AL-{number}",
        "ktp_el": "2",
        "status_dasar": "HIDUP",
        "suku": "OSING",
        "id_asuransi": "1",
    }
    return [
        person() | shared | _who(f"SUGENG {number}", f"{day:02d}", month, "60", serial, born + "1960"),
        wife() | shared | _who(f"SITI {number}", f"{day + 40}", month, "62", serial, born + "1962"),
        child() | shared | _who(f"BUDI {number}", f"{day:02d}", month, "90", serial, born + "1990"),
        child() | shared | _who(f"AGUS {number}", f"{day:02d}", month, "92", serial, born + "1992"),
    ]


def _who(name: str, day: str, month: int, year: str, serial: int, born: str) -> Row:
    return {"nama": name, "nik": f"351009{day}{month:02d}{year}{serial}", "tanggallahir": born}


def _write_village(path: Path, residents: int) -> Path:
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Penduduk")
        sheet.write_row(0, 0, HEADERS)
        at = 1
        for number in range(residents // 4):
            for row in _family(number):
                sheet.write_row(at, 0, [row.get(header, "") for header in HEADERS])
                at += 1
    return path


def _preview(path: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", PREVIEW, str(path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
    )
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


def test_a_hamlet_of_3000_is_imported_and_recognised(tmp_path: Path) -> None:
    path = _write_village(tmp_path / "dusun.xlsx", 3000)
    register = FakeRegister()
    started = time.process_time()
    plan = plan_file(path, register)
    assert outcome(plan) == (3000, 0, 0, 0, 0)
    assert len(plan.households) == 750
    register.apply(plan.households)
    assert outcome(plan_file(path, register)) == (0, 0, 3000, 0, 0)
    # Generous: this is a guard against a square term, not a measurement.
    assert time.process_time() - started < 20


@pytest.mark.slow
def test_8000_rows_are_previewed_in_five_seconds(tmp_path: Path) -> None:
    measured = _preview(_write_village(tmp_path / "desa.xlsx", 8000))
    assert measured["new"] == measured["rows"] == 8000
    assert measured["cpu_s"] < 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="peak memory is measured through getrusage")
def test_35000_rows_fit_in_300_megabytes(tmp_path: Path) -> None:
    measured = _preview(_write_village(tmp_path / "desa.xlsx", 35_000))
    assert measured["new"] == measured["rows"] == 35_000
    assert measured["peak_bytes"] < 300e6
