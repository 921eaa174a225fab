"""Someone an officer entered is found again in a list by family, name and birth date, with or without a NIK."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from schemas.bodies import body_of
from schemas.codes import EventKind
from schemas.fields import Kind, tag_of
from tests.unit.importing.build import (
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
)

BABY = b"a baby's own id."
SON = "BUDI CONTOH 9003"
BORN = {"birth_on": dt.date(2010, 1, 1)}


@pytest.fixture
def register(tmp_path: Path) -> FakeRegister:
    """A family whose son was entered by an officer, without a NIK and under an id of its own."""
    found = FakeRegister()
    import_file(write_csv(tmp_path / "parents.csv", grid([person(), wife()])), found)
    home = found.person("SUGENG CONTOH 9001")["household_id"]
    values = {"name": SON, "sex": 1, "household_id": home, "relation": 4, **BORN}
    found.records[BABY] = (Kind.RESIDENT, body_of(Kind.RESIDENT, values))
    return found


def _plan(tmp_path: Path, register: FakeRegister, *rows: Row) -> tuple[int, int, int, int, int]:
    return outcome(import_file(write_csv(tmp_path / "a.csv", grid([person(), wife(), *rows])), register))


def test_a_child_without_a_nik_is_found_again(tmp_path: Path, register: FakeRegister) -> None:
    facts: Row = {"tempatlahir": None, "agama_id": None, "status_kawin": None, "warganegara_id": None}
    assert _plan(tmp_path, register, child(nik="0", nama="Budi  Contoh 9003") | facts) == (0, 1, 2, 0, 0)
    assert _plan(tmp_path, register, child(nik="0") | facts) == (0, 1, 2, 0, 0)
    assert len(register.people()) == 3


def test_the_nik_that_a_list_brings_goes_to_the_child_who_is_there(tmp_path: Path, register: FakeRegister) -> None:
    assert _plan(tmp_path, register, child()) == (0, 1, 2, 0, 0)
    assert register.records[BABY][1][tag_of(Kind.RESIDENT, "nik")] == 3510090101109003
    assert len(register.people()) == 3


def test_a_child_of_a_family_without_a_number_is_found_by_its_parents(tmp_path: Path, register: FakeRegister) -> None:
    rows = [person(no_kk="0"), wife(no_kk="0"), child(no_kk="0")]
    assert outcome(import_file(write_csv(tmp_path / "a.csv", grid(rows)), register)) == (0, 1, 2, 0, 0)


def test_another_nik_for_the_same_child_is_a_conflict(tmp_path: Path, register: FakeRegister) -> None:
    register.records[BABY][1][tag_of(Kind.RESIDENT, "nik")] = 3510090101109005
    path = write_csv(tmp_path / "a.csv", grid([person(), wife(), child()]))
    plan = plan_file(path, register)
    assert outcome(plan) == (0, 0, 2, 1, 0)
    assert "nik-differs" in codes(plan)


def test_two_rows_for_the_same_child_are_told(tmp_path: Path, register: FakeRegister) -> None:
    path = write_csv(tmp_path / "a.csv", grid([person(), wife(), child(), child(9004, nama=SON)]))
    plan = plan_file(path, register)
    assert outcome(plan) == (0, 1, 2, 0, 1)
    assert "person-twice-in-file" in codes(plan)


@pytest.mark.parametrize("tag_name", ["void", "merged_into"])
def test_an_annulled_record_is_not_taken_up_again(tag_name: str, tmp_path: Path, register: FakeRegister) -> None:
    value: object = "ganda" if tag_name == "void" else bytes(16)
    register.records[BABY][1][tag_of(Kind.RESIDENT, tag_name)] = value
    assert _plan(tmp_path, register, child()) == (1, 0, 2, 0, 0)


def test_a_namesake_in_another_family_is_another_person(tmp_path: Path, register: FakeRegister) -> None:
    rows = [person(9004, no_kk="3510091202129002"), child(no_kk="3510091202129002")]
    assert outcome(import_file(write_csv(tmp_path / "a.csv", grid(rows)), register)) == (2, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("MATI", EventKind.DEATH),
        ("PINDAH LUAR NEGERI", EventKind.MOVE_OUT),
        ("HILANG", EventKind.MISSING),
        ("PERGI", EventKind.LEFT),
        ("HIDUP", None),
        ("TIDAK VALID", None),
    ],
)
def test_a_status_that_an_event_must_explain_names_the_event(
    status: str, event: EventKind | None, tmp_path: Path, register: FakeRegister
) -> None:
    new = plan_file(write_csv(tmp_path / "a.csv", grid([person(9010, no_kk="0", status_dasar=status)])))
    (create,) = (one for entry in new.households for one in entry.creates if one.kind == Kind.RESIDENT)
    assert create.implied_event == event
    # Of someone who is known, the status is never changed by an import; the conflict names the event.
    known = plan_file(write_csv(tmp_path / "b.csv", grid([person(status_dasar=status), wife()])), register)
    assert [conflict.implied_event for conflict in known.conflicts] == ([] if status == "HIDUP" else [event])
