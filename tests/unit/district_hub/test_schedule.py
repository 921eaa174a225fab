"""The nightly schedule: its hour, a missed night, and one run at a time."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path

import pytest

from district_hub.run_lock import only_run
from district_hub.schedule import NightlySchedule, is_night_missed
from schemas.errors import RefusedError, StorageError

HOUR_MS = 3_600_000
MIDNIGHT_WIB_MS = int(dt.datetime(2026, 11, 24, 17, tzinfo=dt.UTC).timestamp() * 1000)  # 25 November, 00:00 at +07:00


def test_the_next_run_is_at_its_local_hour() -> None:
    schedule = NightlySchedule(lambda: None, hour=2, minute=30)
    schedule.start(is_due=False)
    try:
        at = dt.datetime.fromtimestamp(schedule.next_run_ms() / 1000, dt.timezone(dt.timedelta(hours=7)))
        assert (at.hour, at.minute) == (2, 30)
    finally:
        schedule.stop()


def test_a_missed_night_is_caught_up_after_the_start() -> None:
    ran = threading.Event()
    schedule = NightlySchedule(ran.set, hour=2)
    schedule.start(is_due=True, delay_s=0)
    try:
        assert ran.wait(5)
        at = dt.datetime.fromtimestamp(schedule.next_run_ms() / 1000, dt.timezone(dt.timedelta(hours=7)))
        assert (at.hour, at.minute) == (2, 0)  # and then at its hour again
    finally:
        schedule.stop()


@pytest.mark.parametrize("error", [StorageError("disk"), ValueError("bug")])
def test_a_run_that_fails_does_not_end_the_schedule(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    ran = threading.Event()

    def fail() -> None:
        ran.set()
        raise error

    schedule = NightlySchedule(fail, hour=2)
    schedule.start(is_due=True, delay_s=0)
    assert ran.wait(5)
    assert schedule.next_run_ms() > 0
    schedule.stop()
    assert "nightly run failed" in caplog.text


@pytest.mark.parametrize(
    ("last_hours", "now_hours", "is_missed"),
    [
        (None, 12, True),
        (2, 12, False),  # ran tonight at two
        (-22, 12, True),  # ran the night before only
        (-22, 1, False),  # tonight's hour has not come yet
        (-23, 1, True),  # last night's was missed: it ran an hour too early, by hand
        (11, 12, False),  # by hand, since
    ],
)
def test_a_night_is_missed_if_its_hour_passed_without_a_run(
    last_hours: int | None, now_hours: int, is_missed: bool
) -> None:
    last_ms = None if last_hours is None else MIDNIGHT_WIB_MS + last_hours * HOUR_MS
    assert is_night_missed(last_ms, MIDNIGHT_WIB_MS + now_hours * HOUR_MS, hour=2) is is_missed


def test_a_second_run_is_refused_while_the_first_is_under_way(tmp_path: Path) -> None:
    with only_run(tmp_path / "nightly.lock", "the nightly run"):
        with pytest.raises(RefusedError) as refused, only_run(tmp_path / "nightly.lock", "the nightly run"):
            pass
        assert refused.value.code == "already-running"
    with only_run(tmp_path / "nightly.lock", "the nightly run"):
        pass


def test_a_night_has_a_minute_too() -> None:
    half_past = MIDNIGHT_WIB_MS + 2 * HOUR_MS + HOUR_MS // 2
    for at_ms, is_missed in ((half_past - 1, False), (half_past, True)):
        assert is_night_missed(MIDNIGHT_WIB_MS, at_ms, hour=2, minute=30) is is_missed


def test_a_last_run_of_years_ahead_was_made_with_a_wrong_clock() -> None:
    assert is_night_missed(MIDNIGHT_WIB_MS + 4000 * 24 * HOUR_MS, MIDNIGHT_WIB_MS, hour=2)


def test_a_clock_that_was_set_back_by_years_moves_the_next_night() -> None:
    schedule = NightlySchedule(lambda: None, hour=2)
    schedule.start(is_due=False)
    try:
        planned_ms = schedule.next_run_ms()
        schedule.check(planned_ms - HOUR_MS)
        assert schedule.next_run_ms() == planned_ms
        schedule._scheduler.modify_job("nightly", next_run_time=dt.datetime(2038, 1, 19, tzinfo=dt.UTC))
        schedule.check(planned_ms - HOUR_MS)
        assert schedule.next_run_ms() == planned_ms
    finally:
        schedule.stop()


def test_a_night_slept_through_runs_once_at_the_next_check() -> None:
    ran: list[int] = []
    done = threading.Event()

    def job() -> None:
        ran.append(1)
        done.set()

    schedule = NightlySchedule(job, hour=2)
    schedule.start(is_due=False)
    try:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=5)
        schedule._scheduler.modify_job("nightly", next_run_time=past)
        for _ in range(3):
            schedule.check(schedule.next_run_ms())
        assert done.wait(5)
        assert ran == [1]
    finally:
        schedule.stop()
