"""Measure sync on the wire: whole TCP payloads, HTTP headers included, sealed, signed and reviewed.

W1 is a village's first exchange, up (an import of one entry per family) and down (an empty second laptop); W2 is one
night of changes on both sides; W3 a night on which nothing happened.  The limit beside W1 is the same people as typed
columns under zstd-19, in the same run.  W2 and W3 are met twice: by the session that begins the day's connection.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from bench.nights import Night, columns, night, people
from bench.wire import CountingProxy, counted
from district_hub.clock import now_ms
from district_hub.config import HubConfig
from district_hub.corrections import Corrected, correct
from district_hub.dispatcher import dispatch_after
from district_hub.hub import Hub, create_hub
from district_hub.registrar import Registrar
from district_hub.store import HubStore
from district_hub.web import create_app, make_server
from sync_protocol.entries import EntryKind
from village_node.carriers.http import HttpCarrier
from village_node.desk import Desk
from village_node.enrolment import ask_hub, start_enrolment
from village_node.store import NodeStore
from village_node.syncer import SyncResult, synchronise

DISTRICT_CODE, VILLAGE_CODE = "35.10", "35.10.09.2004"
RESIDENTS = 8_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One session: bytes of TCP payload each way, requests, seconds from first to last."""

    bytes_up: int
    bytes_down: int
    requests: int
    seconds: float

    @property
    def bytes_total(self) -> int:
        """Return the bytes of both directions."""
        return self.bytes_up + self.bytes_down


@dataclass(frozen=True, slots=True)
class SyncFigures:
    """One run; the reference is typed columns of the same people under zstd-19, bytes without a network."""

    residents: int
    reference_bytes: int
    w1_up: Exchange
    w1_down: Exchange
    w2: Exchange
    w3: Exchange

    @property
    def ratios(self) -> dict[str, float]:
        """Return W1 over the reference."""
        return {
            "w1_up_ratio": round(self.w1_up.bytes_total / self.reference_bytes, 2),
            "w1_down_ratio": round(self.w1_down.bytes_total / self.reference_bytes, 2),
        }


@dataclass(frozen=True, slots=True)
class Village:
    """A served hub with one enrolled laptop, and the wire between them."""

    hub: Hub
    wire: CountingProxy
    folder: Path

    def enrolled(self, name: str) -> NodeStore:
        """Return another laptop of the village, enrolled through the front door."""
        directory = self.folder / name
        _, invitation = self.hub.enrolment.invite(VILLAGE_CODE, now_ms())
        pending = start_enrolment(directory, invitation)
        with contextlib.closing(HttpCarrier(self.wire.url)) as carrier:
            ask_hub(directory, carrier)
            (request,) = self.hub.enrolment.requests()
            self.hub.enrolment.approve(request.device_id, " ".join(pending.words), now_ms())
            assert ask_hub(directory, carrier), "an approved laptop is let in"
        return NodeStore.open(directory)

    def met(self, store: NodeStore) -> Exchange:
        """Run one session over a connection of its own and count it."""
        before, began = self.wire.counts, time.perf_counter()
        with contextlib.closing(HttpCarrier(self.wire.url)) as carrier:
            result: SyncResult = synchronise(store, carrier)
        assert result.finished, result.code
        seconds = round(time.perf_counter() - began, 3)
        up, down, requests = (now - then for now, then in zip(self.wire.counts, before, strict=True))
        return Exchange(up, down, requests, seconds)


def measure_sync(residents: int = RESIDENTS) -> SyncFigures:
    """Found a hub and a village, and count what crosses; takes about a minute with 8,000 residents."""
    families = people(residents, VILLAGE_CODE)
    reference = zstandard.ZstdCompressor(level=19).compress(msgspec.msgpack.encode(columns(families)))
    with tempfile.TemporaryDirectory() as name, opened_village(Path(name)) as village:
        with contextlib.closing(village.enrolled("first")) as first:
            desk = Desk(first, "BENCH")
            village.met(first)
            desk.save_many((EntryKind.IMPORT, family) for family in families)
            w1_up = village.met(first)
            village.met(first)
            spend(night(families), desk, village.hub)
            w2 = village.met(first)
            w3 = village.met(first)
        with contextlib.closing(village.enrolled("second")) as second:
            w1_down = village.met(second)
    return SyncFigures(residents, len(reference), w1_up, w1_down, w2, w3)


def spend(tonight: Night, desk: Desk, hub: Hub) -> None:
    """Let both sides do what they do on this night."""
    desk.save_many((EntryKind.CORRECTION, changes) for changes in tonight.village)
    diary: list[Mapping[str, Any]] = []
    registrar = Registrar("BENCH", diary.append)
    for one in tonight.hub:
        edits = [Corrected(field, one.shown[field], value) for field, value in one.wanted.items()]
        correct(hub.store, one.record_id, edits, reason="Akta", registrar=registrar, now_ms=now_ms())


@contextlib.contextmanager
def opened_village(folder: Path) -> Iterator[Village]:
    """Serve a new hub on loopback, behind a counting proxy."""
    create_hub(folder / "hub", HubConfig(district_code=DISTRICT_CODE), now_ms())
    with Hub.open(folder / "hub") as hub, served(hub) as port, counted(port) as wire:
        yield Village(hub, wire, folder)


@contextlib.contextmanager
def served(hub: Hub) -> Iterator[int]:
    """Serve a hub from a thread of this process; yields the port."""
    is_ready, urls = threading.Event(), list[str]()

    def ready(url: str) -> None:
        urls.append(url)
        is_ready.set()

    app = create_app(hub.receiver(_dispatch), hub.enrolment)
    server = make_server(app, host="127.0.0.1", port=0, ready=ready)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    assert is_ready.wait(20), "the hub does not listen"
    try:
        yield int(urls[0].rsplit(":", 1)[1])
    finally:
        server.should_exit = True
        serving.join(20)


def _dispatch(store: HubStore, village_id: int, at_ms: int) -> None:
    dispatch_after(store, village_id, at_ms)


def to_tree(figures: SyncFigures) -> dict[str, Any]:
    """Return the figures with their sums and ratios, for JSON."""
    tree = asdict(figures)
    for name in ("w1_up", "w1_down", "w2", "w3"):
        tree[name]["bytes_total"] = getattr(figures, name).bytes_total
    return {**tree, **figures.ratios}


def to_lines(figures: SyncFigures) -> list[str]:
    """Return the figures as lines for a person."""
    lines = [f"{'residents':<10} {figures.residents:>10,}", f"{'reference':<10} {figures.reference_bytes:>10,} bytes"]
    for name in ("w1_up", "w1_down", "w2", "w3"):
        one: Exchange = getattr(figures, name)
        lines.append(
            f"{name:<10} {one.bytes_total:>10,} bytes (up {one.bytes_up:,}, down {one.bytes_down:,}),"
            f" {one.requests} requests, {one.seconds:.2f} s"
        )
    return [*lines, *(f"{name:<15} {value:>5}" for name, value in figures.ratios.items())]
