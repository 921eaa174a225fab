"""Write files that must outlive a power cut, and hold a lock between processes; the one place that knows how.

Decides nothing about contents.  Appended lines are synced before the call returns: commit, then speak.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from schemas.errors import DiskFullError, StorageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_DISK_FULL = 28  # ENOSPC, the same on every system we run on


def make_private_directory(path: Path) -> None:
    """Make a directory that only its owner may enter; one that is there stays."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file as a whole, readable by its owner only; raises DiskFullError or StorageError."""
    draft = path.with_name(path.name + ".part")
    with _ours(path):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_directory(path.parent)


def append_line(path: Path, line: bytes, *, at: int | None = None) -> int:
    """Append one line durably and return the file's new size; ``at`` cuts off what a torn write left behind it.

    Without ``at`` a torn line stays, ended, for people to look at.  Raises DiskFullError or StorageError; a line that
    did not fit whole is taken back.
    """
    with _ours(path):
        is_new = not path.exists()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            start = file.seek(0, os.SEEK_END) if at is None else at
            try:
                file.truncate(start)
                file.seek(start)
                file.write(_ending(file, start) + line + b"\n")
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                file.truncate(start)
                raise
            size = file.tell()
        if is_new:
            _sync_directory(path.parent)
        return size


def _ending(file: BinaryIO, start: int) -> bytes:
    if start == 0:
        return b""
    file.seek(start - 1)
    return b"" if file.read(1) == b"\n" else b"\n"


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, whatever happens to it; waits for another holder."""
    with _ours(path), path.open("ab") as file:
        _lock(file.fileno())
        yield


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _sync_directory(path: Path) -> None:
    if sys.platform != "win32":  # a rename is durable when its directory is; Windows has no such call
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _ours(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == _DISK_FULL:
            raise DiskFullError(f"the disk is full: {path}", hint="Free some space, then try again.") from error
        raise StorageError(f"{path}: {error.strerror}") from error
