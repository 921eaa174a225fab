"""Shape of journal entries and of the changes in them, their headers and heads (protocol 3.2-3.5).

Builds and parses; judges nothing (``admission`` does).  Values are frozen: an entry that exists is well formed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any, TypeGuard, assert_never

from schemas.bodies import Body
from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol import limits
from sync_protocol.codec import decode, digest16, digest32, encode, is_count, is_digest

# A body is asked for once by each rule that looks at its entry, one entry after the other.
_PARSED_ENTRIES_MAX = 64


class EntryKind(IntEnum):
    """Kinds of journal entry (protocol 3.4); only an EVENT makes its updates wait together."""

    CORRECTION = 1
    EVENT = 2
    IMPORT = 3
    REQUEST = 4
    LETTER = 5


@dataclass(frozen=True, slots=True)
class Create:
    """A new record with its whole body, without the owner."""

    record_id: bytes
    kind: int
    body: Body

    @property
    def tag(self) -> int:
        """Return 0: outcomes name a whole create so."""
        return 0


@dataclass(frozen=True, slots=True)
class Update:
    """One field of one record: what the form showed, and what the officer wrote."""

    record_id: bytes
    tag: int
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Add:
    """A new immutable element of a SET field."""

    record_id: bytes
    tag: int
    element: Any


@dataclass(frozen=True, slots=True)
class Remove:
    """The removal of an element of a SET field; it wins over any add of the same element."""

    record_id: bytes
    tag: int
    element: Any


Change = Create | Update | Add | Remove


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One officer action at rest: header values and the body's bytes as written."""

    kind: int
    critical: bool
    wall_ms: int
    offset_ms: int | None
    seen_seq: int
    seen_head8: bytes
    after: bytes | None
    first: bytes | None
    body: bytes

    def header(self) -> bytes:
        """Return the bytes that the chain hashes (protocol 3.3)."""
        return encode(
            [
                self.kind,
                self.critical,
                self.wall_ms,
                self.offset_ms,
                self.seen_seq,
                self.seen_head8,
                self.after,
                self.first,
                digest16(self.body),
            ]
        )

    def head(self, previous: bytes) -> bytes:
        """Return the head of the journal after this entry."""
        return digest32(previous + self.header())

    def change_id(self, previous: bytes) -> bytes:
        """Return the change id: that of the first issue, else from this very head."""
        return self.first if self.first is not None else self.head(previous)[:16]


def journal_start(replica_id: bytes) -> bytes:
    """Return head(0) of a replica's journal; a replica id has 8 bytes."""
    return digest32(b"kampung/journal/0" + replica_id)


def encode_entry_body(officer: str, changes: tuple[Change, ...]) -> bytes:
    """Return the bytes of an entry's body (protocol 3.5).

    Raises LimitExceededError above 64 KiB, 100 records or 100 bytes of officer name.
    """
    raw = encode([officer, [_change_to_wire(change) for change in changes]])
    if len(raw) > limits.JOURNAL_ENTRY_BYTES_MAX:
        raise LimitExceededError(f"an entry has {len(raw)} bytes, at most {limits.JOURNAL_ENTRY_BYTES_MAX} are allowed")
    _check_limits(officer, changes)
    return raw


def _check_limits(officer: str, changes: tuple[Change, ...]) -> None:
    if len({change.record_id for change in changes}) > limits.JOURNAL_ENTRY_RECORDS_MAX:
        raise LimitExceededError(f"an entry writes more than {limits.JOURNAL_ENTRY_RECORDS_MAX} records")
    if len(officer.encode()) > limits.OFFICER_NAME_BYTES_MAX:
        raise LimitExceededError("an officer's name is longer than 100 bytes")


def _change_to_wire(change: Change) -> list[Any]:
    match change:
        case Create(record_id, kind, body):
            return [0, record_id, kind, {tag: body[tag] for tag in sorted(body) if body[tag] is not None}]
        case Update(record_id, tag, old, new):
            return [1, record_id, tag, old, new]
        case Add(record_id, tag, element):
            return [2, record_id, tag, element]
        case Remove(record_id, tag, element):
            return [3, record_id, tag, element]
        case _:
            assert_never(change)


@lru_cache(maxsize=_PARSED_ENTRIES_MAX)
def parse_entry_body(raw: bytes) -> tuple[str, tuple[Change, ...]]:
    """Return the officer and the changes of an entry's body.

    Raises MalformedMessageError for a form this version does not know, LimitExceededError above the limits.
    """
    if len(raw) > limits.JOURNAL_ENTRY_BYTES_MAX:
        raise LimitExceededError(f"an entry has {len(raw)} bytes, at most {limits.JOURNAL_ENTRY_BYTES_MAX} are allowed")
    match decode(raw, limits.ENTRY_NESTING_MAX):
        case [str() as officer, list() as items]:
            changes = tuple(_change_from_wire(item) for item in items)
            _check_limits(officer, changes)
            return officer, changes
        case _:
            raise MalformedMessageError("an entry's body is not [officer, changes]")


def _change_from_wire(item: Any) -> Change:
    match item:
        # false equals 0 in Python, not on the wire
        case [bool(), *_]:
            pass
        case [0, record_id, kind, dict() as body] if is_digest(record_id, 16) and is_count(kind) and _is_tagged(body):
            return Create(record_id, kind, {tag: body[tag] for tag in sorted(body) if body[tag] is not None})
        case [1, record_id, tag, old, new] if is_digest(record_id, 16) and _is_tag(tag):
            return Update(record_id, tag, old, new)
        case [2, record_id, tag, element] if is_digest(record_id, 16) and _is_tag(tag):
            return Add(record_id, tag, element)
        case [3, record_id, tag, element] if is_digest(record_id, 16) and _is_tag(tag):
            return Remove(record_id, tag, element)
    raise MalformedMessageError("a change has a form that is not known here")


def _is_tag(value: Any) -> TypeGuard[int]:
    return is_count(value) and value > 0


def _is_tagged(body: dict[Any, Any]) -> bool:
    return all(_is_tag(tag) for tag in body)


def change_to_tree(change: Change) -> list[Any]:
    """Return a change as nested arrays, the form in which a case's body holds it."""
    return _change_to_wire(change)


def change_from_tree(tree: Any) -> Change:
    """Return the change that a case's body holds; raises MalformedMessageError for an unknown form."""
    return _change_from_wire(tree)
