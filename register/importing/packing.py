"""Decide how a family is cut into journal entries: at most 100 records and 64 KB each (protocol 10).

Sizes are an upper estimate of the encoded form, since encoding belongs to the protocol.  Order is kept: the household
comes first, its head next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from register.importing.plan import PlannedCreate, PlannedHousehold, PlannedUpdate

RECORDS_MAX = 100
BYTES_MAX = 56_000
"""Below the 65,536 of an entry by what the officer, the owner fields and the frame take."""

Unit = PlannedCreate | tuple[PlannedUpdate, ...]
"""What stays in one piece: a new record, or the updates of one record."""

_RECORD_OVERHEAD = 40
_EVENT_BYTES = 160
"""Of the vital event that is recorded with a person: its subject, family, dates and place."""


def pack(household_id: bytes, units: Iterable[Unit]) -> list[PlannedHousehold]:
    """Return the units as entries, none above the limits unless one unit alone is."""
    packed: list[PlannedHousehold] = []
    current: list[Unit] = []
    records = size = 0
    for unit in units:
        events = _events_of(unit)
        added = _size_of(unit) + events * _EVENT_BYTES
        if current and (records + 1 + events > RECORDS_MAX or size + added > BYTES_MAX):
            packed.append(_entry(household_id, current))
            current, records, size = [], 0, 0
        current.append(unit)
        records += 1 + events
        size += added
    if current:
        packed.append(_entry(household_id, current))
    return packed


def _entry(household_id: bytes, units: list[Unit]) -> PlannedHousehold:
    creates = tuple(unit for unit in units if isinstance(unit, PlannedCreate))
    updates = tuple(update for unit in units if isinstance(unit, tuple) for update in unit)
    return PlannedHousehold(household_id, creates, updates)


def _events_of(unit: Unit) -> int:
    """Return how many events are recorded with a unit, each a record of the same entry."""
    changes = (unit,) if isinstance(unit, PlannedCreate) else unit
    return sum(change.implied_event is not None for change in changes)


def _size_of(unit: Unit) -> int:
    if isinstance(unit, PlannedCreate):
        return _RECORD_OVERHEAD + sum(3 + _value_size(value) for value in unit.body.values())
    return sum(_RECORD_OVERHEAD + _value_size(update.old) + _value_size(update.new) for update in unit)


def _value_size(value: Any) -> int:
    match value:
        case str():
            return 5 + (len(value) if value.isascii() else len(value.encode()))
        case bytes():
            return 5 + len(value)
        case list() | tuple() | set() | frozenset():
            return 5 + sum(_value_size(item) for item in value)
        case _:
            return 9
