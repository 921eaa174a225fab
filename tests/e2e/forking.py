"""A process that has the product loaded and forks a child for each order: a death then costs milliseconds, not a start.

Runs as ``python -m tests.e2e.forking FD``; orders come over the socket FD with the pipe that the child reports to.  A
child may be told to die (SIGKILL, by its own hand) just before or just after its n-th call of a kind that reaches disk
or wire: such deaths can be repeated exactly.  The other end is ``mortals``; what a child does is ``deeds``.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

ORDER_BYTES_MAX = 65_536

_KINDS = {
    **dict.fromkeys(("Cursor.execute", "Cursor.executemany"), "statement"),
    **dict.fromkeys(("Connection.commit", "Connection.backup"), "commit"),
    **dict.fromkeys(("fsync", "replace", "unlink", "BufferedWriter.write", "BufferedRandom.write"), "file"),
    **dict.fromkeys(("socket.send", "socket.sendall", "socket.recv", "socket.recv_into"), "wire"),
}
"""Calls by their qualified names in the C modules below us."""


class Watch:
    """Counts a child's calls by kind; ends the child at the one that it was told."""

    def __init__(self, kind: str = "", number: int = 0, *, is_after: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        self._kind = kind
        self._number = number
        self._moment = "c_return" if is_after else "c_call"

    def begin(self) -> None:
        """Watch every thread from now on."""
        threading.setprofile(self._see)
        sys.setprofile(self._see)

    def end(self) -> None:
        """Watch no longer."""
        sys.setprofile(None)
        threading.setprofile(None)

    def _see(self, _frame: FrameType, event: str, called: Any) -> None:
        if not event.startswith("c_"):
            return
        kind = _KINDS.get(getattr(called, "__qualname__", ""))
        if kind is None:
            return
        if event == "c_call":
            self.counts[kind] += 1
        if event == self._moment and kind == self._kind and self.counts[kind] == self._number:
            os.kill(os.getpid(), signal.SIGKILL)


def _live(order: dict[str, Any], pipe: int) -> None:
    """Do one deed and report; the last line says how it ended."""
    from schemas.errors import VillageSyncError
    from tests.e2e.deeds import DEEDS

    def report(**tree: Any) -> None:
        os.write(pipe, json.dumps(tree).encode() + b"\n")

    watch = Watch(*order["dies"][:2], is_after=order["dies"][2]) if order["dies"] else Watch()
    deed: Callable[..., None] = DEEDS[order["deed"]]
    try:
        if order["is_watched"]:
            watch.begin()
        deed(Path(order["folder"]), report, **order["words"])
        watch.end()
    except VillageSyncError as error:
        watch.end()
        report(end="refused", code=error.code, exit_code=error.exit_code, message=error.message)
    except BaseException:  # noqa: BLE001 - a child's bug must reach the test that ordered it
        watch.end()
        report(end="bug", message=traceback.format_exc()[-3000:])
    else:
        report(end="done", counts=dict(watch.counts))


def serve(orders: socket.socket) -> None:
    """Fork a child for each order until the other end hangs up; then end those that are left."""
    children: set[int] = set()
    while True:
        raw, handles, _, _ = socket.recv_fds(orders, ORDER_BYTES_MAX, 1)
        if not raw:
            break
        children = {pid for pid in children if os.waitpid(pid, os.WNOHANG) == (0, 0)}
        pid = os.fork()
        if pid == 0:
            orders.close()
            _live(json.loads(raw), handles[0])
            os._exit(0)
        os.close(handles[0])
        children.add(pid)
        orders.send(str(pid).encode())
    for pid in children:
        if os.waitpid(pid, os.WNOHANG) == (0, 0):
            os.kill(pid, signal.SIGKILL)


def main() -> None:
    """Load the product, then serve."""
    from tests.e2e import deeds

    assert deeds.DEEDS
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as orders:
        orders.send(b"ready")
        serve(orders)


if __name__ == "__main__":
    main()
