"""Decide what one cell means for the field its column feeds, in the form a record body holds (protocol 4.2).

Every reader takes a cell and returns the wire value, None for "blank", or ``Noted`` with a warning; it raises DataError
with the code of ``problems`` for a value that must not be guessed.  Nothing here looks at a second cell (``rows``).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from register.importing.conventions import EPOCH_1904_DAYS, DateOrder
from register.importing.dates import days_of_number, days_of_text
from register.importing.raw_table import Cell
from schemas.bodies import date_to_days
from schemas.errors import DataError
from schemas.identifiers import digits_of, is_missing_number, is_temporary_number

TEXT_LENGTH_MAX = 250
"""Characters of one cell: the longest template column takes 200, and 100 people of a family must fit one entry."""

Value = str | int | bytes | None


@dataclass(frozen=True, slots=True)
class Noted:
    """A value with a warning about how it was read."""

    value: Value
    code: str


Reader = Callable[[Cell], "Value | Noted"]

NULL_MARKS = frozenset({"", "-", "--", "---", "0", "NULL", "NN", "N/A", "(NULL)", "NIHIL"})
NO_CODE_MARKS = NULL_MARKS | {"TIDAK ADA", "BELUM ADA", "KOSONG"}
_FORMULA_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})

_POWER_OF_TEN = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"(\d+)[.,]0+")
_HAMLET_PREFIX = re.compile(r"(?:DUSUN|DSN|DS)(?:\s*\.\s*|\s+|$)")
_AREA = re.compile(r"0*(\d{1,3})(?:\.0)?(?:\s*/\s*-?)?")
_BIRTH = re.compile(r"(?P<place>\D*?)[\s,;/]*(?P<date>'?\d.*)")
_AREA_PAIR = re.compile(r"\D*(\d{1,3})?\D*/\D*(\d{1,3})?\D*")

_EXACT_MAX = 2**53
"""Spreadsheets keep numbers as doubles: above this, neighbouring 16-digit numbers are one and the same."""


def clean_text(text: str) -> str:
    r"""Return the text in NFC (protocol 4.2) without unprintable characters and with single plain spaces.

    >>> clean_text("  MA'RUF\u00a0 H. \u200b")
    "MA'RUF H."
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (" " if unicodedata.category(mark)[0] == "Z" or mark in "\t\r\n" else mark for mark in text)
    seen = "".join(mark for mark in kept if unicodedata.category(mark)[0] != "C")
    return unicodedata.normalize("NFC", " ".join(seen.split()))


def plain_text(cell: Cell) -> str:
    """Return any cell as clean text; blank is empty."""
    match cell:
        case None:
            return ""
        case str():
            text = clean_text(cell)
            if text.startswith("#") and text in _FORMULA_ERRORS:
                raise DataError("a formula error", code="cell-formula-error")
            # Our own exports put an apostrophe before what a spreadsheet would run as a formula.
            return text[1:] if text.startswith(("'=", "'@")) else text
        case dt.date():
            return f"{cell:%d-%m-%Y}"
        case _:
            return repr(cell)


def read_name(cell: Cell) -> str | None:
    """Return a name as typed: apostrophes, dots and case stay."""
    text = plain_text(cell)
    if text.upper() in NULL_MARKS:
        return None
    return _bounded(text)


def read_text(cell: Cell) -> str | None:
    """Return a text without the apostrophe with which spreadsheets mark text."""
    text = plain_text(cell)
    text = text.removeprefix("'").strip()
    return None if text.upper() in NULL_MARKS else _bounded(text)


def _bounded(text: str) -> str:
    if len(text) > TEXT_LENGTH_MAX:
        raise DataError("the text is too long", code="text-too-long")
    return text


def read_hamlet(cell: Cell) -> str | None:
    """Return a hamlet in capitals without its title.

    >>> read_hamlet("'Dsn. krajan_wetan")
    'KRAJAN WETAN'
    """
    text = read_text(cell)
    if text is None:
        return None
    name = _HAMLET_PREFIX.sub("", clean_text(text.replace("_", " ")).upper(), count=1).strip()
    return name if name not in NULL_MARKS else None


def read_area(cell: Cell) -> str | Noted | None:
    """Return RT or RW as three digits; "-", 0 and 000 mean that there is none.

    >>> read_area("8.0"), read_area("000"), read_area("005/-")
    ('008', None, '005')
    """
    text = plain_text(cell).removeprefix("'").upper()
    if text in NULL_MARKS:
        return None
    parts = _AREA.fullmatch(text.removeprefix("RT").removeprefix("RW").strip(" .:"))
    if parts is None:
        return Noted(None, "area-format")
    return f"{int(parts[1]):03d}" if int(parts[1]) else None


def read_area_pair(cell: Cell) -> tuple[str | None, str | None] | None:
    """Return RT and RW of one cell such as "003/001", or None if it is neither that nor blank."""
    text = plain_text(cell)
    if text in NULL_MARKS:
        return None, None
    parts = _AREA_PAIR.fullmatch(text)
    if parts is None:
        return None
    rt, rw = (f"{int(part):03d}" if part and int(part) else None for part in parts.groups())
    return rt, rw


def read_date(cell: Cell, order: DateOrder = DateOrder.DAY_FIRST) -> int | Noted | None:
    """Return days since 1970-01-01; raises DataError date-impossible or date-format."""
    match cell:
        case None:
            return None
        case dt.date():
            return date_to_days(cell)
        case int() | float():
            days = days_of_number(cell)
            # 1904-01-01 is day 0 of some workbooks; date cells tell so themselves, bare numbers do not.
            return days + EPOCH_1904_DAYS if days is not None and order == DateOrder.EPOCH_1904 else days
    text = plain_text(cell).removeprefix("'").strip()
    if text.upper() in NO_CODE_MARKS:
        return None
    days, is_short = days_of_text(text, month_first=order == DateOrder.MONTH_FIRST)
    return Noted(days, "date-short-year") if is_short else days


def read_birth(cell: Cell, order: DateOrder = DateOrder.DAY_FIRST) -> tuple[str | None, int | Noted | None]:
    """Return place and date of one cell such as "BANYUWANGI, 17-08-1985"; raises DataError as ``read_date``."""
    if not isinstance(cell, str):
        return None, read_date(cell, order)
    parts = _BIRTH.fullmatch(plain_text(cell))
    if parts is None:
        return read_text(cell), None
    return read_text(parts["place"]), read_date(parts["date"], order)


def read_number16(cell: Cell) -> int | Noted | None:
    """Return a NIK or family number; a temporary number comes as its text with the warning temporary-number.

    Raises DataError number-format, or number-cut where a spreadsheet may have replaced the last digit by 0.
    """
    if isinstance(cell, str):
        if len(cell) == 16 and cell.isascii() and cell.isdigit() and cell[0] != "0":
            return int(cell)
        return _number16_of_text(cell)
    if cell is None:
        return None
    if isinstance(cell, int):
        return _number16_of_number(cell)
    raise DataError("not a number of 16 digits", code="number-format")


def _number16_of_number(number: int) -> int | None:
    if number == 0:
        return None
    if len(str(number)) != 16 or number < 0:
        raise DataError("not 16 digits", code="number-format")
    # A spreadsheet keeps 15 digits of what is typed and shows 0 as the 16th.
    if number % 10 == 0 or number > _EXACT_MAX:
        raise DataError("the last digit may be lost", code="number-cut")
    return number


def _number16_of_text(cell: str) -> int | Noted | None:
    text = plain_text(cell)
    if text.upper() in NO_CODE_MARKS:
        return None
    if _POWER_OF_TEN.fullmatch(text):
        raise DataError("the last digits are lost", code="number-cut")
    if whole := _WHOLE_NUMBER.fullmatch(text):
        return _number16_of_number(int(whole[1]))
    digits = digits_of(text)
    if is_missing_number(digits):
        return None
    if is_temporary_number(digits):
        return Noted(digits, "temporary-number")
    if len(digits) == 16 and digits.isascii() and digits.isdigit() and digits[0] != "0":
        return int(digits)
    raise DataError("not 16 digits", code="number-format")
