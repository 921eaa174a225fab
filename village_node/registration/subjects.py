"""Load the people and families a use case is about, and refuse those it must not be about.

Decides the rules that all events share: only living people of this village act or are acted on, who may head a family,
when a family needs a new head (derived, never stored).  What an event changes is in its own module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from register.store import is_living
from register.tables import LEVEL_FULL
from schemas.bodies import values_of
from schemas.codes import LifeStatus, MaritalStatus, Relation, ResidentStatus, Sex, code_list
from schemas.errors import DataError, RefusedError
from schemas.fields import TAG_MERGED_INTO, Kind
from sync_protocol.registry import MERGE_DEPTH_MAX
from village_node.registration.desk_port import DeskPort

HEAD_AGE_MIN = 17
"""Years from which somebody may head a family without ever having married (Permendagri 108/2019 art. 10(4))."""

MARRIED = frozenset({MaritalStatus.MARRIED, MaritalStatus.MARRIED_REGISTERED, MaritalStatus.MARRIED_UNREGISTERED})

_SEX_OF_RELATION = {int(Relation.HUSBAND): int(Sex.MALE), int(Relation.WIFE): int(Sex.FEMALE)}


@dataclass(frozen=True, slots=True)
class Person:
    """A resident as shown, by field names."""

    record_id: bytes
    values: dict[str, Any]
    level: int = LEVEL_FULL

    @property
    def name(self) -> str:
        """Return the name, or a stand-in for a person without one."""
        return str(self.values.get("name") or "(tanpa nama)")

    @property
    def is_living(self) -> bool:
        """Tell whether the person counts as a resident of this village now."""
        return is_living(self.values, self.level)

    @property
    def is_temporary(self) -> bool:
        """Tell whether the person only stays here for a while."""
        return self.values.get("resident_status") == ResidentStatus.TEMPORARY

    @property
    def household_id(self) -> bytes | None:
        """Return the family the person belongs to, or stays with."""
        return self.values.get("household_id")

    @property
    def birth_on(self) -> dt.date | None:
        """Return the date of birth, None if unknown or unreadable."""
        found = self.values.get("birth_on")
        return found if isinstance(found, dt.date) else None

    @property
    def has_ever_married(self) -> bool:
        """Tell whether a marital status other than single is known."""
        return self.values.get("marital_status") not in {None, MaritalStatus.SINGLE}

    def age_on(self, day: dt.date) -> int | None:
        """Return full years of age, None without a date of birth."""
        return None if self.birth_on is None else full_years(self.birth_on, day)


@dataclass(frozen=True, slots=True)
class Family:
    """A household as shown, with its living members in the order of relation and age."""

    record_id: bytes
    values: dict[str, Any]
    members: tuple[Person, ...]

    @property
    def head_id(self) -> bytes | None:
        """Return who is head by the record, living or not."""
        return self.values.get("head_id")

    @property
    def head(self) -> Person | None:
        """Return the living head, None if the family needs one."""
        return next((member for member in self.members if member.record_id == self.head_id), None)

    @property
    def needs_head(self) -> bool:
        """Tell whether people live in this family without a living head among them."""
        return bool(self.members) and self.head is None

    @property
    def spouses(self) -> tuple[Person, ...]:
        """Return the head's wife or husband, as far as the relations say."""
        return tuple(one for one in self.members if one.values.get("relation") in _SEX_OF_RELATION)

    def without(self, leaving: Sequence[Person]) -> tuple[Person, ...]:
        """Return the members who stay when some leave."""
        gone = {person.record_id for person in leaving}
        return tuple(member for member in self.members if member.record_id not in gone)


def full_years(born: dt.date, day: dt.date) -> int:
    """Return completed years between two dates.

    >>> full_years(dt.date(2000, 2, 29), dt.date(2017, 2, 28))
    16
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def standing_for(desk: DeskPort, record_id: bytes) -> bytes:
    """Return the record that stands for another one after merges and moves that were paired; mostly itself."""
    for _ in range(MERGE_DEPTH_MAX):
        shown = desk.shown(record_id)
        following = None if shown is None else shown.body.get(TAG_MERGED_INTO)
        if not isinstance(following, bytes):
            break
        record_id = following
    return record_id


def person_of(desk: DeskPort, record_id: bytes) -> Person:
    """Return anybody of the register, departed people included.

    Raises RefusedError "record-unknown".
    """
    shown = desk.shown(record_id)
    if shown is None or shown.kind != Kind.RESIDENT:
        raise RefusedError(
            "Orang ini tidak ditemukan", code="record-unknown", hint="Cari kembali dengan nama atau NIK."
        )
    return Person(record_id, values_of(Kind.RESIDENT, shown.body), shown.level)


def living_person(desk: DeskPort, record_id: bytes) -> Person:
    """Return a resident of this village.

    Raises RefusedError "person-not-living" for who is not here, "person-temporary" for a temporary resident, whose
    family is elsewhere (Permendagri 74/2022).
    """
    return must_be_living(person_of(desk, record_id))


def must_be_living(person: Person) -> Person:
    """Return a person who is a resident of this village; raises as ``living_person`` for another."""
    if not person.is_living:
        raise not_living(person)
    if person.is_temporary:
        raise RefusedError(
            f"{person.name} penduduk sementara; keluarganya tercatat di tempat asal",
            code="person-temporary",
            hint="Bila menetap, catat pindah datang.",
        )
    return person


def not_living(person: Person) -> RefusedError:
    """Return the refusal for a person who is dead, has moved or is annulled."""
    status = person.values.get("life_status")
    word = code_list("life_status").label(status) if isinstance(status, int) else "tidak tercatat di sini lagi"
    if person.values.get("void") is not None:
        word = "dibatalkan"
    return RefusedError(
        f"{person.name} bukan penduduk aktif desa ini ({word})",
        code="person-not-living",
        hint="Pilih orang yang masih hidup dan tinggal di desa ini; yang kembali dicatat sebagai pindah datang.",
    )


def known_family(desk: DeskPort, record_id: bytes | None) -> Family | None:
    """Return a family in force with its living members, None if there is none under this id."""
    shown = desk.shown(record_id) if record_id is not None else None
    if record_id is None or shown is None or shown.kind != Kind.HOUSEHOLD or shown.level != LEVEL_FULL:
        return None
    values = values_of(Kind.HOUSEHOLD, shown.body)
    if values.get("void") is not None or values.get("merged_into") is not None:
        return None
    with desk.book() as book:
        ids = list(book.members(record_id))
    members = [person_of(desk, member_id) for member_id in ids]
    own = [person for person in members if not person.is_temporary]
    return Family(record_id, values, tuple(sorted(own, key=_household_order)))


def family_of(desk: DeskPort, record_id: bytes) -> Family:
    """Return a family in force with its living members; raises RefusedError "household-unknown" if there is none."""
    family = known_family(desk, record_id)
    if family is None:
        raise RefusedError(
            "Keluarga ini tidak ada atau sudah tidak berlaku",
            code="household-unknown",
            hint="Cari keluarga yang berlaku dengan No. KK atau nama anggotanya.",
        )
    return family


def _household_order(person: Person) -> tuple[int, dt.date, bytes]:
    """Order by relation, then the oldest first: head, spouse, children by age."""
    return (person.values.get("relation") or int(Relation.OTHER), person.birth_on or dt.date.max, person.record_id)


def headed_family(desk: DeskPort, record_id: bytes) -> Family:
    """Return a family that may take somebody in; raises RefusedError "household-needs-head" if its head is gone."""
    family = family_of(desk, record_id)
    if family.head is None:
        raise RefusedError(
            "Kepala keluarga ini sudah meninggal atau pindah",
            code="household-needs-head",
            hint="Tetapkan kepala keluarga yang baru lebih dahulu, lalu ulangi."
            if family.members
            else "Tidak ada yang tinggal di keluarga ini; catat keluarga baru.",
        )
    return family


def check_may_head(person: Person, day: dt.date) -> None:
    """Refuse a head who is a minor and has never married; raises RefusedError "head-too-young"."""
    age = person.age_on(day)
    if age is not None and age < HEAD_AGE_MIN and not person.has_ever_married:
        raise RefusedError(
            f"{person.name} baru berumur {age} tahun dan belum pernah kawin",
            code="head-too-young",
            hint="Kepala keluarga berumur 17 tahun ke atas atau pernah kawin; anak dapat menumpang di KK kerabat.",
        )


def check_relation(relation: int | None, sex: int | None) -> None:
    """Refuse a husband who is a woman and a wife who is a man; raises DataError "relation-sex"."""
    wanted = _SEX_OF_RELATION.get(relation) if relation is not None else None
    if sex is not None and wanted not in {None, sex}:
        raise DataError(
            f"Hubungan {code_list('relation_to_head').label(relation or 0)} tidak sesuai dengan jenis kelamin",
            code="relation-sex",
            hint="Perbaiki hubungan keluarga atau jenis kelamin.",
            field="relation",
            value=relation,
        )


def is_dead(person: Person) -> bool:
    """Tell whether a death is recorded."""
    return person.values.get("life_status") == LifeStatus.DEAD
