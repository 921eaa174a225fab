"""Buku Induk Penduduk (Permendagri 47/2016): the residents at the end of a month, family by family.

Who and where are those of the month; the other values are as recorded now.  Whether somebody reads is not recorded, so
column 10 stays blank.
"""

from __future__ import annotations

from register.books.chronicle import Chronicle
from register.books.month import Month
from register.books.recapitulation import sex_of
from register.books.sheet import (
    Sheet,
    SheetRow,
    address_cell,
    citizenship_cell,
    code_cell,
    day_cell,
    marital_cell,
    relation_cell,
    residents_in_order,
    sex_cell,
)
from schemas.codes import LifeStatus

HEADERS = (
    "No. Urut",
    "Nama Lengkap/Panggilan",
    "Jenis Kelamin",
    "Status Perkawinan",
    "Tempat Lahir",
    "Tanggal Lahir",
    "Agama",
    "Pendidikan Terakhir",
    "Pekerjaan",
    "Dapat Membaca Huruf",
    "Kewarganegaraan",
    "Alamat Lengkap",
    "Kedudukan dalam Keluarga",
    "NIK",
    "No. KK",
    "Ket.",
)


def main_book(chronicle: Chronicle, month: Month) -> Sheet:
    """Return the book as it stood at the end of a month."""
    rows = []
    for number, (record_id, person, standing) in enumerate(residents_in_order(chronicle, month.last), start=1):
        family = chronicle.households.get(standing.household_id or b"")
        sex = sex_of(chronicle.people[record_id])
        cells = (
            number,
            person.name or "",
            sex_cell(sex),
            marital_cell(person, sex),
            person.birth_place or "",
            day_cell(person.birth_on),
            code_cell("religion", person.religion),
            code_cell("education", person.education),
            code_cell("occupation", person.occupation),
            "",
            citizenship_cell(person),
            address_cell(family, standing.hamlet),
            relation_cell(chronicle, record_id, person, standing),
            person.nik or "",
            (family.family_number if family is not None else None) or "",
            "HILANG" if person.life_status == LifeStatus.MISSING else "",
        )
        rows.append(SheetRow(dict(zip(HEADERS, cells, strict=True)), (record_id,)))
    return Sheet(f"Buku Induk Penduduk {month}", HEADERS, tuple(rows))
