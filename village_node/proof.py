"""Prove from the tables what this village holds: head and F computed anew, and every own change id with its state.

Decides nothing and changes nothing.  Sums kept beside the tables are not trusted here: F is added up from the stored
bodies (protocol 3.9) and the head is chained from the stored feed (protocol 3.2); where that began with a snapshot, the
chain starts at the snapshot's head.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from sync_protocol.codec import digest16
from sync_protocol.feed import F_MODULUS, FULL, fingerprint_part
from village_node import rows
from village_node.entry_states import entry_states
from village_node.store import NodeStore, Working
from village_node.tables import FEED_ROW

_ALL = 1 << 40


@dataclass(frozen=True, slots=True)
class OwnChange:
    """One own change id: where its entry is, and what the hub said of it (words of ``entry_states``)."""

    change_id: bytes
    delivery: str
    verdict: str


@dataclass(frozen=True, slots=True)
class NodeProof:
    """What a village holds at one feed position; ``is_consistent``: the sums kept beside the tables say the same."""

    position: int
    head: bytes
    fingerprint: int
    records: int
    is_consistent: bool
    changes: tuple[OwnChange, ...]


def prove(store: NodeStore) -> NodeProof:
    """Compute head and F of the registry layer from the tables, and list every own change id, oldest first."""
    with store.reading() as working:
        state = working.tables.state
        head, is_chained = _chain(working)
        fingerprint, records, are_bodies_whole = _fingerprint(working)
    own = [OwnChange(one.change_id, str(one.delivery), str(one.verdict)) for one in entry_states(store, limit=_ALL)]
    agrees = (head, fingerprint) == (state.feed_head, state.fingerprint)
    return NodeProof(
        state.feed_seq, head, fingerprint, records, is_chained and are_bodies_whole and agrees, tuple(reversed(own))
    )


def _chain(working: Working) -> tuple[bytes, bool]:
    """Return the head after the last stored feed entry, and whether each entry follows from the one before."""
    head, is_chained = working.tables.state.feed_head, True
    for index, row in enumerate(working.connection.execute(select(FEED_ROW).order_by(FEED_ROW.c.seq)).mappings()):
        stored = rows.feed_of_row(row)
        before = stored.head_before if index == 0 else head
        head = stored.entry.head(before)
        is_chained = is_chained and head == stored.head and before == stored.head_before
    return head, is_chained


def is_layer_whole(store: NodeStore) -> bool:
    """Tell whether the stored rows give the F that is kept beside them; reads every body."""
    with store.reading() as working:
        fingerprint, _, are_bodies_whole = _fingerprint(working)
        return are_bodies_whole and fingerprint == working.tables.state.fingerprint


def _fingerprint(working: Working) -> tuple[int, int, bool]:
    """Return F, the number of records, and whether each full body still has its record's digest."""
    total, count, is_whole = 0, 0, True
    for stored in working.register.iter_records(working.village_id):
        shown = digest16(stored.body)
        is_whole = is_whole and (stored.level != FULL or shown == stored.digest)
        total += fingerprint_part(working.tables.state.village_key, stored.record_id, stored.version, shown)
        count += 1
    return total % F_MODULUS, count, is_whole
