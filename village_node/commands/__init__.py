"""The console commands of the village office and of its exchange with the hub.

A command parses, calls one function and prints; stdout is data, stderr is talk.  Everything heavy is imported inside
the commands, so that help answers at once.
"""

from __future__ import annotations

import typer

from village_node.commands.attaching import attach_app
from village_node.commands.events import event_app
from village_node.commands.exchange import sync_app
from village_node.commands.households import household_app
from village_node.commands.keeping import add_keeping_commands
from village_node.commands.letters import letter_app, village_letter_app
from village_node.commands.month_books import add_book_command
from village_node.commands.office import add_office_commands
from village_node.commands.officers import officer_app
from village_node.commands.practice import add_practice_command
from village_node.commands.residents import resident_app
from village_node.commands.service_requests import request_app
from village_node.commands.services import service_app
from village_node.commands.serving import add_serve_command
from village_node.commands.signing import add_sign_command, signing_app
from village_node.commands.spreadsheets import add_spreadsheet_commands

__all__ = ["letter_app", "service_app", "sync_app", "village_app"]

village_app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Village office: import, look up, record, report.",
    epilog="Example: kampung village status --dir desa",
)
add_office_commands(village_app)
add_keeping_commands(village_app)
add_spreadsheet_commands(village_app)
add_book_command(village_app)
add_serve_command(village_app)
add_practice_command(village_app)
village_app.add_typer(resident_app, name="resident")
village_app.add_typer(household_app, name="household")
village_app.add_typer(event_app, name="event")
village_app.add_typer(request_app, name="request")
village_app.add_typer(village_letter_app, name="letter")
village_app.add_typer(attach_app, name="attach")
village_app.add_typer(officer_app, name="officer")
village_app.add_typer(signing_app, name="signing")
add_sign_command(village_letter_app)
