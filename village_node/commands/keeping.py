"""``kampung village backup`` and ``restore``: one encrypted file, and twelve words on paper that open it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from village_node.commands.options import DEFAULT_DIRECTORY, AsJson, Directory, DryRun, environment, put_json, say

if TYPE_CHECKING:
    from village_node.backup import NodeBackup
    from village_node.restoring import Contents


def add_keeping_commands(app: typer.Typer) -> None:
    """Put ``backup`` and ``restore`` into the village's group."""
    app.command("backup", epilog="Example: kampung village backup --to /media/usb")(backup)
    app.command("restore", epilog="Example: kampung village restore kampung-35.10.01.2001-20261125T1300Z.kmpb")(restore)


def backup(
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder or stick to write to; the node's own folder if left out.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="List the backups there instead of making one.")] = False,
    new_code: Annotated[bool, typer.Option("--new-code", help="Draw other recovery words from now on.")] = False,
    show_code: Annotated[
        bool, typer.Option("--show-code", help="Only show the recovery words that this laptop keeps.")
    ] = False,
    directory: Directory = DEFAULT_DIRECTORY,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Back this laptop's office up into one encrypted file, and restore it for a trial before calling it good."""
    from village_node.backup import list_backups, prune_backups, take_backup
    from village_node.clock import now_ms
    from village_node.recovery_codes import kept_code
    from village_node.restoring import BACKUP_FOLDER
    from village_node.store import NodeStore

    folder = to if to is not None else directory / BACKUP_FOLDER
    if show_code:
        code = kept_code(directory)
        if as_json:
            put_json({"recovery_code": code})
        else:
            typer.echo(code or "Belum ada; cadangan pertama membuatnya.")
        return
    if listed or dry_run:
        _tell_listed(list_backups(folder), dry_run=dry_run, as_json=as_json)
        return
    with NodeStore.open(directory, environment()) as store:
        at_ms = now_ms()
        made = take_backup(store, at_ms, folder=to, draws_new_code=new_code)
    if to is None:
        prune_backups(folder, at_ms)
    tree = {
        "file": str(made.backup.path),
        "taken_ms": made.backup.taken_ms,
        "size_bytes": made.backup.size_bytes,
        "contents": _contents_to_tree(made.contents),
        "recovery_code": made.new_code,
        "dry_run": False,
    }
    if as_json:
        put_json(tree)
        return
    if made.new_code is not None:
        say("Kode pemulihan laptop ini. Tulis di kertas dan simpan di lemari terkunci, jangan di laptop:")
        say(f"    {made.new_code}")
        say("Tanpa dua belas kata ini cadangan tidak dapat dibuka di laptop lain.")
    _tell_contents(made.contents, "Cadangan sudah dicoba dipulihkan")
    typer.echo(str(made.backup.path))


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a .kmpb file.")],
    code: Annotated[
        str, typer.Option("--code", envvar="KAMPUNG_RECOVERY_CODE", help="The twelve words; asked for if left out.")
    ] = "",
    is_replacing: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the node in this folder, which is kept aside.")
    ] = False,
    directory: Directory = DEFAULT_DIRECTORY,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make this folder the office of a backup; it goes on as a new copy and sends again what has no answer yet."""
    import tempfile

    from village_node.clock import now_ms
    from village_node.recovery_codes import kept_code
    from village_node.restoring import restore_backup

    words: str | None = code
    if not code.strip():
        words = kept_code(directory)
        if words is None and sys.stdin.isatty():
            words = typer.prompt("Kode pemulihan (dua belas kata)", err=True)
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="kampung-trial-") as name:
            done = restore_backup(file, words, Path(name), now_ms())
    else:
        done = restore_backup(file, words, directory, now_ms(), replaces=is_replacing)
    if as_json:
        put_json(
            {
                "directory": str(directory),
                "village_code": done.village_code,
                "village_name": done.village_name,
                "taken_ms": done.taken_ms,
                "contents": _contents_to_tree(done.contents),
                "issued_again": done.issued_again,
                "kept": str(done.kept) if done.kept is not None else None,
                "dry_run": dry_run,
            }
        )
        return
    what = "dapat dipulihkan" if dry_run else "dipulihkan"
    _tell_contents(done.contents, f"{done.village_name} {what}, keadaan {_day(done.taken_ms)}")
    say(f"{done.issued_again:,} catatan tanpa putusan dikirim ulang saat sinkronisasi berikutnya.")
    if dry_run:
        return
    if done.kept is not None:
        say(f"Isi lama disisihkan di {done.kept}; hapus bila sudah tidak diperlukan.")
    say("Bila laptop lama masih hidup, hentikan pemakaiannya. Berikutnya: `kampung sync run`.")
    typer.echo(str(directory))


def _tell_listed(found: list[NodeBackup], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        trees: list[dict[str, Any]] = [
            {"file": str(one.path), "taken_ms": one.taken_ms, "size_bytes": one.size_bytes} for one in found
        ]
        put_json({"backups": trees, "dry_run": dry_run})
        return
    if not found:
        say("Belum ada cadangan di sini.")
    for one in found:
        typer.echo(f"{one.path}  {_day(one.taken_ms)}  {one.size_bytes / 1e6:.1f} MB")


def _contents_to_tree(contents: Contents) -> dict[str, Any]:
    return {
        "residents": contents.residents,
        "households": contents.households,
        "records": contents.records,
        "entries": contents.entries,
        "unsent": contents.unsent,
        "feed_seq": contents.feed_seq,
        "is_consistent": contents.is_consistent,
    }


def _tell_contents(contents: Contents, what: str) -> None:
    say(
        f"{what}: {contents.residents:,} penduduk, {contents.households:,} keluarga, {contents.entries:,} catatan "
        f"laptop ini, {contents.unsent:,} belum terkirim."
    )
    if not contents.is_consistent:
        say("Perhatikan: data di dalamnya sudah tidak cocok dengan kabupaten; jalankan `kampung sync run`.")


def _day(at_ms: int) -> str:
    return dt.datetime.fromtimestamp(at_ms / 1000).astimezone().strftime("%d-%m-%Y %H:%M")
