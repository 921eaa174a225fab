"""``kampung demo``: play the whole story on this machine, and leave its folder to look around in."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from schemas.errors import EX_SOFTWARE

_STOPPED = 128 + signal.SIGTERM

demo_app = typer.Typer(add_completion=False, rich_markup_mode=None)


@demo_app.command(epilog="Example: kampung demo --dir kampung-demo")
def demo(
    directory: Annotated[
        Path, typer.Option("--dir", help="Where the hub, the villages and their files go; emptied if a demo made it.")
    ] = Path("kampung-demo"),
    residents: Annotated[int, typer.Option("--residents", min=400, help="Residents in all three villages.")] = 8_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON instead of the table.")] = False,
) -> None:
    """Play the whole story here: one hub, three villages, real files, two carriers, a registrar; about a minute."""
    from demo.story import tell

    # Being stopped is an end like any other: the hub that the demo has started must not stay behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(_STOPPED))
    told = tell(directory, residents)
    if as_json:
        typer.echo(told.to_json())
    else:
        typer.echo(f"{told.to_text()}\n\n{told.where_to_look(_own_name())}")
    if not told.is_proven:
        typer.echo("Hub and villages are not proven equal: please report this, with commands.log.", err=True)
        raise typer.Exit(EX_SOFTWARE)


def _own_name() -> str:
    """Return how this console was called, so that what is shown can be typed: it may not be on the PATH."""
    called = Path(sys.argv[0])
    if called.stem != "kampung":
        return "kampung"
    return "kampung" if shutil.which("kampung") else str(called.absolute())
