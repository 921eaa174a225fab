"""Preview and apply one file in a process of its own, and tell how long it took and how much memory it needed."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from register.importing import read_table
from village_node.desk import Desk
from village_node.importing import apply_batch, preview_file
from village_node.store import NodeStore

if sys.platform != "win32":
    import resource


def child(file: Path, directory: Path) -> dict[str, Any]:
    """Preview and apply one file at an office; return seconds and this process's peak memory."""
    with NodeStore.open(directory) as store:
        desk = Desk(store, "BENCH")
        started = time.perf_counter()
        read_table(file)
        read = time.perf_counter()
        preview = preview_file(desk, file)
        previewed = time.perf_counter()
        entries = apply_batch(desk, preview)
        applied = time.perf_counter()
    return {
        "rows": preview.plan.rows,
        "entries": entries,
        "read_s": round(read - started, 2),
        "preview_s": round(previewed - read, 2),
        "apply_s": round(applied - previewed, 2),
        "peak_mb": round(_peak_mb(), 1),
    }


def _peak_mb() -> float:
    if sys.platform == "win32":
        return 0.0  # the standard library has no figure there
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    print(json.dumps(child(Path(sys.argv[1]), Path(sys.argv[2]))))
