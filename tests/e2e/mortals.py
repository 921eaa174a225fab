"""Order deeds from a process that forks, kill them when they least expect it, and read what they had reported.

What a deed reported before its death came through a pipe, which outlives it: that is the promise it is held to.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.forking import ORDER_BYTES_MAX

_ROOT = Path(__file__).parents[2]
_SECONDS_MAX = 60.0

Death = tuple[str, int, bool]
"""Kind of call, which one of them, and whether after it rather than before."""


@dataclass
class Mortal:
    """One forked process; ``said`` is what it has reported so far."""

    pid: int
    pipe: int
    said: list[dict[str, Any]] = field(default_factory=list)
    is_over: bool = False
    _rest: bytes = b""

    @property
    def end(self) -> dict[str, Any] | None:
        """Return its last words; None if it died without."""
        return self.said[-1] if self.said and "end" in self.said[-1] else None

    def heard(self, name: str) -> list[Any]:
        """Return everything that was reported under a name."""
        return [one[name] for one in self.said if name in one]

    def listen(self, seconds: float) -> bool:
        """Take in what is reported for so long at most; tell whether the process is over."""
        until = time.monotonic() + seconds
        while not self.is_over:
            left = until - time.monotonic()
            ready, _, _ = select.select([self.pipe], [], [], max(0.0, left))
            if not ready:
                break
            self._take(os.read(self.pipe, 65_536))
        return self.is_over

    def wait_for(self, name: str) -> Any:
        """Wait until something is reported under a name, and return it."""
        until = time.monotonic() + _SECONDS_MAX
        while not self.heard(name) and not self.is_over and time.monotonic() < until:
            if select.select([self.pipe], [], [], 1.0)[0]:
                self._take(os.read(self.pipe, 65_536))
        assert self.heard(name), f"never reported {name}: {self.said}"
        return self.heard(name)[0]

    def finish(self) -> dict[str, Any]:
        """Wait for a natural end and return the last words."""
        assert self.listen(_SECONDS_MAX), "still at it"
        assert self.end is not None, "died without a word"
        assert self.end["end"] != "bug", self.end["message"]
        return self.end

    def kill(self) -> None:
        """End the process at once, and read what it had reported."""
        if not self.listen(0):
            os.kill(self.pid, signal.SIGKILL)
        assert self.listen(_SECONDS_MAX)

    def _take(self, chunk: bytes) -> None:
        if not chunk:
            self.is_over = True
            os.close(self.pipe)
            return
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self.said += [json.loads(line) for line in lines]


class Mortals:
    """The forking process, with the product loaded."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders

    def begin(
        self, deed: str, folder: Path, *, dies: Death | None = None, is_watched: bool = False, **words: Any
    ) -> Mortal:
        """Begin a deed in a process of its own; ``is_watched`` counts its calls, which makes it slower."""
        order = {
            "deed": deed,
            "folder": str(folder),
            "words": words,
            "dies": dies,
            "is_watched": is_watched or dies is not None,
        }
        raw = json.dumps(order).encode()
        assert len(raw) < ORDER_BYTES_MAX
        mine, its = os.pipe()
        socket.send_fds(self._orders, [raw], [its])
        os.close(its)
        return Mortal(int(self._orders.recv(32)), mine)

    def do(self, deed: str, folder: Path, **words: Any) -> Mortal:
        """Do a deed to its natural end."""
        mortal = self.begin(deed, folder, **words)
        mortal.finish()
        return mortal


@contextmanager
def warm_process() -> Iterator[Mortals]:
    """Start the forking process and end it with the block."""
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    mine.settimeout(_SECONDS_MAX)
    command = [sys.executable, "-P", "-m", "tests.e2e.forking", str(its.fileno())]
    environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
    with (
        mine,
        subprocess.Popen(
            command, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL, cwd=_ROOT, env=environment
        ) as process,
    ):
        its.close()
        assert mine.recv(32) == b"ready"
        try:
            yield Mortals(mine)
        finally:
            mine.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_SECONDS_MAX)
