"""Make a command of every row of the event table: options, help, JSON and trial run are the same everywhere."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from village_node.commands.event_table import COMMON_ASKS, EVENT_COMMANDS, REPEATED, Ask, EventCommand, Reading
from village_node.commands.households import Address, Hamlet, PostalCode, Rt, Rw
from village_node.commands.options import (
    DEFAULT_DIRECTORY,
    AsJson,
    Directory,
    DryRun,
    Officer,
    On,
    open_desk,
    tell_saved,
)

_FLAGS = frozenset({Reading.FLAG, Reading.FLAG_OFF})

_SHARED: tuple[tuple[str, Any, Any], ...] = (
    ("on", On, ""),
    ("directory", Directory, DEFAULT_DIRECTORY),
    ("officer", Officer, ""),
    ("as_json", AsJson, False),
    ("dry_run", DryRun, False),
)

_ADDRESS: tuple[tuple[str, Any, Any], ...] = (
    ("address_address", Address, ""),
    ("address_hamlet", Hamlet, ""),
    ("address_rw", Rw, ""),
    ("address_rt", Rt, ""),
    ("address_postal_code", PostalCode, ""),
)


def add_event_commands(app: typer.Typer) -> None:
    """Add the table's commands to ``kampung village event``."""
    for command in EVENT_COMMANDS:
        epilog = f"Example: kampung village event {command.example}"
        app.command(command.name, help=command.help, epilog=epilog)(_function_of(command))


def _function_of(command: EventCommand) -> Callable[..., None]:
    def run(**typed: Any) -> None:
        from village_node.commands.event_forms import record

        dry_run: bool = typed.pop("dry_run")
        as_json: bool = typed.pop("as_json")
        with open_desk(typed.pop("directory"), typed.pop("officer"), to_write=not dry_run) as desk:
            done = record(desk, command, typed, dry_run=dry_run)
        tell_saved(done, command.word, as_json=as_json, dry_run=dry_run)

    parameters = [_parameter(*_option(ask)) for ask in (*command.asks, *COMMON_ASKS)]
    parameters += [_parameter(*one) for one in (*(_ADDRESS if command.has_address else ()), *_SHARED)]
    run.__name__ = command.name.replace("-", "_")
    run.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": None}
    # Typer reads a function's signature; this one is written by the table.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _option(ask: Ask) -> tuple[str, Any, Any]:
    declared: Any = typer.Option(ask.option, help=ask.help) if ask.option else typer.Argument(help=ask.help)
    if ask.reading in _FLAGS:
        return ask.field, Annotated[bool, declared], False
    if ask.reading in REPEATED:
        return ask.field, Annotated[list[str] | None, declared], None
    return ask.field, Annotated[str, declared], ""
