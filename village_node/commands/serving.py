"""``kampung village serve``: the officer's desk in the browser of this laptop."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated

import typer

from village_node.commands.options import DEFAULT_DIRECTORY, Directory, environment, say

if TYPE_CHECKING:
    from village_node.store import NodeStore
    from village_node.web.serving import Listening


def add_serve_command(app: typer.Typer) -> None:
    """Add ``serve`` to ``kampung village``."""
    app.command("serve", epilog="Example: kampung village serve --dir desa")(serve)


def serve(
    directory: Directory = DEFAULT_DIRECTORY,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes any free one.")] = 8351,
    open_browser: Annotated[bool, typer.Option("--browser", help="Open the desk in the browser as well.")] = False,
    wifi: Annotated[
        bool | None,
        typer.Option("--wifi/--no-wifi", help="Open it to the office Wi-Fi too, with TLS; as set if left out."),
    ] = None,
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

    with NodeStore.open(directory, environment()) as store, contextlib.suppress(KeyboardInterrupt):
        office_network = _office_network(store, port) if _is_wanted(store, wifi) else None

        def ready(url: str) -> None:
            typer.echo(f"siap: {url}")
            if office_network is None:
                say("Meja desa terbuka di laptop ini saja. Tutup dengan Ctrl+C.")
            if open_browser:
                webbrowser.open(url)

        serve_desk(
            store,
            Listening(port=port),
            ready,
            office_network=office_network,
            office_ready=lambda url: say(f"Dari ponsel dan laptop lain di kantor: {url}"),
            syncs_by_itself=nightly,
        )


def _is_wanted(store: NodeStore, wifi: bool | None) -> bool:
    from village_node.settings import DeskSettings, read

    if wifi is not None:
        return wifi
    with store.local_reading() as connection:
        return read(connection, DeskSettings).is_open_to_wifi


def _office_network(store: NodeStore, port: int) -> Listening | None:
    """Return where the office reaches the desk, None where there is no network; tells the words to compare.

    Raises ConfigError "officer-none" while nobody has an account: the first to come would be the head of the village.
    """
    from schemas.errors import ConfigError
    from village_node.accounts import Accounts
    from village_node.clock import now_ms
    from village_node.local_tls import desk_tls, office_addresses
    from village_node.web.serving import Listening

    if Accounts(store, now_ms).is_empty():
        raise ConfigError(
            "Belum ada petugas; meja belum dapat dibuka ke Wi-Fi",
            code="officer-none",
            hint="Tambah dahulu: `kampung village officer add NAMA --role head`.",
        )
    addresses = office_addresses()
    if not addresses:
        say("Laptop ini tidak tersambung ke jaringan kantor.")
        return None
    # A clock that a flat battery set back would make a certificate that no phone takes.
    tls = desk_tls(store.directory, addresses, max(now_ms(), store.state().hub_time_ms), name=store.config.village_name)
    say("Meja desa terbuka di laptop ini dan di Wi-Fi kantor. Tutup dengan Ctrl+C.")
    say(f"Sertifikat untuk ponsel: {tls.authority_file}. Enam katanya: {' '.join(tls.words)}")
    return Listening(hosts=addresses, port=port + 1 if port else 0, tls_file=tls.desk_file)
