"""Read the clock: the only place in the hub that does.  Everything below takes ``now_ms``."""

from __future__ import annotations

import time


def now_ms() -> int:
    """Return UTC in milliseconds since 1970-01-01."""
    return time.time_ns() // 1_000_000
