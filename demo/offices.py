"""The three village offices of the story, and the spreadsheet each of them brings.

Decides which villages take part, how many people live there, in which form their list arrives and how they reach the
hub.  All of it is generated; only the codes and names of the villages are real.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from register.exporting import write_csv, write_xlsx
from register.generator import HEADERS, GeneratedVillage, Row, generate_village

DISTRICT_CODE, DISTRICT_NAME = "35.10", "Kabupaten Banyuwangi"

RESIDENTS = 8_000
_DIRTY_SHARE = 0.004
_SEED = 3510


@dataclass(frozen=True, slots=True)
class Office:
    """One village office: who it is, what its list looks like, how its news travels."""

    code: str
    name: str
    officer: str
    form: str
    file_name: str
    share: float
    first_serial: int
    is_on_stick: bool = False

    @property
    def directory(self) -> str:
        """Return the node's folder inside the demo's."""
        return f"desa-{self.name.lower().replace(' ', '-')}"

    @property
    def spreadsheet(self) -> str:
        """Return the list's path inside the demo's folder."""
        return f"files/{self.file_name}"


PAKISTAJI = Office("35.10.14.2006", "Pakistaji", "Wiwik Handayani", ".xlsx", "penduduk-pakistaji.xlsx", 0.4, 9001)
KABAT = Office("35.10.14.2012", "Kabat", "Agus Prayitno", "UTF-8 .csv", "penduduk-kabat.csv", 0.35, 9301)
TAMANSARI = Office(
    "35.10.24.2008",
    "Tamansari",
    "Sri Rahayu",
    "Windows-1252 .csv with semicolons",
    "penduduk-tamansari.csv",
    0.25,
    9601,
    is_on_stick=True,
)
OFFICES = (PAKISTAJI, KABAT, TAMANSARI)


def generate_office(office: Office, residents_in_all: int, today: dt.date) -> GeneratedVillage:
    """Invent an office's village; the same every time but for the ages, which follow today."""
    return generate_village(
        _SEED,
        office.code,
        round(residents_in_all * office.share),
        today=today,
        dirty=_DIRTY_SHARE,
        is_varied=True,
        has_number_cells=office.form == ".xlsx",
        first_serial=office.first_serial,
    )


def write_spreadsheet(office: Office, village: GeneratedVillage, folder: Path) -> int:
    """Write the list as the office keeps it; return its size in bytes."""
    path = folder / office.spreadsheet
    path.parent.mkdir(parents=True, exist_ok=True)
    if office.form == ".xlsx":
        write_xlsx(path, HEADERS, village.rows)
    elif office.form.startswith("UTF-8"):
        write_csv(path, HEADERS, village.rows)
    else:
        write_csv(path, HEADERS, _with_typographic_apostrophes(village.rows), encoding="cp1252", separator=";")
    return path.stat().st_size


def _with_typographic_apostrophes(rows: tuple[Row, ...]) -> Iterator[Row]:
    """Spell names as a word processor does: MA’RUF has a letter that only Windows-1252 writes in one byte."""
    for row in rows:
        name = row.get("nama")
        yield {**row, "nama": name.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")} if isinstance(name, str) else row
