"""Believable villages come in whole: the wrong rows are rejected for the right reason, and every other row is taken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from register.exporting import write_csv, write_xlsx
from register.generator import HEADERS, GeneratedVillage, generate_village
from tests.unit.importing.build import FakeRegister, import_file, outcome, plan_file

TODAY = dt.date(2026, 11, 25)

Writer = Callable[[Path, GeneratedVillage], object]

WRITERS: list[tuple[str, Writer]] = [
    ("desa.xlsx", lambda path, village: write_xlsx(path, HEADERS, village.rows)),
    ("desa.csv", lambda path, village: write_csv(path, HEADERS, village.rows)),
    ("desa-1252.csv", lambda path, village: write_csv(path, HEADERS, village.rows, encoding="cp1252", separator=";")),
]


@pytest.mark.parametrize("is_varied", [False, True], ids=["plain", "varied"])
@pytest.mark.parametrize(("name", "write"), WRITERS, ids=[name for name, _ in WRITERS])
def test_exactly_the_wrong_rows_are_rejected(name: str, write: Writer, is_varied: bool, tmp_path: Path) -> None:
    village = generate_village(
        7, "35.10.09.2004", 300, today=TODAY, dirty=0.1, is_varied=is_varied, has_number_cells=name.endswith("xlsx")
    )
    path = tmp_path / name
    write(path, village)
    register = FakeRegister()

    plan = import_file(path, register)

    errors = {problem.row: (problem.field, problem.code) for problem in plan.problems if problem.severity == "error"}
    assert errors == {row: (fault.header, fault.code) for row, fault in village.faults.items()}
    assert outcome(plan) == (village.importable_count, 0, 0, 0, len(village.faults))
    numbers = {str(household.values["family_number"]) for household in village.households}
    assert {str(household["family_number"]) for household in register.households()} == numbers
    assert outcome(plan_file(path, register)) == (0, 0, village.importable_count, 0, len(village.faults))


def test_the_three_forms_of_one_village_give_the_same_people(tmp_path: Path) -> None:
    village = generate_village(8, "35.10.09.2004", 200, today=TODAY, is_varied=True)
    register = FakeRegister()
    outcomes = []
    for name, write in WRITERS:
        write(tmp_path / name, village)
        outcomes.append(outcome(import_file(tmp_path / name, register)))
    assert outcomes == [(200, 0, 0, 0, 0), (0, 0, 200, 0, 0), (0, 0, 200, 0, 0)]
