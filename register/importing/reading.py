"""Decide which sheets of a file are a population table, and hand out its cells as compact typed rows.

The header stands among the first sixty rows of a sheet (``headers``); rows keep the number that a person sees.  Only
columns that feed a field are kept, so 35,000 rows of 43 columns stay small.  How a file is opened is ``sources``, what
a cell means is for ``cells``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from register.importing.file_mapping import FileMapping
from register.importing.headers import Header, find_header, header_at
from register.importing.mapping import map_headers, missing_columns
from register.importing.raw_table import Cell, RawRow, RawSheet, RawTable
from register.importing.scanning import FIRST_ROWS, SheetScanner, has_family_blocks
from register.importing.settling import Settling, settle_columns, settle_tables
from register.importing.sources import Source, content_of
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
    content = content_of(path)
    digest = hashlib.blake2b(content, digest_size=32).digest()
    tables: list[Settling] = []
    headerless: list[_Headerless] = []
    source = Source(content, path.name, mapping)
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
    header = header_of(start, mapping)
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


def header_of(start: Sequence[tuple[int, Sequence[object]]], mapping: FileMapping) -> Header | None:
    """Return the header among the first rows of a sheet: where a person says it is, else where it is found."""
    return header_at(start, mapping.header_row) if mapping.header_row else find_header(start)


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
