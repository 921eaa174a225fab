"""Find the people of the story among the generated families, nobody twice.

Decides who is born to, dies, moves or is corrected.  People are known by their NIK here, as at an office window; record
ids stay inside the register.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from register.generator import GeneratedVillage
from schemas.codes import MaritalStatus, Relation, Sex
from schemas.errors import EX_SOFTWARE, VillageSyncError

Person = Mapping[str, Any]

_MARRIED = frozenset(
    {MaritalStatus.MARRIED, MaritalStatus.MARRIED_REGISTERED, MaritalStatus.MARRIED_UNREGISTERED},
)


class CastingError(VillageSyncError):
    """The generated village is too small for the story.  Next step: ask for more residents."""

    code = "demo-village-too-small"
    exit_code = EX_SOFTWARE


class Cast:
    """The people of one village that the story has not used yet."""

    def __init__(self, village: GeneratedVillage, today: dt.date) -> None:
        self._today = today
        self._families = [
            family for family in village.households if all(person.get("nik") for person in family.members)
        ]

    def couple_with_room_for_a_child(self) -> tuple[Person, Person]:
        """Return (father, mother), she between 20 and 38."""
        head, wife, *_ = self._take(
            lambda members: (
                len(members) > 1
                and _is(members[0], Relation.HEAD, Sex.MALE)
                and _is(members[1], Relation.WIFE, Sex.FEMALE)
                and 20 <= self._age(members[1]) <= 38
            )
        )
        return head, wife

    def old_relative(self) -> Person:
        """Return somebody old who does not head the family, so that nobody must take it over."""
        members = self._take(lambda members: any(self._age(one) >= 58 for one in members[1:]))
        return max(members[1:], key=self._age)

    def parents_and_heir(self) -> tuple[Person, Person, Person]:
        """Return (father, mother, grown child): the parents can found a new family, and the child take over the old."""
        members = self._take(
            lambda members: (
                _is(members[0], Relation.HEAD, Sex.MALE)
                and any(_is(one, Relation.WIFE, Sex.FEMALE) for one in members)
                and any(self._may_head(one) for one in members)
            )
        )
        wife = next(one for one in members if _is(one, Relation.WIFE, Sex.FEMALE))
        return members[0], wife, next(one for one in members if self._may_head(one))

    def grown_child(self) -> Person:
        """Return a grown child of a family, single, who can move away alone."""
        members = self._take(lambda members: any(self._may_head(one) for one in members))
        return next(one for one in members if self._may_head(one))

    def bride_and_groom(self) -> tuple[Person, Person]:
        """Return (bride, groom): grown, single children of two families."""
        found = [self._grown_child_of(sex) for sex in (Sex.FEMALE, Sex.MALE)]
        return found[0], found[1]

    def _grown_child_of(self, sex: Sex) -> Person:
        def fits(one: Person) -> bool:
            return self._may_head(one) and one.get("marital_status") == MaritalStatus.SINGLE and one.get("sex") == sex

        members = self._take(lambda members: any(fits(one) for one in members))
        return next(one for one in members if fits(one))

    def adult(self) -> Person:
        """Return the head of a family of its own."""
        return self._take(lambda members: self._age(members[0]) >= 21)[0]

    def _take(self, fits: Callable[[tuple[Person, ...]], bool]) -> tuple[Person, ...]:
        """Return the members of the next family that fits, and never again."""
        for index, family in enumerate(self._families):
            if fits(family.members):
                del self._families[index]
                return family.members
        raise CastingError("no family of this kind is left in the generated village", hint="Ask for more residents.")

    def _age(self, person: Person) -> int:
        born = person.get("birth_on")
        if not isinstance(born, dt.date):
            return -1
        return self._today.year - born.year - ((self._today.month, self._today.day) < (born.month, born.day))

    def _may_head(self, person: Person) -> bool:
        is_child = person.get("relation") == Relation.CHILD and person.get("marital_status") not in _MARRIED
        return is_child and self._age(person) >= 21


def _is(person: Person, relation: Relation, sex: Sex) -> bool:
    return bool(person.get("relation") == relation and person.get("sex") == sex)
