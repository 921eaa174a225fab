"""Freeze what a letter says: names, numbers and labels as they are at the moment of issue.

Everything a reprint needs is in it, so that a person, an officer or a signer renamed later changes no letter.  Decides
nothing about looks.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from schemas.codes import code_list
from schemas.errors import DataError, IdentifierError
from schemas.identifiers import RegionCode
from schemas.regions import RegionKind, region
from schemas.services import AskedField, FieldType, ServiceDefinition
from village_node.registration.desk_port import DeskPort
from village_node.registration.form_checks import required
from village_node.registration.subjects import Person
from village_node.registration.typed_values import parse_day

_CODED = {
    "sex": "sex",
    "religion": "religion",
    "marital_status": "marital_status",
    "occupation": "occupation",
    "citizenship": "citizenship",
}
TEMPORARY_NUMBER = re.compile(r"(?<![0-9])0(?:[ .-]?[0-9]){15}(?![0-9])")
"""A number of sixteen digits that begins with 0, as people write it: no office issued it."""
_MONTHS = (
    *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
    *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
)


def answers_checked(service: ServiceDefinition, answers: Mapping[str, str]) -> dict[str, str]:
    """Return what the service asks, in its order and as printed.

    Raises DataError "value-missing", "answer-unknown", "answer-choice" or "answer-number".
    """
    known = {one.name for one in service.fields}
    for name in answers:
        if name not in known:
            listed = ", ".join(one.name for one in service.fields) or "tidak ada"
            raise DataError(
                f"Isian {name!r} tidak ada pada layanan {service.label.id}",
                code="answer-unknown",
                hint=f"Yang ditanyakan: {listed}.",
                field=name,
            )
    checked = {one.name: _answer(one, answers.get(one.name, "")) for one in service.fields}
    return {name: value for name, value in checked.items() if value}


def _answer(field: AskedField, typed: str) -> str:
    text = required(typed, field.name, field.label.id) if field.is_required else " ".join(typed.split())
    if not text:
        return ""
    if TEMPORARY_NUMBER.search(text):
        raise DataError(
            f"{field.label.id}: nomor sementara tidak dicetak pada surat",
            code="answer-temporary-number",
            hint="Hapus nomornya; tulis NIK atau nomor KK resmi bila sudah ada.",
            field=field.name,
        )
    if field.type is FieldType.DATE:
        return day_in_words(parse_day(text, field.name))
    if field.type is FieldType.NUMBER and not text.isdecimal():
        raise DataError(
            f"{field.label.id}: {text!r} bukan angka",
            code="answer-number",
            hint="Isi dengan angka saja.",
            field=field.name,
            value=text,
        )
    if field.type is FieldType.CHOICE:
        by_letters = {one.casefold(): one for one in field.choices}
        if text.casefold() not in by_letters:
            raise DataError(
                f"{field.label.id}: {text!r} tidak ada dalam pilihan",
                code="answer-choice",
                hint=f"Pilih: {', '.join(field.choices)}.",
                field=field.name,
                value=text,
            )
        return by_letters[text.casefold()]
    return text


def letter_content(
    desk: DeskPort,
    service: ServiceDefinition,
    subject: Person,
    answers: Mapping[str, str],
    *,
    village_name: str,
) -> dict[str, Any]:
    """Return what the letter says of person, village and answers; number, date and signatures come with the issue."""
    labels = {one.name: one.label.id for one in service.fields}
    return {
        "service": service.code,
        "title": service.label.id,
        "village": village_in_words(desk.village_code, village_name),
        "subject": person_content(desk, subject),
        "answers": dict(answers),
        "labels": {name: labels[name] for name in answers},
    }


def village_in_words(code: str, name: str) -> dict[str, str]:
    """Return a village with its kind and the names of what it belongs to, as heads of paper state them."""
    found = {"code": code, "name": name, "kind": "desa", "subdistrict": "", "regency": "", "province": ""}
    try:
        typed = RegionCode(code)
        found["kind"] = "kelurahan" if region(typed).kind is RegionKind.URBAN_VILLAGE else "desa"
        for key, letters in (("province", 2), ("regency", 5), ("subdistrict", 8)):
            found[key] = region(RegionCode(code[:letters])).name
    except IdentifierError:
        # A village that was renumbered since this edition still issues letters, with less in its head.
        return found
    return found


def person_content(desk: DeskPort, person: Person, home: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return what letters say of somebody of the register; ``home`` are the family's values, where they are at hand."""
    values = person.values
    if home is None:
        home = desk.values(person.household_id) if person.household_id is not None else {}
    said = {name: code_list(of).label(values[name]) for name, of in _CODED.items() if values.get(name) is not None}
    return said | {
        "name": person.name,
        "nik": values.get("nik") or "-",
        "family_number": home.get("family_number") or "-",
        "birth_place": values.get("birth_place") or "-",
        "birth_on": day_in_words(person.birth_on) if person.birth_on is not None else "-",
        "address": _address(home) or values.get("current_address") or "-",
    }


def _address(home: Mapping[str, Any]) -> str:
    parts = [str(home.get("address") or "")]
    if home.get("rt") or home.get("rw"):
        parts.append(f"RT {home.get('rt') or '-'} RW {home.get('rw') or '-'}")
    if home.get("hamlet"):
        parts.append(f"Dusun {str(home['hamlet']).removeprefix('Dusun ').removeprefix('DUSUN ')}")
    return ", ".join(part for part in parts if part)


def day_in_words(day: dt.date) -> str:
    """Return a day as letters write it.

    >>> day_in_words(dt.date(2026, 11, 5))
    '5 November 2026'
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
