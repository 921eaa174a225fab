"""A bad line: a TCP proxy with latency, loss, cuts and, where the kernel does not limit it, bandwidth.

A lost segment is what TCP makes of it: it crosses again, and everything behind it waits a round trip longer.  A cut
resets every connection and refuses new ones for a while.  It models no congestion window, so a short exchange is a
little quicker here than on a real line.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.e2e.network.profiles import Profile

_SEGMENT_BYTES = 1400
_AHEAD_S = 0.05
"""How far sending may run ahead of the line: the buffer of a modem."""
_BUFFER_BYTES = 8 * 1024
_LOOK_S = 0.02
_SECONDS_MAX = 20.0


@dataclass
class BadLine:
    """Carries connections to one address while it is open; ``bytes_up`` and ``bytes_down`` count what got through."""

    profile: Profile
    target: tuple[str, int]
    listen: str = "127.0.0.1"
    is_shaped: bool = True
    seed: int = 1
    url: str = ""
    bytes_up: int = 0
    bytes_down: int = 0
    cuts: int = 0
    _is_down: bool = False
    _chance: random.Random = field(init=False)
    _free: dict[bool, float] = field(init=False, default_factory=lambda: {True: 0.0, False: 0.0})
    _open: set[asyncio.StreamWriter] = field(init=False, default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(init=False, default_factory=set)
    _stopped: asyncio.Event = field(init=False)
    _loop: asyncio.AbstractEventLoop = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def set_profile(self, profile: Profile) -> None:
        """Let the line be another from now on."""
        self._loop.call_soon_threadsafe(self._become, profile)

    def _become(self, profile: Profile) -> None:
        self.profile, self._is_down = profile, False

    # -- in the line's own thread

    def run(self, is_ready: threading.Event) -> None:
        """Carry until stopped."""
        asyncio.run(self._serve(is_ready))

    def stop(self) -> None:
        """End ``run`` from another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self, is_ready: threading.Event) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, self.listen, 0)
        host, port = server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        is_ready.set()
        cutting = asyncio.create_task(self._cut_again_and_again())
        await self._stopped.wait()
        cutting.cancel()
        server.close()
        self._reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(cutting, *self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # closed transports say goodbye in the loop's next round

    async def _cut_again_and_again(self) -> None:
        profile, since = self.profile, self._loop.time()
        while True:
            await asyncio.sleep(_LOOK_S)
            if self.profile is not profile:
                profile, since = self.profile, self._loop.time()
            if profile.cut_every_s is None:
                continue
            up_s = self._loop.time() - since
            if not self._is_down and up_s >= profile.cut_every_s:
                self._is_down = True
                self.cuts += 1
                self._reset()
            elif up_s >= profile.cut_every_s + profile.cut_for_s:
                self._is_down, since = False, self._loop.time()

    def _reset(self) -> None:
        for writer in self._open:
            # Without this the kernel would still deliver what it has been given.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_down:
            writer.transport.abort()
            return
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._carry(reader, writer)
        self._open.discard(writer)
        writer.transport.abort()
        self._tasks.discard(task)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
        await asyncio.sleep(self.profile.round_trip_s)  # the handshake
        to_read, to_write = await asyncio.open_connection(*self.target)
        self._open.add(to_write)
        for one in (writer, to_write):
            # Then "drained" means delivered: the hub closes an idle connection while its answer is still on the way,
            # and what lay in a buffer here would be lost with the abort at the end.
            one.transport.set_write_buffer_limits(high=0)
        pumps = [
            asyncio.create_task(self._pump(reader, to_write, is_up=True)),
            asyncio.create_task(self._pump(to_read, writer, is_up=False)),
        ]
        try:
            # Either end that closes ends both: HTTP of ours has no half-closed connections.
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._open.discard(to_write)
            to_write.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool) -> None:
        on_the_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.create_task(self._deliver(on_the_way, writer, is_up=is_up))
        due = 0.0
        try:
            while segment := await reader.read(_SEGMENT_BYTES):
                due = max(due, self._arrival(len(segment), is_up=is_up))
                on_the_way.put_nowait((due, segment))
                if (ahead_s := self._free[is_up] - self._loop.time()) > _AHEAD_S:
                    await asyncio.sleep(ahead_s - _AHEAD_S)
            on_the_way.put_nowait((due, b""))
            await delivering
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)

    def _arrival(self, size: int, *, is_up: bool) -> float:
        """Return when a segment that is sent now gets there."""
        line, tries = self.profile, 1 + (self._chance.random() < self.profile.loss)
        crossing_s = size * 8 / line.bits_per_s if self.is_shaped else 0.0
        self._free[is_up] = max(self._loop.time(), self._free[is_up]) + tries * crossing_s
        return self._free[is_up] + line.round_trip_s * (tries - 0.5)

    async def _deliver(
        self, on_the_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, *, is_up: bool
    ) -> None:
        while True:
            due, segment = await on_the_way.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            if not segment:
                return
            writer.write(segment)
            await writer.drain()
            if is_up:
                self.bytes_up += len(segment)
            else:
                self.bytes_down += len(segment)


@contextlib.contextmanager
def opened_line(line: BadLine) -> Iterator[BadLine]:
    """Carry in a thread of its own, in the network namespace of the caller, as long as the block lasts."""
    is_ready = threading.Event()
    carrying = threading.Thread(target=line.run, args=(is_ready,), daemon=True, name="bad-line")
    carrying.start()
    assert is_ready.wait(_SECONDS_MAX), "the line does not listen"
    try:
        yield line
    finally:
        line.stop()
        carrying.join(_SECONDS_MAX)
