"""Compose what a replica sends: the entries that the hub lacks, positions, evidence (protocol 6.2).

Nothing is sent that is not what its officer saved: each entry proves itself and the chain before it leaves (11.7).
"""

from __future__ import annotations

from schemas.errors import DatabaseCorruptError
from sync_protocol.entries import JournalEntry, journal_start
from sync_protocol.lost_runs import lost_run
from sync_protocol.messages import JournalRun, Message, Position
from sync_protocol.tables import NodeTables

_ENTRIES_AHEAD = 64
"""How many entries are read at a time while a message is filled: its budget may end anywhere."""


def compose(tables: NodeTables, *, number: int, budget: int, journal_bytes_max: int) -> Message:
    """Return the next message: unacknowledged entries within the byte budget, positions, evidence.

    At least one entry travels, however small the budget, and of each run of evidence what its first signed head proves.

    Raises DatabaseCorruptError "journal-damaged" before an entry is sent that is not what its officer saved.
    """
    state = tables.state
    entries: list[JournalEntry] = []
    size, seq = 0, state.acked_seq
    base_head = head = _journal_head(tables)
    while seq < state.journal_seq:
        if (seq - state.acked_seq) % _ENTRIES_AHEAD == 0:
            ahead = range(seq + 1, min(seq + _ENTRIES_AHEAD, state.journal_seq) + 1)
            tables.journal.prefetch([(state.replica_id, one) for one in ahead])
        own = tables.journal.get((state.replica_id, seq + 1))
        if own is None or own.previous != head or not own.is_whole:
            raise _damaged(seq + 1)
        size += len(own.entry.body) + 64
        if entries and size > journal_bytes_max:
            break
        entries.append(own.entry)
        seq, head = seq + 1, own.head
    if seq == state.journal_seq and head != state.journal_head:
        raise _damaged(seq)
    return Message(
        district_code=state.district_code,
        village_id=state.village_id,
        replica_id=state.replica_id,
        number=number,
        journal=JournalRun(state.acked_seq, base_head, tuple(entries)) if entries else None,
        feed_at=Position(state.feed_seq, state.feed_head),
        tips=((state.journal_seq, state.journal_head[:8]),),
        lost=tuple(lost_run(tables, evidence, journal_bytes_max) for evidence in tables.evidence.values()),
        budget=budget,
        full_run=state.needs_full_run,
    )


def _journal_head(tables: NodeTables) -> bytes:
    """Return the head of what the hub has of this replica's journal."""
    state = tables.state
    if state.acked_seq == 0:
        return journal_start(state.replica_id)
    own = tables.journal.get((state.replica_id, state.acked_seq))
    if own is None:
        raise _damaged(state.acked_seq)
    return own.head


def _damaged(seq: int) -> DatabaseCorruptError:
    return DatabaseCorruptError(
        f"Jurnal laptop ini rusak di catatan {seq}",
        code="journal-damaged",
        hint="Jalankan sinkronisasi: yang masih terbaca dikirim ulang, sisanya ditulis di kotak masuk.",
    )
