"""Report living people who may be one person twice: equal name and birth date, in one village or across villages.

A cheap and exact look at the index, as a list for a person to judge; it merges nothing, and two people of one name born
on one day are common enough.  Wider than the morning report, which asks for the same mother too (``nightly``), and
narrower: people who all have NIKs of their own are left out.  Equal NIKs are flags (``flags``).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from register.store import RegisterStore
from register.tables import RESIDENT


@dataclass(frozen=True, slots=True)
class Lookalike:
    """One of the people of a group; ``nik`` None: none is known yet."""

    village_id: int
    record_id: bytes
    nik: str | None


@dataclass(frozen=True, slots=True)
class LookalikeGroup:
    """People of one name, born on one day, of whom two have no two different NIKs."""

    name: str
    birth_on: dt.date
    people: tuple[Lookalike, ...]


def find_lookalikes(register: RegisterStore, village_id: int | None = None) -> list[LookalikeGroup]:
    """Return the groups in the district, or those with somebody in a village, by name.

    A group in which everybody has a NIK of his own is left out: the office that issued them has told them apart.
    """
    key = (func.upper(RESIDENT.c.name), RESIDENT.c.birth_on)
    living = and_(RESIDENT.c.district_code == register.district_code, RESIDENT.c.is_living)
    twice = (
        select(key[0].label("name"), key[1].label("birth_on"))
        .where(living, RESIDENT.c.name.is_not(None), RESIDENT.c.birth_on.is_not(None))
        .group_by(*key)
        .having(func.count() > 1)
        .subquery()
    )
    columns = (twice.c.name, twice.c.birth_on, RESIDENT.c.village_id, RESIDENT.c.record_id, RESIDENT.c.nik)
    query = select(*columns).join(twice, and_(key[0] == twice.c.name, key[1] == twice.c.birth_on)).where(living)
    groups: dict[tuple[str, dt.date], list[Lookalike]] = {}
    for name, birth_on, *values in register.connection.execute(query.order_by(*columns[:4])):
        groups.setdefault((name, birth_on), []).append(Lookalike(*values))
    return [
        LookalikeGroup(*named, tuple(people))
        for named, people in groups.items()
        if _may_be_one(people) and (village_id is None or any(one.village_id == village_id for one in people))
    ]


def _may_be_one(people: list[Lookalike]) -> bool:
    niks = [one.nik for one in people if one.nik is not None]
    return len(set(niks)) < len(people)
