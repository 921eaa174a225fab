"""Sync by itself: each night at this village's own minute, when a link comes up, and again after a failure.

The only place of the node that knows APScheduler.  ``SyncPlan`` decides when, from the time it is given;
``SyncSchedule`` carries it out on a timer that tests replace.  A laptop that slept through its night catches up when
its lid opens, and a clock that jumps by years costs at most one check.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.date import DateTrigger

from schemas.errors import VillageSyncError
from village_node import clock
from village_node.carriers.http import HttpCarrier
from village_node.config import NodeConfig
from village_node.link import LinkEvent, LinkUp, watch_link
from village_node.store import NodeStore
from village_node.syncer import SyncResult, synchronise

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
BACKOFF_MS_MIN = 2 * MINUTE_MS
BACKOFF_MS_MAX = 120 * MINUTE_MS
"""A day without the hub costs some fifteen tries; after two hours more waiting would only delay the good news."""
LINK_QUIET_MS = 10 * MINUTE_MS
"""A link that flaps triggers no second try so soon after a sync that went well."""
LATE_MS = MINUTE_MS
"""So long after its time a try that has not begun was slept through."""
CHECK_S = 60.0
"""How often a running watch looks whether the clock has jumped."""

_RETRIED = frozenset({"offline", "busy", "unfinished", "already-running", "database-busy"})

_log = logging.getLogger(__name__)


def night_minute(village_code: str, config: NodeConfig) -> int:
    """Return the local minute of the day at which a village syncs: spread over the window, the same each night."""
    digest = hashlib.blake2b(village_code.encode(), digest_size=8).digest()
    return (config.night_starts_minute + int.from_bytes(digest, "big") % config.night_minutes) % (24 * 60)


@dataclass
class SyncPlan:
    """When to sync next, from what happened so far; all times are UTC milliseconds of this machine.

    Args:
        minute: local minute of the day of the nightly sync.
        draw: a random number from 0 to 1, for the jitter of retries.
    """

    minute: int
    utc_offset_minutes: int
    draw: Callable[[], float]
    last_finished_ms: int | None = None
    failures: int = field(default=0)
    retry_at_ms: int | None = None

    def last_night_ms(self, now_ms: int) -> int:
        """Return the newest nightly time that is not after now."""
        offset_ms = self.utc_offset_minutes * MINUTE_MS
        local_day = (now_ms + offset_ms - self.minute * MINUTE_MS) // DAY_MS
        return local_day * DAY_MS + self.minute * MINUTE_MS - offset_ms

    def next_ms(self, now_ms: int) -> int:
        """Return when to sync next; at once if a night was missed and nothing has failed since."""
        last_night = self.last_night_ms(now_ms)
        if self.retry_at_ms is not None:
            # A clock that was set back must not make a retry wait for years.
            return min(self.retry_at_ms, now_ms + BACKOFF_MS_MAX)
        is_missed = self.last_finished_ms is None or not last_night <= self.last_finished_ms <= now_ms + DAY_MS
        return now_ms if is_missed else last_night + DAY_MS

    def wants_link(self, now_ms: int) -> bool:
        """Tell whether a link that has just come up is a reason to try."""
        last = self.last_finished_ms
        return self.failures > 0 or last is None or not 0 <= now_ms - last < LINK_QUIET_MS

    def heard(self, code: str, now_ms: int) -> None:
        """Note how a try ended; one that a person must look into waits for the next night."""
        if code in _RETRIED:
            delay_ms = min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** min(self.failures, 10))
            self.failures += 1
            self.retry_at_ms = now_ms + int(delay_ms * (0.5 + self.draw() / 2))
            return
        self.failures, self.retry_at_ms, self.last_finished_ms = 0, None, now_ms


class Timer(Protocol):
    """Calls something once, at a time; a new time takes the place of the old one."""

    def call_at(self, at_ms: int, action: Callable[[], None], /) -> None:
        """Call ``action`` at a UTC time, at once if that has passed."""
        ...


class SyncSchedule:
    """The plan at work: runs syncs one after the other, never two at once.

    Args:
        run_sync: one session; what it raises is the node's or the hub's trouble and is logged by its code.
    """

    def __init__(
        self, plan: SyncPlan, run_sync: Callable[[], SyncResult], timer: Timer, now_ms: Callable[[], int]
    ) -> None:
        self.plan = plan
        self._run_sync = run_sync
        self._timer = timer
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._planned_ms: int | None = None
        self._has_link_come = False

    def begin(self) -> None:
        """Plan the first sync."""
        self._plan()

    def fire(self) -> None:
        """Sync now and plan the next; called by the timer."""
        with self._lock:
            self._has_link_come = False
            code = self._code_of_a_try()
            self.plan.heard(code, self._now_ms())
        if self._has_link_come and self.plan.failures:
            self._try_now()  # it may have failed before the way out was there
        else:
            self._plan()

    def link(self, event: LinkEvent) -> None:
        """Hear of a change of the link: a way out is a reason to try; while a try runs, for another if it fails."""
        if not isinstance(event, LinkUp):
            return
        self._has_link_come = True
        if not self._lock.locked() and self.plan.wants_link(self._now_ms()):
            self._try_now()

    def check(self) -> None:
        """Plan anew if the clock has jumped and the planned time makes no sense; begin what was slept through."""
        now_ms = self._now_ms()
        if self._planned_ms is None or not now_ms - DAY_MS <= self._planned_ms <= now_ms + DAY_MS:
            self._plan()
        elif self._planned_ms < now_ms - LATE_MS and not self._lock.locked():
            # A timer does not count the hours that the machine was suspended: wake it up.
            self._timer.call_at(self._planned_ms, self.fire)

    def _try_now(self) -> None:
        self._planned_ms = self._now_ms()
        self._timer.call_at(self._planned_ms, self.fire)

    def _plan(self) -> None:
        self._planned_ms = self.plan.next_ms(self._now_ms())
        self._timer.call_at(self._planned_ms, self.fire)

    def _code_of_a_try(self) -> str:
        try:
            result = self._run_sync()
        except VillageSyncError as error:
            _log.warning("event=sync-failed code=%s", error.code)
            return error.code
        _log.info("event=sync code=%s rounds=%d", result.code, result.rounds)
        return result.code


class ApTimer:
    """The timer of APScheduler: one job, in a thread of its own, however late."""

    def __init__(self) -> None:
        self._scheduler: Any = BackgroundScheduler(
            timezone=dt.UTC,
            executors={"default": ThreadPoolExecutor(1)},
            # A lid that was closed all night: run once, however late, not once for each time that was missed.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._running = threading.Lock()
        self._is_stopped = False

    def call_at(self, at_ms: int, action: Callable[[], None]) -> None:
        """Call ``action`` at a UTC time; see ``Timer``."""
        at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=at_ms)
        self._scheduler.add_job(self._call, DateTrigger(at), [action], id="sync", replace_existing=True)

    def _call(self, action: Callable[[], None]) -> None:
        with self._running:
            if not self._is_stopped:
                action()

    def start(self) -> None:
        """Begin to call."""
        self._scheduler.start()

    def stop(self) -> None:
        """End; a sync that runs is waited for, and the next run goes on where it was."""
        # A shutdown while the library takes out the job that it has just begun makes its thread fail (3.11): hold it
        # first, and wait with a question that needs its lock.
        self._scheduler.pause()
        self._scheduler.get_jobs()
        # Not with wait=True: it would hold the lock that a sync which has just ended needs to plan the next.
        self._scheduler.shutdown(wait=False)
        self._is_stopped = True
        with self._running:
            pass


def run_forever(
    store: NodeStore,
    stop: threading.Event,
    *,
    draw: Callable[[], float],
    events: Callable[[threading.Event], Iterator[LinkEvent]] = watch_link,
    told: Callable[[SyncResult], None] | None = None,
) -> None:
    """Sync by itself until ``stop`` is set; used by `kampung sync watch`.

    Raises ConfigError "hub-url" for a village without the address of a hub, RefusedError "practice".
    """
    store.must_be_real()
    config = store.config
    carrier = HttpCarrier(
        config.hub_url, connect_timeout_s=config.connect_timeout_s, read_timeout_s=config.read_timeout_s
    )

    def run_sync() -> SyncResult:
        try:
            result = synchronise(store, carrier)
        finally:
            carrier.close()  # by the next night some router has forgotten this connection
        if told is not None:
            told(result)
        return result

    plan = SyncPlan(
        night_minute(config.village_code, config),
        config.utc_offset_minutes,
        draw,
        last_finished_ms=store.sync_state().last_finished_ms,
    )
    timer = ApTimer()
    schedule = SyncSchedule(plan, run_sync, timer, clock.now_ms)
    watch = threading.Thread(target=_hear_links, args=(schedule, stop, events), daemon=True, name="link-watch")
    timer.start()
    try:
        schedule.begin()
        watch.start()
        while not stop.wait(CHECK_S):
            schedule.check()
    finally:
        stop.set()
        timer.stop()
        watch.join(5)
        carrier.close()


def _hear_links(
    schedule: SyncSchedule, stop: threading.Event, events: Callable[[threading.Event], Iterator[LinkEvent]]
) -> None:
    for event in events(stop):
        schedule.link(event)
