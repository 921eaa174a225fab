"""Apply feed entries to a node's registry layer, and take them back (protocol 2.6, 3.7-3.9, 6.5, 11.3).

The caller has checked the run's heads.  Each applied entry keeps what it replaced, so that a realign can undo it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from schemas.errors import BadSignatureError, ProtocolError
from sync_protocol.codec import decode_body, digest16, encode_body
from sync_protocol.entries import Change, parse_entry_body
from sync_protocol.feed import (
    ACCEPTED,
    F_MODULUS,
    FULL,
    FeedEntry,
    HeadObject,
    Notice,
    Outcome,
    Put,
    Result,
    Verdict,
    fingerprint_part,
)
from sync_protocol.overlay import derived_body
from sync_protocol.tables import Held, NodeFeedRow, NodeTables, OwnEntry

KNOWN_NOTICES = frozenset({1, 2, 3})
"""Kinds of notice that this version understands: ledger record, key list, minimum version."""


class Applied(Enum):
    """What became of one feed entry."""

    YES = "yes"
    UNDERIVED = "underived"
    NEEDS_UPDATE = "needs-update"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A verified head object, with the bytes that prove it to anyone."""

    head: HeadObject
    raw: bytes


@dataclass
class _Work:
    """One feed entry while it is being applied."""

    tables: NodeTables
    replaced: list[tuple[bytes, Held | None]] = field(default_factory=list)
    replaced_outcomes: list[tuple[bytes, Outcome | None]] = field(default_factory=list)


def apply_entry(tables: NodeTables, entry: FeedEntry, head: bytes, signed: SignedHead | None) -> Applied:
    """Apply one feed entry whose head is known; ``signed`` is the hub's statement about this very position.

    Raises BadSignatureError if F differs from the signed one: the registry layers have drifted apart.
    """
    if any(_is_beyond(notice) for notice in entry.notices):
        return Applied.NEEDS_UPDATE
    puts = [_completed(tables, put) for put in entry.puts]
    whole = tuple(put for put in puts if put is not None)
    if len(whole) < len(puts):
        return Applied.UNDERIVED
    state, work = tables.state, _Work(tables)
    total = state.fingerprint
    for put in whole:
        total += _put(work, put)
    for verdict in entry.verdicts:
        _take_verdict(work, verdict)
    tables.heard.extend(entry.notices)
    seq = state.feed_seq + 1
    if signed is not None and signed.head.fingerprint != total % F_MODULUS:
        raise BadSignatureError(f"the fingerprint at feed position {seq} differs", code="fingerprint-differs")
    tables.feed[seq] = NodeFeedRow(
        replace(entry, puts=whole),
        head,
        state.feed_head,
        signed.raw if signed is not None else None,
        tuple(work.replaced),
        tuple(work.replaced_outcomes),
        state.fingerprint,
        state.hub_time_ms,
    )
    tables.state = replace(
        tables.state,
        feed_seq=seq,
        feed_head=head,
        fingerprint=total % F_MODULUS,
        hub_time_ms=signed.head.hub_time_ms if signed is not None else state.hub_time_ms,
        signed_head=signed.raw if signed is not None else state.signed_head,
    )
    return Applied.YES


def _is_beyond(notice: Notice) -> bool:
    return notice.critical and notice.kind not in KNOWN_NOTICES


def _completed(tables: NodeTables, put: Put) -> Put | None:
    """Return the put with its body, derived from the own journal where the hub left it out (protocol 6.5)."""
    if put.level != FULL or put.body is not None:
        return put
    own = tables.own.get(put.cause)
    if own is None:
        return None
    held = tables.layer.get(put.record_id)
    before = decode_body(held.body) if held is not None and held.level == FULL else None
    body = derived_body(put.record_id, put.kind, before, changes_of(own), tables.state.village_id)
    raw = encode_body(body) if body is not None else b""
    return replace(put, body=raw) if digest16(raw) == put.record_digest else None


def changes_of(own: OwnEntry) -> tuple[Change, ...]:
    """Return the changes of an own entry; an entry of a newer version of this very program has none to show."""
    try:
        return parse_entry_body(own.entry.body)[1]
    except ProtocolError:
        return ()


def _put(work: _Work, put: Put) -> int:
    """Put a version into the layer; return what it adds to F."""
    tables = work.tables
    key = tables.state.village_key
    old = tables.layer.get(put.record_id)
    work.replaced.append((put.record_id, old))
    shown, body = put.shown_digest, put.body or b""
    tables.layer[put.record_id] = Held(put.kind, put.level, put.version, put.record_digest, shown, body)
    added = fingerprint_part(key, put.record_id, put.version, shown)
    if old is not None:
        added -= fingerprint_part(key, put.record_id, old.version, old.shown_digest)
    return added


# -- verdicts


def _take_verdict(work: _Work, verdict: Verdict) -> None:
    tables = work.tables
    for change_id, outcome in verdict.exceptions:
        if tables.own.get(change_id) is not None:
            _decide(work, change_id, outcome)
    if verdict.replica_id is None or verdict.head8 is None:
        return
    at = tables.journal.get((verdict.replica_id, verdict.up_to))
    if at is None or at.head[:8] != verdict.head8:
        return  # a replica that is not this one, or another branch of it
    for seq in range(verdict.up_to, _decided(tables, verdict.replica_id), -1):
        own = tables.journal.get((verdict.replica_id, seq))
        if own is not None and tables.outcomes.get(own.change_id) is None:
            _decide(work, own.change_id, ACCEPTED)
    if verdict.replica_id == tables.state.replica_id:
        tables.state = replace(tables.state, decided_seq=max(tables.state.decided_seq, verdict.up_to))


def _decided(tables: NodeTables, replica_id: bytes) -> int:
    """Return up to where a replica's entries are known to have outcomes, so that none is looked at twice."""
    return tables.state.decided_seq if replica_id == tables.state.replica_id else 0


def _decide(work: _Work, change_id: bytes, outcome: Outcome) -> None:
    tables = work.tables
    work.replaced_outcomes.append((change_id, tables.outcomes.get(change_id)))
    tables.outcomes[change_id] = outcome
    if outcome.summary in (Result.SUPERSEDED, Result.REFUSED):
        tables.told.append((change_id, outcome))
    if outcome.is_final:
        for record_id in _records_of(tables, change_id):
            left = tuple(one for one in tables.pending.get(record_id) or () if one != change_id)
            tables.pending[record_id] = left


def _records_of(tables: NodeTables, change_id: bytes) -> Iterable[bytes]:
    own = tables.own.get(change_id)  # None: a disk has lost its row, and with it what it wrote (protocol 11.7)
    return dict.fromkeys(change.record_id for change in changes_of(own)) if own is not None else ()


# -- taking back


def roll_back(tables: NodeTables, seq: int) -> None:
    """Return the registry layer and the outcomes to what they were at an earlier feed position."""
    while tables.state.feed_seq > seq:
        at = tables.state.feed_seq
        row = tables.feed.need(at)
        for record_id, held in reversed(row.replaced):
            if held is None:
                tables.layer.discard(record_id)
            else:
                tables.layer[record_id] = held
        for change_id, outcome in reversed(row.replaced_outcomes):
            _undecide(tables, change_id, outcome)
        tables.feed.discard(at)
        tables.state = replace(
            tables.state,
            feed_seq=at - 1,
            feed_head=row.head_before,
            fingerprint=row.fingerprint_before,
            hub_time_ms=row.hub_time_before_ms,
            decided_seq=0,
        )


def _undecide(tables: NodeTables, change_id: bytes, outcome: Outcome | None) -> None:
    if outcome is None:
        tables.outcomes.discard(change_id)
    else:
        tables.outcomes[change_id] = outcome
    if outcome is not None and outcome.is_final:
        return
    for record_id in _records_of(tables, change_id):
        waiting = set(tables.pending.get(record_id) or ()) | {change_id}
        tables.pending[record_id] = tuple(sorted(waiting, key=lambda one: _ordinal(tables, one)))


def _ordinal(tables: NodeTables, change_id: bytes) -> int:
    own = tables.own.get(change_id)
    return own.ordinal if own is not None else 0
