"""Spreadsheets out: what is written reads back as it was, and a failure leaves the older file alone."""

from __future__ import annotations

import csv
import datetime as dt
import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from python_calamine import load_workbook

from register.database import migrate, open_engine, writing
from register.exporting import COMPLETE_HEADERS, TEMPLATE_HEADERS, export_template, write_csv, write_xlsx
from register.generator import generate_village
from register.importing import ImportPlan, plan_import, read_table
from register.store import IndexItem, RegisterStore
from register.tables import LEVEL_FULL, LEVEL_STUB
from schemas.bodies import Body, body_of
from schemas.errors import DataError, DiskFullError, StorageError
from schemas.fields import Kind

VILLAGE = 7
TODAY = dt.date(2026, 11, 25)
VILLAGE_KEY, DIGEST = bytes(32), bytes(16)
BOTH = pytest.mark.parametrize("name", ["desa.xlsx", "desa.csv"])


class KnownPeople:
    """A register of bodies kept in memory, as planning sees it."""

    def __init__(self, store: RegisterStore) -> None:
        self.bodies: dict[bytes, tuple[int, Body]] = {}
        self.store = store

    def take(self, plan: ImportPlan) -> None:
        creates = [create for household in plan.households for create in household.creates]
        self.bodies |= {create.record_id: (create.kind, create.body) for create in creates}
        self.store.index_bodies(
            IndexItem(VILLAGE, create.record_id, create.kind, LEVEL_FULL, create.body) for create in creates
        )

    def by_ids(self, ids: Any, /) -> Mapping[bytes, tuple[int, Body]]:
        return {record_id: self.bodies[record_id] for record_id in ids if record_id in self.bodies}

    def by_niks(self, niks: Any, /) -> Mapping[int, bytes]:
        found = self.store.holders([f"{nik:016d}" for nik in niks], VILLAGE)
        return {int(nik): people[0][1] for nik, people in found.items()}

    def household_by_number(self, numbers: Any, /) -> Mapping[int, bytes]:
        found = self.store.families([f"{number:016d}" for number in numbers], VILLAGE)
        return {int(number): families[0][1] for number, families in found.items()}

    def members_of(self, household_ids: Any, /) -> Mapping[bytes, Any]:
        return {}


@pytest.fixture
def store() -> Iterator[RegisterStore]:
    engine = open_engine("sqlite://")
    migrate(engine)
    with writing(engine) as connection:
        yield RegisterStore(connection, "35.10")
    engine.dispose()


def export(store: RegisterStore, path: Path) -> int:
    return export_template(store, VILLAGE, path, "xlsx" if path.suffix == ".xlsx" else "csv")


def add(store: RegisterStore, number: int, kind: Kind, level: int = LEVEL_FULL, **values: object) -> None:
    store.index_bodies([IndexItem(VILLAGE, number.to_bytes(16, "big"), kind, level, body_of(kind, values))])


def exported_rows(path: Path, sheet: int = 0) -> list[dict[str, Any]]:
    if path.suffix == ".csv":
        source = path.with_name("desa-lengkap.csv") if sheet else path
        with source.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    headers, *rows = load_workbook(str(path)).get_sheet_by_index(sheet).to_python()
    return [dict(zip(map(str, headers), row, strict=True)) for row in rows]


@BOTH
def test_an_exported_village_imports_again_without_any_change(store: RegisterStore, tmp_path: Path, name: str) -> None:
    village = generate_village(5, "35.10.09.2004", 300, today=TODAY)
    write_csv(tmp_path / "source.csv", TEMPLATE_HEADERS, village.rows)
    known = KnownPeople(store)
    known.take(_plan(tmp_path / "source.csv", known))

    assert export(store, tmp_path / name) == 300
    plan = _plan(tmp_path / name, known)

    assert (plan.rows, plan.unchanged) == (300, 300)
    assert [problem for problem in plan.problems if problem.severity == "error"] == []


def _plan(path: Path, known: KnownPeople) -> ImportPlan:
    return plan_import(read_table(path), village_key=VILLAGE_KEY, file_digest=DIGEST, existing=known)


@BOTH
def test_numbers_are_text_and_unknown_values_blank(store: RegisterStore, tmp_path: Path, name: str) -> None:
    add(store, 1, Kind.HOUSEHOLD, family_number="3510090101099001", head_id=(2).to_bytes(16, "big"), rt="001")
    head: dict[str, Any] = {
        "household_id": (1).to_bytes(16, "big"),
        "nik": "3510091203459001",
        "birth_on": dt.date(1889, 3, 12),
    }
    add(store, 2, Kind.RESIDENT, name="MA'RUF", sex=1, relation=4, marital_status=5, **head)
    add(store, 3, Kind.RESIDENT, name="SITI", temporary_number="0351009200400017", occupation=4711)
    assert export(store, tmp_path / name) == 2

    rows = {row["nama"]: row for row in exported_rows(tmp_path / name)}
    ruf, siti = rows["MA'RUF"], rows["SITI"]
    assert (ruf["nik"], ruf["no_kk"], ruf["rt"]) == ("3510091203459001", "3510090101099001", "001")
    assert ruf["tanggallahir"] == "1889-03-12"
    assert (str(ruf["kk_level"]).removesuffix(".0"), ruf["status_kawin"]) == ("1", "KAWIN TERCATAT")
    assert (siti["nik"], siti["no_kk"], siti["tanggallahir"]) == ("0", "", "")
    assert str(siti["pekerjaan_id"]).removesuffix(".0") == "4711"


@BOTH
def test_all_our_columns_come_along(store: RegisterStore, tmp_path: Path, name: str) -> None:
    add(store, 3, Kind.RESIDENT, name="SITI", phone="0812", certified_at=dt.date(2026, 1, 2))
    export(store, tmp_path / name)
    (row,) = exported_rows(tmp_path / name, sheet=1)
    assert tuple(row) == COMPLETE_HEADERS
    assert row["resident.record_id"] == f"{3:032x}"
    assert (row["resident.phone"], row["resident.certified_at"]) == ("0812", "2026-01-02")


def test_the_departed_the_void_and_other_villages_stay_out(store: RegisterStore, tmp_path: Path) -> None:
    add(store, 1, Kind.RESIDENT, name="A", life_status=2)
    add(store, 2, Kind.RESIDENT, name="B", void="ganda")
    add(store, 3, Kind.RESIDENT, LEVEL_STUB, name="C")
    add(store, 4, Kind.RESIDENT, name="D", merged_into=bytes(16))
    store.index_bodies([IndexItem(8, bytes(16), Kind.RESIDENT, LEVEL_FULL, body_of(Kind.RESIDENT, {"name": "E"}))])
    assert export(store, tmp_path / "desa.csv") == 1
    assert [row["nama"] for row in exported_rows(tmp_path / "desa.csv")] == ["A"]


def test_a_text_that_looks_like_a_formula_stays_a_text(store: RegisterStore, tmp_path: Path) -> None:
    add(store, 1, Kind.RESIDENT, name='=HYPERLINK("x")')
    export(store, tmp_path / "desa.csv")
    export(store, tmp_path / "desa.xlsx")
    assert exported_rows(tmp_path / "desa.csv")[0]["nama"] == '\'=HYPERLINK("x")'
    assert exported_rows(tmp_path / "desa.xlsx")[0]["nama"] == '=HYPERLINK("x")'


def test_cells_keep_their_type_in_a_workbook(tmp_path: Path) -> None:
    day = dt.date(2001, 5, 12)
    rows: list[dict[str, str | int | dt.date]] = [
        {"nik": 3510090111959000, "tanggallahir": day, "nama": "", "rt": "001"}
    ]
    assert write_xlsx(tmp_path / "a.xlsx", TEMPLATE_HEADERS, rows) == 1
    (row,) = exported_rows(tmp_path / "a.xlsx")
    assert (row["nik"], row["tanggallahir"], row["rt"]) == (3510090111959000, day, "001")


def test_csv_dates_are_written_as_a_spreadsheet_saves_them(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", ["d", "n"], [{"d": dt.date(2001, 5, 2), "n": 5}], separator=";")
    assert (tmp_path / "a.csv").read_text() == "d;n\n02/05/2001;5\n"


def test_a_letter_outside_the_encoding_is_refused_and_the_older_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("lama")
    with pytest.raises(DataError) as caught:
        write_csv(path, ["nama"], [{"nama": "ŽӁ"}], encoding="cp1252")
    assert caught.value.code == "encoding"
    assert path.read_text() == "lama"
    assert list(tmp_path.iterdir()) == [path]


def test_rows_that_break_off_leave_the_older_file(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, str | int | dt.date]]:
        yield {"nama": "A"}
        raise LookupError

    path = tmp_path / "a.xlsx"
    path.write_text("lama")
    with pytest.raises(LookupError):
        write_xlsx(path, ["nama"], rows())
    assert path.read_text() == "lama"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    def rows() -> Iterator[dict[str, str | int | dt.date]]:
        yield {"nama": "A"}
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DiskFullError):
        write_xlsx(tmp_path / "a.xlsx", ["nama"], rows())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_a_folder_that_is_missing_is_told(tmp_path: Path, write: Any) -> None:
    with pytest.raises(StorageError) as caught:
        write(tmp_path / "nowhere" / "a", ["nama"], [{"nama": "A"}])
    assert caught.value.code == "file-not-written"


def test_the_template_has_its_43_columns() -> None:
    assert len(TEMPLATE_HEADERS) == 43
