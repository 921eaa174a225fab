"""Register who left without a move letter, who is missing, who is found and who returns.

Whoever comes back is the same person under the same record: the departure stays in the books and the return is an
arrival of its own (case E2); somebody missing never left the books, so being found is none.  Deliberately not here:
arrivals with papers of another village (``arrivals``) and moves (``moves``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.codes import EventKind, LifeStatus, Relation
from schemas.errors import DataError, RefusedError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future, check_order
from village_node.registration.relations import check_may_join, release_headship
from village_node.registration.subjects import (
    Family,
    Person,
    check_may_head,
    known_family,
    living_person,
    not_living,
    person_of,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveForm(Report):
    """People of one family who went away without a move letter; ``destination`` in words, as far as it is known."""

    left_on: dt.date
    person_ids: tuple[bytes, ...]
    destination: str | None = None
    reason: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingForm(Report):
    """Somebody who is missing since a day; ``certificate_number`` is the police's."""

    missing_on: dt.date
    person_id: bytes
    place: str | None = None
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnForm(Report):
    """People who come back, or are found: to the family they had, or into ``household_id``."""

    returned_on: dt.date
    person_ids: tuple[bytes, ...]
    origin: str | None = None
    household_id: bytes | None = None
    relations: Mapping[bytes, int] = field(default_factory=dict)


def register_leave(desk: DeskPort, form: LeaveForm, *, dry_run: bool = False) -> Recorded:
    """Record people who went away as one entry.

    Raises RefusedError person-not-living, person-temporary, people-of-two-families; DataError people-missing, dates.
    """
    draft = EntryDraft(desk)
    check_not_future(form.left_on, desk.today(), "left_on", "Tanggal pergi")
    people = [living_person(desk, record_id) for record_id in dict.fromkeys(form.person_ids)]
    _check_one_family(people)
    for person in people:
        check_order(person.birth_on, form.left_on, "left_on", f"Tanggal pergi sebelum {person.name} lahir")
        check_order(person.values.get("arrived_on"), form.left_on, "left_on", f"{person.name} datang sesudah itu")
        status = {"life_status": int(LifeStatus.LEFT), "left_on": form.left_on, "destination": form.destination}
        draft.update(person.record_id, status)
    caution_head_gone(draft, people)
    event = {
        "subject_id": people[0].record_id,
        "movers": [person.record_id for person in people],
        "household_id": people[0].household_id,
        "occurred_on": form.left_on,
        "place_to": form.destination,
        "move_reason": form.reason,
    }
    file_event(draft, EventKind.LEFT, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_missing(desk: DeskPort, form: MissingForm, *, dry_run: bool = False) -> Recorded:
    """Record a missing person as one entry; in law they stay a resident until a court says otherwise.

    Raises RefusedError person-not-living, person-temporary; DataError for dates.
    """
    draft = EntryDraft(desk)
    check_not_future(form.missing_on, desk.today(), "missing_on", "Tanggal hilang")
    person = living_person(desk, form.person_id)
    check_order(person.birth_on, form.missing_on, "missing_on", "Tanggal hilang sebelum tanggal lahir")
    draft.update(person.record_id, {"life_status": int(LifeStatus.MISSING)})
    caution_head_gone(draft, [person])
    event = {
        "subject_id": person.record_id,
        "household_id": person.household_id,
        "occurred_on": form.missing_on,
        "place": form.place,
        "certificate_number": form.certificate_number,
    }
    file_event(draft, EventKind.MISSING, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_found(desk: DeskPort, form: ReturnForm, *, dry_run: bool = False) -> Recorded:
    """Record missing people as found, as one entry.

    Raises RefusedError "person-not-missing"; otherwise as ``register_return``.
    """
    return _come_back(desk, form, frozenset({LifeStatus.MISSING}), dry_run=dry_run)


def register_return(desk: DeskPort, form: ReturnForm, *, dry_run: bool = False) -> Recorded:
    """Record people who return as one entry: the same records, an arrival of its own.

    Raises RefusedError person-not-returning, record-left, household-missing, household-needs-head,
    people-of-two-families; DataError people-missing, relation-head, relation-sex, date-order.
    """
    return _come_back(desk, form, frozenset({LifeStatus.LEFT, LifeStatus.MOVED}), dry_run=dry_run)


def _come_back(desk: DeskPort, form: ReturnForm, wanted: frozenset[LifeStatus], *, dry_run: bool) -> Recorded:
    draft = EntryDraft(desk)
    is_found = LifeStatus.MISSING in wanted
    check_not_future(form.returned_on, desk.today(), "returned_on", "Tanggal kembali")
    people = [_absent(desk, record_id, wanted) for record_id in dict.fromkeys(form.person_ids)]
    _check_one_family(people)
    household_id = _go_home(draft, form, people)
    for person in people:
        check_order(
            person.values.get("left_on"), form.returned_on, "returned_on", f"{person.name} baru pergi sesudah itu"
        )
        status = {"life_status": int(LifeStatus.ALIVE), "household_id": household_id}
        arrival = {} if is_found else {"arrived_on": form.returned_on, "destination": None}
        draft.update(person.record_id, status | arrival)
    event = {
        "subject_id": people[0].record_id,
        "movers": [person.record_id for person in people],
        "household_id": household_id,
        "occurred_on": form.returned_on,
        "place_from": form.origin,
    }
    file_event(draft, EventKind.RETURNED, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _absent(desk: DeskPort, record_id: bytes, wanted: frozenset[LifeStatus]) -> Person:
    person = person_of(desk, record_id)
    is_wanted = person.values.get("life_status") in wanted and person.values.get("void") is None
    if person.level:
        raise RefusedError(
            f"{person.name} sudah menjadi penduduk desa lain",
            code="record-left",
            hint="Catat pindah datang; desa itu mencatat pindah keluar.",
        )
    if is_wanted and not person.is_temporary:
        return person
    if LifeStatus.MISSING in wanted:
        raise RefusedError(
            f"{person.name} tidak tercatat hilang", code="person-not-missing", hint="Yang pergi dicatat kembali."
        )
    if person.is_living:
        raise RefusedError(
            f"{person.name} tidak tercatat pergi atau pindah", code="person-not-returning", hint="Periksa orangnya."
        )
    raise not_living(person)


def _go_home(draft: EntryDraft, form: ReturnForm, people: Sequence[Person]) -> bytes:
    """Draft everybody's place in the family they come back to; the first one heads a family that is empty."""
    family = known_family(draft.desk, form.household_id or people[0].household_id)
    if family is None:
        raise RefusedError(
            "Keluarga yang dulu tidak ada lagi",
            code="household-missing",
            hint="Pilih keluarga yang menampung, atau catat pindah datang sebagai keluarga baru.",
        )
    returning = {person.record_id for person in people}
    head_id = family.head_id
    if family.head is None and head_id not in returning:
        head_id = _new_head(draft, form, family, people)
    for person in people:
        is_head = person.record_id == head_id
        relation = int(Relation.HEAD) if is_head else _relation(draft, form, family, person)
        if not is_head:
            check_may_join(person, relation, family)
        draft.update(person.record_id, {"relation": relation})
        if person.household_id != family.record_id:
            release_headship(draft, person)
    return family.record_id


def _new_head(draft: EntryDraft, form: ReturnForm, family: Family, people: Sequence[Person]) -> bytes | None:
    """Return who heads a family that nobody lives in any more; one that waits for a head is told so first."""
    if family.members:
        if form.household_id is not None:
            raise RefusedError(
                "Kepala keluarga ini sudah meninggal atau pindah",
                code="household-needs-head",
                hint="Tetapkan kepala keluarga yang baru lebih dahulu, lalu ulangi.",
            )
        draft.caution("household-needs-head", "household_id", "Keluarga ini perlu kepala keluarga baru.")
        return family.head_id
    first = people[0]
    check_may_head(first, draft.desk.today())
    draft.update(family.record_id, {"head_id": first.record_id})
    draft.caution("head-new", "household_id", f"{first.name} menjadi kepala keluarga; KK baru dari Dukcapil.")
    return first.record_id


def _relation(draft: EntryDraft, form: ReturnForm, family: Family, person: Person) -> int:
    stated = form.relations.get(person.record_id)
    former = person.values.get("relation") if person.household_id == family.record_id else None
    relation = stated if stated is not None else former
    if relation is None or (stated is None and relation == Relation.HEAD):
        draft.caution("relations-check", "relation", f"Isi hubungan keluarga: {person.name}.")
        return int(Relation.OTHER)
    return relation


def _check_one_family(people: Sequence[Person]) -> None:
    if not people:
        raise DataError("Belum ada orangnya", code="people-missing", hint="Pilih orangnya.", field="person_ids")
    if len({person.household_id for person in people}) > 1:
        raise RefusedError(
            "Mereka berasal dari beberapa keluarga",
            code="people-of-two-families",
            hint="Catat setiap keluarga sendiri-sendiri.",
        )


def caution_head_gone(draft: EntryDraft, people: Sequence[Person]) -> None:
    """Note that a family needs a new head when its head is among those who are gone."""
    family = known_family(draft.desk, people[0].household_id)
    if family is not None and family.head in people and family.without(people):
        draft.caution("household-needs-head", "household_id", "Keluarga yang tinggal perlu kepala keluarga baru.")
