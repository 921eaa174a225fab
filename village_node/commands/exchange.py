"""``kampung sync``: run, watch, status, export, import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from schemas.advice import with_directory
from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    environment,
    new_app,
    put_json,
    say,
)

if TYPE_CHECKING:
    from village_node.syncer import SyncResult

sync_app = new_app("Exchange with the hub, over the network or a USB stick.", "kampung sync run --dir desa")


@sync_app.command("run", epilog="Example: kampung sync run --dir desa")
def run(
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Sync once with the hub; being offline is no error, the next try goes on where this one stopped."""
    from village_node.carriers.http import HttpCarrier
    from village_node.store import NodeStore
    from village_node.syncer import synchronise

    if dry_run:
        _tell_waiting(directory, as_json=as_json)
        return
    with NodeStore.open(directory, environment()) as store:
        store.must_be_real()
        config = store.config
        carrier = HttpCarrier(
            config.hub_url, connect_timeout_s=config.connect_timeout_s, read_timeout_s=config.read_timeout_s
        )
        try:
            result = synchronise(store, carrier, progress=None if as_json else _tell_progress)
        finally:
            carrier.close()
    if as_json:
        put_json(_result_to_tree(result))
        return
    say(result.reason)
    typer.echo(
        f"{result.entries_sent:,} entri terkirim, {result.entries_applied:,} diterima, {result.rounds} putaran, "
        f"{result.bytes_up:,} bita naik, {result.bytes_down:,} bita turun"
    )


@sync_app.command("watch", epilog="Example: kampung sync watch --dir desa")
def watch(directory: Directory = DEFAULT_DIRECTORY) -> None:
    """Sync by itself until stopped: at night, when the network comes up, and again after a failure."""
    import random
    import signal
    import threading

    from village_node.schedule import run_forever
    from village_node.store import NodeStore

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with NodeStore.open(directory, environment()) as store:
        say("Sinkronisasi otomatis berjalan. Hentikan dengan Ctrl+C.")
        run_forever(store, stop, draw=random.random, told=lambda result: say(result.reason))


def _tell_progress(result: SyncResult) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{result.entries_sent:,} entri terkirim, {result.entries_applied:,} diterima ...")
        sys.stderr.flush()


def _result_to_tree(result: SyncResult) -> dict[str, Any]:
    return {
        "finished": result.finished,
        "code": result.code,
        "reason": result.reason,
        "rounds": result.rounds,
        "entries_sent": result.entries_sent,
        "entries_applied": result.entries_applied,
        "bytes_up": result.bytes_up,
        "bytes_down": result.bytes_down,
    }


def _tell_waiting(directory: Path, *, as_json: bool) -> None:
    from village_node.quick_status import read_quick_status

    status = read_quick_status(directory)
    if as_json:
        put_json({"dry_run": True, "unsent": status.unsent, "hub_url": status.hub_url})
    else:
        say(f"{status.unsent:,} entri akan dikirim ke {status.hub_url or '(belum ada alamat)'}.")


@sync_app.command("status", epilog="Example: kampung sync status --json")
def status(directory: Directory = DEFAULT_DIRECTORY, as_json: AsJson = False) -> None:
    """Show in plain words what is waiting, received, safe, in review or not taken; answers in half a second."""
    from village_node.clock import now_ms
    from village_node.quick_status import read_quick_status
    from village_node.session_words import REASONS
    from village_node.status import status_to_lines, status_to_tree

    found = read_quick_status(directory)
    if as_json:
        put_json(status_to_tree(found))
        return
    for line in status_to_lines(found, now_ms(), REASONS):
        typer.echo(with_directory(line, sys.argv[1:]))


@sync_app.command("export", epilog="Example: kampung sync export --dir desa --to /media/usb")
def export(
    to: Annotated[Path, typer.Option("--to", help="The stick's folder.")],
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Write what the hub does not have yet as sealed files on a stick."""
    from village_node.carriers.files import export_messages
    from village_node.clock import now_ms
    from village_node.store import NodeStore

    if dry_run:
        _tell_waiting(directory, as_json=as_json)
        return
    with NodeStore.open(directory, environment()) as store:
        state = store.state()
        paths = export_messages(store, to, now_ms=now_ms())
    waiting = state.journal_seq - state.acked_seq
    if as_json:
        sizes = sum(path.stat().st_size for path in paths)
        put_json({"files": [path.name for path in paths], "entries_sent": waiting, "bytes": sizes})
        return
    say(f"{waiting:,} entri ditulis dalam {len(paths)} berkas. Bawa ke kabupaten, lalu `kampung sync import`.")
    for path in paths:
        typer.echo(path)


@sync_app.command("import", epilog="Example: kampung sync import --dir desa --from /media/usb")
def import_answers(
    source: Annotated[Path, typer.Option("--from", help="The stick's folder.")],
    directory: Directory = DEFAULT_DIRECTORY,
    as_json: AsJson = False,
    dry_run: DryRun = False,
) -> None:
    """Take in the hub's answers from a stick; foreign, damaged and repeated files are told and left alone."""
    from village_node.carriers import files
    from village_node.store import NodeStore

    if dry_run:
        names = sorted(path.name for path in source.iterdir() if path.suffix == ".kmp")
        if as_json:
            put_json({"dry_run": True, "files": names})
        else:
            say(f"{len(names)} berkas akan dibaca.")
        return
    with NodeStore.open(directory, environment()) as store:
        reports = files.import_answers(store, source)
    applied = sum(report.applied for report in reports)
    if as_json:
        listed = [
            {"file": report.path.name, "code": report.code, "message": report.message, "applied": report.applied}
            for report in reports
        ]
        put_json({"entries_applied": applied, "files": listed})
        return
    for report in reports:
        typer.echo(f"{report.path.name}: {report.message} [{report.code}]")
    say(f"{applied:,} catatan diterima dari {len(reports)} berkas.")
