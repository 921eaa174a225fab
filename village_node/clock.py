"""Read this machine's clock: the only place of the village node that does.

Decides nothing; everything below takes the time as an argument, so that tests and histories bring their own.
"""

from __future__ import annotations

import datetime as dt
import time

_ALONE_MS_MAX = 400 * 24 * 3600 * 1000
"""A laptop that hears nothing of the district for longer than this is not believed more than its clock."""


def now_ms() -> int:
    """Return the wall clock in milliseconds since 1970, UTC; it may be years off on an old laptop."""
    return time.time_ns() // 1_000_000


def likely_ms(wall_ms: int, offset_ms: int | None, hub_time_ms: int) -> int:
    """Return what time it most likely is: never before the hub time last seen, and no year of a clock that is off.

    Args:
        offset_ms: how far the hub's clock was ahead when it was measured; somebody may have set this clock since.
        hub_time_ms: the newest hub time seen, 0 before the first.
    """
    corrected_ms = wall_ms + (offset_ms or 0)
    for guess_ms in (corrected_ms, wall_ms):
        if hub_time_ms and hub_time_ms <= guess_ms <= hub_time_ms + _ALONE_MS_MAX:
            return guess_ms
    if offset_ms is None and wall_ms > hub_time_ms + _ALONE_MS_MAX and hub_time_ms:
        return hub_time_ms  # a clock years ahead that nobody has measured: 2038
    return max(corrected_ms, hub_time_ms)


def local_time(at_ms: int, utc_offset_minutes: int) -> dt.datetime:
    """Return a moment by the village's own clock."""
    return dt.datetime.fromtimestamp(at_ms / 1000, dt.timezone(dt.timedelta(minutes=utc_offset_minutes)))


def elapsed_ms() -> int:
    """Return milliseconds of a clock that never jumps; only differences mean something."""
    return time.monotonic_ns() // 1_000_000
