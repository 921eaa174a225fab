"""Measure an import: seconds to preview and apply a village, and the memory of a large one.

The physical limit is the same people written as bare rows into a bare SQLite table with one durable commit, in the same
run.  Memory is the peak of a child process that does nothing else, so that making the file does not count.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.office import VILLAGE_CODE, make_office
from register.exporting import write_xlsx
from register.generator import HEADERS, generate_village

ROWS, ROWS_LARGE = 8_000, 35_000
_TODAY = dt.date(2026, 11, 25)
_SEED = 35


@dataclass(frozen=True, slots=True)
class ImportFigures:
    """One run; ``*_ratio`` is our time over that of bare inserts, ``peak_mb`` that of the large file's process."""

    rows: int
    read_s: float
    preview_s: float
    apply_s: float
    entries: int
    bare_insert_s: float
    apply_ratio: float
    large_rows: int
    large_preview_s: float
    large_apply_s: float
    large_peak_mb: float


def measure_import(rows: int = ROWS, rows_large: int = ROWS_LARGE) -> ImportFigures:
    """Make two villages' files and import them; takes about a minute."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        people = write_file(folder / "desa.xlsx", rows)
        usual = _in_child(folder / "desa.xlsx", folder / "office")
        bare_s = bare_inserts(folder / "bare.db", people)
        write_file(folder / "besar.xlsx", rows_large)
        large = _in_child(folder / "besar.xlsx", folder / "large")
    return ImportFigures(
        rows=usual["rows"],
        read_s=usual["read_s"],
        preview_s=usual["preview_s"],
        apply_s=usual["apply_s"],
        entries=usual["entries"],
        bare_insert_s=round(bare_s, 3),
        apply_ratio=round(usual["apply_s"] / bare_s, 1),
        large_rows=large["rows"],
        large_preview_s=large["preview_s"],
        large_apply_s=large["apply_s"],
        large_peak_mb=large["peak_mb"],
    )


def write_file(path: Path, residents: int) -> list[tuple[str, ...]]:
    """Write a generated village as a workbook; return its rows as texts, for the bare inserts."""
    village = generate_village(_SEED, VILLAGE_CODE, residents, today=_TODAY)
    write_xlsx(path, HEADERS, village.rows)
    return [tuple(str(row.get(header, "")) for header in HEADERS) for row in village.rows]


def bare_inserts(path: Path, people: list[tuple[str, ...]]) -> float:
    """Return the seconds that the same rows take as bare inserts, one durable commit."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        columns = ", ".join(f"c{number}" for number in range(len(people[0])))
        connection.execute(f"CREATE TABLE person ({columns})")
        marks = ", ".join("?" for _ in people[0])
        started = time.perf_counter()
        with connection:
            connection.executemany(f"INSERT INTO person VALUES ({marks})", people)  # noqa: S608 - marks are ours
        return time.perf_counter() - started
    finally:
        connection.close()


def _in_child(file: Path, directory: Path) -> dict[str, Any]:
    make_office(directory)
    done = subprocess.run(
        [sys.executable, "-m", "bench.import_child", str(file), str(directory)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).resolve().parent.parent,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def to_lines(figures: ImportFigures) -> list[str]:
    """Return the figures as lines for a person."""
    return [f"{name:<16} {value:>12,}" for name, value in asdict(figures).items()]
