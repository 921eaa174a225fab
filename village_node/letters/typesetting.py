"""Keep the typesetter's process: started when first needed, given back when idle, replaced when it dies or hangs.

Decides how long an order may take and how much memory is bought for speed: one process, which ends after a minute
without work and after some hundred letters.  Whoever asks waits at most its patience and then is told; the process that
did not answer is ended by its own handle.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from schemas.errors import StorageError

_TYPESETTER = Path(__file__).with_name("typesetter.py")
_LENGTH = struct.Struct(">I")
_ANSWER_BYTES_MAX = 1024 * 1024
_PAGE_BYTES_MAX = 64 * 1024 * 1024
_END_WAIT_S = 5.0

IDLE_S = 60.0
"""How long the process may sit about; a pause at the counter is shorter, a break is longer."""
PATIENCE_S = 60.0
ORDERS_MAX = 200
"""After so many letters the process is replaced, whatever a library of it has kept."""


class TypesetterDiedError(Exception):
    """The process ended in the middle of an order; caught where an order is tried again."""


class Typesetter:
    """One process that sets letters, one order at a time; any thread may ask.

    Args:
        idle_s: seconds without work after which the process ends; the next order starts another.
    """

    def __init__(self, *, idle_s: float = IDLE_S, command: tuple[str, ...] = ()) -> None:
        # -P: the folder of the script is no place to import from.
        self._command = command or (sys.executable, "-P", str(_TYPESETTER))
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._set_count = 0
        self._idle: threading.Timer | None = None
        self._is_closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def process_id(self) -> int | None:
        """Return the process that stands ready, None if there is none."""
        process = self._process
        return process.pid if process is not None else None

    def set_pages(self, order: Mapping[str, str], *, patience_s: float = PATIENCE_S) -> list[bytes]:
        """Return the pages of an order; raises StorageError "typesetter-failed" or "typesetter-slow"."""
        if not self._lock.acquire(timeout=patience_s):
            raise _slow()
        try:
            was_new = self._process is None
            try:
                return self._ask(order, patience_s)
            except TypesetterDiedError as error:
                if was_new:
                    raise _failed("proses penata huruf berhenti") from error
            try:
                # It died while it waited, as whatever is idle may under low memory: that is not this letter's doing.
                return self._ask(order, patience_s)
            except TypesetterDiedError as error:
                raise _failed("proses penata huruf berhenti") from error
        finally:
            self._wait_idle()
            self._lock.release()

    def close(self) -> None:
        """End the process, and start none any more."""
        with self._lock:
            self._is_closed = True
            self._forget_timer()
            self._end()

    def _ask(self, order: Mapping[str, str], patience_s: float) -> list[bytes]:
        self._forget_timer()
        process = self._ready()
        assert process.stdin is not None
        late = threading.Event()

        def too_late() -> None:
            late.set()
            process.kill()  # the read below then ends

        alarm = threading.Timer(patience_s, too_late)
        alarm.daemon = True
        alarm.start()
        try:
            raw = json.dumps(dict(order)).encode()
            process.stdin.write(_LENGTH.pack(len(raw)) + raw)
            process.stdin.flush()
            pages = _answer_of(process)
        except (OSError, ValueError, TypesetterDiedError) as error:
            self._end()
            if late.is_set():
                raise _slow() from error
            raise TypesetterDiedError from error
        finally:
            alarm.cancel()
        self._set_count += 1
        if self._set_count >= ORDERS_MAX:
            self._end()
        return pages

    def _ready(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise _failed("meja sedang ditutup")
        if self._process is None:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
                    self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            except OSError as error:
                raise _failed(type(error).__name__) from error
            self._set_count = 0
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()  # without orders it ends by itself
                except OSError:
                    continue  # what it did not take in goes with it
        try:
            process.wait(_END_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _wait_idle(self) -> None:
        if self._process is not None and not self._is_closed:
            self._idle = threading.Timer(self._idle_s, self._leave)
            self._idle.daemon = True
            self._idle.start()

    def _leave(self) -> None:
        # Somebody who asks at this very moment has the lock, and then it is not idle.
        if self._lock.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._lock.release()

    def _forget_timer(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


def _answer_of(process: subprocess.Popen[bytes]) -> list[bytes]:
    said = json.loads(_read(process, _LENGTH.unpack(_read(process, _LENGTH.size, 4))[0], _ANSWER_BYTES_MAX))
    match said:
        case {"error": str(why)}:
            raise _failed(why.partition("\n")[0])
        case {"sizes": [int(), *_] as sizes}:
            return [_read(process, int(size), _PAGE_BYTES_MAX) for size in sizes]
        case _:
            raise TypesetterDiedError  # it speaks, but not to us


def _read(process: subprocess.Popen[bytes], size: int, most: int) -> bytes:
    assert process.stdout is not None
    found = process.stdout.read(size) if 0 <= size <= most else b""
    if len(found) != size:
        raise TypesetterDiedError
    return found


def _failed(why: str) -> StorageError:
    return StorageError(f"Surat tidak dapat ditata: {why}", code="typesetter-failed", hint="Coba sekali lagi.")


def _slow() -> StorageError:
    return StorageError(
        "Penata surat tidak menjawab pada waktunya",
        code="typesetter-slow",
        hint="Coba sekali lagi; bila berulang, tutup program lain di laptop ini.",
    )
