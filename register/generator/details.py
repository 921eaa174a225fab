"""Fill in what a register knows about an invented person beyond name and family, by age, sex and generation."""

from __future__ import annotations

import datetime as dt

from register.generator.families import Person
from register.generator.world import World
from schemas.codes import MaritalStatus, Sex

_NOT_WORKING, _HOUSEWORK, _PUPIL, _RETIRED, _FARMER = 1, 2, 3, 4, 9

_EDUCATION_BY_BIRTH: tuple[tuple[int, dict[int, float]], ...] = (
    (1955, {1: 30, 2: 28, 3: 32, 4: 6, 5: 3, 8: 1}),
    (1975, {1: 5, 2: 12, 3: 45, 4: 16, 5: 16, 7: 1, 8: 5}),
    (9999, {2: 2, 3: 18, 4: 27, 5: 38, 6: 1, 7: 3, 8: 10, 9: 1}),
)

_MENS_WORK: dict[int, float] = {
    _FARMER: 32, 20: 13, 19: 8, 15: 14, 88: 12, 84: 4, 5: 2, 11: 4, 26: 2, 27: 2, 14: 2, 65: 1, 6: 0.4, 7: 0.4, 16: 0.5,
}  # fmt: skip
_WOMENS_WORK: dict[int, float] = {_HOUSEWORK: 52, _FARMER: 11, 20: 8, 15: 9, 88: 8, 84: 6, 5: 2, 65: 2, 19: 2}

_NEEDS_SCHOOL = {5, 6, 7, 16, 65}  # public servants, soldiers, police, state companies, teachers

_MOTHERS = range(18, 43)
_COUPLES = range(18, 50)


def add_details(world: World, person: Person) -> None:
    """Add schooling, work, papers and health to a person of a family."""
    age = world.age(person["birth_on"])
    person["education"], person["education_ongoing"] = _schooling(world, age, person["birth_on"].year)
    person["occupation"] = _occupation(world, person, age)
    if person["occupation"] in _NEEDS_SCHOOL:
        person["education"] = max(person["education"], world.weigh({5: 1, 8: 2}))
    person["blood_type"] = world.weigh({13: 60, 1: 9, 2: 11, 3: 4, 4: 16})
    person["disability"] = 7 if world.happens(0.98) else world.weigh({1: 5, 2: 2, 3: 3, 4: 2, 6: 1})
    person["life_status"] = 1
    person["insurance"] = world.weigh({1: 38, 2: 40, 3: 18, 4: 4})
    if person["insurance"] != 1 and world.happens(0.4):
        person["insurance_number"] = f"0009{world.chance.randrange(10**9):09d}"
    _add_papers(world, person, age)
    if person["sex"] == Sex.FEMALE and person["marital_status"] == MaritalStatus.MARRIED:
        if age in _MOTHERS:
            person["pregnancy"] = 1 if world.happens(0.04) else 2
        if age in _COUPLES and person.get("pregnancy") != 1 and world.happens(0.55):
            person["family_planning"] = world.weigh({3: 55, 1: 20, 2: 10, 5: 12, 6: 3})
    # A new-born often has no NIK yet, and some old people never asked for one.
    if world.happens(0.35 if age < 1 else 0.002):
        del person["nik"]


def _schooling(world: World, age: int, birth_year: int) -> tuple[int, int]:
    if age < 7:
        return 1, 1 if age < 4 else 2
    if age < 13:
        return 2, 4
    if age < 16:
        return 3, 6 if world.happens(0.95) else 18
    if age < 19:
        return 4, 7 if world.happens(0.85) else 18
    if age < 23 and world.happens(0.22):
        return 5, 11
    weights = next(weights for until, weights in _EDUCATION_BY_BIRTH if birth_year < until)
    return world.weigh(weights), 18


def _occupation(world: World, person: Person, age: int) -> int:
    if age < 6:
        return _NOT_WORKING
    if person["education_ongoing"] != 18:
        return _PUPIL
    if age < 18:
        return _NOT_WORKING
    if age > 64 and world.happens(0.4):
        return world.weigh({_NOT_WORKING: 6, _RETIRED: 2})
    return world.weigh(_MENS_WORK if person["sex"] == Sex.MALE else _WOMENS_WORK)


def _add_papers(world: World, person: Person, age: int) -> None:
    person["ktp_kind"] = 2 if age >= 17 else 1
    person["ktp_record_status"] = world.weigh({8: 70, 4: 12, 3: 12, 2: 6}) if age >= 17 else 1
    # Birth records became usual with the electronic register; older people have them only if they needed one.
    if world.happens(0.93 if age < 18 else 0.25):
        registered_on = world.day_between(person["birth_on"], person["birth_on"] + dt.timedelta(days=60))
        number = f"{world.chance.randint(1, 9999):04d}"
        person["birth_number"] = f"{world.home_district[:4]}-LU-{registered_on:%d%m%Y}-{number}"
    if person["marital_status"] == MaritalStatus.DIVORCED and world.happens(0.6):
        grown_up = person["birth_on"] + dt.timedelta(days=24 * 366)
        divorced_on = world.day_between(grown_up, max(grown_up, world.today - dt.timedelta(days=90)))
        if divorced_on < world.today:
            person["divorced_on"] = divorced_on
            person["divorce_number"] = f"{world.chance.randint(1, 2400):04d}/AC/{divorced_on.year}/PA"
