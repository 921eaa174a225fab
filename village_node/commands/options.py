"""What all village commands share: their options, how a desk is opened, how something saved is told."""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.advice import with_directory
from schemas.errors import ConfigError, DataError

if TYPE_CHECKING:
    from village_node.desk import Desk
    from village_node.registration import PaperState, Recorded

Directory = Annotated[
    Path, typer.Option("--dir", envvar="KAMPUNG_VILLAGE_DIR", help="The village node's directory.", show_default=True)
]
Officer = Annotated[
    str, typer.Option("--officer", envvar="KAMPUNG_OFFICER", help="Name of the officer, as the journal keeps it.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do everything but save.")]
On = Annotated[str, typer.Option("--on", help="The day it happened, dd-mm-yyyy; today if left out.")]
InformantName = Annotated[str, typer.Option("--informant", help="Name of the person who reports it.")]
InformantNik = Annotated[str, typer.Option("--informant-nik", help="NIK of the person who reports it.")]
Witnesses = Annotated[list[str] | None, typer.Option("--witness", help="Name of a witness; repeat it.")]
Papers = Annotated[
    list[str] | None, typer.Option("--paper", help="Code of a paper that is there; repeat it. A trial run lists them.")
]
PapersCase = Annotated[str, typer.Option("--case", help="Case that decides which papers are needed.")]
Relations = Annotated[
    list[str], typer.Option("--relation-of", help="PERSON=RELATION, e.g. 3510...=ANAK; may be repeated.")
]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the first line of stdin, not from a prompt.")
]

DEFAULT_DIRECTORY = Path("village")


def new_app(help_text: str, example: str) -> typer.Typer:
    """Return a group of commands in the house style."""
    return typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        help=help_text,
        epilog=f"Example: {example}",
    )


def say(text: str) -> None:
    """Talk to the person; never data.  Commands in backticks get the directory that was named."""
    sys.stderr.write(f"{with_directory(text, sys.argv[1:])}\n")


def put_json(tree: Mapping[str, Any]) -> None:
    """Print the one line of JSON that is a command's last line of stdout."""
    typer.echo(json.dumps(tree, ensure_ascii=False, default=_as_json))


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def environment() -> Mapping[str, str]:
    """Return the environment, for settings that it may overrule."""
    return os.environ


@contextmanager
def open_desk(directory: Path, officer: str = "", *, to_write: bool = False) -> Iterator[Desk]:
    """Open the village's desk.

    Raises ConfigError "officer-missing" if something is to be saved in nobody's name, and as ``NodeStore.open``.
    """
    from village_node.desk import Desk
    from village_node.store import NodeStore

    if to_write and not officer.strip():
        raise ConfigError(
            "Nama petugas belum diisi",
            code="officer-missing",
            hint='Tambahkan --officer "Nama Petugas", atau isi KAMPUNG_OFFICER.',
        )
    with NodeStore.open(directory, environment()) as store:
        if store.is_practice:
            say("LATIHAN: semua orang di sini karangan, dan tidak ada yang dikirim.")
        yield Desk(store, officer.strip() or "-")


def day_typed(text: str, desk: Desk) -> dt.date:
    """Return a day as typed, today for a blank."""
    from village_node.registration.typed_values import parse_day

    return parse_day(text, "on") if text.strip() else desk.today()


def report_typed(
    informant: str, informant_nik: str, witnesses: list[str] | None, papers: list[str] | None, case: str
) -> dict[str, Any]:
    """Return what every event's form may say besides its own, by field name."""
    return {
        "informant_name": informant or None,
        "informant_nik": informant_nik or None,
        "witnesses": tuple(witnesses or ()),
        "papers": tuple(papers or ()),
        "papers_case": case,
    }


def bytes_of(path: Path, *, code: str = "file-not-read") -> bytes:
    """Return the bytes of a file that was named; raises DataError of this code if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(
            f"Berkas tidak terbaca: {path.name}",
            code=code,
            hint="Periksa nama dan tempat berkasnya; flashdisk sudah terpasang?",
            field="file",
            value=str(path),
        ) from error


def password_typed(question: str = "Kata sandi", *, from_stdin: bool, is_new: bool = False) -> str:
    """Ask at a terminal, twice if it is new, or take a script's line; never an option, which other users could read."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at: give the password with --password-stdin")
    again = "Ketik sekali lagi" if is_new else False
    typed: str = typer.prompt(question, hide_input=True, confirmation_prompt=again, err=True)
    return typed


def answers_typed(typed: list[str] | None) -> dict[str, str]:
    """Return FIELD=TEXT options as a mapping; raises DataError "answer-form"."""
    found = {}
    for one in typed or ():
        name, equals, text = one.partition("=")
        if not equals or not name.strip():
            raise DataError(f"Isian tidak terbaca: {one!r}", code="answer-form", hint="Tulis ISIAN=TEKS.", value=one)
        found[name.strip()] = text.strip()
    return found


def tell_saved(done: Recorded, what: str, *, as_json: bool, dry_run: bool) -> None:
    """Print what a use case did: as JSON, or one line, with the cautions as talk."""
    if as_json:
        put_json(recorded_to_tree(done, dry_run=dry_run))
        return
    for caution in done.cautions:
        say(f"Perhatikan: {caution.message} [{caution.code}]")
    missing = [paper.label for paper in done.papers if not paper.is_present]
    if missing:
        say(f"Berkas belum ada: {'; '.join(missing)}.")
    if dry_run:
        say(f"Percobaan: {what}, {len(done.changes)} perubahan; tidak ada yang disimpan.")
    elif done.change_id is None:
        say("Tidak ada yang berubah.")
    else:
        say(f"Tersimpan: {what}.")
        typer.echo((done.event_id or (done.created[0] if done.created else done.change_id)).hex())


def recorded_to_tree(done: Recorded, *, dry_run: bool) -> dict[str, Any]:
    """Return the stable JSON shape of everything that saves."""
    return {
        "dry_run": dry_run,
        "changes": [done.change_id.hex()] if done.change_id is not None else [],
        "event": done.event_id.hex() if done.event_id is not None else None,
        "created": [record_id.hex() for record_id in done.created],
        "records": sorted({change.record_id.hex() for change in done.changes}),
        "papers": papers_to_tree(done.papers),
        "cautions": [
            {"code": caution.code, "field": caution.field, "message": caution.message} for caution in done.cautions
        ],
    }


def papers_to_tree(papers: Sequence[PaperState]) -> list[dict[str, Any]]:
    """Return the papers of an event, each present or missing."""
    return [{"code": one.code, "name": one.label, "is_present": one.is_present} for one in papers]


@contextmanager
def progress_bar(label: str, total: int, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Give what tells a terminal how much is done; nothing is told to a file or a pipe."""
    if quiet or not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.update(task, completed=done)
