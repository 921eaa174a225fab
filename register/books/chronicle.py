"""Rebuild who lived where on any day, from the register as it is and the vital events in it.

A record tells only the present.  The past follows from the events in force, in the order of their entry: each says
what it did to its people (``events``), so a life is a row of standings with an event between each two.  The last
standing is the register's own word; the first follows from the first event (who is born or arrives was not here, who
dies or leaves was); people without events are the opening stock, since imports have none.  Where the register
contradicts the last event, the step is marked as a difference, and the books show it in that event's month.

What this means for a month that is closed: later events never change it, whatever their date.  A correction does (of
sex, citizenship or birth date, an annulled or merged record, a cancelled event): it says that the book was wrong.
Hamlets are those of the families; a family's change of hamlet counts from its event, and a change without one is a new
name or a correction and holds for the past too.  Two things the records do not keep: the former family of those who
form a new one with somebody of another family (they are placed in that of the head), and that somebody who arrives was
missing before by an import's word.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from register.books.events import BookedEvent, Movement
from register.residency import is_counted, is_resident
from register.tables import LEVEL_FULL
from schemas.codes import EventKind
from schemas.shapes import Household, Resident

_MERGES_MAX = 16  # a chain of merged records is short, and a ring of them must not hang a book

_Order = tuple[dt.date, bytes]


@dataclass(frozen=True, slots=True)
class Person:
    """A person of the register as recorded now."""

    record_id: bytes
    resident: Resident
    level: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands between two events; ``hamlet`` is None where it is not filled in."""

    is_resident: bool
    household_id: bytes | None
    hamlet: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one event did to one person.

    ``is_difference``: the register says otherwise than this, the last, event.  ``is_idle``: it brings somebody who was
    here, or lives in another village by the registry, or takes somebody who was not, so it moves nobody.
    """

    event: BookedEvent
    before: Standing
    after: Standing
    movement: Movement | None = None
    is_difference: bool = False
    is_idle: bool = False

    @property
    def is_between_hamlets(self) -> bool:
        """Tell whether a resident goes to another hamlet of the village by it."""
        return self.before.is_resident and self.after.is_resident and self.before.hamlet != self.after.hamlet


@dataclass(frozen=True, slots=True)
class Life:
    """One person's standings: ``first`` until the first step, then what each step leaves."""

    person: Person
    first: Standing
    steps: tuple[Step, ...] = ()

    def at(self, day: dt.date) -> Standing:
        """Return the standing at the end of a day, as the book of that day knew it."""
        done = bisect_right(self.steps, day, key=lambda step: step.event.booked_on)
        return self.steps[done - 1].after if done else self.first


class Chronicle:
    """A village's lives, families and events; everything that the books ask is answered from here."""

    def __init__(
        self, people: Iterable[Person], households: Mapping[bytes, Household], events: Iterable[BookedEvent]
    ) -> None:
        self.people = {person.record_id: person for person in people}
        self.households = dict(households)
        self.events = sorted((event for event in events if event.is_in_force), key=lambda event: event.order)
        self._hamlets = _Hamlets(self.households, self.events)
        mine: dict[bytes, list[BookedEvent]] = defaultdict(list)
        for event in self.events:
            for person_id in dict.fromkeys(map(self.resolve, event.people)):
                mine[person_id].append(event)
        self.lives = {
            record_id: self._life(person, mine.get(record_id, []))
            for record_id, person in self.people.items()
            if is_counted(person.resident)
        }

    def resolve(self, record_id: bytes) -> bytes:
        """Return the record that stands for another one after merges."""
        for _ in range(_MERGES_MAX):
            person = self.people.get(record_id)
            if person is None or person.resident.merged_into is None:
                break
            record_id = person.resident.merged_into
        return record_id

    def residents(self, day: dt.date) -> dict[bytes, Standing]:
        """Return who counted as a resident at the end of a day."""
        standings = ((record_id, life.at(day)) for record_id, life in self.lives.items())
        return {record_id: standing for record_id, standing in standings if standing.is_resident}

    def hamlet_of(self, household_id: bytes | None, day: dt.date) -> str | None:
        """Return the hamlet in which a family lived at the end of a day."""
        return self._hamlets.at(household_id, (day, b"\xff" * 17))

    def _life(self, person: Person, events: list[BookedEvent]) -> Life:
        return _LifeDraft(person, [event for event in events if event.is_of_lives]).life(self._hamlets)


class _Hamlets:
    """The hamlet of each family over time."""

    def __init__(self, households: Mapping[bytes, Household], events: Iterable[BookedEvent]) -> None:
        self._now = {household_id: hamlet_key(household.hamlet) for household_id, household in households.items()}
        self.changes: dict[bytes, list[BookedEvent]] = defaultdict(list)
        for event in events:
            household_id = event.event.household_id
            # An event that does not say from where changes the address within the hamlet.
            if event.is_change_of_address and household_id is not None and event.event.place_from is not None:
                self.changes[household_id].append(event)

    def at(self, household_id: bytes | None, order: _Order) -> str | None:
        """Return the hamlet after everything up to an order of entry."""
        if household_id is None:
            return None
        for change in self.changes.get(household_id, ()):
            if change.order > order:
                return hamlet_key(change.event.place_from)
        return self._now.get(household_id)


@dataclass
class _LifeDraft:
    """Works out one life: presence forward, houses backward, then the hamlets of each."""

    person: Person
    events: list[BookedEvent]
    present: list[bool] = field(default_factory=list)
    houses: list[bytes | None] = field(default_factory=list)

    def life(self, hamlets: _Hamlets) -> Life:
        self._find_presence()
        self._find_houses()
        addresses = [change for house in set(self.houses) if house for change in hamlets.changes.get(house, ())]
        if not self.events and not addresses:
            return Life(self.person, self._standing(0, self.houses[0], hamlets, _BEGINNING))
        first = self._standing(0, self.houses[0], hamlets, _BEGINNING)
        own = {event.record_id for event in self.events}
        steps: list[Step] = []
        done = 0
        for event in sorted([*self.events, *addresses], key=lambda one: one.order):
            before = steps[-1].after if steps else first
            if event.record_id in own:
                done += 1
                after = self._standing(done, self.houses[done], hamlets, event.order)
                steps.append(self._step(event, before, after, is_last=done == len(self.events)))
            elif self.houses[done] == event.event.household_id:
                steps.append(Step(event, before, self._standing(done, self.houses[done], hamlets, event.order)))
        return Life(self.person, first, tuple(steps))

    def _step(self, event: BookedEvent, before: Standing, after: Standing, *, is_last: bool) -> Step:
        movement = event.movement
        if movement is None:
            # A change of house moves nobody in or out; the register's last word may say otherwise.
            return Step(event, before, after, is_difference=is_last and before.is_resident != after.is_resident)
        is_awaited = is_last and self._lives_elsewhere(before, after)
        is_idle = is_awaited or before.is_resident == movement.is_addition
        is_difference = is_last and not is_awaited and after.is_resident != movement.is_addition
        return Step(event, before, after, None if is_idle else movement, is_difference, is_idle)

    def _lives_elsewhere(self, before: Standing, after: Standing) -> bool:
        """Tell whether who arrives here is another village's in the registry, until that one reports the move too."""
        return self.person.level != LEVEL_FULL and not before.is_resident and not after.is_resident

    def _standing(self, index: int, house: bytes | None, hamlets: _Hamlets, order: _Order) -> Standing:
        return Standing(self.present[index], house, hamlets.at(house, order))

    def _find_presence(self) -> None:
        resident = self.person.resident
        now = is_resident(resident, self.person.level)
        self.present = [_was_here(self.events[0], resident) if self.events else now]
        for event in self.events:
            move = event.movement
            self.present.append(self.present[-1] if move is None else move.is_addition)
        self.present[-1] = now

    def _find_houses(self) -> None:
        """Walk back from the house of now, then fill in what an event does not say."""
        houses: list[bytes | None] = [self.person.resident.household_id]
        for event in reversed(self.events):
            if houses[-1] is None:
                houses[-1] = event.house_after()
            before = event.house_before(self.person.record_id)
            is_silent = event.is_of_houses or (event.movement is not None and event.movement.is_addition)
            houses.append(before if before is not None or is_silent else houses[-1])
        houses.reverse()
        for index in reversed(range(len(self.events))):
            if houses[index] is None and self.present[index]:
                event = self.events[index]
                is_new_family = event.event.event_kind == EventKind.NEW_HOUSEHOLD
                houses[index] = event.event.other_household_id if is_new_family else houses[index + 1]
        self.houses = houses


def _was_here(first: BookedEvent, resident: Resident) -> bool:
    """Tell whether a person was a resident before their first event: somebody found again never left the books."""
    if first.event.event_kind == EventKind.RETURNED:
        return resident.left_on is None
    return first.movement is None or not first.movement.is_addition


_BEGINNING: _Order = (dt.date.min, b"")


def hamlet_key(name: str | None) -> str | None:
    """Return a hamlet's name as the books write it; a blank is not filled in."""
    return " ".join(name.upper().split()) or None if name is not None else None
