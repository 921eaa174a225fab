"""Decide what the columns of a scanned table mean once their cells are known, and put the table into its final form.

Open headers get their meaning or become unknown, conventions are chosen for each column, and values of a family that
are not in a row's own cells are added (``carrying``).  A person's decisions (``file_mapping``) come before what cells
suggest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from register.importing import conventions
from register.importing.carrying import has_numbers_at_heads, index_of, with_address_split, with_numbers_carried
from register.importing.columns import TemplateColumn
from register.importing.conventions import USUAL, VALUES_MAX, Convention, DateOrder
from register.importing.family_blocks import FAMILY_COLUMNS
from register.importing.file_mapping import FileMapping
from register.importing.layouts import layout_of
from register.importing.mapping import MappedColumn, column_named
from register.importing.raw_table import Cell, RawRow, RawSheet
from register.importing.scanning import Segment

_BLOCK_HEADERS = {"no_kk": "No. KK", "alamat": "Alamat", "dusun": "Dusun", "kode_pos": "Kode pos"}


def settle_segment(segment: Segment, sheet: str, title: Sequence[str], overrides: FileMapping) -> RawSheet:
    """Return the table of one segment; ``title`` are the texts above its header."""
    rows = segment.rows
    kept: list[tuple[int, MappedColumn]] = []
    unknown: list[str] = []
    unused: list[str] = list(segment.header_map.unused)
    _settle_open(segment, kept, unknown, unused)
    if segment.blocks:
        kept += _block_columns(segment, {mapped.column.header for _, mapped in kept})
    order = [index for index, _ in kept]
    width = len(rows[0].cells) if rows else len(order)
    if order != list(range(width)):
        rows = [RawRow(row.number, tuple(row.cells[index] for index in order)) for row in rows]
    columns = [mapped for _, mapped in kept]
    columns, notes = _with_conventions(columns, rows, overrides)
    if not segment.blocks and not segment.header_map.is_own:
        if has_numbers_at_heads(columns, rows, overrides.fill_down):
            rows = with_numbers_carried(columns, rows)
            notes.append("family-numbers-carried")
        if (found := with_address_split(columns, rows, overrides.split_address)) is not None:
            columns, rows = found
    header_map = replace(
        segment.header_map,
        columns=tuple(columns),
        unknown=(*segment.header_map.unknown, *unknown),
        unused=tuple(unused),
        open=(),
    )
    header = segment.header
    return RawSheet(
        sheet,
        header.first,
        header_map,
        tuple(rows),
        header_last_row=header.last,
        layout=layout_of(title, header.texts, header_map, has_blocks=segment.blocks).value,
        families=segment.families,
        skipped=tuple(segment.skipped),
        notes=tuple(notes),
    )


def _settle_open(segment: Segment, kept: list[tuple[int, MappedColumn]], unknown: list[str], unused: list[str]) -> None:
    """Give open columns the meaning that their cells fit, in the order of the file."""
    kept += list(enumerate(segment.header_map.columns))
    taken = {mapped.column.header for _, mapped in kept}
    for index, found in enumerate(segment.header_map.open, start=len(segment.header_map.columns)):
        cells = _column(segment.rows, index)
        candidates = [column for column in found.candidates if column.header not in taken]
        meaning = conventions.choose_meaning(found.header, candidates, cells) if candidates else None
        if meaning is not None:
            taken.add(meaning.header)
            kept.append((index, MappedColumn(found.position, found.header, meaning, how="cells")))
        elif conventions.is_card_delivery(cells) or all(cell is None for cell in cells):
            unused.append(found.header)
        else:
            unknown.append(found.header)
    kept.sort(key=lambda item: item[1].position)


def _block_columns(segment: Segment, taken: set[str]) -> list[tuple[int, MappedColumn]]:
    first = len(segment.positions)
    columns = []
    for index, name in enumerate(FAMILY_COLUMNS, start=first):
        column = column_named(name)
        assert column is not None, "block values are columns"
        if name not in taken and any(row.cells[index] is not None for row in segment.rows):
            header = _BLOCK_HEADERS.get(name, name.upper() if len(name) == 2 else name.capitalize())
            columns.append((index, MappedColumn(-1, header, column, how="block")))
    return columns


def _column(rows: Sequence[RawRow], index: int) -> list[Cell]:
    return [row.cells[index] for row in rows[:VALUES_MAX]]


def _with_conventions(
    columns: Sequence[MappedColumn], rows: Sequence[RawRow], overrides: FileMapping
) -> tuple[list[MappedColumn], list[str]]:
    nik_at = index_of(columns, "nik")
    niks = _column(rows, nik_at) if nik_at is not None else []
    notes: list[str] = []
    settled = []
    for index, mapped in enumerate(columns):
        convention = _convention(mapped.column, _column(rows, index), niks, overrides, notes)
        settled.append(replace(mapped, convention=convention) if convention != USUAL else mapped)
    return settled, notes


def _convention(
    column: TemplateColumn, cells: Sequence[Cell], niks: Sequence[Cell], overrides: FileMapping, notes: list[str]
) -> Convention:
    aliases = {text.casefold(): meaning for text, meaning in overrides.values.get(column.header, {}).items()}
    known = column.field
    if column.is_own:
        return USUAL
    if column.field_name == "sex":
        is_male = overrides.p_means == "pria" if overrides.p_means else conventions.p_is_male(cells, niks)
        return Convention(p_is_male=is_male, aliases=aliases)
    if column.field_name == "marital_status":
        numbers = overrides.marital_numbers or conventions.marital_numbers(cells)
        return Convention(marital_numbers=numbers, aliases=aliases)
    if known is not None and known.type == "date":
        chosen = overrides.dates.get(column.header)
        if chosen is not None:
            return Convention(dates=chosen, aliases=aliases)
        evidence = conventions.date_order(cells, niks if column.field_name == "birth_on" else ())
        if evidence.month_first_only and evidence.order == DateOrder.DAY_FIRST:
            notes.append(f"date-order-doubtful:{column.header}")
        return Convention(dates=evidence.order, aliases=aliases)
    return Convention(aliases=aliases) if aliases else USUAL
