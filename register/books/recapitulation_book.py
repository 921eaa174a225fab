"""Lay the recapitulation out in the 33 columns of Rekapitulasi Jumlah Penduduk (Permendagri 47/2016).

Beside the legal form stand moves between hamlets, people whose sex is not known (the form has no column for them; they
are in JIWA), and what does not add up.  A family counts as one KK; its members are all its residents but one, so that
KK + ANGGOTA = JIWA as in the form.
"""

from __future__ import annotations

from register.books.chronicle import Chronicle
from register.books.month import Month
from register.books.recapitulation import Column, HamletRow, Recapitulation, recapitulate
from register.books.sheet import NOT_FILLED_IN, Cell, Sheet, SheetRow
from schemas.codes import Sex

_BY_CATEGORY = tuple(
    (f"{country} {letter}", country == "WNA", int(sex))
    for country in ("WNA", "WNI")
    for letter, sex in (("L", Sex.MALE), ("P", Sex.FEMALE))
)
_WORDS = {
    Column.START: "Awal",
    Column.BIRTH: "Lahir",
    Column.ARRIVAL: "Datang",
    Column.DEATH: "Meninggal",
    Column.DEPARTURE: "Pindah",
    Column.END: "Akhir",
}


def _headers() -> tuple[str, ...]:
    found = ["No.", "Dusun"]
    for column, word in _WORDS.items():
        found += [f"{word} {name}" for name, _, _ in _BY_CATEGORY]
        if column in {Column.START, Column.END}:
            found += [f"{word} KK", f"{word} Anggota", f"{word} Jiwa"]
    beside = ("Masuk dari Dusun Lain", "Keluar ke Dusun Lain", "Awal Tanpa Jenis Kelamin", "Akhir Tanpa Jenis Kelamin")
    return (*found, "Ket.", *beside)


HEADERS = _headers()
_WORDED = {"No.", "Dusun", "Ket."}
COUNTING = tuple(one for one in HEADERS if one not in _WORDED and not one.endswith("Anggota"))
"""Headers of numbers that count records: members (ANGGOTA) are what is left of people after families."""
FAMILIES = frozenset(one for one in COUNTING if one.endswith("KK"))
"""Those that count families; the others count people."""


def recapitulation_book(chronicle: Chronicle, month: Month) -> Sheet:
    """Return a month's recapitulation with its total, and what does not add up in the remarks."""
    found = recapitulate(chronicle, month)
    rows = [_row(number, row, row.hamlet or NOT_FILLED_IN, found) for number, row in enumerate(found.hamlets, start=1)]
    total = _row("", found.total, "JUMLAH", None)
    return Sheet(f"Rekapitulasi Jumlah Penduduk {month}", HEADERS, (*rows, total))


def counted_in(found: Recapitulation, row: int, header: str) -> tuple[bytes, ...] | None:
    """Return the records behind a number of the form, by its row (the total is the last); None if there is no such."""
    rows = (*found.hamlets, found.total)
    if not 0 <= row < len(rows) or header not in COUNTING:
        return None
    return (_row("", rows[row], "", None).ids_by_header or {})[header]


def _row(number: Cell, row: HamletRow, name: str, found: Recapitulation | None) -> SheetRow:
    ids: dict[str, tuple[bytes, ...]] = {}
    cells: dict[str, Cell] = {"No.": number, "Dusun": name}
    for column, word in _WORDS.items():
        for category, is_foreign, sex in _BY_CATEGORY:
            ids[f"{word} {category}"] = row.ids(column, is_foreign=is_foreign, sex=sex)
        if column in {Column.START, Column.END}:
            ids[f"{word} Jiwa"] = row.ids(column)
            ids[f"{word} KK"] = tuple(sorted(row.families[column]))
            cells[f"{word} Anggota"] = row.count(column) - len(row.families[column])
            with_sex = {record_id for sex in (Sex.MALE, Sex.FEMALE) for record_id in row.ids(column, sex=sex)}
            ids[f"{word} Tanpa Jenis Kelamin"] = tuple(one for one in row.ids(column) if one not in with_sex)
    ids["Masuk dari Dusun Lain"] = row.ids(Column.MOVED_IN)
    ids["Keluar ke Dusun Lain"] = row.ids(Column.MOVED_OUT)
    cells |= {header: len(counted) for header, counted in ids.items()}
    wrong = [one for one in found.differences if one.hamlet == row.hamlet] if found is not None else []
    if wrong:
        cells["Ket."] = f"SELISIH {sum(abs(one.surplus) for one in wrong)}: periksa datanya"
    return SheetRow(cells, ids_by_header=ids)
