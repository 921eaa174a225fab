"""Decide from the cells of a column how it is to be read, where its header does not tell.

What "STATUS" means, what "P" means, whether 3 and 4 count marital status by the template or by F-1.01, in which order a
date is written, and whether family numbers stand in the head's row only.  A decision needs evidence; without it the
usual reading holds.  NIK digits serve as evidence about a whole column, never about one person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from register.importing.columns import CARD_DELIVERY, TemplateColumn
from schemas.codes import code_list
from schemas.errors import CodeError
from schemas.identifiers import digits_of

Cell = str | int | float | dt.date | None
"""Text, a number (whole ones as int), a date, or blank."""

VALUES_MAX = 4000
"""Rows that are looked at: enough for any share, few enough for an old laptop."""

_SHARE_MIN = 0.8
_EVIDENCE_MIN = 3
_NIK_EVIDENCE_MIN = 5
EPOCH_1904_DAYS = 1462

_BLANK_MARKS = frozenset({"", "-", "0", "null", "nn", "n/a", "tidak ada"})
_SPLIT_DATE = re.compile(r"\D*?'?\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4}|\d{2})(?:\s.*)?")


class DateOrder(StrEnum):
    """How the dates of a column are written; whatever begins with a four-digit year is read as such in each."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"
    EPOCH_1904 = "epoch-1904"


class MaritalNumbers(StrEnum):
    """Which numbering a column of marital status uses."""

    TEMPLATE = "template"
    F101 = "f-1.01"


@dataclass(frozen=True, slots=True)
class Convention:
    """How one column is read, beyond its meaning; ``aliases`` replace a cell's text before it is read."""

    dates: DateOrder = DateOrder.DAY_FIRST
    p_is_male: bool = False
    marital_numbers: MaritalNumbers = MaritalNumbers.TEMPLATE
    aliases: Mapping[str, str] = field(default_factory=dict)


USUAL = Convention()

_Reader = Callable[[Cell], tuple[int, int, int] | None]


def choose_meaning(
    candidates: Sequence[TemplateColumn], cells: Iterable[Cell], *, is_first_usual: bool
) -> TemplateColumn | None:
    """Return which of its candidates a column's cells fit; if none fits clearly best, the first if that is usual."""
    counts = _texts(cells)
    total = sum(counts.values())
    shares = [
        (sum(number for text, number in counts.items() if _fits(column, text)) / total if total else 0.0, -index)
        for index, column in enumerate(candidates)
    ]
    best, at = max(shares)
    rivals = [share for share, index in shares if share == best and index != at]
    # Bare numbers fit every list: they tell nothing.
    if best >= _SHARE_MIN and (not rivals or not all(text.isdigit() for text in counts)):
        return candidates[-at]
    return candidates[0] if is_first_usual else None


def is_card_delivery(cells: Iterable[Cell]) -> bool:
    """Tell whether a column only says whether identity cards were handed over."""
    counts = _texts(cells)
    return bool(counts) and all(text in CARD_DELIVERY for text in counts)


def _texts(cells: Iterable[Cell]) -> Counter[str]:
    counts = Counter(" ".join(str(cell).casefold().split()) for cell in cells if cell is not None)
    for mark in _BLANK_MARKS:
        counts.pop(mark, None)
    return counts


def _fits(column: TemplateColumn, text: str) -> bool:
    known = column.field
    if known is None:
        return False
    if known.type == "number16":
        return len(digits_of(text.removesuffix(".0"))) == 16
    if known.type != "code":
        return False
    try:
        code_list(known.code_list).from_text(text)
    except CodeError:
        return False
    return True


def p_is_male(cells: Sequence[Cell], niks: Sequence[Cell]) -> bool:
    """Tell whether "P" stands for Pria: W stands beside it and L does not, or the NIKs say so with one voice."""
    texts = [str(cell).strip().upper() if cell is not None else "" for cell in cells]
    kinds = set(texts)
    if "P" not in kinds:
        return False
    if kinds & {"W", "WANITA"}:
        return not kinds & {"L", "LK", "LAKI-LAKI"}
    votes = Counter(
        _female_by_nik(nik) for text, nik in zip(texts, niks, strict=False) if text == "P" and nik is not None
    )
    said = votes[True] + votes[False]
    # A list of L and P whose P are men by their NIK is damaged, not written in another way.
    return said >= _NIK_EVIDENCE_MIN and votes[False] / said >= _SHARE_MIN and "L" not in kinds


def _female_by_nik(nik: Cell) -> bool | None:
    digits = nik_digits(nik)
    if digits is None:
        return None
    day = int(digits[6:8])
    return day > 40 if 1 <= day <= 71 else None


def nik_digits(cell: Cell) -> str | None:
    """Return the sixteen digits of a NIK, None if the cell holds something else."""
    if cell is None:
        return None
    digits = digits_of(str(cell))
    return digits if len(digits) == 16 and digits.isascii() and digits.isdigit() and digits[0] != "0" else None


def marital_numbers(cells: Iterable[Cell]) -> MaritalNumbers:
    """Tell which numbering a column of marital status uses: 5 and 6 exist in F-1.01 only."""
    counts = _texts(cells)
    numbers = {text.removesuffix(".0").lstrip("0") for text in counts}
    is_f101 = numbers <= {"1", "2", "3", "4", "5", "6"} and bool(numbers & {"5", "6"})
    return MaritalNumbers.F101 if is_f101 else MaritalNumbers.TEMPLATE


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """The order of a column's dates, and how many of them only a month-first reading explains."""

    order: DateOrder
    month_first_only: int


def date_order(cells: Sequence[Cell], niks: Sequence[Cell] = ()) -> DateEvidence:
    """Return how a column writes its dates; ``niks`` are the NIKs beside birth dates, empty for other dates."""
    day_only = month_only = 0
    for cell in cells:
        parts = _SPLIT_DATE.fullmatch(cell) if isinstance(cell, str) else None
        if parts is not None:
            first, second = int(parts[1]), int(parts[2])
            day_only += first > 12 >= second
            month_only += second > 12 >= first
    if _agrees_with_niks(cells, niks, _serial_1904):
        return DateEvidence(DateOrder.EPOCH_1904, 0)
    by_form = month_only >= _EVIDENCE_MIN and day_only == 0
    if by_form or (month_only > day_only and _agrees_with_niks(cells, niks, _month_first)):
        return DateEvidence(DateOrder.MONTH_FIRST, month_only)
    return DateEvidence(DateOrder.DAY_FIRST, month_only)


def _agrees_with_niks(cells: Sequence[Cell], niks: Sequence[Cell], read: _Reader) -> bool:
    compared = agreeing = usual = 0
    for cell, nik in zip(cells, niks, strict=False):
        digits = nik_digits(nik)
        said = read(cell)
        if digits is None or said is None:
            continue
        day, month, year = said
        compared += 1
        stated = int(digits[6:8])
        born = (stated - 40 if stated > 40 else stated, int(digits[8:10]), int(digits[10:12]))
        agreeing += born == (day, month, year)
        usual += _usual(cell) == born
    return compared >= _NIK_EVIDENCE_MIN and agreeing / compared >= _SHARE_MIN > usual / compared


def _month_first(cell: Cell) -> tuple[int, int, int] | None:
    parts = _SPLIT_DATE.fullmatch(cell) if isinstance(cell, str) else None
    if parts is None:
        return None
    return int(parts[2]), int(parts[1]), int(parts[3][-2:])


def _serial_1904(cell: Cell) -> tuple[int, int, int] | None:
    return _of_serial(cell, EPOCH_1904_DAYS)


def _usual(cell: Cell) -> tuple[int, int, int] | None:
    turned = _month_first(cell)
    return (turned[1], turned[0], turned[2]) if turned else _of_serial(cell, 0)


def _of_serial(cell: Cell, offset: int) -> tuple[int, int, int] | None:
    if not isinstance(cell, int | float) or not 3_000 <= cell <= 60_000:
        return None
    day = dt.date(1899, 12, 30) + dt.timedelta(days=int(cell) + offset)
    return day.day, day.month, day.year % 100
