"""Let one process at a time do something in a node's folder, across processes and over crashes.

Decides who holds the lock: the operating system does, so it ends with the process that held it, however that died.  The
process id in the file is only for people.  That somebody else holds it is a state, not an error.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

SYNC_LOCK_FILE = "sync.lock"
SERVE_LOCK_FILE = "serve.lock"


@contextmanager
def held_lock(path: Path) -> Iterator[bool]:
    """Give True while this block holds the lock of a file, False if somebody else does."""
    with path.open("a+b") as file:
        if not _try_lock(file):
            yield False
            return
        try:
            file.seek(0)
            file.truncate()
            file.write(str(os.getpid()).encode())
            file.flush()
            yield True
        finally:
            with contextlib.suppress(OSError):
                file.seek(0)
                file.truncate()
            _unlock(file)


def is_held(path: Path) -> bool:
    """Tell whether somebody holds the lock now; a file left behind by a process that died is nobody's."""
    if not path.exists():
        return False
    with path.open("a+b") as file:
        if not _try_lock(file):
            return True
        _unlock(file)
    return False


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
