"""Send a file that is made for one answer, such as an export or a book: it holds people, so nothing of it stays behind.

It is made beside the database, which has room and is the office's own, and deleted with the answer; what a lost power
leaves there the office deletes when it opens.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

EXPORT_PREFIX = "export-"
"""Begins the name of a folder in which a download is written."""


def send_made(directory: Path, make: Callable[[Path], Path]) -> FileResponse:
    """Send the file that ``make`` writes into the folder it is given, and returns; its name is the one sent."""
    folder = Path(tempfile.mkdtemp(prefix=EXPORT_PREFIX, dir=directory))
    try:
        path = make(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return send_once(path, path.name)


def send_once(path: Path, name: str) -> FileResponse:
    """Send a file that lies alone in its folder, under a name; folder and file are deleted with the answer."""
    gone = BackgroundTask(shutil.rmtree, path.parent, ignore_errors=True)
    return FileResponse(path, filename=name, background=gone)
