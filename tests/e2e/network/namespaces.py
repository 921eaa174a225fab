"""Two network namespaces of our own with a wire between them: a district office and a village office.

Made with pyroute2, removed afterwards; nothing outside of them is touched.  The hub's address lies behind the village's
default route, so a village without that route has no network, as in life.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

HUB_ADDRESS = "10.77.9.1"
_GATEWAY, _VILLAGE = "10.77.0.1", "10.77.0.2"
_BURST_BYTES = 16 * 1024
_QUEUE_BYTES = 16 * 1024


@dataclass(slots=True)
class Networks:
    """The names of both namespaces, and what can be done to the wire."""

    hub: str
    village: str
    is_shaped: bool = False

    def route(self, *, is_up: bool) -> None:
        """Give the village its way out, or take it."""
        with entered(self.village), _routing() as routing:
            routing.route("add" if is_up else "del", dst="default", gateway=_GATEWAY)

    def limit(self, bits_per_s: int) -> bool:
        """Limit the wire in both directions by the kernel's token bucket; False where the kernel has none."""
        from pyroute2.netlink.exceptions import NetlinkError

        try:
            for namespace, name in ((self.hub, "kmp-hub"), (self.village, "kmp-desa")):
                with entered(namespace), _routing() as routing:
                    index = routing.link_lookup(ifname=name)[0]
                    bucket = {"rate": bits_per_s // 8, "burst": _BURST_BYTES, "limit": _QUEUE_BYTES}
                    routing.tc("replace", "tbf", index, handle=0x10000, parent=0xFFFFFFFF, **bucket)
        except NetlinkError:
            self.is_shaped = False
        else:
            self.is_shaped = True
        return self.is_shaped


def why_not() -> str:
    """Tell why this machine lets us make no namespaces; empty if it does."""
    if not sys.platform.startswith("linux"):
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    try:
        with networks():
            return ""
    except Exception as error:  # noqa: BLE001 - containers forbid it in many ways; the reason is told, not judged
        return f"no network namespaces here: {error!r}"


@contextlib.contextmanager
def networks() -> Iterator[Networks]:
    """Make both namespaces and the wire; the village has no way out yet."""
    from pyroute2 import netns

    both = Networks(f"kmp-{os.getpid()}-hub", f"kmp-{os.getpid()}-desa")
    made: list[str] = []
    try:
        for name in (both.hub, both.village):
            netns.create(name)
            made.append(name)
        with entered(both.hub), _routing() as routing:
            routing.link("add", ifname="kmp-hub", kind="veth", peer={"ifname": "kmp-desa", "net_ns_fd": both.village})
            _up(routing, "lo", HUB_ADDRESS, 32)
            _up(routing, "kmp-hub", _GATEWAY, 30)
        with entered(both.village), _routing() as routing:
            _up(routing, "lo")
            _up(routing, "kmp-desa", _VILLAGE, 30)
        yield both
    finally:
        for name in made:
            netns.remove(name)


@contextlib.contextmanager
def entered(namespace: str) -> Iterator[None]:
    """Stand in a namespace with this thread; threads and processes begun here stay in it."""
    from pyroute2 import netns

    netns.pushns(namespace)
    try:
        yield
    finally:
        netns.popns()


@contextlib.contextmanager
def _routing() -> Iterator[Any]:
    from pyroute2 import IPRoute

    routing = IPRoute()
    try:
        yield routing
    finally:
        routing.close()


def _up(routing: Any, name: str, address: str = "", prefix: int = 0) -> None:
    index = routing.link_lookup(ifname=name)[0]
    if address:
        routing.addr("add", index=index, address=address, prefixlen=prefix)
    routing.link("set", index=index, state="up")
