"""Keep a list of own entries that a disk has damaged: what is known of each, for a person (protocol 11.7).

Decides what stays of such an entry: its place, number, time, kind and officer as far as they can be read, and the
damaged bytes for who may still make something of them.  Nothing of it is shown as a value or sent, and nothing is
dropped: where the hub has the entry its outcome comes as for any other, else a person records it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select

from register.database import upsert
from sync_protocol.codec import is_count, is_digest
from sync_protocol.limits import OFFICER_NAME_BYTES_MAX
from sync_protocol.tables import NodeState, NodeTables
from village_node import rows
from village_node.tables import DAMAGED_ENTRY, OWN_CHANGE, OWN_ENTRY, OWN_TOUCH, PENDING

_WALL_MS_MAX = 4_102_444_800_000
"""The year 2100: a damaged row may hold any time, and no calendar has them all."""

LISTED: Select[Any] = select(DAMAGED_ENTRY.c.change_id)
"""The change ids that are listed: neither issued again nor looked at again."""


@dataclass(frozen=True, slots=True)
class UnreadableEntry:
    """One listed entry; ``is_received``: the hub said that it has it, ``has_outcome``: also what became of it."""

    change_id: bytes
    ordinal: int
    kind: int
    wall_ms: int | None
    officer: str
    about_id: bytes | None
    is_received: bool
    has_outcome: bool


def unreadable_entries(connection: Connection) -> list[UnreadableEntry]:
    """Return what is listed, in the order of saving."""
    query = (
        select(DAMAGED_ENTRY, OWN_CHANGE.c.outcome)
        .join(OWN_CHANGE, OWN_CHANGE.c.change_id == DAMAGED_ENTRY.c.change_id)
        .order_by(DAMAGED_ENTRY.c.ordinal)
    )
    return [
        UnreadableEntry(
            row["change_id"],
            row["ordinal"],
            row["kind"],
            row["wall_ms"],
            row["officer"],
            row["about_id"],
            row["is_received"],
            row["outcome"] is not None,
        )
        for row in connection.execute(query).mappings()
    ]


def list_unreadable(connection: Connection, tables: NodeTables, before: NodeState) -> None:
    """List what a transaction found to be unreadable and take it from what officers see.

    Args:
        before: the state at the transaction's start, since it tells what the hub had of the journal.
    """
    for change_id in dict.fromkeys(tables.unreadable):
        query = select(OWN_CHANGE).where(OWN_CHANGE.c.change_id == change_id, change_id_not_listed())
        change = connection.execute(query).first()
        if change is not None:
            _list_one(connection, change, before)
            _take_from_sight(connection, tables, change_id)


def change_id_not_listed() -> Any:
    """Return the condition that an own change is not listed as unreadable."""
    return OWN_CHANGE.c.change_id.not_in(LISTED)


def _list_one(connection: Connection, change: Row[Any], before: NodeState) -> None:
    place = (OWN_ENTRY.c.replica_id == change.replica_id) & (OWN_ENTRY.c.seq == change.seq)
    row: Mapping[Any, Any] = connection.execute(select(OWN_ENTRY).where(place)).mappings().first() or {}
    body = row.get("body")
    raw = body if isinstance(body, bytes) else b""
    kind, wall_ms = row.get("kind"), row.get("wall_ms")
    is_in_journal = change.replica_id == before.replica_id and change.seq <= before.acked_seq
    about = select(OWN_TOUCH.c.record_id).where(OWN_TOUCH.c.ordinal == change.ordinal).order_by(OWN_TOUCH.c.record_id)
    known = {
        "change_id": change.change_id,
        "ordinal": change.ordinal,
        "replica_id": change.replica_id,
        "seq": change.seq,
        "kind": kind if is_count(kind) else 0,
        "wall_ms": wall_ms if is_count(wall_ms) and wall_ms < _WALL_MS_MAX else None,
        "officer": officer_of(raw),
        "about_id": connection.scalars(about).first(),
        "body": raw,
        "is_received": is_in_journal or change.outcome is not None,
    }
    connection.execute(insert(DAMAGED_ENTRY).values(known))
    # The place stays, with its head: a verdict on the entries around it is told by that, and its own comes with them.
    empty = {
        **{name: known[name] for name in ("replica_id", "seq", "ordinal", "change_id", "kind")},
        "previous": b"",
        "head": _head_at(connection, change, before, row.get("head")),
        "critical": False,
        "wall_ms": known["wall_ms"] or 0,
        "offset_ms": None,
        "seen_seq": 0,
        "seen_head8": b"",
        "after": None,
        "first": None,
        "body": b"",
    }
    upsert(connection, OWN_ENTRY, [empty])


def _head_at(connection: Connection, change: Row[Any], before: NodeState, stored: object) -> bytes:
    """Return the head at a damaged place: the entry behind it names it, else the end of the journal, else its own."""
    behind = (OWN_ENTRY.c.replica_id == change.replica_id) & (OWN_ENTRY.c.seq == change.seq + 1)
    row = connection.execute(select(OWN_ENTRY).where(behind)).mappings().first()
    if row is not None and rows.own_of_row(row).is_whole:
        return bytes(row["previous"])
    if (change.replica_id, change.seq) == (before.replica_id, before.journal_seq):
        return before.journal_head
    return stored if is_digest(stored, 32) else bytes(32)


def _take_from_sight(connection: Connection, tables: NodeTables, change_id: bytes) -> None:
    query = select(PENDING.c.record_id).where(PENDING.c.change_id == change_id)
    for record_id in connection.scalars(query).all():
        left = tuple(one for one in tables.pending.get(record_id) or () if one != change_id)
        tables.pending[record_id] = left
    connection.execute(delete(PENDING).where(PENDING.c.change_id == change_id))


def officer_of(raw: bytes) -> str:
    """Return the officer at the beginning of an entry's body (protocol 3.5); empty where that is damaged too."""
    # An array of two whose first is a short or a longer text.
    if len(raw) < 2 or raw[0] != 0x92:
        return ""
    start, size = (2, raw[1] & 0x1F) if raw[1] & 0xE0 == 0xA0 else (3, raw[2] if raw[1:2] == b"\xd9" and raw[2:] else 0)
    name = raw[start : start + size]
    try:
        text = name.decode()
    except UnicodeDecodeError:
        return ""
    return text if 0 < len(name) == size <= OFFICER_NAME_BYTES_MAX and text.isprintable() else ""


def open_unreadable(entries: Iterable[UnreadableEntry]) -> list[UnreadableEntry]:
    """Return those of which the hub has said nothing: a person must look at them."""
    return [one for one in entries if not one.has_outcome]
