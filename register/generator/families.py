"""Put invented people into families of the kinds a village has, each with one head and plausible ages.

Decides who lives together, who is whose parent, and who is married, widowed or alone.  What people learnt and do for a
living is ``details``; how a file writes it is ``rows``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from register.generator.names import name_of
from register.generator.vocabulary import CULTURE_WEIGHTS, Culture
from register.generator.world import World
from schemas.codes import MaritalStatus, Relation, Sex

Person = dict[str, Any]
"""Values of one person by the field names of ``schemas.fields``; what is unknown is absent."""

_PARENT, _PARENT_IN_LAW, _GRANDCHILD, _CHILD_IN_LAW = 7, 8, 6, 5
_MARRIED, _SINGLE, _DIVORCED, _WIDOWED = (
    MaritalStatus.MARRIED,
    MaritalStatus.SINGLE,
    MaritalStatus.DIVORCED,
    MaritalStatus.WIDOWED,
)
_MARRIAGE_AGE = 18
_MOTHER_AGE_MAX = 43


class Family:
    """One family in the making: its culture and faith, and its people, the head first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.culture = world.weigh(CULTURE_WEIGHTS)
        is_hindu = self.culture is Culture.BALINESE
        self.religion = 4 if is_hindu else world.weigh({1: 970, 2: 14, 3: 8, 4: 5, 5: 2, 6: 1})
        self.people: list[Person] = []

    def add(self, sex: int, birth_on: dt.date, relation: int, status: int, **values: Any) -> Person:
        """Add a person; ``order`` in the values counts elder siblings for the name."""
        world = self.world
        order = values.pop("order", world.chance.randrange(4))
        person: Person = {
            "nik": world.nik(birth_on, sex),
            "name": name_of(world, self.culture, self.religion, sex, birth_on.year, order),
            "sex": int(sex),
            "birth_place": world.birth_place(),
            "birth_on": birth_on,
            "relation": int(relation),
            "religion": self.religion,
            "citizenship": 1,
            "marital_status": int(status),
            "ethnicity": self.culture.value,
            "father_name": name_of(world, self.culture, self.religion, Sex.MALE, birth_on.year - 27),
            "mother_name": name_of(world, self.culture, self.religion, Sex.FEMALE, birth_on.year - 24),
            **values,
        }
        self.people.append(person)
        return person

    def couple(self, age_min: int, age_max: int) -> tuple[Person, Person]:
        """Add a married head and his wife."""
        husband = self.add(Sex.MALE, self.world.birthday(age_min, age_max), Relation.HEAD, _MARRIED)
        age = self.world.age(husband["birth_on"])
        wife_age = max(_MARRIAGE_AGE, age - self.world.chance.randint(-2, 8))
        wife = self.add(Sex.FEMALE, self.world.birthday(wife_age, wife_age), Relation.WIFE, _MARRIED)
        self.marry(husband, wife)
        return husband, wife

    def marry(self, husband: Person, wife: Person) -> None:
        """Give a couple the same wedding day and, mostly, the number of the marriage record."""
        world = self.world
        younger = max(husband["birth_on"], wife["birth_on"])
        grown_up = younger + dt.timedelta(days=_MARRIAGE_AGE * 366)
        married_on = world.day_between(grown_up, min(grown_up + dt.timedelta(days=9 * 365), world.today))
        if married_on <= world.today and world.happens(0.7):
            number = f"{world.chance.randint(1, 480):04d}/{world.chance.randint(1, 60):03d}/{_roman(married_on.month)}"
            both = {"married_on": married_on, "marriage_number": f"{number}/{married_on.year}"}
            husband.update(both)
            wife.update(both)

    def children(
        self, father: Person | None, mother: Person | None, count: int, relation: int = Relation.CHILD
    ) -> None:
        """Add unmarried children of the parents that are known; ages follow the mother's."""
        world = self.world
        elder = mother or father
        assert elder is not None, "children need a parent"
        parent_age = world.age(elder["birth_on"])
        oldest = min(parent_age - 19, 29)
        youngest = max(parent_age - _MOTHER_AGE_MAX, 0)
        if oldest < youngest:
            return
        ages = sorted((world.chance.randint(youngest, oldest) for _ in range(count)), reverse=True)
        for order, age in enumerate(ages):
            parents = _parents(father, mother)
            sex = world.pick((Sex.MALE, Sex.FEMALE))
            self.add(sex, world.birthday(age, age), relation, _SINGLE, order=order, **parents)

    def old_parent(self, child: Person, relation: int) -> None:
        """Add a widowed parent of a member, whose name the member's own papers repeat."""
        world = self.world
        age = min(world.age(child["birth_on"]) + world.chance.randint(19, 32), 97)
        sex = world.weigh({Sex.FEMALE: 4, Sex.MALE: 1})
        parent = self.add(sex, world.birthday(age, age), relation, _WIDOWED)
        side = "mother" if sex == Sex.FEMALE else "father"
        child[f"{side}_name"], child[f"{side}_nik"] = parent["name"], parent["nik"]


def _parents(father: Person | None, mother: Person | None) -> Person:
    values: Person = {}
    for side, parent in (("father", father), ("mother", mother)):
        if parent is not None:
            values[f"{side}_name"], values[f"{side}_nik"] = parent["name"], parent["nik"]
    return values


def _nuclear(family: Family) -> None:
    husband, wife = family.couple(24, 56)
    family.children(husband, wife, family.world.weigh({1: 38, 2: 42, 3: 15, 4: 5}))


def _couple(family: Family) -> None:
    family.couple(*family.world.pick(((20, 29), (50, 79))))


def _three_generations(family: Family) -> None:
    husband, wife = family.couple(28, 52)
    family.children(husband, wife, family.world.weigh({1: 45, 2: 40, 3: 15}))
    if family.world.happens(0.5):
        family.old_parent(husband, _PARENT)
    else:
        family.old_parent(wife, _PARENT_IN_LAW)


def _with_grandchild(family: Family) -> None:
    husband, wife = family.couple(52, 70)
    world = family.world
    age = world.age(wife["birth_on"]) - world.chance.randint(20, 26)
    child = family.add(
        Sex.FEMALE, world.birthday(age, age), Relation.CHILD, _MARRIED, **_parents(husband, wife), order=0
    )
    partner = family.add(Sex.MALE, world.birthday(age, age + 6), _CHILD_IN_LAW, _MARRIED)
    family.marry(partner, child)
    family.children(partner, child, world.pick((1, 1, 2)), _GRANDCHILD)


def _woman_with_children(family: Family) -> None:
    status = family.world.weigh({_WIDOWED: 6, _DIVORCED: 4})
    mother = family.add(Sex.FEMALE, family.world.birthday(27, 58), Relation.HEAD, status)
    family.children(None, mother, family.world.weigh({1: 55, 2: 35, 3: 10}))


def _man_with_children(family: Family) -> None:
    status = family.world.weigh({_WIDOWED: 5, _DIVORCED: 5})
    father = family.add(Sex.MALE, family.world.birthday(30, 60), Relation.HEAD, status)
    family.children(father, None, family.world.pick((1, 1, 2)))


def _alone(family: Family) -> None:
    sex = family.world.weigh({Sex.FEMALE: 3, Sex.MALE: 2})
    is_old = family.world.happens(0.75)
    birth_on = family.world.birthday(58, 92) if is_old else family.world.birthday(21, 45)
    family.add(sex, birth_on, Relation.HEAD, _WIDOWED if is_old else _SINGLE)


_KINDS: dict[Callable[[Family], None], int] = {
    _nuclear: 46,
    _couple: 15,
    _three_generations: 13,
    _with_grandchild: 6,
    _woman_with_children: 9,
    _man_with_children: 2,
    _alone: 9,
}


def build_family(world: World) -> list[Person]:
    """Draw one family: its people with names, numbers, ties and papers, the head first."""
    family = Family(world)
    world.weigh(_KINDS)(family)
    return family.people


def _roman(month: int) -> str:
    return ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")[month - 1]
