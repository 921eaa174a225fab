"""A real process that imports a village is killed, and the same command does the rest."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from register.exporting import write_xlsx
from register.generator import HEADERS, generate_village
from tests.node_ground import VILLAGE_CODE, FakeDistrict, enrolled
from village_node.importing import list_batches
from village_node.store import NodeStore

pytestmark = pytest.mark.e2e

_ROOT = Path(__file__).parents[2]
_PEOPLE = 2_500


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cli", "village", "import", *words, "--dir", str(folder), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=_ROOT,
        env={**os.environ, "KAMPUNG_OFFICER": "SITI", "PYTHONPATH": str(_ROOT)},
    )


def finish(folder: Path, *words: str) -> dict[str, Any]:
    process = start(folder, *words)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    tree: dict[str, Any] = json.loads(output.splitlines()[-1])
    return tree


@pytest.mark.timeout(240)
def test_an_import_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder, path = tmp_path / "desa", tmp_path / "penduduk.xlsx"
    enrolled(folder, FakeDistrict()).close()
    village = generate_village(7, VILLAGE_CODE, _PEOPLE, today=dt.date(2026, 11, 25))
    write_xlsx(path, HEADERS, village.rows)
    with NodeStore.open(folder) as store:
        process = start(folder, str(path))
        deadline = time.monotonic() + 60
        while store.state().entry_count == 0 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
        process.communicate()
        (stopped,) = list_batches(store)
        saved = store.state().entry_count
    assert 0 < saved < stopped.families_total, "the kill came too late"
    assert (stopped.state, stopped.families_done) == ("running", saved)

    done = finish(folder, str(path))
    assert done["entries"] == stopped.families_total - saved
    (batch,) = finish(folder, "--batches")["batches"]
    assert (batch["state"], batch["families_done"]) == ("done", stopped.families_total)
    again = finish(folder, str(path))
    assert (again["entries"], again["unchanged"]) == (0, _PEOPLE)
