"""Tell when the machine gains or loses a way to the network: the only place that knows pyroute2.

A link is up while some interface other than loopback runs and a default route leads out through one.  That says nothing
of the hub: trying is the schedule's.  On Linux the kernel tells changes at once, through netlink; elsewhere, and where
netlink is closed to us, the routing table is asked every few seconds.
"""

from __future__ import annotations

import logging
import select
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

POLL_S = 5.0
"""How often a machine without netlink looks; nobody waits for a sync by the second."""
STOP_CHECK_S = 1.0
"""How often a watch that waits for the kernel looks whether it should stop."""

_IFF_LOOPBACK, _IFF_RUNNING = 0x8, 0x40
_PROBES = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that exist nowhere (RFC 5737, RFC 3849): connecting a UDP socket only looks the route up."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LinkUp:
    """There is a way out."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """There is none any more."""


LinkEvent = LinkUp | LinkDown


def watch_link(stop: threading.Event) -> Iterator[LinkEvent]:
    """Give the present state first, then each change, until ``stop`` is set."""
    if sys.platform.startswith("linux"):
        try:
            with _opened_netlink() as netlink:
                yield from _changes(stop, netlink.is_up, netlink.wait)
                return
        except OSError as error:
            _log.warning("event=netlink-unavailable error=%s", error)
    yield from poll_link(stop)


def poll_link(
    stop: threading.Event, *, is_up: Callable[[], bool] | None = None, poll_s: float = POLL_S
) -> Iterator[LinkEvent]:
    """Give the present state first, then each change that a look every few seconds finds."""
    yield from _changes(stop, is_up or has_route, lambda: stop.wait(poll_s))


def _changes(stop: threading.Event, is_up: Callable[[], bool], wait: Callable[[], object]) -> Iterator[LinkEvent]:
    known: bool | None = None
    while not stop.is_set():
        now = is_up()
        if now is not known:
            known = now
            yield LinkUp() if now else LinkDown()
        wait()


def has_route() -> bool:
    """Tell whether the system would know where to send a packet for the wide world; sends none."""
    for family, address in _PROBES:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((address, 9))
            except OSError:
                continue
            return True
    return False


# -- netlink


class _Netlink:
    """The kernel's tables of links and routes, and its word that they have changed."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel

    def is_up(self) -> bool:
        """Tell whether a default route leads out through a running interface."""
        running = {
            link["index"]
            for link in self._kernel.get_links()
            if link["flags"] & _IFF_RUNNING and not link["flags"] & _IFF_LOOPBACK
        }
        routes = (route for family in (socket.AF_INET, socket.AF_INET6) for route in self._kernel.get_routes(family))
        return any(route["dst_len"] == 0 and _interfaces(route) & running for route in routes)

    def wait(self) -> None:
        """Return when the kernel has told something, or after a second."""
        if select.select([self._kernel.fileno()], [], [], STOP_CHECK_S)[0]:
            for _ in self._kernel.get():
                pass  # what it was does not matter: the tables are read again


def _interfaces(route: Any) -> set[int]:
    hops = route.get_attr("RTA_MULTIPATH") or ()
    return {route.get_attr("RTA_OIF"), *(hop["oif"] for hop in hops)} - {None}


@contextmanager
def _opened_netlink() -> Iterator[_Netlink]:
    from pyroute2 import IPRoute, netlink  # noqa: PLC0415 - Linux only, and a tenth of a second
    from pyroute2.netlink import rtnl  # noqa: PLC0415

    try:
        kernel = IPRoute()
        kernel.bind(rtnl.RTMGRP_LINK | rtnl.RTMGRP_IPV4_ROUTE | rtnl.RTMGRP_IPV6_ROUTE)
    except netlink.exceptions.NetlinkError as error:
        raise OSError(str(error)) from error
    try:
        yield _Netlink(kernel)
    finally:
        kernel.close()
