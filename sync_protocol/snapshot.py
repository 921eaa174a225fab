"""A village's registry layer as one file, for a node that starts from nothing (protocol 9).

Builds, cuts and reads; decides neither when a snapshot is better than the feed nor which one to keep.  The signed head
in it vouches for the rows through F, the messages that carry its parts for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from schemas.errors import LimitExceededError, MalformedMessageError, RemoteProtocolError
from sync_protocol.codec import decode, digest16, encode, is_count, is_digest
from sync_protocol.feed import F_MODULUS, FULL, HeadObject, fingerprint_part, parse_head_payload
from sync_protocol.limits import BODY_BYTES_MAX, SNAPSHOT_BYTES_MAX, SNAPSHOT_PART_BYTES_MAX
from sync_protocol.packing import pack, unpack
from sync_protocol.sealing import VerifyKey, verify_object

_SNAPSHOT = "kampung/snapshot/0"


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One record as the village sees it; the body is empty when it is erased."""

    record_id: bytes
    kind: int
    level: int
    version: int
    record_digest: bytes
    body: bytes

    @property
    def shown_digest(self) -> bytes:
        """Return the digest that F counts (protocol 3.9)."""
        return self.record_digest if self.level == FULL else digest16(self.body)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A parsed snapshot; only ``open_snapshot`` tells that its head and its rows are true."""

    signed_head: bytes
    rows: tuple[SnapshotRow, ...]
    decided: tuple[tuple[bytes, int], ...]
    """(replica id, last decided journal sequence) of each replica of the village."""


def build_snapshot(signed_head: bytes, rows: Iterable[SnapshotRow], decided: Iterable[tuple[bytes, int]]) -> bytes:
    """Return the packed bytes of a snapshot, rows and replicas sorted by id.

    Raises LimitExceededError above 64 MiB.
    """
    tree = [
        _SNAPSHOT,
        signed_head,
        [row_to_wire(row) for row in sorted(rows, key=lambda row: row.record_id)],
        [list(each) for each in sorted(decided)],
    ]
    raw = encode(tree)
    if len(raw) > SNAPSHOT_BYTES_MAX:
        raise LimitExceededError(f"a snapshot has {len(raw)} bytes, at most {SNAPSHOT_BYTES_MAX} are allowed")
    return pack(raw)


def parse_snapshot(packed: bytes) -> Snapshot:
    """Return the snapshot of its packed bytes; checks form and order, not the head.

    Raises MalformedMessageError or LimitExceededError.
    """
    match decode(unpack(packed, SNAPSHOT_BYTES_MAX)):
        case [str(name), bytes() as signed_head, list() as rows, list() as decided, *_] if name == _SNAPSHOT:
            snapshot = Snapshot(
                signed_head, tuple(row_from_wire(row) for row in rows), tuple(_decided_from_wire(x) for x in decided)
            )
        case _:
            raise MalformedMessageError("not a snapshot")
    if any(left.record_id >= right.record_id for left, right in pairwise(snapshot.rows)):
        raise MalformedMessageError("a snapshot's rows are not in the order of their ids")
    return snapshot


def row_to_wire(row: SnapshotRow) -> list[Any]:
    """Return a row as its array; the digest of a full record is that of its body, so it does not travel."""
    digest = None if row.level == FULL else row.record_digest
    return [row.record_id, row.kind, row.level, row.version, digest, row.body]


def row_from_wire(item: Any) -> SnapshotRow:
    """Return the row of an array; raises MalformedMessageError, or LimitExceededError for a body above 128 KiB."""
    match item:
        case [record_id, kind, level, version, digest, bytes() as body] if (
            is_digest(record_id, 16)
            and all(is_count(number) for number in (kind, level, version))
            and (digest is None if level == FULL else is_digest(digest, 16))
        ):
            if len(body) > BODY_BYTES_MAX:
                raise LimitExceededError(f"a record body has {len(body)} bytes, at most {BODY_BYTES_MAX} are allowed")
            return SnapshotRow(record_id, kind, level, version, digest16(body) if digest is None else digest, body)
        case _:
            raise MalformedMessageError("a snapshot's row has a form that is not known here")


def _decided_from_wire(item: Any) -> tuple[bytes, int]:
    match item:
        case [replica_id, seq] if is_digest(replica_id, 8) and is_count(seq):
            return replica_id, seq
        case _:
            raise MalformedMessageError("a snapshot's replica has a form that is not known here")


def snapshot_fingerprint(rows: Iterable[SnapshotRow], village_key: bytes) -> int:
    """Return F of these records (protocol 3.9)."""
    parts = (fingerprint_part(village_key, row.record_id, row.version, row.shown_digest) for row in rows)
    return sum(parts) % F_MODULUS


def open_snapshot(
    packed: bytes, *, verify_keys: Mapping[bytes, VerifyKey], village_key: bytes, log_id: bytes
) -> tuple[Snapshot, HeadObject]:
    """Return a snapshot whose head the hub signed for this feed and whose rows give the head's F.

    Raises MalformedMessageError, LimitExceededError, UnknownKeyError or BadSignatureError; RemoteProtocolError if the
    head is another feed's (``message-misaddressed``) or the rows do not give its F (``fingerprint-differs``).
    """
    snapshot = parse_snapshot(packed)
    head = parse_head_payload(verify_object(snapshot.signed_head, verify_keys))
    if head.log_id != log_id:
        raise RemoteProtocolError("a snapshot is of another village's feed", code="message-misaddressed")
    if snapshot_fingerprint(snapshot.rows, village_key) != head.fingerprint:
        raise RemoteProtocolError("a snapshot's rows do not give its fingerprint", code="fingerprint-differs")
    return snapshot, head


def snapshot_digest(packed: bytes) -> bytes:
    """Return the 16 bytes that name a snapshot."""
    return digest16(packed)


def cut(packed: bytes, offset: int, bytes_max: int) -> bytes:
    """Return at most so many bytes from an offset on, and at most 1 MiB; LimitExceededError beyond the end."""
    if not 0 <= offset < len(packed):
        raise LimitExceededError(f"a snapshot of {len(packed)} bytes has no byte {offset}")
    return packed[offset : offset + min(bytes_max, SNAPSHOT_PART_BYTES_MAX)]
