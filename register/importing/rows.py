"""Decide what one row of a file says: values of a person and of a family, and what is wrong with them.

A row is read as a whole even when a cell is wrong, so that an officer sees every problem at once; ``is_rejected`` tells
that it must not be imported.  Comparing rows with each other is for ``twins`` and ``families``, with the register for
``matching``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from register.importing.cells import TEXT_LENGTH_MAX, Noted, Reader, Value, read_area_pair, read_birth
from register.importing.column_readers import reader_of
from register.importing.columns import COLUMNS, OWN_RECORD_ID, PLACES, RT_RW, TemplateColumn
from register.importing.conventions import DateOrder, MaritalNumbers
from register.importing.mapping import MappedColumn
from register.importing.own_sheets import leave_out_doubles
from register.importing.problems import Place, Problem, make_problem
from register.importing.raw_table import Cell, RawSheet, RawTable
from register.importing.record_ids import RECORD_ID_BYTES
from schemas.bodies import Body, days_to_date
from schemas.codes import Relation, Sex
from schemas.errors import DataError
from schemas.fields import Kind, tag_of
from schemas.identifiers import NIK, nik_warnings
from schemas.regions import is_known_region

NIK_NUMBER = tag_of(Kind.RESIDENT, "nik")
NAME = tag_of(Kind.RESIDENT, "name")
SEX = tag_of(Kind.RESIDENT, "sex")
BIRTH_PLACE = tag_of(Kind.RESIDENT, "birth_place")
BIRTH_ON = tag_of(Kind.RESIDENT, "birth_on")
HOUSEHOLD_ID = tag_of(Kind.RESIDENT, "household_id")
RELATION = tag_of(Kind.RESIDENT, "relation")
PREGNANCY = tag_of(Kind.RESIDENT, "pregnancy")
TEMPORARY_NUMBER = tag_of(Kind.RESIDENT, "temporary_number")
FAMILY_NUMBER = tag_of(Kind.HOUSEHOLD, "family_number")
TEMPORARY_FAMILY_NUMBER = tag_of(Kind.HOUSEHOLD, "temporary_family_number")
RT = tag_of(Kind.HOUSEHOLD, "rt")
RW = tag_of(Kind.HOUSEHOLD, "rw")

_PREGNANT = 1
_SEX_OF_RELATION = {Relation.HUSBAND: Sex.MALE, Relation.WIFE: Sex.FEMALE}

_NUMERIC_NIKS_MIN = 5
_CUT_SHARE_MAX = 0.2
"""One in ten real numbers ends in 0; twice that is the trace of a spreadsheet that cut the last digit."""

_PLACE_HEADERS = frozenset(column.header for column in PLACES)

_known_region = cache(is_known_region)


@dataclass(slots=True, eq=False)
class ParsedRow:
    """What a row says, as wire values by tag; ``headers`` gives the file's header of a template column.

    A row of our complete export names its records: ``record_id`` and ``household_id``.
    """

    place: Place
    headers: dict[str, str]
    person: Body = field(default_factory=dict)
    family: Body = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    is_rejected: bool = False
    record_id: bytes | None = None
    household_id: bytes | None = None

    def add_problem(self, code: str, column: str = "", value: object = "", **details: object) -> None:
        """Note a problem at this row; an error rejects it. ``column`` is a header of the template."""
        problem = make_problem(self.place, code, self.headers.get(column, column), value, **details)
        self.problems.append(problem)
        self.is_rejected = self.is_rejected or problem.severity == "error"


def parse_table(table: RawTable) -> tuple[list[ParsedRow], list[Problem]]:
    """Read every row of a table; the second list holds the problems of the file as a whole."""
    problems = [make_problem(Place(table.file, name, 0), "sheet-ignored", value=name) for name in table.ignored_sheets]
    by_sheet: list[tuple[RawSheet, list[ParsedRow]]] = []
    for sheet in table.sheets:
        problems += _problems_of_sheet(table, sheet)
        by_sheet.append((sheet, list(_parse_sheet(table.file, sheet))))
    kept, left_out = leave_out_doubles(by_sheet)
    problems += [make_problem(Place(table.file, name, 0), "own-sheet-outdated", value=name) for name in left_out]
    return kept, problems


def _problems_of_sheet(table: RawTable, sheet: RawSheet) -> list[Problem]:
    place = Place(table.file, sheet.name, sheet.header_row)
    problems = [make_problem(place, "column-unknown", name, name) for name in sheet.header_map.unknown]
    problems += [make_problem(place, "column-twice", name, name) for name in sheet.header_map.repeated]
    for mapped in sheet.header_map.columns:
        # A person's own decision is no surprise; what cells decided against the usual reading is told.
        problems += [make_problem(place, code, mapped.header, mapped.header) for code in _unusual(mapped)]
    for note in sheet.notes:
        code, _, column = note.partition(":")
        headers = {mapped.column.header: mapped.header for mapped in sheet.header_map.columns}
        problems.append(make_problem(place, code, headers.get(column, column), headers.get(column, column)))
    return problems + _cut_numbers(table, sheet)


def _unusual(mapped: MappedColumn) -> Iterator[str]:
    convention = mapped.convention
    if convention.p_is_male:
        yield "sex-p-is-male"
    if convention.marital_numbers == MaritalNumbers.F101:
        yield "marital-numbers-f101"
    if convention.dates == DateOrder.MONTH_FIRST:
        yield "date-month-first"
    if convention.dates == DateOrder.EPOCH_1904:
        yield "date-epoch-1904"


def _parse_sheet(file: str, sheet: RawSheet) -> Iterator[ParsedRow]:
    columns = [_ColumnReader(mapped) for mapped in sheet.header_map.columns]
    headers = {_template_header(mapped.column): mapped.header for mapped in sheet.header_map.columns}
    for raw in sheet.rows:
        row = ParsedRow(Place(file, sheet.name, raw.number), headers)
        for column, cell in zip(columns, raw.cells, strict=True):
            if cell is not None:
                column.read_into(row, cell)
        _check_row(row)
        yield row


_TEMPLATE_HEADERS = {(column.kind, column.field_name): column.header for column in COLUMNS}


def _template_header(column: TemplateColumn) -> str:
    return _TEMPLATE_HEADERS.get((column.kind, column.field_name), column.header) if column.is_own else column.header


class _ColumnReader:
    """Reads the cells of one column into rows."""

    __slots__ = ("_convention", "_header", "_is_family", "_left_out", "_name", "_read", "_special", "_tag")

    def __init__(self, mapped: MappedColumn) -> None:
        column = mapped.column
        known = column.field
        self._convention = mapped.convention
        self._header = _template_header(column)
        self._name = column.field_name
        self._is_family = column.kind == Kind.HOUSEHOLD
        self._tag = known.tag if known else 0
        self._read: Reader | None = reader_of(column, mapped.convention) if known else None
        self._special = "" if known and column.field_name != "household_id" else column.header
        self._left_out: set[Cell] = set()

    def read_into(self, row: ParsedRow, cell: Cell) -> None:
        if self._special:
            self._read_special(row, cell)
            return
        assert self._read is not None, "a column without a reader is special"
        try:
            value = self._read(cell)
        except DataError as error:
            self._add_problem(row, error.code, cell)
            return
        if isinstance(value, Noted):
            value = self._noted(row, value, cell)
        if value is not None:
            (row.family if self._is_family else row.person)[self._tag] = value

    def _read_special(self, row: ParsedRow, cell: Cell) -> None:
        """Read a column that feeds no field of its own, or more than one."""
        if self._header == RT_RW.header:
            self._read_area_pair(row, cell)
        elif self._special == OWN_RECORD_ID.header or self._name == "household_id":
            self._read_own_id(row, cell)
        elif self._special not in _PLACE_HEADERS:
            self._read_birth(row, cell)

    def _read_own_id(self, row: ParsedRow, cell: Cell) -> None:
        try:
            record_id = bytes.fromhex(str(cell))
        except ValueError:
            record_id = b""
        if len(record_id) != RECORD_ID_BYTES:
            self._add_problem(row, "own-format", cell)
        elif self._name == "household_id":
            row.household_id = record_id
        else:
            row.record_id = record_id

    def _read_birth(self, row: ParsedRow, cell: Cell) -> None:
        try:
            place, day = read_birth(cell, self._convention.dates)
        except DataError as error:
            self._add_problem(row, error.code, cell)
            return
        if isinstance(day, Noted):
            row.add_problem(day.code, self._header, _shown(cell))
            day = day.value if isinstance(day.value, int) else None
        for tag, value in ((BIRTH_PLACE, place), (BIRTH_ON, day)):
            if value is not None:
                row.person.setdefault(tag, value)

    def _read_area_pair(self, row: ParsedRow, cell: Cell) -> None:
        pair = read_area_pair(cell)
        if pair is None:
            row.add_problem("area-format", self._header, cell)
            return
        for tag, value in zip((RT, RW), pair, strict=True):
            if value is not None:
                row.family.setdefault(tag, value)

    def _noted(self, row: ParsedRow, noted: Noted, cell: Cell) -> Value:
        if noted.code == "card-status-unknown":
            # Thousands of rows may hold the same word: it is told once.
            if cell in self._left_out:
                return None
            self._left_out.add(cell)
        row.add_problem(noted.code, self._header, _shown(cell))
        if noted.code == "temporary-number":
            # A stand-in is never a NIK or a family number: it has a field of its own, and a parent's is of no use.
            if self._name == "nik":
                row.person[TEMPORARY_NUMBER] = noted.value
            elif self._is_family:
                row.family[TEMPORARY_FAMILY_NUMBER] = noted.value
            return None
        return noted.value

    def _add_problem(self, row: ParsedRow, code: str, cell: Cell) -> None:
        match code, self._name:
            case "number-cut", "nik":
                code = "nik-cut-by-excel"
            case "number-format", "nik":
                code = "nik-format"
            case "number-cut", "family_number":
                code = "family-number-cut-by-excel"
            case "number-format", "family_number":
                code = "family-number-format"
            case "number-cut", _:
                code = "parent-nik-cut-by-excel"
            case "number-format", _:
                code = "parent-nik-format"
        row.add_problem(code, self._header, _shown(cell), limit=TEXT_LENGTH_MAX)


def _shown(cell: Cell) -> str:
    text = str(cell)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _check_row(row: ParsedRow) -> None:
    """Note what the cells of a row say about each other."""
    person = row.person
    if "nama" in row.headers and NAME not in person and not _has_problem_at(row, "nama"):
        row.add_problem("name-missing", "nama")
    sex = person.get(SEX)
    if sex == Sex.MALE and PREGNANCY in person and person.pop(PREGNANCY) == _PREGNANT:
        row.add_problem("pregnancy-of-man", "hamil", _PREGNANT)
    fitting = _SEX_OF_RELATION.get(person.get(RELATION, 0))
    if fitting is not None and sex is not None and sex != fitting:
        row.add_problem("relation-sex-mismatch", "kk_level", person[RELATION])
    nik = person.get(NIK_NUMBER)
    if nik is not None:
        _check_nik(row, nik)


def _check_nik(row: ParsedRow, number: int) -> None:
    birth_on = row.person.get(BIRTH_ON)
    found = nik_warnings(
        NIK.from_int(number),
        birth_on=None if birth_on is None else days_to_date(birth_on),
        sex=row.person.get(SEX),
        known_region=_known_region,
    )
    for warning in found:
        row.add_problem(warning.code, "nik", number)


def _has_problem_at(row: ParsedRow, column: str) -> bool:
    return any(problem.field == row.headers[column] for problem in row.problems)


def _cut_numbers(table: RawTable, sheet: RawSheet) -> list[Problem]:
    """Warn about the file when too many numeric NIK cells end in 0 to be chance."""
    found = [at for at, mapped in enumerate(sheet.header_map.columns) if mapped.column.field_name == "nik"]
    if not found:
        return []
    numbers = [cell for row in sheet.rows if isinstance(cell := row.cells[found[0]], int) and cell > 0]
    cut = sum(1 for number in numbers if number % 10 == 0)
    if len(numbers) < _NUMERIC_NIKS_MIN or cut <= _CUT_SHARE_MAX * len(numbers):
        return []
    header = sheet.header_map.columns[found[0]].header
    return [make_problem(Place(table.file, sheet.name, 0), "nik-cut-in-file", header, f"{cut}/{len(numbers)}")]
