"""Count a month for the Rekapitulasi Jumlah Penduduk (Permendagri 47/2016): by hamlet, citizenship and sex.

Decides what each number counts and keeps the record ids behind it.  The identity of the form (end = start + births +
arrivals - deaths - departures, and between hamlets + moved in - moved out) is checked for every hamlet, citizenship and
sex each time: what does not add up is a ``Difference`` in the result, with the people and the event it comes from.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from register.books.chronicle import Chronicle, Person, Standing, Step
from register.books.events import Movement
from register.books.month import Month
from schemas.codes import Citizenship, EventKind, Sex
from schemas.errors import IdentifierError
from schemas.identifiers import NIK


class Column(StrEnum):
    """What a number of the recapitulation counts."""

    START = "start"
    BIRTH = "birth"
    ARRIVAL = "arrival"
    DEATH = "death"
    DEPARTURE = "departure"
    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    END = "end"


_COLUMN_OF = {movement: Column(movement.value) for movement in Movement}
_SIGN = {
    Column.START: 1,
    Column.BIRTH: 1,
    Column.ARRIVAL: 1,
    Column.MOVED_IN: 1,
    Column.DEATH: -1,
    Column.DEPARTURE: -1,
    Column.MOVED_OUT: -1,
    Column.END: -1,
}


@dataclass(frozen=True, slots=True)
class Category:
    """Who somebody is in the form; ``sex`` is None where neither the record nor the NIK says."""

    is_foreign: bool
    sex: int | None


CATEGORIES = tuple(Category(is_foreign, sex) for is_foreign in (True, False) for sex in (Sex.MALE, Sex.FEMALE, None))


@dataclass(frozen=True, slots=True)
class Difference:
    """An identity that does not hold: ``surplus`` people more at the end than the movements explain."""

    hamlet: str | None
    category: Category
    surplus: int
    people: tuple[bytes, ...]
    events: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class HamletRow:
    """One hamlet's month: people by column and category, families by column START or END, as record ids."""

    hamlet: str | None
    people: dict[tuple[Column, Category], tuple[bytes, ...]]
    families: dict[Column, frozenset[bytes]]

    def ids(self, column: Column, *, is_foreign: bool | None = None, sex: int | None = None) -> tuple[bytes, ...]:
        """Return who is counted; without narrowing everybody, those of unknown sex too."""
        return tuple(
            record_id
            for category in CATEGORIES
            if (is_foreign is None or category.is_foreign == is_foreign) and (sex is None or category.sex == sex)
            for record_id in self.people.get((column, category), ())
        )

    def count(self, column: Column, category: Category | None = None) -> int:
        """Return how many are counted, in one category or in all."""
        if category is None:
            return len(self.ids(column))
        return len(self.people.get((column, category), ()))

    def surplus(self, category: Category) -> int:
        """Return how many more there are at the end than the movements explain."""
        return -sum(sign * self.count(column, category) for column, sign in _SIGN.items())


@dataclass(frozen=True, slots=True)
class Recapitulation:
    """A month of a village: its hamlets by name (the one not filled in last), all together, what does not add up."""

    month: Month
    hamlets: tuple[HamletRow, ...]
    total: HamletRow
    differences: tuple[Difference, ...]
    idle: tuple[Step, ...]
    """Events of the month that moved nobody, since the person was here already or was not here.

    Somebody missing who is found again is none of them: that moves nobody, and should not.
    """


def category_of(person: Person) -> Category:
    """Return who somebody is in the form; a citizenship that is not filled in counts as Indonesian."""
    return Category(person.resident.citizenship == Citizenship.FOREIGN, sex_of(person))


def sex_of(person: Person) -> int | None:
    """Return the recorded sex, else what the NIK says: a stub of somebody who left has little more than that."""
    if person.resident.sex in {Sex.MALE, Sex.FEMALE}:
        return person.resident.sex
    try:
        return NIK(person.resident.nik).sex_hint if person.resident.nik is not None else None
    except IdentifierError:
        return None


def recapitulate(chronicle: Chronicle, month: Month) -> Recapitulation:
    """Count a month; what happened is booked by the day of entry."""
    counter = _Counter(month)
    for record_id, life in chronicle.lives.items():
        counter.take(record_id, category_of(life.person), life.at(_day_before(month)), life.at(month.last))
        for step in life.steps:
            if step.event.booked_on in month:
                counter.take_step(record_id, category_of(life.person), step)
    return counter.result()


def _day_before(month: Month) -> dt.date:
    first = month.first
    return first - dt.timedelta(days=1) if first > dt.date.min else first


class _Counter:
    def __init__(self, month: Month) -> None:
        self.month = month
        self.people: dict[str | None, dict[tuple[Column, Category], list[bytes]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self.families: dict[str | None, dict[Column, set[bytes]]] = defaultdict(lambda: defaultdict(set))
        self.unexplained: dict[tuple[str | None, Category], list[tuple[bytes, bytes]]] = defaultdict(list)
        self.idle: list[Step] = []

    def take(self, record_id: bytes, category: Category, start: Standing, end: Standing) -> None:
        for column, standing in ((Column.START, start), (Column.END, end)):
            if not standing.is_resident:
                continue
            self.people[standing.hamlet][column, category].append(record_id)
            if standing.household_id is not None:
                self.families[standing.hamlet][column].add(standing.household_id)

    def take_step(self, record_id: bytes, category: Category, step: Step) -> None:
        if step.movement is not None:
            hamlet = (step.after if step.movement.is_addition else step.before).hamlet
            self.people[hamlet][_COLUMN_OF[step.movement], category].append(record_id)
        if step.is_between_hamlets:
            self.people[step.before.hamlet][Column.MOVED_OUT, category].append(record_id)
            self.people[step.after.hamlet][Column.MOVED_IN, category].append(record_id)
        if step.is_difference:
            counted = {standing.hamlet for standing in (step.before, step.after) if standing.is_resident}
            for hamlet in counted or {step.after.hamlet}:
                self.unexplained[hamlet, category].append((record_id, step.event.record_id))
        elif step.is_idle and step.event.event.event_kind != EventKind.RETURNED:
            self.idle.append(step)

    def result(self) -> Recapitulation:
        names = sorted(self.people, key=lambda name: (name is None, name or ""))
        rows = tuple(self._row(name, [self.people[name]], [self.families[name]]) for name in names)
        total = self._row(None, self.people.values(), self.families.values())
        return Recapitulation(self.month, rows, total, tuple(self._differences(rows)), tuple(self.idle))

    @staticmethod
    def _row(
        name: str | None,
        people: Iterable[dict[tuple[Column, Category], list[bytes]]],
        families: Iterable[dict[Column, set[bytes]]],
    ) -> HamletRow:
        merged: dict[tuple[Column, Category], list[bytes]] = defaultdict(list)
        for part in people:
            for key, ids in part.items():
                merged[key] += ids
        homes: dict[Column, set[bytes]] = {Column.START: set(), Column.END: set()}
        for home in families:
            for column, ids_of_families in home.items():
                homes[column] |= ids_of_families
        return HamletRow(
            name,
            {key: tuple(ids) for key, ids in merged.items()},
            {column: frozenset(ids) for column, ids in homes.items()},
        )

    def _differences(self, rows: Iterable[HamletRow]) -> Iterable[Difference]:
        for row in rows:
            for category in CATEGORIES:
                surplus = row.surplus(category)
                causes = self.unexplained.get((row.hamlet, category), [])
                # Two people may make up for each other; each is named all the same.
                if surplus or causes:
                    yield Difference(
                        row.hamlet,
                        category,
                        surplus,
                        tuple(person for person, _ in causes),
                        tuple(dict.fromkeys(event for _, event in causes)),
                    )
