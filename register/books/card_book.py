"""Buku KTP dan Kartu Keluarga (Permendagri 47/2016): residents at the end of a month with what their cards say.

Place and date of issue are not recorded, so column 13 stays blank.  Column 18 is the last arrival, or the birth of a
child that was registered here; for people of the opening stock it is not known.
"""

from __future__ import annotations

import datetime as dt

from register.books.chronicle import Chronicle, Life
from register.books.events import Movement
from register.books.month import Month
from register.books.recapitulation import sex_of
from register.books.sheet import (
    Sheet,
    SheetRow,
    address_cell,
    birth_cell,
    citizenship_cell,
    code_cell,
    day_cell,
    marital_cell,
    relation_cell,
    residents_in_order,
    sex_cell,
)

HEADERS = (
    "No.",
    "No. KK",
    "Nama Lengkap",
    "NIK",
    "Jenis Kelamin",
    "Tempat/Tanggal Lahir",
    "Golongan Darah",
    "Agama",
    "Pendidikan",
    "Pekerjaan",
    "Alamat",
    "Status Perkawinan",
    "Tempat dan Tanggal Dikeluarkan",
    "Status Hubungan Keluarga",
    "Kewarganegaraan",
    "Nama Ayah",
    "Nama Ibu",
    "Tanggal Mulai Tinggal di Desa",
    "Ket.",
)


def card_book(chronicle: Chronicle, month: Month) -> Sheet:
    """Return the book as it stood at the end of a month."""
    rows = []
    for number, (record_id, person, standing) in enumerate(residents_in_order(chronicle, month.last), start=1):
        family = chronicle.households.get(standing.household_id or b"")
        sex = sex_of(chronicle.people[record_id])
        cells = (
            number,
            (family.family_number if family is not None else None) or "",
            person.name or "",
            person.nik or "",
            sex_cell(sex),
            birth_cell(person),
            code_cell("blood_type", person.blood_type),
            code_cell("religion", person.religion),
            code_cell("education", person.education),
            code_cell("occupation", person.occupation),
            address_cell(family, standing.hamlet),
            marital_cell(person, sex),
            "",
            relation_cell(chronicle, record_id, person, standing),
            citizenship_cell(person),
            person.father_name or "",
            person.mother_name or "",
            day_cell(_here_since(chronicle.lives[record_id], month.last)),
            "",
        )
        rows.append(SheetRow(dict(zip(HEADERS, cells, strict=True)), (record_id,)))
    return Sheet(f"Buku KTP dan KK {month}", HEADERS, tuple(rows))


def _here_since(life: Life, day: dt.date) -> dt.date | None:
    for step in reversed(life.steps):
        if step.event.booked_on <= day and step.movement in {Movement.ARRIVAL, Movement.BIRTH}:
            return step.event.event.occurred_on
    return life.person.resident.arrived_on
