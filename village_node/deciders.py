"""Tell who at the district decided a matter of the inbox, and when, as far as the feed says so.

The feed carries what caused each version (protocol 3.6) and, at each signed position, the hub's time; it does not carry
a registrar's name, and once a feed entry is safe the node no longer keeps it.  So the answer may be partly unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from schemas.errors import ProtocolError
from sync_protocol.causes import is_change_id, is_decision
from sync_protocol.entries import parse_entry_body
from sync_protocol.feed import FeedEntry
from village_node import rows
from village_node.inbox import IN_REVIEW, Matter
from village_node.store import NodeStore, Working
from village_node.tables import FEED_ROW

REGISTRAR, AUTOMATIC, OFFICER, ELSEWHERE = "registrar", "automatic", "officer", "elsewhere"

_LOOKED_BACK_MAX = 2000
"""Feed entries that are searched for the one that brought a notice: all of a busy month, in a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided; ``officer`` is the name of one of this office, ``by_ms`` the hub's time not later than which."""

    who: str
    officer: str = ""
    by_ms: int | None = None


def decision_about(store: NodeStore, matter: Matter) -> Decision | None:
    """Return who made a matter of what an officer wrote; None where the feed no longer tells, or nobody decided yet."""
    with store.reading() as working:
        found = _found(working, matter)
        if found is None:
            # The case says that it was decided, and only registrars decide cases.
            return Decision(REGISTRAR) if matter.is_decided_case else None
        seq, entry = found
        by_ms = _hub_time_ms(working, seq)
        if matter.is_decided_case or any(is_decision(put.cause) for put in entry.puts):
            return Decision(REGISTRAR, by_ms=by_ms)
        return _by_cause(working, matter, entry, by_ms)


def _found(working: Working, matter: Matter) -> tuple[int, FeedEntry] | None:
    if matter.decided_at_seq is not None:
        row = working.tables.feed.get(matter.decided_at_seq)
        return (matter.decided_at_seq, row.entry) if row is not None else None
    if matter.source_id is None or matter.code == IN_REVIEW:
        return None
    return next(
        (
            (seq, entry)
            for seq, entry in _newest(working)
            if any(put.record_id == matter.source_id for put in entry.puts)
        ),
        None,
    )


def _newest(working: Working) -> Iterator[tuple[int, FeedEntry]]:
    query = select(FEED_ROW).order_by(FEED_ROW.c.seq.desc()).limit(_LOOKED_BACK_MAX)
    for row in working.connection.execute(query).mappings():
        yield row["seq"], rows.feed_of_row(row).entry


def _hub_time_ms(working: Working, seq: int) -> int:
    """Return the hub's time at the first signed position from a feed entry on."""
    before = working.connection.scalar(select(FEED_ROW.c.hub_time_before_ms).where(FEED_ROW.c.seq == seq)) or 0
    later = select(FEED_ROW.c.hub_time_before_ms).where(FEED_ROW.c.seq > seq, FEED_ROW.c.hub_time_before_ms > before)
    found = working.connection.scalar(later.order_by(FEED_ROW.c.seq).limit(1))
    return found if found is not None else working.tables.state.hub_time_ms


def _by_cause(working: Working, matter: Matter, entry: FeedEntry, by_ms: int) -> Decision:
    """Tell an entry of this office, or of elsewhere, from a rule of the hub itself."""
    causes = [put.cause for put in entry.puts if put.record_id in {matter.about_id, matter.source_id}]
    other = next((cause for cause in causes if is_change_id(cause) and cause != matter.change_id), None)
    if other is None:
        return Decision(AUTOMATIC, by_ms=by_ms)
    own = working.tables.own.get(other)
    if own is None:
        return Decision(ELSEWHERE, by_ms=by_ms)
    try:
        return Decision(OFFICER, parse_entry_body(own.entry.body)[0], by_ms)
    except ProtocolError:
        return Decision(ELSEWHERE, by_ms=by_ms)
