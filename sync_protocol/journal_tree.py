"""Keep the tree of each replica's journal heads at the hub (protocol 2.9, 3.2).

Every authenticated entry is stored: behind the one before it, as another branch, or beyond a gap.  What the entries
mean is not looked at here; ``hub_side`` lets ``admission`` judge what waits.
"""

from __future__ import annotations

from dataclasses import replace

from schemas.errors import MalformedMessageError, TrustError
from sync_protocol.entries import journal_start
from sync_protocol.messages import Message
from sync_protocol.tables import DECIDED, ORPHAN, RELEASED, WAITING, HubTables, JournalRow


def check_journal(tables: HubTables, message: Message, village: int) -> None:
    """Refuse a run that no honest replica sends: a number never travels alone, a replica id belongs to one village.

    Raises TrustError for the replica of another village, MalformedMessageError for a head at another number.
    """
    run = message.journal
    base = None if run is None else tables.journal.get(run.base_head)
    tips = [tables.journal.need(head) for _, head in tables.tips.get(message.replica_id) or ()]
    for row in tips if base is None else [base, *tips]:
        if row.village_id != village or row.replica_id != message.replica_id:
            raise TrustError("the message speaks for a replica of another village", code="replica-foreign")
    if run is not None and (run.base_seq == 0) != (run.base_head == journal_start(message.replica_id)):
        raise MalformedMessageError("a journal run from 0 starts at its replica's first head, and no other does")
    if run is not None and base is not None and is_connected(base) and base.seq != run.base_seq:
        raise MalformedMessageError("a journal head stands at another number")


def store(
    tables: HubTables, message: Message, village: int, device_id: bytes, now_ms: int, *, quarantined: bool
) -> None:
    """Take a message's journal entries in, each once."""
    if message.journal is None:
        return
    seq, previous = message.journal.base_seq, message.journal.base_head
    rows = []
    for entry in message.journal.entries:
        seq += 1
        head = entry.head(previous)
        rows.append(
            JournalRow(
                message.replica_id,
                village,
                seq,
                head,
                previous,
                entry,
                entry.first if entry.first is not None else head[:16],
                device_id,
                now_ms,
                quarantined=quarantined,
            )
        )
        previous = head
    tables.journal.prefetch([row.head for row in rows])
    tables.places.prefetch([row.change_id for row in rows])
    tables.orphans_after.prefetch([row.head for row in rows])
    for row in rows:
        if row.head not in tables.journal:
            _place(tables, row)


def is_connected(row: JournalRow) -> bool:
    """Tell whether nothing is missing between an entry and its journal's start."""
    return row.state not in (ORPHAN, RELEASED)


def _place(tables: HubTables, row: JournalRow) -> None:
    """Store an entry: behind one that is connected to its journal's start, or beyond a gap."""
    places = tables.places.get(row.change_id) or frozenset()
    tables.places[row.change_id] = places | {row.head}
    before = tables.journal.get(row.previous)
    if row.seq == 1 or (before is not None and is_connected(before)):
        _connect(tables, row)
        return
    tables.journal[row.head] = row
    waiting = tables.orphans_after.get(row.previous) or frozenset()
    tables.orphans_after[row.previous] = waiting | {row.head}
    if before is not None and before.state == RELEASED:
        release(tables, row)


def _connect(tables: HubTables, row: JournalRow) -> None:
    """Let an entry wait for its judgement, and everything that stood behind the gap it closes."""
    todo = [row]
    while todo:
        row = todo.pop(0)
        waiting = tables.waiting.get(row.village_id) or ()
        is_judged = row.state == RELEASED and row.head not in waiting
        tables.journal[row.head] = replace(row, state=DECIDED if is_judged else WAITING)
        if row.state == ORPHAN:
            tables.waiting[row.village_id] = (*waiting, row.head)
        tips = tables.tips.get(row.replica_id) or frozenset()
        tables.tips[row.replica_id] = (tips - {(row.seq - 1, row.previous)}) | {(row.seq, row.head)}
        behind = tables.orphans_after.get(row.head)
        if behind:
            # the chain tells the number, not the sender beyond the gap
            todo += [replace(tables.journal.need(head), seq=row.seq + 1) for head in sorted(behind)]
            tables.orphans_after[row.head] = frozenset()


def release(tables: HubTables, row: JournalRow) -> None:
    """Let an entry beyond a gap wait for its judgement as it stands."""
    tables.journal[row.head] = replace(row, state=RELEASED)
    tables.waiting[row.village_id] = (*(tables.waiting.get(row.village_id) or ()), row.head)
