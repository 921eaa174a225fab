"""Read the hub's rows as the values that the protocol works on: one load function for each shelf.

Decides how a value is kept in columns, together with ``flushing``, which writes what is read here.  Loads by key in
bulk; never writes and never judges.  A little longer than most modules: each shelf has its load function, each value
its one place where it leaves and enters its columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Row, Table, and_, bindparam, select

from district_hub.tables import (
    CASE_ABOUT,
    DECISION,
    FEED_ENTRY,
    JOURNAL_ENTRY,
    LINEAGE,
    ORPHAN,
    OUTCOME,
    PROVENANCE,
    RECOVERED,
    REPLICA,
    TIMING,
    VERSION,
    VILLAGE,
)
from register.by_key import one_of, rows_asked, rows_by_key
from register.store import RegisterStore, StoredRecord
from register.tables import LEVEL_FULL, RECORD
from sync_protocol.codec import decode, decode_body, digest16, encode
from sync_protocol.entries import JournalEntry
from sync_protocol.feed import ACCEPTED, Outcome, decode_feed_entry, exception_from_wire, exception_to_wire
from sync_protocol.tables import (
    FeedRow,
    Held,
    HubTables,
    JournalRow,
    Lineage,
    Record,
    Shelf,
    Stamp,
    Timing,
    Version,
    VillageState,
)

T = TypeVar("T")
HEAD_BYTES = 32
_DEVICE_ID_BYTES = 8

RECORD_COLUMNS = tuple(
    PROVENANCE.c[name]
    for name in (
        *("record_id", "kind", "version", "digest", "previous_version", "previous_digest"),
        *("cause", "stamp", "stamps", "left_villages"),
    )
)


class HubLoader:
    """The load functions of one connection and one district."""

    def __init__(self, connection: Connection, district_code: str) -> None:
        self.connection = connection
        self.district_code = district_code
        self.register = RegisterStore(connection, district_code)

    def tables(self) -> HubTables:
        """Return a fresh working set over this connection."""
        return HubTables(
            self.district_code,
            records=Shelf(self.records),
            held=Shelf(self.held),
            villages=Shelf(self.villages),
            feed=Shelf(self.feed),
            journal=Shelf(self.journal),
            places=Shelf(self.places),
            orphans_after=Shelf(self.orphans_after),
            waiting=Shelf(self.waiting),
            tips=Shelf(self.tips),
            outcomes=Shelf(self.outcomes),
            timings=Shelf(self.timings),
            lineages=Shelf(self.lineages),
            cases_about=Shelf(self.cases_about),
            versions=Shelf(self.versions),
            recovered=Shelf(self.recovered),
            recovered_ranges=Shelf(self.recovered),
            decisions_done=Shelf(self.decisions_done),
        )

    def records(self, ids: Collection[bytes]) -> dict[bytes, Record]:
        """Return records by id: the provenance joined with the body that the owner village holds."""
        rows = rows_asked(self.connection, _RECORDS, ids, {"of_district": self.district_code})
        return {row.record_id: record_of_values(tuple(row)) for row in rows}

    def held(self, keys: Collection[tuple[int, bytes]]) -> dict[tuple[int, bytes], Held]:
        """Return what villages hold, by (village, record)."""
        found: dict[tuple[int, bytes], Held] = {}
        for village_id, ids in by_first(keys).items():
            for record_id, stored in self.register.records(village_id, ids).items():
                found[village_id, record_id] = held_of(stored)
        return found

    def villages(self, ids: Collection[int]) -> dict[int, VillageState]:
        """Return the states of villages' feeds."""
        rows = self._rows(VILLAGE, VILLAGE.c.village_id, ids)
        return {row.village_id: village_state_of_row(row) for row in rows}

    def feed(self, keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], FeedRow]:
        """Return feed entries by (village, sequence)."""
        found: dict[tuple[int, int], FeedRow] = {}
        for village_id, seqs in by_first(keys).items():
            for row in self._rows(FEED_ENTRY, FEED_ENTRY.c.seq, seqs, {FEED_ENTRY.c.village_id: village_id}):
                found[village_id, row.seq] = feed_row_of_row(row)
        return found

    def journal(self, heads: Collection[bytes]) -> dict[bytes, JournalRow]:
        """Return journal entries by head."""
        rows = self._rows(JOURNAL_ENTRY, JOURNAL_ENTRY.c.head, heads)
        return {row.head: journal_row_of_row(row) for row in rows}

    def places(self, change_ids: Collection[bytes]) -> dict[bytes, frozenset[bytes]]:
        """Return the heads at which change ids stand."""
        rows = self._rows(JOURNAL_ENTRY, JOURNAL_ENTRY.c.change_id, change_ids)
        return grouped((row.change_id, row.head) for row in rows)

    def orphans_after(self, heads: Collection[bytes]) -> dict[bytes, frozenset[bytes]]:
        """Return the entries that wait for heads."""
        return grouped((row.previous, row.head) for row in self._rows(ORPHAN, ORPHAN.c.previous, heads))

    def waiting(self, ids: Collection[int]) -> dict[int, tuple[bytes, ...]]:
        """Return the stored entries of villages that are not judged yet, in the order stored."""
        rows = self._rows(VILLAGE, VILLAGE.c.village_id, ids)
        return {row.village_id: split(row.waiting, HEAD_BYTES) for row in rows}

    def tips(self, replica_ids: Collection[bytes]) -> dict[bytes, frozenset[tuple[int, bytes]]]:
        """Return the ends of replicas' journals."""
        rows = self._rows(REPLICA, REPLICA.c.replica_id, replica_ids)
        return {row.replica_id: tips_of_bytes(row.tips) for row in rows}

    def outcomes(self, change_ids: Collection[bytes]) -> dict[bytes, Outcome]:
        """Return what became of change ids."""
        rows = self._rows(OUTCOME, OUTCOME.c.change_id, change_ids)
        return {row.change_id: outcome_of_bytes(row.outcome) for row in rows}

    def timings(self, change_ids: Collection[bytes]) -> dict[bytes, Timing]:
        """Return effective times."""
        rows = self._rows(TIMING, TIMING.c.change_id, change_ids)
        return {row.change_id: Timing(row.eff, row.is_timed, row.lineage, row.ordinal) for row in rows}

    def lineages(self, ids: Collection[bytes]) -> dict[bytes, Lineage]:
        """Return stretches of entries that follow each other."""
        rows = self._rows(LINEAGE, LINEAGE.c.lineage, ids)
        return {row.lineage: Lineage(row.parent, row.parent_ordinal, row.tip_ordinal) for row in rows}

    def cases_about(self, keys: Collection[tuple[int, bytes]]) -> dict[tuple[int, bytes], frozenset[bytes]]:
        """Return the cases of a village that touch a record."""
        found: dict[tuple[int, bytes], frozenset[bytes]] = {}
        for village_id, ids in by_first(keys).items():
            rows = self._rows(CASE_ABOUT, CASE_ABOUT.c.record_id, ids, {CASE_ABOUT.c.village_id: village_id})
            found |= grouped(((village_id, row.record_id), row.case_id) for row in rows)
        return found

    def versions(self, keys: Collection[tuple[bytes, bytes]]) -> dict[tuple[bytes, bytes], Version]:
        """Return old bodies by (record, digest); of equal ones the newest version."""
        wanted = set(keys)
        columns = (VERSION.c.record_id, VERSION.c.digest, VERSION.c.version, VERSION.c.body)
        found: dict[tuple[bytes, bytes], Version] = {}
        ids = {record_id for record_id, _ in wanted}
        mine = {VERSION.c.district_code: self.district_code}
        for row in rows_by_key(self.connection, columns, VERSION.c.record_id, ids, mine, order=(VERSION.c.version,)):
            record_id, digest, version, body = row
            if (record_id, digest) in wanted:
                found[record_id, digest] = Version(version, body)
        return found

    def recovered(self, heads: Collection[bytes]) -> dict[bytes, bool]:
        """Return which lost entries, or head8 of lost verdicts, were taken back."""
        return {row.head: True for row in self._rows(RECOVERED, RECOVERED.c.head, heads)}

    def decisions_done(self, ids: Collection[bytes]) -> dict[bytes, bool]:
        """Return which registrars' decisions have been written."""
        return {row.decision_id: True for row in self._rows(DECISION, DECISION.c.decision_id, ids)}

    def _rows(
        self, table: Table, column: Column[Any], keys: Collection[Any], also: Mapping[Column[Any], Any] | None = None
    ) -> Iterator[Row[Any]]:
        mine = {table.c.district_code: self.district_code, **(also or {})}
        return rows_by_key(self.connection, tuple(table.c), column, keys, mine)


_RECORDS = (
    select(*RECORD_COLUMNS, RECORD.c.body)
    .join(
        RECORD,
        and_(
            RECORD.c.district_code == PROVENANCE.c.district_code,
            RECORD.c.village_id == PROVENANCE.c.owner,
            RECORD.c.record_id == PROVENANCE.c.record_id,
        ),
    )
    .where(PROVENANCE.c.district_code == bindparam("of_district"), one_of(PROVENANCE.c.record_id))
)

# -- one value, one set of columns


def by_first(keys: Collection[tuple[int, T]]) -> dict[int, list[T]]:
    """Group pairs by their first part."""
    groups: dict[int, list[T]] = defaultdict(list)
    for first, second in keys:
        groups[first].append(second)
    return groups


def grouped(pairs: Iterator[tuple[Any, bytes]]) -> dict[Any, frozenset[bytes]]:
    """Collect the second parts of pairs by their first."""
    groups: dict[Any, set[bytes]] = defaultdict(set)
    for key, value in pairs:
        groups[key].add(value)
    return {key: frozenset(values) for key, values in groups.items()}


def split(joined: bytes, size: int) -> tuple[bytes, ...]:
    """Cut joined digests of one size apart."""
    return tuple(joined[start : start + size] for start in range(0, len(joined), size))


def stamp_to_tree(stamp: Stamp) -> list[Any]:
    """Return a stamp as it is kept."""
    return [stamp.eff, stamp.change_id, stamp.source, stamp.timed]


def record_of_values(values: tuple[Any, ...]) -> Record:
    """Return the record of ``RECORD_COLUMNS`` and its body."""
    record_id, kind, version, digest, previous_version, previous_digest, cause, stamp, stamps, left, body = values
    return Record(
        record_id,
        kind,
        decode_body(body),
        Stamp(*decode(stamp)),
        version,
        digest,
        previous_version,
        previous_digest,
        cause,
        {tag: Stamp(*tree) for tag, tree in decode(stamps).items()} if stamps else {},
        frozenset(decode(left)) if left else frozenset(),
    )


def held_of(stored: StoredRecord) -> Held:
    """Return what a village holds from its register row; the digest shown follows from the body."""
    shown = stored.digest if stored.level == LEVEL_FULL else digest16(stored.body)
    return Held(stored.kind, stored.level, stored.version, stored.digest, shown, stored.body)


def village_state_of_row(row: Row[Any]) -> VillageState:
    """Return the feed's state of a village row."""
    return VillageState(
        row.village_id,
        row.key,
        row.seq,
        row.head,
        int.from_bytes(row.fingerprint, "big"),
        row.eff_max,
        row.hub_time_ms,
        frozenset(split(row.suspended, _DEVICE_ID_BYTES)),
    )


def feed_row_of_row(row: Row[Any]) -> FeedRow:
    """Return a feed entry and the state after it."""
    fingerprint = int.from_bytes(row.fingerprint, "big")
    return FeedRow(decode_feed_entry(row.entry), row.head, fingerprint, row.hub_time_ms, row.eff_max)


def header_of(entry: JournalEntry) -> bytes:
    """Return a journal entry's own values, its body apart, as they are kept."""
    return encode(
        [
            entry.kind,
            entry.critical,
            entry.wall_ms,
            entry.offset_ms,
            entry.seen_seq,
            entry.seen_head8,
            entry.after,
            entry.first,
        ]
    )


def journal_row_of_row(row: Row[Any]) -> JournalRow:
    """Return a journal entry at its place."""
    values: list[Any] = [*decode(row.header), row.body]
    return JournalRow(
        row.replica_id,
        row.village_id,
        row.seq,
        row.head,
        row.previous,
        JournalEntry(*values),
        row.change_id,
        row.device_id,
        row.received_ms,
        row.state,
        row.is_quarantined,
    )


def tips_to_bytes(tips: Collection[tuple[int, bytes]]) -> bytes:
    """Return the ends of a replica's journal as they are kept."""
    return encode([[seq, head] for seq, head in sorted(tips)])


def tips_of_bytes(raw: bytes) -> frozenset[tuple[int, bytes]]:
    """Return the ends of a replica's journal."""
    return frozenset((seq, head) for seq, head in decode(raw))


def outcome_to_bytes(change_id: bytes, outcome: Outcome) -> bytes:
    """Return an outcome as it is kept; most are a plain "accepted" and take no room."""
    return b"" if outcome == ACCEPTED else encode(exception_to_wire(change_id, outcome))


def outcome_of_bytes(raw: bytes) -> Outcome:
    """Return an outcome."""
    return exception_from_wire(decode(raw))[1] if raw else ACCEPTED
