"""Decide which of our types a cell is, as the spreadsheet library or a text file hands it out.

Equal texts are kept once, so that a large list stays small.  What a cell means is for ``cells``.
"""

from __future__ import annotations

import datetime as dt

from register.importing.raw_table import Cell

_TEXTS_KEPT_MAX = 20_000
"""Codes, places and hamlets repeat; the bound keeps unique names from growing the table of them."""


class CellTyper:
    """Gives cells their type: whole numbers as int, days without a time, blank texts as None."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def __call__(self, value: object) -> Cell:
        """Return a cell in our types."""
        match value:
            case str():
                return self._text(value)
            case bool():
                return "TRUE" if value else "FALSE"
            case float():
                return int(value) if value.is_integer() else value
            case dt.datetime():
                return value.date()
            case int() | dt.date():
                return value
            case None:
                return None
            case dt.time():
                # A zero in a cell with a date format is a time of day: it is the filler 0, not a date.
                return 0 if value == dt.time() else value.isoformat()
            case _:
                return str(value)

    def _text(self, value: str) -> str | None:
        if not value or value.isspace():
            return None
        if (known := self._texts.get(value)) is not None:
            return known
        if len(self._texts) < _TEXTS_KEPT_MAX:
            self._texts[value] = value
        return value


def text_of(cell: object) -> str:
    """Return a cell as a text on one line; a whole number without its decimal point, a blank as empty."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return " ".join(cell.split())
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
