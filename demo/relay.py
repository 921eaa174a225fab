"""Stand between a village and the hub on the loopback network, and count what really crosses.

Decides nothing: bytes pass unchanged.  It is there because a killed process reports nothing, so only the wire knows how
many bytes its session took; and because "in mid-sync" can then be a fact (so many bytes have crossed), not a guess.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Literal, Self

Direction = Literal["up", "down"]

_CHUNK_BYTES = 64 * 1024
_SECONDS_MAX = 10.0


class Relay:
    """Forwards connections to one port of this machine, as long as the ``with`` block lasts."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._counts: dict[Direction, int] = {"up": 0, "down": 0}
        self._alarms: list[tuple[Direction, int, Callable[[], object]]] = []
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Return the address that the village uses as its hub's."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def bytes_up(self) -> int:
        """Return the bytes that went from the village to the hub, HTTP included."""
        return self._counts["up"]

    @property
    def bytes_down(self) -> int:
        """Return the bytes that went from the hub to the village, HTTP included."""
        return self._counts["down"]

    def when(self, direction: Direction, count: int, act: Callable[[], object]) -> None:
        """Call ``act`` once so many more bytes have come; the last of them wait until it returns."""
        with self._lock:
            self._alarms.append((direction, self._counts[direction] + count, act))

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Closing alone does not wake a thread that waits in accept or recv; shutting down does.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(_SECONDS_MAX)

    def _spawn(self, work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def _accept(self) -> None:
        while True:
            try:
                village, _ = self._listener.accept()
            except OSError:
                return
            self._spawn(lambda village=village: self._connect(village))  # type: ignore[misc]

    def _connect(self, village: socket.socket) -> None:
        with village:
            try:
                hub = socket.create_connection(self._target, _SECONDS_MAX)
            except OSError:
                return
            with hub:
                hub.settimeout(None)
                with self._lock:
                    self._open |= {village, hub}
                answers = self._spawn(lambda: self._pump("down", hub, village))
                self._pump("up", village, hub)
                answers.join()
                with self._lock:
                    self._open -= {village, hub}

    def _pump(self, direction: Direction, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                self._count(direction, len(chunk))
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def _count(self, direction: Direction, count: int) -> None:
        with self._lock:
            self._counts[direction] += count
            ready = [one for one in self._alarms if one[0] == direction and one[1] <= self._counts[direction]]
            self._alarms = [one for one in self._alarms if one not in ready]
        for _, _, act in ready:
            act()
