"""Decide which values of a family a row has that are not written in its own cells.

Family numbers may stand in the head's row only, and a list without a column for the hamlet may have it in the address.
Both hold for a whole table or not at all, are told, and can be switched off (``file_mapping``).
"""

from __future__ import annotations

from collections.abc import Sequence

from register.importing.family_blocks import split_flat_address
from register.importing.mapping import MappedColumn, column_named
from register.importing.raw_table import Cell, RawRow
from schemas.codes import Relation, code_list
from schemas.errors import CodeError

_HEADS_MIN = 2
_CARRIED = frozenset({"family_number", "address", "hamlet", "rw", "rt", "postal_code"})


Table = tuple[Sequence[MappedColumn], Sequence[RawRow]]


def has_numbers_at_heads(tables: Sequence[Table], chosen: bool | None) -> bool:
    """Tell whether in all tables of a file a family number stands in every head's row and in no other."""
    heads = members = 0
    for columns, rows in tables:
        number_at, relation_at = index_of(columns, "family_number"), index_of(columns, "relation")
        if number_at is None or relation_at is None or chosen is False:
            return False
        for row in rows:
            has_number = row.cells[number_at] is not None
            if chosen is None and has_number != _is_head(row.cells[relation_at]):
                return False
            heads += has_number
            members += not has_number
    return members > 0 and (heads >= _HEADS_MIN or (chosen is True and heads > 0))


def _is_head(cell: Cell) -> bool:
    try:
        return code_list("relation_to_head").from_text(str(cell)) == Relation.HEAD
    except CodeError:
        return False


def with_numbers_carried(columns: Sequence[MappedColumn], rows: Sequence[RawRow]) -> list[RawRow]:
    number_at = index_of(columns, "family_number")
    carried = [index for index, mapped in enumerate(columns) if mapped.column.field_name in _CARRIED]
    filled: list[RawRow] = []
    above: tuple[Cell, ...] = ()
    for row in rows:
        if number_at is not None and row.cells[number_at] is not None:
            above = row.cells
        elif above:
            cells = list(row.cells)
            for index in carried:
                cells[index] = cells[index] if cells[index] is not None else above[index]
            row = RawRow(row.number, tuple(cells))
        filled.append(row)
    return filled


def with_address_split(
    columns: Sequence[MappedColumn], rows: Sequence[RawRow], chosen: bool | None
) -> tuple[list[MappedColumn], list[RawRow]] | None:
    """Return columns and rows with the parts of the addresses in columns of their own; None if there is none."""
    address_at = index_of(columns, "address")
    names = {mapped.column.header for mapped in columns}
    if address_at is None or "dusun" in names or chosen is False:
        return None
    areas = not names & {"rt", "rw", "rt_rw"}
    added = ("dusun", "rt", "rw") if areas else ("dusun",)
    split: list[RawRow] = []
    seen: dict[Cell, dict[str, str]] = {}
    for row in rows:
        cell = row.cells[address_at]
        if cell not in seen:
            seen[cell] = split_flat_address(cell, areas=areas) if isinstance(cell, str) else {}
        parts = seen[cell]
        cells = list(row.cells)
        if parts:
            cells[address_at] = parts["alamat"] or None
        split.append(RawRow(row.number, (*cells, *(parts.get(name) for name in added))))
    if not any(seen.values()):
        return None
    header = columns[address_at].header
    new = [MappedColumn(-1, header, column, how="cells") for name in added if (column := column_named(name))]
    return [*columns, *new], split


def index_of(columns: Sequence[MappedColumn], field_name: str) -> int | None:
    """Return where the column of a field stands."""
    return next((index for index, mapped in enumerate(columns) if mapped.column.field_name == field_name), None)
