"""Set a book in type, piece by piece, and write it as one PDF.

Typst keeps a whole document in memory, some hundred kilobytes a row, so a piece has a bounded number of rows.  Each
piece is first measured: the rows of its last page go to the next piece, so that pages are full and "page x of y" is
known before the first one is set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from register.books.catalogue import Book
from register.books.sheet import Cell
from register.whole_files import replacing
from schemas.errors import LimitExceededError, StorageError
from village_node.letters.printing import TYPESETTER_CODES, typeset
from village_node.printed_books.forms import PAPERS, Form, form_of, head_rows
from village_node.printed_books.heading import Heading
from village_node.printed_books.joining import NotOursError, join_pdfs

PIECE_ROWS = 1_000
"""Of a book with 19 columns: the typesetter's process then takes some 250 MB."""
ROWS_MAX = 60_000
"""Nobody binds more on paper, and setting them takes minutes."""

_WORD = re.compile(r"[^\s/-]+")
_BREAK = "\u200b"

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Printable:
    """A finished book as the printer needs it; ``rows`` gives so many rows from one on."""

    name: str
    title: str
    headers: tuple[str, ...]
    total: int
    rows: Callable[[int, int], Sequence[Sequence[Cell]]]


def printable_of(book: Book) -> Printable:
    """Return a book that is all in memory as the printer needs it."""
    headers, rows = book.sheet.headers, book.sheet.rows

    def cells(first: int, count: int) -> list[list[Cell]]:
        return [[row.cells.get(header, "") for header in headers] for row in rows[first : first + count]]

    title = book.sheet.title.removesuffix(f" {book.month}")
    return Printable(book.name, title, headers, len(rows), cells)


@dataclass(frozen=True, slots=True)
class _Piece:
    first: int
    count: int
    pages: int


def print_book(book: Printable, heading: Heading, target: Path, progress: Progress | None = None) -> int:
    """Write a book as a PDF; returns how many pages.  ``progress`` is told of steps done and steps in all.

    Raises LimitExceededError "book-too-long", StorageError "book-not-printed"; as ``replacing`` from writing.
    """
    if book.total > ROWS_MAX:
        raise LimitExceededError(
            f"{book.title}: {book.total} baris terlalu banyak untuk dicetak sekaligus (paling banyak {ROWS_MAX})",
            code="book-too-long",
            hint="Unduh sebagai XLSX, lalu cetak per dusun.",
        )
    told = progress or (lambda _done, _all: None)
    order = _Order(book, heading)
    try:
        pieces = list(_measured(order, told))
        pages = sum(one.pages for one in pieces)
        with replacing(target) as part, part.open("w+b") as file:
            made = join_pdfs(_set(order, pieces, pages, told), file)
            if pages and made != pages:
                raise _not_printed(book, f"{made} halaman, seharusnya {pages}")
    except NotOursError as error:
        raise _not_printed(book, str(error)) from error
    except StorageError as error:
        if error.code in TYPESETTER_CODES:
            raise _not_printed(book, error.message) from error
        raise
    return made


def _not_printed(book: Printable, why: str) -> StorageError:
    return StorageError(
        f"{book.title} belum tercetak: {why}",
        code="book-not-printed",
        hint="Buku tidak berubah. Ulangi, atau unduh sebagai XLSX.",
    )


def _measured(order: _Order, told: Progress) -> Iterator[_Piece]:
    """Yield the pieces of a book; of a short one, a single piece whose pages the typesetter counts itself (0)."""
    total = order.book.total
    if total <= PIECE_ROWS:
        yield _Piece(0, total, 0)
        return
    first = page = 0
    while first < total:
        told(first, 2 * total)
        count = min(PIECE_ROWS, total - first)
        is_last = first + count == total
        content = order.content(_Piece(first, count, 0), page + 1, 0, is_last=is_last, measuring=True)
        found = json.loads(typeset(_asked(content, "measure")))
        pages, kept = found["pages"], found["kept"]
        if not is_last and not 0 < kept < count:
            raise _not_printed(order.book, "satu baris memenuhi lebih dari satu halaman")
        piece = _Piece(first, count, pages) if is_last else _Piece(first, kept, pages - 1)
        yield piece
        first, page = first + piece.count, page + piece.pages


def _set(order: _Order, pieces: Sequence[_Piece], pages: int, told: Progress) -> Iterator[bytes]:
    total, page = order.book.total, 0
    for number, piece in enumerate(pieces, start=1):
        told(total + piece.first, 2 * total)
        content = order.content(piece, page + 1, pages, is_last=number == len(pieces), measuring=False)
        yield typeset(_asked(content, "pdf"))
        page += piece.pages
    told(2 * total, 2 * total)


def _asked(content: str, form: str) -> dict[str, str]:
    """Return one order to the typesetter; each piece has a process of its own, which gives its memory back."""
    return {"template": "book", "content": content, "format": form}


class _Order:
    """Puts together what the typesetter reads of each piece."""

    def __init__(self, book: Printable, heading: Heading) -> None:
        self.book = book
        self._form: Form = form_of(book.name, book.title, book.headers)
        self._places = [(book.headers.index(one.header), one.word_max) for one in self._form.columns]
        wide, high = PAPERS[heading.paper]
        self._tree: dict[str, Any] = {
            **heading.to_tree(is_at_end=self._form.is_at_end),
            "title": self._form.title,
            "paper": (wide, high) if self._form.is_landscape else (high, wide),
            "size": self._form.sizes[heading.paper],
            "columns": [{"width": one.width, "side": one.side} for one in self._form.columns],
            "head": head_rows(self._form.columns),
        }
        self._tree["notes"] += _beside(book, {one.header for one in self._form.columns})
        self._tree["foot"] = f"{self._form.title} · {self._tree['foot']}"

    def content(self, piece: _Piece, first_page: int, pages: int, *, is_last: bool, measuring: bool) -> str:
        """Return the JSON of a piece."""
        rows = self.book.rows(piece.first, piece.count)
        tree = self._tree | {
            "rows": [[_paper_cell(cells[place], longest) for place, longest in self._places] for cells in rows],
            "begins": piece.first == 0,
            "ends": is_last,
            "first_page": first_page,
            "pages": pages,
            "measuring": measuring,
        }
        return json.dumps(tree, ensure_ascii=False)


def _beside(book: Printable, printed: set[str]) -> list[str]:
    """Return what the last row, the sum, has in columns that the legal form lacks."""
    lacking = [(n, header) for n, header in enumerate(book.headers) if header not in printed]
    if not lacking or not book.total:
        return []
    (total,) = book.rows(book.total - 1, 1)
    said = [f"{header} {total[n]}" for n, header in lacking if total[n] not in {"", 0}]
    return [f"Di luar kolom formulir: {'; '.join(said)}."] if said else []


def _paper_cell(cell: Cell, longest: int) -> str:
    """Return a cell's text, with places where a long word may go on in the next line; a number stays whole."""

    def breakable(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) <= longest or word.isdecimal():
            return word
        return _BREAK.join(word[start : start + longest] for start in range(0, len(word), longest))

    return _WORD.sub(breakable, str(cell)).replace("/", f"/{_BREAK}")
