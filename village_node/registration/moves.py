"""Register a departure, and a move inside the village (F-1.03).

Who leaves stays in the village's book as moved; the district pairs a departure with the arrival in another of its
villages, which it knows by the official code in ``place_to``.  A family keeps its number when some leave; who stays
without a head needs a new one, which is shown and not decided here.  Arrivals are in ``arrivals``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.codes import EventKind, LifeStatus
from schemas.errors import DataError, RefusedError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future, check_order, required
from village_node.registration.places import place_of
from village_node.registration.rehousing import Succession, join_family
from village_node.registration.subjects import (
    Family,
    Person,
    family_of,
    headed_family,
    known_family,
    living_person,
)

HEAD_ONLY, HEAD_AND_ALL, HEAD_AND_SOME, MEMBERS_ONLY = 1, 2, 3, 4
"""Codes of the list ``move_kind`` (F-1.03)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOutForm(Report):
    """People who leave; no ``movers`` means the whole family.  ``destination`` is a village's code, or words."""

    left_on: dt.date
    destination: str
    household_id: bytes | None = None
    movers: tuple[bytes, ...] = ()
    reason: int | None = None
    country: str | None = None
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAbroadForm(Report):
    """People who leave the country; ``certificate_number`` is that of the SKPLN."""

    left_on: dt.date
    country: str
    city: str | None = None
    household_id: bytes | None = None
    movers: tuple[bytes, ...] = ()
    reason: int | None = None
    certificate_number: str | None = None


def register_move_abroad(desk: DeskPort, form: MoveAbroadForm, *, dry_run: bool = False) -> Recorded:
    """Record a departure abroad as one entry; raises as ``register_move_out``."""
    country = required(form.country, "country", "Negara tujuan")
    out = MoveOutForm(
        left_on=form.left_on,
        destination=", ".join(filter(None, (form.city, country))),
        household_id=form.household_id,
        movers=form.movers,
        reason=form.reason,
        country=country,
        certificate_number=form.certificate_number,
        informant_name=form.informant_name,
        informant_nik=form.informant_nik,
        witnesses=form.witnesses,
        papers=form.papers,
        papers_case=form.papers_case or "luar-negeri",
    )
    return register_move_out(desk, out, dry_run=dry_run)


def register_move_out(desk: DeskPort, form: MoveOutForm, *, dry_run: bool = False) -> Recorded:
    """Record a departure as one entry.

    Raises RefusedError person-not-living, movers-missing, movers-of-two-families, move-inside; DataError for dates.
    """
    draft = EntryDraft(desk)
    place = place_of(form.destination, "destination", "Tujuan pindah", desk.village_code)
    movers = _movers(desk, form.household_id, form.movers)
    check_not_future(form.left_on, desk.today(), "left_on", "Tanggal pindah")
    for person in movers:
        check_order(person.birth_on, form.left_on, "left_on", f"Tanggal pindah sebelum {person.name} lahir")
        check_order(person.values.get("arrived_on"), form.left_on, "left_on", f"{person.name} datang sesudah itu")
        status = {"life_status": int(LifeStatus.MOVED), "destination": place.shown, "left_on": form.left_on}
        draft.update(person.record_id, status)
    family = known_family(desk, movers[0].household_id)
    if family is not None and family.head in movers and family.without(movers):
        draft.caution("household-needs-head", "household_id", "Keluarga yang tinggal perlu kepala keluarga baru.")
    head = next((one for one in movers if family is not None and one.record_id == family.head_id), movers[0])
    file_event(
        draft,
        EventKind.MOVE_OUT,
        form,
        {
            "subject_id": head.record_id,
            "movers": [person.record_id for person in movers],
            "household_id": movers[0].household_id,
            "occurred_on": form.left_on,
            "place_to": place.stated,
            "country": form.country,
            "certificate_number": form.certificate_number,
            "move_reason": form.reason,
            "move_kind": _move_kind(family, movers),
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _movers(desk: DeskPort, household_id: bytes | None, ids: Sequence[bytes]) -> list[Person]:
    movers = [living_person(desk, record_id) for record_id in dict.fromkeys(ids)]
    if not movers and household_id is not None:
        movers = list(family_of(desk, household_id).members)
    if not movers:
        raise RefusedError("Belum ada yang pindah", code="movers-missing", hint="Pilih keluarga atau orangnya.")
    homes = {person.household_id for person in movers} | ({household_id} if household_id is not None else set())
    if len(homes) > 1:
        raise RefusedError(
            "Yang pindah berasal dari beberapa keluarga",
            code="movers-of-two-families",
            hint="Catat pindah setiap keluarga sendiri-sendiri.",
        )
    return movers


def _move_kind(family: Family | None, movers: Sequence[Person]) -> int | None:
    if family is None:
        return None
    if family.head not in movers:
        return MEMBERS_ONLY
    if not family.without(movers):
        return HEAD_AND_ALL
    return HEAD_ONLY if len(movers) == 1 else HEAD_AND_SOME


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveInsideForm(Report):
    """A family at a new address of this village; a None leaves that part as it is, so give what changes."""

    household_id: bytes
    moved_on: dt.date
    address: str | None = None
    hamlet: str | None = None
    rw: str | None = None
    rt: str | None = None
    postal_code: str | None = None


def register_move_inside(desk: DeskPort, form: MoveInsideForm, *, dry_run: bool = False) -> Recorded:
    """Record a family's new address as one entry; its people follow, since the area is the family's alone.

    Raises DataError "address-same" if nothing changes.
    """
    draft = EntryDraft(desk)
    family = family_of(desk, form.household_id)
    check_not_future(form.moved_on, desk.today(), "moved_on", "Tanggal pindah")
    stated = {
        "address": form.address,
        "hamlet": form.hamlet.upper() if form.hamlet else None,
        "rw": _three_digits(form.rw),
        "rt": _three_digits(form.rt),
        "postal_code": form.postal_code,
    }
    draft.update(family.record_id, {name: value for name, value in stated.items() if value is not None})
    if not draft.changes:
        raise DataError(
            "Alamat tidak berubah",
            code="address-same",
            hint="Isi alamat, dusun, RT atau RW yang baru.",
            field="address",
        )
    for person in family.members:
        if person.values.get("current_address") is not None:
            draft.caution("current-address", "current_address", f"Alamat sekarang {person.name} perlu diperiksa.")
    file_event(
        draft,
        EventKind.MOVE_INSIDE,
        form,
        {
            "subject_id": family.head_id,
            "household_id": family.record_id,
            "movers": [person.record_id for person in family.members],
            "occurred_on": form.moved_on,
            **_between_hamlets(family.values.get("hamlet"), stated["hamlet"]),
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _between_hamlets(old: str | None, new: str | None) -> dict[str, str | None]:
    """Name both hamlets: the record keeps only the new one, and the books of earlier months need the old."""
    is_move = old is not None and new is not None and old != new
    return {"place_from": old, "place_to": new} if is_move else {}


def _three_digits(text: str | None) -> str | None:
    return text.zfill(3) if text is not None and text.isdigit() else text


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinForm(Report):
    """People of one family who join another one of this village, such as a bride or a lodger.

    ``relations`` are codes of relation_to_head by person; ``old_head_id`` takes over the family that a head leaves.
    """

    household_id: bytes
    movers: tuple[bytes, ...]
    moved_on: dt.date
    relations: Mapping[bytes, int] = field(default_factory=dict)
    old_head_id: bytes | None = None
    old_relations: Mapping[bytes, int] = field(default_factory=dict)


def register_join(desk: DeskPort, form: JoinForm, *, dry_run: bool = False) -> Recorded:
    """Record people joining another family as one entry; the old family passes on or is left empty, as a record.

    Raises RefusedError person-not-living, household-needs-head, already-member, and DataError relation-head.
    """
    draft = EntryDraft(desk)
    check_not_future(form.moved_on, desk.today(), "moved_on", "Tanggal pindah")
    target = headed_family(desk, form.household_id)
    movers = _movers(desk, None, form.movers)
    succession = Succession(head_id=form.old_head_id, relations=form.old_relations)
    joined = join_family(draft, target, movers, form.relations, succession)
    file_event(draft, EventKind.MOVE_INSIDE, form, {**joined, "occurred_on": form.moved_on})
    return draft.save(EntryKind.EVENT, dry_run=dry_run)
