"""Name the books and figures as an officer asks for them, and write one as CSV or XLSX.

Every run checks the month's identity, whichever book is asked for; what does not add up goes along with the sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from register.books.card_book import card_book
from register.books.chronicle import Chronicle
from register.books.figures import ALL_FIGURES, FIGURE_NAMES, all_figures_sheet, figure_sheet, population
from register.books.main_book import main_book
from register.books.month import Month
from register.books.mutation_book import event_list, mutation_book
from register.books.recapitulation import Difference, recapitulate
from register.books.recapitulation_book import recapitulation_book
from register.books.sheet import NOT_FILLED_IN, Sheet, sex_cell
from register.books.temporary_book import temporary_book
from register.exporting import FileFormat, write_csv, write_xlsx
from schemas.errors import DataError

_BOOKS: Mapping[str, Callable[[Chronicle, Month], Sheet]] = {
    "induk": main_book,
    "mutasi": mutation_book,
    "rekap": recapitulation_book,
    "sementara": temporary_book,
    "ktp-kk": card_book,
    "peristiwa": event_list,
}

BOOK_NAMES = (*_BOOKS, *FIGURE_NAMES, ALL_FIGURES)


@dataclass(frozen=True, slots=True)
class Book:
    """A finished book: its sheet, what of its month does not add up, and events that should have moved somebody."""

    name: str
    month: Month
    sheet: Sheet
    differences: tuple[Difference, ...]
    idle: tuple[bytes, ...]


def open_book(chronicle: Chronicle, name: str, month: Month, *, hamlet: str | None = None) -> Book:
    """Return a book or figure by its name; ``hamlet`` narrows figures only.

    Raises DataError "book-unknown".
    """
    if name in _BOOKS:
        sheet = _BOOKS[name](chronicle, month)
    elif name in FIGURE_NAMES:
        sheet = figure_sheet(population(chronicle, month, name, hamlet=hamlet), month)
    elif name == ALL_FIGURES:
        figures = (population(chronicle, month, one, hamlet=hamlet) for one in FIGURE_NAMES)
        sheet = all_figures_sheet(figures, month)
    else:
        raise DataError(
            f"Buku {name!r} tidak dikenal",
            code="book-unknown",
            hint=f"Pilih salah satu: {', '.join(BOOK_NAMES)}.",
            field="name",
            value=name,
        )
    found = recapitulate(chronicle, month)
    idle = tuple(dict.fromkeys(step.event.record_id for step in found.idle))
    return Book(name, month, sheet, found.differences, idle)


def write_book(book: Book, path: Path, file_format: FileFormat) -> int:
    """Write a book's sheet; returns the row count.  Raises DiskFullError or StorageError."""
    write = write_xlsx if file_format == "xlsx" else write_csv
    return write(path, book.sheet.headers, (row.cells for row in book.sheet.rows))


def difference_words(difference: Difference) -> str:
    """Return one line that says where the month does not add up."""
    who = f"{'WNA' if difference.category.is_foreign else 'WNI'} {sex_cell(difference.category.sex) or '?'}"
    return f"Selisih {difference.surplus:+d} di dusun {difference.hamlet or NOT_FILLED_IN}, {who}"


def book_to_tree(book: Book) -> dict[str, Any]:
    """Return a book as the JSON object that ``village book --json`` prints; every number has its record ids."""
    return {
        "book": book.name,
        "month": str(book.month),
        "title": book.sheet.title,
        "headers": list(book.sheet.headers),
        "rows": [
            {
                "cells": {header: row.cells.get(header, "") for header in book.sheet.headers},
                "ids": [record_id.hex() for record_id in row.ids],
                "counted": {
                    header: [record_id.hex() for record_id in ids] for header, ids in (row.ids_by_header or {}).items()
                },
            }
            for row in book.sheet.rows
        ],
        "differences": [
            {
                "hamlet": one.hamlet,
                "citizenship": "WNA" if one.category.is_foreign else "WNI",
                "sex": sex_cell(one.category.sex),
                "surplus": one.surplus,
                "people": [record_id.hex() for record_id in one.people],
                "events": [record_id.hex() for record_id in one.events],
            }
            for one in book.differences
        ],
        "idle_events": [event_id.hex() for event_id in book.idle],
    }
