"""Draw a village's figures as pictures in the page: bars with their numbers, for the screen and for paper.

Decides sizes and marks; what is counted comes from ``register.books``.  Men are solid and women hatched as well as
coloured, so that the picture survives a black printer and eyes that do not tell the colours apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from register.books.figures import Figure
from schemas.codes import Sex


@dataclass(frozen=True, slots=True)
class PyramidBar:
    """One age group: numbers, and lengths and places in the picture's units."""

    label: str
    line: int
    y: float
    men: int
    women: int
    men_x: float
    men_width: float
    women_width: float


@dataclass(frozen=True, slots=True)
class Pyramid:
    """An age pyramid, the oldest on top."""

    bars: tuple[PyramidBar, ...]
    men: int
    women: int
    height: float


@dataclass(frozen=True, slots=True)
class ShareBar:
    """One line of a distribution; ``width`` is its share of the longest, in percent of the picture."""

    label: str
    line: int
    count: int
    share: float
    width: float


ROW, BAR, HALF, MIDDLE = 22.0, 18.0, 250.0, 58.0
"""Of the pyramid: height of a row and of a bar, length of the longest bar, width of the column of ages."""
LABEL = 44.0
"""Room beside a bar for its number."""


def pyramid(figure: Figure) -> Pyramid:
    """Return the pyramid of the figure "umur"; people without a date of birth are not drawn."""
    counts = [
        (number, line.label, len(line.people.get(Sex.MALE, ())), len(line.people.get(Sex.FEMALE, ())))
        for number, line in enumerate(figure.lines)
        if line.is_filled_in
    ]
    longest = max((max(men, women) for _, _, men, women in counts), default=0) or 1
    bars = []
    for place, (number, label, men, women) in enumerate(reversed(counts)):
        men_width = round(men / longest * (HALF - LABEL), 1)
        bars.append(
            PyramidBar(
                label,
                number,
                place * ROW,
                men,
                women,
                round(HALF - men_width, 1),
                men_width,
                round(women / longest * (HALF - LABEL), 1),
            )
        )
    return Pyramid(
        tuple(bars),
        sum(one[2] for one in counts),
        sum(one[3] for one in counts),
        len(counts) * ROW,
    )


def shares(figure: Figure) -> Sequence[ShareBar]:
    """Return a distribution, the longest bar full; lines that count nobody are left out."""
    counts = [(number, line, len(line.ids)) for number, line in enumerate(figure.lines)]
    longest = max((count for _, _, count in counts), default=0) or 1
    total = figure.total or 1
    return [
        ShareBar(line.label, number, count, round(count * 100 / total, 1), round(count * 100 / longest, 1))
        for number, line, count in counts
        if count
    ]
