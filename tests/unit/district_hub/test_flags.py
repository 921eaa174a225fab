"""Derived flags: open while a rule is broken, gone when it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from district_hub.flags import WORDS, count_flags, derived_flags
from register.database import migrate, open_engine, writing
from register.store import IndexItem, RegisterStore
from register.tables import LEVEL_FULL, LEVEL_STUB
from schemas.bodies import body_of
from schemas.codes import LifeStatus, MaritalStatus
from schemas.fields import Kind

VILLAGE, NEXT_VILLAGE = 7, 8
TODAY = dt.date(2026, 11, 25)
NIK_A, NIK_B = "3510095205709001", "3510091205909001"


def record_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def person(number: int, village_id: int = VILLAGE, level: int = LEVEL_FULL, **values: Any) -> IndexItem:
    body = body_of(Kind.RESIDENT, {"name": f"WARGA {number}", **values})
    return IndexItem(village_id, record_id(number), Kind.RESIDENT, level, body)


def family(number: int, head: int | None, **values: Any) -> IndexItem:
    head_id = record_id(head) if head is not None else None
    body = body_of(Kind.HOUSEHOLD, {"head_id": head_id, **values})
    return IndexItem(VILLAGE, record_id(number), Kind.HOUSEHOLD, LEVEL_FULL, body)


@pytest.fixture
def register() -> Iterator[RegisterStore]:
    engine = open_engine("sqlite://")
    migrate(engine)
    with writing(engine) as connection:
        yield RegisterStore(connection, "35.10")
    engine.dispose()


def codes(register: RegisterStore) -> set[str]:
    return {flag.code for flag in derived_flags(register, VILLAGE, TODAY)}


def test_a_sound_family_has_no_flag(register: RegisterStore) -> None:
    home = record_id(50)
    register.index_bodies(
        [
            family(50, 1),
            person(1, nik=NIK_A, household_id=home, birth_on=dt.date(1970, 5, 12)),
            person(2, nik=NIK_B, household_id=home, birth_on=dt.date(2010, 5, 12)),
        ]
    )
    assert codes(register) == set()


def test_a_nik_on_two_living_people_is_one_flag_here_and_one_in_the_other_village(register: RegisterStore) -> None:
    register.index_bodies([person(1, nik=NIK_A), person(2, nik=NIK_A), person(3, NEXT_VILLAGE, nik=NIK_A)])
    (here,) = derived_flags(register, VILLAGE, TODAY)
    (there,) = derived_flags(register, NEXT_VILLAGE, TODAY)
    assert here.record_ids == (record_id(1), record_id(2))
    assert (there.record_ids, there.detail) == ((record_id(3),), "elsewhere")


@pytest.mark.parametrize(
    "other",
    [
        person(2, nik=NIK_A, life_status=int(LifeStatus.DEAD)),
        person(2, nik=NIK_A, merged_into=record_id(1)),
        person(2, nik=NIK_A, void="salah ketik"),
        person(1, NEXT_VILLAGE, LEVEL_STUB, nik=NIK_A),
    ],
    ids=["dead", "merged", "void", "stub of the same person"],
)
def test_a_nik_on_somebody_who_is_not_a_living_resident_is_no_flag(register: RegisterStore, other: IndexItem) -> None:
    register.index_bodies([person(1, nik=NIK_A), other])
    assert codes(register) == set()


def test_a_family_whose_head_died_is_flagged_until_it_has_a_new_head(register: RegisterStore) -> None:
    home = record_id(50)
    register.index_bodies(
        [
            family(50, 1),
            person(1, household_id=home, life_status=int(LifeStatus.DEAD), died_on=TODAY),
            person(2, household_id=home),
        ]
    )
    assert codes(register) == {"head-missing"}
    register.index_bodies([family(50, 2)])
    assert codes(register) == set()


def test_an_empty_family_needs_no_head(register: RegisterStore) -> None:
    register.index_bodies([family(50, None)])
    assert codes(register) == set()


def test_a_head_who_lives_in_another_family_is_flagged(register: RegisterStore) -> None:
    register.index_bodies(
        [
            family(50, 1),
            family(51, 3),
            person(1, household_id=record_id(51)),
            person(2, household_id=record_id(50)),
            person(3, household_id=record_id(51)),
        ]
    )
    assert codes(register) == {"head-not-member"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (
            {
                "birth_on": dt.date(2000, 1, 2),
                "died_on": dt.date(2000, 1, 1),
                "life_status": int(LifeStatus.DEAD),
            },
            "death-before-birth",
        ),
        ({"died_on": dt.date(2020, 1, 1)}, "dead-but-living"),
        ({"birth_on": dt.date(2026, 11, 26)}, "born-in-future"),
        ({"birth_on": dt.date(1990, 1, 2), "married_on": dt.date(1990, 1, 1)}, "married-before-birth"),
        ({"birth_on": dt.date(1906, 11, 24)}, "age-unlikely"),
        ({"birth_on": dt.date(2007, 11, 26), "marital_status": int(MaritalStatus.MARRIED)}, "married-under-age"),
    ],
)
def test_dates_and_ages_that_do_not_fit_are_flagged(register: RegisterStore, values: dict[str, Any], code: str) -> None:
    register.index_bodies([person(1, **values)])
    assert count_flags(register, VILLAGE, TODAY) == {code: 1}


@pytest.mark.parametrize(
    "values",
    [
        {"birth_on": dt.date(2026, 11, 25)},
        {"birth_on": dt.date(1906, 11, 25)},
        {"birth_on": dt.date(2007, 11, 25), "marital_status": int(MaritalStatus.MARRIED)},
        {"birth_on": dt.date(2000, 1, 1), "died_on": dt.date(2000, 1, 1), "life_status": int(LifeStatus.DEAD)},
    ],
)
def test_the_limits_themselves_are_allowed(register: RegisterStore, values: dict[str, Any]) -> None:
    register.index_bodies([person(1, **values)])
    assert codes(register) == set()


def test_a_head_below_17_is_a_warning_unless_ever_married(register: RegisterStore) -> None:
    child: dict[str, Any] = {"household_id": record_id(50), "birth_on": dt.date(2009, 11, 26)}
    register.index_bodies([family(50, 1), person(1, **child)])
    assert codes(register) == {"head-under-age"}
    register.index_bodies([person(1, **child, marital_status=int(MaritalStatus.WIDOWED))])
    assert "head-under-age" not in codes(register)


def test_a_leap_day_does_not_break_the_age_rules(register: RegisterStore) -> None:
    register.index_bodies([person(1, birth_on=dt.date(1990, 1, 1))])
    assert list(derived_flags(register, VILLAGE, dt.date(2028, 2, 29))) == []


def test_every_flag_has_words_in_both_languages() -> None:
    assert all(all(words) for words in WORDS.values())
