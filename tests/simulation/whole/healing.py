"""Let a world come to rest: deliver, sync, recover, decide, number, until nothing changes any more."""

from __future__ import annotations

import random

from district_hub.corrections import Corrected
from district_hub.dispatcher import dispatch
from district_hub.recovery import go_on_recovering, list_gaps, release_gaps, write_village_off
from schemas.bodies import values_of
from schemas.fields import Kind
from tests.simulation.whole import district, mishaps
from tests.simulation.whole.laws import check_niks, doubled
from tests.simulation.whole.world import World
from tests.simulation.world import BrokenLawError

ROUNDS_MAX = 60
_QUIET = 3


def heal(world: World, rng: random.Random) -> None:
    """Bring a world to rest, as a few good weeks would."""
    while world.net:
        world.deliver(world.net.pop(rng.randrange(len(world.net))))
    mishaps.forget_sticks(world)
    for device in world.stolen:
        world.hub.standings.reinstate(device, "ditemukan", world.now_ms)
    world.stolen.clear()
    quiet = 0
    met: dict[str, object] = {}
    for _ in range(ROUNDS_MAX):
        before = _standing(world)
        world.now_ms += mishaps.DAY_MS
        for name in rng.sample(sorted(world.laptops), len(world.laptops)):
            laptop = world.laptops[name]
            standing = _met(world, name)
            if quiet == _QUIET - 1 or met.get(name) != standing:
                mishaps.talk(world, laptop, mishaps.Line(world, laptop, lambda: ""))
                met[name] = _met(world, name) if standing == _met(world, name) else None
        go_on_recovering(world.hub.store, world.diary, world.now_ms, days_max=world.hub.config.backup_days)
        dispatch(world.hub.store, world.now_ms)
        check_niks(world)
        for case_id in district.open_cases(world):
            district.decide_case(world, rng, case_id)
        _decide_niks(world, rng)
        quiet = quiet + 1 if _standing(world) == before else 0
        if quiet == 1:
            _say_that_nothing_comes(world)
        if quiet == _QUIET:
            return
    raise BrokenLawError("law 4: the world does not come to rest")


def _standing(world: World) -> object:
    return world.state(), [laptop.store.state().feed_seq for laptop in world.laptops.values()]


def _met(world: World, name: str) -> object:
    """Return what a meeting changes; if one changed nothing, the next would not either until something else does."""
    state = world.laptops[name].store.state()
    return state, world.state()


def _say_that_nothing_comes(world: World) -> None:
    """A person ends all waiting: what a device still held, and what is missing from journals, will not come."""
    store = world.hub.store
    with store.reading() as reader:
        villages = reader.villages()
        gaps = list_gaps(reader)
    for village in villages:
        if village.state.suspended:
            write_village_off(store, village.village_id, world.now_ms)
            world.say("village", village.village_id, "written off")
    if gaps:
        world.say("gaps released:", release_gaps(store, gaps, world.now_ms))


def _decide_niks(world: World, rng: random.Random) -> None:
    """Give all but one of those who share a NIK a number of their own."""
    for nik, people in sorted(doubled(world).items()):
        for record in people[1:]:
            world.counts["nik"] += 1
            fresh = f"35100201010{90000 + world.counts['nik'] % 9000:05d}"
            shown = values_of(Kind.RESIDENT, record.body).get("nik")
            world.say("NIK", nik, "decided")
            district.fix(world, rng, record.record_id, Corrected("nik", shown, fresh))
