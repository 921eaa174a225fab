"""Play, shrink and tell histories: ``python -m tests.simulation.history --profile all --count 1000 --seed 0``.

A history is a list of step seeds; a step draws its action from its own seed and the world, so that steps can be deleted
and a failing history shrinks.
"""

from __future__ import annotations

import argparse
import random
import traceback
from collections import Counter
from collections.abc import Callable, Sequence

from tests.simulation import mishaps, office, officers
from tests.simulation.checks import check_end, check_step
from tests.simulation.world import BrokenLawError, World

Action = Callable[[World, random.Random], None]

CALM: dict[Action, float] = {
    officers.save: 10,
    officers.form: 2,
    officers.move: 1,
    officers.strange: 0.3,
    office.decide: 2,
    office.edit: 1,
    office.merge: 0.3,
    office.dispatch: 1,
    mishaps.send: 6,
    mishaps.deliver: 12,
    mishaps.replay: 0.5,
    mishaps.cut: 0.5,
    mishaps.crash: 0.5,
    mishaps.clock: 0.2,
    mishaps.enrol: 0.2,
}
NODE: dict[Action, float] = {mishaps.copy: 2, mishaps.node_back: 1, mishaps.clone: 1, mishaps.revoke: 0.3}
HUB: dict[Action, float] = {office.edit: 2, mishaps.backup: 2, mishaps.hub_back: 1}
RARE: dict[Action, float] = {mishaps.node_back: 0.7, mishaps.clone: 0.5, mishaps.revoke: 0.2, mishaps.hub_back: 0.7}
PROFILES: dict[str, dict[Action, float]] = {
    "calm": CALM,
    "node": CALM | NODE,
    "hub": CALM | HUB,
    "all": CALM | NODE | HUB | RARE | {office.write_off: 0.2},
}


def play(
    seeds: Sequence[int], profile: str, heal_seed: int, log: list[str] | None = None, world: World | None = None
) -> str | None:
    """Play one history and heal it; return the law that broke, None if all hold."""
    world = world if world is not None else World()
    actions, weights = list(PROFILES[profile]), list(PROFILES[profile].values())
    try:
        for seed in seeds:
            rng = random.Random(seed)
            rng.choices(actions, weights)[0](world, rng)
            world.pass_time(rng)
            check_step(world)
        world.say("-- healing")
        world.heal(random.Random(heal_seed))
        check_step(world)
        check_end(world)
    except BrokenLawError as violation:
        return str(violation)
    except Exception as error:  # noqa: BLE001  any error is a finding; its place names it
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} at {where.name}:{where.lineno}"
    finally:
        if log is not None:
            log.extend(world.log)
    return None


def history(seed: int, steps: int | None = None) -> list[int]:
    """Return the step seeds of a history."""
    rng = random.Random(seed)
    return [rng.randrange(1 << 32) for _ in range(steps or rng.randint(15, 140))]


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


def story(seed: int, profile: str, found: str, steps: int | None = None) -> str:
    """Return the readable story of the shortest history found for a failing seed."""
    log: list[str] = []
    play(minimise(history(seed, steps), profile, found, seed), profile, seed, log)
    return f"{found} (--profile {profile} --seed {seed})\n   " + "\n   ".join(log)


def run(profile: str, count: int, first: int, steps: int | None = None) -> Counter[str]:
    """Play many histories; print each kind of violation with a short story."""
    found: Counter[str] = Counter()
    example: dict[str, int] = {}
    for seed in range(first, first + count):
        kind = play(history(seed, steps), profile, seed)
        if kind is not None:
            found[kind] += 1
            if kind not in example or len(history(seed, steps)) < len(history(example[kind], steps)):
                example[kind] = seed
    print(f"{profile}: {count} histories from seed {first}, {sum(found.values())} with violations")
    for kind, times in found.most_common():
        print(f"  {times:6d}  {kind}")
    for kind, _ in found.most_common(3):
        print("\n== " + story(example[kind], profile, kind, steps))
    return found


def main() -> int:
    """Play the histories that the arguments ask for; 1 if a law broke."""
    parser = argparse.ArgumentParser(description="Play random histories of villages and a hub against the laws.")
    parser.add_argument("--profile", choices=[*PROFILES, "each"], default="each", help="what may go wrong")
    parser.add_argument("--seed", type=int, default=0, help="the first history's seed")
    parser.add_argument("--count", type=int, default=1, help="how many histories of each profile")
    parser.add_argument("--steps", type=int, default=None, help="steps of each history; else 15 to 140")
    chosen = parser.parse_args()
    profiles = list(PROFILES) if chosen.profile == "each" else [chosen.profile]
    found = [run(profile, chosen.count, chosen.seed, chosen.steps) for profile in profiles]
    return int(any(found))


if __name__ == "__main__":
    raise SystemExit(main())
