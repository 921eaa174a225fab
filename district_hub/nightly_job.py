"""Join the nightly run to the schedule of a serving hub: at its hour, and once for missed nights.

Decides nothing of its own: when is ``schedule``, what is ``nightly`` and ``recovery``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from district_hub.clock import now_ms
from district_hub.hub import Hub
from district_hub.ledger import DIARY_NAME
from district_hub.nightly import NightlyResult, last_result, run_nightly
from district_hub.recovery import go_on_recovering
from district_hub.schedule import NightlySchedule, is_night_missed


def reconcile(hub: Hub, clock: Callable[[], int] = now_ms) -> NightlyResult:
    """Do the night's work now: heal what a restore lost, then reconcile; raises as ``run_nightly`` does.

    Raises HubBusyError "hub-mute" for a restored hub that nobody has resumed.
    """
    hub.store.need_voice()
    go_on_recovering(hub.store, hub.directory / DIARY_NAME, clock(), days_max=hub.config.backup_days)
    return run_nightly(hub.store, hub.directory, hub.config, hub.keys.head_keys(), clock)


@contextmanager
def nightly_schedule(hub: Hub, clock: Callable[[], int] = now_ms) -> Iterator[None]:
    """Run the nights while the block lasts."""
    config = hub.config
    schedule = NightlySchedule(
        lambda: reconcile(hub, clock),
        hour=config.nightly_hour,
        minute=config.nightly_minute,
        offset_minutes=config.timezone_minutes,
    )
    last = last_result(hub.store)
    since_ms = last.started_ms if last is not None else next((record.at_ms for record in hub.ledger), None)
    is_due = is_night_missed(
        since_ms,
        clock(),
        hour=config.nightly_hour,
        minute=config.nightly_minute,
        offset_minutes=config.timezone_minutes,
    )
    schedule.start(is_due=is_due)
    try:
        yield
    finally:
        schedule.stop()
