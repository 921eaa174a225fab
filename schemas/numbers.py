"""Read a whole number that somebody typed, in a form, an address, a file or on the command line."""

from __future__ import annotations

DIGITS_MAX = 15
"""More digits than anything that is counted here has, and few enough for every database and spreadsheet."""


def whole_number(text: str) -> int | None:
    """Return the number that decimal digits alone spell, None for any other text.

    ``str.isdigit`` before ``int`` is not enough: it lets a superscript through, which ``int`` refuses.

    >>> whole_number("007"), whole_number("٧"), whole_number("7²"), whole_number("-7"), whole_number("")
    (7, 7, None, None, None)
    """
    return int(text) if text.isdecimal() and len(text) <= DIGITS_MAX else None
