"""Decide how the cells of one column are read: by its field, by the convention of the column, by a person's aliases.

A reader takes a cell and returns the wire value, None for "blank", or ``Noted`` with a warning; it raises DataError for
a value that must not be guessed.  Forms that do not depend on the column are in ``cells``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import partial

from register.importing.cells import (
    NO_CODE_MARKS,
    NULL_MARKS,
    Noted,
    Reader,
    Value,
    plain_text,
    read_area,
    read_date,
    read_hamlet,
    read_name,
    read_number16,
    read_text,
)
from register.importing.columns import TemplateColumn
from register.importing.conventions import USUAL, Convention, MaritalNumbers
from register.importing.raw_table import Cell
from schemas.codes import CodeList, code_list, marital_status_from_kk6
from schemas.errors import CodeError, DataError
from schemas.fields import Field
from schemas.numbers import whole_number

_ENDED_SOMEHOW = frozenset({"P", "JD", "DD", "JANDA", "DUDA", "JANDA/DUDA", "PERNAH", "PERNAH KAWIN", "CERAI"})
"""Widowed or divorced, it is not said which; the voter list's P is one of them."""


def code_reader(codes: CodeList, from_text: Callable[[str], int] | None = None) -> Reader:
    """Return the reader of a closed list: a number or any known spelling; raises DataError code-unknown.

    ``from_text`` is the list's own unless a column numbers its codes in another way.
    """
    parse = from_text or codes.from_text
    known: dict[Cell, int | None] = {}

    def read(cell: Cell) -> int | None:
        if cell in known:
            return known[cell]
        text = plain_text(cell).removeprefix("'").strip()
        if text.upper() in NULL_MARKS:
            found = None
        else:
            try:
                found = parse(text)
            except DataError:
                if text.upper() not in NO_CODE_MARKS:
                    raise
                found = None
        known[cell] = found
        return found

    return read


def _read_marital_status(convention: Convention) -> Reader:
    """Return the reader of marital status: what does not say how a marriage ended stays open, with a warning."""
    codes = code_list("marital_status")

    def from_f101(text: str) -> int:
        number = whole_number(text.removesuffix(".0").lstrip("0"))
        return codes.from_text(text) if number is None else marital_status_from_kk6(number)

    read = code_reader(codes, from_f101 if convention.marital_numbers == MaritalNumbers.F101 else None)

    def read_or_leave_open(cell: Cell) -> Value | Noted:
        if isinstance(cell, str) and cell.strip().upper() in _ENDED_SOMEHOW:
            return Noted(None, "marital-status-open")
        return read(cell)

    return read_or_leave_open


def _read_sex(convention: Convention) -> Reader:
    codes = code_list("sex")
    if not convention.p_is_male:
        return code_reader(codes)
    return code_reader(codes, lambda text: codes.from_text("PRIA" if text.upper() == "P" else text))


def _read_card(list_name: str) -> Reader:
    """Return the reader of a column about identity cards: offices write many things, and none is worth a person."""
    read = code_reader(code_list(list_name))

    def read_or_leave_out(cell: Cell) -> Value | Noted:
        try:
            return read(cell)
        except CodeError:
            return Noted(None, "card-status-unknown")

    return read_or_leave_out


def _read_own(field: Field) -> Reader:
    """Return the reader of a column of our complete export, which holds every value exactly."""

    def read(cell: Cell) -> Value:
        try:
            return _own_value(field, cell)
        except (ValueError, DataError) as error:
            raise DataError("not as it was exported", code="own-format") from error

    return read


def _own_value(field: Field, cell: Cell) -> Value:
    match field.type:
        case "date":
            found = read_date(cell)
            return found.value if isinstance(found, Noted) else found
        case "text":
            text = unicodedata.normalize("NFC", str(cell))
            return text[1:] if text.startswith(("'=", "'@")) else text
        case "number16":
            found = read_number16(cell if isinstance(cell, str) else str(cell))
            if not isinstance(found, int):
                raise ValueError("not sixteen digits")
            return found
        case "record":
            return bytes.fromhex(str(cell))
        case _:
            return int(str(cell).removesuffix(".0"))


_BY_FIELD: dict[str, Callable[[Convention], Reader]] = {
    "name": lambda _: read_name,
    "mother_name": lambda _: read_name,
    "father_name": lambda _: read_name,
    "hamlet": lambda _: read_hamlet,
    "rt": lambda _: read_area,
    "rw": lambda _: read_area,
    "sex": _read_sex,
    "marital_status": _read_marital_status,
    "ktp_kind": lambda _: _read_card("ktp_kind"),
    "ktp_record_status": lambda _: _read_card("ktp_record_status"),
}


def reader_of(column: TemplateColumn, convention: Convention = USUAL) -> Reader:
    """Return the reader of a column's cells; a combined column has none: KeyError is a bug of the caller."""
    field = column.field
    if field is None:
        raise KeyError(column.header)
    if column.is_own:
        return _read_own(field)
    read = _usual_reader(field, convention)
    if not convention.aliases:
        return read
    aliases = convention.aliases

    def read_alias(cell: Cell) -> Value | Noted:
        return read(aliases.get(plain_text(cell).casefold(), cell))

    return read_alias


def _usual_reader(field: Field, convention: Convention) -> Reader:
    if field.name in _BY_FIELD:
        return _BY_FIELD[field.name](convention)
    match field.type:
        case "code":
            return code_reader(code_list(field.code_list))
        case "date":
            return partial(read_date, order=convention.dates)
        case "number16":
            return read_number16
        case _:
            return read_text
