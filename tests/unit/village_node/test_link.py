"""The link watch: the present state first, then each change, told by the kernel or found by looking."""

from __future__ import annotations

import ctypes
import itertools
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from village_node import link
from village_node.link import LinkDown, LinkEvent, LinkUp, has_route, poll_link, watch_link

CLONE_NEWNET = 0x40000000


def test_the_poller_tells_the_state_and_then_changes_only() -> None:
    stop = threading.Event()
    states = iter([True, True, False, False, True])

    def is_up() -> bool:
        try:
            return next(states)
        except StopIteration:
            stop.set()
            return True

    assert list(poll_link(stop, is_up=is_up, poll_s=0.001)) == [LinkUp(), LinkDown(), LinkUp()]


def test_a_stopped_watch_ends() -> None:
    stop = threading.Event()
    stop.set()
    assert list(watch_link(stop)) == []


def test_where_netlink_is_closed_the_poller_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def closed() -> Any:
        raise PermissionError("not for you")

    monkeypatch.setattr(link, "_opened_netlink", closed)
    monkeypatch.setattr(link, "_PROBES", ())
    stop = threading.Event()
    assert list(itertools.islice(watch_link(stop), 1)) == [LinkDown()]


def test_the_routing_table_is_asked_without_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "_PROBES", ((socket.AF_INET, "127.0.0.1"),))
    assert has_route()
    monkeypatch.setattr(link, "_PROBES", ())
    assert not has_route()


class _OtherNetwork:
    """A network namespace that only the calling thread and the threads it starts are in."""

    def __init__(self) -> None:
        from pyroute2 import IPRoute

        if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        self.kernel = IPRoute()
        self.kernel.link("add", ifname="kampung0", kind="veth", peer="kampung1")
        self.index, peer = (self.kernel.link_lookup(ifname=name)[0] for name in ("kampung0", "kampung1"))
        self.kernel.link("set", index=peer, state="up")

    def connect(self) -> None:
        self.kernel.link("set", index=self.index, state="up")
        self.kernel.addr("add", index=self.index, address="10.9.9.2", prefixlen=24)
        self.kernel.route("add", dst="default", gateway="10.9.9.1")

    def disconnect(self) -> None:
        self.kernel.link("set", index=self.index, state="down")


def _in_a_thread(story: Callable[[], None]) -> None:
    """Run a story in a thread of its own, since a namespace belongs to a thread; its failure is this test's."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            story()
        except BaseException as error:  # noqa: BLE001 - handed over to the test
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    if failures:
        raise failures[0]


def _wait_for(events: list[LinkEvent], count: int) -> None:
    deadline = time.monotonic() + 10
    while len(events) < count and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(events) == count


@pytest.fixture
def netlink_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the poller fail, so that only the kernel's word can pass."""

    def refuse(_: threading.Event) -> Iterator[LinkEvent]:
        raise AssertionError("the poller was asked")

    monkeypatch.setattr(link, "poll_link", refuse)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="netlink is Linux only")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="network namespaces need root")
def test_the_kernel_tells_when_a_default_route_comes_and_goes(netlink_only: None) -> None:
    from pyroute2.netlink.exceptions import NetlinkError

    def story() -> None:
        network = _OtherNetwork()
        stop, events = threading.Event(), list[LinkEvent]()
        watch = threading.Thread(target=_collect, args=(stop, events), daemon=True)
        watch.start()
        _wait_for(events, 1)
        network.connect()
        _wait_for(events, 2)
        network.disconnect()
        _wait_for(events, 3)
        stop.set()
        watch.join(5)
        network.kernel.close()
        assert events == [LinkDown(), LinkUp(), LinkDown()]

    try:
        _in_a_thread(story)
    except (OSError, NetlinkError) as error:
        pytest.skip(f"no network namespace here: {error}")


def _collect(stop: threading.Event, events: list[LinkEvent]) -> None:
    events.extend(watch_link(stop))
