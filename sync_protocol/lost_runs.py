"""Offer lost feed entries to a hub that no longer has them; tell at the hub which of them it once signed (protocol 11).

A run travels in parts that each end in a signed head; a receipt (a run without entries) says how far it was taken.
What the hub does with a run is ``giveback``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace

from schemas.errors import ProtocolError, TrustError
from sync_protocol.feed import HeadObject, encode_feed_entry, feed_log_id, feed_start
from sync_protocol.messages import LostRun, Position
from sync_protocol.tables import Evidence, HubTables, NodeTables

# -- at the node


def offer(tables: NodeTables, hub_heads: Iterable[tuple[int, bytes]]) -> None:
    """Give back what follows the last position that the hub still has (protocol 11.2)."""
    state = tables.state
    common = 0
    for seq, head in hub_heads:
        row = tables.feed.get(seq) if seq <= state.feed_seq else None
        if row is not None and row.head == head:
            common = max(common, seq)
    rows = [row for seq in range(common + 1, state.feed_seq + 1) if (row := tables.feed.get(seq)) is not None]
    base_head = head_at(tables, common)
    if not rows or base_head is None or len(rows) < state.feed_seq - common:
        return  # what was lost is older than what is kept here: a person must decide
    own = sorted({change_id for row in rows for change_id, _ in row.replaced_outcomes})
    outcomes = tuple((change_id, found) for change_id in own if (found := tables.outcomes.get(change_id)) is not None)
    heads = tuple(dict.fromkeys(row.signed_head for row in rows if row.signed_head is not None))
    entries = tuple(row.entry for row in rows)
    tables.evidence = {key: run for key, run in tables.evidence.items() if run.entries}
    tables.evidence[base_head] = Evidence(common, base_head, (), ())
    tables.evidence[rows[-1].head] = Evidence(common, base_head, entries, heads, outcomes)


def head_at(tables: NodeTables, seq: int) -> bytes | None:
    """Return the head at a feed position, None if it is not kept here any more."""
    if seq == tables.state.feed_seq:
        return tables.state.feed_head
    if seq == 0:
        return feed_start(tables.state.district_code, tables.state.village_id)
    row = tables.feed.get(seq)
    return row.head if row is not None else None


def lost_run(tables: NodeTables, evidence: Evidence, bytes_max: int) -> LostRun:
    """Return a first part of a run that ends in a signed head; the outcomes go with its last part."""
    base = Position(evidence.base_seq, evidence.base_head)
    proofs: dict[int, bytes] = {}
    for raw in evidence.signed_heads:
        with suppress(TrustError):  # a key of before; the hub may still know it
            proofs[tables.verify_head(raw).seq - evidence.base_seq] = raw
    size, end = 0, 0
    for count, entry in enumerate(evidence.entries, start=1):
        size += len(encode_feed_entry(entry))
        if end and size > bytes_max:
            return LostRun(base, evidence.entries[:end], (proofs[end],))
        if count in proofs:
            end = count
    return LostRun(base, evidence.entries, evidence.signed_heads, evidence.outcomes)


def given_back(tables: NodeTables, receipts: Iterable[Position]) -> bool:
    """Drop what the hub has taken back; tell whether the node's own run was taken in part, so that its rest follows."""
    partly: set[bytes] = set()
    for taken in receipts:
        for key, run in list(tables.evidence.items()):
            heads = run.entry_heads()
            if heads and heads[-1] == taken.head:
                del tables.evidence[key]
            elif taken.head in heads:
                place = heads.index(taken.head) + 1
                tables.evidence[key] = replace(
                    run, base_seq=run.base_seq + place, base_head=taken.head, entries=run.entries[place:]
                )
                partly.add(key)
    return tables.state.feed_head in partly & tables.evidence.keys()


# -- at the hub


def verified_evidence(
    tables: HubTables, village: int, lost: LostRun, verify: Callable[[bytes], HeadObject]
) -> Evidence | None:
    """Return the part of an offered run that bears the hub's own signature, None if there is none."""
    log_id, start = feed_log_id(tables.district_code, village), feed_start(tables.district_code, village)
    run = Evidence(lost.base.seq, lost.base.head if lost.base.seq else start, lost.entries, lost.heads, lost.outcomes)
    heads, proven = run.entry_heads(), 0
    for signed in lost.heads:
        try:
            known = verify(signed)
        except (ProtocolError, TrustError):
            continue
        place = known.seq - run.base_seq
        if known.log_id == log_id and 0 < place <= len(heads) and heads[place - 1] == known.head:
            proven = max(proven, place)
    return replace(run, entries=run.entries[:proven]) if proven else None
