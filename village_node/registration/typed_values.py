"""Read one field that an officer typed as text: dates day first, codes by number or label, numbers with spaces.

The importer reads cells, which come in more forms; this is for a form or a command line, where the answer is corrected
at once.  Blank means unknown.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from schemas.codes import code_list
from schemas.errors import DataError
from schemas.fields import Field, fields_by_name
from schemas.identifiers import NIK, FamilyNumber, digits_of
from schemas.numbers import whole_number

_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def parse_day(text: str, name: str = "date") -> dt.date:
    """Return a date typed as dd-mm-yyyy or yyyy-mm-dd; raises DataError date-format or date-impossible.

    >>> parse_day("03-04-2010")
    datetime.date(2010, 4, 3)
    """
    typed = text.strip()
    if match := _DAY_FIRST.fullmatch(typed):
        day, month, year = map(int, match.groups())
    elif match := _ISO.fullmatch(typed):
        year, month, day = map(int, match.groups())
    else:
        raise _date_error("date-format", f"Tanggal {typed!r} tidak dikenali", name, typed)
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise _date_error("date-impossible", f"Tanggal {typed} tidak ada di kalender", name, typed) from None


def _date_error(code: str, message: str, name: str, value: str) -> DataError:
    return DataError(
        message, code=code, hint="Tulis tanggal-bulan-tahun, misalnya 17-08-1945.", field=name, value=value
    )


def parse_field(kind: int, name: str, text: str) -> Any:
    """Return the value of a named field; None for a blank.

    Raises DataError with ``field`` set: field-unknown, shape, code-unknown, nik-format, date-format, date-impossible.
    """
    names = fields_by_name(kind)
    if name not in names:
        raise DataError(
            f"Isian {name!r} tidak dikenal",
            code="field-unknown",
            hint=f"Isian yang ada: {', '.join(sorted(names))}.",
            field=name,
        )
    return parse_typed(names[name], text)


def parse_typed(field: Field, text: str) -> Any:
    """Return the value of a field typed as text; None for a blank.  Raises DataError with ``field`` set."""
    typed = text.strip()
    if not typed:
        return None
    match field.type:
        case "date":
            return parse_day(typed, field.name)
        case "code":
            return _code(field, typed)
        case "number16":
            number = digits_of(typed)
            return str(FamilyNumber(number) if "family_number" in field.name else NIK(number))
        case "int":
            found = whole_number(typed)
            if found is None:
                raise _shape(field, typed)
            return found
        case "record":
            if not re.fullmatch(r"[0-9a-fA-F]{32}", typed):
                raise _shape(field, typed)
            return bytes.fromhex(typed)
        case "text":
            return typed
        case _:
            raise _shape(field, typed)


def _code(field: Field, typed: str) -> int:
    try:
        return code_list(field.code_list).from_text(typed)
    except DataError as error:
        error.field = field.name
        raise


def _shape(field: Field, typed: str) -> DataError:
    return DataError(
        f"{field.label_id}: {typed!r} tidak dapat dibaca", code="shape", hint="", field=field.name, value=typed
    )
