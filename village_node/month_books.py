"""Open the books of this village for any month, with the office's own unsent work in them.

What a book holds is ``register.books``; this says where it reads: the index of what is shown, and the bodies of events
for who moves with them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from register.books.catalogue import Book, open_book
from register.books.chronicle import Chronicle
from register.books.loading import load_chronicle
from register.books.month import Month
from schemas.errors import DataError
from schemas.fields import Kind, tag_of
from sync_protocol.overlay import Shown
from village_node.book import VillageBook

_MOVERS = tag_of(Kind.VITAL_EVENT, "movers")


class BookDesk(Protocol):
    """What the books need of a desk."""

    def today(self) -> dt.date:
        """Return the day in the village's time zone."""
        ...

    def book(self) -> AbstractContextManager[VillageBook]:
        """Open the index of what is shown."""
        ...

    def shown_many(self, record_ids: Sequence[bytes], /) -> Mapping[bytes, Shown]:
        """Return those of the records that are known here, as shown."""
        ...


def chronicle_of(desk: BookDesk) -> Chronicle:
    """Return the village's lives, families and events as shown now."""

    def movers_of(event_ids: Sequence[bytes]) -> dict[bytes, Sequence[Any]]:
        bodies = {event_id: shown.body.get(_MOVERS) for event_id, shown in desk.shown_many(event_ids).items()}
        return {event_id: movers for event_id, movers in bodies.items() if isinstance(movers, list | tuple)}

    with desk.book() as book:
        found = load_chronicle(book.register, book.village_id, movers_of)
        # It went through the whole register once; pages that nobody reads again need no memory.
        book.register.connection.exec_driver_sql("PRAGMA shrink_memory")
        return found


def month_typed(text: str, today: dt.date) -> Month:
    """Return a month as typed, this month for a blank; raises DataError month-format or month-future."""
    month = Month.from_text(text) if text.strip() else Month.of(today)
    if month > Month.of(today):
        raise DataError(
            f"Bulan {month} belum tiba",
            code="month-future",
            hint=f"Pilih bulan sampai {Month.of(today)}.",
            field="month",
            value=text,
        )
    return month


def village_book(desk: BookDesk, name: str, month: Month, *, hamlet: str | None = None) -> Book:
    """Return a book or figure of this village; raises DataError "book-unknown"."""
    return open_book(chronicle_of(desk), name, month, hamlet=hamlet)
