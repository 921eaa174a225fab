"""Check and word the people whom a letter lists beside its subject: heirs, a surviving spouse, parents, a family.

Decides who may be listed and what must be said of each.  Somebody of the register is named by record id and says what
the register says; somebody else is set by hand, and a number set by hand must be one that an office issued.  Who is
suggested is ``relatives``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schemas.codes import code_list
from schemas.errors import DataError, RefusedError
from schemas.identifiers import NIK
from schemas.services import Audience, ServiceDefinition
from village_node.letters.content import day_in_words, person_content
from village_node.letters.couples import FATHER, GUARDIAN, MOTHER, OF_COUPLES, check_place, father_of, partner_word
from village_node.letters.relatives import Listed, relatives
from village_node.letters.subjects import LetterSubject, is_dead_here
from village_node.registration.desk_port import DeskPort
from village_node.registration.form_checks import required
from village_node.registration.subjects import Person, person_of
from village_node.registration.typed_values import parse_day

LISTED_MAX = 40
"""More heirs than any page of an office; what is longer is somebody else's list pasted in."""

_COUNTS: dict[Audience, tuple[int, int]] = {
    Audience.HEIRS: (1, LISTED_MAX),
    Audience.SPOUSE: (1, 1),
    Audience.CHILD: (0, 2),
    Audience.COUPLE: (1, 1),
    Audience.PERMISSION: (2, 3),
}
"""How few and how many people a letter lists; the others list nobody that is named."""

LISTING = frozenset(_COUNTS)
"""Letters that list people who are named."""

_WORDS = {
    Audience.HEIRS: ("Ahli waris", "ahli waris"),
    Audience.SPOUSE: ("Suami atau istri yang ditinggalkan", "suami atau istri"),
    Audience.CHILD: ("Orang tua", "orang tua"),
    Audience.COUPLE: ("Calon suami atau istri", "calon suami atau istri"),
    Audience.PERMISSION: ("Orang tua atau wali, dan calon suami atau istri", "orang tua atau wali, dan calonnya,"),
}

FIXED = frozenset({Audience.CHILD, Audience.COUPLE, Audience.PERMISSION})
"""Letters that have a place for each whom they list, and no other."""


@dataclass(frozen=True, slots=True)
class _Checked:
    """One listed person after the checks: as the letter prints it, and what must not be there twice."""

    content: dict[str, Any]
    same: object


def people_content(
    desk: DeskPort, service: ServiceDefinition, about: LetterSubject, people: Sequence[Listed] | None
) -> list[dict[str, Any]]:
    """Return the listed people as the letter prints them, in the order given.

    A family's letter lists its members.  With None the register names a child's parents or the surviving spouse; an
    empty list names nobody.

    Raises DataError "people-unwanted" if the letter lists nobody, "people-missing", "people-too-many", "person-twice",
    "value-missing" for one without name or relation, "relation-not-parent", "nik-format", "date-format"; RefusedError
    "listed-not-living" for an heir or spouse who has died, "listed-is-subject", "record-unknown".
    """
    if about.family is not None and not people:
        return [_member(desk, about, one) for one in about.family.members]
    is_told = people is not None or service.audience is Audience.HEIRS  # nobody but a person says who inherits
    named = list(people or ()) if is_told else relatives(desk, service, about)
    _check_count(service, len(named))
    checked = [_checked(desk, service, about, one, number) for number, one in enumerate(named, 1)]
    is_doubled = len({one.same for one in checked}) < len(checked)
    if service.audience in FIXED:
        is_doubled = is_doubled or len({one.content["relation"] for one in checked}) < len(checked)
    if is_doubled:
        raise DataError(
            "Satu orang disebut dua kali dalam daftar",
            code="person-twice",
            hint="Sebut tiap orang satu kali.",
            field="people",
        )
    if service.audience is Audience.PERMISSION:
        _check_both_sides([str(one.content["relation"]) for one in checked], partner_word(about.person.values))
    return [one.content for one in checked]


def _check_count(service: ServiceDefinition, count: int) -> None:
    least, most = _COUNTS.get(service.audience, (0, 0))
    if count and not most:
        raise DataError(
            f"{service.label.id} tidak memuat daftar orang",
            code="people-unwanted",
            hint="Kosongkan daftarnya.",
            field="people",
        )
    what, plain = _WORDS.get(service.audience, ("", ""))
    if count < least:
        raise DataError(
            f"{what} belum ada yang disebut",
            code="people-missing",
            hint=f"Pilih {plain} dari buku penduduk, atau isi sendiri namanya.",
            field="people",
        )
    if count > most:
        raise DataError(
            f"{what}: paling banyak {most}, disebut {count}",
            code="people-too-many",
            hint="Kurangi daftarnya.",
            field="people",
            value=count,
        )


def _checked(desk: DeskPort, service: ServiceDefinition, about: LetterSubject, listed: Listed, number: int) -> _Checked:
    relation = listed.relation
    if service.audience is Audience.COUPLE:
        relation = partner_word(about.person.values)
    relation = required(relation, f"people.{number}.relation", f"Hubungan orang ke-{number}")
    if service.audience in FIXED:
        relation = _place_word(relation, number, _places(service.audience, about))
    if listed.record_id is None:
        content = _by_hand(listed, number)
        return _Checked({**content, "relation": relation}, (content["name"].casefold(), content["birth_on"]))
    person = person_of(desk, listed.record_id)
    if listed.record_id == about.record_id:
        raise RefusedError(
            f"{person.name} adalah orang yang diterangkan surat ini",
            code="listed-is-subject",
            hint="Pilih orang lain.",
        )
    if service.audience in FIXED:
        check_place(relation, person)
    if is_dead_here(person) and service.audience is not Audience.CHILD:
        raise RefusedError(
            f"{person.name} sudah meninggal dan tidak dapat disebut di sini",
            code="listed-not-living",
            hint="Sebutkan yang masih hidup; penggantinya disebut sendiri-sendiri.",
        )
    content = {**person_content(desk, person), "dead": is_dead_here(person), "relation": relation}
    if service.audience in OF_COUPLES:
        content |= father_of(person.values)
    return _Checked(content, listed.record_id)


def _places(audience: Audience, about: LetterSubject) -> tuple[str, ...]:
    """Return the places of a letter of this person, as it calls them."""
    partner = partner_word(about.person.values)
    return {
        Audience.CHILD: (FATHER, MOTHER),
        Audience.COUPLE: (partner,),
        Audience.PERMISSION: (FATHER, MOTHER, GUARDIAN, partner),
    }[audience]


def _check_both_sides(relations: list[str], partner: str) -> None:
    """Refuse a permission without whom it is for, or without who gives it."""
    if partner not in relations:
        raise DataError(
            f"{partner} belum disebut", code="people-missing", hint="Pilih orangnya, atau isi namanya.", field="people"
        )


def _place_word(typed: str, number: int, places: tuple[str, ...]) -> str:
    """Return the place that a word names: the letter has these, and no other."""
    found = {one.casefold(): one for one in places}.get(typed.casefold())
    if found is None:
        raise DataError(
            f"Hubungan orang ke-{number}: {typed!r} tidak ada tempatnya dalam surat ini",
            code="relation-not-parent",
            hint=f"Tulis salah satu: {', '.join(places)}.",
            field=f"people.{number}.relation",
            value=typed,
        )
    return found


def _member(desk: DeskPort, about: LetterSubject, person: Person) -> dict[str, Any]:
    stated = person.values.get("relation")
    return {
        **person_content(desk, person, about.family.values if about.family is not None else None),
        "dead": is_dead_here(person),
        "relation": code_list("relation_to_head").label(stated) if isinstance(stated, int) else "",
        "self": person.record_id == about.person.record_id,
    }


def _by_hand(listed: Listed, number: int) -> dict[str, Any]:
    name = required(listed.name, f"people.{number}.name", f"Nama orang ke-{number}")
    born = " ".join(listed.birth_on.split())
    nik = "".join(listed.nik.split())
    more = {"religion": listed.religion, "occupation": listed.occupation, "father": listed.father}
    return {
        "name": name,
        "nik": str(NIK.from_text(nik)) if nik else "-",
        "birth_place": " ".join(listed.birth_place.split()) or "-",
        "birth_on": day_in_words(parse_day(born, f"people.{number}.birth_on")) if born else "-",
        "address": " ".join(listed.address.split()) or "-",
        "dead": False,
    } | {key: " ".join(typed.split()) for key, typed in more.items() if typed.strip()}
