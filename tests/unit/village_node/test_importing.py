"""Importing at a village: a preview that changes nothing, one entry a family, and the rest after a break."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest

from register.exporting import export_template, write_csv, write_xlsx
from register.generator import HEADERS, GeneratedVillage, generate_village
from schemas.errors import DiskFullError, ImportFileError
from schemas.fields import Kind
from sync_protocol.entries import Change, Create, EntryKind
from tests.fakes_desk import TODAY, RealDesk
from tests.node_ground import VILLAGE, VILLAGE_CODE
from village_node.importing import apply_import, plan_to_tree, preview_import
from village_node.registration import correct
from village_node.store import NodeStore, Working


@pytest.fixture(scope="module")
def village() -> GeneratedVillage:
    return generate_village(5, VILLAGE_CODE, 120, today=TODAY, dirty=0.06)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory, village: GeneratedVillage) -> Path:
    path = tmp_path_factory.mktemp("files") / "penduduk.xlsx"
    write_xlsx(path, HEADERS, village.rows)
    return path


def counts(desk: RealDesk) -> tuple[int, int]:
    with desk.book() as book:
        found = book.counts()
    return found.residents, found.households


def test_a_preview_changes_nothing_and_names_every_problem(
    desk: RealDesk, workbook: Path, village: GeneratedVillage
) -> None:
    plan = preview_import(desk, workbook)
    tree = json.loads(json.dumps(plan_to_tree(plan)))
    assert (tree["rows"], tree["rejected"]) == (len(village.rows), len(village.faults))
    assert tree["new"] == village.importable_count
    assert (tree["changed"], tree["unchanged"], tree["conflict"]) == (0, 0, 0)
    errors = {one["row"]: one for one in tree["problems"] if one["severity"] == "error"}
    assert {row: one["code"] for row, one in errors.items()} == {
        row: fault.code for row, fault in village.faults.items()
    }
    assert all(one["message"] and one["remedy"] and one["file"] == "penduduk.xlsx" for one in errors.values())
    assert counts(desk) == (0, 0)
    assert desk.state.journal_seq == 0


def test_each_family_is_one_import_entry(desk: RealDesk, workbook: Path, village: GeneratedVillage) -> None:
    plan = preview_import(desk, workbook)
    told: list[int] = []
    written = apply_import(desk, plan, told.append)
    assert written == len(plan.households) == desk.state.journal_seq == told[-1]
    residents, households = counts(desk)
    assert residents == village.importable_count
    assert households >= len(village.households)
    with desk.store.reading() as working:
        own = working.tables.journal.need((working.tables.state.replica_id, 1))
    assert own.entry.kind == EntryKind.IMPORT


def test_importing_again_changes_nothing(desk: RealDesk, workbook: Path, village: GeneratedVillage) -> None:
    apply_import(desk, preview_import(desk, workbook))
    before = desk.state
    again = preview_import(desk, workbook)
    assert (again.unchanged, again.new, again.changed, again.conflict) == (village.importable_count, 0, 0, 0)
    assert apply_import(desk, again) == 0
    assert desk.state == before


class _FullDisk(RealDesk):
    """A desk whose disk fills up after some families."""

    def save_many(
        self,
        batches: Iterable[tuple[EntryKind, Sequence[Change]]],
        progress: Callable[[int], None] | None = None,
        *,
        noted: Callable[[Working, int, int], None] | None = None,
        per_transaction: int = 5,
    ) -> int:
        def first() -> Iterator[tuple[EntryKind, Sequence[Change]]]:
            for number, batch in enumerate(batches):
                if number == 12:
                    raise DiskFullError("penuh", hint="kosongkan")
                yield batch

        return super().save_many(first(), progress, noted=noted, per_transaction=per_transaction)


def test_an_import_that_broke_is_repeated_and_does_only_the_rest(
    desk: RealDesk, workbook: Path, village: GeneratedVillage
) -> None:
    plan = preview_import(desk, workbook)
    told: list[int] = []
    with pytest.raises(DiskFullError):
        apply_import(_FullDisk(desk.store), plan, told.append)
    assert told == [5, 10]
    assert desk.state.journal_seq == 10
    rest = preview_import(desk, workbook)
    assert rest.unchanged > 0
    assert rest.new + rest.unchanged == village.importable_count
    apply_import(desk, rest)
    assert counts(desk)[0] == village.importable_count
    assert desk.state.journal_seq == len(plan.households)


def test_own_unsent_work_counts_when_a_file_is_compared(desk: RealDesk, workbook: Path) -> None:
    apply_import(desk, preview_import(desk, workbook))
    with desk.book() as book:
        person = book.people("", limit=1)[0].record_id
    shown = desk.values(person)
    correct(desk, person, shown, {**shown, "occupation": 88 if shown.get("occupation") != 88 else 3})
    again = preview_import(desk, workbook)
    assert (again.changed, again.new) == (1, 0)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_what_is_exported_comes_back_unchanged(
    desk: RealDesk, workbook: Path, tmp_path: Path, form: Literal["csv", "xlsx"]
) -> None:
    apply_import(desk, preview_import(desk, workbook))
    exported = tmp_path / f"ekspor.{form}"
    with desk.book() as book:
        rows = export_template(book.register, VILLAGE, exported, form)
    again = preview_import(desk, exported)
    assert (again.rows, again.unchanged) == (rows, rows)


def test_the_same_file_on_two_laptops_gives_the_same_people(
    desk: RealDesk, workbook: Path, tmp_path: Path, enrolled_folder: Path
) -> None:
    other_folder = Path(shutil.copytree(enrolled_folder, tmp_path / "other"))
    with NodeStore.open(other_folder) as store:
        other = preview_import(RealDesk(store), workbook)
    assert other.households == preview_import(desk, workbook).households


def test_a_csv_of_windows_gives_the_same_people_as_the_workbook(
    desk: RealDesk, tmp_path: Path, village: GeneratedVillage
) -> None:
    clean = generate_village(5, VILLAGE_CODE, 60, today=TODAY)
    book, text = tmp_path / "a.xlsx", tmp_path / "a.csv"
    write_xlsx(book, HEADERS, clean.rows)
    write_csv(text, HEADERS, clean.rows, encoding="cp1252", separator=";")
    assert preview_import(desk, book).households == preview_import(desk, text).households


def test_a_create_of_an_import_carries_no_owner(desk: RealDesk, workbook: Path) -> None:
    from village_node.importing import changes_of

    plan = preview_import(desk, workbook)
    creates = [
        one
        for family in plan.households
        for one in changes_of(desk, family, desk.state.village_key)
        if isinstance(one, Create)
    ]
    assert {one.kind for one in creates} == {Kind.HOUSEHOLD, Kind.RESIDENT}
    assert all(1 not in one.body for one in creates)


def test_a_file_that_is_no_table_is_refused(desk: RealDesk, tmp_path: Path) -> None:
    path = tmp_path / "kosong.xlsx"
    path.write_bytes(b"")
    with pytest.raises(ImportFileError) as caught:
        preview_import(desk, path)
    assert caught.value.code == "file-empty"
    assert caught.value.hint
