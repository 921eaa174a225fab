"""Count every byte that crosses between a village and the hub over loopback, HTTP headers included."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

_CHUNK_BYTES = 64 * 1024
_SECONDS_MAX = 10.0


class CountingProxy:
    """Forwards connections to one port of this machine; counts bytes each way and requests."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self.bytes_up = self.bytes_down = self.requests = self.connections = 0

    @property
    def url(self) -> str:
        """Return the address to use as the hub's."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def counts(self) -> tuple[int, int, int]:
        """Return bytes up, bytes down and requests so far."""
        with self._lock:
            return self.bytes_up, self.bytes_down, self.requests

    def accept(self) -> None:
        """Serve until closed."""
        while True:
            try:
                village, _ = self._listener.accept()
            except OSError:
                return
            hub = socket.create_connection(self._target, _SECONDS_MAX)
            hub.settimeout(None)
            self._open += [village, hub]
            self.connections += 1
            threading.Thread(target=self._pump, args=(village, hub, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(hub, village, False), daemon=True).start()

    def close(self) -> None:
        """End everything."""
        for one in (self._listener, *self._open):
            # Closing alone wakes no thread that waits in accept or recv.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _pump(self, source: socket.socket, sink: socket.socket, is_up: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(_CHUNK_BYTES):
                with self._lock:
                    if is_up:
                        self.bytes_up += len(chunk)
                        self.requests += chunk.startswith((b"POST ", b"GET "))
                    else:
                        self.bytes_down += len(chunk)
                sink.sendall(chunk)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def counted(port: int) -> Iterator[CountingProxy]:
    """Open a proxy for as long as the block lasts."""
    proxy = CountingProxy(port)
    accepting = threading.Thread(target=proxy.accept, daemon=True)
    accepting.start()
    try:
        yield proxy
    finally:
        proxy.close()
        accepting.join(_SECONDS_MAX)
