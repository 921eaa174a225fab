"""Decide what the columns of a scanned table mean once their cells are known, and put the table into its final form.

Open headers get their meaning or become unknown, conventions are chosen for each column, and values of a family that
are not in a row's own cells are added (``carrying``).  A person's decisions (``file_mapping``) come before what cells
suggest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from register.importing import conventions
from register.importing.carrying import has_numbers_at_heads, index_of, with_address_split, with_numbers_carried
from register.importing.columns import BIRTH, USUAL_IF_UNDECIDED, TemplateColumn
from register.importing.conventions import USUAL, VALUES_MAX, Convention, DateOrder
from register.importing.family_blocks import FAMILY_COLUMNS
from register.importing.file_mapping import FileMapping
from register.importing.layouts import layout_of
from register.importing.mapping import MappedColumn, column_named
from register.importing.raw_table import Cell, RawRow, RawSheet
from register.importing.scanning import Segment

_BLOCK_HEADERS = {"no_kk": "No. KK", "alamat": "Alamat", "dusun": "Dusun", "kode_pos": "Kode pos"}


@dataclass(slots=True)
class Settling:
    """One table on its way: its columns are known, how their cells are read is not."""

    segment: Segment
    sheet: str
    title: Sequence[str]
    columns: list[MappedColumn] = field(default_factory=list)
    rows: list[RawRow] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def settle_columns(segment: Segment, sheet: str, title: Sequence[str]) -> Settling:
    """Give the open columns of a table their meaning; ``title`` are the texts above its header."""
    found = Settling(segment, sheet, title, unused=list(segment.header_map.unused))
    kept = _settle_open(segment, found.unknown, found.unused)
    if segment.blocks:
        kept += _block_columns(segment, {mapped.column.header for _, mapped in kept})
    order = [index for index, _ in kept]
    rows = segment.rows
    width = len(rows[0].cells) if rows else len(order)
    if order != list(range(width)):
        rows = [RawRow(row.number, tuple(row.cells[index] for index in order)) for row in rows]
    found.columns, found.rows = [mapped for _, mapped in kept], rows
    segment.rows = []
    return found


def settle_tables(tables: Sequence[Settling], overrides: FileMapping) -> list[RawSheet]:
    """Return the tables of a file in their final form: the sheets of one file are written in one way."""
    conventions_of = _Conventions(tables, overrides)
    listed = [(table.columns, table.rows) for table in tables if not table.segment.blocks]
    carries = has_numbers_at_heads(listed, overrides.fill_down)
    return [_settle_table(table, conventions_of, overrides, carries=carries) for table in tables]


def _settle_table(table: Settling, conventions_of: _Conventions, overrides: FileMapping, *, carries: bool) -> RawSheet:
    columns = [conventions_of.applied(mapped) for mapped in table.columns]
    notes = [f"date-order-doubtful:{header}" for header in conventions_of.doubtful_dates(columns)]
    rows = table.rows
    segment = table.segment
    if not segment.blocks and not segment.header_map.is_own:
        if carries:
            rows = with_numbers_carried(columns, rows)
            notes.append("family-numbers-carried")
        if (found := with_address_split(columns, rows, overrides.split_address)) is not None:
            columns, rows = found
    header_map = replace(
        segment.header_map,
        columns=tuple(columns),
        unknown=(*segment.header_map.unknown, *table.unknown),
        unused=tuple(table.unused),
        open=(),
    )
    header = segment.header
    return RawSheet(
        table.sheet,
        header.first,
        header_map,
        tuple(rows),
        header_last_row=header.last,
        layout=layout_of(table.title, header.texts, header_map, has_blocks=segment.blocks).value,
        families=segment.families,
        skipped=tuple(segment.skipped),
        notes=tuple(notes),
    )


def _settle_open(segment: Segment, unknown: list[str], unused: list[str]) -> list[tuple[int, MappedColumn]]:
    """Return the columns in the order of the file, the open ones among them with the meaning that their cells fit."""
    kept = list(enumerate(segment.header_map.columns))
    taken = {mapped.column.header for _, mapped in kept}
    for index, found in enumerate(segment.header_map.open, start=len(segment.header_map.columns)):
        cells = _column(segment.rows, index)
        candidates = [column for column in found.candidates if column.header not in taken]
        is_usual = bool(candidates) and candidates[0].header in USUAL_IF_UNDECIDED
        meaning = conventions.choose_meaning(candidates, cells, is_first_usual=is_usual) if candidates else None
        if meaning is not None:
            taken.add(meaning.header)
            kept.append((index, MappedColumn(found.position, found.header, meaning, how="cells")))
        elif conventions.is_card_delivery(cells) or all(cell is None for cell in cells):
            unused.append(found.header)
        else:
            unknown.append(found.header)
    return sorted(kept, key=lambda item: item[1].position)


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


class _Conventions:
    """How the columns of one file are read: a column is looked at over all sheets, since a small one tells little."""

    def __init__(self, tables: Sequence[Settling], overrides: FileMapping) -> None:
        self._overrides = overrides
        self._doubtful: set[str] = set()
        cells: dict[str, list[Cell]] = {}
        niks: dict[str, list[Cell]] = {}
        columns: dict[str, TemplateColumn] = {}
        for table in tables:
            nik_at = index_of(table.columns, "nik")
            beside = _column(table.rows, nik_at) if nik_at is not None else [None] * len(table.rows[:VALUES_MAX])
            for index, mapped in enumerate(table.columns):
                header = mapped.column.header
                if _has_convention(mapped.column):
                    columns[header] = mapped.column
                    cells.setdefault(header, []).extend(_column(table.rows, index))
                    niks.setdefault(header, []).extend(beside)
        self._by_header = {
            header: self._convention(column, cells[header], niks[header]) for header, column in columns.items()
        }

    def applied(self, mapped: MappedColumn) -> MappedColumn:
        """Return the column with its convention and the aliases that a person has given."""
        header = mapped.column.header
        convention = self._by_header.get(header, USUAL)
        if by_text := self._overrides.values.get(header):
            aliases = {text.casefold(): meaning for text, meaning in by_text.items()}
            convention = replace(convention, aliases=aliases)
        return replace(mapped, convention=convention) if convention != USUAL else mapped

    def doubtful_dates(self, columns: Sequence[MappedColumn]) -> list[str]:
        """Return the headers of date columns in which some date makes sense month first only, though not enough do."""
        return [mapped.column.header for mapped in columns if mapped.column.header in self._doubtful]

    def _convention(self, column: TemplateColumn, cells: Sequence[Cell], niks: Sequence[Cell]) -> Convention:
        overrides = self._overrides
        if column.field_name == "sex":
            chosen = overrides.p_means
            return Convention(p_is_male=chosen == "pria" if chosen else conventions.p_is_male(cells, niks))
        if column.field_name == "marital_status":
            return Convention(marital_numbers=overrides.marital_numbers or conventions.marital_numbers(cells))
        if (order := overrides.dates.get(column.header)) is not None:
            return Convention(dates=order)
        is_birth = column.header == BIRTH.header or column.field_name == "birth_on"
        evidence = conventions.date_order(cells, niks if is_birth else ())
        if evidence.month_first_only and evidence.order == DateOrder.DAY_FIRST:
            self._doubtful.add(column.header)
        return Convention(dates=evidence.order)


def _has_convention(column: TemplateColumn) -> bool:
    is_date = column.header == BIRTH.header or (column.field is not None and column.field.type == "date")
    return not column.is_own and (is_date or column.field_name in {"sex", "marital_status"})
