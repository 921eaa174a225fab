"""Whole districts on real databases and sealed bytes: officers, registrars and everything that may go wrong.

``make sim SEED=7 STEPS=5000`` plays any length from a seed; ``python -m tests.simulation.whole.history --help`` too.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.simulation.whole import history as histories
from tests.simulation.whole.chance import Source, simulated_entropy
from tests.simulation.whole.history import PROFILES, STEPS, history, play, story
from tests.simulation.whole.world import World
from tests.simulation.world import BrokenLawError

pytestmark = pytest.mark.simulation

_SEED = int(os.environ.get("SIM_SEED") or 0)
_STEPS = int(os.environ.get("SIM_STEPS") or 0)
_QUICK = {"books": 200, "calm": 200, "node": 400, "hub": 500, "all": 700}
"""Steps of each profile in every test run: 2,000 in all."""


@pytest.mark.timeout(36_000 if _STEPS else 300)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_law_holds_in_whole_districts(profile: str) -> None:
    left, seed = _STEPS // len(PROFILES) or _QUICK[profile], _SEED
    while left > 0:
        steps = min(STEPS, left)
        found = play(history(seed, steps), profile, seed)
        if found is not None:
            pytest.fail(story(seed, profile, found, steps), pytrace=False)
        left, seed = left - steps, seed + 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_law_holds_in_a_hundred_whole_districts(profile: str) -> None:
    tally = histories.run(profile, 100_000, 100 * STEPS)
    assert not tally.found


def test_one_seed_reproduces_a_history_word_for_word() -> None:
    first: list[str] = []
    second: list[str] = []
    for log in (first, second):
        assert play(history(11, 60), "all", 11, log) is None
    assert first == second


def test_a_broken_law_is_told_as_the_shortest_story(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(world: World, rng: random.Random) -> None:
        raise BrokenLawError("law 9: for the sake of the test")

    monkeypatch.setitem(PROFILES, "broken", {**PROFILES["calm"], breaks: 40})
    found = play(history(3, 30), "broken", 3)
    assert found == "law 9: for the sake of the test"
    told = story(3, "broken", found, 30)
    assert told.startswith("law 9: for the sake of the test (--profile broken --seed 3, 1 steps)")


def test_entropy_of_the_system_comes_back_after_a_simulation() -> None:
    before = os.urandom
    with simulated_entropy(Source("x")):
        assert os.urandom(4) == Source("x").take(4)
    assert os.urandom is before
