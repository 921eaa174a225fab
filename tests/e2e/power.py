"""Cut the power on paper: from a database's files before and after a commit, make what a disk may hold in between.

A disk keeps what was synced; of what was not it may keep any part, in pieces of a sector, in any order.  SQLite syncs
its log at each commit and only then touches the database file, so two kinds of cut are possible: in the log, with the
old database file; and in the database file, with the whole log.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECTOR_BYTES = 512
_LOG_HEADER_BYTES = 32
_FRAME_BYTES = 24 + 4096


@dataclass(frozen=True)
class Files:
    """A database file and its log at one moment."""

    database: bytes
    log: bytes

    @classmethod
    def read(cls, path: Path) -> Files:
        """Read both from the disk; a log that is not there is empty."""
        log = path.with_name(f"{path.name}-wal")
        return cls(path.read_bytes(), log.read_bytes() if log.exists() else b"")

    def write(self, path: Path) -> None:
        """Put both on the disk, as they lie there when the power comes back."""
        path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
        path.write_bytes(self.database)
        log = path.with_name(f"{path.name}-wal")
        if self.log:
            log.write_bytes(self.log)
        else:
            log.unlink(missing_ok=True)


def cuts_of_log(before: Files, after: Files, chance: random.Random, odd: int) -> Iterator[Files]:
    """Give what may be on the disk while the log was written: up to each frame, some odd bytes, and some torn."""
    first = next((at for at, pair in enumerate(zip(before.log, after.log, strict=False)) if pair[0] != pair[1]), None)
    start = first if first is not None else min(len(before.log), len(after.log))
    places = {at for at in range(_LOG_HEADER_BYTES, len(after.log) + 1, _FRAME_BYTES) if at >= start}
    places |= {chance.randint(start, len(after.log)) for _ in range(odd)} if len(after.log) > start else set()
    for at in sorted(places):
        yield Files(before.database, after.log[:at] + before.log[at:])
    for _ in range(odd // 2):
        yield Files(before.database, torn(before.log, after.log, chance))


def cuts_of_database(before: Files, after: Files, chance: random.Random, count: int) -> Iterator[Files]:
    """Give what may be on the disk while the log was copied into the database file; the log is whole."""
    for _ in range(count):
        yield Files(torn(before.database, after.database, chance), before.log)


def torn(before: bytes, after: bytes, chance: random.Random) -> bytes:
    """Return a file of which some changed sectors were written and some were not; holes read as zeros."""
    share = chance.random()
    size = max(len(before), len(after))
    pieces = []
    for at in range(0, size, SECTOR_BYTES):
        old = before[at : at + SECTOR_BYTES].ljust(SECTOR_BYTES, b"\0")
        new = after[at : at + SECTOR_BYTES].ljust(SECTOR_BYTES, b"\0")
        pieces.append(new if old != new and chance.random() < share else old)
    return b"".join(pieces)[:size]
