"""Compute what an officer sees: the registry layer with his own undecided changes on top (protocol 1.3, 2.6).

Pure and recomputed, never stored as truth.  The same replay derives a put's body from the journal entry that caused it
(protocol 6.5).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.bodies import Body
from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, Policy, policy_of
from sync_protocol.codec import decode_body
from sync_protocol.entries import Change, Create
from sync_protocol.feed import FULL, Outcome, Result
from sync_protocol.registry import changed_body
from sync_protocol.tables import Held


@dataclass(frozen=True, slots=True)
class Shown:
    """A record as shown: ``waiting`` are the tags whose value is the officer's own and not yet the registry's."""

    kind: int
    level: int
    body: Body
    waiting: frozenset[int] = frozenset()
    in_review: frozenset[int] = frozenset()


def show(
    record_id: bytes,
    held: Held | None,
    pending: Iterable[tuple[tuple[Change, ...], Outcome | None]],
    village: int,
) -> Shown | None:
    """Return a record as the officer sees it; None if neither the registry layer nor an own create knows it.

    Args:
        pending: own entries that touch the record, in the order of saving, each with its outcome so far.
    """
    kind = held.kind if held is not None else 0
    level = held.level if held is not None else FULL
    body: Body | None = decode_body(held.body) if held is not None and held.body else None
    waiting: set[int] = set()
    review: set[int] = set()
    for changes, outcome in pending:
        open_fields = None if outcome is None else {f[:2] for f in outcome.fields if f[2] == Result.IN_REVIEW}
        for change in changes:
            if change.record_id != record_id:
                continue
            if open_fields is not None and (record_id, change.tag) not in open_fields:
                continue  # decided: the registry layer has the word (protocol 2.6)
            if isinstance(change, Create):
                if body is None:
                    kind, body = change.kind, created_body(change, village)
                    waiting.add(0)
            elif body is not None:
                body = changed_body(kind, body, change)
                waiting.add(change.tag)
                if open_fields is not None:
                    review.add(change.tag)
    return None if body is None else Shown(kind, level, body, frozenset(waiting), frozenset(review))


def created_body(change: Create, village: int) -> Body:
    """Return the body with which a create lands: without what only the hub sets, and with its owner (protocol 4.3)."""
    own = {tag: value for tag, value in change.body.items() if not is_reserved(change.kind, tag) and value is not None}
    return {**own, TAG_OWNER: village}


def is_reserved(kind: int, tag: int) -> bool:
    """Tell whether only the hub writes a field."""
    return tag in (TAG_OWNER, TAG_MERGED_INTO) or policy_of(kind, tag) is Policy.SYSTEM


def derived_body(
    record_id: bytes, kind: int, before: Body | None, changes: Iterable[Change], village: int
) -> Body | None:
    """Return the body that follows from an entry's own changes, or None if they do not make one (protocol 6.5)."""
    body = before
    for change in changes:
        if change.record_id != record_id:
            continue
        if isinstance(change, Create):
            body = created_body(change, village) if body is None else None
        elif body is not None:
            body = changed_body(kind, body, change)
        if body is None:
            return None
    return body
