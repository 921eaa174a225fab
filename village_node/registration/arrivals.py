"""Register an arrival from another village (F-1.03): new people, or former residents who come back.

Somebody whose record still stands here as departed comes back under that record, and the return is an arrival of its
own: the departure stays in the books.  An arrival from a village of the district is paired with the departure there by
NIK, whichever side is entered first (protocol 12.1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from schemas.codes import EventKind, LifeStatus, Relation, ResidentStatus
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future, check_order, required
from village_node.registration.numbers import caution_nik
from village_node.registration.places import place_of
from village_node.registration.rehousing import AddressForm, household_values
from village_node.registration.relations import release_headship
from village_node.registration.subjects import (
    HEAD_AGE_MIN,
    Family,
    Person,
    check_may_head,
    check_relation,
    headed_family,
    person_of,
)

_RETURNING = frozenset({LifeStatus.MOVED, LifeStatus.LEFT, LifeStatus.MISSING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """One person who arrives; ``person_id`` names a former resident, who is otherwise found by NIK."""

    name: str
    sex: int
    relation: int
    birth_on: dt.date | None = None
    birth_place: str | None = None
    nik: str | None = None
    religion: int | None = None
    citizenship: int | None = None
    marital_status: int | None = None
    education: int | None = None
    occupation: int | None = None
    blood_type: int | None = None
    mother_name: str | None = None
    mother_nik: str | None = None
    father_name: str | None = None
    father_nik: str | None = None
    person_id: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveInForm(Report):
    """People who arrive together, into a family that is here (``household_id``) or as a new one.

    ``origin`` is a village's official code, or words; a new family brings its number along if it keeps it.
    """

    arrived_on: dt.date
    origin: str
    newcomers: tuple[Newcomer, ...]
    household_id: bytes | None = None
    address: AddressForm = field(default_factory=AddressForm)
    family_number: str | None = None
    reason: int | None = None


def register_move_in(desk: DeskPort, form: MoveInForm, *, dry_run: bool = False) -> Recorded:
    """Record an arrival as one entry.

    Raises RefusedError movers-missing, person-already-here, household-needs-head, move-inside; DataError for values,
    head-count among them when a new family has not exactly one head.
    """
    draft = EntryDraft(desk)
    place = place_of(form.origin, "origin", "Asal", desk.village_code)
    check_not_future(form.arrived_on, desk.today(), "arrived_on", "Tanggal datang")
    if not form.newcomers:
        raise RefusedError("Belum ada yang datang", code="movers-missing", hint="Isi orang yang datang.")
    known = [_known(desk, newcomer) for newcomer in form.newcomers]
    ids = [person.record_id if person is not None else desk.new_id() for person in known]
    if len(set(ids)) < len(ids):
        raise DataError("Satu orang ditulis dua kali", code="person-twice", hint="Hapus salah satu.", field="newcomers")
    household_id = _household(draft, form, ids)
    for newcomer, person, record_id in zip(form.newcomers, known, ids, strict=True):
        _settle(draft, form, newcomer, person, record_id, household_id)
    heads = [i for i, newcomer in zip(ids, form.newcomers, strict=True) if newcomer.relation == Relation.HEAD]
    file_event(
        draft,
        EventKind.MOVE_IN,
        form,
        {
            "subject_id": heads[0] if heads else ids[0],
            "movers": ids,
            "household_id": household_id,
            "occurred_on": form.arrived_on,
            "place_from": place.stated,
            "move_reason": form.reason,
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _known(desk: DeskPort, newcomer: Newcomer) -> Person | None:
    """Return the record of a former resident, None for somebody new here."""
    if newcomer.person_id is not None:
        candidates: Sequence[bytes] = (newcomer.person_id,)
    elif newcomer.nik is not None:
        with desk.book() as book:
            candidates = book.with_nik(newcomer.nik)
    else:
        candidates = ()
    people = [person_of(desk, record_id) for record_id in candidates]
    for person in people:
        if (
            person.is_living
            and not person.is_temporary
            and (newcomer.person_id is not None or _is_same(person, newcomer))
        ):
            raise RefusedError(
                f"{person.name} sudah tercatat sebagai penduduk desa ini",
                code="person-already-here",
                hint="Bila pindah keluarga atau alamat, catat pindah dalam desa.",
            )
    back = [one for one in people if _may_come(one) and one.values.get("void") is None]
    if newcomer.person_id is not None and not back:
        raise RefusedError(
            f"{newcomer.name} tidak dapat dicatat kembali",
            code="person-not-returning",
            hint="Hanya yang pindah, pergi atau hilang dapat kembali; catat sebagai orang baru.",
        )
    return next((one for one in back if newcomer.person_id is not None or _is_same(one, newcomer)), None)


def _may_come(person: Person) -> bool:
    """Tell whether somebody known may arrive: who was gone, or a temporary resident who settles."""
    return person.values.get("life_status") in _RETURNING or (person.is_temporary and person.is_living)


def _is_same(person: Person, newcomer: Newcomer) -> bool:
    """Tell whether equal NIKs belong to one person: the birth dates must not contradict each other."""
    return None in (person.birth_on, newcomer.birth_on) or person.birth_on == newcomer.birth_on


def _household(draft: EntryDraft, form: MoveInForm, ids: Sequence[bytes]) -> bytes:
    heads = [pair for pair in zip(ids, form.newcomers, strict=True) if pair[1].relation == Relation.HEAD]
    if form.household_id is not None:
        _check_lodgers(headed_family(draft.desk, form.household_id), heads)
        return form.household_id
    if len(heads) != 1:
        raise DataError(
            "Keluarga baru harus punya tepat satu kepala keluarga",
            code="head-count",
            hint=f"Pilih satu kepala keluarga, {HEAD_AGE_MIN} tahun ke atas atau pernah kawin.",
            field="relation",
        )
    head_id, head = heads[0]
    check_may_head(Person(head_id, asdict(head)), draft.desk.today())
    values = household_values(form.address, {})
    return draft.create(Kind.HOUSEHOLD, {**values, "head_id": head_id, "family_number": form.family_number})


def _check_lodgers(family: Family, heads: Sequence[object]) -> None:
    if heads:
        raise DataError(
            "Keluarga ini sudah punya kepala keluarga",
            code="relation-head",
            hint="Pilih hubungan lain untuk yang menumpang.",
            field="relation",
            value=family.head_id,
        )


def _settle(
    draft: EntryDraft,
    form: MoveInForm,
    newcomer: Newcomer,
    person: Person | None,
    record_id: bytes,
    household_id: bytes,
) -> None:
    """Draft one newcomer: a new record, or the return of a former resident."""
    name = required(newcomer.name, "name", "Nama")
    check_order(newcomer.birth_on, form.arrived_on, "arrived_on", f"Tanggal datang sebelum {name} lahir")
    check_relation(newcomer.relation, newcomer.sex)
    caution_nik(draft, newcomer.nik, birth_on=newcomer.birth_on, sex=newcomer.sex, own_id=record_id)
    stated: dict[str, Any] = {key: value for key, value in asdict(newcomer).items() if key != "person_id"}
    arrival: dict[str, Any] = {
        "household_id": household_id,
        "life_status": int(LifeStatus.ALIVE),
        "arrived_on": form.arrived_on,
    }
    if person is None:
        draft.create(Kind.RESIDENT, {**stated, **arrival, "name": name}, record_id)
        return
    check_order(person.values.get("left_on"), form.arrived_on, "arrived_on", f"{person.name} baru pindah sesudah itu")
    if person.is_temporary:
        arrival["resident_status"] = int(ResidentStatus.PERMANENT)
        draft.caution("person-settles", "nik", f"{person.name} penduduk sementara yang kini menetap.")
    else:
        draft.caution("person-returns", "nik", f"{person.name} pernah tercatat di sini dan dicatat kembali.")
    if person.household_id != household_id:
        release_headship(draft, person)
    typed = {key: value for key, value in stated.items() if value is not None}
    draft.update(record_id, {**typed, **arrival, "name": name, "destination": None})
