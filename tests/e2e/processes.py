"""Real processes for whole-system tests: a hub that serves, villages that are enrolled, and ways to end them early.

Stands on the demo's own scenes, so a district of real processes is opened in one place only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo import closing, opening
from demo.offices import OFFICES, Office
from demo.stage import Stage, Village
from demo.story import found_hub, hub_serving, new_stage

RESIDENTS_MIN = 400


@contextmanager
def district(folder: Path, offices: Sequence[Office] = OFFICES, *, residents: int = RESIDENTS_MIN) -> Iterator[Stage]:
    """Open a hub that serves and some of the demo's villages, enrolled and with their lists imported, not yet sent."""
    stage = new_stage(folder / "district", residents)
    stage.said = lambda text: None
    found_hub(stage, offices)
    with hub_serving(stage):
        opening.enrol(stage)
        opening.import_lists(stage)
        yield stage


def correct(stage: Stage, village: Village, fields: Sequence[Mapping[str, str]]) -> None:
    """Correct as many people of a village as there are entries, each an action of its own."""
    path = stage.folder / f"{village.office.directory}-corrections.jsonl"
    lines = [{"record": village.cast.adult()["nik"], "set": dict(one)} for one in fields]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = stage.village(village, "village", "resident", "correct", "--batch", path.name)
    village.saved |= set(done["changes"])


def assert_converged(stage: Stage, village: Village) -> dict[str, Any]:
    """Check that both sides prove the same and that nothing saved is without an outcome; return the outcomes."""
    verdict = closing.compare(stage, village)
    assert verdict.is_equal, village.name
    assert verdict.lost == 0, village.name
    assert len(verdict.changes) == len(village.saved)
    return dict(verdict.outcomes)
