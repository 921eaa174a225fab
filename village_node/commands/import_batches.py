"""Show the imports of this laptop and take one back: the part of ``kampung village import`` that reads no file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from village_node.commands.options import environment, open_desk, put_json, say

_STATES = {
    "running": "terhenti, ulangi perintah impornya",
    "done": "selesai",
    "undoing": "pembatalan terhenti, ulangi --undo",
    "undone": "dibatalkan",
}


def undo(directory: Path, officer: str, name: str, *, as_json: bool, dry_run: bool) -> None:
    """Take the batch of a name back, or say what would be."""
    from village_node.importing import batch_named, undo_batch

    with open_desk(directory, officer, to_write=not dry_run) as desk:
        batch = batch_named(desk.store, name)
        done = undo_batch(desk, batch, dry_run=dry_run)
    if as_json:
        put_json({"batch": batch.batch_id.hex(), "file": batch.file_name, "dry_run": dry_run, **asdict(done)})
        return
    typer.echo(f"{done.annulled:,} catatan dibatalkan, {done.set_back:,} isian dikembalikan")
    if done.left_alone:
        say(f"{done.left_alone:,} isian sudah berubah lagi dan dibiarkan.")
    if dry_run:
        say("Ini baru percobaan; tidak ada yang disimpan.")
    else:
        say(f"Impor {batch.file_name} dibatalkan. Berikutnya: `kampung sync run`.")


def show_batches(directory: Path, *, as_json: bool) -> None:
    """Print the batches, the newest first."""
    from village_node.clock import local_time
    from village_node.importing import batch_to_tree, list_batches
    from village_node.store import NodeStore

    with NodeStore.open(directory, environment()) as store:
        batches = list_batches(store)
        offset_minutes = store.config.utc_offset_minutes
    if as_json:
        put_json({"batches": [batch_to_tree(one) for one in batches]})
        return
    for one in batches:
        started = local_time(one.started_ms, offset_minutes)
        done = f"{one.families_done:>6,}/{one.families_total:,} keluarga"
        state = _STATES.get(one.state, one.state)
        typer.echo(
            f"{one.batch_id.hex()[:8]}  {started:%d-%m-%Y %H:%M}  {done}  {state}  {one.file_name} ({one.officer})"
        )
    if not batches:
        say("Belum ada impor di laptop ini.")
