"""Play, shrink and tell histories of whole worlds: ``python -m tests.simulation.whole.history --seed 1 --steps 2000``.

A history is a list of step seeds; a step draws its action from its own seed and the world, so steps can be deleted and
a failing history shrinks.  Many steps are many histories: each world begins small and is healed at its end.
"""

from __future__ import annotations

import argparse
import random
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.simulation.whole import district, files, mishaps, village
from tests.simulation.whole.chance import Source, simulated_entropy
from tests.simulation.whole.faults import DeathError
from tests.simulation.whole.ground import LAPTOPS, ground
from tests.simulation.whole.healing import heal
from tests.simulation.whole.laws import check_books, check_end, check_step
from tests.simulation.whole.world import World
from tests.simulation.world import BrokenLawError

Action = Callable[[World, random.Random], None]
STEPS = 200
"""Of one history: long enough for two restores and what they leave behind, short enough to shrink."""
_TOLD_EVERY = 25
BROKEN_MAX = 50
"""Broken histories after which a run has said enough."""

_WORK: dict[Action, float] = {
    village.event: 8,
    village.edit: 8,
    village.form: 2,
    village.move: 2,
    village.service: 2,
    village.newer: 0.4,
    files.attach: 0.7,
    files.imports: 0.3,
    files.undo_import: 0.1,
    district.review: 3,
    district.queue: 2,
    district.correct_person: 2,
    district.seal: 0.5,
    district.merge: 0.7,
    district.undo: 0.3,
    district.number: 0.5,
    district.dispatch_all: 0.3,
}
_LINES: dict[Action, float] = {
    mishaps.send: 7,
    mishaps.deliver: 14,
    mishaps.session: 3,
    mishaps.replay: 1,
    mishaps.damage: 0.7,
    mishaps.stick_out: 1,
    mishaps.stick_at_hub: 1.5,
    mishaps.stick_home: 1.5,
    mishaps.clock: 0.5,
    mishaps.weeks: 0.2,
    mishaps.power: 0.4,
    mishaps.enrol: 0.2,
}
_BOOKS: dict[Action, float] = {
    village.event: 16,
    village.move: 3,
    village.service: 1,
    district.queue: 5,
    mishaps.send: 4,
    mishaps.deliver: 8,
    mishaps.session: 4,
    mishaps.power: 0.3,
}
"""Only what happens to people, reported once: then the books add up."""
_NODE_PAST: dict[Action, float] = {
    mishaps.copy: 0.8,
    mishaps.node_back: 0.6,
    mishaps.clone: 0.4,
    mishaps.revoke: 0.4,
    mishaps.replaced: 0.2,
    files.back_up: 0.2,
    files.put_back: 0.2,
}
_HUB_PAST: dict[Action, float] = {
    district.backup: 1,
    district.night: 0.3,
    mishaps.hub_image: 1,
    mishaps.hub_restored: 0.7,
    mishaps.hub_rolled_back: 0.7,
}
PROFILES: dict[str, dict[Action, float]] = {
    "books": _BOOKS,
    "calm": _WORK | _LINES | {district.backup: 0.3, district.night: 0.2},
    "node": _WORK | _LINES | _NODE_PAST | {district.backup: 0.3},
    "hub": _WORK | _LINES | _HUB_PAST,
    "all": _WORK | _LINES | _NODE_PAST | _HUB_PAST,
}


@dataclass
class Tally:
    """What was played: steps, deeds and mishaps by name, and what broke."""

    steps: int = 0
    histories: int = 0
    deeds: Counter[str] = field(default_factory=Counter)
    entries: int = 0
    differences: int = 0
    found: Counter[str] = field(default_factory=Counter)


def history(seed: int, steps: int = STEPS) -> list[int]:
    """Return the step seeds of a history."""
    rng = random.Random(seed)
    return [rng.randrange(1 << 32) for _ in range(steps)]


def play(
    seeds: Sequence[int], profile: str, seed: int, log: list[str] | None = None, tally: Tally | None = None
) -> str | None:
    """Play one history and heal it; return what broke, None if everything holds."""
    ground()
    actions, weights = list(PROFILES[profile]), list(PROFILES[profile].values())
    with simulated_entropy(Source(f"world {seed}")):
        world = World(seed, ("A1", "B1") if profile == "books" else LAPTOPS)
        try:
            for number, each in enumerate(seeds):
                rng = random.Random(each)
                action = rng.choices(actions, weights)[0]
                if tally is not None:
                    tally.steps += 1
                    tally.deeds[f"{action.__module__.rsplit('.', 1)[-1]}.{action.__name__}"] += 1
                action(world, rng)
                world.now_ms += rng.choice((0, 1, 1000, 60_000, 3_600_000))
                check_step(world, number)
            world.say("-- healing")
            heal(world, random.Random(seed))
            check_end(world)
            files.check_files(world)
            if profile == "books":
                for laptop in world.laptops.values():
                    check_books(world, laptop)
        except BrokenLawError as violation:
            return str(violation)
        except (Exception, DeathError) as error:  # noqa: BLE001  any error is a finding; its place names it
            return _place(error)
        finally:
            if tally is not None:
                tally.histories += 1
                tally.entries += len(world.promises.saved)
            if log is not None:
                log.extend(world.log)
            world.close()
    return None


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename][-1]
    return f"{type(error).__name__}: {str(error)[:200]} at {ours.name}:{ours.lineno}"


def minimise(seeds: list[int], profile: str, found: str, seed: int, seconds: float = 120) -> list[int]:
    """Return a shorter history that breaks the same law."""
    until = time.monotonic() + seconds
    size = max(1, len(seeds) // 2)
    while size and time.monotonic() < until:
        at = 0
        while at < len(seeds) and time.monotonic() < until:
            shorter = seeds[:at] + seeds[at + size :]
            if play(shorter, profile, seed) == found:
                seeds = shorter
            else:
                at += size
        size //= 2
    return seeds


def story(seed: int, profile: str, found: str, steps: int = STEPS, seconds: float = 120) -> str:
    """Return the readable story of the shortest history found for a failing seed."""
    log: list[str] = []
    shortest = minimise(history(seed, steps), profile, found, seed, seconds)
    play(shortest, profile, seed, log)
    return f"{found} (--profile {profile} --seed {seed}, {len(shortest)} steps)\n   " + "\n   ".join(log)


def run(profile: str, first: int, steps: int, *, tells: bool = True, minutes: float = 1e9) -> Tally:
    """Play histories from a seed on until so many steps are done; print what broke, each kind with a story."""
    tally, began, seed = Tally(), time.monotonic(), first
    example: dict[str, int] = {}
    while tally.steps < steps and sum(tally.found.values()) < BROKEN_MAX and time.monotonic() - began < minutes * 60:
        found = play(history(seed, min(STEPS, steps - tally.steps)), profile, seed, tally=tally)
        if found is not None:
            tally.found[found] += 1
            if example.setdefault(found, seed) == seed:
                print(f"seed {seed}: {found}", flush=True)
        seed += 1
        if tally.histories % _TOLD_EVERY == 0:
            print(
                f"  {profile}: {tally.steps} of {steps} steps, {tally.steps / (time.monotonic() - began):.0f}/s",
                flush=True,
            )
    took = time.monotonic() - began
    print(
        f"{profile}: {tally.steps} steps in {tally.histories} histories, seeds {first} to {seed - 1}, "
        f"{tally.entries} entries, {took:.0f} s, {tally.steps / took:.0f} steps/s, {sum(tally.found.values())} broken"
    )
    for kind, times in tally.found.most_common(4 if tells else 0):
        print(f"\n== {times} x " + story(example[kind], profile, kind))
    return tally


def main() -> int:
    """Play what the arguments ask for; 1 if a law broke."""
    parser = argparse.ArgumentParser(description="Play random histories of whole districts against the laws.")
    parser.add_argument("--profile", choices=[*PROFILES, "each"], default="each", help="what may go wrong")
    parser.add_argument("--seed", type=int, default=0, help="the first history's seed")
    parser.add_argument("--steps", type=int, default=2000, help="how many steps, shared between the profiles")
    parser.add_argument("--minutes", type=float, default=1e9, help="stop each profile after so long")
    parser.add_argument("--quiet", action="store_true", help="no stories")
    chosen = parser.parse_args()
    profiles = list(PROFILES) if chosen.profile == "each" else [chosen.profile]
    found = [
        run(profile, chosen.seed, chosen.steps // len(profiles), tells=not chosen.quiet, minutes=chosen.minutes)
        for profile in profiles
    ]
    return int(any(tally.found for tally in found))


if __name__ == "__main__":
    raise SystemExit(main())
