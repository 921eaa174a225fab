"""Write the register as spreadsheets that read back without loss: the 43-column template, SIAK's 37, all our columns.

Decides how values stand in cells: NIK and family numbers are text, dates are ISO text (a spreadsheet's own dates begin
in 1900, and some people were born before), codes are numbers where the template has one.  Unknown values stay blank,
except an unknown NIK, which the template writes as 0; a temporary number is never written as a NIK.  Reading is
``importing``.  XlsxWriter is used here only.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Literal

import xlsxwriter

from register.importing.mapping import COLUMNS
from register.people_rows import COLUMN_NAMES, EVERYBODY, Selection, people_rows
from register.siak_rows import SIAK_HEADERS, siak_row
from register.store import RegisterStore
from register.whole_files import replacing
from schemas.codes import Relation, code_list
from schemas.errors import CodeError, DataError
from schemas.fields import Field, Kind

Cell = str | int | dt.date
FileFormat = Literal["xlsx", "csv"]

TEMPLATE_HEADERS = tuple(column.header for column in COLUMNS)

_TEMPLATE_SHEET, _COMPLETE_SHEET, _SIAK_SHEET = "Data Penduduk", "Semua Kolom", "Data SIAK"

COMPLETE_HEADERS = tuple(name for name in COLUMN_NAMES if name.partition(".")[2] not in {"district_code", "village_id"})


def export_template(
    store: RegisterStore, village_id: int, path: Path, file_format: FileFormat, selection: Selection = EVERYBODY
) -> int:
    """Write a village's people, family by family, in the template's columns; returns how many.

    XLSX has all our columns on a second sheet; CSV has them in a second file, named ``...-lengkap.csv``.

    Raises DiskFullError or StorageError if the file cannot be written; an older file of that name then stays as it was.
    """
    if file_format == "csv":
        complete = path.with_name(f"{path.stem}-lengkap{path.suffix}")
        write_csv(complete, COMPLETE_HEADERS, (_complete_row(row) for row in people_rows(store, village_id, selection)))
        return write_csv(
            path, TEMPLATE_HEADERS, (_template_row(row) for row in people_rows(store, village_id, selection))
        )
    with _workbook(path) as workbook:
        count = _fill_sheet(
            workbook,
            _TEMPLATE_SHEET,
            TEMPLATE_HEADERS,
            (_template_row(row) for row in people_rows(store, village_id, selection)),
        )
        _fill_sheet(
            workbook,
            _COMPLETE_SHEET,
            COMPLETE_HEADERS,
            (_complete_row(row) for row in people_rows(store, village_id, selection)),
        )
    return count


def export_siak(
    store: RegisterStore,
    village_id: int,
    path: Path,
    file_format: FileFormat,
    *,
    district_name: str = "",
    village_name: str = "",
    selection: Selection = EVERYBODY,
) -> int:
    """Write a village's people in the 37 columns of a SIAK export; returns how many.

    SIAK has no column for the hamlet: it stands at the end of the address.  What else it has no column for is left
    out, and columns about cards and clerks stay blank.

    Raises DiskFullError or StorageError.
    """
    place = {"Kecamatan": district_name, "Desa/Kel": village_name}
    rows = ({**place, **siak_row(person)} for person in people_rows(store, village_id, selection))
    if file_format == "csv":
        return write_csv(path, SIAK_HEADERS, rows)
    with _workbook(path) as workbook:
        return _fill_sheet(workbook, _SIAK_SHEET, SIAK_HEADERS, rows)


def export_columns(
    store: RegisterStore,
    village_id: int,
    path: Path,
    file_format: FileFormat,
    headers: Sequence[str],
    *,
    selection: Selection = EVERYBODY,
    in_words: bool = False,
) -> int:
    """Write some of the template's columns, in its order; returns how many people.

    Args:
        in_words: name the columns and say the codes in words, for people; else as the template, for programs.

    Raises DataError "columns-none" or "column-unknown", DiskFullError or StorageError.
    """
    unknown = [header for header in headers if header not in TEMPLATE_HEADERS]
    if unknown or not headers:
        raise DataError(
            f"Kolom {unknown[0]!r} tidak dikenal" if unknown else "Belum ada kolom yang dipilih",
            code="column-unknown" if unknown else "columns-none",
            hint=f"Pilih dari: {', '.join(TEMPLATE_HEADERS)}." if unknown else "Centang paling sedikit satu kolom.",
            field="kolom",
        )
    chosen = [header for header in TEMPLATE_HEADERS if header in headers]
    names = {header: LABELS[header] if in_words else header for header in chosen}
    people = people_rows(store, village_id, selection)
    rows = (_chosen_row(_template_row(person, in_words=in_words), names) for person in people)
    if file_format == "csv":
        return write_csv(path, list(names.values()), rows)
    with _workbook(path) as workbook:
        return _fill_sheet(workbook, _TEMPLATE_SHEET, list(names.values()), rows)


def _chosen_row(row: Mapping[str, Cell], names: Mapping[str, str]) -> dict[str, Cell]:
    return {name: row[header] for header, name in names.items() if header in row}


def write_xlsx(path: Path, headers: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> int:
    """Write a workbook of one sheet: text as text, numbers as numbers, dates as date cells; returns the row count.

    Raises DiskFullError or StorageError.
    """
    with _workbook(path) as workbook:
        return _fill_sheet(workbook, _TEMPLATE_SHEET, headers, rows)


def write_csv(
    path: Path,
    headers: Sequence[str],
    rows: Iterable[Mapping[str, Cell]],
    *,
    encoding: str = "utf-8",
    separator: str = ",",
) -> int:
    """Write a CSV file; dates as dd/mm/yyyy, as a spreadsheet would save them; returns the row count.

    Raises DataError "encoding" for a letter that the encoding lacks, DiskFullError or StorageError.
    """
    count = 0
    with replacing(path) as part:
        try:
            with part.open("w", encoding=encoding, newline="") as file:
                writer = csv.writer(file, delimiter=separator)
                writer.writerow(headers)
                for row in rows:
                    writer.writerow([_csv_text(row.get(header, "")) for header in headers])
                    count += 1
        except UnicodeEncodeError as error:
            raise DataError(
                f"Huruf {error.object[error.start]!r} tidak ada dalam pengodean {encoding}",
                code="encoding",
                hint="Simpan sebagai UTF-8.",
                value=error.object,
            ) from error
    return count


def _csv_text(cell: Cell) -> str:
    if isinstance(cell, dt.date):
        return f"{cell:%d/%m/%Y}"
    text = str(cell)
    # A spreadsheet would run such a text as a formula; the importer drops the apostrophe again.
    return f"'{text}" if text.startswith(("=", "@")) else text


@contextmanager
def _workbook(path: Path) -> Iterator[Any]:
    # Rows go to disk as they come; people's data stays in the folder it is meant for, not in the system's own.
    options = {"constant_memory": True, "tmpdir": str(path.parent), "default_date_format": "dd-mm-yyyy"}
    with replacing(path) as part, part.open("wb") as file:
        workbook = xlsxwriter.Workbook(file, options)
        try:
            yield workbook
        finally:
            workbook.close()


def _fill_sheet(workbook: Any, name: str, headers: Sequence[str], rows: Iterable[Mapping[str, Cell]]) -> int:
    sheet = workbook.add_worksheet(name)
    writers: dict[type, Callable[..., Any]] = {
        str: sheet.write_string,
        int: sheet.write_number,
        dt.date: sheet.write_datetime,
    }
    positions = {header: index for index, header in enumerate(headers)}
    for index, header in enumerate(headers):
        sheet.write_string(0, index, header)
    sheet.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(rows, start=1):
        for header, cell in sorted(row.items(), key=lambda item: positions[item[0]]):
            if cell != "":
                writers[type(cell)](count, positions[header], cell)
    return count


_TEMPLATE_KEYS = tuple(
    (column.header, f"{'household' if column.kind == Kind.HOUSEHOLD else 'resident'}.{column.field_name}", column.field)
    for column in COLUMNS
)


LABELS: Mapping[str, str] = {header: field.label_id for header, _, field in _TEMPLATE_KEYS if field is not None}
"""What people call the template's columns, by header."""


def _template_row(person: Mapping[str, Any], *, in_words: bool = False) -> dict[str, Cell]:
    row: dict[str, Cell] = {}
    for header, key, field in _TEMPLATE_KEYS:
        value = person[key]
        if value is None or field is None:
            continue
        if field.type == "code":
            row[header] = code_list(field.code_list).label(value) if in_words else _code_cell(field, value)
        else:
            row[header] = _plain_cell(value)
    if not in_words:
        row.setdefault("nik", "0")
    if person["resident.record_id"] == person["household.head_id"]:
        # Who heads a family is a value of the family; the person's own relation may lag behind it.
        head = int(Relation.HEAD)
        row["kk_level"] = code_list("relation_to_head").label(head) if in_words else head
    return row


def _complete_row(person: Mapping[str, Any]) -> dict[str, Cell]:
    return {header: _plain_cell(person[header]) for header in COMPLETE_HEADERS if person[header] is not None}


def _plain_cell(value: Any) -> Cell:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    return int(value) if isinstance(value, int) else str(value)


@cache
def _code_cell(field: Field, number: int) -> Cell:
    """Write a code as the number a file may use for it, else as its label; a newer program's number as it is."""
    codes = code_list(field.code_list)
    for cell in (number, codes.label(number)):
        try:
            if codes.from_text(str(cell)) == number:
                return cell
        except CodeError:
            continue
    return number
