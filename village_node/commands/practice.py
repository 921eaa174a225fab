"""``kampung village practice``: an office of invented people to learn on, which the district never hears of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from village_node.commands.options import DEFAULT_DIRECTORY, AsJson, Directory, put_json, say


def add_practice_command(app: typer.Typer) -> None:
    """Add ``practice`` to ``kampung village``."""
    app.command("practice", epilog="Example: kampung village practice --dir desa")(practice)


def practice(
    directory: Directory = DEFAULT_DIRECTORY,
    is_renewed: Annotated[
        bool, typer.Option("--reset", help="Throw the practice office away and invent it anew.")
    ] = False,
    residents: Annotated[int, typer.Option("--residents", min=20, max=20_000, help="How many people to invent.")] = 400,
    as_json: AsJson = False,
) -> None:
    """Make a practice office of invented people, or say where it is; nothing of it ever reaches the district."""
    from village_node.clock import now_ms
    from village_node.practice import open_practice, renew_practice

    if is_renewed:
        renew_practice(directory, now_ms(), residents=residents)
    with open_practice(directory, now_ms(), residents=residents) as store:
        folder: Path = store.directory
        name = store.config.village_name
        with store.reading() as working:
            people = working.register.counts(working.village_id).residents
    if as_json:
        put_json({"directory": str(folder), "village_name": name, "residents": people})
        return
    say(f"{name}: {people:,} orang karangan. Buka dengan: kampung village serve --dir {folder}")
    typer.echo(folder)
