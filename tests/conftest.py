"""What every test stands on: Hypothesis profiles, and no network beyond this machine.

Decides how many examples a law is tried with and which sockets a test may open; holds no fixtures of the domain.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# Under coverage, and with other work on the machine, wall time says nothing about an example: no deadlines.
_QUIET = (HealthCheck.too_slow,)
settings.register_profile("dev", max_examples=40, deadline=None, print_blob=True, suppress_health_check=_QUIET)
# The same examples each time: what gates a change must not pass or fail by luck, nor may the coverage it measures.
settings.register_profile(
    "ci", max_examples=60, deadline=None, print_blob=True, suppress_health_check=_QUIET, derandomize=True
)
settings.register_profile("nightly", max_examples=1000, deadline=None, print_blob=True, suppress_health_check=_QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


class NetworkForbiddenError(AssertionError):
    """A test tried to leave this machine."""


def _is_this_machine(host: str) -> bool:
    if host in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _network() -> str:
    """Name the network namespace in which this thread stands; empty where there are none."""
    try:
        return str(Path("/proc/thread-self/ns/net").readlink())
    except OSError:
        return ""


_HOME = _network()


def _refuse_strangers(family: int, address: Any) -> None:
    # Unix and netlink sockets have no host: they cannot leave the machine.  Nor can anything in a namespace that a
    # test has made: no wire leads out of it.
    is_stranger = family in {socket.AF_INET, socket.AF_INET6} and not _is_this_machine(str(address[0]))
    if is_stranger and _network() == _HOME:
        raise NetworkForbiddenError(f"a test tried to reach {address!r}")


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse every connection and look-up that would leave this machine."""
    connect, connect_ex, sendto = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    getaddrinfo = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _refuse_strangers(self.family, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _refuse_strangers(self.family, address)
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, *arguments: Any) -> int:
        _refuse_strangers(self.family, arguments[-1])
        return sendto(self, *arguments)

    def guarded_getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        # A numeric address asks no name server; connecting to it is refused above.
        if not (_is_this_machine(name) or name.replace(".", "").isdigit() or ":" in name):
            raise NetworkForbiddenError(f"a test tried to look up {name!r}")
        return getaddrinfo(host, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket.socket, "sendto", guarded_sendto)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield
