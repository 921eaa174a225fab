"""Declare what an import would do: the plan that a person sees first and the node then applies, family by family.

Also declares what planning needs to know of the register.  Values are wire values by tag (protocol 4.2); the owner of a
record is not among them, since the journal adds it.  No rule lives here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from register.importing.problems import Place, Problem
from schemas.bodies import Body


class ExistingRegister(Protocol):
    """What planning asks of one village's register, its own unsent work included."""

    def by_ids(self, ids: Collection[bytes], /) -> Mapping[bytes, tuple[int, Body]]:
        """Return kind and body of those of the records that exist, in full."""
        ...

    def by_niks(self, niks: Collection[int], /) -> Mapping[int, bytes]:
        """Return the resident with each of these NIKs: the living one if there is one, else who had it."""
        ...

    def household_by_number(self, numbers: Collection[int], /) -> Mapping[int, bytes]:
        """Return the record id of the household with each of these family numbers."""
        ...

    def members_of(self, household_ids: Collection[bytes], /) -> Mapping[bytes, Collection[bytes]]:
        """Return the residents of each of these households, departed ones too."""
        ...


@dataclass(frozen=True, slots=True)
class PlannedCreate:
    """A new record; ``implied_event`` is the kind of vital event behind someone who died, moved, left or is missing."""

    record_id: bytes
    kind: int
    body: Body
    implied_event: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedUpdate:
    """One field of an existing record: ``old`` is the register's value when the plan was made.

    ``implied_event`` is the kind of vital event behind an accepted life status.
    """

    record_id: bytes
    kind: int
    tag: int
    old: Any
    new: Any
    implied_event: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedHousehold:
    """One journal entry's worth: a family, or a part of one that is too large for an entry.

    ``household_id`` groups parts; for a person who is in no household it is the person's own id.
    """

    household_id: bytes
    creates: tuple[PlannedCreate, ...]
    updates: tuple[PlannedUpdate, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A row that disagrees with the register about what an import never decides; all its differences, none applied.

    ``implied_event`` is the kind of vital event that would explain a differing life status.
    """

    place: Place
    record_id: bytes
    kind: int
    codes: tuple[str, ...]
    updates: tuple[PlannedUpdate, ...]
    implied_event: int | None = None


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; ``rows`` is the sum of the five counts behind it.

    ``accepted`` are the rows that a person took over although they disagree with the register.
    """

    rows: int
    new: int
    changed: int
    unchanged: int
    conflict: int
    rejected: int
    problems: tuple[Problem, ...]
    households: tuple[PlannedHousehold, ...]
    conflicts: tuple[Conflict, ...]
    accepted: tuple[Place, ...] = ()
