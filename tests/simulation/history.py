"""Play, shrink and tell histories: ``python -m tests.simulation.history PROFILE COUNT [FIRST_SEED]``."""

from __future__ import annotations

import random
import sys
import traceback
from collections import Counter

from tests.simulation.checks import check_end, check_step
from tests.simulation.world import Violation, World


def play(seeds: list[int], profile: str, heal_seed: int, log: list[str] | None = None) -> str | None:
    """Play one history and heal it; return the law that broke, None if all hold."""
    world = World(profile)
    try:
        for seed in seeds:
            world.step(seed)
            check_step(world)
        world.say("-- healing")
        world.heal(random.Random(heal_seed))
        check_step(world)
        check_end(world)
    except Violation as violation:
        return str(violation)
    except Exception as error:  # noqa: BLE001  any error is a finding; its place names it
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} at {where.name}:{where.lineno}"
    finally:
        if log is not None:
            log.extend(world.log)
    return None


def history(seed: int) -> tuple[list[int], int]:
    """Return the step seeds of a history and the seed of its healing."""
    rng = random.Random(seed)
    return [rng.randrange(1 << 32) for _ in range(rng.randint(15, 140))], seed


def minimise(seeds: list[int], profile: str, found: str, heal_seed: int) -> list[int]:
    """Return a shorter history that breaks the same law."""
    size = max(1, len(seeds) // 2)
    while size:
        at = 0
        while at < len(seeds):
            shorter = seeds[:at] + seeds[at + size :]
            if play(shorter, profile, heal_seed) == found:
                seeds = shorter
            else:
                at += size
        size //= 2
    return seeds


def story(seed: int, profile: str, found: str) -> list[str]:
    """Return the readable story of the shortest history found for a failing seed."""
    seeds, heal_seed = history(seed)
    log: list[str] = []
    play(minimise(seeds, profile, found, heal_seed), profile, heal_seed, log)
    return log


def run(profile: str, count: int, first: int) -> Counter[str]:
    """Play many histories; print each kind of violation with a short story."""
    found: Counter[str] = Counter()
    example: dict[str, int] = {}
    for seed in range(first, first + count):
        seeds, heal_seed = history(seed)
        kind = play(seeds, profile, heal_seed)
        if kind is not None:
            found[kind] += 1
            if kind not in example or len(seeds) < len(history(example[kind])[0]):
                example[kind] = seed
    print(f"{profile}: {count} histories, {sum(found.values())} with violations")
    for kind, times in found.most_common():
        print(f"  {times:6d}  {kind}")
    for kind, _ in found.most_common(3):
        print(f"\n== {kind} (seed {example[kind]})\n   " + "\n   ".join(story(example[kind], profile, kind)))
    return found


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0)
