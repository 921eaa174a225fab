"""Shape of feed entries: puts, verdicts, notices, their headers and heads, and F (protocol 3.6-3.10).

Builds and parses; decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from schemas.errors import MalformedMessageError
from sync_protocol.codec import decode, digest16, digest32, encode, is_count, is_digest, keyed_digest16

FULL, STUB, ERASED = 0, 1, 2
"""Levels of a put: the whole record, what remains after leaving a scope, nothing."""

F_MODULUS = 1 << 128


class Result(IntEnum):
    """What became of one field of one journal entry (protocol 3.7)."""

    ACCEPTED = 0
    SUPERSEDED = 1
    REFUSED = 2
    IN_REVIEW = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a journal entry, per field; all accepted when ``fields`` is empty."""

    fields: tuple[tuple[bytes, int, int], ...] = ()
    reason: str = ""
    case_id: bytes | None = None

    @property
    def summary(self) -> int:
        """Return the entry's outcome: in review before refused before superseded before accepted."""
        found = {result for _, _, result in self.fields}
        for result in (Result.IN_REVIEW, Result.REFUSED, Result.SUPERSEDED):
            if result in found:
                return result
        return Result.ACCEPTED

    @property
    def is_final(self) -> bool:
        """Tell whether nothing of the entry waits for a person."""
        return self.summary != Result.IN_REVIEW


ACCEPTED = Outcome()


@dataclass(frozen=True, slots=True)
class Put:
    """A record's new version as one village sees it; ``body`` may be absent on the wire and at rest."""

    kind: int
    level: int
    record_id: bytes
    version: int
    previous_version: int
    previous_digest: bytes | None
    record_digest: bytes
    cause: bytes
    body: bytes | None

    @property
    def shown_digest(self) -> bytes:
        """Return the digest that F counts: of the whole record, or of the bytes shown instead."""
        return self.record_digest if self.level == FULL else digest16(self.body or b"")

    def header(self) -> list[Any]:
        """Return the part that the chain hashes (protocol 3.6)."""
        return [
            self.kind,
            self.level,
            self.record_id,
            self.version,
            self.previous_version,
            self.previous_digest,
            self.record_digest,
            self.cause,
            None if self.level == FULL else self.shown_digest,
        ]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a replica's entries up to a sequence, or (replica None) of named change ids."""

    replica_id: bytes | None
    up_to: int
    head8: bytes | None
    exceptions: tuple[tuple[bytes, Outcome], ...] = ()

    def header(self) -> list[Any]:
        """Return the verdict as arrays: the same on the wire and in the chain."""
        return [
            self.replica_id,
            self.up_to,
            self.head8,
            [exception_to_wire(change_id, outcome) for change_id, outcome in self.exceptions],
        ]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something all of a village must know: a ledger record, a key list, a minimum version."""

    kind: int
    critical: bool
    payload: Any


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One transaction of the hub as one village sees it."""

    puts: tuple[Put, ...]
    verdicts: tuple[Verdict, ...] = ()
    notices: tuple[Notice, ...] = ()

    def header(self) -> bytes:
        """Return the bytes that the chain hashes."""
        return encode(
            [
                [put.header() for put in self.puts],
                [verdict.header() for verdict in self.verdicts],
                [[notice.kind, notice.critical, notice.payload] for notice in self.notices],
            ]
        )

    def head(self, previous: bytes) -> bytes:
        """Return the head of the feed after this entry."""
        return digest32(previous + self.header())

    def to_wire(self) -> list[Any]:
        """Return the entry as it travels (protocol 6.1, tag 8)."""
        return [
            [
                [
                    put.kind,
                    put.level,
                    put.record_id,
                    put.version,
                    put.previous_version,
                    put.previous_digest,
                    put.cause,
                    # the receiver computes the digest of a full body; of a stub or a derived one it must be told
                    None if put.level == FULL and put.body is not None else put.record_digest,
                    put.body,
                ]
                for put in self.puts
            ],
            [verdict.header() for verdict in self.verdicts],
            [[notice.kind, notice.critical, notice.payload] for notice in self.notices],
        ]


def feed_log_id(district_code: str, village_id: int) -> bytes:
    """Return the log id of a village's feed (protocol 3.2)."""
    return b"kampung/feed/0/" + district_code.encode() + b"/" + village_id.to_bytes(4, "big")


def feed_start(district_code: str, village_id: int) -> bytes:
    """Return head(0) of a village's feed."""
    return digest32(feed_log_id(district_code, village_id))


def fingerprint_part(village_key: bytes, record_id: bytes, version: int, shown_digest: bytes) -> int:
    """Return what one record adds to F (protocol 3.9)."""
    return int.from_bytes(keyed_digest16(village_key, record_id + version.to_bytes(8, "big") + shown_digest), "big")


def feed_entry_from_wire(item: Any) -> FeedEntry:
    """Return a feed entry from its arrays; raises MalformedMessageError for any other form."""
    match item:
        case [list() as puts, list() as verdicts, list() as notices]:
            return FeedEntry(
                tuple(_put_from_wire(put) for put in puts),
                tuple(_verdict_from_wire(verdict) for verdict in verdicts),
                tuple(_notice_from_wire(notice) for notice in notices),
            )
        case _:
            raise MalformedMessageError("a feed entry is not [puts, verdicts, notices]")


def _put_from_wire(item: Any) -> Put:
    match item:
        case [kind, level, record_id, version, previous_version, previous, bytes() as cause, digest, body] if (
            all(is_count(number) for number in (kind, level, version, previous_version))
            and is_digest(record_id, 16)
            and _is_digest_or_nil(previous, 16)
            and _is_digest_or_nil(digest, 16)
            and (body is None or isinstance(body, bytes))
        ):
            if level == FULL and body is not None:
                # A digest that travels beside its body is never believed: the chain would vouch for another body.
                if digest is not None and digest != digest16(body):
                    raise MalformedMessageError("a put's body is not the one of its digest")
                digest = digest16(body)
            if digest is None:
                raise MalformedMessageError("a put has no record digest")
            return Put(kind, level, record_id, version, previous_version, previous, digest, cause, body)
        case _:
            raise MalformedMessageError("a put has a form that is not known here")


def _is_digest_or_nil(value: Any, size: int) -> bool:
    return value is None or is_digest(value, size)


def _verdict_from_wire(item: Any) -> Verdict:
    match item:
        case [replica_id, up_to, head8, list() as exceptions] if (
            _is_digest_or_nil(replica_id, 8) and is_count(up_to) and _is_digest_or_nil(head8, 8)
        ):
            return Verdict(replica_id, up_to, head8, tuple(exception_from_wire(each) for each in exceptions))
        case _:
            raise MalformedMessageError("a verdict has a form that is not known here")


def exception_to_wire(change_id: bytes, outcome: Outcome) -> list[Any]:
    """Return the arrays of an exception of a verdict."""
    return [change_id, outcome.summary, [list(each) for each in outcome.fields], outcome.reason, outcome.case_id]


def exception_from_wire(item: Any) -> tuple[bytes, Outcome]:
    """Return (change id, outcome) from its arrays; raises MalformedMessageError for any other form."""
    match item:
        case [change_id, summary, list() as fields, str() as reason, case_id] if (
            is_digest(change_id, 16) and is_count(summary) and _is_digest_or_nil(case_id, 16)
        ):
            outcome = Outcome(tuple(_field_outcome_from_wire(each) for each in fields), reason, case_id)
            if summary != outcome.summary:
                raise MalformedMessageError("an outcome's summary is not that of its fields")
            return change_id, outcome
        case _:
            raise MalformedMessageError("an exception of a verdict has a form that is not known here")


def _field_outcome_from_wire(item: Any) -> tuple[bytes, int, int]:
    match item:
        case [record_id, tag, result] if is_digest(record_id, 16) and is_count(tag) and is_count(result):
            return record_id, tag, result
        case _:
            raise MalformedMessageError("an outcome has a form that is not known here")


def _notice_from_wire(item: Any) -> Notice:
    match item:
        case [kind, bool() as critical, payload] if is_count(kind):
            return Notice(kind, critical, payload)
        case _:
            raise MalformedMessageError("a notice has a form that is not known here")


def encode_feed_entry(entry: FeedEntry) -> bytes:
    """Return the bytes in which a feed entry is kept, bodies included."""
    return encode(entry.to_wire())


def decode_feed_entry(raw: bytes) -> FeedEntry:
    """Return a kept or received feed entry; raises MalformedMessageError."""
    return feed_entry_from_wire(decode(raw))


@dataclass(frozen=True, slots=True)
class HeadObject:
    """The hub's statement about one feed position, signed or to be signed (protocol 3.10)."""

    log_id: bytes
    seq: int
    head: bytes
    fingerprint: int
    hub_time_ms: int

    def payload(self) -> bytes:
        """Return the bytes that are signed."""
        return encode(
            ["kampung/head/0", self.log_id, self.seq, self.head, self.fingerprint.to_bytes(16, "big"), self.hub_time_ms]
        )


def parse_head_payload(raw: bytes) -> HeadObject:
    """Return the head object of verified payload bytes; raises MalformedMessageError."""
    match decode(raw):
        case ["kampung/head/0", bytes() as log_id, seq, head, fingerprint, hub_time_ms] if (
            is_count(seq) and is_digest(head, 32) and is_digest(fingerprint, 16) and is_count(hub_time_ms)
        ):
            return HeadObject(log_id, seq, head, int.from_bytes(fingerprint, "big"), hub_time_ms)
        case _:
            raise MalformedMessageError("not a head object")
