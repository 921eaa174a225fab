"""Write files so that a power cut leaves the old one or the new one, never half of one.

Decides the order: content to the disk under another name, then the rename, then the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from schemas.errors import DiskFullError, StorageError

_PRIVATE = 0o600
"""What a temporary file has from its first moment."""
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def replace_file(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Put a file in place, whole and durable, or raise and leave what was there.

    Raises DiskFullError, StorageError.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if mode != _PRIVATE:
                # Sticks with FAT have no such bits and may refuse.
                with contextlib.suppress(OSError):
                    Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise storage_error(error, path) from error


def sync_file(path: Path) -> None:
    """Bring a file that was written by others to the disk; raises OSError."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where that can be had."""
    # Windows has no handle for a folder, and sticks with FAT refuse it; the rename itself is all there is then.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def storage_error(error: OSError, path: Path) -> StorageError:
    """Return our error for what the operating system said about a file."""
    if error.errno in _FULL:
        return DiskFullError(
            f"Penyimpanan penuh: {path.parent}",
            hint="Kosongkan sebagian penyimpanan, lalu ulangi. Tidak ada yang hilang.",
        )
    return StorageError(
        f"Berkas tidak dapat ditulis: {path}",
        code="file-not-written",
        hint=f"Periksa media dan izin tulisnya ({error.strerror or error}).",
    )
