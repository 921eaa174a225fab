"""Shape of the one message that both sides send, and its bytes (protocol 6).

Builds and parses; decides nothing about what a message means and seals nothing (``sealing`` does).  The size of a
single entry is not judged here, so that one oversized entry never blocks its journal: whoever takes entries in makes it
a case.  Unknown tags are kept.  A newer protocol number parses if the tags known here do: the caller decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol import forms
from sync_protocol.codec import decode, digest16, encode
from sync_protocol.entries import journal_start
from sync_protocol.limits import MESSAGE_BYTES_MAX
from sync_protocol.parts import (
    BlobPart,
    Clock,
    FeedRun,
    JournalRun,
    LostRun,
    Position,
    SnapshotAsk,
    SnapshotPart,
    resolve_after,
)
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell, reconcile_from_wire, reconcile_to_wire

__all__ = [
    "PROTOCOL",
    "BlobPart",
    "Clock",
    "FeedRun",
    "JournalRun",
    "LostRun",
    "Message",
    "Position",
    "SnapshotAsk",
    "SnapshotPart",
    "encode_message",
    "message_digest",
    "parse_message",
    "resolve_after",
]

PROTOCOL = 0
"""The protocol number that this program writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of either side; the tags and what they mean are in protocol 6.1."""

    district_code: str
    village_id: int
    replica_id: bytes
    number: int
    protocol: int = PROTOCOL
    answers: bytes | None = None
    journal: JournalRun | None = None
    feed: FeedRun | None = None
    feed_at: Position | None = None
    tips: tuple[tuple[int, bytes], ...] = ()
    safe: tuple[int, int] | None = None
    lost: tuple[LostRun, ...] = ()
    heads: tuple[tuple[int, bytes], ...] | None = None
    realign: Position | None = None
    standing: int = 0
    clock: Clock | None = None
    budget: int = 0
    full_run: bool = False
    ack: tuple[bytes, bytes] | None = None
    snapshot: SnapshotPart | SnapshotAsk | None = None
    blobs_wanted: tuple[tuple[bytes, int], ...] = ()
    blobs: tuple[BlobPart, ...] = ()
    reconcile: ReconcileAsk | ReconcileTell | None = None
    key_list: bytes | None = None
    certificate: bytes | None = None
    unknown: dict[int, Any] = field(default_factory=dict)


class _Form(NamedTuple):
    """How one tag travels; a value equal to ``absent`` does not, unless the tag is required."""

    name: str
    from_wire: Callable[[Any], Any]
    to_wire: Callable[[Any], Any]
    absent: Any = None
    required: bool = False


def _same(value: Any) -> Any:
    return value


def _each(to_wire: Callable[[Any], Any]) -> Callable[[tuple[Any, ...]], list[Any]]:
    return lambda values: [to_wire(value) for value in values]


_POSITIONS = forms.many(forms.position_from_wire)

# Protocol 6.1, in its order.  Tags 23 and 24 are reserved and live in ``unknown``.
_FORMS: dict[int, _Form] = {
    1: _Form("protocol", forms.count, _same, required=True),
    2: _Form("district_code", forms.text, _same, required=True),
    3: _Form("village_id", forms.count, _same, required=True),
    4: _Form("replica_id", forms.sized(8), _same, required=True),
    5: _Form("number", forms.count, _same, required=True),
    6: _Form("answers", forms.sized(16), _same),
    7: _Form("journal", forms.journal_from_wire, forms.journal_to_wire),
    8: _Form("feed", forms.feed_from_wire, forms.feed_to_wire),
    9: _Form("feed_at", forms.position_from_wire, list),
    10: _Form("tips", _POSITIONS, _each(forms.tip_to_wire), ()),
    11: _Form("safe", forms.safe_from_wire, list),
    12: _Form("lost", forms.many(forms.lost_from_wire), _each(forms.lost_to_wire), ()),
    13: _Form("heads", _POSITIONS, _each(list)),
    14: _Form("realign", forms.position_from_wire, list),
    15: _Form("standing", forms.count, _same, 0),
    16: _Form("clock", forms.clock_from_wire, forms.clock_to_wire),
    17: _Form("budget", forms.count, _same, 0),
    18: _Form("full_run", forms.flag, _same, absent=False),
    19: _Form("ack", forms.ack_from_wire, list),
    20: _Form("snapshot", forms.snapshot_from_wire, forms.snapshot_to_wire),
    21: _Form("blobs_wanted", forms.many(forms.blob_wanted_from_wire), _each(list), ()),
    22: _Form("blobs", forms.many(forms.blob_from_wire), _each(forms.blob_to_wire), ()),
    25: _Form("reconcile", reconcile_from_wire, reconcile_to_wire),
    26: _Form("key_list", forms.octets, _same),
    27: _Form("certificate", forms.octets, _same),
}


def encode_message(message: Message) -> bytes:
    """Return the bytes of a message: tags sorted, empty ones left out.

    Raises LimitExceededError above 8 MiB.
    """
    tree = dict(message.unknown)
    for tag, form in _FORMS.items():
        value = getattr(message, form.name)
        if form.required or value != form.absent:
            tree[tag] = form.to_wire(value)
    raw = encode({tag: tree[tag] for tag in sorted(tree)})
    if len(raw) > MESSAGE_BYTES_MAX:
        raise LimitExceededError(f"a message has {len(raw)} bytes, at most {MESSAGE_BYTES_MAX} are allowed")
    return raw


def parse_message(raw: bytes) -> Message:
    """Return the message of decompressed payload bytes.

    Raises MalformedMessageError for any other bytes, LimitExceededError above 8 MiB.
    """
    if len(raw) > MESSAGE_BYTES_MAX:
        raise LimitExceededError(f"a message has {len(raw)} bytes, at most {MESSAGE_BYTES_MAX} are allowed")
    tree = decode(raw)
    if not isinstance(tree, dict) or not all(type(tag) is int and tag > 0 for tag in tree):
        raise MalformedMessageError("a message is not a map of tags")
    values: dict[str, Any] = {"unknown": {tag: value for tag, value in tree.items() if tag not in _FORMS}}
    for tag, form in _FORMS.items():
        value = tree.get(tag)
        if value is not None:
            values[form.name] = form.from_wire(value)
        elif form.required:
            raise MalformedMessageError(f"a message has no tag {tag}, {form.name}")
    message = Message(**values)
    run = message.journal
    if run is not None and run.base_seq == 0 and run.base_head != journal_start(message.replica_id):
        raise MalformedMessageError("a journal run from 0 does not start at its replica's first head")
    return message


def message_digest(payload: bytes) -> bytes:
    """Return the 16 bytes by which an answer names the message it answers (protocol 6.4), of decompressed bytes."""
    return digest16(payload)
