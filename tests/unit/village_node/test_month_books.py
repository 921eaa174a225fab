"""The village's books: unsent work is in them, one command writes each, and the counts are the same everywhere."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from python_calamine import load_workbook
from typer.testing import CliRunner, Result

from register.books.month import Month
from register.books.recapitulation import Column, recapitulate
from schemas.codes import EventKind, LifeStatus
from schemas.errors import DataError
from schemas.fields import Kind
from tests.fakes_desk import TODAY, Office, RealDesk
from tests.families import event_of, settle
from village_node.commands import village_app
from village_node.month_books import BookDesk, chronicle_of, month_typed, village_book
from village_node.registration import (
    DeathForm,
    MoveInsideForm,
    MoveOutForm,
    register_death,
    register_move_inside,
    register_move_out,
)
from village_node.store import NodeStore

NOVEMBER = Month(2026, 11)


def desk_of(office: Office) -> BookDesk:
    assert hasattr(office, "shown_many")
    desk: Any = office
    found: BookDesk = desk
    return found


def test_unsent_work_is_in_the_books_at_once(office: Office) -> None:
    home = settle(office)
    left = TODAY - dt.timedelta(days=40)
    done = register_move_out(
        office, MoveOutForm(left_on=left, destination="Surabaya", household_id=home.household, movers=home.members[2:])
    )
    chronicle = chronicle_of(desk_of(office))
    found = recapitulate(chronicle, NOVEMBER)
    assert sorted(found.total.ids(Column.DEPARTURE)) == sorted(home.members[2:])
    assert (found.total.count(Column.START), found.total.count(Column.END), found.differences) == (4, 2, ())
    rows = village_book(desk_of(office), "mutasi", NOVEMBER).sheet.rows
    assert {row.cells["Ket."] for row in rows} == {"dicatat 18-11-2026"}
    assert {row.ids[1] for row in rows} == {event_of(done)}


def test_a_family_that_changes_hamlet_is_in_the_old_one_before_and_in_the_new_one_after(office: Office) -> None:
    home = settle(office)
    register_move_inside(office, MoveInsideForm(household_id=home.household, moved_on=TODAY, hamlet="Sumber", rt="4"))
    chronicle = chronicle_of(desk_of(office))
    assert [row.hamlet for row in recapitulate(chronicle, Month(2026, 10)).hamlets] == ["KRAJAN"]
    krajan, sumber = recapitulate(chronicle, NOVEMBER).hamlets
    assert (krajan.count(Column.MOVED_OUT), sumber.count(Column.MOVED_IN)) == (4, 4)
    assert chronicle.hamlet_of(home.household, dt.date(2026, 10, 31)) == "KRAJAN"
    assert chronicle.hamlet_of(home.household, TODAY) == "SUMBER"


def test_the_office_and_the_books_count_the_same_residents(office: Office) -> None:
    home = settle(office)
    office.change(home.son, life_status=int(LifeStatus.MISSING))
    register_death(office, DeathForm(person_id=home.daughter, died_on=TODAY))
    with office.book() as book:
        assert book.counts().residents == 3
    assert recapitulate(chronicle_of(desk_of(office)), NOVEMBER).total.count(Column.END) == 3


def test_movers_of_a_strange_form_are_nobody(office: Office) -> None:
    home = settle(office)
    office.put(
        Kind.VITAL_EVENT,
        event_kind=int(EventKind.MOVE_OUT),
        state=1,
        subject_id=home.son,
        entered_on=TODAY,
        movers=[7, b"short"],
    )
    found = recapitulate(chronicle_of(desk_of(office)), NOVEMBER)
    assert found.total.count(Column.DEPARTURE) == 1, "the subject alone"
    assert len(found.differences) == 1, "the register still has the son"


def test_a_month_to_come_has_no_book() -> None:
    assert month_typed("", TODAY) == NOVEMBER == month_typed("2026-11", TODAY)
    with pytest.raises(DataError) as caught:
        month_typed("2026-12", TODAY)
    assert caught.value.code == "month-future"


# -- the command


@pytest.fixture
def folder(tmp_path: Path, enrolled_folder: Path) -> Path:
    found = Path(shutil.copytree(enrolled_folder, tmp_path / "desa"))
    with NodeStore.open(found) as store:
        desk = RealDesk(store)
        home = settle(desk)
        register_death(desk, DeathForm(person_id=home.son, died_on=TODAY))
    return found


def run(folder: Path, *words: str) -> Result:
    result = CliRunner().invoke(village_app, ["book", *words, "--dir", str(folder)])
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def test_a_book_is_written_as_csv_and_as_xlsx(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "rekap.csv"
    result = run(folder, "rekap", "--month", "2026-11", "--output", str(target))
    assert result.stdout == f"{target}\n"
    rows = list(csv.DictReader(target.read_text(encoding="utf-8").splitlines()))
    assert [(row["Dusun"], row["Awal Jiwa"], row["Meninggal WNI L"], row["Akhir Jiwa"]) for row in rows] == [
        ("KRAJAN", "4", "1", "3"),
        ("JUMLAH", "4", "1", "3"),
    ]
    workbook = tmp_path / "induk.xlsx"
    run(folder, "induk", "--month", "2026-11", "--format", "xlsx", "--output", str(workbook))
    sheet = load_workbook(workbook).get_sheet_by_index(0).to_python()
    assert [row[1] for row in sheet] == ["Nama Lengkap/Panggilan", "AHMAD FAUZI", "SITI AMINAH", "DEWI LESTARI"]


def test_a_trial_run_writes_nothing(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "rekap.csv"
    assert "2 baris akan ditulis" in run(folder, "rekap", "--output", str(target), "--dry-run").stderr
    assert not target.exists()


def test_json_is_one_line_with_the_records_behind_each_number(folder: Path) -> None:
    for words in (("--format", "json"), ("--json",)):
        tree = json.loads(run(folder, "agama", "--month", "2026-11", *words).stdout.splitlines()[-1])
        assert (tree["book"], tree["month"], tree["differences"]) == ("agama", "2026-11", [])
        total = tree["rows"][-1]
        assert total["cells"]["Jumlah"] == len(total["counted"]["Jumlah"]) == 3


def test_what_does_not_add_up_is_said(folder: Path, tmp_path: Path) -> None:
    with NodeStore.open(folder) as store:
        desk = RealDesk(store)
        son = next(found.record_id for found in desk.find("budi"))
        later = TODAY + dt.timedelta(days=1)
        desk.put(Kind.VITAL_EVENT, event_kind=int(EventKind.MOVE_IN), state=1, subject_id=son, entered_on=later)
    result = run(folder, "induk", "--month", "2026-11", "--output", str(tmp_path / "induk.csv"))
    assert "Selisih" in result.stderr


@pytest.mark.parametrize("name", ["induk", "rekap", "umur"])
def test_a_book_is_printed_from_the_console(folder: Path, tmp_path: Path, name: str) -> None:
    path = tmp_path / "book.pdf"
    result = run(folder, name, "--month", "2026-11", "--format", "pdf", "--paper", "A4", "--output", str(path))
    assert result.exit_code == 0, result.output
    assert path.read_bytes().startswith(b"%PDF")
    assert "1 halaman A4" in result.stderr
