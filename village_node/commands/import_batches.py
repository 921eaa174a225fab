"""Show the imports of this laptop: the part of ``kampung village import`` that reads no file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import typer

from village_node.commands.options import environment, put_json, say

_STATES = {
    "running": "terhenti, ulangi perintah impornya",
    "done": "selesai",
    "undoing": "pembatalan terhenti, ulangi --undo",
    "undone": "dibatalkan",
}


def show_batches(directory: Path, *, as_json: bool) -> None:
    """Print the batches, the newest first."""
    from village_node.importing import batch_to_tree, list_batches
    from village_node.store import NodeStore

    with NodeStore.open(directory, environment()) as store:
        batches = list_batches(store)
        offset = dt.timedelta(minutes=store.config.utc_offset_minutes)
    if as_json:
        put_json({"batches": [batch_to_tree(one) for one in batches]})
        return
    for one in batches:
        started = dt.datetime.fromtimestamp(one.started_ms / 1000, dt.UTC) + offset
        done = f"{one.families_done:>6,}/{one.families_total:,} keluarga"
        state = _STATES.get(one.state, one.state)
        typer.echo(
            f"{one.batch_id.hex()[:8]}  {started:%d-%m-%Y %H:%M}  {done}  {state}  {one.file_name} ({one.officer})"
        )
    if not batches:
        say("Belum ada impor di laptop ini.")
