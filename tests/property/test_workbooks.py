"""Whatever way a village writes its list, the same people come out of it, and every wrong row is told."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import xlwt

from tests.property.workbook_fuzzer import Cell, Fuzzed, fuzz_workbook
from tests.unit.importing.build import FakeRegister, import_file, outcome, plan_file, write_ods


def write_fuzzed(fuzzed: Fuzzed, folder: Path) -> Path:
    path = folder / f"{fuzzed.seed}.{fuzzed.form}"
    match fuzzed.form:
        case "csv":
            (cells,) = fuzzed.sheets.values()
            text = io.StringIO()
            csv.writer(text, delimiter=fuzzed.separator).writerows([_text(cell) for cell in row] for row in cells)
            path.write_bytes(text.getvalue().encode(fuzzed.encoding))
        case "ods":
            (cells,) = fuzzed.sheets.values()
            width = max(len(row) for row in cells)
            write_ods(path, [[*row, *([None] * (width - len(row)))] for row in cells])
        case "xls":
            _write_xls(fuzzed, path)
        case _:
            _write_xlsx(fuzzed, path)
    return path


def _text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _write_xls(fuzzed: Fuzzed, path: Path) -> None:
    book = xlwt.Workbook()
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for name, cells in fuzzed.sheets.items():
        sheet = book.add_sheet(name)
        for top, left, bottom, right in fuzzed.merges.get(name, ()):
            sheet.merge(top, bottom, left, right)
        for at, row in enumerate(cells):
            for column, cell in enumerate(row):
                if hasattr(cell, "isoformat"):
                    sheet.write(at, column, cell, day)
                elif cell is not None:
                    sheet.write(at, column, cell)
    book.save(str(path))


def _write_xlsx(fuzzed: Fuzzed, path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, cells in fuzzed.sheets.items():
            sheet = book.add_worksheet(name)
            for at, row in enumerate(cells):
                for column, cell in enumerate(row):
                    if hasattr(cell, "isoformat"):
                        sheet.write_datetime(at, column, cell, day)
                    elif isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    elif cell is not None:
                        sheet.write_number(at, column, cell)
            for top, left, bottom, right in fuzzed.merges.get(name, ()):
                sheet.merge_range(top, left, bottom, right, "")
                first = cells[top][left]
                sheet.write_string(top, left, first) if isinstance(first, str) else sheet.write_number(top, left, first)


def _imported(register: FakeRegister, expected: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the people of a register in the form of ``Fuzzed.people``, with the fields that those carry."""
    carried = {name for values in expected for name in values}
    homes = {
        record_id: values
        for (record_id, (kind, _)), values in zip(
            ((record_id, body) for record_id, body in register.records.items() if body[0] == 1),
            register.households(),
            strict=True,
        )
    }
    ids = [record_id for record_id, (kind, _) in register.records.items() if kind != 1]
    people = register.people()
    found = []
    for record_id, person in zip(ids, people, strict=True):
        home = homes[person["household_id"]]  # type: ignore[index]
        values = {name: value for name, value in person.items() if name in carried}
        values["home"] = {name: home.get(name) for name in ("family_number", "address", "hamlet", "rw", "rt")}
        values["members"] = sorted(
            str(other["name"]) for other in people if other["household_id"] == person["household_id"]
        )
        values["is_head"] = home.get("head_id") == record_id
        found.append(values)
    return sorted(found, key=_key)


def _key(values: dict[str, Any]) -> tuple[str, str]:
    return str(values.get("nik", "")), f"{values['name']} {values.get('birth_on')}"


def check(seed: int, folder: Path) -> None:
    fuzzed = fuzz_workbook(seed)
    path = write_fuzzed(fuzzed, folder)
    register = FakeRegister()

    plan = import_file(path, register)

    errors = {(problem.sheet, problem.row): problem.code for problem in plan.problems if problem.severity == "error"}
    assert errors == fuzzed.faults, fuzzed.story
    assert outcome(plan) == (len(fuzzed.people), 0, 0, 0, len(fuzzed.faults)), fuzzed.story
    assert _imported(register, fuzzed.people) == sorted(fuzzed.people, key=_key), fuzzed.story
    again = plan_file(path, register)
    assert (again.households, again.unchanged) == ((), len(fuzzed.people)), fuzzed.story


@pytest.mark.parametrize("batch", range(10))
def test_fifty_random_workbooks_import_exactly(batch: int, tmp_path: Path) -> None:
    """Every workbook gives exactly its people, families and faults, and changes nothing the second time."""
    for seed in range(batch * 5, batch * 5 + 5):
        check(seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(10))
def test_five_hundred_random_workbooks_import_exactly(batch: int, tmp_path: Path) -> None:
    """Every workbook gives exactly its people, families and faults, and changes nothing the second time."""
    for seed in range(1000 + batch * 50, 1000 + batch * 50 + 50):
        check(seed, tmp_path)
