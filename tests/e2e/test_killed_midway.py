"""A process that dies in the middle of a sync loses nothing and leaves nothing half-done."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from demo.exchange import sync
from demo.offices import KABAT
from demo.relay import Direction
from demo.stage import environment_of
from tests.e2e.processes import assert_converged, correct, district

pytestmark = pytest.mark.e2e

_KILLS = 5
_MOMENTS: tuple[tuple[Direction, int], ...] = (("up", 30_000), ("up", 400), ("down", 1), ("down", 3_000))
"""Which way, and at most how many bytes after the start."""


@pytest.mark.timeout(180)
def test_five_kills_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    chance = random.Random(35_10)
    with district(tmp_path, (KABAT,)) as stage:
        village = stage.villages[0]
        assert village.relay is not None
        killed = 0
        for round_number in range(_KILLS):
            correct(stage, village, [{"phone": f"08120000900{round_number}"}])
            words = ("sync", "run", "--dir", village.office.directory)
            with stage.console.running(*words, environment=environment_of(village)) as running:
                # Before the request is whole, after it, or while the answer comes back.
                direction, limit = chance.choice(_MOMENTS)
                village.relay.when(direction, chance.randint(1, limit), running.kill)
                killed += running.wait().exit_code != 0
        assert killed >= 3, "the moments were chosen too late to hit anything"
        sync(stage, village)
        outcomes = assert_converged(stage, village)
        assert set(outcomes) == {"accepted"}
