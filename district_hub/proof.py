"""Prove from the tables what the hub holds of a village: head and F computed anew, and each change id with its outcome.

Decides nothing and changes nothing.  Sums kept beside the tables are not trusted here: F is added up from the stored
bodies (protocol 3.9) and the head is chained from the stored feed from its first entry on (protocol 3.2).  What a
village proves of itself can be laid beside it: equal position, head and F mean equal registers.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from district_hub.loading import feed_row_of_row
from district_hub.reading import HubReader, VillageSummary
from district_hub.tables import FEED_ENTRY
from sync_protocol.codec import digest16
from sync_protocol.feed import F_MODULUS, FULL, Result, feed_start, fingerprint_part

_CHUNK_ENTRIES = 500

_RESULTS = {
    Result.ACCEPTED: "accepted",
    Result.SUPERSEDED: "superseded",
    Result.REFUSED: "refused",
    Result.IN_REVIEW: "in-review",
}


@dataclass(frozen=True, slots=True)
class HubProof:
    """What the hub holds of a village; ``outcomes`` has a word, or None while waiting, for each change id received."""

    position: int
    head: bytes
    fingerprint: int
    records: int
    is_consistent: bool
    outcomes: dict[bytes, str | None]


def prove(reader: HubReader, village: VillageSummary) -> HubProof:
    """Compute head and F of a village from the tables, and list what became of every change id it sent."""
    head, is_chained = _chain(reader, village)
    fingerprint, records, are_bodies_whole = _fingerprint(reader, village)
    agrees = (head, fingerprint) == (village.state.head, village.state.fingerprint)
    return HubProof(
        village.state.seq,
        head,
        fingerprint,
        records,
        is_chained and are_bodies_whole and agrees,
        _outcomes(reader, village.village_id),
    )


def _chain(reader: HubReader, village: VillageSummary) -> tuple[bytes, bool]:
    """Return the head after the last feed entry, and whether every sequence number is there with its own head."""
    head, is_chained = feed_start(reader.district_code, village.village_id), True
    mine = (FEED_ENTRY.c.district_code == reader.district_code, FEED_ENTRY.c.village_id == village.village_id)
    query = select(FEED_ENTRY).where(*mine).order_by(FEED_ENTRY.c.seq)
    expected = 0
    for expected, row in enumerate(reader.connection.execute(query.execution_options(yield_per=_CHUNK_ENTRIES)), 1):
        head = feed_row_of_row(row).entry.head(head)
        is_chained = is_chained and (row.seq, row.head) == (expected, head)
    return head, is_chained and expected == village.state.seq


def _fingerprint(reader: HubReader, village: VillageSummary) -> tuple[int, int, bool]:
    """Return F, the number of records, and whether each full body still has its record's digest."""
    total, count, is_whole = 0, 0, True
    for stored in reader.register.iter_records(village.village_id):
        shown = digest16(stored.body)
        is_whole = is_whole and (stored.level != FULL or shown == stored.digest)
        total += fingerprint_part(village.state.key, stored.record_id, stored.version, shown)
        count += 1
    return total % F_MODULUS, count, is_whole


def _outcomes(reader: HubReader, village_id: int) -> dict[bytes, str | None]:
    received = list(dict.fromkeys(row.change_id for row in reader.journal_rows(village_id)))
    known = reader.loader.outcomes(received)
    return {
        change_id: _RESULTS[Result(known[change_id].summary)] if change_id in known else None for change_id in received
    }
