"""A real hub and real laptops in one process, with a wire between them that can lose messages and counts bytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from district_hub.config import HubConfig
from district_hub.hub import Hub, create_hub
from schemas.errors import HubUnreachableError
from tests.node_ground import NOW_MS
from village_node.enrolment import ask_hub, start_enrolment
from village_node.store import NodeStore
from village_node.syncer import SyncResult, synchronise

VILLAGE_CODE = "35.10.01.2001"


class Wire:
    """The way to the hub; ``loses(n)`` tells what happens to the n-th message: "", "request" or "answer" is lost."""

    name = "live"

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.receiver = hub.receiver(clock=lambda: self.now_ms)
        self.now_ms = NOW_MS
        self.loses: Callable[[int], str] = lambda _: ""
        self.count = self.bytes_up = self.bytes_down = 0

    def enrol(self, request: bytes) -> bytes:
        return self.hub.enrolment.receive(request, self.now_ms)

    def exchange(self, request: bytes) -> bytes:
        self.now_ms += 1
        self.count += 1
        self.bytes_up += len(request)
        fate = self.loses(self.count)
        if fate == "request":
            raise HubUnreachableError("lost on the way there")
        reply = self.receiver.handle(request, self.now_ms)
        self.bytes_down += len(reply)
        if fate == "answer":
            raise HubUnreachableError("lost on the way back")
        return reply

    def sync(self, store: NodeStore) -> SyncResult:
        """Run one session with clocks that stand still."""
        return synchronise(store, self, now_ms=lambda: self.now_ms, elapsed_ms=lambda: 0)


def founded_hub(directory: Path) -> Hub:
    """Return a new hub."""
    create_hub(directory, HubConfig(district_code="35.10"), NOW_MS - 1000)
    return Hub.open(directory)


def enrolled_laptop(wire: Wire, directory: Path, village_code: str = VILLAGE_CODE, now_ms: int = NOW_MS) -> NodeStore:
    """Return a laptop that has enrolled with the hub, through the front door."""
    _, invitation = wire.hub.enrolment.invite(village_code, now_ms)
    pending = start_enrolment(directory, invitation)
    ask_hub(directory, wire)
    (request,) = wire.hub.enrolment.requests()
    wire.hub.enrolment.approve(request.device_id, " ".join(pending.words), now_ms)
    assert ask_hub(directory, wire)
    return NodeStore.open(directory)
