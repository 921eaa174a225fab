"""Write a file that a person asked for so that it is there whole, or as it was before."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import DiskFullError, StorageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Write beside the file and put it in place when it is whole; raises DiskFullError or StorageError."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise DiskFullError("Penyimpanan penuh; berkas tidak ditulis", hint="Kosongkan penyimpanan.") from error
        raise StorageError(
            f"Berkas {path.name} tidak dapat ditulis: {error.strerror or error}",
            code="file-not-written",
            hint="Tutup berkas itu bila sedang terbuka, dan periksa foldernya.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
