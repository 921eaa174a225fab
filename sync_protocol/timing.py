"""Compute effective times of journal entries (protocol 5.4); never reads a clock.

``eff`` is in microseconds of hub time: milliseconds times 1000, the rest are ticks.  It depends only on the causal past
of an entry: its own chain of ``after`` and the feed position it had seen, so the order of syncs cannot change it.
"""

from __future__ import annotations

from sync_protocol.entries import JournalEntry
from sync_protocol.tables import HubTables, Lineage, Timing

TICKS_PER_MS = 1000


def time_entry(tables: HubTables, village_id: int, entry: JournalEntry, change_id: bytes, received_ms: int) -> Timing:
    """Give an entry its effective time and its place in its writer's chain, once."""
    known = tables.timings.get(change_id)
    if known is not None:
        return known
    seen = _seen(tables, village_id, entry)
    low, seen_eff = seen or (0, 0)
    high = received_ms * TICKS_PER_MS + TICKS_PER_MS - 1
    wall = (entry.wall_ms + (entry.offset_ms or 0)) * TICKS_PER_MS
    timed = seen is not None and low <= wall <= high
    before = tables.timings.get(entry.after) if entry.after is not None else None
    causal = max(before.eff if before else 0, seen_eff)
    lineage, ordinal = _place(tables, change_id, before)
    timing = Timing(max(wall if timed else low, causal + 1), timed, lineage, ordinal)
    tables.timings[change_id] = timing
    return timing


def _seen(tables: HubTables, village_id: int, entry: JournalEntry) -> tuple[int, int] | None:
    """Return (hub time, greatest eff) at the feed position the writer had seen; None if it is not on this chain."""
    if entry.seen_seq == 0:
        return 0, 0
    row = tables.feed.get((village_id, entry.seen_seq))
    if row is None or row.head[:8] != entry.seen_head8:
        return None
    return row.hub_time_ms * TICKS_PER_MS, row.eff_max


def _place(tables: HubTables, change_id: bytes, before: Timing | None) -> tuple[bytes, int]:
    if before is None:
        tables.lineages[change_id] = Lineage(None, 0, 0)
        return change_id, 0
    lineage = tables.lineages.need(before.lineage)
    if lineage.tip_ordinal == before.ordinal:
        ordinal = before.ordinal + 1
        tables.lineages[before.lineage] = Lineage(lineage.parent, lineage.parent_ordinal, ordinal)
        return before.lineage, ordinal
    tables.lineages[change_id] = Lineage(before.lineage, before.ordinal, 0)
    return change_id, 0


def is_in_past(tables: HubTables, change_id: bytes, of: Timing) -> bool:
    """Tell whether a change id lies in an entry's own chain: its writer had seen that write."""
    timing = tables.timings.get(change_id)
    if timing is None:
        return False
    lineage, ordinal = of.lineage, of.ordinal
    while True:  # lineages only point to older ones, so this ends
        if timing.lineage == lineage:
            return timing.ordinal <= ordinal
        row = tables.lineages.need(lineage)
        if row.parent is None:
            return False
        lineage, ordinal = row.parent, row.parent_ordinal


def hub_eff(now_ms: int) -> int:
    """Return the effective time of what a registrar or the dispatcher writes now."""
    return now_ms * TICKS_PER_MS
