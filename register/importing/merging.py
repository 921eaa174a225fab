"""Carry a value that is merged over several rows into each of them, as a person sees it.

A family's number or address is often merged over its members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Range = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell as (row, column), counted from 0."""


def with_merged_values(
    rows: Iterable[Sequence[object]], ranges: Iterable[Range], first_column: int
) -> Iterator[Sequence[object]]:
    """Yield the rows with merged values in each row of their range; ``first_column`` is where the rows begin."""
    starts: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in ranges:
        if bottom > top and left >= first_column:
            starts.setdefault(top, []).append((left - first_column, bottom))
    if not starts:
        yield from rows
        return
    active: dict[int, tuple[int, object]] = {}
    for number, cells in enumerate(rows):
        active = {at: carried for at, carried in active.items() if carried[0] >= number}
        blank = [at for at in active if at < len(cells) and cells[at] in ("", None)]
        if blank:
            filled = list(cells)
            for at in blank:
                filled[at] = active[at][1]
            cells = filled
        for at, bottom in starts.get(number, ()):
            if at < len(cells) and cells[at] not in ("", None):
                active[at] = (bottom, cells[at])
        yield cells
