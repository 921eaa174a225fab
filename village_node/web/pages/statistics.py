"""Figures as pages: the age pyramid, distributions, hamlets, the month's sum, and the list behind every number.

Decides what stands on the page; the counting is ``register.books``, one rule for all (who is a resident).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from register.books.catalogue import Book, difference_words
from register.books.figures import ALL_FIGURES, FIGURE_NAMES, all_figures_sheet, figure_sheet
from register.books.recapitulation import Column
from register.exporting import write_xlsx
from schemas.codes import Sex
from schemas.errors import DataError
from schemas.fields import Kind
from schemas.numbers import whole_number
from village_node.accounts import Action
from village_node.month_books import month_typed
from village_node.printed_books import print_book, printable_of
from village_node.web.charts import pyramid, shares
from village_node.web.labels import spoken
from village_node.web.pages.books import heading_of_visit
from village_node.web.reckoning import Counted
from village_node.web.sending import send_made
from village_node.web.visits import SignedIn, Visit

router = APIRouter()

PAGE_LINES = 50

_SEXES = {"l": int(Sex.MALE), "p": int(Sex.FEMALE)}


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
        month=month,
        movement=_movement(counted),
        differences=[difference_words(one) for one in counted.recapitulation.differences],
        spoken=spoken,
        heading=heading_of_visit(visit, month, ""),
    )


@router.get("/statistik/daftar")
def show_list(visit: SignedIn) -> Response:
    """Show the people behind a number: the very ones that were counted."""
    visit.must(Action.REPORT)
    month, hamlet = month_typed(visit.asked("bulan"), visit.desk.today()), visit.asked("dusun")
    name, line_text, sex = visit.asked("menurut"), visit.asked("baris"), visit.asked("jk")
    counted = visit.office.reckoning.counted(visit.desk, month, hamlet)
    if counted is None:
        return _patience(visit)
    if name not in counted.figures:
        raise DataError("Daftar ini tidak ada", code="book-unknown", hint="Pilih angka di halaman statistik.")
    lines = counted.figures[name].lines
    line = whole_number(line_text)
    chosen = [lines[line]] if line is not None and line < len(lines) else list(lines)
    ids = [one for line in chosen for key, found in line.people.items() if _wanted(key, sex) for one in found]
    number = visit.page_number()
    part = ids[(number - 1) * PAGE_LINES : number * PAGE_LINES]
    with visit.desk.book() as book:
        found_people = book.register.shapes(Kind.RESIDENT, book.village_id, part)
    people = [(one.hex(), found_people[one].model_dump()) for one in part if one in found_people]
    return visit.page(
        "statistics/list.html",
        here="/statistik",
        title=f"{counted.figures[name].title}: {spoken(chosen[0].label)}" if len(chosen) == 1 else "Penduduk",
        people=people,
        total=len(ids),
        number=number,
        has_more=number * PAGE_LINES < len(ids),
        query=f"menurut={name}&baris={line_text}&jk={sex}&bulan={month}&dusun={hamlet}",
        month=month,
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


def _wanted(key: int | None, sex: str) -> bool:
    return not sex or (key == _SEXES.get(sex))


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


def _movement(counted: Counted) -> list[tuple[str, int]]:
    total = counted.recapitulation.total
    return [
        ("Awal bulan", total.count(Column.START)),
        ("Lahir", total.count(Column.BIRTH)),
        ("Datang", total.count(Column.ARRIVAL)),
        ("Meninggal", -total.count(Column.DEATH)),
        ("Pindah", -total.count(Column.DEPARTURE)),
        ("Akhir bulan", total.count(Column.END)),
    ]
