"""Buku Penduduk Sementara (Permendagri 47/2016, Permendagri 74/2022): who stayed for a while in a month.

Temporary residents are counted in no other book.  They are in the book of every month from their arrival to their
leaving, by the dates of their stay; a stay without a first date is open at the start.
"""

from __future__ import annotations

import datetime as dt

from register.books.chronicle import Chronicle, Person
from register.books.events import BookedEvent
from register.books.month import Month
from register.books.mutation_book import place_cell
from register.books.recapitulation import sex_of
from register.books.sheet import (
    Sheet,
    SheetRow,
    address_cell,
    birth_cell,
    citizenship_cell,
    code_cell,
    day_cell,
)
from register.residency import has_left
from schemas.codes import LifeStatus, ResidentStatus, Sex
from schemas.shapes import Resident

HEADERS = (
    "No.",
    "Nama Lengkap",
    "L",
    "P",
    "No. Identitas",
    "Tempat, Tanggal Lahir/Umur",
    "Pekerjaan",
    "Kebangsaan",
    "Keturunan",
    "Datang dari",
    "Maksud dan Tujuan",
    "Nama dan Alamat yang Didatangi",
    "Datang Tanggal",
    "Pergi Tanggal",
    "Ket.",
)

_NOT_HERE = frozenset({LifeStatus.DEAD, LifeStatus.INVALID})


def temporary_book(chronicle: Chronicle, month: Month) -> Sheet:
    """Return the temporary residents of a month, in the order of arrival."""
    found = [person for person in chronicle.people.values() if _stayed(person.resident, month)]
    found.sort(key=lambda one: (one.resident.arrived_on or dt.date.min, one.record_id))
    arrivals = _arrivals(chronicle)
    rows = [
        _row(number, chronicle, person, arrivals.get(person.record_id)) for number, person in enumerate(found, start=1)
    ]
    return Sheet(f"Buku Penduduk Sementara {month}", HEADERS, tuple(rows))


def _stayed(person: Resident, month: Month) -> bool:
    if person.resident_status != ResidentStatus.TEMPORARY or person.void is not None or person.merged_into is not None:
        return False
    if person.life_status in _NOT_HERE and person.died_on is None:
        return False
    ends = [day for day in (person.died_on, person.left_on) if day is not None]
    if person.left_on is not None and not has_left(person.left_on, person.arrived_on):
        ends.remove(person.left_on)
    begun = person.arrived_on is None or person.arrived_on <= month.last
    return begun and all(day >= month.first for day in ends)


def _arrivals(chronicle: Chronicle) -> dict[bytes, BookedEvent]:
    """Return the last event of each person that says where they came from."""
    return {
        chronicle.resolve(person_id): event
        for event in chronicle.events
        if event.event.place_from is not None
        for person_id in event.people
    }


def _row(number: int, chronicle: Chronicle, person: Person, arrival: BookedEvent | None) -> SheetRow:
    resident, sex = person.resident, sex_of(person)
    host = chronicle.households.get(resident.household_id or b"")
    head = chronicle.people.get(host.head_id or b"") if host is not None else None
    hamlet = host.hamlet if host is not None else None
    visited = (head.resident.name or "" if head is not None else "", address_cell(host, hamlet))
    cells = (
        number,
        resident.name or "",
        "L" if sex == Sex.MALE else "",
        "P" if sex == Sex.FEMALE else "",
        resident.nik or resident.passport_number or "",
        birth_cell(resident),
        code_cell("occupation", resident.occupation),
        citizenship_cell(resident),
        resident.ethnicity or "",
        place_cell(arrival.event.place_from) if arrival is not None else "",
        code_cell("move_reason", arrival.event.move_reason) if arrival is not None else "",
        ", ".join(filter(None, visited)),
        day_cell(resident.arrived_on),
        day_cell(resident.left_on if has_left(resident.left_on, resident.arrived_on) else None),
        "",
    )
    return SheetRow(dict(zip(HEADERS, cells, strict=True)), (person.record_id,))
