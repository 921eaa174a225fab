"""``kampung village book``: the five books of Permendagri 47/2016 and the figures, for any month."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    open_desk,
    progress_bar,
    put_json,
    say,
)

if TYPE_CHECKING:
    from register.books.catalogue import Book
    from village_node.desk import Desk
    from village_node.printed_books import Heading


class BookFormat(StrEnum):
    """How a book is given."""

    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"
    JSON = "json"


class BookPaper(StrEnum):
    """What a book is printed on."""

    F4 = "F4"
    A4 = "A4"
    A3 = "A3"


def add_book_command(app: typer.Typer) -> None:
    """Put ``book`` into the village's group."""
    app.command("book", epilog="Example: kampung village book rekap --month 2026-11 --format xlsx")(book)


def book(
    name: Annotated[
        str,
        typer.Argument(
            help="induk, mutasi, rekap, sementara, ktp-kk, peristiwa; figures: umur, jenis-kelamin, agama, "
            "pendidikan, pekerjaan, status-kawin, dusun, or statistik for all of these."
        ),
    ],
    month: Annotated[str, typer.Option("--month", help="The month, such as 2026-11; this month if left out.")] = "",
    file_format: Annotated[
        BookFormat, typer.Option("--format", help="csv, xlsx, pdf, or json on stdout.")
    ] = BookFormat.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where to write; NAME-MONTH in this folder if left out.")
    ] = None,
    paper: Annotated[BookPaper, typer.Option("--paper", help="For pdf: F4, A4 or A3.")] = BookPaper.F4,
    hamlet: Annotated[str, typer.Option("--hamlet", help="Figures only: one hamlet.")] = "",
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Write a book or a figure for a month; what does not add up is said."""
    from register.books.catalogue import book_to_tree, difference_words, write_book
    from village_node.month_books import month_typed, village_book

    with open_desk(directory) as desk:
        found = village_book(desk, name, month_typed(month, desk.today()), hamlet=hamlet or None)
        is_printed = file_format is BookFormat.PDF and not (as_json or dry_run)
        heading = _heading(desk, found, paper, hamlet) if is_printed else None
    for difference in found.differences:
        say(f"Perhatikan: {difference_words(difference)}; rinciannya dengan --format json.")
    if found.idle:
        say(f"Perhatikan: {len(found.idle)} peristiwa tidak mengubah jumlah; periksa dengan --format json.")
    if as_json or file_format is BookFormat.JSON:
        put_json(book_to_tree(found))
        return
    path = output or Path(f"{name}-{found.month}.{file_format.value}")
    if dry_run:
        say(f"{found.sheet.title}: {len(found.sheet.rows):,} baris akan ditulis ke {path}.")
        return
    if heading is not None:
        _print(found, heading, path)
        typer.echo(str(path))
        return
    rows = write_book(found, path, "xlsx" if file_format is BookFormat.XLSX else "csv")
    say(f"{found.sheet.title}: {rows:,} baris ditulis.")
    typer.echo(str(path))


def _heading(desk: Desk, found: Book, paper: BookPaper, hamlet: str) -> Heading:
    from village_node.accounts import Accounts
    from village_node.clock import now_ms
    from village_node.printed_books import heading_of

    officers = Accounts(desk.store, now_ms).list()
    return heading_of(
        desk.store.config,
        found.month,
        desk.today(),
        paper=paper.value,
        hamlet=hamlet,
        officers=officers,
        is_practice=desk.store.is_practice,
    )


def _print(found: Book, heading: Heading, path: Path) -> None:
    from village_node.printed_books import print_book, printable_of

    with progress_bar("Baris", 2 * len(found.sheet.rows)) as progress:
        pages = print_book(printable_of(found), heading, path, lambda done, _whole: progress(done))
    say(f"{found.sheet.title}: {len(found.sheet.rows):,} baris, {pages:,} halaman {heading.paper}.")
