"""Derive what a person should look at in a village's register: open while broken, closed by itself when not.

Computed from the registry's state whenever it is read, never stored (protocol 2.4): rules flag, never gate.  Only the
doubled NIK crosses villages, so only that one is a record too (protocol 12.3).  Warnings are unlikely, not wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select

from register.store import RegisterStore
from register.tables import HOUSEHOLD, LEVEL_FULL, RESIDENT
from schemas.codes import LifeStatus, MaritalStatus

ERROR, WARNING = "error", "warning"

# Ages in years.  The oldest person known reached 122; below 19 nobody marries without leave of a court (UU 16/2019);
# below 17 there is no identity card, so no head of a family.
AGE_UNLIKELY, AGE_OF_MARRIAGE, AGE_OF_HEAD = 120, 19, 17


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to look at: a stable code, how bad, and the records it is about."""

    code: str
    severity: str
    village_id: int
    record_ids: tuple[bytes, ...]
    detail: str = ""


WORDS = {
    "nik-twice": ("Satu NIK pada dua penduduk hidup", "One NIK on two living people"),
    "head-missing": ("Keluarga tanpa kepala keluarga yang hidup", "A family without a living head"),
    "head-not-member": ("Kepala keluarga bukan anggota keluarga itu", "The head is no member of the family"),
    "death-before-birth": ("Meninggal sebelum lahir", "Died before birth"),
    "dead-but-living": ("Tanggal meninggal diisi, status masih hidup", "A date of death, but alive"),
    "born-in-future": ("Tanggal lahir di masa depan", "Born in the future"),
    "married-before-birth": ("Kawin sebelum lahir", "Married before birth"),
    "age-unlikely": ("Umur lebih dari 120 tahun", "Older than 120 years"),
    "head-under-age": ("Kepala keluarga di bawah 17 tahun dan belum kawin", "A head below 17 who never married"),
    "married-under-age": ("Kawin di bawah 19 tahun", "Married below 19"),
}
"""What each code is called, in Indonesian and English."""


def derived_flags(register: RegisterStore, village_id: int, today: dt.date) -> Iterator[Flag]:
    """Give every open flag of a village, by code."""
    yield from _doubled_niks(register, village_id)
    yield from _heads(register, village_id)
    for code, severity, condition in _person_rules(today):
        yield from _people(register, village_id, code, severity, condition)
    yield from _young_heads(register, village_id, today)


def count_flags(register: RegisterStore, village_id: int, today: dt.date) -> dict[str, int]:
    """Return how many flags of each code a village has."""
    counted: dict[str, int] = {}
    for flag in derived_flags(register, village_id, today):
        counted[flag.code] = counted.get(flag.code, 0) + 1
    return counted


def _of(register: RegisterStore, table: Any, village_id: int) -> ColumnElement[bool]:
    return and_(table.c.district_code == register.district_code, table.c.village_id == village_id)


def _doubled_niks(register: RegisterStore, village_id: int) -> Iterator[Flag]:
    """A NIK on two living people here, or on one here and one elsewhere in the district."""
    # Counted once for the district: asking for each person whether there is another one takes minutes on SQLite.
    everybody = RESIDENT.alias("everybody")
    living = and_(everybody.c.district_code == register.district_code, everybody.c.is_living)
    twice = select(everybody.c.nik).where(living, everybody.c.nik.is_not(None))
    twice = twice.group_by(everybody.c.nik).having(func.count() > 1)
    query = (
        select(RESIDENT.c.nik, RESIDENT.c.record_id)
        .where(_of(register, RESIDENT, village_id), RESIDENT.c.is_living, RESIDENT.c.nik.in_(twice))
        .order_by(RESIDENT.c.nik, RESIDENT.c.record_id)
    )
    groups: dict[str, list[bytes]] = {}
    for nik, record_id in register.connection.execute(query):
        groups.setdefault(nik, []).append(record_id)
    for ids in groups.values():
        yield Flag("nik-twice", ERROR, village_id, tuple(ids), "" if len(ids) > 1 else "elsewhere")


def _heads(register: RegisterStore, village_id: int) -> Iterator[Flag]:
    """Families with living members whose head is not known, not living, or lives in another family."""
    head = RESIDENT.alias("head")
    joined = HOUSEHOLD.outerjoin(
        head,
        and_(
            head.c.district_code == HOUSEHOLD.c.district_code,
            head.c.village_id == HOUSEHOLD.c.village_id,
            head.c.record_id == HOUSEHOLD.c.head_id,
            head.c.is_living,
        ),
    )
    member = RESIDENT.alias("member")
    has_members = exists().where(
        member.c.district_code == HOUSEHOLD.c.district_code,
        member.c.village_id == HOUSEHOLD.c.village_id,
        member.c.household_id == HOUSEHOLD.c.record_id,
        member.c.is_living,
    )
    query = (
        select(HOUSEHOLD.c.record_id, head.c.record_id, head.c.household_id)
        .select_from(joined)
        .where(
            _of(register, HOUSEHOLD, village_id),
            HOUSEHOLD.c.level == LEVEL_FULL,
            HOUSEHOLD.c.void.is_(None),
            HOUSEHOLD.c.merged_into.is_(None),
            has_members,
        )
        .order_by(HOUSEHOLD.c.record_id)
    )
    for household_id, head_id, head_household in register.connection.execute(query):
        if head_id is None:
            yield Flag("head-missing", ERROR, village_id, (household_id,))
        elif head_household != household_id:
            yield Flag("head-not-member", ERROR, village_id, (household_id, head_id))


def _person_rules(today: dt.date) -> Iterator[tuple[str, str, ColumnElement[bool]]]:
    born, died, married = RESIDENT.c.birth_on, RESIDENT.c.died_on, RESIDENT.c.married_on
    living = RESIDENT.c.is_living
    yield "death-before-birth", ERROR, died < born
    alive = func.coalesce(RESIDENT.c.life_status, int(LifeStatus.ALIVE)) == int(LifeStatus.ALIVE)
    yield "dead-but-living", ERROR, and_(died.is_not(None), alive)
    yield "born-in-future", ERROR, born > today
    yield "married-before-birth", ERROR, married < born
    yield "age-unlikely", WARNING, and_(living, born < _years_before(today, AGE_UNLIKELY))
    ever_married = RESIDENT.c.marital_status.is_not(None) & (RESIDENT.c.marital_status != int(MaritalStatus.SINGLE))
    yield "married-under-age", WARNING, and_(living, ever_married, born > _years_before(today, AGE_OF_MARRIAGE))


def _people(
    register: RegisterStore, village_id: int, code: str, severity: str, condition: ColumnElement[bool]
) -> Iterator[Flag]:
    full = and_(RESIDENT.c.level == LEVEL_FULL, RESIDENT.c.void.is_(None), RESIDENT.c.merged_into.is_(None), condition)
    query = select(RESIDENT.c.record_id).where(_of(register, RESIDENT, village_id), full)
    for record_id in register.connection.scalars(query.order_by(RESIDENT.c.record_id)):
        yield Flag(code, severity, village_id, (record_id,))


def _young_heads(register: RegisterStore, village_id: int, today: dt.date) -> Iterator[Flag]:
    single = func.coalesce(RESIDENT.c.marital_status, int(MaritalStatus.SINGLE)) == int(MaritalStatus.SINGLE)
    is_head = exists().where(
        HOUSEHOLD.c.district_code == RESIDENT.c.district_code,
        HOUSEHOLD.c.village_id == RESIDENT.c.village_id,
        HOUSEHOLD.c.record_id == RESIDENT.c.household_id,
        HOUSEHOLD.c.head_id == RESIDENT.c.record_id,
    )
    young = RESIDENT.c.birth_on > _years_before(today, AGE_OF_HEAD)
    yield from _people(
        register, village_id, "head-under-age", WARNING, and_(RESIDENT.c.is_living, single, young, is_head)
    )


def _years_before(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)
