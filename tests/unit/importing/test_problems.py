"""Every code that an import can give has a row here that gives it, with the place a person looks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from register.importing.problems import CODES
from tests.unit.importing.build import (
    Cell,
    FakeRegister,
    Row,
    child,
    codes,
    grid,
    import_file,
    outcome,
    person,
    plan_file,
    wife,
    write_csv,
    write_xlsx,
)

CUT_NIK = 3510091708859000


@dataclass(frozen=True)
class Example:
    """Rows that give a code at a row and column; ``known`` is imported before, ``correct`` changes it."""

    code: str
    rows: list[Row]
    row: int
    column: str
    value: str
    rejected: int = 0
    known: list[Row] = field(default_factory=list)
    correct: Callable[[FakeRegister], None] | None = None
    id: str = ""


FATHER = "SUGENG CONTOH 9001"


def _errors(code: str, column: str, *cells: Cell) -> list[Example]:
    return [Example(code, [person() | {column: cell}], 2, column, str(cell or ""), rejected=1) for cell in cells]


def _warnings(code: str, column: str, *cells: Cell) -> list[Example]:
    return [Example(code, [person() | {column: cell}], 2, column, str(cell)) for cell in cells]


EXAMPLES = [
    *_errors("name-missing", "nama", None),
    *_errors("nik-format", "nik", "351009170885900", "3510091708859OO1"),
    *_errors("nik-cut-by-excel", "nik", CUT_NIK, "3.51009E+15"),
    *_errors("family-number-format", "no_kk", "12345"),
    *_errors("family-number-cut-by-excel", "no_kk", 3510091202129000),
    *_errors("date-impossible", "tanggallahir", "31-02-2001", "00-00-1950"),
    *_errors("date-format", "tanggalperkawinan", "kapan-kapan", 1950),
    *_errors("code-unknown", "agama_id", "JEDI"),
    *_errors("code-unknown", "kk_level", "12"),
    *_errors("cell-formula-error", "nama", "#N/A"),
    *_warnings("parent-nik-format", "ayah_nik", "123"),
    *_warnings("parent-nik-cut-by-excel", "ibu_nik", CUT_NIK),
    *_warnings("temporary-number", "nik", "0351009200400017"),
    *_warnings("temporary-number", "no_kk", "0351009200400018"),
    *_warnings("area-format", "rt", "1234"),
    *_warnings("date-short-year", "tanggallahir", "17-AGU-85"),
    *_warnings("pregnancy-of-man", "hamil", "1"),
    *_warnings("marital-status-open", "status_kawin", "JD", "Janda"),
    *_warnings("card-status-unknown", "ktp_el", "SUDAH JADI"),
    *_warnings("card-status-unknown", "status_rekam", "ENTAH"),
    *_errors("own-format", "resident.record_id", "bukan-kode"),
    *_warnings("nik-region-unknown", "nik", "9999991708859001"),
    *_warnings("nik-birth-date-mismatch", "nik", "3510091808859001"),
    *_warnings("nik-sex-mismatch", "nik", "3510095708859001"),
    *_warnings("nik-serial-zero", "nik", "3510091708850000"),
    Example("text-too-long", [person(alamat="A" * 251)], 2, "alamat", "A" * 79 + "…", rejected=1),
    Example("column-unknown", [person() | {"Warna Atap": "merah"}], 1, "Warna Atap", "Warna Atap"),
    Example("column-twice", [person() | {"Nama Lengkap": "X"}], 1, "Nama Lengkap", "Nama Lengkap"),
    Example("person-twice-in-file", [person(), wife(), person()], 4, "nik", "3510091708859001", rejected=1),
    Example("nik-twice-in-file", [person(), child(nik="3510091708859001")], 3, "nik", "3510091708859001", rejected=2),
    Example("person-unknown", [{"nik": "3510091708859001", "suku": "OSING"}], 2, "nik", "3510091708859001", rejected=1),
    Example("person-maybe-twice", [person(), person(nik="0", no_kk="0")], 3, "nama", FATHER),
    Example("relation-sex-mismatch", [person(), child(kk_level="ISTRI")], 3, "kk_level", "3"),
    Example("household-two-heads", [person(), child(kk_level="1")], 3, "kk_level", "1"),
    Example("household-without-head", [wife()], 2, "kk_level", ""),
    Example("household-without-head", [person(tanggallahir="31-02-2001"), wife()], 3, "kk_level", "", rejected=1),
    Example("household-address-differs", [person(), wife(rt="003")], 3, "rt", "003"),
    Example("household-has-head", [child(kk_level="1")], 2, "kk_level", "1", known=[person()]),
    Example("relation-differs", [person(kk_level="11")], 2, "kk_level", "11", known=[person()]),
    Example("family-differs", [wife(no_kk="3510091202129002")], 2, "no_kk", "3510091202129002", known=[wife()]),
    Example("status-differs", [wife(status_dasar="HIDUP")], 2, "status_dasar", "1", known=[wife(status_dasar="MATI")]),
    Example(
        "person-differs",
        [person(nama="ORANG LAIN", tanggallahir="01-02-1985")],
        2,
        "nik",
        "3510091708859001",
        known=[person()],
    ),
    Example(
        "nik-differs",
        [person()],
        2,
        "nik",
        "3510091708859001",
        known=[person()],
        correct=lambda register: register.correct(FATHER, "nik", 3510091708859005),
    ),
    Example(
        "record-void",
        [person()],
        2,
        "nama",
        FATHER,
        known=[person()],
        correct=lambda register: register.correct(FATHER, "void", "salah ketik"),
    ),
]

OF_WORKBOOKS = {"sheet-ignored", "nik-cut-in-file", "own-sheet-outdated", "family-numbers-carried"}
OF_COLUMNS: dict[str, tuple[str, list[Cell]]] = {
    "sex-p-is-male": ("sex", ["P", "W", "P"]),
    "marital-numbers-f101": ("status_kawin", ["1", "2", "6"]),
    "date-month-first": ("tanggalperkawinan", ["12/31/1999", "01/15/2001", "02/28/2003"]),
    "date-order-doubtful": ("tanggalperkawinan", ["12/31/1999", "01/02/2001", None]),
    "date-epoch-1904": ("tanggallahir", [29814] * 5),
}
"""Told once for a column: its header and cells that give the code."""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.code}-{example.column}-{example.value}")
def test_a_problem_says_where_it_is_and_what_to_do(example: Example, tmp_path: Path) -> None:
    register = FakeRegister()
    if example.known:
        import_file(write_csv(tmp_path / "before.csv", grid(example.known)), register)
    if example.correct is not None:
        example.correct(register)
    path = write_xlsx(tmp_path / "penduduk.xlsx", {"Data": grid(example.rows)})

    plan = plan_file(path, register)

    found = [problem for problem in plan.problems if problem.code == example.code and problem.row == example.row]
    assert found, [(problem.code, problem.row, problem.field) for problem in plan.problems]
    problem = found[0]
    assert (problem.file, problem.sheet) == ("penduduk.xlsx", "Data")
    assert (problem.field, problem.value) == (example.column, example.value)
    assert problem.message
    assert problem.remedy
    assert problem.message_en
    assert "{" not in problem.message + problem.message_en
    assert plan.rejected == example.rejected
    assert (problem.severity == "error") == (example.rejected > 0 and problem.code != "household-without-head")
    outcome(plan)


def test_every_declared_code_has_an_example() -> None:
    assert {example.code for example in EXAMPLES} | OF_WORKBOOKS | set(OF_COLUMNS) == CODES


@pytest.mark.parametrize("code", OF_COLUMNS)
def test_an_unusual_reading_of_a_column_is_told_once(code: str, tmp_path: Path) -> None:
    column, cells = OF_COLUMNS[code]
    rows = [person(9001 + at, kk_level="11") | {column: cell} for at, cell in enumerate(cells)]
    plan = plan_file(write_xlsx(tmp_path / "a.xlsx", {"Data": grid(rows)}))
    (problem,) = (problem for problem in plan.problems if problem.code == code)
    assert (problem.row, problem.field, problem.severity) == (1, column, "warning")
    assert problem.message
    assert problem.remedy


def test_a_card_status_that_is_not_known_is_told_once(tmp_path: Path) -> None:
    rows = [person(serial, kk_level="11", ktp_el="SUDAH JADI") for serial in range(9001, 9005)]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    assert [problem.row for problem in plan.problems if problem.code == "card-status-unknown"] == [2]
    assert plan.new == 4


def test_a_family_number_in_the_heads_row_only_is_carried_to_the_members(tmp_path: Path) -> None:
    register = FakeRegister()
    second = "3510091202129002"
    rows = [
        person(),
        wife(no_kk=None, alamat=None),
        child(no_kk=None),
        person(9004, no_kk=second),
        child(9005, no_kk=None),
    ]
    plan = import_file(write_csv(tmp_path / "a.csv", grid(rows)), register)
    assert "family-numbers-carried" in codes(plan)
    assert len(register.households()) == 2
    assert register.person("BUDI CONTOH 9005")["household_id"] == register.person("SUGENG CONTOH 9004")["household_id"]


def test_a_sheet_without_a_header_is_pointed_out(tmp_path: Path) -> None:
    plan = plan_file(write_xlsx(tmp_path / "a.xlsx", {"Data": grid([person()]), "Catatan": [["halo"]]}))
    (problem,) = (problem for problem in plan.problems if problem.code == "sheet-ignored")
    assert (problem.sheet, problem.row, problem.value) == ("Catatan", 0, "Catatan")
    assert outcome(plan) == (1, 0, 0, 0, 0)


def test_many_numeric_niks_that_end_in_0_make_the_file_suspect(tmp_path: Path) -> None:
    rows = [child(serial, nik=3510090101109000 + number) for number, serial in ((0, 9001), (10, 9002), (20, 9003))]
    rows += [child(serial, nik=int(f"351009010110{serial}")) for serial in range(9021, 9025)]
    plan = plan_file(write_xlsx(tmp_path / "a.xlsx", {"Data": grid(rows)}))
    (problem,) = (problem for problem in plan.problems if problem.code == "nik-cut-in-file")
    assert (problem.row, problem.field, problem.value) == (0, "nik", "3/7")
    assert plan.rejected == 3


def test_a_few_numeric_niks_that_end_in_0_are_chance(tmp_path: Path) -> None:
    rows = [child(serial, nik=int(f"351009010110{serial}")) for serial in range(9001, 9011)]
    plan = plan_file(write_xlsx(tmp_path / "a.xlsx", {"Data": grid(rows)}))
    assert codes(plan) & {"nik-cut-in-file", "nik-cut-by-excel"} == {"nik-cut-by-excel"}
    assert plan.rejected == 1


def test_both_rows_of_a_disputed_nik_name_each_other(tmp_path: Path) -> None:
    rows = [person(), wife(), child(nik="3510091708859001")]
    plan = plan_file(write_csv(tmp_path / "a.csv", grid(rows)))
    disputed = [problem for problem in plan.problems if problem.code == "nik-twice-in-file"]
    assert [(problem.row, problem.message) for problem in disputed] == [
        (2, "NIK yang sama dipakai orang berbeda di baris 4"),
        (4, "NIK yang sama dipakai orang berbeda di baris 2"),
    ]
    assert outcome(plan) == (1, 0, 0, 0, 2)


def test_every_problem_of_a_row_is_told_at_once(tmp_path: Path) -> None:
    plan = plan_file(write_csv(tmp_path / "a.csv", grid([person(nik="1", tanggallahir="31-02-2001", sex="X")])))
    assert {"nik-format", "date-impossible", "code-unknown"} <= codes(plan)
    assert plan.rejected == 1
