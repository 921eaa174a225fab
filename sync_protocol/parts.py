"""The parts that a message is made of: positions, runs of both logs, clock, snapshot and blob parts (protocol 6.1).

Holds values and the short form of ``after`` in a journal run; knows no bytes of the wire (``forms`` does).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from schemas.errors import MalformedMessageError
from sync_protocol.entries import JournalEntry
from sync_protocol.feed import FeedEntry, Outcome

PREVIOUS = b""
"""Stands in ``JournalEntry.after`` of a parsed run for the change id of the entry before (0 on the wire)."""


class Position(NamedTuple):
    """A place in a log: never a number alone, always with 8 to 32 bytes of its head (protocol 2.5)."""

    seq: int
    head: bytes


@dataclass(frozen=True, slots=True)
class JournalRun:
    """Consecutive journal entries after a base.

    ``base_head`` has 32 bytes when built from a log and 8 when parsed; a parsed run goes through ``resolve_after``.
    """

    base_seq: int
    base_head: bytes
    entries: tuple[JournalEntry, ...]


@dataclass(frozen=True, slots=True)
class FeedRun:
    """Consecutive feed entries after a base, with encoded signed head objects of positions in the run."""

    base: Position
    entries: tuple[FeedEntry, ...]
    heads: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LostRun:
    """Feed entries that the hub signed and no longer has, and the outcomes of the node's own entries (protocol 11)."""

    base: Position
    entries: tuple[FeedEntry, ...]
    heads: tuple[bytes, ...]
    outcomes: tuple[tuple[bytes, Outcome], ...] = ()


@dataclass(frozen=True, slots=True)
class Clock:
    """The sender's clock, the other side's clock as last seen, and how long ago by the sender's clock."""

    sent_ms: int
    echo_ms: int | None = None
    held_ms: int | None = None


@dataclass(frozen=True, slots=True)
class SnapshotAsk:
    """The node asks for a part: of any snapshot (digest None), or of the one it has begun."""

    digest: bytes | None
    next_part: int


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """The hub gives one part, numbered from 0, of the snapshot with this digest."""

    digest: bytes
    part: int
    parts: int
    content: bytes


@dataclass(frozen=True, slots=True)
class BlobPart:
    """Bytes of an attachment from an offset on."""

    blob_id: bytes
    offset: int
    total: int
    content: bytes


def resolve_after(run: JournalRun, base_head: bytes) -> tuple[JournalEntry, ...]:
    """Return the entries of a run with each ``after`` spelled out, given the whole head (32 bytes) of its base.

    Raises MalformedMessageError if the first entry leans on an entry before the run, or the base is another one.
    """
    if base_head[: len(run.base_head)] != run.base_head:
        raise MalformedMessageError("a journal run does not continue this head")
    head, previous = base_head, PREVIOUS
    resolved: list[JournalEntry] = []
    for entry in run.entries:
        if entry.after == PREVIOUS:
            if previous == PREVIOUS:
                raise MalformedMessageError("the first entry of a run must name the entry before it")
            entry = replace(entry, after=previous)
        head = entry.head(head)
        previous = entry.first if entry.first is not None else head[:16]
        resolved.append(entry)
    return tuple(resolved)


def shorten_after(run: JournalRun) -> JournalRun:
    """Return the run as it travels: 8 bytes of base head, ``after`` as PREVIOUS wherever the run itself tells it.

    Raises MalformedMessageError as ``resolve_after`` does.
    """
    if len(run.base_head) == 8:
        return run
    head, previous = run.base_head, PREVIOUS
    shortened: list[JournalEntry] = []
    for entry in resolve_after(run, run.base_head):
        head = entry.head(head)
        shortened.append(replace(entry, after=PREVIOUS) if previous != PREVIOUS and entry.after == previous else entry)
        previous = entry.first if entry.first is not None else head[:16]
    return JournalRun(run.base_seq, run.base_head[:8], tuple(shortened))
