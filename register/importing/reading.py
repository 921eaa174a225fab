"""Decide which sheets and rows of a file are a population table, and hand out its cells as compact typed rows.

Reads .xlsx, .xlsm, .xls, .ods (the only module that knows the spreadsheet library) and .csv.  The header is the row,
among the first thirty, that names most template columns; rows keep the number that a person sees.  Only columns that
feed a field are kept, so 35,000 rows of 43 columns stay small.  What a cell means is for ``cells``.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import python_calamine

from register.importing import csv_text
from register.importing.file_forms import FILE_BYTES_MAX, ROWS_MAX, damaged, form_of, too_large
from register.importing.mapping import HeaderMap, known_header_count, map_headers, missing_columns
from schemas.errors import ImportFileError

Cell = str | int | float | dt.date | None
"""Text, a number (whole ones as int), a date, or blank."""

_HEADER_ROWS_MAX = 30
_TEXTS_KEPT_MAX = 20_000
"""Equal texts are kept once (codes, places, hamlets); the bound keeps unique names from growing the table of them."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: its number from 1 as a person sees it, and a cell for each mapped column."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class RawSheet:
    """One sheet with a header row; ``name`` is empty for a text file."""

    name: str
    header_row: int
    header_map: HeaderMap
    rows: tuple[RawRow, ...]


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file as read: its sheets with a header, the sheets without one, and the BLAKE2b-256 of its bytes."""

    file: str
    file_digest: bytes
    sheets: tuple[RawSheet, ...]
    ignored_sheets: tuple[str, ...]


def read_table(path: Path | str) -> RawTable:
    """Read a population table from a file.

    Raises ImportFileError: file-missing, file-unreadable, file-empty, file-password, file-truncated, file-not-a-table,
    file-no-header, file-no-rows, file-too-large; ``hint`` is the next step.
    """
    path = Path(path)
    content = _content(path)
    digest = hashlib.blake2b(content, digest_size=32).digest()
    sheets: list[RawSheet] = []
    headerless: list[_Headerless] = []
    for sheet_name, rows in _sheets(content, path.name):
        match _sheet(sheet_name, rows, path.name):
            case RawSheet() as sheet:
                sheets.append(sheet)
            case _Headerless() as found:
                headerless.append(found)
    _refuse_useless(path.name, sheets, headerless)
    return RawTable(path.name, digest, tuple(sheets), tuple(found.sheet for found in headerless))


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise too_large(path.name)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImportFileError(
            f"{path}: berkas tidak ada", code="file-missing", hint="Periksa nama dan letak berkas."
        ) from error
    except OSError as error:
        raise ImportFileError(
            f"{path}: berkas tidak dapat dibuka",
            code="file-unreadable",
            hint="Tutup berkas di program lain; periksa izin.",
        ) from error


def _sheets(content: bytes, name: str) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
    if form_of(content, name) == "text":
        yield "", csv_text.iter_rows(csv_text.decode(content), name)
        return
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.CalamineError as error:
        raise damaged(name) from error
    with book:
        for position, about in enumerate(book.sheets_metadata):
            is_table = about.typ == python_calamine.SheetTypeEnum.WorkSheet
            # Hidden sheets of the template hold its code lists.
            if is_table and about.visible == python_calamine.SheetVisibleEnum.Visible:
                try:
                    rows = book.get_sheet_by_index(position).iter_rows()
                except python_calamine.CalamineError as error:
                    raise damaged(name, about.name) from error
                yield about.name, rows


@dataclass(frozen=True, slots=True)
class _Headerless:
    """A sheet with content but without a usable header: its fullest row, and the columns that row lacks."""

    sheet: str
    shown: str
    missing: tuple[str, ...]


def _sheet(sheet_name: str, rows: Iterable[Sequence[object]], file: str) -> RawSheet | _Headerless | None:
    """Return a sheet's rows below its header, what it has instead of one, or None if it is blank."""
    numbered = enumerate(rows, start=1)
    start = list(islice(numbered, _HEADER_ROWS_MAX))
    number, header = max(start, key=lambda item: known_header_count(item[1]), default=(0, []))
    header_map = map_headers(header)
    missing = missing_columns(header_map)
    if not header_map.columns or missing:
        filled = (cells for _, cells in start if any(cell != "" for cell in cells))
        shown = _shown(header) if header_map.columns else next(map(_shown, filled), "")
        return _Headerless(sheet_name, shown, missing if len(header_map.columns) > 1 else ()) if shown else None
    below = chain((item for item in start if item[0] > number), numbered)
    return RawSheet(sheet_name, number, header_map, tuple(_raw_rows(below, header_map, file)))


def _raw_rows(numbered: Iterable[tuple[int, Sequence[object]]], header_map: HeaderMap, file: str) -> Iterator[RawRow]:
    """Yield the rows that have a value in a mapped column; a header repeated below a family is no row."""
    positions = [mapped.position for mapped in header_map.columns]
    headers = tuple(mapped.header for mapped in header_map.columns)
    texts: dict[str, str] = {}
    for number, cells in numbered:
        if number > ROWS_MAX + _HEADER_ROWS_MAX:
            raise too_large(file)
        width = len(cells)
        kept = tuple(_cell(cells[at], texts) if at < width else None for at in positions)
        if any(cell is not None for cell in kept) and kept != headers:
            yield RawRow(number, kept)


def _cell(value: object, texts: dict[str, str]) -> Cell:
    match value:
        case str():
            if not value or value.isspace():
                return None
            if (known := texts.get(value)) is not None:
                return known
            if len(texts) < _TEXTS_KEPT_MAX:
                texts[value] = value
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return int(value) if value.is_integer() else value
        case dt.datetime():
            return value.date()
        case int() | dt.date():
            return value
        case dt.time():
            # A zero in a cell with a date format is a time of day: it is the filler 0, not a date.
            return 0 if value == dt.time() else value.isoformat()
        case _:
            return str(value)


def _shown(cells: Iterable[object]) -> str:
    return " | ".join(str(cell)[:30] for cell in list(cells)[:12] if cell not in (None, ""))


def _refuse_useless(name: str, sheets: list[RawSheet], headerless: list[_Headerless]) -> None:
    if not sheets and not headerless:
        raise ImportFileError(
            f"{name}: tidak ada isi di lembar mana pun", code="file-empty", hint="Isi templat, lalu impor lagi."
        )
    if not sheets:
        raise _no_header(name, headerless)
    if not any(sheet.rows for sheet in sheets):
        raise ImportFileError(
            f"{name}: judul kolom ada, tetapi tidak ada baris penduduk",
            code="file-no-rows",
            hint="Isi penduduk mulai dari baris di bawah judul kolom, lalu impor lagi.",
        )


def _no_header(name: str, headerless: list[_Headerless]) -> ImportFileError:
    missing = next((sheet.missing for sheet in headerless if sheet.missing), ())
    why = f"tidak ada kolom {', '.join(missing)}" if missing else "tidak ada baris judul kolom yang dikenal"
    found = "; ".join(sheet.shown for sheet in headerless[:3])
    return ImportFileError(
        f"{name}: {why}. Yang ditemukan: {found}",
        code="file-no-header",
        hint="Pakai judul kolom dari templat: sedikitnya nama dan nik atau no_kk.",
    )
