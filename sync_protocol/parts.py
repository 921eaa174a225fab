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
"""Stands in ``JournalEntry.after``, between wire and run only, for the change id of the entry before: 0 on the wire."""


class Position(NamedTuple):
    """A place in a log: never a number alone, always with 8 to 32 bytes of its head (protocol 2.5)."""

    seq: int
    head: bytes


@dataclass(frozen=True, slots=True)
class JournalRun:
    """Consecutive journal entries after a base, whose head is given whole (32 bytes)."""

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
    """The node asks for a part: of any snapshot (digest None), or of the one it has begun, from this byte on."""

    digest: bytes | None
    offset: int


@dataclass(frozen=True, slots=True)
class SnapshotPart:
    """The hub gives bytes from an offset on of the snapshot with this digest and of this size."""

    digest: bytes
    offset: int
    total: int
    content: bytes


@dataclass(frozen=True, slots=True)
class BlobPart:
    """Bytes of an attachment from an offset on."""

    blob_id: bytes
    offset: int
    total: int
    content: bytes


def resolve_after(run: JournalRun, base_head: bytes) -> tuple[JournalEntry, ...]:
    """Return the entries of a run with each ``after`` spelled out; parsed messages hold them so already.

    Raises MalformedMessageError if the first entry leans on an entry before the run, or the base is another one.
    """
    if base_head != run.base_head:
        raise MalformedMessageError("a journal run does not continue this head")
    head, previous = base_head, PREVIOUS
    resolved: list[JournalEntry] = []
    for entry in run.entries:
        if entry.after == PREVIOUS and previous == PREVIOUS:
            raise MalformedMessageError("the first entry of a run must name the entry before it")
        whole = replace(entry, after=previous) if entry.after == PREVIOUS else entry
        head = whole.head(head)
        previous = whole.first if whole.first is not None else head[:16]
        resolved.append(whole)
    return tuple(resolved)


def shorten_after(run: JournalRun) -> tuple[JournalEntry, ...]:
    """Return the entries as they travel: ``after`` is PREVIOUS wherever the run itself tells it."""
    head, previous = run.base_head, PREVIOUS
    shortened: list[JournalEntry] = []
    for entry in run.entries:
        shortened.append(replace(entry, after=PREVIOUS) if previous and entry.after == previous else entry)
        head = entry.head(head)
        previous = entry.first if entry.first is not None else head[:16]
    return tuple(shortened)
