"""Translate between the values of the protocol and the rows and bytes in which a node keeps them.

Decides the form at rest of what has no columns of its own (nested values are MessagePack, as on the wire); reads and
writes nothing itself.  Bytes come from this program's own database: what does not parse there is a damaged database.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from register.store import StoredRecord
from schemas.errors import DatabaseCorruptError, ProtocolError
from sync_protocol.codec import decode, digest16, encode
from sync_protocol.entries import JournalEntry
from sync_protocol.feed import (
    FULL,
    Outcome,
    decode_feed_entry,
    encode_feed_entry,
    exception_from_wire,
    exception_to_wire,
)
from sync_protocol.forms import lost_from_wire, lost_to_wire
from sync_protocol.parts import LostRun, Position
from sync_protocol.tables import Evidence, Held, NodeFeedRow, NodeState, OwnEntry

_STATE_COLUMNS = tuple(field.name for field in fields(NodeState))
_ENTRY_COLUMNS = tuple(field.name for field in fields(JournalEntry))


@dataclass
class SyncState:
    """What the syncer remembers between runs; the columns of ``SyncStateRow``, changed in place.

    ``message_bytes`` is how much a message may hold on this link at present, 0 before the first measurement;
    ``mark_replica_id`` the replica that the certificate's mark was given to, None for that of the enrolment.
    """

    message_number: int = 0
    answered_number: int = 0
    message_bytes: int = 0
    last_try_ms: int | None = None
    last_contact_ms: int | None = None
    last_finished_ms: int | None = None
    last_reason: str = ""
    certificate: bytes = b""
    key_list: bytes = b""
    key_list_number: int = 0
    snapshot_digest: bytes | None = None
    snapshot_parts: int = 0
    is_snapshot_declined: bool = False
    mark_replica_id: bytes | None = None


SYNC_COLUMNS = tuple(field.name for field in fields(SyncState))


def damaged(what: str, error: Exception) -> DatabaseCorruptError:
    """Return the error of a row that does not parse."""
    return DatabaseCorruptError(f"{what}: {error}", hint="Pulihkan cadangan terbaru.")


# -- the state


def state_to_row(state: NodeState) -> dict[str, Any]:
    """Return the columns of a replica's state."""
    row = {name: getattr(state, name) for name in _STATE_COLUMNS}
    return {**row, "fingerprint": state.fingerprint.to_bytes(16, "big")}


def state_of_row(row: Any, prefix: str = "") -> NodeState:
    """Return the state of a row."""
    values = {name: row[prefix + name] for name in _STATE_COLUMNS}
    return NodeState(**{**values, "fingerprint": int.from_bytes(values["fingerprint"], "big")})


def sync_of_row(row: Any, prefix: str = "") -> SyncState:
    """Return what the syncer remembers, of a row."""
    return SyncState(**{name: row[prefix + name] for name in SYNC_COLUMNS})


# -- the registry layer


def held_of_record(record: StoredRecord) -> Held:
    """Return what the village holds of a stored record."""
    shown = record.digest if record.level == FULL else digest16(record.body)
    return Held(record.kind, record.level, record.version, record.digest, shown, record.body)


def record_of_held(village_id: int, record_id: bytes, held: Held) -> StoredRecord:
    """Return the record to store."""
    return StoredRecord(village_id, record_id, held.kind, held.level, held.version, held.record_digest, held.body)


# -- the journal


def own_to_row(own: OwnEntry) -> dict[str, Any]:
    """Return the columns of an own entry."""
    entry = {name: getattr(own.entry, name) for name in _ENTRY_COLUMNS}
    return {
        **entry,
        "replica_id": own.replica_id,
        "seq": own.seq,
        "ordinal": own.ordinal,
        "previous": own.previous,
        "head": own.head,
        "change_id": own.change_id,
        "kind": int(own.entry.kind),
    }


def own_of_row(row: Any) -> OwnEntry:
    """Return the own entry of a row."""
    entry = JournalEntry(**{name: row[name] for name in _ENTRY_COLUMNS})
    return OwnEntry(
        row["ordinal"], row["replica_id"], row["seq"], row["previous"], row["head"], row["change_id"], entry
    )


def outcome_to_bytes(change_id: bytes, outcome: Outcome) -> bytes:
    """Return an outcome as it is kept."""
    return encode(exception_to_wire(change_id, outcome))


def outcome_of_bytes(raw: bytes) -> Outcome:
    """Return a kept outcome."""
    try:
        return exception_from_wire(decode(raw))[1]
    except ProtocolError as error:
        raise damaged("Hasil pemeriksaan tidak dapat dibaca", error) from error


# -- the feed


def feed_to_row(seq: int, row: NodeFeedRow) -> dict[str, Any]:
    """Return the columns of an applied feed entry."""
    replaced = [
        [record_id, None if held is None else [getattr(held, name) for name in Held.__slots__]]
        for record_id, held in row.replaced
    ]
    outcomes = [
        [change_id, None if outcome is None else exception_to_wire(change_id, outcome)]
        for change_id, outcome in row.replaced_outcomes
    ]
    return {
        "seq": seq,
        "entry": encode_feed_entry(row.entry),
        "head": row.head,
        "head_before": row.head_before,
        "signed_head": row.signed_head,
        "replaced": encode(replaced),
        "replaced_outcomes": encode(outcomes),
        "fingerprint_before": row.fingerprint_before.to_bytes(16, "big"),
        "hub_time_before_ms": row.hub_time_before_ms,
    }


def feed_of_row(row: Any) -> NodeFeedRow:
    """Return the applied feed entry of a row."""
    try:
        return NodeFeedRow(
            decode_feed_entry(row["entry"]),
            row["head"],
            row["head_before"],
            row["signed_head"],
            tuple((record_id, None if held is None else Held(*held)) for record_id, held in decode(row["replaced"])),
            tuple(
                (change_id, None if outcome is None else exception_from_wire(outcome)[1])
                for change_id, outcome in decode(row["replaced_outcomes"])
            ),
            int.from_bytes(row["fingerprint_before"], "big"),
            row["hub_time_before_ms"],
        )
    except ProtocolError as error:
        raise damaged(f"Catatan umpan {row['seq']} tidak dapat dibaca", error) from error


def evidence_to_bytes(evidence: Evidence) -> bytes:
    """Return a signed run that does not fit, as it is kept."""
    base = Position(evidence.base_seq, evidence.base_head)
    return encode(lost_to_wire(LostRun(base, evidence.entries, evidence.signed_heads, evidence.outcomes)))


def evidence_of_bytes(raw: bytes) -> Evidence:
    """Return a kept run."""
    try:
        run = lost_from_wire(decode(raw))
    except ProtocolError as error:
        raise damaged("Bukti tidak dapat dibaca", error) from error
    return Evidence(run.base.seq, run.base.head, run.entries, run.heads, run.outcomes)
