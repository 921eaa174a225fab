"""Say which letters fit a record, and load whom a letter is about: a resident, somebody who died, a family.

Decides the refusals of a letter for the wrong person: nobody who lives is certified by a letter of death, and nobody
who died asks for anything.  Whom else a letter lists is ``listed``.
"""

from __future__ import annotations

from dataclasses import dataclass

from register.tables import LEVEL_FULL
from schemas.bodies import values_of
from schemas.errors import RefusedError
from schemas.fields import Kind
from schemas.services import Audience, ServiceDefinition, all_services
from village_node.registration.desk_port import DeskPort
from village_node.registration.subjects import (
    Family,
    Person,
    family_of,
    is_dead,
    living_person,
    must_be_living,
    person_of,
)

AFTER_DEATH = frozenset({Audience.DECEASED, Audience.SPOUSE, Audience.HEIRS})
"""Letters about somebody who has died."""

OF_THE_LIVING = frozenset({Audience.PERSON, Audience.CHILD, Audience.COUPLE, Audience.PERMISSION})
"""Letters about one living person."""


@dataclass(frozen=True, slots=True)
class LetterSubject:
    """Whom a letter is about: ``record_id`` is the person's or the family's; a family speaks through ``person``."""

    record_id: bytes
    person: Person
    family: Family | None = None


def is_dead_here(person: Person) -> bool:
    """Tell whether this village's book says that somebody died; annulled and departed people are not asked about."""
    values = person.values
    is_ours = person.level == LEVEL_FULL and values.get("void") is None and values.get("merged_into") is None
    return is_ours and is_dead(person)


def letters_for(desk: DeskPort, record_id: bytes) -> list[ServiceDefinition]:
    """Return the letters that can be issued about a person or a family as they stand now."""
    fitting = _audiences(desk, record_id)
    return [one for one in all_services().values() if one.template and one.audience in fitting]


def _audiences(desk: DeskPort, record_id: bytes) -> frozenset[Audience]:
    shown = desk.shown(record_id)
    if shown is None:
        return frozenset()
    if shown.kind == Kind.HOUSEHOLD:
        return frozenset({Audience.FAMILY})
    if shown.kind != Kind.RESIDENT:
        return frozenset()
    person = Person(record_id, values_of(Kind.RESIDENT, shown.body), shown.level)
    if is_dead_here(person):
        return AFTER_DEATH
    return OF_THE_LIVING if person.is_living else frozenset()


def letter_subject(desk: DeskPort, service: ServiceDefinition, record_id: bytes) -> LetterSubject:
    """Return whom a service's letter is about; for a letter of a family, one of its people stands for it too.

    Raises RefusedError "letter-not-for-family", "person-not-living", "person-temporary" or "person-not-dead" for a
    letter about one person; "household-unknown" or "family-empty" for one about a family; "record-unknown".
    """
    if service.audience is Audience.FAMILY:
        return _family_subject(desk, record_id)
    shown = desk.shown(record_id)
    if shown is not None and shown.kind == Kind.HOUSEHOLD:
        raise RefusedError(
            f"{service.label.id} dibuat untuk satu orang, bukan untuk satu keluarga",
            code="letter-not-for-family",
            hint="Buka halaman orangnya, lalu buat surat dari sana.",
        )
    if service.audience in AFTER_DEATH:
        return LetterSubject(record_id, _dead_person(desk, service, record_id))
    person = person_of(desk, record_id)
    if is_dead_here(person):
        about_death = [one.label.id for one in letters_for(desk, record_id)]
        raise RefusedError(
            f"{person.name} sudah meninggal; {service.label.id} hanya untuk yang masih hidup",
            code="person-not-living",
            hint=f"Untuk yang sudah meninggal: {', '.join(about_death)}.",
        )
    return LetterSubject(record_id, must_be_living(person))


def _dead_person(desk: DeskPort, service: ServiceDefinition, record_id: bytes) -> Person:
    person = person_of(desk, record_id)
    if not is_dead_here(person):
        raise RefusedError(
            f"{person.name} tidak tercatat meninggal di buku desa; {service.label.id} belum dapat dibuat",
            code="person-not-dead",
            hint="Catat dulu kematiannya (Lapor kematian), atau pilih orang yang meninggal.",
        )
    return person


def _family_subject(desk: DeskPort, record_id: bytes) -> LetterSubject:
    shown = desk.shown(record_id)
    home: bytes | None = record_id
    if shown is not None and shown.kind == Kind.RESIDENT:
        home = living_person(desk, record_id).household_id
        if home is None:
            raise RefusedError(
                "Orang ini tidak tercatat dalam keluarga mana pun",
                code="household-unknown",
                hint="Catat dulu keluarganya, atau pilih keluarga dengan No. KK.",
            )
    assert home is not None
    family = family_of(desk, home)
    if not family.members:
        raise RefusedError(
            "Tidak ada lagi yang tinggal dalam keluarga ini",
            code="family-empty",
            hint="Pilih keluarga yang masih punya anggota.",
        )
    return LetterSubject(home, family.head or family.members[0], family)
