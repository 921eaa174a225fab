"""Let one seed decide everything that a world draws: ids, keys and choices.

What the product draws (replica ids, decision ids, village keys) comes from the operating system; in a simulated world
that source is simulated too.  Sealing draws its own, which no outcome depends on.
"""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Source:
    """Bytes that follow from a seed alone."""

    def __init__(self, seed: str) -> None:
        self._seed, self._drawn = seed, 0

    def take(self, size: int) -> bytes:
        """Return the next bytes."""
        self._drawn += 1
        return hashlib.shake_128(f"{self._seed}/{self._drawn}".encode()).digest(size)


@contextmanager
def simulated_entropy(source: Source) -> Iterator[None]:
    """Let the operating system's random bytes come from a source while the block lasts."""
    system: Any = random  # the source of ``secrets`` and ``SystemRandom`` lies there
    before = os.urandom, system._urandom
    os.urandom = system._urandom = source.take
    try:
        yield
    finally:
        os.urandom, system._urandom = before
