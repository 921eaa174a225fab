"""A process that dies at any moment loses nothing that it had reported, leaves nothing half-done, and can be repeated.

``KILL_SEED=N`` repeats the moments of a run; it is printed.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from demo.exchange import sync
from demo.offices import KABAT
from demo.relay import Direction
from demo.stage import environment_of
from district_hub.backup import list_backups, verify_backup
from district_hub.hub import Hub
from district_hub.ledger import DIARY_NAME
from district_hub.recovery import read_diary
from district_hub.store import HUB_HISTORY
from tests.e2e import deeds, grounds
from tests.e2e.aging import age_hub, age_village, revisions
from tests.e2e.grounds import Grounds
from tests.e2e.mortals import Mortal, Mortals, warm_process
from tests.e2e.processes import assert_converged, correct, district
from village_node.database import NODE_HISTORY

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


# -- death in a forked process, at any call


@pytest.fixture(scope="module")
def warm() -> Iterator[Mortals]:
    with warm_process() as mortals:
        yield mortals


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return grounds.build(tmp_path_factory.mktemp("grounds"))


@dataclass
class Killer:
    """Kills deeds at moments that a seed chooses: by the clock from outside, or at a call from within."""

    warm: Mortals
    folder: Path
    seed: int
    chance: random.Random
    done: int = 0
    measured: dict[str, tuple[float, dict[str, int]]] = field(default_factory=dict)

    def fresh(self, make: Callable[[Path], Path]) -> Path:
        """Return a new copy of a ground."""
        self.done += 1
        return make(self.folder / f"kill-{self.done}")

    def measure(self, deed: str, folder: Path, **words: Any) -> None:
        """Do a deed to its end, and note how long it takes and which calls it makes."""
        if deed in self.measured:
            return
        began = time.monotonic()
        end = self.warm.begin(deed, folder, is_watched=True, **words).finish()
        self.measured[deed] = (time.monotonic() - began, end["counts"])

    def begin(self, deed: str, folder: Path, **words: Any) -> tuple[Mortal, float]:
        """Begin a deed that will die; return it, and after how many seconds it is to be killed from outside."""
        seconds, counts = self.measured[deed]
        if self.chance.random() < 0.5 and seconds > 0.1:
            return self.warm.begin(deed, folder, **words), self.chance.uniform(0, seconds * 0.4)
        kind = self.chance.choice(sorted(counts))
        death = (kind, self.chance.randint(1, counts[kind]), self.chance.random() < 0.5)
        return self.warm.begin(deed, folder, dies=death, **words), 60.0

    def kill(self, deed: str, make: Callable[[Path], Path], **words: Any) -> tuple[Path, Mortal]:
        """Kill a deed on a fresh ground; return the ground and the dead."""
        self.measure(deed, self.fresh(make), **words)
        for _ in range(10):
            folder = self.fresh(make)
            mortal, seconds = self.begin(deed, folder, **words)
            mortal.listen(seconds)
            mortal.kill()
            if mortal.end is None:
                return folder, mortal
            assert mortal.end["end"] == "done", mortal.end
        raise AssertionError("ten times it was done before it could be killed")


@pytest.fixture
def killer(warm: Mortals, tmp_path: Path, request: pytest.FixtureRequest) -> Killer:
    seed = int(os.environ.get("KILL_SEED") or 35_10)
    print(f"KILL_SEED={seed}")
    return Killer(warm, tmp_path, seed, random.Random(f"{seed} {request.node.originalname}"))


def many(few: int) -> pytest.MarkDecorator:
    """Run a story with a few kills in every test run, with ten times as many in the slow one."""
    slow = pytest.param(10 * few, marks=(pytest.mark.slow, pytest.mark.timeout(1200)), id=f"{10 * few}-kills")
    return pytest.mark.parametrize("kills", [pytest.param(few, id=f"{few}-kills"), slow])


@many(3)
def test_an_import_killed_anywhere_goes_on_and_doubles_nobody(killer: Killer, ground: Grounds, kills: int) -> None:
    families = grounds.assert_village_whole(ground.imported)
    for _ in range(kills):
        folder, dead = killer.kill("import_list", lambda path: ground.copy("enrolled", path))
        durable = max(dead.heard("durable"), default=0)
        assert durable <= grounds.assert_village_whole(folder) <= durable + deeds.STEP_FAMILIES
        killer.warm.do("import_list", folder)
        grounds.assert_import_done(folder, families)
        assert grounds.counts(folder) == grounds.counts(ground.imported)
        grounds.assert_converges(folder)


@many(4)
def test_registration_killed_anywhere_keeps_what_was_reported(killer: Killer, ground: Grounds, kills: int) -> None:
    before, count = grounds.assert_village_whole(ground.synced), 30
    for _ in range(kills):
        folder, dead = killer.kill("register", lambda path: ground.copy("synced", path), count=count)
        saved = dead.heard("saved")
        assert len(saved) <= grounds.assert_village_whole(folder, saved) - before <= len(saved) + 1
        killer.warm.do("register", folder, count=count)
        assert grounds.assert_village_whole(folder, saved) == before + count
        assert grounds.children(folder) == sorted(deeds.child_name(number) for number in range(0, count, 3))
        grounds.assert_converges(folder, saved)


@many(3)
def test_a_sync_whose_village_is_killed_anywhere_loses_and_doubles_nothing(
    killer: Killer, ground: Grounds, kills: int
) -> None:
    for number in range(kills):
        _kill_in_sync(killer, ground, ("imported", "meeting")[number % 2], is_hub_killed=False)


@many(3)
def test_a_sync_whose_hub_is_killed_anywhere_loses_and_doubles_nothing(
    killer: Killer, ground: Grounds, kills: int
) -> None:
    for number in range(kills):
        _kill_in_sync(killer, ground, ("imported", "meeting")[number % 2], is_hub_killed=True)


def _kill_in_sync(killer: Killer, ground: Grounds, moment: str, *, is_hub_killed: bool) -> None:
    for _ in range(10):
        folder = killer.fresh(lambda path: ground.copy(moment, path))
        entries = grounds.assert_village_whole(folder)
        if is_hub_killed:
            victim, seconds = _hub_that_dies(killer, folder)
            other = killer.warm.begin("sync", folder, url=victim.wait_for("url"))
            other.listen(seconds)
        else:
            other = killer.warm.begin("serve", folder)
            url = other.wait_for("url")
            killer.measured.setdefault("sync", (0.3, {"statement": 150, "commit": 6, "wire": 8}))
            victim, seconds = killer.begin("sync", folder, url=url)
            victim.listen(seconds)
        is_killed = other.end is None and victim.end is None
        victim.kill()
        if is_hub_killed:
            assert other.finish()["end"] == "done", "a hub that is gone is no error at the village"
        other.kill()
        assert grounds.assert_village_whole(folder) == entries
        grounds.assert_hub_whole(folder)
        grounds.assert_converges(folder)
        if is_killed or (is_hub_killed and other.heard("session") == ["offline"]):
            return
    raise AssertionError("ten times it was done before it could be killed")


def _hub_that_dies(killer: Killer, folder: Path) -> tuple[Mortal, float]:
    """Begin a hub that dies while it answers; what it calls while it starts is left out."""
    if killer.chance.random() < 0.5:
        return killer.warm.begin("serve", folder), killer.chance.uniform(0, 0.25)
    kind, low, high = killer.chance.choice([("statement", 25, 90), ("commit", 1, 3), ("wire", 2, 5)])
    death = (kind, killer.chance.randint(low, high), killer.chance.random() < 0.5)
    return killer.warm.begin("serve", folder, dies=death), 60.0


@many(3)
def test_review_killed_anywhere_keeps_each_decision_that_was_reported(
    killer: Killer, ground: Grounds, kills: int
) -> None:
    for _ in range(kills):
        folder, dead = killer.kill("review", lambda path: ground.copy("reviewing", path))
        grounds.assert_hub_whole(folder)
        _assert_decided(folder, dead.heard("event"), dead.heard("case"), dead.heard("corrected"))
        killer.warm.do("review", folder)
        with Hub.open(folder / deeds.HUB) as hub, hub.store.reading() as reader:
            assert (reader.waiting_events(), reader.open_cases()) == ([], [])
        _assert_decided(folder, dead.heard("event"), dead.heard("case"), dead.heard("corrected"))
        grounds.assert_converges(folder)


def _assert_decided(folder: Path, events: list[str], cases: list[str], people: list[str]) -> None:
    """Check that each reported decision is in force once; the diary has them all and at most one more."""
    with Hub.open(folder / deeds.HUB) as hub, hub.store.reading() as reader:
        waiting = {one.record_id.hex() for one in reader.waiting_events()}
        opened = {one.case_id.hex() for one in reader.open_cases()}
        assert not waiting & set(events)
        assert not opened & set(cases)
        for record_id in (*events, *people):
            by_registrar = [one for one in reader.history(bytes.fromhex(record_id)) if one.registrar]
            assert len({one.cause for one in by_registrar}) == len(by_registrar) >= 1
            assert len([one for one in by_registrar if one.action in {"register", "refuse"}]) <= 1
        diary, damaged = read_diary(folder / deeds.HUB / DIARY_NAME)
        assert damaged == 0
        told = [one.item.decision_id for one in diary]
        assert len(told) == len(set(told))
        written = reader.connection.exec_driver_sql("SELECT decision_id FROM decision").scalars()
        assert 0 <= len(set(told) - set(written)) <= 1, "only the last decision may be told and not done"


@many(2)
def test_a_night_killed_anywhere_leaves_only_whole_backups(killer: Killer, ground: Grounds, kills: int) -> None:
    for _ in range(kills):
        folder, _ = killer.kill("nightly", lambda path: ground.copy("reviewing", path))
        grounds.assert_hub_whole(folder)
        _assert_backups_whole(folder)
        again = killer.warm.do("nightly", folder, night=1)
        assert (again.heard("fault"), again.heard("reconciled")) == ([""], [1])
        _assert_backups_whole(folder)
        left = [path.name for path in (folder / deeds.HUB / "backups").iterdir() if path.suffix != ".db"]
        assert left == [], "half a copy is taken away by the next night"
        grounds.assert_converges(folder)


def _assert_backups_whole(folder: Path) -> None:
    """Check that every backup can be used, and that nothing is called safe which none of them holds."""
    with Hub.open(folder / deeds.HUB) as hub, hub.store.reading() as reader:
        held = [verify_backup(one, hub.config.district_code).points for one in list_backups(hub.directory)]
        for replica in reader.replicas():
            safe = reader.safe_point(replica.village_id, replica.replica_id)
            if safe is not None:
                points = held[0]
                assert safe == (points[replica.village_id, b""], points[replica.village_id, replica.replica_id])


@many(2)
def test_a_migration_killed_anywhere_is_done_or_not_begun(killer: Killer, ground: Grounds, kills: int) -> None:
    stories = [(age_village, one, "open_village") for one in revisions(NODE_HISTORY)]
    stories += [(age_hub, one, "open_hub") for one in revisions(HUB_HISTORY)]
    for number in range(kills):
        age, revision, deed = killer.chance.choice(stories[number % 2 :: 2])

        def make(path: Path, age: Callable[[Path, str], None] = age, revision: str = revision) -> Path:
            copy = ground.copy("reviewing", path)
            age(copy, revision)
            return copy

        killer.measured.pop(deed, None)
        folder, _ = killer.kill(deed, make)
        grounds.assert_village_whole(folder)
        grounds.assert_hub_whole(folder)
        grounds.assert_converges(folder)
