"""Decide who counts as a resident of a village: the one rule of every book, figure and count.

A resident is a person of the village's own register who is alive and has not left.  Somebody missing still counts, as
in law until a court declares death; a temporary resident does not (Permendagri 74/2022: a register of their own), nor
does a record that is annulled, merged into another or gone to another village.  Deliberately not here: who counted on
an earlier day (``books.chronicle``), and whom a use case may touch now (``store.is_living``, which leaves out the
missing).
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, and_, or_

from register.tables import LEVEL_FULL, RESIDENT
from schemas.codes import LifeStatus, ResidentStatus
from schemas.shapes import ResidentColumns

_PRESENT = (int(LifeStatus.ALIVE), int(LifeStatus.MISSING))


def is_counted(person: ResidentColumns) -> bool:
    """Tell whether a person belongs in the village's books at all, as a resident of now or of earlier."""
    return (
        person.void is None
        and person.merged_into is None
        and person.resident_status != ResidentStatus.TEMPORARY
        and person.life_status != LifeStatus.INVALID
    )


def is_resident(person: ResidentColumns, level: int = LEVEL_FULL) -> bool:
    """Tell whether a person counts as a resident of the village now; not known to be dead counts as alive."""
    if level != LEVEL_FULL or not is_counted(person) or person.life_status not in {None, *_PRESENT}:
        return False
    return not has_left(person.left_on, person.arrived_on)


def has_left(left_on: dt.date | None, arrived_on: dt.date | None) -> bool:
    """Tell whether the last date of leaving is not followed by an arrival."""
    return left_on is not None and (arrived_on is None or arrived_on < left_on)


def residents_now() -> ColumnElement[bool]:
    """Return ``is_resident`` as a condition on rows of the resident table."""
    columns = RESIDENT.c
    return and_(
        columns.level == LEVEL_FULL,
        columns.void.is_(None),
        columns.merged_into.is_(None),
        or_(columns.resident_status.is_(None), columns.resident_status != int(ResidentStatus.TEMPORARY)),
        or_(columns.life_status.is_(None), columns.life_status.in_(_PRESENT)),
        or_(columns.left_on.is_(None), columns.arrived_on >= columns.left_on),
    )
