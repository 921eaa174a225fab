"""Whatever is exported comes back: into the same register without a change, into an empty one as the same file."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import load_workbook

from register.database import migrate, open_engine, writing
from register.exporting import TEMPLATE_HEADERS, FileFormat, export_siak, export_template, write_csv
from register.generator import generate_village
from register.importing import ImportPlan, plan_import, read_table
from register.siak_rows import SIAK_HEADERS
from register.store import IndexItem, RegisterStore
from register.tables import LEVEL_FULL
from schemas.bodies import Body
from schemas.codes import EventKind
from schemas.fields import Kind, tag_of

VILLAGE, OTHER = 7, 8
TODAY = dt.date(2026, 11, 25)
KEY, OTHER_KEY = b"one village", b"another village"


class Village:
    """One village's register, with its bodies beside the index as the node has them."""

    def __init__(self, store: RegisterStore, village_id: int, key: bytes) -> None:
        self.store = store
        self.village_id = village_id
        self.key = key
        self.bodies: dict[bytes, tuple[int, Body]] = {}

    def plan(self, path: Path) -> ImportPlan:
        table = read_table(path)
        return plan_import(table, village_key=self.key, file_digest=table.file_digest, existing=self)

    def take(self, path: Path) -> ImportPlan:
        plan = self.plan(path)
        for entry in plan.households:
            self.put({create.record_id: (create.kind, create.body) for create in entry.creates})
            for update in entry.updates:
                kind, body = self.bodies[update.record_id]
                self.put({update.record_id: (kind, {**body, update.tag: update.new})})
        return plan

    def put(self, bodies: Mapping[bytes, tuple[int, Body]]) -> None:
        self.bodies |= bodies
        self.store.index_bodies(
            IndexItem(self.village_id, record_id, kind, LEVEL_FULL, body) for record_id, (kind, body) in bodies.items()
        )

    def by_ids(self, ids: Collection[bytes], /) -> Mapping[bytes, tuple[int, Body]]:
        return {record_id: self.bodies[record_id] for record_id in ids if record_id in self.bodies}

    def by_niks(self, niks: Collection[int], /) -> Mapping[int, bytes]:
        found = self.store.holders([f"{nik:016d}" for nik in niks], self.village_id)
        return {int(nik): people[0][1] for nik, people in found.items()}

    def household_by_number(self, numbers: Collection[int], /) -> Mapping[int, bytes]:
        found = self.store.families([f"{number:016d}" for number in numbers], self.village_id)
        return {int(number): families[0][1] for number, families in found.items()}

    def members_of(self, household_ids: Collection[bytes], /) -> Mapping[bytes, Collection[bytes]]:
        home = tag_of(Kind.RESIDENT, "household_id")
        return {
            household_id: [record_id for record_id, (_, body) in self.bodies.items() if body.get(home) == household_id]
            for household_id in household_ids
        }


@contextmanager
def register() -> Iterator[RegisterStore]:
    engine = open_engine("sqlite://")
    migrate(engine)
    with writing(engine) as connection:
        yield RegisterStore(connection, "35.10")
    engine.dispose()


@pytest.fixture
def store() -> Iterator[RegisterStore]:
    with register() as store:
        yield store


@pytest.fixture
def village(store: RegisterStore, tmp_path: Path) -> Village:
    """A generated village with what lists find hard: a phone, a head whose own relation lags, a lodger, no numbers."""
    found = Village(store, VILLAGE, KEY)
    generated = generate_village(11, "35.10.09.2004", 120, today=TODAY)
    write_csv(tmp_path / "source.csv", TEMPLATE_HEADERS, generated.rows)
    found.take(tmp_path / "source.csv")
    people = [record_id for record_id, (kind, _) in found.bodies.items() if kind == Kind.RESIDENT]
    heads = {body[tag_of(Kind.HOUSEHOLD, "head_id")] for kind, body in found.bodies.values() if kind == Kind.HOUSEHOLD}
    lagging = next(iter(sorted(heads)))
    lodger = next(record_id for record_id in people if record_id not in heads)
    for record_id, name, value in (
        (people[0], "phone", "0812"),
        (lagging, "relation", 4),
        (lodger, "household_id", None),
        (people[5], "marital_status", 6),
        (people[6], "name", "'AISYAH =MA'RUF"),
        (people[7], "ethnicity", "=OSING"),
        (people[8], "nik", None),
        (people[9], "life_status", 2),
    ):
        kind, body = found.bodies[record_id]
        tag = tag_of(Kind.RESIDENT, name)
        rest = {known: old for known, old in body.items() if known != tag}
        found.put({record_id: (kind, rest if value is None else {**rest, tag: value})})
    household_id = found.bodies[people[20]][1][tag_of(Kind.RESIDENT, "household_id")]
    _, household = found.bodies[household_id]
    number = tag_of(Kind.HOUSEHOLD, "family_number")
    found.put({household_id: (Kind.HOUSEHOLD, {tag: value for tag, value in household.items() if tag != number})})
    return found


def template(village: Village, path: Path) -> int:
    return export_template(village.store, village.village_id, path, _format(path))


def siak(village: Village, path: Path) -> int:
    return export_siak(
        village.store,
        village.village_id,
        path,
        _format(path),
        district_name="GENTENG",
        village_name="GENTENGWETAN",
    )


def _format(path: Path) -> FileFormat:
    return "xlsx" if path.suffix == ".xlsx" else "csv"


def cells(path: Path) -> list[list[list[str]]]:
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [list(csv.reader(file))]
    book = load_workbook(str(path))
    return [[list(map(str, row)) for row in book.get_sheet_by_name(name).iter_rows()] for name in book.sheet_names]


EXPORTS: dict[str, tuple[Callable[[Village, Path], int], str, str]] = {
    "template-xlsx": (template, "desa.xlsx", "desa.xlsx"),
    "template-csv": (template, "desa.csv", "desa.csv"),
    "complete-csv": (template, "desa.csv", "desa-lengkap.csv"),
    "siak-xlsx": (siak, "desa.xlsx", "desa.xlsx"),
    "siak-csv": (siak, "desa.csv", "desa.csv"),
}
BY_EXPORT = pytest.mark.parametrize("name", EXPORTS)


@BY_EXPORT
def test_an_export_imports_again_without_any_change(name: str, village: Village, tmp_path: Path) -> None:
    write, target, read = EXPORTS[name]
    assert write(village, tmp_path / target) == 120

    plan = village.plan(tmp_path / read)

    assert [problem for problem in plan.problems if problem.severity == "error"] == []
    assert plan.households == ()
    assert (plan.rows, plan.unchanged + plan.conflict) == (120, 120)
    # A template or SIAK list has no family for the lodger; nothing else is in conflict.
    assert plan.conflict == 0


@BY_EXPORT
def test_an_export_imported_into_an_empty_village_exports_the_same_file(
    name: str, village: Village, tmp_path: Path
) -> None:
    write, target, read = EXPORTS[name]
    write(village, tmp_path / target)
    (tmp_path / "again").mkdir()
    with register() as empty:
        # Record ids come along only in the complete export; elsewhere they follow from the key.
        other = Village(empty, VILLAGE, KEY)
        assert other.take(tmp_path / read).new == 120
        write(other, tmp_path / "again" / target)
    before, after = cells(tmp_path / read)[0], cells(tmp_path / "again" / read)[0]
    assert after[0] == before[0]
    assert sorted(after) == sorted(before)


def test_the_complete_export_brings_every_record_with_its_id(village: Village, tmp_path: Path) -> None:
    template(village, tmp_path / "desa.xlsx")
    with register() as empty:
        other = Village(empty, OTHER, OTHER_KEY)
        assert other.take(tmp_path / "desa.xlsx").new == 120
        assert other.bodies == village.bodies


def test_an_edited_template_sheet_is_what_its_editor_means(village: Village, tmp_path: Path) -> None:
    template(village, tmp_path / "desa.xlsx")
    sheets = cells(tmp_path / "desa.xlsx")
    row = next(row for row in sheets[0][1:] if row[6] != "0" and row[15].startswith("1."))
    row[0] = "JL. BARU 1"
    with xlsxwriter.Workbook(tmp_path / "edited.xlsx") as book:
        for name, lines in zip(("Data Penduduk", "Semua Kolom"), sheets, strict=True):
            sheet = book.add_worksheet(name)
            for at, line in enumerate(lines):
                for column, cell in enumerate(line):
                    sheet.write_string(at, column, cell)

    plan = village.plan(tmp_path / "edited.xlsx")

    assert [problem.value for problem in plan.problems if problem.code == "own-sheet-outdated"] == ["Semua Kolom"]
    assert plan.changed == 1
    assert [update.new for entry in plan.households for update in entry.updates] == ["JL. BARU 1"]


def test_the_siak_export_has_its_37_columns() -> None:
    assert len(SIAK_HEADERS) == 37
    assert (SIAK_HEADERS[0], SIAK_HEADERS[33]) == ("Nomor KK", "Petugas Registrasi")


def test_an_export_of_the_departed_tells_which_event_each_implies(village: Village, tmp_path: Path) -> None:
    people = [record_id for record_id, (kind, _) in village.bodies.items() if kind == Kind.RESIDENT][9:14]
    for record_id, status in zip(people, (2, 3, 4, 6, 9), strict=True):
        _, body = village.bodies[record_id]
        village.put({record_id: (Kind.RESIDENT, {**body, tag_of(Kind.RESIDENT, "life_status"): status})})
    siak(village, tmp_path / "desa.csv")
    with register() as empty:
        plan = Village(empty, VILLAGE, KEY).plan(tmp_path / "desa.csv")
    implied = [create.implied_event for entry in plan.households for create in entry.creates if create.implied_event]
    assert sorted(implied) == [EventKind.DEATH, EventKind.MOVE_OUT, EventKind.MISSING, EventKind.LEFT]
