"""Tell how a file was read: layout, encoding, header, the meaning of each column, what was left out.

This is what a person sees before an import and can overrule (``file_mapping``); it decides nothing itself.  Words for
officers are Indonesian.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from register.importing.columns import MANY_MEANINGS
from register.importing.conventions import DateOrder, MaritalNumbers
from register.importing.file_mapping import FileMapping
from register.importing.layouts import Layout
from register.importing.mapping import How, MappedColumn
from register.importing.raw_table import RawSheet, RawTable, Skipped

LAYOUT_WORDS = {
    Layout.OWN: "ekspor lengkap program ini",
    Layout.TEMPLATE: "templat 43 kolom",
    Layout.SIAK: "ekspor SIAK 37 kolom",
    Layout.BIP_2012: "Buku Induk Penduduk 2012",
    Layout.BIP_2016: "Buku Induk Penduduk 2016",
    Layout.BIP_LUWU_TIMUR: "Buku Induk Kependudukan (satu lembar per keluarga)",
    Layout.BIP_EKTP: "Buku Induk Penduduk KTP-el",
    Layout.FAMILY_BLOCKS: "daftar per keluarga",
    Layout.LIST: "daftar penduduk",
}
_HOW = {"header": "", "cells": " (dari isinya)", "chosen": " (ditentukan)", "block": " (dari kepala keluarga)"}
_SKIPPED_SHOWN_MAX = 5


@dataclass(frozen=True, slots=True)
class ColumnDetection:
    """One column: its header, the column of the template it is read as, what decided that, how its cells are read."""

    header: str
    meaning: str
    how: How
    reading: str


@dataclass(frozen=True, slots=True)
class SheetDetection:
    """One table: ``people`` are its rows, ``families`` its family blocks, the header texts below are not read."""

    sheet: str
    layout: str
    header_row: int
    columns: tuple[ColumnDetection, ...]
    people: int
    families: int
    unknown: tuple[str, ...]
    not_kept: tuple[str, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class Detection:
    """How one file was read; ``encoding`` and ``separator`` are empty for a workbook."""

    file: str
    encoding: str
    separator: str
    sheets: tuple[SheetDetection, ...]
    ignored_sheets: tuple[str, ...]
    mapping: FileMapping

    def lines(self) -> Iterator[str]:
        """Yield the detection in an officer's words, one thing a line."""
        if self.encoding:
            mark = {",": "koma", ";": "titik koma", "\t": "tab"}.get(self.separator, self.separator)
            yield f"Teks {self.encoding}, dipisah {mark}"
        for sheet in self.sheets:
            yield from _lines(sheet)
        for name in self.ignored_sheets:
            yield f"Lembar {name} tidak dibaca"


def detection_of(table: RawTable) -> Detection:
    """Return how a table was read, with the mapping that reads the next file like it in the same way."""
    return Detection(
        table.file,
        table.encoding,
        table.separator,
        tuple(_sheet(sheet) for sheet in table.sheets),
        table.ignored_sheets,
        _mapping(table),
    )


def _sheet(sheet: RawSheet) -> SheetDetection:
    return SheetDetection(
        sheet.name,
        sheet.layout,
        sheet.header_row,
        tuple(
            ColumnDetection(mapped.header, mapped.column.header, mapped.how, _reading(mapped))
            for mapped in sheet.header_map.columns
        ),
        len(sheet.rows),
        sheet.families,
        (*sheet.header_map.unknown, *sheet.header_map.repeated),
        sheet.header_map.unused,
        sheet.skipped,
    )


def _reading(mapped: MappedColumn) -> str:
    convention, name = mapped.convention, mapped.column.field_name
    known = mapped.column.field
    if name == "sex":
        return "P = pria" if convention.p_is_male else "P = perempuan"
    if name == "marital_status" and convention.marital_numbers == MaritalNumbers.F101:
        return "angka menurut F-1.01"
    if known is not None and known.type == "date":
        return {
            DateOrder.DAY_FIRST: "hari-bulan-tahun",
            DateOrder.MONTH_FIRST: "bulan-hari-tahun",
            DateOrder.EPOCH_1904: "angka sejak 1904",
        }[convention.dates]
    return ""


def _lines(sheet: SheetDetection) -> Iterator[str]:
    place = f"Lembar {sheet.sheet}: " if sheet.sheet else ""
    families = f", {sheet.families} keluarga" if sheet.families else ""
    layout = LAYOUT_WORDS[Layout(sheet.layout)]
    yield f"{place}{layout}, judul kolom di baris {sheet.header_row}, {sheet.people} orang{families}"
    for column in sheet.columns:
        reading = f", {column.reading}" if column.reading else ""
        yield f"  {column.header} -> {column.meaning}{_HOW[column.how]}{reading}"
    if sheet.unknown:
        yield f"  Tidak dibaca: {', '.join(sheet.unknown)}"
    if sheet.not_kept:
        yield f"  Tidak disimpan: {', '.join(sheet.not_kept)}"
    for row in sheet.skipped[:_SKIPPED_SHOWN_MAX]:
        yield f"  Baris {row.number} dilewati: {row.text}"
    if len(sheet.skipped) > _SKIPPED_SHOWN_MAX:
        yield f"  ... dan {len(sheet.skipped) - _SKIPPED_SHOWN_MAX} baris lain dilewati"


def _mapping(table: RawTable) -> FileMapping:
    """Return what was found as decisions: meanings that cells gave, orders, numberings; not what headers say anyway."""
    columns: dict[str, str] = {}
    dates: dict[str, DateOrder] = {}
    values: dict[str, dict[str, str]] = {}
    p_means, numbers = "", None
    for sheet in table.sheets:
        for mapped in sheet.header_map.columns:
            convention = mapped.convention
            if mapped.position >= 0 and mapped.how in {"cells", "chosen"}:
                columns[mapped.header] = mapped.column.header
            if convention.dates != DateOrder.DAY_FIRST:
                dates[mapped.column.header] = convention.dates
            if convention.aliases:
                values[mapped.column.header] = dict(convention.aliases)
            if mapped.column.field_name == "sex":
                p_means = "pria" if convention.p_is_male else "perempuan"
            if convention.marital_numbers == MaritalNumbers.F101:
                numbers = MaritalNumbers.F101
        columns |= {header: "" for header in sheet.header_map.unused if header.upper() in MANY_MEANINGS}
    return FileMapping(
        encoding=table.encoding,
        separator=table.separator,
        columns=columns,
        dates=dates,
        p_means=p_means,
        marital_numbers=numbers,
        values=values,
    )
