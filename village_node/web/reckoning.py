"""Count in the background what takes longer than a page may: the books and figures of a month.

Decides what is kept (the newest few, until the register changes) and when a page waits (a moment) or says that counting
goes on.  A number and the list behind it come from one counting, so they are equal.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import pickle
import sys
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from register.books.catalogue import Book, difference_words, open_book
from register.books.chronicle import Chronicle
from register.books.figures import FIGURE_NAMES, Figure, population
from register.books.month import Month
from register.books.recapitulation import Recapitulation, recapitulate
from schemas.errors import VillageSyncError
from village_node.desk import Desk
from village_node.month_books import chronicle_of

KEPT = 3
"""Countings that are kept: an old laptop has little memory, and an officer looks at one or two."""
PIECE_ROWS = 200
PATIENCE_S = 0.25
"""How long a page waits before it says that counting goes on."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A month's figures, its recapitulation, and when they were counted."""

    month: Month
    hamlet: str
    figures: dict[str, Figure]
    recapitulation: Recapitulation
    families: tuple[bytes, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class PagedBook:
    """A finished book, its rows compressed in pieces: the main book of a large village takes megabytes otherwise."""

    name: str
    month: Month
    title: str
    headers: tuple[str, ...]
    total: int
    pieces: tuple[bytes, ...]
    differences: tuple[str, ...]
    idle: int

    def rows(self, first: int = 0, count: int | None = None) -> Iterator[tuple[list[Any], str]]:
        """Yield rows from one on: the cells in the order of the headers, and the one record that the row shows."""
        last = self.total if count is None else min(self.total, first + count)
        number = first // PIECE_ROWS * PIECE_ROWS
        for piece in self.pieces[first // PIECE_ROWS :]:
            for cells, record in msgspec.msgpack.decode(zlib.decompress(piece)):
                if number >= last:
                    return
                if number >= first:
                    yield cells, record
                number += 1


@dataclass
class _Job:
    done: threading.Event = field(default_factory=threading.Event)
    value: Any = None
    error: BaseException | None = None


class Reckoning:
    """Keeps what was counted, by what it is and by the state of the register."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[Hashable, _Job] = OrderedDict()
        self._lock = threading.Lock()

    def counted(self, desk: Desk, month: Month, hamlet: str = "") -> Counted | None:
        """Return a month's figures; None while they are being counted."""
        found: Counted | None = self._get(
            ("figures", month, hamlet, *version_of(desk)), lambda: _count(desk, month, hamlet)
        )
        return found

    def book(self, desk: Desk, name: str, month: Month) -> PagedBook | None:
        """Return a book; None while it is being written.  Raises DataError "book-unknown"."""
        found: PagedBook | None = self._get(
            ("book", name, month, *version_of(desk)), lambda: _paged(open_book(chronicle_of(desk), name, month))
        )
        return found

    def _get(self, key: Hashable, count: Callable[[], Any]) -> Any:
        with self._lock:
            job = self._jobs.get(key)
            if job is None:
                job = self._jobs[key] = _Job()
                threading.Thread(target=_run, args=(job, count), name="reckoning", daemon=True).start()
            self._jobs.move_to_end(key)
            while len(self._jobs) > KEPT:
                self._jobs.popitem(last=False)
        if not job.done.wait(PATIENCE_S):
            return None
        if job.error is not None:
            with self._lock:
                self._jobs.pop(key, None)
            raise job.error
        return job.value


def _run(job: _Job, count: Callable[[], Any]) -> None:
    try:
        # What is kept is copied after the rest is gone, so that it does not hold on to the pages between.
        raw = pickle.dumps(count())
        _give_back_memory()
        job.value = pickle.loads(raw)  # noqa: S301 - our own bytes of a moment ago
    except (VillageSyncError, ArithmeticError, LookupError, ValueError, TypeError) as error:
        job.error = error
    finally:
        job.done.set()


def _paged(book: Book) -> PagedBook:
    headers = book.sheet.headers
    rows = book.sheet.rows
    pieces = []
    for start in range(0, len(rows), PIECE_ROWS):
        piece = [
            ([row.cells.get(header, "") for header in headers], row.ids[0].hex() if len(row.ids) == 1 else "")
            for row in rows[start : start + PIECE_ROWS]
        ]
        pieces.append(zlib.compress(msgspec.msgpack.encode(piece), 3))
    differences = tuple(difference_words(one) for one in book.differences)
    return PagedBook(
        book.name, book.month, book.sheet.title, headers, len(rows), tuple(pieces), differences, len(book.idle)
    )


def _give_back_memory() -> None:
    """Let the system have back what counting needed; only the C library of Linux keeps it by itself."""
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)


def version_of(desk: Desk) -> tuple[Hashable, ...]:
    """Return what a counting of today depends on."""
    state = desk.state
    return (state.entry_count, state.feed_seq, desk.today())


def _count(desk: Desk, month: Month, hamlet: str) -> Counted:
    chronicle = chronicle_of(desk)
    figures = {name: population(chronicle, month, name, hamlet=hamlet or None) for name in FIGURE_NAMES}
    return Counted(
        month, hamlet, figures, recapitulate(chronicle, month), _families(chronicle, month, figures), desk.now_ms()
    )


def _families(chronicle: Chronicle, month: Month, figures: dict[str, Figure]) -> tuple[bytes, ...]:
    counted = {record_id for line in figures["umur"].lines for record_id in line.ids}
    standings = chronicle.residents(month.last)
    homes = {standings[one].household_id for one in counted if one in standings}
    return tuple(sorted(one for one in homes if one is not None))
