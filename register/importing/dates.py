"""Decide which day a cell means, or that it means none; a blank is never filled with a default.

Accepted: date cells, spreadsheet serial numbers, dd-mm-yyyy and yyyy-mm-dd with ``- / .`` or spaces, and written-out
months in Indonesian or English.  12/31/1999 is an impossible date, not New Year's Eve, unless the whole column is
written month first (``conventions``) or a person has said so.
"""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache

from schemas.bodies import date_to_days
from schemas.errors import DataError

_SERIAL_ZERO = dt.date(1899, 12, 30).toordinal()
_SERIALS = range(3_654, 73_051)
"""1910-01-01 to 2099-12-31: lower numbers would read a bare year such as 1950 as a day in 1905."""

_YEARS = range(1800, 2100)

_SHORT_YEAR_PIVOT = 30
"""Two-digit years below it are 20yy, as spreadsheets read them; a person is asked to look."""

_BLANK_DIGITS = re.compile(r"[0\W]*")
_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ]+(\d{1,2})[-/. ]+(\d{4}|\d{2})(?: 0?0[:.]00(?:[:.]00)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?:[T ][\d:.]+Z?)?")
_WRITTEN = re.compile(r"(\d{1,2})[-/. ]*([A-Za-z]{3,10})[-/., ]*(\d{4}|\d{2})")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb peb",
            "maret march mar mrt",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agust agt ags agu aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}


def days_of_number(number: float) -> int | None:
    """Return days since 1970-01-01 of a spreadsheet serial number; None for the filler 0.

    Raises DataError date-format for a number that is no plausible day.
    """
    if number == 0:
        return None
    if not _SERIALS.start <= number < _SERIALS.stop:
        raise DataError("not a plausible day number", code="date-format")
    return date_to_days(dt.date.fromordinal(_SERIAL_ZERO + int(number)))


@lru_cache(maxsize=4096)
def days_of_text(text: str, *, month_first: bool = False) -> tuple[int | None, bool]:
    """Return days since 1970-01-01, or None for a filler, and whether the year had two digits only.

    Raises DataError date-format for a text that is no date, date-impossible for a day that does not exist.
    """
    if _BLANK_DIGITS.fullmatch(text):
        return None, False
    if parts := _YEAR_FIRST.fullmatch(text):
        return _days(parts[1], int(parts[2]), parts[3]), False
    if parts := _DAY_FIRST.fullmatch(text):
        day, month = (parts[2], parts[1]) if month_first else (parts[1], parts[2])
        return _days(parts[3], int(month), day), len(parts[3]) == 2
    if parts := _WRITTEN.fullmatch(text):
        month = _MONTHS.get(parts[2].casefold())
        if month is not None:
            return _days(parts[3], month, parts[1]), len(parts[3]) == 2
    if re.fullmatch(r"\d{5}(?:\.0+)?", text):
        return days_of_number(float(text)), False
    raise DataError("not a date", code="date-format")


def _days(year_text: str, month: int, day_text: str) -> int:
    year = int(year_text)
    if len(year_text) == 2:
        year += 2000 if year < _SHORT_YEAR_PIVOT else 1900
    if year not in _YEARS:
        raise DataError("the year is out of range", code="date-impossible")
    try:
        return date_to_days(dt.date(year, month, int(day_text)))
    except ValueError as error:
        raise DataError("no such day", code="date-impossible") from error
