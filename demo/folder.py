"""Choose and clear the demo's folder: only what an earlier demo made is ever removed.

Decides where the story leaves its hub, villages and files, so that a person can look around afterwards.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from schemas.errors import RefusedError

DEFAULT_FOLDER = Path("kampung-demo")
_MARKER = ".made-by-kampung-demo"


def fresh_folder(folder: Path) -> Path:
    """Return the folder, empty but for the marker; what an earlier demo left there is removed.

    Raises RefusedError "demo-folder-not-ours" for a folder that holds anything else.
    """
    marker = folder / _MARKER
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not marker.exists())):
        raise RefusedError(
            f"{folder} holds something that the demo did not make",
            code="demo-folder-not-ours",
            hint="Name another folder with --dir.",
        )
    if marker.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    marker.write_text("The next 'kampung demo' here removes this folder.\n", encoding="utf-8")
    return folder.resolve()
