"""Damage a journal as a bad disk does: a changed byte in one column of a row, or a row that is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

from schemas.bodies import body_of
from schemas.fields import Kind, tag_of
from sync_protocol.entries import Create, EntryKind, Update
from tests.live_office import Wire, enrolled_laptop, founded_hub
from tests.node_ground import NOW_MS
from village_node.desk import Desk
from village_node.store import NodeStore
from village_node.tables import OWN_CHANGE, OWN_ENTRY

PHONE = tag_of(Kind.RESIDENT, "phone")
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


def person(number: int) -> bytes:
    """Return a record id."""
    return number.to_bytes(16, "big")


class Ground:
    """A hub and a laptop with some people that the hub has."""

    def __init__(self, folder: Path) -> None:
        self.wire = Wire(founded_hub(folder / "hub"))
        self.laptop = enrolled_laptop(self.wire, folder / "desa")
        self.desk = Desk(self.laptop, "Bu Rini", lambda: NOW_MS)
        self.record(1, 2, 3)
        self.sync()

    def record(self, *numbers: int) -> list[bytes]:
        """Save some people; return the change ids."""
        return [
            self.desk.save(
                EntryKind.EVENT, [Create(person(one), Kind.RESIDENT, body_of(Kind.RESIDENT, {"name": f"WARGA {one}"}))]
            ).change_id
            for one in numbers
        ]

    def call(self, number: int, old: str | None, new: str) -> bytes:
        """Save a telephone number; return the change id."""
        return self.desk.save(EntryKind.CORRECTION, [Update(person(number), PHONE, old, new)]).change_id

    def sync(self) -> None:
        """Meet the hub until nothing is left to say."""
        result = self.wire.sync(self.laptop)
        assert result.finished, result

    def at_hub(self, number: int) -> dict[int, object] | None:
        """Return a person's body at the hub, None if it has none."""
        with self.wire.hub.store.reading() as reader:
            record = reader.record(person(number))
        return None if record is None else dict(record.body)

    def close(self) -> None:
        """Close both sides."""
        self.laptop.close()
        self.wire.hub.close()
