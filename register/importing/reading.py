"""Decide which sheets of a file are a population table, and hand out its cells as compact typed rows.

Reads .xlsx, .xlsm, .xls, .ods (the only module that knows the spreadsheet library) and .csv.  The header stands among
the first sixty rows of a sheet (``headers``); rows keep the number that a person sees.  Only columns that feed a field
are kept, so 35,000 rows of 43 columns stay small.  What a cell means is for ``cells``.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import python_calamine

from register.importing import csv_text
from register.importing.file_forms import FILE_BYTES_MAX, damaged, form_of, too_large
from register.importing.file_mapping import FileMapping
from register.importing.headers import Header, find_header, header_at
from register.importing.mapping import map_headers, missing_columns
from register.importing.merging import with_merged_values
from register.importing.raw_table import Cell, RawRow, RawSheet, RawTable
from register.importing.scanning import FIRST_ROWS, SheetScanner, has_family_blocks
from register.importing.settling import Settling, settle_columns, settle_tables
from schemas.errors import ImportFileError

__all__ = ["Cell", "RawRow", "RawSheet", "RawTable", "read_table"]

_BY_DETECTION = FileMapping()


def read_table(path: Path | str, overrides: FileMapping | None = None) -> RawTable:
    """Read a population table from a file; ``overrides`` is what a person has decided about it.

    Raises ImportFileError: file-missing, file-unreadable, file-empty, file-password, file-truncated, file-not-a-table,
    file-no-header, file-no-rows, file-too-large; ``hint`` is the next step.
    """
    path = Path(path)
    mapping = overrides or _BY_DETECTION
    content = _content(path)
    digest = hashlib.blake2b(content, digest_size=32).digest()
    tables: list[Settling] = []
    headerless: list[_Headerless] = []
    source = _Source(content, path.name, mapping)
    for sheet_name, rows in source.sheets():
        if mapping.sheets and sheet_name not in mapping.sheets:
            headerless.append(_Headerless(sheet_name, "", ()))
            continue
        match _tables_of(sheet_name, rows, path.name, mapping):
            case _Headerless() as found:
                headerless.append(found)
            case found_tables:
                tables += found_tables
    sheets = settle_tables(tables, mapping)
    _refuse_useless(path.name, sheets, headerless)
    ignored = tuple(found.sheet for found in headerless)
    return RawTable(path.name, digest, tuple(sheets), ignored, source.encoding, source.separator)


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


class _Source:
    """The sheets of a file; ``encoding`` and ``separator`` are known once a text file is open."""

    def __init__(self, content: bytes, name: str, mapping: FileMapping) -> None:
        self._content = content
        self._name = name
        self._mapping = mapping
        self.encoding = ""
        self.separator = ""

    def sheets(self) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
        if form_of(self._content, self._name) == "text":
            text, self.encoding = csv_text.decode(self._content, self._mapping.encoding)
            self.separator = self._mapping.separator or csv_text.separator_of(text)
            yield "", csv_text.iter_rows(text, self._name, self.separator)
            return
        try:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(self._content))
        except python_calamine.CalamineError as error:
            raise damaged(self._name) from error
        with book:
            for position, about in enumerate(book.sheets_metadata):
                is_table = about.typ == python_calamine.SheetTypeEnum.WorkSheet
                # Hidden sheets of the template hold its code lists.
                if is_table and about.visible == python_calamine.SheetVisibleEnum.Visible:
                    yield about.name, self._rows(book, position, about.name)

    def _rows(self, book: python_calamine.CalamineWorkbook, position: int, sheet: str) -> Iterable[Sequence[object]]:
        try:
            found = book.get_sheet_by_index(position)
        except python_calamine.CalamineError as error:
            raise damaged(self._name, sheet) from error
        first_column = found.start[1] if found.start else 0
        return with_merged_values(found.iter_rows(), found.merged_cell_ranges or (), first_column)


@dataclass(frozen=True, slots=True)
class _Headerless:
    """A sheet with content but without a usable header: its fullest row, and the columns that row lacks."""

    sheet: str
    shown: str
    missing: tuple[str, ...]


def _tables_of(
    sheet_name: str, rows: Iterable[Sequence[object]], file: str, mapping: FileMapping
) -> list[Settling] | _Headerless:
    """Return the tables of a sheet, none if it is blank, or what it has instead of a header."""
    numbered = enumerate(rows, start=1)
    start = list(islice(numbered, FIRST_ROWS))
    header = header_at(start, mapping.header_row) if mapping.header_row else find_header(start)
    if header is None:
        filled = (cells for _, cells in start if any(cell not in ("", None) for cell in cells))
        shown = next(map(_shown, filled), "")
        return _Headerless(sheet_name, shown, ()) if shown else []
    header_map = map_headers(header.texts, mapping.columns_by_folded_header())
    chosen = mapping.family_blocks
    blocks = has_family_blocks(start, header, header_map) if chosen is None else chosen
    missing = missing_columns(header_map, has_family_blocks=blocks)
    if missing or not header_map.columns:
        return _Headerless(sheet_name, _shown(header.texts), missing if len(header_map.columns) > 1 else ())
    scanner = SheetScanner(file, header, header_map, blocks=blocks)
    for number, cells in chain(start, numbered):
        scanner.take(number, cells)
    title = _title(start, header)
    return [settle_columns(segment, sheet_name, title) for segment in scanner.segments]


def _title(start: Iterable[tuple[int, Sequence[object]]], header: Header) -> list[str]:
    return [cell for number, cells in start if number < header.first for cell in cells if isinstance(cell, str)]


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
