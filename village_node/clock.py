"""Read this machine's clock: the only place of the village node that does.

Decides nothing; everything below takes the time as an argument, so that tests and histories bring their own.
"""

from __future__ import annotations

import time


def now_ms() -> int:
    """Return the wall clock in milliseconds since 1970, UTC; it may be years off on an old laptop."""
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Return milliseconds of a clock that never jumps; only differences mean something."""
    return time.monotonic_ns() // 1_000_000
