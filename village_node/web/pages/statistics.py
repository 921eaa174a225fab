"""Figures as pages: the age pyramid, distributions, hamlets, the month's sum, and the list behind every number.

Decides what stands on the page; the counting is ``register.books``, one rule for all (who is a resident).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from register.books.catalogue import Book, difference_words
from register.books.figures import ALL_FIGURES, FIGURE_NAMES, all_figures_sheet, figure_sheet
from register.books.recapitulation import Column
from register.exporting import write_xlsx
from schemas.codes import Sex
from schemas.errors import DataError
from village_node.accounts import Action
from village_node.month_books import month_typed
from village_node.printed_books import print_book, printable_of
from village_node.web.charts import pyramid, shares
from village_node.web.figure_lists import MOVEMENT, SEXES, behind_number, family_lines, people_lines
from village_node.web.labels import spoken
from village_node.web.pages.books import heading_of_visit
from village_node.web.reckoning import Counted
from village_node.web.sending import send_made
from village_node.web.visits import SignedIn, Visit

router = APIRouter()

PAGE_LINES = 50


@router.get("/statistik")
def show_statistics(visit: SignedIn) -> Response:
    """Show the figures of a month's end, of the village or of one hamlet."""
    visit.must(Action.REPORT)
    month, hamlet = month_typed(visit.asked("bulan"), visit.desk.today()), visit.asked("dusun")
    counted = visit.office.reckoning.counted(visit.desk, month, hamlet)
    if counted is None:
        return _patience(visit)
    ages = counted.figures["umur"]
    unborn = next(line for line in ages.lines if not line.is_filled_in)
    return visit.page(
        "statistics/show.html",
        here="/statistik",
        counted=counted,
        pyramid=pyramid(ages),
        without_birth=len(unborn.ids),
        without_birth_line=len(ages.lines) - 1,
        distributions=[(name, counted.figures[name], shares(counted.figures[name])) for name in FIGURE_NAMES[1:]],
        hamlets=_hamlets(counted),
        total=ages.total,
        # Everybody, also whom the pyramid cannot draw.
        sexes=[(word, sum(len(line.people.get(sex, ())) for line in ages.lines)) for word, sex in SEXES.items()],
        month=month,
        movement=_movement(counted),
        differences=[difference_words(one) for one in counted.recapitulation.differences],
        spoken=spoken,
        heading=heading_of_visit(visit, month, ""),
    )


@router.get("/statistik/daftar")
def show_list(visit: SignedIn) -> Response:
    """Show the people or families behind a number: the very ones that were counted."""
    visit.must(Action.REPORT)
    month, hamlet = month_typed(visit.asked("bulan"), visit.desk.today()), visit.asked("dusun")
    counted = visit.office.reckoning.counted(visit.desk, month, hamlet)
    if counted is None:
        return _patience(visit)
    asked = {name: visit.asked(name) for name in ("menurut", "baris", "jk", "kolom")}
    behind = behind_number(counted, visit.words, **asked)
    number = visit.page_number()
    part = behind.ids[(number - 1) * PAGE_LINES : number * PAGE_LINES]
    return visit.page(
        "statistics/list.html",
        here="/statistik",
        behind=behind,
        lines=family_lines(visit, part) if behind.of_families else people_lines(visit, part),
        number=number,
        has_more=number * PAGE_LINES < len(behind.ids),
        query=urlencode({**asked, "bulan": str(month), "dusun": hamlet}),
        month=month,
        hamlet=hamlet,
    )


@router.get("/statistik/{name}.{file_format}")
def save_figure(name: str, file_format: str, visit: SignedIn) -> Response:
    """Give one figure, or all of them, as a workbook or on paper."""
    visit.must(Action.REPORT)
    month, hamlet = month_typed(visit.asked("bulan"), visit.desk.today()), visit.asked("dusun")
    if file_format not in {"xlsx", "pdf"}:
        raise DataError("Bentuk berkas ini tidak ada", code="format-unknown", hint="Pilih PDF atau XLSX.")
    if name not in {*FIGURE_NAMES, ALL_FIGURES}:
        raise DataError("Daftar ini tidak ada", code="book-unknown", hint="Pilih angka di halaman statistik.")
    counted = visit.office.reckoning.counted(visit.desk, month, hamlet)
    if counted is None:
        return _patience(visit)
    figures = counted.figures
    sheet = all_figures_sheet(figures.values(), month) if name == ALL_FIGURES else figure_sheet(figures[name], month)

    def make(folder: Path) -> Path:
        path = folder / f"{name}-{month}.{file_format}"
        if file_format == "pdf":
            _print_sheet(visit, Book(name, month, sheet, (), ()), hamlet, path)
        else:
            write_xlsx(path, sheet.headers, (row.cells for row in sheet.rows))
        return path

    return send_made(visit.office.directory, make)


def _print_sheet(visit: Visit, book: Book, hamlet: str, path: Path) -> None:
    print_book(printable_of(book), heading_of_visit(visit, book.month, "", hamlet), path)


def _patience(visit: Visit) -> Response:
    return visit.page("statistics/counting.html", here="/statistik")


def _hamlets(counted: Counted) -> list[dict[str, Any]]:
    return [
        {
            "line": number,
            "name": line.label,
            "men": len(line.people.get(Sex.MALE, ())),
            "women": len(line.people.get(Sex.FEMALE, ())),
            "total": len(line.ids),
            "is_filled_in": line.is_filled_in,
        }
        for number, line in enumerate(counted.figures["dusun"].lines)
        if line.ids
    ]


def _movement(counted: Counted) -> list[tuple[str, str, int, str]]:
    """Return the lines of the month's sum: its column, its word, how many, and the sign before it."""
    signs = {Column.BIRTH: "+", Column.ARRIVAL: "+", Column.DEATH: "−", Column.DEPARTURE: "−"}
    total = counted.recapitulation.total
    return [(column, word, total.count(column), signs.get(column, "")) for column, word in MOVEMENT.items()]
