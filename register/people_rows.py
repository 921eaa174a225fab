"""Read people with their families, row by row, as exports write them: family by family, the head first.

Decides who a file may be narrowed to: a part of the village, and people of one presence.  Void and merged records are
in no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, not_, null, select

from register.areas import EVERYWHERE, Area
from register.by_key import CHUNK_ROWS
from register.residency import residents_now
from register.store import RegisterStore
from register.tables import HOUSEHOLD, LEVEL_FULL, RESIDENT
from schemas.codes import ResidentStatus

_TABLES = ((HOUSEHOLD, "household"), (RESIDENT, "resident"))

COLUMN_NAMES = tuple(f"{prefix}.{column.name}" for table, prefix in _TABLES for column in table.columns)


class Presence(StrEnum):
    """Whom a file holds: residents of now, temporary residents, people who died or left, or everybody."""

    ALL = "semua"
    RESIDENT = "penduduk"
    TEMPORARY = "sementara"
    GONE = "tidak-lagi"


@dataclass(frozen=True, slots=True)
class Selection:
    """Who of a village: where they live, and their presence."""

    area: Area = EVERYWHERE
    presence: Presence = Presence.ALL

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return it as conditions on the joined rows."""
        found = self.area.places()
        temporary = func.coalesce(RESIDENT.c.resident_status, 0) == int(ResidentStatus.TEMPORARY)
        match self.presence:
            case Presence.RESIDENT:
                found.append(residents_now())
            case Presence.TEMPORARY:
                found += [temporary, RESIDENT.c.is_living]
            case Presence.GONE:
                found.append(not_(RESIDENT.c.is_living))
            case Presence.ALL:
                pass
        return found


EVERYBODY = Selection()

_HEAD = RESIDENT.alias("head")

# A head who was merged is who survived; one who was annulled is nobody whom a file could name.
_HEAD_ID = case((_HEAD.c.void.is_not(None), null()), else_=func.coalesce(_HEAD.c.merged_into, HOUSEHOLD.c.head_id))


def count_people(store: RegisterStore, village_id: int, selection: Selection = EVERYBODY) -> int:
    """Return how many people a file would hold."""
    return sum(1 for _ in people_rows(store, village_id, selection))


def people_rows(store: RegisterStore, village_id: int, selection: Selection = EVERYBODY) -> Iterator[Mapping[str, Any]]:
    """Give the people of a village with their families, family by family, the head first."""
    same_family = and_(
        HOUSEHOLD.c.district_code == RESIDENT.c.district_code,
        HOUSEHOLD.c.village_id == RESIDENT.c.village_id,
        HOUSEHOLD.c.record_id == RESIDENT.c.household_id,
        HOUSEHOLD.c.void.is_(None),
    )
    same_head = and_(
        _HEAD.c.district_code == HOUSEHOLD.c.district_code,
        _HEAD.c.village_id == HOUSEHOLD.c.village_id,
        _HEAD.c.record_id == HOUSEHOLD.c.head_id,
    )
    shown: dict[Any, ColumnElement[Any]] = {
        HOUSEHOLD.c.head_id: _HEAD_ID,
        RESIDENT.c.household_id: HOUSEHOLD.c.record_id,
    }
    columns = [
        shown.get(column, column).label(f"{prefix}.{column.name}")
        for table, prefix in _TABLES
        for column in table.columns
    ]
    query = (
        select(*columns)
        .select_from(RESIDENT.outerjoin(HOUSEHOLD, same_family).outerjoin(_HEAD, same_head))
        .where(
            RESIDENT.c.district_code == store.district_code,
            RESIDENT.c.village_id == village_id,
            RESIDENT.c.level == LEVEL_FULL,
            RESIDENT.c.void.is_(None),
            RESIDENT.c.merged_into.is_(None),
            *selection.conditions(),
        )
        .order_by(
            *(HOUSEHOLD.c[name] for name in ("hamlet", "rw", "rt", "family_number", "record_id")),
            case((RESIDENT.c.record_id == _HEAD_ID, 0), else_=1),
            *(RESIDENT.c[name] for name in ("relation", "birth_on", "record_id")),
        )
        .execution_options(yield_per=CHUNK_ROWS)
    )
    for row in store.connection.execute(query):
        yield dict(zip(COLUMN_NAMES, row, strict=True))
