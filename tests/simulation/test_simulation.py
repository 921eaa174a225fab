"""Whole-system histories: everything that may go wrong, in every profile, against every law (protocol 2).

``make sim SEED=7 STEPS=200`` plays one history a profile from that seed; ``python -m tests.simulation.history --help``
plays thousands.
"""

from __future__ import annotations

import os

import pytest

from tests.simulation.history import PROFILES, history, play, story

pytestmark = pytest.mark.simulation

_SEED = os.environ.get("SIM_SEED") or ""
_STEPS = int(os.environ.get("SIM_STEPS") or 0) or None
_QUICK = 100 if not _SEED else 1
"""Histories of each profile; 77 steps on average, so some 30,000 steps in all, in half a minute."""


def _check(profile: str, seed: int, steps: int | None = None) -> None:
    found = play(history(seed, steps), profile, seed)
    if found is not None:
        pytest.fail(story(seed, profile, found, steps), pytrace=False)


@pytest.mark.parametrize("profile", PROFILES)
def test_every_law_holds_in_random_histories(profile: str) -> None:
    first = int(_SEED or 0)
    for seed in range(first, first + _QUICK):
        _check(profile, seed, _STEPS)


@pytest.mark.skipif(bool(_SEED), reason="one seed was asked for")
@pytest.mark.parametrize("profile", PROFILES)
def test_every_law_holds_in_a_long_history(profile: str) -> None:
    _check(profile, 1, 400)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("profile", PROFILES)
def test_every_law_holds_in_thousands_of_histories(profile: str) -> None:
    for seed in range(100_000, 103_000):
        _check(profile, seed)
