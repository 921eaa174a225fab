"""Find sticks that are plugged in, and the village's own folder for files that travel otherwise.

Decides which places count: mounts under the folders where Linux desktops put removable media, drive letters of
removable disks on Windows, and ``sticks/`` in the node's directory, which is always there.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from village_node.config import STICK_FOLDER

_MEDIA = (Path("/media"), Path("/run/media"), Path("/mnt"))


@dataclass(frozen=True, slots=True)
class Stick:
    """A place to write to; ``free_bytes`` is what it has left, ``is_own`` tells that it is a folder of this laptop."""

    path: Path
    name: str
    free_bytes: int
    is_own: bool = False


def sticks(directory: Path, media: tuple[Path, ...] = _MEDIA) -> list[Stick]:
    """Return the sticks that are plugged in, and the node's own folder last."""
    own = directory / STICK_FOLDER
    own.mkdir(exist_ok=True)
    found = [_stick(path, path.name) for path in (_drives() if sys.platform == "win32" else _mounts(media))]
    return [one for one in (*found, _stick(own, "Map di laptop ini", is_own=True)) if one is not None]


def _mounts(media: tuple[Path, ...]) -> list[Path]:
    found: list[Path] = []
    for root in media:
        for depth in ("*", "*/*"):
            found += [path for path in sorted(root.glob(depth)) if path.is_dir() and os.path.ismount(path)]
    return found


def _drives() -> list[Path]:  # pragma: no cover - Windows only
    import ctypes  # noqa: PLC0415

    removable = 2
    drives = [Path(f"{letter}:\\") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"]
    return [one for one in drives if ctypes.windll.kernel32.GetDriveTypeW(str(one)) == removable]  # type: ignore[attr-defined]


def _stick(path: Path, name: str, *, is_own: bool = False) -> Stick | None:
    try:
        return Stick(path, name, shutil.disk_usage(path).free, is_own) if os.access(path, os.W_OK) else None
    except OSError:
        return None
