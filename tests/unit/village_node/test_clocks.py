"""Clocks that are years off, set back, or asleep: what the officer dates, numbers and counts stays right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.bodies import body_of
from schemas.fields import Kind, tag_of
from schemas.identifiers import RegionCode
from schemas.regions import utc_offset_minutes
from sync_protocol.entries import Create, EntryKind, Update
from tests.live_office import VILLAGE_CODE, Wire, enrolled_laptop, founded_hub
from tests.node_ground import DAY_MS, NOW_MS, FakeDistrict, HubCarrier, enrolled
from village_node.clock import likely_ms
from village_node.desk import Desk
from village_node.entry_states import entry_counts
from village_node.letters.numbering import take_number
from village_node.proof import prove
from village_node.schedule import MINUTE_MS, SyncPlan, SyncSchedule
from village_node.store import NodeStore
from village_node.syncer import SyncResult, synchronise

HOUR_MS = 3_600_000
YEAR_2000_MS = int(dt.datetime(2000, 1, 1, tzinfo=dt.UTC).timestamp() * 1000)
YEAR_2038_MS = int(dt.datetime(2038, 1, 19, tzinfo=dt.UTC).timestamp() * 1000)
PHONE = tag_of(Kind.RESIDENT, "phone")
WIB, WITA, WIT = 420, 480, 540


class Laptop:
    """A node whose clock the test sets; ``ahead_ms`` is how far it is ahead of the hub's."""

    def __init__(self, store: NodeStore, wire: Wire) -> None:
        self.store, self.wire = store, wire
        self.ahead_ms = 0
        self.desk = Desk(store, "Bu Rini", self.now_ms)

    def now_ms(self) -> int:
        return self.wire.now_ms + self.ahead_ms

    def sync(self) -> None:
        assert synchronise(self.store, self.wire, now_ms=self.now_ms, elapsed_ms=lambda: 0).finished


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    made = Wire(founded_hub(tmp_path / "hub"))
    yield made
    made.hub.close()


@pytest.fixture
def laptop(wire: Wire, tmp_path: Path) -> Iterator[Laptop]:
    with enrolled_laptop(wire, tmp_path / "desa") as store:
        yield Laptop(store, wire)


def today_of(laptop: Laptop) -> dt.date:
    return dt.datetime.fromtimestamp(laptop.wire.now_ms / 1000, dt.timezone(dt.timedelta(minutes=WIB))).date()


def record(desk: Desk, number: int, **values: object) -> bytes:
    record_id = number.to_bytes(16, "big")
    body = body_of(Kind.RESIDENT, {"name": f"WARGA {number}", **values})
    desk.save(EntryKind.EVENT, [Create(record_id, Kind.RESIDENT, body)])
    return record_id


class TestALaptopOfAnotherYear:
    @pytest.mark.parametrize("wall_ms", [YEAR_2000_MS, YEAR_2038_MS])
    def test_dates_by_the_districts_day_once_it_has_heard_of_it(self, laptop: Laptop, wall_ms: int) -> None:
        laptop.ahead_ms = wall_ms - laptop.wire.now_ms
        record(laptop.desk, 1)
        laptop.sync()
        laptop.wire.now_ms += 3 * DAY_MS
        assert laptop.desk.today() == today_of(laptop)

    @pytest.mark.parametrize("wall_ms", [YEAR_2000_MS, YEAR_2038_MS])
    def test_keeps_the_day_when_somebody_sets_its_clock_right_far_from_any_network(
        self, laptop: Laptop, wall_ms: int
    ) -> None:
        laptop.ahead_ms = wall_ms - laptop.wire.now_ms
        record(laptop.desk, 1)
        laptop.sync()
        laptop.ahead_ms = 0
        laptop.wire.now_ms += 9 * DAY_MS
        assert laptop.desk.today() == today_of(laptop)

    @pytest.mark.parametrize("wall_ms", [YEAR_2000_MS, YEAR_2038_MS])
    def test_neither_wins_nor_loses_against_another_laptop(self, wire: Wire, tmp_path: Path, wall_ms: int) -> None:
        with enrolled_laptop(wire, tmp_path / "satu") as one, enrolled_laptop(wire, tmp_path / "dua") as two:
            wrong, right = Laptop(one, wire), Laptop(two, wire)
            person = record(right.desk, 1, phone="1")
            right.sync()
            wrong.ahead_ms = wall_ms - wire.now_ms
            wrong.sync()
            for laptop, phone, hours in ((right, "2", 1), (wrong, "3", 1)):
                wire.now_ms += hours * HOUR_MS
                laptop.desk.save(EntryKind.CORRECTION, [Update(person, PHONE, "1", phone)])
            wrong.sync()
            right.sync()
            wrong.sync()
            assert wrong.desk.values(person)["phone"] == right.desk.values(person)["phone"] == "3"
            assert (entry_counts(one).unsent, entry_counts(two).unsent) == (0, 0)

    def test_a_clock_moved_back_during_use_loses_no_entry_and_no_order(self, laptop: Laptop) -> None:
        person = record(laptop.desk, 1, phone="1")
        laptop.sync()
        for ahead_ms, old, new in ((0, "1", "2"), (-40 * DAY_MS, "2", "3"), (-9000 * DAY_MS, "3", "4"), (0, "4", "5")):
            laptop.ahead_ms = ahead_ms
            laptop.wire.now_ms += HOUR_MS
            laptop.desk.save(EntryKind.CORRECTION, [Update(person, PHONE, old, new)])
        laptop.sync()
        assert laptop.desk.values(person)["phone"] == "5"
        assert entry_counts(laptop.store).accepted == 5
        assert prove(laptop.store).is_consistent


class TestTheLikelyTime:
    @given(st.integers(-30 * 365, 30 * 365), st.integers(0, 399))
    def test_of_a_measured_clock_is_the_hubs(self, days_off: int, days_alone: int) -> None:
        """However far a clock is off, once measured it dates right for more than a year without the network."""
        wall_ms = NOW_MS + (days_off + days_alone) * DAY_MS
        assert likely_ms(wall_ms, -days_off * DAY_MS, NOW_MS) == NOW_MS + days_alone * DAY_MS

    @given(st.integers(0, 2**42), st.none() | st.integers(-(2**41), 2**41), st.integers(0, 2**42))
    def test_is_never_before_the_hub_time_last_seen(self, wall_ms: int, offset_ms: int | None, hub_ms: int) -> None:
        """Whatever clock and offset say, no date lies before the hub time last seen."""
        assert likely_ms(wall_ms, offset_ms, hub_ms) >= hub_ms

    def test_of_an_unmeasured_clock_of_2038_is_the_last_day_that_a_stick_brought(self) -> None:
        assert likely_ms(YEAR_2038_MS, None, NOW_MS) == NOW_MS
        assert likely_ms(YEAR_2038_MS, None, 0) == YEAR_2038_MS
        assert likely_ms(NOW_MS, None, 0) == NOW_MS

    def test_of_a_laptop_that_was_alone_for_two_years_is_its_own(self) -> None:
        two_years_ms = 730 * DAY_MS
        assert likely_ms(NOW_MS + two_years_ms, 0, NOW_MS) == NOW_MS + two_years_ms


class TestMidnightAndNewYear:
    @pytest.mark.parametrize(("offset", "utc_hour"), [(WIB, 17), (WITA, 16), (WIT, 15)])
    def test_the_year_turns_at_the_villages_own_midnight(self, tmp_path: Path, offset: int, utc_hour: int) -> None:
        midnight_ms = int(dt.datetime(2026, 12, 31, utc_hour, tzinfo=dt.UTC).timestamp() * 1000)
        with enrolled(tmp_path / "desa", FakeDistrict()) as store:
            store.config = replace(store.config, utc_offset_minutes=offset)
            for at_ms, day in ((midnight_ms - 1, dt.date(2026, 12, 31)), (midnight_ms, dt.date(2027, 1, 1))):
                assert Desk(store, "x", lambda at_ms=at_ms: at_ms).today() == day  # type: ignore[misc]

    @pytest.mark.parametrize(("code", "offset"), [("35.10", WIB), ("51.71", WITA), ("63.01", WITA), ("94.01", WIT)])
    def test_a_province_has_its_official_time(self, code: str, offset: int) -> None:
        assert utc_offset_minutes(RegionCode(code)) == offset

    def test_an_enrolled_laptop_keeps_the_time_of_its_village(self, laptop: Laptop) -> None:
        assert laptop.store.config.village_code == VILLAGE_CODE
        assert laptop.store.config.utc_offset_minutes == WIB

    def test_letters_count_on_in_december_while_the_clock_says_january(self, laptop: Laptop) -> None:
        """A laptop whose clock runs ahead, but was measured, gives no number of next year."""
        new_year_ms = int(dt.datetime(2026, 12, 31, 17, tzinfo=dt.UTC).timestamp() * 1000)
        laptop.wire.now_ms = new_year_ms - 2 * HOUR_MS
        laptop.ahead_ms = 5 * HOUR_MS
        record(laptop.desk, 1)
        laptop.sync()
        numbers = []
        for _ in range(2):
            with laptop.store.transaction() as working:
                numbers.append(take_number(laptop.store, working, "470", laptop.desk.today().year).text)
            laptop.wire.now_ms += 3 * HOUR_MS
        mark = numbers[0].split(".")[1].split("/")[0]
        assert numbers == [f"470/001.{mark}/2026", f"470/001.{mark}/2027"]


class SleepyTimer:
    """A timer as the library's: its hours do not pass while the machine is suspended."""

    def __init__(self) -> None:
        self.at_ms = 0
        self.action: Callable[[], None] = lambda: None
        self.calls = 0

    def call_at(self, at_ms: int, action: Callable[[], None]) -> None:
        self.at_ms, self.action = at_ms, action
        self.calls += 1


class TestASuspendedMachine:
    def test_begins_the_night_it_slept_through_at_the_next_check_and_only_once(self) -> None:
        now = [NOW_MS]
        tries: list[int] = []
        timer = SleepyTimer()

        def run() -> SyncResult:
            tries.append(now[0])
            return SyncResult()

        plan = SyncPlan(90, WIB, lambda: 0.5, last_finished_ms=NOW_MS)
        schedule = SyncSchedule(plan, run, timer, lambda: now[0])
        schedule.begin()
        planned_ms, calls = timer.at_ms, timer.calls
        schedule.check()
        assert timer.calls == calls
        now[0] = planned_ms + 5 * HOUR_MS  # the lid opens in the morning
        schedule.check()
        assert (timer.calls, timer.at_ms) == (calls + 1, planned_ms)
        timer.action()
        schedule.check()
        assert tries == [now[0]]
        assert timer.at_ms > now[0] + HOUR_MS

    def test_a_week_of_nights_is_one_sync(self) -> None:
        now = [NOW_MS]
        tries: list[int] = []
        timer = SleepyTimer()

        def run() -> SyncResult:
            tries.append(now[0])
            return SyncResult()

        schedule = SyncSchedule(SyncPlan(90, WIB, lambda: 0.5, NOW_MS), run, timer, lambda: now[0])
        schedule.begin()
        now[0] += 7 * DAY_MS
        for _ in range(3):
            schedule.check()
            if timer.at_ms <= now[0]:
                timer.action()
            now[0] += MINUTE_MS
        assert len(tries) == 1


def test_a_stick_moves_the_day_on_without_any_network(tmp_path: Path) -> None:
    district = FakeDistrict()
    with enrolled(tmp_path / "desa", district) as store:
        desk = Desk(store, "Bu Rini", lambda: YEAR_2000_MS)
        record(desk, 1)
        before = desk.today()
        assert before.year == 2000
        synchronise(store, HubCarrier(district), now_ms=lambda: YEAR_2000_MS)
        assert desk.today() > before
