"""Give a letter its number: sequence, replica mark and year; one counter per village and year for all kinds of letter.

Decides that a number is taken inside the issuing transaction, and that a replica without a mark of its own (restored or
cloned, not heard by the hub since) numbers visibly as provisional (protocol 15.3).  A number is never taken back: a
revoked letter keeps its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from register.database import upsert
from village_node.replica_marks import replica_mark
from village_node.store import NodeStore, Working
from village_node.tables import LETTER_NUMBER


@dataclass(frozen=True, slots=True)
class LetterNumber:
    """A number as printed, such as 470/012.1/2026, or 470/012.S-7F3A01/2026 while provisional."""

    text: str
    is_provisional: bool


def take_number(
    store: NodeStore, working: Working, number_class: str, year: int, *, dry_run: bool = False
) -> LetterNumber:
    """Take the next number of a year, unless this is a trial run; it comes back only if the transaction does."""
    mark, is_provisional = replica_mark(store, working)
    mine = (LETTER_NUMBER.c.mark == mark, LETTER_NUMBER.c.year == year)
    last: int = working.connection.scalar(select(LETTER_NUMBER.c.last).where(*mine)) or 0
    if not dry_run:
        upsert(working.connection, LETTER_NUMBER, [{"mark": mark, "year": year, "last": last + 1}])
    return LetterNumber(f"{number_class}/{last + 1:03d}.{mark}/{year}", is_provisional)
