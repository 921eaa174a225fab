"""Decide how long somebody who got a password wrong must wait: longer each time, and never for ever.

Pure.  The wall clock of an old laptop jumps; a clock that went back must not turn minutes of waiting into years.
"""

from __future__ import annotations

FREE_FAILURES = 3
WAIT_START_MS, WAIT_MAX_MS = 2_000, 300_000


def delay_ms(failure_count: int) -> int:
    """Return how long to wait after so many failures in a row."""
    if failure_count < FREE_FAILURES:
        return 0
    return min(WAIT_MAX_MS, WAIT_START_MS << min(failure_count - FREE_FAILURES, 16))


def remaining_ms(failure_count: int, failed_ms: int, now_ms: int) -> int:
    """Return how long is left to wait, at most the whole delay even if the clock went back since."""
    return min(delay_ms(failure_count), max(0, failed_ms + delay_ms(failure_count) - now_ms))


def in_words(wait_ms: int) -> str:
    """Return a wait for an officer to read."""
    seconds = -(-wait_ms // 1000)
    return f"{seconds} detik" if seconds < 100 else f"{-(-seconds // 60)} menit"
