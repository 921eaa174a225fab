"""Register temporary residents, in and out (Permendagri 74/2022, F-1.15).

They are records of their own in the host village, beside the register: they stay with a family and are no member of it,
their own family card is elsewhere.  A stay is a year at most, which is noted and not enforced; who settles is recorded
as an arrival (``arrivals``), under the same record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from schemas.codes import EventKind, LifeStatus, ResidentStatus
from schemas.errors import RefusedError
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future, check_order, required
from village_node.registration.numbers import caution_nik
from village_node.registration.subjects import family_of, not_living, person_of

STAY_DAYS_MAX = 366  # a year, Permendagri 74/2022

_OF_PERSON = (
    "nik",
    "sex",
    "birth_place",
    "birth_on",
    "religion",
    "citizenship",
    "occupation",
    "passport_number",
    "phone",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryInForm(Report):
    """Somebody who stays for a while with a family here; ``person_id`` is one who stayed here before."""

    arrived_on: dt.date
    name: str
    household_id: bytes
    origin: str
    stay_until: dt.date | None = None
    reason: int | None = None
    nik: str | None = None
    sex: int | None = None
    birth_place: str | None = None
    birth_on: dt.date | None = None
    religion: int | None = None
    citizenship: int | None = None
    occupation: int | None = None
    passport_number: str | None = None
    phone: str | None = None
    person_id: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryOutForm(Report):
    """A temporary resident who leaves."""

    left_on: dt.date
    person_id: bytes
    destination: str | None = None


def register_temporary_in(desk: DeskPort, form: TemporaryInForm, *, dry_run: bool = False) -> Recorded:
    """Record a temporary resident as one entry.

    Raises RefusedError person-already-here, person-not-temporary, household-unknown; DataError for values.
    """
    draft = EntryDraft(desk)
    check_not_future(form.arrived_on, desk.today(), "arrived_on", "Tanggal datang")
    check_order(form.birth_on, form.arrived_on, "arrived_on", "Tanggal datang sebelum tanggal lahir")
    if form.stay_until is not None:
        check_order(form.arrived_on, form.stay_until, "stay_until", "Akhir menetap sebelum tanggal datang")
        if (form.stay_until - form.arrived_on).days > STAY_DAYS_MAX:
            draft.caution("stay-too-long", "stay_until", "Lebih dari satu tahun: catat sebagai pindah datang.")
    host = family_of(desk, form.household_id)
    _check_new(desk, form)
    caution_nik(draft, form.nik, birth_on=form.birth_on, sex=form.sex, own_id=form.person_id)
    stated: dict[str, Any] = {name: getattr(form, name) for name in _OF_PERSON}
    stay = {
        "name": required(form.name, "name", "Nama"),
        "household_id": host.record_id,
        "resident_status": int(ResidentStatus.TEMPORARY),
        "life_status": int(LifeStatus.ALIVE),
        "arrived_on": form.arrived_on,
    }
    if form.person_id is None:
        person_id = draft.create(Kind.RESIDENT, stated | stay)
    else:
        person_id = form.person_id
        draft.update(person_id, {name: value for name, value in stated.items() if value is not None} | stay)
    event = {
        "subject_id": person_id,
        "household_id": host.record_id,
        "occurred_on": form.arrived_on,
        "place_from": required(form.origin, "origin", "Asal"),
        "move_reason": form.reason,
        "stay_until": form.stay_until,
    }
    file_event(draft, EventKind.TEMPORARY_IN, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _check_new(desk: DeskPort, form: TemporaryInForm) -> None:
    """Refuse who is here already, as a resident or on a stay; one person is one record."""
    found = []
    if form.nik is not None:
        with desk.book() as book:
            found = book.holders(form.nik)
    for record_id in found:
        person = person_of(desk, record_id)
        if None in (person.birth_on, form.birth_on) or person.birth_on == form.birth_on:
            raise RefusedError(
                f"{person.name} sudah tercatat di desa ini", code="person-already-here", hint="Periksa NIK-nya."
            )
    if form.person_id is None:
        return
    former = person_of(desk, form.person_id)
    if not former.is_temporary or former.is_living or former.values.get("life_status") == LifeStatus.DEAD:
        raise RefusedError(
            f"{former.name} bukan penduduk sementara yang pernah tinggal di sini",
            code="person-not-temporary",
            hint="Catat sebagai orang baru, atau sebagai kembali.",
        )


def register_temporary_out(desk: DeskPort, form: TemporaryOutForm, *, dry_run: bool = False) -> Recorded:
    """Record a temporary resident's leaving as one entry.

    Raises RefusedError person-not-living, person-not-temporary; DataError for dates.
    """
    draft = EntryDraft(desk)
    check_not_future(form.left_on, desk.today(), "left_on", "Tanggal pergi")
    person = person_of(desk, form.person_id)
    if not person.is_living:
        raise not_living(person)
    if not person.is_temporary:
        raise RefusedError(
            f"{person.name} penduduk tetap",
            code="person-not-temporary",
            hint="Catat pindah keluar, atau pergi.",
        )
    check_order(person.values.get("arrived_on"), form.left_on, "left_on", f"{person.name} datang sesudah itu")
    status = {"life_status": int(LifeStatus.LEFT), "left_on": form.left_on, "destination": form.destination}
    draft.update(person.record_id, status)
    event = {
        "subject_id": person.record_id,
        "household_id": person.household_id,
        "occurred_on": form.left_on,
        "place_to": form.destination,
    }
    file_event(draft, EventKind.TEMPORARY_OUT, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)
