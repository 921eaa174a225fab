"""Let one process at a time do a piece of work: a lock on a file, which the system drops when the process dies.

Decides nothing about what is done.  Never waits: who comes second is told so at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import RefusedError

if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_run(path: Path, what: str) -> Iterator[None]:
    """Hold the lock while the block runs; raises RefusedError "already-running" if somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            _take(descriptor)
        except OSError as error:
            raise RefusedError(
                f"{what} is already running in another process",
                code="already-running",
                hint="Wait until it has finished.",
            ) from error
        yield
    finally:
        os.close(descriptor)
