"""The five books of Permendagri 47/2016 as pages, by month, and as files.

Decides paging and how a book is given; what it holds is ``register.books``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from register.books.month import Month
from register.books.recapitulation_book import COUNTING
from register.exporting import write_csv, write_xlsx
from schemas.errors import DataError
from village_node.accounts import Action
from village_node.month_books import month_typed
from village_node.printed_books import PAPERS, Heading, Printable, Progress, heading_of, print_book
from village_node.settings import DeskSettings, read
from village_node.web.book_prints import PrintJob
from village_node.web.reckoning import PagedBook, version_of
from village_node.web.sending import send_made, send_once
from village_node.web.visits import SignedIn, Visit

router = APIRouter()

CELLS_MAX = 650
"""On one page: a wide book shows fewer lines, so that an old laptop scrolls it without waiting."""

BOOKS: tuple[tuple[str, str, str], ...] = (
    ("induk", "Buku Induk Penduduk", "Semua penduduk pada akhir bulan."),
    ("mutasi", "Buku Mutasi Penduduk", "Siapa yang bertambah dan berkurang bulan itu."),
    ("rekap", "Rekapitulasi Jumlah Penduduk", "Awal, tambah, kurang dan akhir bulan per dusun."),
    ("sementara", "Buku Penduduk Sementara", "Yang tinggal sementara pada bulan itu."),
    ("ktp-kk", "Buku KTP dan KK", "Nomor dan keluarga setiap penduduk."),
    ("peristiwa", "Daftar Peristiwa", "Semua peristiwa yang dicatat bulan itu, juga yang terlambat dilaporkan."),
)
"""Name, title and one sentence of each book; the last is an extra list beside the legal forms."""


@router.get("/buku")
def list_books(visit: SignedIn) -> Response:
    """Show the books and choose a month."""
    visit.must(Action.REPORT)
    month = month_typed(visit.asked("bulan"), visit.desk.today())
    return visit.page(
        "books/list.html", here="/buku", books=BOOKS, month=month, months=_months(visit), paper=_paper(visit)
    )


@router.get("/buku/{name}")
def show_book(name: str, visit: SignedIn) -> Response:
    """Show a book, a page at a time, with what does not add up."""
    visit.must(Action.REPORT)
    month = month_typed(visit.asked("bulan"), visit.desk.today())
    title = _title(name)
    book = visit.office.reckoning.book(visit.desk, name, month)
    if book is None:
        return visit.page("statistics/counting.html", here="/buku")
    number = visit.page_number()
    name_header = next((one for one in book.headers if one.startswith("Nama")), "")
    lines = min(50, max(10, CELLS_MAX // len(book.headers)))
    return visit.page(
        "books/show.html",
        here="/buku",
        name=name,
        title=title,
        month=month,
        headers=book.headers,
        rows=list(book.rows((number - 1) * lines, lines)),
        name_header=name_header,
        naming="Dusun" if name == "rekap" else name_header,
        total=book.total,
        number=number,
        has_more=number * lines < book.total,
        differences=book.differences,
        idle=book.idle,
        papers=tuple(PAPERS),
        first=(number - 1) * lines,
        counting=COUNTING if name == "rekap" else (),
    )


@router.get("/buku/{name}/cetak")
def show_printing(name: str, visit: SignedIn) -> Response:
    """Show how far the printing of a book is, and where to get it when it is done."""
    return _printed(visit, name, is_wanted_now=False)


@router.get("/buku/{name}/berkas.pdf")
def print_book_file(name: str, visit: SignedIn) -> Response:
    """Give a book as a PDF laid out as the legal form, or the page that shows how far it is."""
    return _printed(visit, name, is_wanted_now=True)


def _printed(visit: Visit, name: str, *, is_wanted_now: bool) -> Response:
    visit.must(Action.EXPORT)
    month, paper = month_typed(visit.asked("bulan"), visit.desk.today()), visit.asked("kertas") or _paper(visit)
    title = _title(name)
    query = f"bulan={month}&kertas={paper}"
    book = visit.office.reckoning.book(visit.desk, name, month)
    if book is None:
        return visit.page("statistics/counting.html", here="/buku")
    job = start_print(visit, book, paper)
    is_done = job is not None and job.finished.is_set()
    if is_wanted_now and is_done:
        assert job is not None
        return send_print(visit, job, f"{name}-{month}.pdf")
    if is_wanted_now:
        return visit.onward(f"/buku/{name}/cetak?{query}")
    return visit.page(
        "books/printing.html", here="/buku", name=name, title=title, month=month, query=query, job=job, is_done=is_done
    )


def heading_of_visit(visit: Visit, month: Month, paper: str, hamlet: str = "") -> Heading:
    """Return what stands around a book that this officer prints; without a paper it is the desk's."""
    return heading_of(
        visit.office.store.config,
        month,
        visit.desk.today(),
        paper=paper or _paper(visit),
        hamlet=hamlet,
        officers=visit.office.accounts.list(),
        officer=visit.desk.officer,
        is_practice=visit.office.is_practice,
    )


def start_print(visit: Visit, book: PagedBook, paper: str) -> PrintJob | None:
    """Return the printing of a book; None while another one is printed.  Raises DataError "paper-unknown"."""
    office, desk = visit.office, visit.desk
    heading = heading_of_visit(visit, book.month, paper)
    title = book.title.removesuffix(f" {book.month}")

    def rows(first: int, count: int) -> list[list[Any]]:
        return [cells for cells, _ in book.rows(first, count)]

    def make(target: Path, progress: Progress) -> int:
        return print_book(Printable(book.name, title, book.headers, book.total, rows), heading, target, progress)

    key = (book.name, book.title, paper, desk.officer, *version_of(desk))
    return office.prints.job(key, make)


def send_print(visit: Visit, job: PrintJob, name: str) -> Response:
    """Send a finished print and forget it; who got it is noted."""
    visit.note_file(name)
    visit.office.prints.take(job)
    return send_once(job.path, name)


@router.get("/buku/{name}/berkas.{file_format}")
def save_book(name: str, file_format: str, visit: SignedIn) -> Response:
    """Give a book as a file: xlsx or csv."""
    visit.must(Action.EXPORT)
    month = month_typed(visit.asked("bulan"), visit.desk.today())
    _title(name)
    if file_format not in {"xlsx", "csv"}:
        raise DataError("Bentuk berkas ini tidak ada", code="format-unknown", hint="Pilih PDF, XLSX atau CSV.")
    book = visit.office.reckoning.book(visit.desk, name, month)
    if book is None:
        return visit.page("statistics/counting.html", here="/buku")
    write = write_xlsx if file_format == "xlsx" else write_csv

    visit.note_file(f"{name}-{month}.{file_format}")

    def make(folder: Path) -> Path:
        path = folder / f"{name}-{month}.{file_format}"
        write(path, book.headers, (dict(zip(book.headers, cells, strict=True)) for cells, _ in book.rows()))
        return path

    return send_made(visit.office.directory, make)


def _paper(visit: Visit) -> str:
    with visit.office.store.local_reading() as connection:
        return read(connection, DeskSettings).paper


def _title(name: str) -> str:
    found = next((title for code, title, _ in BOOKS if code == name), "")
    if not found:
        raise DataError("Buku ini tidak ada", code="book-unknown", hint="Pilih dari daftar buku.")
    return found


def _months(visit: Visit) -> list[Month]:
    """Return the months of the last two years, the newest first."""
    today = visit.desk.today()
    count = 24
    first = today.year * 12 + today.month - 1
    return [Month((first - back) // 12, (first - back) % 12 + 1) for back in range(count)]
