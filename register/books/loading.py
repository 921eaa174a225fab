"""Load a village's chronicle from the register's index.

The index holds what is shown, so an office's own unsent events count at once; who moves with an event is in bodies
only, which the caller can read (the node over its overlay, the hub from its records).
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import select

from register.books.chronicle import Chronicle, Person
from register.books.events import BookedEvent
from register.by_key import CHUNK_ROWS
from register.store import RegisterStore, shape_columns
from register.tables import INDEX_TABLES
from schemas.fields import Kind
from schemas.shapes import Household, Resident, VitalEvent

MoversOf = Callable[[Sequence[bytes]], Mapping[bytes, Sequence[Any]]]
"""Return the ``movers`` of events, by event id; an event without any may be absent."""

_ID_BYTES = 16
_MET_AGAIN = frozenset({"household_id", "birth_place", "birth_on", "father_name", "mother_name", "hamlet", "address"})

_T = TypeVar("_T", Household, Resident, VitalEvent)


def load_chronicle(store: RegisterStore, village_id: int, movers_of: MoversOf) -> Chronicle:
    """Return everything that a village's books ask; 35,000 people take seconds and some hundred bytes each."""
    people = [Person(record_id, resident, level) for record_id, level, resident in _rows(store, village_id, Resident)]
    households = {record_id: family for record_id, _, family in _rows(store, village_id, Household)}
    events = _rows(store, village_id, VitalEvent)
    movers = _movers([record_id for record_id, _, _ in events], movers_of)
    booked = (BookedEvent(record_id, event, movers.get(record_id, ())) for record_id, _, event in events)
    return Chronicle(people, households, booked)


def _rows(store: RegisterStore, village_id: int, shape: type[_T]) -> list[tuple[bytes, int, _T]]:
    table = INDEX_TABLES[Kind(shape.kind)]
    query = (
        select(table.c.record_id, table.c.level, *shape_columns(shape.kind))
        .where(table.c.district_code == store.district_code, table.c.village_id == village_id)
        .execution_options(yield_per=CHUNK_ROWS)
    )
    slim = _slim(shape)
    # Families, places and days are met again and again: one copy of each will do.
    again = [number for number, column in enumerate(shape_columns(shape.kind), start=2) if column.name in _MET_AGAIN]
    known: dict[Any, Any] = {}
    found = []
    for row in store.connection.execute(query):
        values = list(row)
        for number in again:
            if (value := values[number]) is not None:
                values[number] = known.setdefault(value, value)
        made: Any = slim(*values[2:])
        found.append((row[0], row[1], made))
    return found


@cache
def _slim(shape: type[Resident | Household | VitalEvent]) -> type[Any]:
    """Return a tuple with a shape's fields as its attributes: books only read, and a shape takes ten times as much."""
    return namedtuple(f"{shape.__name__}Row", [column.name for column in shape_columns(shape.kind)])  # noqa: PYI024


def _movers(event_ids: Sequence[bytes], movers_of: MoversOf) -> dict[bytes, tuple[bytes, ...]]:
    found: dict[bytes, tuple[bytes, ...]] = {}
    for start in range(0, len(event_ids), CHUNK_ROWS):
        for event_id, movers in movers_of(event_ids[start : start + CHUNK_ROWS]).items():
            # What a strange program wrote there instead of record ids is nobody.
            found[event_id] = tuple(one for one in movers if isinstance(one, bytes) and len(one) == _ID_BYTES)
    return found
