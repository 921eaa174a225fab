"""Start the nightly run at its hour, and catch up a missed one; the only place that knows the scheduler library.

Decides when, never what: the job is passed in.  A machine that was off at night runs once when it is switched on,
however many nights it missed, and never twice at the same time (``run_lock`` holds that across processes).
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from district_hub.clock import now_ms
from schemas.errors import VillageSyncError

_log = logging.getLogger(__name__)

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
CHECK_S = 60.0
"""How often a serving hub looks whether the clock has jumped."""
CATCH_UP_DELAY_S = 5
"""After a start, so that the hub answers villages before it begins to check."""


class NightlySchedule:
    """Runs a job each night in the background of a serving hub; ``start`` and ``stop`` it once.

    Args:
        job: the nightly run; our own errors are logged, the next night comes all the same.
        hour: local hour of the day, 0-23.
        offset_minutes: local time minus UTC.
    """

    def __init__(self, job: Callable[[], object], *, hour: int, minute: int = 0, offset_minutes: int = 7 * 60) -> None:
        self._job = job
        zone = dt.timezone(dt.timedelta(minutes=offset_minutes))
        self._scheduler = BackgroundScheduler(
            timezone=zone,
            # any number of missed nights is one run, however late
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._trigger = CronTrigger(hour=hour, minute=minute, timezone=zone)
        self._scheduler.add_job(self._run, self._trigger, id="nightly")
        self._zone = zone
        self._stopped = threading.Event()
        self._watch = threading.Thread(target=self._keep_checking, daemon=True, name="nightly-watch")

    def start(self, *, is_due: bool, delay_s: float = CATCH_UP_DELAY_S) -> None:
        """Begin; with ``is_due`` a missed night is caught up shortly after the start."""
        if is_due:
            first = dt.datetime.now(self._zone) + dt.timedelta(seconds=delay_s)
            # the same job, only earlier: the hour of the day is its next time again
            self._scheduler.modify_job("nightly", next_run_time=first)
        self._scheduler.start()
        self._watch.start()

    def check(self, now_ms: int) -> None:
        """Plan anew if the clock was set back, and wake a timer that does not count a suspended machine's hours."""
        if self.next_run_ms() > now_ms + _DAY_MS + _HOUR_MS:
            self._scheduler.reschedule_job("nightly", trigger=self._trigger)
        self._scheduler.wakeup()

    def _keep_checking(self) -> None:
        while not self._stopped.wait(CHECK_S):
            self.check(now_ms())

    def next_run_ms(self) -> int:
        """Return when the next nightly run begins, in UTC milliseconds."""
        job = self._scheduler.get_job("nightly")
        assert job is not None
        return int(job.next_run_time.timestamp() * 1000)

    def stop(self) -> None:
        """End; a run that is under way finishes its village first."""
        self._stopped.set()
        self._scheduler.shutdown(wait=True)

    def _run(self) -> None:
        try:
            self._job()
        except VillageSyncError as error:
            _log.warning("nightly run failed: code=%s %s", error.code, error.message)
        except Exception:  # noqa: BLE001 - the job wrapper is one of three places that may; the night after must come
            _log.exception("nightly run failed: this is a bug")


def is_night_missed(
    last_run_ms: int | None, at_ms: int, *, hour: int, minute: int = 0, offset_minutes: int = 7 * 60
) -> bool:
    """Tell whether the newest nightly time that has passed saw no run since.

    A hub that has never run is due only after its first nightly hour has passed, which the caller sees as None: due.
    So is one whose last run lies ahead: the clock was years off then.
    """
    if last_run_ms is None or last_run_ms > at_ms + _DAY_MS:
        return True
    local = at_ms + offset_minutes * 60_000
    newest = local - local % _DAY_MS + hour * _HOUR_MS + minute * 60_000
    if newest > local:
        newest -= _DAY_MS
    return last_run_ms + offset_minutes * 60_000 < newest
