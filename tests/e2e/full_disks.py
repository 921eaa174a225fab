"""A small disk in memory that a test fills to a few kilobytes; making one takes root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_DISK_BYTES = 24 << 20
_KIB = 1024


class Disk:
    """A small disk that can be filled."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def leave(self, kib: int) -> None:
        """Fill the disk but for so much."""
        self.free()
        room = os.statvfs(self.place)
        size = room.f_bavail * room.f_frsize - kib * _KIB
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def free(self) -> None:
        """Make room."""
        self._ballast.unlink(missing_ok=True)

    def clear(self) -> None:
        """Take everything away."""
        self.free()
        for path in self.place.iterdir():
            shutil.rmtree(path)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if sys.platform != "linux" or os.geteuid() != 0 or mount is None or unmount is None:
        pytest.skip("making a small disk takes Linux, root and mount")
    place = tmp_path_factory.mktemp("disk")
    made = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(place)], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield Disk(place)
    finally:
        subprocess.run([unmount, "--lazy", str(place)], check=False)
