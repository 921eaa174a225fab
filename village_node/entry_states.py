"""Tell what became of the own entries: the two ticks of delivery, and the word of the hub (protocol 3.7).

Decides how positions and outcomes are read together; words and signs are the screen's.  An entry is unsent, received or
safe; and waiting, accepted, superseded, refused or in review.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from schemas.errors import ProtocolError
from sync_protocol.entries import Change, parse_entry_body
from sync_protocol.feed import Outcome, Result
from sync_protocol.tables import NodeState
from village_node import rows
from village_node.store import NodeStore, Working
from village_node.tables import NEWEST_PLACE, OWN_CHANGE, OWN_ENTRY, OWN_TOUCH
from village_node.unreadable import LISTED, change_id_not_listed, open_unreadable, unreadable_entries


class Delivery(StrEnum):
    """Where an entry's bytes are: here only, at the hub, in a verified backup of the hub."""

    UNSENT = "unsent"
    RECEIVED = "received"
    SAFE = "safe"


class Verdict(StrEnum):
    """What the hub has said of an entry."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    SUPERSEDED = "superseded"
    REFUSED = "refused"
    IN_REVIEW = "in-review"
    UNREADABLE = "unreadable"
    """Nothing yet, and a disk has damaged the entry here (protocol 11.7)."""


_VERDICTS = {
    Result.ACCEPTED: Verdict.ACCEPTED,
    Result.SUPERSEDED: Verdict.SUPERSEDED,
    Result.REFUSED: Verdict.REFUSED,
    Result.IN_REVIEW: Verdict.IN_REVIEW,
}


@dataclass(frozen=True, slots=True)
class EntryState:
    """One own entry and what became of it; ``changes`` is empty if a newer program wrote it.

    ``decided_at_seq`` is the feed position that holds what became of it.
    """

    change_id: bytes
    ordinal: int
    kind: int
    wall_ms: int
    officer: str
    changes: tuple[Change, ...]
    delivery: Delivery
    verdict: Verdict
    outcome: Outcome | None
    decided_at_seq: int | None = None


@dataclass(frozen=True, slots=True)
class EntryCounts:
    """How many own entries there are of each state; the unreadable ones are in no other count."""

    unsent: int
    received: int
    safe: int
    waiting: int
    in_review: int
    accepted: int
    superseded: int
    refused: int
    unreadable: int = 0


def entry_states(
    store: NodeStore,
    *,
    verdict: Verdict | None = None,
    record_id: bytes | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[EntryState]:
    """Return own entries with their states, the newest first.

    Args:
        verdict: only those of which the hub has said this.
        record_id: only those that wrote this record (imports are not found so).
    """
    query = select(OWN_ENTRY, OWN_CHANGE.c.outcome, OWN_CHANGE.c.result, OWN_CHANGE.c.decided_at_seq)
    query = query.join(OWN_CHANGE, NEWEST_PLACE)
    if verdict is not None:
        query = query.where(_says(verdict))
    if record_id is not None:
        query = query.join(OWN_TOUCH, OWN_TOUCH.c.change_id == OWN_CHANGE.c.change_id)
        query = query.where(OWN_TOUCH.c.record_id == record_id)
    query = query.order_by(OWN_CHANGE.c.ordinal.desc()).limit(limit).offset(offset)
    with store.reading() as working:
        return list(_states(working, query))


def entry_counts(store: NodeStore) -> EntryCounts:
    """Count own entries by delivery and by verdict."""
    with store.reading() as working:
        state = working.tables.state
        is_readable = ~_says(Verdict.UNREADABLE)
        current = OWN_CHANGE.c.replica_id == state.replica_id
        unsent = and_(current, OWN_CHANGE.c.seq > state.acked_seq)
        safe = or_(
            and_(current, OWN_CHANGE.c.seq <= state.safe_seq),
            and_(~current, OWN_CHANGE.c.decided_at_seq <= state.safe_feed_seq),
        )

        def count(condition: Any) -> int:
            query = select(func.count()).select_from(OWN_CHANGE).where(condition, is_readable)
            return working.connection.scalar(query) or 0

        everything, here, secured = count(OWN_CHANGE.c.ordinal > 0), count(unsent), count(safe)
        return EntryCounts(
            unsent=here,
            received=everything - here - secured,
            safe=secured,
            waiting=count(_says(Verdict.WAITING)),
            in_review=count(_says(Verdict.IN_REVIEW)),
            accepted=count(_says(Verdict.ACCEPTED)),
            superseded=count(_says(Verdict.SUPERSEDED)),
            refused=count(_says(Verdict.REFUSED)),
            unreadable=len(open_unreadable(unreadable_entries(working.connection))),
        )


def _says(verdict: Verdict) -> Any:
    if verdict is Verdict.WAITING:
        return OWN_CHANGE.c.outcome.is_(None) & change_id_not_listed()
    if verdict is Verdict.UNREADABLE:
        return OWN_CHANGE.c.outcome.is_(None) & OWN_CHANGE.c.change_id.in_(LISTED)
    return OWN_CHANGE.c.result == next(int(result) for result, said in _VERDICTS.items() if said is verdict)


def _states(working: Working, query: Select[Any]) -> Iterator[EntryState]:
    listed = {one.change_id: one for one in unreadable_entries(working.connection)}
    for row in working.connection.execute(query).mappings():
        own = rows.own_of_row(row)
        outcome = rows.outcome_of_bytes(row["outcome"]) if row["outcome"] is not None else None
        damaged = listed.get(own.change_id)
        try:
            officer, changes = parse_entry_body(own.entry.body)
        except ProtocolError:
            officer, changes = damaged.officer if damaged is not None else "", ()
        yield EntryState(
            own.change_id,
            own.ordinal,
            own.entry.kind,
            own.entry.wall_ms,
            officer,
            changes,
            _delivery(working.tables.state, own.replica_id, own.seq, row["decided_at_seq"]),
            _verdict(outcome, is_listed=damaged is not None),
            outcome,
            row["decided_at_seq"],
        )


def _verdict(outcome: Outcome | None, *, is_listed: bool) -> Verdict:
    if outcome is None:
        return Verdict.UNREADABLE if is_listed else Verdict.WAITING
    return _VERDICTS[Result(outcome.summary)]


def _delivery(state: NodeState, replica_id: bytes, seq: int, decided_at_seq: int | None) -> Delivery:
    if replica_id != state.replica_id:
        # Decided under an earlier replica id: it is as safe as the feed that holds the verdict.
        is_safe = decided_at_seq is not None and decided_at_seq <= state.safe_feed_seq
        return Delivery.SAFE if is_safe else Delivery.RECEIVED
    if seq > state.acked_seq:
        return Delivery.UNSENT
    return Delivery.SAFE if seq <= state.safe_seq else Delivery.RECEIVED
