"""Decide how a person stands in the 37 columns of a SIAK export: codes in words, the hamlet in the address.

SIAK has no column for the hamlet, so it ends the address ("JL. MELATI 7, DUSUN KRAJAN"), where ``importing`` finds it.
Columns about cards and clerks stay blank.  Writing files is ``exporting``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from typing import Any

from schemas.codes import Relation, code_list
from schemas.errors import CodeError
from schemas.fields import Field, Kind, fields_by_name

Cell = str | int | dt.date

SIAK_HEADERS = (
    *("Nomor KK", "NIK", "Nama Penduduk", "Status", "Tempat Lahir", "Tanggal Lahir", "Kelamin", "NIK Ayah", "Ayah"),
    *("NIK Ibu", "Ibu", "Status Kawin", "SHDK", "Agama", "Kecamatan", "Desa/Kel", "Alamat", "RW", "RT", "Pendidikan"),
    *("Pekerjaan", "Deskripsi Pekerjaan", "Gol. Darah", "Cacat", "Cetak KTP", "Ganti KTP", "KTP Berakhir"),
    *("Nomor Paspor", "Nomor Akta Lahir", "Nomor Akta Kawin", "Tanggal Kwn", "Nomor Akta Cerai", "Tgl Cerai"),
    *("Petugas Registrasi", "Tgl Ubah", "Petugas Entri", "Tgl Entri"),
)

_SIAK_FIELDS = {
    "Nomor KK": "household.family_number",
    "NIK": "resident.nik",
    "Nama Penduduk": "resident.name",
    "Status": "resident.life_status",
    "Tempat Lahir": "resident.birth_place",
    "Tanggal Lahir": "resident.birth_on",
    "Kelamin": "resident.sex",
    "NIK Ayah": "resident.father_nik",
    "Ayah": "resident.father_name",
    "NIK Ibu": "resident.mother_nik",
    "Ibu": "resident.mother_name",
    "Status Kawin": "resident.marital_status",
    "SHDK": "resident.relation",
    "Agama": "resident.religion",
    "RW": "household.rw",
    "RT": "household.rt",
    "Pendidikan": "resident.education",
    "Pekerjaan": "resident.occupation",
    "Gol. Darah": "resident.blood_type",
    "Cacat": "resident.disability",
    "Nomor Paspor": "resident.passport_number",
    "Nomor Akta Lahir": "resident.birth_number",
    "Nomor Akta Kawin": "resident.marriage_number",
    "Tanggal Kwn": "resident.married_on",
    "Nomor Akta Cerai": "resident.divorce_number",
    "Tgl Cerai": "resident.divorced_on",
}


def siak_row(person: Mapping[str, Any]) -> dict[str, Cell]:
    """Return a person's cells by header; ``person`` has the values by ``resident.field`` and ``household.field``."""
    row: dict[str, Cell] = {}
    for header, key in _SIAK_FIELDS.items():
        value = person[key]
        if value is None:
            continue
        kind = Kind.HOUSEHOLD if key.startswith("household.") else Kind.RESIDENT
        field = fields_by_name(kind)[key.partition(".")[2]]
        row[header] = _code_label(field, value) if field.type == "code" else _cell(value)
    row.setdefault("NIK", "0")
    if person["resident.record_id"] == person["household.head_id"]:
        row["SHDK"] = code_list("relation_to_head").label(Relation.HEAD)
    address, hamlet = person["household.address"], person["household.hamlet"]
    row["Alamat"] = ", ".join(filter(None, (_bare(address), f"DUSUN {hamlet}" if hamlet else "")))
    return row


def _bare(address: str | None) -> str:
    """Return an address without the hamlet that it may repeat: the hamlet is added from its own field."""
    parts = [part.strip() for part in (address or "").split(",")]
    return ", ".join(part for part in parts if part and not part.upper().startswith(("DUSUN ", "DSN ", "DSN.")))


@cache
def _code_label(field: Field, number: int) -> Cell:
    """Write a code in words; the number where no word reads back as it."""
    label = code_list(field.code_list).label(number)
    try:
        return label if code_list(field.code_list).from_text(label) == number else number
    except CodeError:
        return number


def _cell(value: Any) -> Cell:
    return value.isoformat() if isinstance(value, dt.date) else str(value)
