"""The schedule: its own minute each night, missed nights caught up, failures backed off, links heard."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadSignatureError, ConfigError
from tests.node_ground import NOW_MS, VILLAGE_CODE, FakeDistrict, enrolled
from village_node.config import NodeConfig
from village_node.link import LinkDown, LinkEvent, LinkUp
from village_node.schedule import (
    BACKOFF_MS_MAX,
    BACKOFF_MS_MIN,
    DAY_MS,
    LINK_QUIET_MS,
    MINUTE_MS,
    ApTimer,
    SyncPlan,
    SyncSchedule,
    night_minute,
    run_forever,
)
from village_node.syncer import SyncResult

CONFIG = NodeConfig(district_code="35.10", village_code=VILLAGE_CODE, village_name="Sumberagung", hub_url="")
WIB = 420
MIDNIGHT_MS = NOW_MS // DAY_MS * DAY_MS - WIB * MINUTE_MS
"""A local midnight in western Indonesia."""
NIGHT = 90
"""Half past one."""


def plan(last_finished_ms: int | None = None) -> SyncPlan:
    return SyncPlan(NIGHT, WIB, lambda: 0.5, last_finished_ms)


class FakeTimer:
    def __init__(self) -> None:
        self.at_ms: int | None = None
        self.action: Callable[[], None] = lambda: None

    def call_at(self, at_ms: int, action: Callable[[], None]) -> None:
        self.at_ms, self.action = at_ms, action


class Office:
    """A schedule with a clock that only this test moves; ``codes`` are how the next tries end."""

    def __init__(self, now_ms: int, last_finished_ms: int | None = None) -> None:
        self.now_ms = now_ms
        self.codes: Iterator[str] = itertools.repeat("done")
        self.tries: list[int] = []
        self.timer = FakeTimer()
        self.schedule = SyncSchedule(plan(last_finished_ms), self.run, self.timer, lambda: self.now_ms)
        self.schedule.begin()

    def run(self) -> SyncResult:
        self.tries.append(self.now_ms)
        code = next(self.codes)
        if code == "signature-bad":
            raise BadSignatureError("not ours")
        return SyncResult(code=code)

    def sleep_until_called(self) -> None:
        assert self.timer.at_ms is not None
        self.now_ms = max(self.now_ms, self.timer.at_ms)
        self.timer.action()


class TestThePlan:
    def test_villages_are_spread_over_the_window(self) -> None:
        minutes = [night_minute(f"35.10.01.{number}", CONFIG) for number in range(2001, 2218)]
        assert all(60 <= minute < 300 for minute in minutes)
        busiest = max(minutes.count(minute) for minute in set(minutes))
        assert busiest <= 6
        assert minutes[0] == night_minute("35.10.01.2001", CONFIG)

    @given(st.integers(0, 4_000_000_000_000), st.integers(0, 1439), st.integers(-720, 840))
    def test_the_last_night_is_at_the_villages_minute(self, now_ms: int, minute: int, offset: int) -> None:
        """The newest nightly time is not after now, less than a day ago, and at the local minute asked for."""
        last = SyncPlan(minute, offset, lambda: 0.0).last_night_ms(now_ms)
        assert 0 <= now_ms - last < DAY_MS
        assert (last // MINUTE_MS + offset) % (24 * 60) == minute

    def test_a_done_night_waits_for_the_next(self) -> None:
        night = MIDNIGHT_MS + NIGHT * MINUTE_MS
        assert plan(night + 5).next_ms(night + 3600_000) == night + DAY_MS

    @pytest.mark.parametrize("last_finished_ms", [None, MIDNIGHT_MS - DAY_MS, MIDNIGHT_MS + 20_000 * DAY_MS])
    def test_a_missed_night_or_a_nonsense_memory_is_caught_up_at_once(self, last_finished_ms: int | None) -> None:
        morning = MIDNIGHT_MS + 8 * 3600_000
        assert plan(last_finished_ms).next_ms(morning) == morning

    def test_failures_back_off_to_a_bound(self) -> None:
        trying, now, delays = plan(), NOW_MS, []
        for _ in range(12):
            trying.heard("offline", now)
            delays.append(trying.next_ms(now) - now)
            now += delays[-1]
        assert delays[0] == BACKOFF_MS_MIN * 3 // 4
        assert delays == sorted(delays)
        assert delays[-1] == BACKOFF_MS_MAX * 3 // 4

    @given(st.floats(0, 1), st.integers(0, 50))
    def test_jitter_stays_within_half_of_the_wait(self, draw: float, failures: int) -> None:
        """A retry never comes before half of its wait, never after the bound."""
        trying = SyncPlan(NIGHT, WIB, lambda: draw, None, failures)
        trying.heard("busy", NOW_MS)
        assert BACKOFF_MS_MIN // 2 <= trying.next_ms(NOW_MS) - NOW_MS <= BACKOFF_MS_MAX

    def test_a_clock_set_back_makes_no_retry_wait_for_years(self) -> None:
        trying = plan()
        trying.heard("offline", NOW_MS + 4000 * DAY_MS)
        assert trying.next_ms(NOW_MS) <= NOW_MS + BACKOFF_MS_MAX

    def test_a_link_is_a_reason_unless_a_sync_just_went_well(self) -> None:
        assert plan().wants_link(NOW_MS)
        assert plan(NOW_MS - LINK_QUIET_MS).wants_link(NOW_MS)
        assert not plan(NOW_MS - 1000).wants_link(NOW_MS)
        assert plan(NOW_MS + DAY_MS).wants_link(NOW_MS)


class TestTheSchedule:
    def test_syncs_once_a_night_at_its_minute(self) -> None:
        night = MIDNIGHT_MS + NIGHT * MINUTE_MS
        office = Office(night + 3600_000, last_finished_ms=night)
        for _ in range(3):
            office.sleep_until_called()
        assert office.tries == [night + DAY_MS, night + 2 * DAY_MS, night + 3 * DAY_MS]

    def test_catches_up_once_after_a_week_with_the_lid_closed(self) -> None:
        night = MIDNIGHT_MS + NIGHT * MINUTE_MS
        office = Office(night + 1000, last_finished_ms=night)
        office.now_ms = night + 7 * DAY_MS + 5 * 3600_000
        office.timer.action()
        assert len(office.tries) == 1
        assert office.timer.at_ms == night + 8 * DAY_MS

    def test_retries_until_it_works_and_then_waits_for_the_night(self) -> None:
        office = Office(NOW_MS)
        office.codes = iter(["offline", "busy", "unfinished", "done"])
        for _ in range(4):
            office.sleep_until_called()
        assert office.tries[-1] - office.tries[0] < 30 * MINUTE_MS
        assert office.timer.at_ms == office.schedule.plan.last_night_ms(office.now_ms) + DAY_MS

    @pytest.mark.parametrize("code", ["locked", "held-back", "needs-update", "signature-bad"])
    def test_what_a_person_must_look_into_waits_for_the_night(self, code: str) -> None:
        office = Office(NOW_MS)
        office.codes = iter([code])
        office.sleep_until_called()
        assert office.timer.at_ms is not None
        assert office.timer.at_ms > NOW_MS

    def test_a_link_that_comes_up_triggers_a_try(self) -> None:
        office = Office(NOW_MS)
        office.codes = iter(["offline", "done"])
        office.sleep_until_called()
        office.now_ms += 10_000
        office.schedule.link(LinkDown())
        assert office.timer.at_ms is not None
        assert office.timer.at_ms > office.now_ms
        office.schedule.link(LinkUp())
        assert office.timer.at_ms == office.now_ms
        office.sleep_until_called()
        office.schedule.link(LinkUp())
        assert office.timer.at_ms > office.now_ms

    @pytest.mark.parametrize(("code", "is_tried_again"), [("offline", True), ("done", False), ("locked", False)])
    def test_a_link_that_comes_up_during_a_try_starts_no_second_one_beside_it_but_another_after_it_failed(
        self, code: str, is_tried_again: bool
    ) -> None:
        office = Office(NOW_MS)

        def codes() -> Iterator[str]:
            office.timer.at_ms = None
            office.schedule.link(LinkUp())
            assert office.timer.at_ms is None
            yield code

        office.codes = codes()
        office.sleep_until_called()
        assert len(office.tries) == 1
        assert (office.timer.at_ms == office.now_ms) is is_tried_again

    @pytest.mark.parametrize("jump_ms", [-4000 * DAY_MS, 4000 * DAY_MS])
    def test_a_clock_that_jumps_is_noticed(self, jump_ms: int) -> None:
        night = MIDNIGHT_MS + NIGHT * MINUTE_MS
        office = Office(night + 1000, last_finished_ms=night)
        office.schedule.check()
        assert office.timer.at_ms == night + DAY_MS
        office.now_ms += jump_ms
        office.schedule.check()
        assert office.timer.at_ms is not None
        assert abs(office.timer.at_ms - office.now_ms) <= DAY_MS


def test_the_real_timer_calls_late_and_replaces_what_was_planned() -> None:
    called = threading.Event()
    timer = ApTimer()
    timer.start()
    now_ms = int(dt.datetime.now(dt.UTC).timestamp() * 1000)
    timer.call_at(now_ms + 3600_000, lambda: None)
    timer.call_at(now_ms - 10 * DAY_MS, called.set)
    assert called.wait(5)
    timer.stop()


def test_a_timer_that_stops_waits_for_a_call_that_plans_the_next_one() -> None:
    timer, begun, go_on = ApTimer(), threading.Event(), threading.Event()
    planned: list[bool] = []

    def sync_and_plan() -> None:
        begun.set()
        assert go_on.wait(5)
        timer.call_at(0, lambda: None)
        planned.append(True)

    timer.start()
    timer.call_at(0, sync_and_plan)
    assert begun.wait(5)
    stopping = threading.Thread(target=timer.stop, daemon=True)
    stopping.start()
    stopping.join(0.05)
    assert stopping.is_alive()
    go_on.set()
    stopping.join(5)
    assert not stopping.is_alive()
    assert planned == [True]


def test_a_watch_tries_at_once_hears_links_and_stops(tmp_path: Path) -> None:
    stop, results = threading.Event(), list[SyncResult]()

    def told(result: SyncResult) -> None:
        results.append(result)
        if len(results) == 2:
            stop.set()

    def links(_: threading.Event) -> Iterator[LinkEvent]:
        deadline = time.monotonic() + 10
        while not results and time.monotonic() < deadline:
            time.sleep(0.01)
        yield LinkUp()

    with enrolled(tmp_path / "node", FakeDistrict()) as store:
        run_forever(store, stop, draw=lambda: 0.5, events=links, told=told)
    assert [result.code for result in results] == ["offline", "offline"]


def test_a_village_without_an_address_cannot_watch(tmp_path: Path) -> None:
    with enrolled(tmp_path / "node", FakeDistrict()) as store:
        store.config = CONFIG
        with pytest.raises(ConfigError):
            run_forever(store, threading.Event(), draw=lambda: 0.5)
