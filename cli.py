"""Compose the console script ``kampung`` from the commands that each shell brings.

Decides nothing but this: which group a word belongs to, how an error is said, which exit code it has.  A shell's
commands are imported only when they are asked for, so that ``kampung --help`` answers at once.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from schemas.advice import with_directory
from schemas.errors import EX_SOFTWARE, VillageSyncError

VERSION = "2026.11.0"

_GC_OBJECTS = 50_000


@dataclass(frozen=True, slots=True)
class _Group:
    """Where a word's commands live; the help is here so that listing them imports nothing."""

    module: str
    attribute: str
    help: str


_GROUPS = {
    "demo": _Group("demo.commands", "demo_app", "Play the whole story here: one hub, three villages, real files."),
    "hub": _Group("district_hub.commands", "hub_app", "District office: enrol villages, register, review, reconcile."),
    "village": _Group("village_node.commands", "village_app", "Village office: import, look up, record, report."),
    "letter": _Group("village_node.commands", "letter_app", "Letters: check a printed QR code offline."),
    "service": _Group("village_node.commands", "service_app", "Services: list them, check a definition."),
    "sync": _Group("village_node.commands", "sync_app", "Exchange with the hub, over the network or a USB stick."),
}


class _LazyGroup(TyperGroup):
    """The root group: loads a shell's commands on first use."""

    # Any: typer 0.29 carries a click of its own whose names are private.
    def list_commands(self, ctx: Any) -> list[str]:
        return [*_GROUPS, *sorted(super().list_commands(ctx))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        group = _GROUPS.get(cmd_name)
        if group is None:
            return super().get_command(ctx, cmd_name)
        if not _is_called(cmd_name):
            return TyperGroup(name=cmd_name, help=group.help)
        loaded = getattr(importlib.import_module(group.module), group.attribute)
        command = typer.main.get_command(loaded)
        command.name = cmd_name
        command.help = command.help or group.help
        return command


def _is_called(word: str) -> bool:
    """Tell whether the command line names this group, rather than asking for the list of groups."""
    return word in sys.argv[1:] or "_KAMPUNG_COMPLETE" in os.environ


app = typer.Typer(
    cls=_LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: rich would double the time that --help takes
    help="Smart Kampung: a population register for villages that works without a network.",
    epilog="Example: kampung demo",
)


def _say_version(value: bool) -> None:
    if value:
        typer.echo(f"kampung {VERSION}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Smart Kampung: a population register for villages that works without a network."""


@app.command(epilog="Example: kampung doctor --dir desa-genteng")
def doctor(
    directory: Annotated[
        Path, typer.Option("--dir", envvar="KAMPUNG_VILLAGE_DIR", help="The village node's directory.")
    ] = Path("village"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Check disk, clock, keys, link, hub and pending changes; say the next step in plain words."""
    from village_node.doctor import doctor_report

    report = doctor_report(directory)
    typer.echo(report.to_json() if as_json else with_directory(report.to_text(), sys.argv[1:]))


config_app = typer.Typer(no_args_is_help=True, help="Look at the configuration.")
app.add_typer(config_app, name="config")


@config_app.command("show", epilog="Example: kampung config show --dir hub")
def config_show(
    directory: Annotated[Path, typer.Option("--dir", help="A hub's or a village node's directory.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Show every setting, its value and where the value comes from."""
    import json

    origins = _config_origins(directory)
    if as_json:
        typer.echo(
            json.dumps({name: {"value": value, "origin": origin} for name, value, origin in origins}, default=str)
        )
        return
    for name, value, origin in origins:
        typer.echo(f"{name} = {value}    ({origin})")


def _config_origins(directory: Path) -> list[tuple[str, Any, str]]:
    """Return (setting, value, origin) of the hub or node in a directory."""
    from schemas.errors import ConfigError

    for name, module in (("hub.toml", "district_hub.config"), ("node.toml", "village_node.config")):
        if (directory / name).exists():
            found: dict[str, tuple[Any, str]] = importlib.import_module(module).config_origins(directory, os.environ)
            return [(setting, value, origin) for setting, (value, origin) in found.items()]
    raise ConfigError(
        f"there is neither hub.toml nor node.toml in {directory.resolve()}",
        code="config-missing",
        hint="Name the directory with --dir, or make one with 'kampung hub init' or 'kampung village init'.",
    )


def main() -> None:
    """Run the console script; an error of ours is one line, a hint and its own exit code."""
    # Starting makes hundreds of thousands of objects and no garbage: looking for it every 700 costs 7 % of the start.
    gc.set_threshold(_GC_OBJECTS)
    try:
        app()
    except VillageSyncError as error:
        _explain(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.exit(0)
    except Exception:  # noqa: BLE001  the outermost boundary: anything else is a bug of ours
        traceback.print_exc()
        sys.stderr.write("This is a bug in Smart Kampung; nothing half-done was kept. Please report the lines above.\n")
        sys.exit(EX_SOFTWARE)


def _explain(error: VillageSyncError) -> None:
    sys.stderr.write(f"{with_directory(error.message, sys.argv[1:])} [{error.code}]\n")
    if error.hint:
        sys.stderr.write(f"  {with_directory(error.hint, sys.argv[1:])}\n")


if __name__ == "__main__":
    main()
