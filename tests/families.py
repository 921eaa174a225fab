"""A small family to play with: its members by role, placed as the registry would hold them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from schemas.codes import LifeStatus, MaritalStatus, Relation, Sex
from schemas.errors import VillageSyncError
from schemas.fields import Kind
from tests.fakes_desk import Office
from village_node.registration import Recorded

FAMILY_NUMBER = "3510011202129001"


@dataclass(frozen=True)
class Home:
    """Ahmad (head), his wife Siti, son Budi (19), daughter Dewi (9)."""

    household: bytes
    father: bytes
    mother: bytes
    son: bytes
    daughter: bytes

    @property
    def members(self) -> tuple[bytes, ...]:
        """Return all four."""
        return (self.father, self.mother, self.son, self.daughter)


def person(
    office: Office, household: bytes | None, name: str, sex: int, born: int, relation: int, **more: Any
) -> bytes:
    """Place one living person born on 3 April of a year."""
    values: dict[str, Any] = {
        "name": name,
        "sex": sex,
        "birth_on": dt.date(born, 4, 3),
        "relation": relation,
        "household_id": household,
        "life_status": int(LifeStatus.ALIVE),
        "marital_status": int(MaritalStatus.SINGLE),
        "religion": 1,
        "citizenship": 1,
        **more,
    }
    return office.put(Kind.RESIDENT, **values)


def settle(office: Office) -> Home:
    """Place the family."""
    household = office.new_id()
    married = {"marital_status": int(MaritalStatus.MARRIED)}
    father = person(office, household, "AHMAD FAUZI", Sex.MALE, 1978, Relation.HEAD, nik="3510010304789001", **married)
    mother = person(
        office, household, "SITI AMINAH", Sex.FEMALE, 1980, Relation.WIFE, nik="3510014304809001", **married
    )
    son = person(office, household, "BUDI SANTOSO", Sex.MALE, 2007, Relation.CHILD)
    daughter = person(office, household, "DEWI LESTARI", Sex.FEMALE, 2017, Relation.CHILD)
    office.put(
        Kind.HOUSEHOLD,
        household,
        family_number=FAMILY_NUMBER,
        head_id=father,
        address="JL. MAWAR 5",
        hamlet="KRAJAN",
        rw="002",
        rt="003",
    )
    return Home(household, father, mother, son, daughter)


def refused(code: str, action: Callable[[], object]) -> Any:
    """Return the error of an action that must be refused with this code."""
    with pytest.raises(VillageSyncError) as caught:
        action()
    assert caught.value.code == code, (caught.value.code, caught.value.message)
    assert caught.value.hint, f"{code} tells no next step"
    return caught.value


def event_of(recorded: Recorded) -> bytes:
    """Return the event that a use case declared."""
    assert recorded.event_id is not None
    return recorded.event_id
