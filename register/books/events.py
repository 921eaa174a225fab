"""Decide what a vital event does to the count and to the families: who comes, who goes, who changes house.

Only events in force count (declared or registered); cancelled, refused and annulled ones do not.  An event is booked on
the day of its entry, so a late one never changes a month that is closed (protocol 5: the dates are facts of the event).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.codes import EventKind, EventState
from schemas.shapes import VitalEvent


class Movement(StrEnum):
    """How the number of residents changes (the four movements of Permendagri 47/2016)."""

    BIRTH = "birth"
    ARRIVAL = "arrival"
    DEATH = "death"
    DEPARTURE = "departure"

    @property
    def is_addition(self) -> bool:
        """Tell whether the village grows by it."""
        return self in {Movement.BIRTH, Movement.ARRIVAL}


MOVEMENT_OF: Mapping[int, Movement] = {
    EventKind.BIRTH: Movement.BIRTH,
    EventKind.MOVE_IN: Movement.ARRIVAL,
    EventKind.RETURNED: Movement.ARRIVAL,
    EventKind.DEATH: Movement.DEATH,
    EventKind.MOVE_OUT: Movement.DEPARTURE,
    EventKind.LEFT: Movement.DEPARTURE,
}

_HOUSE_CHANGES = frozenset({EventKind.MOVE_INSIDE, EventKind.SPLIT, EventKind.NEW_HOUSEHOLD})
_IN_FORCE = frozenset({None, int(EventState.DECLARED), int(EventState.REGISTERED)})


@dataclass(frozen=True, slots=True)
class BookedEvent:
    """One event of the register; ``movers`` are the people whom it moves (none: its subject)."""

    record_id: bytes
    event: VitalEvent
    movers: tuple[bytes, ...] = ()

    @property
    def is_in_force(self) -> bool:
        """Tell whether the event counts."""
        return self.event.void is None and self.event.merged_into is None and self.event.state in _IN_FORCE

    @property
    def booked_on(self) -> dt.date:
        """Return the day the event was entered; an event without one belongs to the opening stock."""
        return self.event.entered_on or dt.date.min

    @property
    def order(self) -> tuple[dt.date, bytes]:
        """Return the order of entry: record ids made on one laptop grow with time."""
        return self.booked_on, self.record_id

    @property
    def movement(self) -> Movement | None:
        """Return how it changes the count, None if it does not."""
        return MOVEMENT_OF.get(self.event.event_kind or 0)

    @property
    def is_of_lives(self) -> bool:
        """Tell whether it is a step in its people's lives here; who is reported missing was here, and still counts."""
        return self.movement is not None or self.is_of_houses or self.event.event_kind == EventKind.MISSING

    @property
    def people(self) -> tuple[bytes, ...]:
        """Return the people it moves, each once; a birth or a death is of its subject alone."""
        if self.event.event_kind in {EventKind.BIRTH, EventKind.DEATH} or not self.movers:
            return () if self.event.subject_id is None else (self.event.subject_id,)
        return tuple(dict.fromkeys(self.movers))

    @property
    def is_of_houses(self) -> bool:
        """Tell whether people change house by it, and stay in the village.

        An event of any other kind that names two families (a marriage, an adoption) moves its people as a join does,
        from the other one into its own.
        """
        event = self.event
        if event.event_kind in _HOUSE_CHANGES:
            return not self.is_change_of_address
        names_two = None not in {event.household_id, event.other_household_id}
        return self.movement is None and names_two and event.household_id != event.other_household_id

    @property
    def is_change_of_address(self) -> bool:
        """Tell whether a whole family goes to another address under the same card."""
        other = self.event.other_household_id
        return self.event.event_kind == EventKind.MOVE_INSIDE and other in {None, self.event.household_id}

    def house_before(self, person_id: bytes) -> bytes | None:
        """Return the house that a person leaves by it, None if the event does not say."""
        event = self.event
        match event.event_kind:
            case EventKind.SPLIT | EventKind.MISSING:
                return event.household_id
            case EventKind.NEW_HOUSEHOLD:
                # It names where the head came from; people of other families are looked for in their own past.
                return event.other_household_id if person_id == event.subject_id else None
            case _ if self.is_of_houses:
                return event.other_household_id
            case _:
                movement = self.movement
                return event.household_id if movement is not None and not movement.is_addition else None

    def house_after(self) -> bytes | None:
        """Return the house that people come into by it, None if the event does not say."""
        event = self.event
        if event.event_kind == EventKind.SPLIT:
            return event.other_household_id
        comes_in = self.movement is not None and self.movement.is_addition
        if comes_in or self.is_of_houses or event.event_kind == EventKind.MISSING:
            return event.household_id
        return None
