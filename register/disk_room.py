"""Tell a full disk from a broken one by what SQLite says and what the disk has left.

Knows no driver, so that a quick look at a database need not load one.  Not here: which error becomes which of ours.
"""

from __future__ import annotations

import shutil
from pathlib import Path

_SAID = ("database or disk is full", "No space left on device")
_UNCLEAR = "disk I/O error"
_ROOM_BYTES_MIN = 64 * 1024
"""SQLite grows the index of its log by 32 KiB; where that does not fit it calls the disk broken, not full."""


def is_full(text: str, folder: Path | None) -> bool:
    """Tell whether an error of SQLite means that no room is left on the disk of a folder; None asks no disk."""
    if any(sign in text for sign in _SAID):
        return True
    return _UNCLEAR in text and folder is not None and shutil.disk_usage(folder).free < _ROOM_BYTES_MIN
