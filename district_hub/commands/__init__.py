"""Bring the hub's commands to the console: ``hub_app`` (the composition root adds it as ``kampung hub``).

Each command parses, calls one function and prints.  Only typer is imported here and in the modules beside; everything
heavy is imported inside a command, so that help is quick.
"""

from __future__ import annotations

import typer

from district_hub.commands.batching import add_to as add_batching
from district_hub.commands.changing import add_to as add_changing
from district_hub.commands.enrolling import add_to as add_enrolling
from district_hub.commands.loading import add_to as add_loading
from district_hub.commands.looking import add_to as add_looking
from district_hub.commands.merging import add_to as add_merging
from district_hub.commands.nightly import add_to as add_nightly
from district_hub.commands.numbering import add_to as add_numbering
from district_hub.commands.publishing import add_to as add_publishing
from district_hub.commands.registering import add_to as add_registering
from district_hub.commands.reviewing import add_to as add_reviewing
from district_hub.commands.running import add_to as add_running
from district_hub.commands.undoing import add_to as add_undoing

hub_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="District office: enrol villages, register, review, reconcile.",
    epilog="Example: kampung hub status --dir hub",
)
for _add in (
    *(add_running, add_enrolling, add_registering, add_reviewing, add_changing),
    *(add_undoing, add_merging, add_numbering, add_loading, add_nightly, add_looking, add_publishing, add_batching),
):
    _add(hub_app)

__all__ = ["hub_app"]
