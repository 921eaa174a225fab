"""``kampung village serve``: the officer's desk in the browser of this laptop."""

from __future__ import annotations

import contextlib
from typing import Annotated

import typer

from village_node.commands.options import DEFAULT_DIRECTORY, Directory, environment, say


def add_serve_command(app: typer.Typer) -> None:
    """Add ``serve`` to ``kampung village``."""
    app.command("serve", epilog="Example: kampung village serve --dir desa")(serve)


def serve(
    directory: Directory = DEFAULT_DIRECTORY,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one.")] = 8351,
    open_browser: Annotated[bool, typer.Option("--browser", help="Open the desk in the browser as well.")] = False,
    nightly: Annotated[bool, typer.Option(help="Sync by itself meanwhile.")] = True,
) -> None:
    """Open the desk on this laptop; says "siap: URL" when it listens, and stops on Ctrl+C."""
    import logging
    import webbrowser

    from village_node.store import NodeStore
    from village_node.web.serving import Listening, serve_desk

    logging.basicConfig(level=logging.INFO, format="%(asctime)s level=%(levelname)s %(message)s")
    for chatty in ("apscheduler", "asyncio", "uvicorn", "multipart"):
        logging.getLogger(chatty).setLevel(logging.WARNING)

    def ready(url: str) -> None:
        typer.echo(f"siap: {url}")
        if open_browser:
            webbrowser.open(url)

    with NodeStore.open(directory, environment()) as store, contextlib.suppress(KeyboardInterrupt):
        say("Meja desa terbuka di laptop ini saja. Tutup dengan Ctrl+C.")
        serve_desk(store, Listening(port=port), ready, syncs_by_itself=nightly)
