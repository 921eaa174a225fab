"""Build population tables the way villages send them, and a register that remembers what was imported.

Every person is invented; NIK and family numbers carry serials 9000-9999, which no office has issued.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import xlsxwriter
import xlwt

from register.importing import ImportPlan, PlannedHousehold, plan_import, read_table
from register.importing.mapping import COLUMNS
from schemas.bodies import Body, values_of
from schemas.fields import Kind, tag_of

Cell = str | int | float | dt.date | None
Row = dict[str, Cell]

HEADERS = tuple(column.header for column in COLUMNS)
VILLAGE_KEY = b"a village's key, known to its own"

NIK_TAG = tag_of(Kind.RESIDENT, "nik")
HOUSEHOLD_TAG = tag_of(Kind.RESIDENT, "household_id")
FAMILY_NUMBER_TAG = tag_of(Kind.HOUSEHOLD, "family_number")


def person(serial: int = 9001, **changes: Cell) -> Row:
    """Return a row of a man who heads family 9001; everything that varies is a keyword."""
    row: Row = {
        "alamat": "JL. MELATI 7",
        "dusun": "KRAJAN",
        "rw": "001",
        "rt": "002",
        "nama": f"SUGENG CONTOH {serial}",
        "no_kk": "3510091202129001",
        "nik": f"351009170885{serial}",
        "sex": "1",
        "tempatlahir": "BANYUWANGI",
        "tanggallahir": "17-08-1985",
        "agama_id": "ISLAM",
        "status_kawin": "2",
        "kk_level": "1",
        "warganegara_id": "WNI",
    }
    return row | changes


def wife(serial: int = 9002, **changes: Cell) -> Row:
    """Return a row of the wife in the same family."""
    return person(
        serial,
        **{
            "nama": f"SITI CONTOH {serial}",
            "nik": f"351009570887{serial}",
            "sex": "2",
            "tanggallahir": "17-08-1987",
            "kk_level": "ISTRI",
            **changes,
        },
    )


def child(serial: int = 9003, **changes: Cell) -> Row:
    """Return a row of a son in the same family."""
    return person(
        serial,
        **{
            "nama": f"BUDI CONTOH {serial}",
            "nik": f"351009010110{serial}",
            "tanggallahir": "01-01-2010",
            "status_kawin": "1",
            "kk_level": "4",
            **changes,
        },
    )


def grid(rows: Sequence[Row], headers: Sequence[str] | None = None) -> list[list[Cell]]:
    """Return a header row and the cells below it; by default only the columns that some row fills."""
    used = headers if headers is not None else list(dict.fromkeys(name for row in rows for name in row))
    return [list(used), *([row.get(name) for name in used] for row in rows)]


def csv_bytes(cells: Sequence[Sequence[Cell]], encoding: str = "utf-8", separator: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(["" if cell is None else cell for cell in row] for row in cells)
    return text.getvalue().encode(encoding)


def write_csv(path: Path, cells: Sequence[Sequence[Cell]]) -> Path:
    path.write_bytes(csv_bytes(cells))
    return path


def write_xlsx(path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], hidden: Collection[str] = ()) -> Path:
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for name, cells in sheets.items():
            sheet = book.add_worksheet(name)
            if name in hidden:
                sheet.hide()
            for at, row in enumerate(cells):
                for column, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(at, column, dt.datetime.combine(cell, dt.time()), day)
                    elif isinstance(cell, str):
                        sheet.write_string(at, column, cell)
                    elif cell is not None:
                        sheet.write_number(at, column, cell)
    return path


def write_xls(path: Path, cells: Sequence[Sequence[Cell]]) -> Path:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Penduduk")
    day = xlwt.easyxf(num_format_str="dd/mm/yyyy")
    for at, row in enumerate(cells):
        for column, cell in enumerate(row):
            if isinstance(cell, dt.date):
                sheet.write(at, column, cell, day)
            elif cell is not None:
                sheet.write(at, column, cell)
    book.save(str(path))
    return path


def write_ods(path: Path, cells: Sequence[Sequence[Cell]]) -> Path:
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in cells)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
        ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
        ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
        ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
        f'<table:table table:name="Penduduk">{rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        '<manifest:file-entry manifest:full-path="/"'
        ' manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def _ods_cell(cell: Cell) -> str:
    match cell:
        case None:
            return "<table:table-cell/>"
        case str():
            return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        case dt.date():
            return f'<table:table-cell office:value-type="date" office:date-value="{cell.isoformat()}"/>'
        case _:
            return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'


class FakeRegister:
    """A register of one village in memory; ``apply`` does what the node does with a plan."""

    def __init__(self) -> None:
        self.records: dict[bytes, tuple[int, Body]] = {}

    def by_ids(self, ids: Collection[bytes], /) -> Mapping[bytes, tuple[int, Body]]:
        return {record_id: self.records[record_id] for record_id in ids if record_id in self.records}

    def by_niks(self, niks: Collection[int], /) -> Mapping[int, bytes]:
        return self._by_number(Kind.RESIDENT, NIK_TAG, niks)

    def household_by_number(self, numbers: Collection[int], /) -> Mapping[int, bytes]:
        return self._by_number(Kind.HOUSEHOLD, FAMILY_NUMBER_TAG, numbers)

    def members_of(self, household_ids: Collection[bytes], /) -> Mapping[bytes, Collection[bytes]]:
        found: dict[bytes, list[bytes]] = {household_id: [] for household_id in household_ids}
        for record_id, (kind, body) in self.records.items():
            if kind == Kind.RESIDENT and body.get(HOUSEHOLD_TAG) in found:
                found[body[HOUSEHOLD_TAG]].append(record_id)
        return found

    def _by_number(self, kind: int, tag: int, wanted: Collection[int]) -> dict[int, bytes]:
        found = {body.get(tag): record_id for record_id, (known, body) in self.records.items() if known == kind}
        return {number: found[number] for number in wanted if number in found}

    def apply(self, households: Sequence[PlannedHousehold]) -> None:
        for household in households:
            for create in household.creates:
                assert create.record_id not in self.records
                self.records[create.record_id] = (create.kind, dict(create.body))
            for update in household.updates:
                kind, body = self.records[update.record_id]
                assert kind == update.kind
                assert body.get(update.tag) == update.old
                body[update.tag] = update.new

    def people(self) -> list[dict[str, object]]:
        return [values_of(kind, body) for kind, body in self.records.values() if kind == Kind.RESIDENT]

    def households(self) -> list[dict[str, object]]:
        return [values_of(kind, body) for kind, body in self.records.values() if kind == Kind.HOUSEHOLD]

    def person(self, name: str) -> dict[str, object]:
        (found,) = (values for values in self.people() if values["name"] == name)
        return found

    def id_of(self, name: str) -> bytes:
        (found,) = (
            record_id
            for record_id, (kind, body) in self.records.items()
            if kind == Kind.RESIDENT and values_of(kind, body).get("name") == name
        )
        return found

    def correct(self, name: str, field: str, value: object) -> None:
        """Change one field of a resident on the wire level, as a correction would."""
        self.records[self.id_of(name)][1][tag_of(Kind.RESIDENT, field)] = value


def plan_file(path: Path, existing: FakeRegister | None = None) -> ImportPlan:
    table = read_table(path)
    return plan_import(
        table,
        village_key=VILLAGE_KEY,
        file_digest=table.file_digest,
        existing=existing if existing is not None else FakeRegister(),
    )


def import_file(path: Path, register: FakeRegister) -> ImportPlan:
    plan = plan_file(path, register)
    register.apply(plan.households)
    return plan


def outcome(plan: ImportPlan) -> tuple[int, int, int, int, int]:
    """Return new, changed, unchanged, conflict, rejected; their sum must be all rows."""
    counts = (plan.new, plan.changed, plan.unchanged, plan.conflict, plan.rejected)
    assert sum(counts) == plan.rows
    return counts


def codes(plan: ImportPlan) -> set[str]:
    return {problem.code for problem in plan.problems}
