"""Say what a finished book is: headers, rows of cells, and the records behind each row.

Decides how values stand in cells: unknown is blank, dates are day first as the forms print them, codes are words.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from register.books.chronicle import Chronicle, Standing
from schemas.codes import Citizenship, MaritalStatus, Relation, Sex, code_list
from schemas.shapes import Household, Resident

Cell = str | int | dt.date

NOT_FILLED_IN = "BELUM DIISI"

_MARRIED = frozenset(
    {MaritalStatus.MARRIED, MaritalStatus.MARRIED_REGISTERED, MaritalStatus.MARRIED_UNREGISTERED},
)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row; ``ids`` are the records it shows or counts, by header where a number counts some of them."""

    cells: Mapping[str, Cell]
    ids: tuple[bytes, ...] = ()
    ids_by_header: Mapping[str, tuple[bytes, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A book of one month, ready to be written or shown."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[SheetRow, ...]


def day_cell(day: dt.date | None) -> str:
    """Return a date as the forms print it."""
    return "" if day is None else f"{day:%d-%m-%Y}"


def code_cell(name: str, number: int | None) -> str:
    """Return a code in words."""
    return "" if number is None else code_list(name).label(number)


def sex_cell(sex: int | None) -> str:
    """Return L or P."""
    return {int(Sex.MALE): "L", int(Sex.FEMALE): "P"}.get(sex or 0, "")


def citizenship_cell(person: Resident) -> str:
    """Return WNI or WNA; what is not filled in counts as WNI, as in the recapitulation."""
    return "WNA" if person.citizenship == Citizenship.FOREIGN else "WNI"


def marital_cell(person: Resident, sex: int | None) -> str:
    """Return the status as the Buku Induk abbreviates it: K, BK, JD (a woman alone), DD (a man alone)."""
    if person.marital_status is None:
        return ""
    if person.marital_status == MaritalStatus.SINGLE:
        return "BK"
    if person.marital_status in _MARRIED:
        return "K"
    return {int(Sex.MALE): "DD", int(Sex.FEMALE): "JD"}.get(sex or 0, "")


def birth_cell(person: Resident) -> str:
    """Return place and date of birth in one cell."""
    return ", ".join(filter(None, (person.birth_place or "", day_cell(person.birth_on))))


def address_cell(household: Household | None, hamlet: str | None) -> str:
    """Return address, RT, RW and hamlet in one cell; the hamlet is that of the month."""
    if household is None:
        return ""
    area = [f"RT {household.rt}" if household.rt else "", f"RW {household.rw}" if household.rw else ""]
    return ", ".join(filter(None, (household.address or "", " ".join(filter(None, area)), _hamlet_words(hamlet))))


def _hamlet_words(hamlet: str | None) -> str:
    return f"DUSUN {hamlet}" if hamlet else ""


def relation_cell(chronicle: Chronicle, record_id: bytes, person: Resident, standing: Standing) -> str:
    """Return the place in the family; who is head is the family's word, and nobody else is."""
    family = chronicle.households.get(standing.household_id or b"")
    if family is not None and family.head_id == record_id:
        return code_cell("relation_to_head", int(Relation.HEAD))
    return "" if person.relation == Relation.HEAD else code_cell("relation_to_head", person.relation)


def residents_in_order(chronicle: Chronicle, day: dt.date) -> list[tuple[bytes, Resident, Standing]]:
    """Return the residents of a day family by family: hamlet, RW, RT, card; head first, then relation and age."""
    found = [
        (record_id, chronicle.people[record_id].resident, standing)
        for record_id, standing in chronicle.residents(day).items()
    ]

    def order(item: tuple[bytes, Resident, Standing]) -> tuple[object, ...]:
        record_id, person, standing = item
        family = chronicle.households.get(standing.household_id or b"") or Household()
        return (
            standing.hamlet is None,
            standing.hamlet or "",
            family.rw or "",
            family.rt or "",
            family.family_number or "",
            standing.household_id or b"",
            family.head_id != record_id,
            person.relation or int(Relation.OTHER),
            person.birth_on or dt.date.max,
            record_id,
        )

    return sorted(found, key=order)
