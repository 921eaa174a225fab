"""Write invented people as rows of the 43-column template, in one plain spelling or in the many that files really use.

Decides spellings only: every spelling drawn here is a legal one, so a row and the person behind it mean the same.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

from register.generator.world import World
from register.importing.mapping import COLUMNS, TemplateColumn
from schemas.codes import code_list
from schemas.errors import CodeError
from schemas.fields import Field, Kind

Cell = str | int | dt.date
Row = dict[str, Cell]
"""Header of the template to cell; a header that is absent is a blank cell."""

HEADERS = tuple(column.header for column in COLUMNS)

_MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


def row_of(world: World, household: Mapping[str, Any], person: Mapping[str, Any], *, is_varied: bool) -> Row:
    """Write one person of one household as a row; ``is_varied`` draws a spelling for each cell."""
    row: Row = {}
    for column in COLUMNS:
        value = (household if column.kind == Kind.HOUSEHOLD else person).get(column.field_name)
        if value is not None:
            row[column.header] = _cell(world, column, value, is_varied)
    # A person without a NIK has 0 there, by the template's own rule.
    row.setdefault("nik", "0")
    return row


def _cell(world: World, column: TemplateColumn, value: Any, is_varied: bool) -> Cell:
    field = column.field
    assert field is not None, "every column of the template feeds one field"
    if not is_varied:
        return f"{value:%d-%m-%Y}" if isinstance(value, dt.date) else str(value)
    match field.type:
        case "code":
            return world.pick(_spellings(field, value))
        case "date":
            return _date(world, value)
        case "number16":
            return _number(world, value)
        case _:
            return _text(world, field.name, value)


def _text(world: World, name: str, value: str) -> str:
    if name == "hamlet":
        return world.pick((value, value, value.title(), f"DUSUN {value}", f"DSN {value}"))
    if name in {"rt", "rw"}:
        return world.pick((value, value, value.lstrip("0")))
    return value


def _date(world: World, day: dt.date) -> Cell:
    spellings: tuple[Cell, ...] = (
        f"{day:%d-%m-%Y}",
        f"{day:%d-%m-%Y}",
        f"{day:%d/%m/%Y}",
        day.isoformat(),
        day,
        f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
    )
    return world.pick(spellings)


def _number(world: World, number: str) -> str:
    dotted = f"{number[:2]}.{number[2:6]}.{number[6:12]}.{number[12:]}"
    return world.pick((number, number, number, f"'{number}", f" {number}", dotted))


@cache
def _spellings(field: Field, number: int) -> tuple[str, ...]:
    codes = code_list(field.code_list)
    code = codes.codes[number]
    spellings = (str(number), code.label_id, code.label_id.title(), *code.spellings)
    return tuple(text for text in spellings if _means(codes.from_text, text, number))


def _means(read: Any, text: str, number: int) -> bool:
    try:
        return bool(read(text) == number)
    except CodeError:
        return False
