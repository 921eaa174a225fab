"""A district and a village with a bad line between them: in network namespaces of their own where they can be made."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.syncing import VILLAGE_CODE, served
from district_hub.clock import now_ms
from district_hub.config import HubConfig
from district_hub.hub import Hub, create_hub
from schemas.errors import TransportError
from tests.e2e.network.line import BadLine, opened_line
from tests.e2e.network.namespaces import HUB_ADDRESS, Networks, entered, networks, why_not
from tests.e2e.network.profiles import FIBRE, Profile
from village_node import clock
from village_node.carriers.http import HttpCarrier
from village_node.enrolment import ask_hub, start_enrolment
from village_node.entry_states import entry_counts
from village_node.store import NodeStore
from village_node.syncer import SyncResult, synchronise

JOURNAL_BYTES_MIN = 4 * 1024
"""A message longer than this carries more than questions."""


@dataclass
class Watched:
    """An HTTP carrier that writes down what crossed whole, and what the hub had already when it was sent again."""

    store: NodeStore
    hub: Hub
    http: HttpCarrier
    sent: int = 0
    broken: int = 0
    bytes_down: int = 0
    sent_again: list[int] = field(default_factory=list)
    name: str = "http"

    def exchange(self, request: bytes) -> bytes:
        state = self.store.state()
        with self.hub.store.reading() as reader:
            tips = [seq for one in reader.replicas() if one.replica_id == state.replica_id for seq, _ in one.tips]
        if len(request) > JOURNAL_BYTES_MIN and max(tips, default=0) > state.acked_seq:
            self.sent_again.append(len(request))
        self.sent += 1
        try:
            answer = self.http.exchange(request)
        except TransportError:
            self.broken += 1
            raise
        self.bytes_down += len(answer)
        return answer


@dataclass
class Ground:
    """A hub that is served, the line to it, and the village's side of the wire."""

    folder: Path
    hub: Hub
    line: BadLine
    nets: Networks | None

    @property
    def is_real(self) -> bool:
        """Tell whether both sides stand in networks of their own."""
        return self.nets is not None

    @contextlib.contextmanager
    def village(self, profile: Profile) -> Iterator[None]:
        """Stand at the village's end of such a line."""
        with contextlib.ExitStack() as stack:
            if self.nets is not None:
                self.line.is_shaped = not self.nets.limit(profile.bits_per_s)
                stack.enter_context(entered(self.nets.village))
            self.line.set_profile(profile)
            yield
            self.line.set_profile(FIBRE)

    def enrolled(self, name: str) -> NodeStore:
        """Return a laptop of the village, enrolled over this line."""
        _, invitation = self.hub.enrolment.invite(VILLAGE_CODE, now_ms())
        pending = start_enrolment(self.folder / name, invitation)
        with self.village(FIBRE), contextlib.closing(HttpCarrier(self.line.url)) as carrier:
            ask_hub(self.folder / name, carrier)
            (request,) = self.hub.enrolment.requests()
            self.hub.enrolment.approve(request.device_id, " ".join(pending.words), now_ms())
            assert ask_hub(self.folder / name, carrier)
        return NodeStore.open(self.folder / name)

    def watched(self, store: NodeStore) -> Watched:
        """Return a carrier over this line."""
        return Watched(store, self.hub, HttpCarrier(self.line.url, connect_timeout_s=5.0, read_timeout_s=30.0))

    def assert_agreed(self, store: NodeStore) -> None:
        """Check that both sides hold the same, proven by the hub's signed head, and that nothing waits to be sent."""
        state = store.state()
        with self.hub.store.reading() as reader:
            found = reader.village(state.village_id)
            tables = reader.fingerprint_from_tables(state.village_id)
        assert found is not None
        assert (state.feed_seq, state.feed_head) == (found.state.seq, found.state.head)
        assert state.fingerprint == found.state.fingerprint == tables
        assert state.acked_seq == state.journal_seq
        assert entry_counts(store).unsent == 0


def sync_until_done(store: NodeStore, carrier: Watched, *, times: int = 1, sessions_max: int = 60) -> list[SyncResult]:
    """Begin sessions until one is done, as a schedule would; ``times`` is how much faster than life time runs."""
    results: list[SyncResult] = []
    while not results or not results[-1].finished:
        assert len(results) < sessions_max, [one.code for one in results]
        results.append(
            synchronise(
                store,
                carrier,
                elapsed_ms=lambda: clock.elapsed_ms() * times,
                wait_s=lambda wait_s: time.sleep(wait_s / times),
            )
        )
    return results


@contextlib.contextmanager
def opened_ground(folder: Path) -> Iterator[Ground]:
    """Found a hub and serve it, in a network of its own if this machine lets us."""
    create_hub(folder / "hub", HubConfig(district_code="35.10"), now_ms())
    with contextlib.ExitStack() as stack:
        hub = stack.enter_context(Hub.open(folder / "hub"))
        nets = None if why_not() else stack.enter_context(networks())
        with entered(nets.hub) if nets is not None else contextlib.nullcontext():
            port = stack.enter_context(served(hub))
            address = HUB_ADDRESS if nets is not None else "127.0.0.1"
            line = stack.enter_context(opened_line(BadLine(FIBRE, ("127.0.0.1", port), address)))
        if nets is not None:
            nets.route(is_up=True)
        yield Ground(folder, hub, line, nets)
