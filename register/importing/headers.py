"""Decide which rows at the top of a sheet are its header, and what each column is called.

A header is one to three rows: a cell merged over two columns ("Nama Orang Tua" above "Ibu" and "Ayah") lends its
text to the columns below it.  Of rows that name about as many columns the first wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from register.importing.cell_types import text_of
from register.importing.mapping import fold_header, known_header_count, meaning_of, told_apart

Cells = Sequence[object]

HEADER_HEIGHT_MAX = 3
_COLUMNS_MIN = 4
_SHARE_MIN = 0.6
_LABELLED_MAX = 4

_LONG_NUMBER = re.compile(r"\d{4}")
_REMARK = re.compile(r"\(.*\)|(?:[dmyhbt]{1,4}[ /.-]+){2}[dmyhbt]{1,4}", re.IGNORECASE)
_NUMBER = re.compile(r"\(?\s*(-?\d{1,3})\s*\)?(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Header:
    """Rows ``first`` to ``last`` (numbers from 1) and the text of each column; ``words`` are all texts, folded."""

    first: int
    last: int
    texts: tuple[str, ...]
    words: frozenset[str]


def find_header(rows: Sequence[tuple[int, Cells]]) -> Header | None:
    """Return the first rows that name about as many columns as any; None if no row names any.

    A list may have a second header further down that names more; its people begin below the first.
    """
    ranked = [_best_window(rows, start) for start in range(len(rows))]
    most = max((count for count, _ in ranked), default=0)
    if most == 0:
        return None
    enough = min(most, max(_COLUMNS_MIN, _SHARE_MIN * most))
    first = next(at for at, (count, _) in enumerate(ranked) if count >= enough)
    # A row of groups above belongs to a header only where it adds columns.
    near = range(first, min(first + HEADER_HEIGHT_MAX, len(rows)))
    start = max(near, key=lambda at: (ranked[at][0], -ranked[at][1], -at))
    window = rows[start : start + ranked[start][1]]
    return _header(window, _texts([cells for _, cells in window]))


def _best_window(rows: Sequence[tuple[int, Cells]], start: int) -> tuple[int, int]:
    """Return how many columns a header that begins here names, and its height."""
    best, best_height = 0, 1
    for height in range(1, HEADER_HEIGHT_MAX + 1):
        window = rows[start : start + height]
        if len(window) < height or not _is_unbroken(window):
            break
        count = known_header_count(_texts([cells for _, cells in window]))
        if count > best:
            best, best_height = count, height
    return best, best_height


def header_at(rows: Sequence[tuple[int, Cells]], first: int) -> Header | None:
    """Return the header that a person says begins in this row: the longest window there that names more columns."""
    at = next((index for index, (number, _) in enumerate(rows) if number == first), None)
    if at is None:
        return None
    found = find_header([*rows[at : at + 1]]) or _header(rows[at : at + 1], _texts([rows[at][1]]))
    for height in range(2, HEADER_HEIGHT_MAX + 1):
        texts = _texts([cells for _, cells in rows[at : at + height]])
        if known_header_count(texts) > known_header_count(found.texts):
            found = _header(rows[at : at + height], texts)
    return found


def header_row(number: int, cells: Cells) -> Header:
    """Return one row as a header."""
    return _header([(number, cells)], _texts([cells]))


def _is_unbroken(window: Sequence[tuple[int, Cells]]) -> bool:
    """Tell whether rows can form one header: none is blank, and several hold neither numbers nor labelled values."""
    if not all(any(text_of(cell) for cell in cells) for _, cells in window):
        return False
    return len(window) == 1 or not any(_holds_values(cells) for _, cells in window)


def _holds_values(cells: Cells) -> bool:
    """Tell whether a row has numbers as people have them, numbers of columns, or a label with its value."""
    texts = [text for cell in cells if (text := text_of(cell))]
    is_labelled = len(texts) <= _LABELLED_MAX and any(text.endswith(":") for text in texts)
    return is_labelled or any(
        _LONG_NUMBER.search(text) or text.startswith(":") or _NUMBER.fullmatch(text) for text in texts
    )


def _header(window: Sequence[tuple[int, Cells]], texts: tuple[str, ...]) -> Header:
    words = frozenset(fold_header(text_of(cell)) for _, cells in window for cell in cells if text_of(cell))
    return Header(window[0][0], window[-1][0], told_apart(texts), words)


def _texts(rows: Sequence[Cells]) -> tuple[str, ...]:
    """Return one text for each column of a window of rows."""
    if len(rows) == 1:
        return tuple(text_of(cell) for cell in rows[0])
    width = max(len(cells) for cells in rows)
    grid = [[text_of(cells[at]) if at < len(cells) else "" for at in range(width)] for cells in rows]
    for upper, lower in pairwise(grid):
        # A merged cell has its text in its first column only.
        for at in range(1, width):
            if not upper[at] and lower[at] and lower[at - 1]:
                upper[at] = upper[at - 1]
    return tuple(_joined([row[at] for row in grid if row[at]]) for at in range(width))


def _joined(stack: list[str]) -> str:
    """Return the name of a column out of the texts above each other, the lowest that is known."""
    if len(stack) < 2:
        return stack[0] if stack else ""
    lowest = stack[-1]
    for upper in reversed(stack[:-1]):
        for text in (f"{lowest} {upper}", f"{upper} {lowest}"):
            if is_known(text):
                return text
    # A remark or the form of a date below a name belongs to it; any other text is a name of its own.
    return stack[-2] if _REMARK.fullmatch(lowest) else lowest


def is_known(text: str) -> bool:
    """Tell whether a text names a column that is read."""
    return meaning_of(text) not in ((), None)


def is_numbering(cells: Iterable[object]) -> bool:
    """Tell whether a row only numbers the columns: 1 2 3, (1) (2) (3), -1 -2 -3; "KOLOM" may stand before them."""
    numbers: list[int] = []
    for index, cell in enumerate(cell for cell in cells if text_of(cell)):
        found = _NUMBER.fullmatch(text_of(cell))
        if found is None:
            if index == 0 and isinstance(cell, str) and not any(mark.isdigit() for mark in cell):
                continue
            return False
        numbers.append(abs(int(found[1])))
    steps = {after - before for before, after in pairwise(numbers)}
    return len(numbers) >= 3 and steps == {1}


def repeats(header: Header, cells: Iterable[object]) -> bool:
    """Tell whether a row holds nothing but words of the header, at least two of them."""
    texts = [fold_header(text_of(cell)) for cell in cells if text_of(cell)]
    return len(texts) >= 2 and all(text in header.words for text in texts)
