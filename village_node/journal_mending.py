"""Find what a disk has damaged in the own journal, before anything of it is sent, and put the journal right.

Decides when a journal can no longer be sent: then this database becomes a new replica, as a restored one does, issues
again what is readable, and lists the rest (protocol 2.2, 11.7).  A damaged entry that the hub has decided costs nothing
but its history; it is only listed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from sync_protocol.entries import journal_start
from sync_protocol.node_side import take_replica_id
from sync_protocol.tables import OwnEntry
from village_node import rows
from village_node.keys import new_replica_id
from village_node.store import NodeStore, Working
from village_node.tables import NEWEST_PLACE, OWN_CHANGE, OWN_ENTRY, OWN_TOUCH
from village_node.unreadable import change_id_not_listed

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong in the journal: the newest places of own changes, and whether what is to be sent still chains.

    ``misfiled``: whole entries that are found under another change id than their own, as (found under, own).
    """

    undecided: tuple[bytes, ...]
    decided: tuple[bytes, ...]
    misfiled: tuple[tuple[bytes, bytes], ...]
    is_sendable: bool

    @property
    def is_any(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.undecided or self.decided or self.misfiled) or not self.is_sendable


def journal_damage(working: Working, *, everything: bool = False) -> Damage:
    """Look over what is to be sent and what has no outcome yet.

    Args:
        everything: also what the hub has decided, which takes as long as reading all of the journal.
    """
    undecided: list[bytes] = []
    decided: list[bytes] = []
    misfiled: list[tuple[bytes, bytes]] = []
    for change_id, is_final, own in _newest_places(working, everything=everything):
        if own is None or not own.is_whole:
            (decided if is_final else undecided).append(change_id)
        elif own.change_id != change_id:
            misfiled.append((change_id, own.change_id))
    return Damage(tuple(undecided), tuple(decided), tuple(misfiled), _is_sendable(working))


def mend_journal(store: NodeStore, *, everything: bool = False) -> Damage:
    """Put the journal right if it is damaged, in one transaction; return what was wrong with it."""
    with store.reading() as working:
        damage = journal_damage(working, everything=everything)
    if not damage.is_any:
        return damage
    with store.transaction() as working:
        damage = journal_damage(working, everything=everything)
        for found_under, own_id in damage.misfiled:
            _file_again(working, found_under, own_id)
        issued_again = 0
        if damage.undecided or not damage.is_sendable:
            issued_again = take_replica_id(working.tables, new_replica_id())
        working.tables.unreadable.extend(damage.decided)
        unreadable = len(working.tables.unreadable)
    counts = issued_again, unreadable, len(damage.misfiled)
    _log.warning("event=journal-mended issued_again=%d unreadable=%d misfiled=%d", *counts)
    return damage


def _file_again(working: Working, found_under: bytes, own_id: bytes) -> None:
    """Let a whole entry be found under its own change id again, and its records be shown with it."""
    connection = working.connection
    mine = OWN_CHANGE.c.change_id == found_under
    if connection.scalar(select(OWN_CHANGE.c.seq).where(OWN_CHANGE.c.change_id == own_id)) is None:
        connection.execute(update(OWN_CHANGE).where(mine).values(change_id=own_id))
    else:
        connection.execute(delete(OWN_CHANGE).where(mine))
    touched = select(OWN_TOUCH.c.record_id).where(OWN_TOUCH.c.change_id == own_id)
    working.show_again(list(connection.scalars(touched)))


def _newest_places(working: Working, *, everything: bool) -> Iterator[tuple[bytes, bool, OwnEntry | None]]:
    query = select(OWN_CHANGE.c.change_id.label("of_change"), OWN_CHANGE.c.is_final, OWN_ENTRY)
    query = query.outerjoin(OWN_ENTRY, NEWEST_PLACE).where(change_id_not_listed())
    if not everything:
        query = query.where(OWN_CHANGE.c.is_final.is_(False))
    for row in working.connection.execute(query).mappings():
        yield row["of_change"], row["is_final"], rows.own_of_row(row) if row["seq"] is not None else None


def _is_sendable(working: Working) -> bool:
    """Tell whether the entries that the hub lacks follow each other up to the journal's end."""
    state = working.tables.state
    query = select(OWN_ENTRY).where(OWN_ENTRY.c.replica_id == state.replica_id, OWN_ENTRY.c.seq >= state.acked_seq)
    head = journal_start(state.replica_id) if state.acked_seq == 0 else None
    expected = max(1, state.acked_seq)
    for row in working.connection.execute(query.order_by(OWN_ENTRY.c.seq)).mappings():
        own = rows.own_of_row(row)
        # The hub has the entry at the acknowledged place: of it only the head is needed.
        is_base = own.seq == state.acked_seq
        if own.seq != expected or not (is_base or (own.previous == head and own.is_whole)):
            return False
        head, expected = own.head, expected + 1
    return expected == state.journal_seq + 1 and head == state.journal_head
