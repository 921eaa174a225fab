"""Damage a journal as a bad disk does: a changed byte in one column of a row, or a row that is gone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update

from village_node.store import NodeStore
from village_node.tables import OWN_CHANGE, OWN_ENTRY

PROVED_ELSEWHERE = ("head", "change_id")
"""Columns that follow from the others: without them an entry at its first issue can still be read."""
LOST_WITH_THEM = ("body", "wall_ms", "kind", "seen_seq", "previous", "after", "row")
DAMAGES = (*PROVED_ELSEWHERE, *LOST_WITH_THEM)


def flipped(value: Any) -> Any:
    """Return a value with one bit of it changed."""
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\x00"
    return bytes(16) if value is None else value ^ 4


def damage(store: NodeStore, change_id: bytes, column: str) -> None:
    """Change one column at the newest place of an own entry; "row" takes the whole row."""
    with store.local_writing() as connection:
        change = connection.execute(select(OWN_CHANGE).where(OWN_CHANGE.c.change_id == change_id)).one()
        place = (OWN_ENTRY.c.replica_id == change.replica_id) & (OWN_ENTRY.c.seq == change.seq)
        if column == "row":
            connection.execute(delete(OWN_ENTRY).where(place))
            return
        value = connection.scalar(select(OWN_ENTRY.c[column]).where(place))
        connection.execute(update(OWN_ENTRY).where(place).values({column: flipped(value)}))
