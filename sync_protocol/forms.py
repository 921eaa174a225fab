"""The wire form of each part of a message: arrays to values and back (protocol 6.1).

Each ``*_from_wire`` takes any decoded value and gives a part or a MalformedMessageError, nothing else.  Which tag has
which form is the table of ``messages``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from schemas.errors import MalformedMessageError
from sync_protocol.codec import is_count, is_digest, is_signed
from sync_protocol.entries import JournalEntry
from sync_protocol.feed import FeedEntry, exception_from_wire, exception_to_wire, feed_entry_from_wire
from sync_protocol.parts import (
    PREVIOUS,
    BlobPart,
    Clock,
    FeedRun,
    JournalRun,
    LostRun,
    Position,
    SnapshotAsk,
    SnapshotPart,
    resolve_after,
    shorten_after,
)


def refuse(what: str) -> NoReturn:
    """Raise the MalformedMessageError of a part that has another form than this version knows."""
    raise MalformedMessageError(f"{what} has a form that is not known here")


def count(value: Any) -> int:
    """Return a number of 0 to 2^63-1."""
    return value if is_count(value) else refuse("a number")


def text(value: Any) -> str:
    """Return a text."""
    return value if isinstance(value, str) else refuse("a text")


def flag(value: Any) -> bool:
    """Return true or false."""
    return value if isinstance(value, bool) else refuse("a flag")


def octets(value: Any) -> bytes:
    """Return a byte string of any length."""
    return value if isinstance(value, bytes) else refuse("a byte string")


def sized(size: int) -> Callable[[Any], bytes]:
    """Return the parser of byte strings of exactly this size."""
    return lambda value: value if is_digest(value, size) else refuse(f"a byte string of {size} bytes")


def many(parse: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """Return the parser of lists of what ``parse`` takes."""
    return lambda value: tuple(parse(item) for item in value) if isinstance(value, list) else refuse("a list")


def position_from_wire(value: Any) -> Position:
    """Return a position; its head has 8 to 32 bytes."""
    match value:
        case [seq, bytes() as head] if is_count(seq) and 8 <= len(head) <= 32:
            return Position(seq, head)
        case _:
            refuse("a position")


def tip_to_wire(tip: tuple[int, bytes]) -> list[Any]:
    """Return a tip with its head cut to 8 bytes."""
    return [tip[0], tip[1][:8]]


def safe_from_wire(value: Any) -> tuple[int, int]:
    """Return the safe point: feed sequence, journal sequence."""
    match value:
        case [feed_seq, journal_seq] if is_count(feed_seq) and is_count(journal_seq):
            return feed_seq, journal_seq
        case _:
            refuse("a safe point")


def clock_from_wire(value: Any) -> Clock:
    """Return a clock; a wrong clock is no error, so any 64-bit instant is taken."""
    match value:
        case [sent, echo, held] if is_signed(sent) and all(x is None or is_signed(x) for x in (echo, held)):
            return Clock(sent, echo, held)
        case _:
            refuse("a clock")


def clock_to_wire(clock: Clock) -> list[Any]:
    """Return a clock as its array."""
    return [clock.sent_ms, clock.echo_ms, clock.held_ms]


def ack_from_wire(value: Any) -> tuple[bytes, bytes]:
    """Return the digest of a head object and the node's signature; nothing is verified here."""
    match value:
        case [digest, signature] if is_digest(digest, 32) and is_digest(signature, 64):
            return digest, signature
        case _:
            refuse("an acknowledgement")


def snapshot_from_wire(value: Any) -> SnapshotPart | SnapshotAsk:
    """Return a snapshot's part or the question for one."""
    match value:
        case [digest, offset, total, bytes() as content] if (
            is_digest(digest, 16) and is_count(offset) and is_count(total)
        ):
            return SnapshotPart(digest, offset, total, content)
        case [digest, offset] if (digest is None or is_digest(digest, 16)) and is_count(offset):
            return SnapshotAsk(digest, offset)
        case _:
            refuse("a snapshot")


def snapshot_to_wire(snapshot: SnapshotPart | SnapshotAsk) -> list[Any]:
    """Return a snapshot's part or the question for one as its array."""
    if isinstance(snapshot, SnapshotAsk):
        return [snapshot.digest, snapshot.offset]
    return [snapshot.digest, snapshot.offset, snapshot.total, snapshot.content]


def blob_wanted_from_wire(value: Any) -> tuple[bytes, int]:
    """Return the id of a blob and the offset to go on from."""
    match value:
        case [blob_id, offset] if is_digest(blob_id, 16) and is_count(offset):
            return blob_id, offset
        case _:
            refuse("a wanted blob")


def blob_from_wire(value: Any) -> BlobPart:
    """Return a blob's part."""
    match value:
        case [blob_id, offset, total, bytes() as content] if (
            is_digest(blob_id, 16) and is_count(offset) and is_count(total)
        ):
            return BlobPart(blob_id, offset, total, content)
        case _:
            refuse("a blob")


def blob_to_wire(blob: BlobPart) -> list[Any]:
    """Return a blob's part as its array."""
    return [blob.blob_id, blob.offset, blob.total, blob.content]


def journal_from_wire(value: Any) -> JournalRun:
    """Return a journal run; bodies are taken as they are, each ``after`` is spelled out."""
    match value:
        case [base_seq, base_head, list() as entries] if is_count(base_seq) and is_digest(base_head, 32):
            run = JournalRun(base_seq, base_head, tuple(journal_entry_from_wire(entry) for entry in entries))
            return JournalRun(base_seq, base_head, resolve_after(run, base_head))
        case _:
            refuse("a journal run")


def journal_to_wire(run: JournalRun) -> list[Any]:
    """Return a journal run as its array, in the short form of ``after``."""
    return [run.base_seq, run.base_head, [journal_entry_to_wire(entry) for entry in shorten_after(run)]]


def journal_entry_from_wire(value: Any) -> JournalEntry:
    """Return a journal entry, whose ``after`` may be PREVIOUS."""
    match value:
        case [kind, bool() as critical, wall_ms, offset_ms, seen_seq, seen_head8, after, first, bytes() as body] if (
            is_count(kind)
            and is_signed(wall_ms)
            and (offset_ms is None or is_signed(offset_ms))
            and is_count(seen_seq)
            and is_digest(seen_head8, 8)
            and (after is None or is_digest(after, 16) or (is_count(after) and after == 0))
            and (first is None or is_digest(first, 16))
        ):
            named = after if is_digest(after, 16) else PREVIOUS if after == 0 else None
            return JournalEntry(kind, critical, wall_ms, offset_ms, seen_seq, seen_head8, named, first, body)
        case _:
            refuse("a journal entry")


def journal_entry_to_wire(entry: JournalEntry) -> list[Any]:
    """Return a journal entry as its array."""
    return [
        entry.kind,
        entry.critical,
        entry.wall_ms,
        entry.offset_ms,
        entry.seen_seq,
        entry.seen_head8,
        0 if entry.after == PREVIOUS else entry.after,
        entry.first,
        entry.body,
    ]


def feed_from_wire(value: Any) -> FeedRun:
    """Return a feed run; head objects stay bytes until they are verified."""
    match value:
        case [base_seq, base_head, list() as entries, list() as heads]:
            return FeedRun(position_from_wire([base_seq, base_head]), _feed_entries(entries), many(octets)(heads))
        case _:
            refuse("a feed run")


def feed_to_wire(run: FeedRun) -> list[Any]:
    """Return a feed run as its array."""
    return [*run.base, [entry.to_wire() for entry in run.entries], list(run.heads)]


def lost_from_wire(value: Any) -> LostRun:
    """Return a lost run; head objects stay bytes until they are verified."""
    match value:
        case [base_seq, base_head, list() as entries, list() as heads, list() as outcomes]:
            return LostRun(
                position_from_wire([base_seq, base_head]),
                _feed_entries(entries),
                many(octets)(heads),
                many(exception_from_wire)(outcomes),
            )
        case _:
            refuse("a lost run")


def lost_to_wire(run: LostRun) -> list[Any]:
    """Return a lost run as its array."""
    outcomes = [exception_to_wire(change_id, outcome) for change_id, outcome in run.outcomes]
    return [*run.base, [entry.to_wire() for entry in run.entries], list(run.heads), outcomes]


def _feed_entries(entries: list[Any]) -> tuple[FeedEntry, ...]:
    return tuple(feed_entry_from_wire(entry) for entry in entries)
