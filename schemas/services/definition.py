"""Shape one service: who issues it, by which path, what it requires in which case, what it asks.

A plain value; ``checking`` makes it from a file and has then refused everything that does not hold.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import RefusedError


class Level(StrEnum):
    """Offices that take part in a service."""

    VILLAGE = "desa"
    SUBDISTRICT = "kecamatan"
    CIVIL_REGISTRY = "dukcapil"
    RELIGIOUS_OFFICE = "kua"
    POLICE = "polsek"


class Audience(StrEnum):
    """Whom a letter is for, and so which records it can be issued about and whom it lists."""

    PERSON = "person"  # a living resident
    CHILD = "child"  # a living resident, with the parents
    DECEASED = "deceased"  # somebody of the register who has died
    SPOUSE = "spouse"  # somebody who has died, with the one spouse who survives
    HEIRS = "heirs"  # somebody who has died, with the heirs
    FAMILY = "family"  # a family, with its members
    COUPLE = "couple"  # a living resident, with the one whom he or she is to marry
    PERMISSION = "permission"  # a living resident, with the parents who permit the marriage and whom it is with


class FieldType(StrEnum):
    """What an officer types into an asked field."""

    TEXT = "text"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Label:
    """A name in Indonesian and English."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class Case:
    """One reason for asking that changes what is required, such as a lost card instead of a damaged one."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Requirement:
    """One document; ``when`` names the cases that need it, empty for always."""

    code: str
    label: Label
    when: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AskedField:
    """One thing that the register does not know and the officer asks; ``choices`` only for a choice."""

    name: str
    label: Label
    type: FieldType
    is_required: bool
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDefinition:
    """One service; ``template`` is empty if the village prints nothing; ``days`` are working days, ``fee`` rupiah.

    ``audience`` says whom its letter is for.
    """

    code: str
    label: Label
    issuer: Level
    path: tuple[Level, ...]
    template: str
    number_class: str
    fee: int
    days: int
    basis: str
    cases: tuple[Case, ...]
    requirements: tuple[Requirement, ...]
    fields: tuple[AskedField, ...]
    audience: Audience = Audience.PERSON

    @property
    def is_own_statement(self) -> bool:
        """Tell whether its letter is what citizens themselves declare and sign; the village writes it down for them."""
        return self.audience in {Audience.COUPLE, Audience.PERMISSION}

    def required(self, case: str = "") -> tuple[Requirement, ...]:
        """Return what the case requires, in the order of the definition; nothing listed is nothing required.

        Raises RefusedError "case-missing" if the service has cases and none is named, "case-unknown".
        """
        known = {one.code for one in self.cases}
        choices = "; ".join(f"{one.code}: {one.label.id}" for one in self.cases)
        if known and not case:
            raise RefusedError(
                f"Layanan {self.label.id} menanyakan keadaannya", code="case-missing", hint=f"Pilih: {choices}."
            )
        if case and case not in known:
            raise RefusedError(
                f"Keadaan {case!r} tidak ada pada layanan {self.label.id}",
                code="case-unknown",
                hint=f"Pilih: {choices}." if known else "Layanan ini tidak membedakan keadaan.",
            )
        return tuple(one for one in self.requirements if not one.when or case in one.when)

    def missing(self, case: str, present: Collection[str]) -> tuple[Requirement, ...]:
        """Return what the case requires and the applicant has not brought; raises as ``required`` does."""
        return tuple(one for one in self.required(case) if one.code not in present)
