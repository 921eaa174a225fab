"""The power fails: what was not synced is gone or torn, and both sides open with everything that they had reported.

``KILL_SEED=N`` repeats the cuts of a run; it is printed.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from district_hub.durable_files import append_line
from district_hub.hub import Hub
from district_hub.ledger import DIARY_NAME, LEDGER_NAME
from district_hub.recovery import read_diary
from sync_protocol.tables import REVOKED
from tests.e2e import deeds, grounds
from tests.e2e.grounds import Grounds
from tests.e2e.power import Files, cuts_of_database, cuts_of_log
from tests.live_office import Wire
from village_node.proof import prove
from village_node.store import NodeStore

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

State = frozenset[str]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Grounds:
    return grounds.build(tmp_path_factory.mktemp("grounds"), people=90)


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    seed = int(os.environ.get("KILL_SEED") or 35_10)
    print(f"KILL_SEED={seed}")
    return random.Random(f"{seed} {request.node.originalname}")


def many() -> pytest.MarkDecorator:
    """Cut at a few commits in every run, at each in the slow one."""
    slow = pytest.param(10_000, marks=(pytest.mark.slow, pytest.mark.timeout(1500)), id="every-commit")
    return pytest.mark.parametrize("commits_max", [pytest.param(6, id="some-commits"), slow])


@dataclass
class Film:
    """The files of a database after each thing that was reported, the first taken before any."""

    path: Path
    shots: list[Files] = field(default_factory=list)
    said: list[int] = field(default_factory=list)
    reports: int = 0

    def __call__(self, **words: Any) -> None:
        self.reports += 1
        self.shoot()

    def shoot(self) -> None:
        """Take one shot."""
        self.shots.append(Files.read(self.path))
        self.said.append(self.reports)


@dataclass
class Bench:
    """A copy of a side's folder whose database is replaced by what a cut left, and opened by the product."""

    path: Path
    open: Callable[[], State]
    cuts: int = 0

    def state(self, files: Files) -> State:
        """Return what is there after a cut; fails if anything is damaged or half applied."""
        files.write(self.path)
        self.cuts += 1
        return self.open()


def cut_everywhere(film: Film, bench: Bench, chance: random.Random, commits_max: int) -> None:
    """Cut between shots and check: all that was there before the write, or all of it, and never a part."""
    pairs = list(enumerate(zip(film.shots, film.shots[1:], strict=False)))
    chance.shuffle(pairs)
    for number, (before, after) in pairs[:commits_max]:
        had, has = bench.state(before), bench.state(after)
        assert had < has
        assert len(has) - len(bench.state(film.shots[0])) >= film.said[number + 1]
        for cut in cuts_of_log(before, after, chance, 6):
            assert bench.state(cut) in {had, has}
        if before.database != after.database:
            for cut in cuts_of_database(Files(before.database, after.log), after, chance, 6):
                assert bench.state(cut) == has
    print(f"cuts: {bench.cuts}")


@many()
def test_a_village_keeps_each_entry_that_was_saved(
    ground: Grounds, tmp_path: Path, chance: random.Random, commits_max: int
) -> None:
    folder, bench = village_bench(ground, tmp_path)
    film = Film(folder / deeds.VILLAGE / "node.db")
    film.shoot()
    deeds.register(folder, film, count=45)
    cut_everywhere(film, bench, chance, commits_max)
    assert bench.state(film.shots[-1]) > bench.state(film.shots[0])
    grounds.assert_converges(bench.path.parents[1])


def pairs_of(film: Film) -> Iterator[tuple[Files, Files]]:
    return zip(film.shots, film.shots[1:], strict=False)


def village_bench(ground: Grounds, tmp_path: Path) -> tuple[Path, Bench]:
    folder, table = ground.copy("synced", tmp_path / "film"), ground.copy("synced", tmp_path / "bench")

    def opened() -> State:
        grounds.assert_village_whole(table)
        with NodeStore.open(table / deeds.VILLAGE) as store:
            return frozenset(one.change_id.hex() for one in prove(store).changes)

    return folder, Bench(table / deeds.VILLAGE / "node.db", opened)


@many()
def test_a_village_survives_a_cut_while_its_log_is_folded_in(
    ground: Grounds, tmp_path: Path, chance: random.Random, commits_max: int
) -> None:
    folder, bench = village_bench(ground, tmp_path)
    path = folder / deeds.VILLAGE / "node.db"
    film = Film(path)
    deeds.register(folder, film, count=9)
    before, after = film.shots[-1], Files.read(path)
    assert after.log == b"", "closing folds the log in"
    whole = bench.state(after)
    for cut in cuts_of_database(before, after, chance, min(60, 10 * commits_max)):
        assert bench.state(cut) == whole
    print(f"cuts: {bench.cuts}")


@many()
def test_a_hub_keeps_what_it_has_answered(
    ground: Grounds, tmp_path: Path, chance: random.Random, commits_max: int
) -> None:
    folder, bench = hub_bench(ground, tmp_path, "imported")
    film = Film(folder / deeds.HUB / "hub.db")

    class Filmed(Wire):
        def exchange(self, request: bytes) -> bytes:
            film.shoot()
            reply = super().exchange(request)
            film.shoot()
            return reply

    with Hub.open(folder / deeds.HUB) as hub, NodeStore.open(folder / deeds.VILLAGE) as store:
        wire = Filmed(hub)
        wire.now_ms = deeds.LATER_MS
        assert wire.sync(store).finished
    pairs = [(before, after) for before, after in pairs_of(film) if before.log != after.log]
    chance.shuffle(pairs)
    assert len(pairs) >= 3
    for before, after in pairs[:commits_max]:
        had, has = bench.state(before), bench.state(after)
        assert had <= has
        for cut in cuts_of_log(before, after, chance, 8):
            assert bench.state(cut) in {had, has}
    grounds.assert_converges(link(bench, folder))
    print(f"cuts: {bench.cuts}")


def link(bench: Bench, folder: Path) -> Path:
    """Put the village that has gone on beside the hub that was cut."""
    table = bench.path.parents[1]
    shutil.rmtree(table / deeds.VILLAGE)
    shutil.copytree(folder / deeds.VILLAGE, table / deeds.VILLAGE)
    return table


@many()
def test_a_hub_keeps_each_decision_that_was_reported(
    ground: Grounds, tmp_path: Path, chance: random.Random, commits_max: int
) -> None:
    folder, bench = hub_bench(ground, tmp_path, "reviewing")
    film = Film(folder / deeds.HUB / "hub.db")
    film.shoot()
    deeds.review(folder, film)
    cut_everywhere(film, bench, chance, commits_max)
    grounds.assert_converges(bench.path.parents[1])


def hub_bench(ground: Grounds, tmp_path: Path, moment: str) -> tuple[Path, Bench]:
    folder, table = ground.copy(moment, tmp_path / "film"), ground.copy(moment, tmp_path / "bench")

    def opened() -> State:
        grounds.assert_hub_whole(table)
        with Hub.open(table / deeds.HUB) as hub, hub.store.reading() as reader:
            decisions = reader.connection.exec_driver_sql("SELECT decision_id FROM decision").scalars()
            entries = [
                one.change_id for village in reader.villages() for one in reader.journal_rows(village.village_id)
            ]
            return frozenset(one.hex() for one in (*decisions, *entries))

    return folder, Bench(table / deeds.HUB / "hub.db", opened)


# -- the two files that only grow


def test_a_ledger_cut_at_any_byte_of_its_last_record_opens_without_it(ground: Grounds, tmp_path: Path) -> None:
    folder = ground.copy("synced", tmp_path / "work") / deeds.HUB
    database = Files.read(folder / "hub.db")
    ledger = folder / LEDGER_NAME
    start = ledger.stat().st_size
    with Hub.open(folder) as hub:
        with hub.store.reading() as reader:
            (device,) = reader.devices()
        hub.standings.revoke(device.device_id, "hilang", deeds.LATER_MS)
        known = len(list(hub.ledger))
    whole = ledger.read_bytes()
    for at in range(start, len(whole) + 1):
        for rest in (b"", b"\0" * (len(whole) - at)):
            database.write(folder / "hub.db")
            ledger.write_bytes(whole[:at] + rest)
            with Hub.open(folder) as hub:
                assert len(list(hub.ledger)) == known - (at < len(whole))
                with hub.store.reading() as reader:
                    (found,) = reader.devices()
                assert (found.standing(deeds.LATER_MS) == REVOKED) == (at == len(whole))
                if at < len(whole) and at % 16 == 0:
                    hub.standings.revoke(device.device_id, "hilang", deeds.LATER_MS)
                    assert len(list(hub.ledger)) == known
                    assert not hub.ledger.is_torn


def test_a_diary_cut_at_any_byte_of_its_last_line_keeps_the_others_and_takes_new_ones(
    ground: Grounds, tmp_path: Path
) -> None:
    folder = ground.copy("reviewing", tmp_path / "work")
    deeds.review(folder, grounds.quiet, corrections=2)
    diary = folder / deeds.HUB / DIARY_NAME
    whole = diary.read_bytes()
    lines = whole.splitlines(keepends=True)
    for at in range(len(whole) - len(lines[-1]), len(whole)):
        for rest in (b"", b"\0" * (len(whole) - at)):
            diary.write_bytes(whole[:at] + rest)
            is_readable = at == len(whole) - 1 and not rest
            assert len(read_diary(diary)[0]) == len(lines) - (not is_readable)
            append_line(diary, lines[-1].rstrip(b"\n"))
            items, damaged = read_diary(diary)
            assert len(items) == len(lines) + is_readable
            assert damaged <= 1
