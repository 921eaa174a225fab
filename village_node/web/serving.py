"""Serve the desk from this laptop until it is told to stop; syncs by itself meanwhile, as ``kampung sync watch`` does.

Decides where it listens (this machine only, unless asked) and that one desk a folder runs at a time.  The only place of
the node that knows uvicorn.
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from schemas.errors import ConfigError, StorageError
from village_node.accounts import Accounts
from village_node.carriers.http import HttpCarrier
from village_node.clock import now_ms
from village_node.importing import Pulled, pull_from_hub
from village_node.lock import SERVE_LOCK_FILE, held_lock
from village_node.schedule import run_forever
from village_node.store import NodeStore
from village_node.syncer import synchronise
from village_node.web.app import create_app
from village_node.web.office import Office

DEFAULT_PORT = 8351
_STOP_WAIT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the desk listens; ``tls_file`` holds key and certificates, and without it nothing but this machine may ask.

    ``hosts`` are addresses of this laptop in the office network, each listened on.
    """

    hosts: tuple[str, ...] = ("127.0.0.1",)
    port: int = DEFAULT_PORT
    tls_file: Path | None = None


class _Server(uvicorn.Server):
    """A server that says when it listens: scripts and tests wait for that line."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        scheme = "https" if self.config.is_ssl else "http"
        for listening in (one for server in self.servers for one in server.sockets):
            host, port = listening.getsockname()[:2]
            self._ready(f"{scheme}://{host}:{port}")


def make_server(app: FastAPI, listening: Listening, ready: Callable[[str], None]) -> uvicorn.Server:
    """Return a server to run on sockets that are bound; ``ready`` gets the URL of each once it listens."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        ssl_certfile=listening.tls_file,
        timeout_graceful_shutdown=_STOP_WAIT_S,
    )
    return _Server(config, ready)


def office_of(store: NodeStore) -> Office:
    """Return the office of an open store; practice and a village without a hub have nobody to sync with."""
    config = store.config

    def run_sync() -> str:
        carrier = HttpCarrier(
            config.hub_url, connect_timeout_s=config.connect_timeout_s, read_timeout_s=config.read_timeout_s
        )
        try:
            return synchronise(store, carrier).code
        finally:
            carrier.close()

    def pull_news() -> Pulled:
        pulled = pull_from_hub(store)
        assert pulled is not None, "asked only where there is a hub"
        return pulled

    accounts = Accounts(store, now_ms)
    if not config.hub_url or store.is_practice:
        return Office(store, accounts)
    return Office(store, accounts, run_sync=run_sync, pull_news=pull_news)


def serve_desk(
    store: NodeStore,
    listening: Listening,
    ready: Callable[[str], None],
    *,
    office_network: Listening | None = None,
    office_ready: Callable[[str], None] = lambda _: None,
    syncs_by_itself: bool = True,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        office_network: where others in the office reach the desk, with TLS; None for this laptop alone.

    Raises ConfigError "desk-running" if another desk of this folder runs, StorageError "port-taken".
    """
    with held_lock(store.directory / SERVE_LOCK_FILE) as is_ours:
        if not is_ours:
            raise ConfigError(
                "Meja desa ini sudah terbuka di laptop ini",
                code="desk-running",
                hint="Buka alamatnya di peramban, atau tutup yang sedang berjalan.",
            )
        office = office_of(store)
        app = create_app(office, office_network.hosts if office_network is not None else ())
        with contextlib.ExitStack() as meanwhile:
            meanwhile.callback(office.close)
            sockets = meanwhile.enter_context(_bound(listening))
            if office.run_sync is not None and syncs_by_itself:
                meanwhile.enter_context(_nights(store))
            if office_network is not None:
                meanwhile.enter_context(in_the_office(app, office_network, office_ready))
            make_server(app, listening, ready).run(sockets)


@contextlib.contextmanager
def in_the_office(app: FastAPI, listening: Listening, ready: Callable[[str], None]) -> Iterator[None]:
    """Serve the office network from a thread of its own, so that this laptop's own browser needs no certificate."""
    assert listening.tls_file is not None, "nothing leaves this machine without TLS"
    with _bound(listening) as sockets:
        server = make_server(app, listening, ready)
        thread = threading.Thread(target=server.run, args=(sockets,), name="office-network", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.should_exit = True
            thread.join(_STOP_WAIT_S)


@contextlib.contextmanager
def _bound(listening: Listening) -> Iterator[list[socket.socket]]:
    """Take the addresses ourselves: the server's own way would end the process without a word of ours."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(_bound_socket(host, listening.port)) for host in listening.hosts]


def _bound_socket(host: str, port: int) -> socket.socket:
    try:
        bound = socket.create_server((host, port))
    except OSError as error:
        raise StorageError(
            f"Alamat {host}:{port} sudah dipakai program lain, atau tidak ada di laptop ini",
            code="port-taken",
            hint="Pilih porta lain dengan --port, atau sambungkan lagi Wi-Fi.",
        ) from error
    # Connections inherit it.  asyncio sets it only for sockets that name their protocol, and without it the body of
    # an answer waits 40 ms until the browser has acknowledged the head.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bound


@contextlib.contextmanager
def _nights(store: NodeStore) -> Iterator[None]:
    """Sync each night, and when a link comes up, while the desk is open."""
    stop = threading.Event()
    thread = threading.Thread(
        target=run_forever, args=(store, stop), kwargs={"draw": random.random}, name="nights", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_WAIT_S)
