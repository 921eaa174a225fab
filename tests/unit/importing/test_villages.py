"""A regency's list is cut into villages by code, or by district and name; nobody is put into one by guess."""

from __future__ import annotations

from pathlib import Path

from register.importing import plan_import, read_table, split_by_village
from schemas.identifiers import RegionCode
from tests.unit.importing.build import VILLAGE_KEY, FakeRegister, Row, grid, person, write_csv, write_xlsx

BANYUWANGI = RegionCode("35.10")


def _rows(*places: Row) -> list[Row]:
    return [person(9001 + at, kk_level="11", no_kk="0") | place for at, place in enumerate(places)]


def _parts(path: Path) -> dict[str, list[int]]:
    found = split_by_village(read_table(path), BANYUWANGI)
    return {
        str(part.code or f"? {part.code_text}/{part.district_name}/{part.village_name}"): [
            row.number for sheet in part.table.sheets for row in sheet.rows
        ]
        for part in found
    }


def test_villages_are_found_by_district_and_name_in_any_spelling(tmp_path: Path) -> None:
    rows = _rows(
        {"Kecamatan": "GENTENG", "Desa/Kel": "GENTENGWETAN"},
        {"Kecamatan": "Genteng", "Desa/Kel": "Genteng Wetan"},
        {"Kecamatan": "GENTENG", "Desa/Kel": "KEMBIRITAN"},
        {"Kecamatan": "GENTENG", "Desa/Kel": "ATLANTIS"},
        {"Kecamatan": "", "Desa/Kel": ""},
    )
    assert _parts(write_csv(tmp_path / "a.csv", grid(rows))) == {
        "35.10.09.2002": [2, 3],
        "35.10.09.2001": [4],
        "? /GENTENG/ATLANTIS": [5],
        "? //": [6],
    }


def test_a_name_that_two_districts_have_needs_its_district(tmp_path: Path) -> None:
    rows = _rows({"Desa": "KARANGREJO"}, {"Desa": "GENTENGWETAN"})
    assert _parts(write_csv(tmp_path / "a.csv", grid(rows))) == {"? //KARANGREJO": [2], "35.10.09.2002": [3]}


def test_villages_are_found_by_the_parts_of_their_code(tmp_path: Path) -> None:
    code: Row = {"NO_PROP": "35", "NO_KAB": "10", "NO_KEC": "9", "NO_KEL": "2004"}
    rows = _rows(code, code | {"NO_KAB": "9"}, code | {"NO_KEL": "0"})
    # Another regency's village, and a code that is not whole, are nobody's here.
    assert _parts(write_csv(tmp_path / "a.csv", grid(rows))) == {
        "35.10.09.2004": [2],
        "? 3509092004//": [3],
        "? //": [4],
    }


def test_a_village_of_several_sheets_is_one_part_that_imports_as_a_file_would(tmp_path: Path) -> None:
    place: Row = {"Kecamatan": "GENTENG", "Desa/Kel": "GENTENGWETAN"}
    other: Row = {"Kecamatan": "SRONO", "Desa/Kel": "KEBAMAN"}
    rows = _rows(place, other, place)
    path = write_xlsx(tmp_path / "a.xlsx", {"1": grid(rows[:2]), "2": grid(rows[2:])})
    first, second = split_by_village(read_table(path), BANYUWANGI)
    assert (first.rows, second.rows) == (2, 1)
    plan = plan_import(
        first.table, village_key=VILLAGE_KEY, file_digest=first.table.file_digest, existing=FakeRegister()
    )
    assert plan.new == 2
