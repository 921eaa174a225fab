"""Write a working set back in a few statements: what admission, decisions and the dispatcher changed.

Decides nothing; the counterpart of ``loading``.  In the same transaction it keeps three indexes in step: the register's
rows for search and queues, the history of versions, and the list of cases.  A little longer than most modules: all of
it is one transaction, and each shelf has its few lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, update

from district_hub.blobs import note_records
from district_hub.loading import (
    header_of,
    outcome_to_bytes,
    stamp_to_tree,
    tips_to_bytes,
)
from district_hub.tables import (
    CASE_ABOUT,
    CASE_INDEX,
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
from register.by_key import delete_by_key, rows_by_key
from register.database import upsert
from register.store import IndexItem, RegisterStore, StoredRecord
from schemas.bodies import Body
from schemas.errors import LocalProtocolError
from schemas.fields import Kind
from sync_protocol import cases
from sync_protocol.codec import decode_body, encode
from sync_protocol.feed import F_MODULUS, FULL, encode_feed_entry
from sync_protocol.tables import FeedRow, Held, HubTables, JournalRow, Record, VillageState

F_BYTES = (F_MODULUS - 1).bit_length() // 8

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DecisionNote:
    """Who decided, what it was and why; kept with the decision's id for the history."""

    registrar: str
    action: str
    reason: str


def flush(
    connection: Connection, tables: HubTables, locked: frozenset[int], now_ms: int, notes: Mapping[bytes, DecisionNote]
) -> None:
    """Write every changed shelf; the caller commits.

    Raises LocalProtocolError "village-not-locked" if a village's feed was written without its lock.
    """
    _Flush(connection, tables, locked, now_ms, notes).write()


class _Flush:
    def __init__(
        self,
        connection: Connection,
        tables: HubTables,
        locked: frozenset[int],
        now_ms: int,
        notes: Mapping[bytes, DecisionNote],
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.locked = locked
        self.now_ms = now_ms
        self.notes = notes
        self.district = {"district_code": tables.district_code}
        self.register = RegisterStore(connection, tables.district_code)

    def write(self) -> None:
        not_locked = {*self.tables.villages.changed, *self.tables.waiting.changed} - self.locked
        if not_locked:
            raise LocalProtocolError(f"villages {sorted(not_locked)} were written unlocked", code="village-not-locked")
        self._write_journal()
        self._write_feeds()
        self._write_records()
        self._write_entries_fate()
        self._write_cases()
        self._write_decisions()
        self._write_villages()

    # -- journals: what came in

    def _write_journal(self) -> None:
        fresh: list[Row] = []
        for head, row in self.tables.journal.changed.items():
            assert row is not None, "journal entries are never taken out"
            fresh.append(self._journal_values(head, row))
        upsert(self.connection, JOURNAL_ENTRY, fresh)
        orphans = self.tables.orphans_after.changed
        if orphans:
            mine = {ORPHAN.c.district_code: self.tables.district_code}
            delete_by_key(self.connection, ORPHAN, ORPHAN.c.previous, orphans, mine)
        waiting = [(previous, head) for previous, heads in orphans.items() for head in heads or ()]
        upsert(self.connection, ORPHAN, [self._orphan_values(previous, head) for previous, head in waiting])
        tips = {replica: tips for replica, tips in self.tables.tips.changed.items() if tips is not None}
        villages = {row.replica_id: row.village_id for row in self.tables.journal.changed.values() if row is not None}
        upsert(
            self.connection,
            REPLICA,
            [
                {**self.district, "replica_id": replica, "village_id": villages[replica], "tips": tips_to_bytes(ends)}
                for replica, ends in tips.items()
            ],
        )

    def _journal_values(self, head: bytes, row: JournalRow) -> Row:
        return {
            **self.district,
            "head": head,
            "replica_id": row.replica_id,
            "village_id": row.village_id,
            "seq": row.seq,
            "previous": row.previous,
            "change_id": row.change_id,
            "device_id": row.device_id,
            "received_ms": row.received_ms,
            "state": row.state,
            "is_quarantined": row.quarantined,
            "header": header_of(row.entry),
            "body": row.entry.body,
        }

    def _orphan_values(self, previous: bytes, head: bytes) -> Row:
        village_id = self.tables.journal.need(head).village_id
        return {**self.district, "previous": previous, "head": head, "village_id": village_id}

    # -- feeds: what goes out, and the history that it is

    def _write_feeds(self) -> None:
        rows = {key: row for key, row in self.tables.feed.changed.items() if row is not None}
        self._insert(FEED_ENTRY, (self._feed_values(*key, row) for key, row in rows.items()))
        self._insert(VERSION, (values for key, row in rows.items() for values in self._version_values(*key, row)))

    def _feed_values(self, village_id: int, seq: int, row: FeedRow) -> Row:
        return {
            **self.district,
            "village_id": village_id,
            "seq": seq,
            "head": row.head,
            "fingerprint": row.fingerprint.to_bytes(F_BYTES, "big"),
            "hub_time_ms": row.hub_time_ms,
            "eff_max": row.eff_max,
            "entry": encode_feed_entry(row.entry),
        }

    def _version_values(self, village_id: int, seq: int, row: FeedRow) -> Iterable[Row]:
        for put in row.entry.puts:
            if put.level == FULL:
                yield {
                    **self.district,
                    "record_id": put.record_id,
                    "version": put.version,
                    "kind": put.kind,
                    "village_id": village_id,
                    "feed_seq": seq,
                    "written_ms": self.now_ms,
                    "cause": put.cause,
                    "digest": put.record_digest,
                    "body": put.body,
                }

    # -- records: the registry layer of each village, where its values came from, the search index

    def _write_records(self) -> None:
        changed = [(record_id, record) for record_id, record in self.tables.records.changed.items() if record]
        upsert(self.connection, PROVENANCE, [self._provenance_values(record) for _, record in changed])
        held = {key: held for key, held in self.tables.held.changed.items() if held is not None}
        self.register.put_records(
            StoredRecord(village_id, record_id, one.kind, one.level, one.version, one.record_digest, one.body)
            for (village_id, record_id), one in held.items()
        )
        bodies = [(key, one, self._body_of(key[1], one)) for key, one in held.items()]
        items = [
            IndexItem(village_id, record_id, one.kind, one.level, body) for (village_id, record_id), one, body in bodies
        ]
        self.register.index_bodies(items)
        note_records(self.connection, self.tables.district_code, items)
        self._write_case_index({key: body for key, one, body in bodies if one.kind == Kind.CASE and one.level == FULL})

    def _provenance_values(self, record: Record) -> Row:
        stamps = {tag: stamp_to_tree(record.stamps[tag]) for tag in sorted(record.stamps)}
        return {
            **self.district,
            "record_id": record.record_id,
            "kind": record.kind,
            "owner": record.owner,
            "version": record.version,
            "digest": record.digest,
            "previous_version": record.previous_version,
            "previous_digest": record.previous_digest,
            "cause": record.cause,
            "stamp": encode(stamp_to_tree(record.stamp)),
            "stamps": encode(stamps) if stamps else None,
            "left_villages": encode(sorted(record.left)) if record.left else None,
        }

    def _body_of(self, record_id: bytes, held: Held) -> Body:
        record = self.tables.records.changed.get(record_id)
        if held.level == FULL and record is not None and record.digest == held.record_digest:
            return record.body
        return decode_body(held.body) if held.body else {}

    # -- what became of entries

    def _write_entries_fate(self) -> None:
        outcomes = self.tables.outcomes.changed.items()
        upsert(
            self.connection,
            OUTCOME,
            [
                {**self.district, "change_id": change_id, "outcome": outcome_to_bytes(change_id, outcome)}
                for change_id, outcome in outcomes
                if outcome is not None
            ],
        )
        upsert(
            self.connection,
            TIMING,
            [
                {
                    **self.district,
                    "change_id": change_id,
                    "eff": timing.eff,
                    "is_timed": timing.timed,
                    "lineage": timing.lineage,
                    "ordinal": timing.ordinal,
                }
                for change_id, timing in self.tables.timings.changed.items()
                if timing is not None
            ],
        )
        upsert(
            self.connection,
            LINEAGE,
            [
                {
                    **self.district,
                    "lineage": name,
                    "parent": lineage.parent,
                    "parent_ordinal": lineage.parent_ordinal,
                    "tip_ordinal": lineage.tip_ordinal,
                }
                for name, lineage in self.tables.lineages.changed.items()
                if lineage is not None
            ],
        )
        recovered = {**self.tables.recovered.changed, **self.tables.recovered_ranges.changed}
        upsert(self.connection, RECOVERED, [{**self.district, "head": head} for head in recovered])

    # -- cases

    def _write_cases(self) -> None:
        upsert(
            self.connection,
            CASE_ABOUT,
            [
                {**self.district, "village_id": village_id, "record_id": record_id, "case_id": case_id}
                for (village_id, record_id), case_ids in self.tables.cases_about.changed.items()
                for case_id in case_ids or ()
            ],
        )

    def _write_case_index(self, bodies: Mapping[tuple[int, bytes], Body]) -> None:
        rows = [
            {
                **self.district,
                "case_id": case_id,
                "village_id": village_id,
                "is_open": body.get(cases.TAG_STATE) == cases.OPEN,
                "about_id": body.get(cases.TAG_ABOUT),
                "opened_ms": self.now_ms,
            }
            for (village_id, case_id), body in bodies.items()
        ]
        mine = {CASE_INDEX.c.district_code: self.tables.district_code}
        ids = [row["case_id"] for row in rows]
        found = rows_by_key(self.connection, (CASE_INDEX.c.case_id,), CASE_INDEX.c.case_id, ids, mine)
        known = {row.case_id for row in found}
        self._insert(CASE_INDEX, (row for row in rows if row["case_id"] not in known))
        again = [{f"new_{name}": value for name, value in row.items()} for row in rows if row["case_id"] in known]
        if again:
            self.connection.execute(_CASE_STATE, again)

    # -- registrars, villages

    def _write_decisions(self) -> None:
        nobody = DecisionNote("", "", "")
        rows = []
        for decision_id in self.tables.decisions_done.changed:
            note = self.notes.get(decision_id, nobody)
            rows.append(
                {
                    **self.district,
                    "decision_id": decision_id,
                    "registrar": note.registrar,
                    "action": note.action,
                    "reason": note.reason,
                    "decided_ms": self.now_ms,
                }
            )
        upsert(self.connection, DECISION, rows)

    def _write_villages(self) -> None:
        changed = [state for state in self.tables.villages.changed.values() if state is not None]
        if changed:
            self.connection.execute(_VILLAGE_STATE, [self._village_values(state) for state in changed])
        waiting = self.tables.waiting.changed.items()
        rows = [{**self._key(village_id), "new_waiting": b"".join(heads or ())} for village_id, heads in waiting]
        if rows:
            self.connection.execute(_VILLAGE_WAITING, rows)

    def _key(self, village_id: int) -> Row:
        return {"in_district": self.tables.district_code, "of_village": village_id}

    def _village_values(self, state: VillageState) -> Row:
        return {
            **self._key(state.village_id),
            "new_seq": state.seq,
            "new_head": state.head,
            "new_fingerprint": state.fingerprint.to_bytes(F_BYTES, "big"),
            "new_eff_max": state.eff_max,
            "new_hub_time_ms": state.hub_time_ms,
            "new_suspended": b"".join(sorted(state.suspended)),
        }

    def _insert(self, table: Any, rows: Iterable[Row]) -> None:
        every = list(rows)
        if every:
            self.connection.execute(insert(table), every)


_OF_VILLAGE = (VILLAGE.c.district_code == bindparam("in_district"), VILLAGE.c.village_id == bindparam("of_village"))
_STATE_NAMES = ("seq", "head", "fingerprint", "eff_max", "hub_time_ms", "suspended")
_VILLAGE_STATE = update(VILLAGE).where(*_OF_VILLAGE).values({name: bindparam(f"new_{name}") for name in _STATE_NAMES})
_VILLAGE_WAITING = update(VILLAGE).where(*_OF_VILLAGE).values(waiting=bindparam("new_waiting"))
_CASE_STATE = (
    update(CASE_INDEX)
    .where(
        CASE_INDEX.c.district_code == bindparam("new_district_code"), CASE_INDEX.c.case_id == bindparam("new_case_id")
    )
    .values(is_open=bindparam("new_is_open"))
)
