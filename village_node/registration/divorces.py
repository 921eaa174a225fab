"""Register a divorce, its annulment, and who then leaves the family (F-2.01, UU 23/2006 art. 40-43).

The term runs from the court's final ruling.  Who leaves goes to another family here or forms one of their own, in the
same entry but as an event of its own; without that, both stay on the card until a split, a join or a move is recorded.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.codes import EventKind, MaritalStatus, Relation
from schemas.errors import RefusedError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import CourtReport, file_event
from village_node.registration.form_checks import check_not_future, check_order
from village_node.registration.marriages import married_people
from village_node.registration.rehousing import AddressForm, Succession, file_rehousing, form_family, join_family
from village_node.registration.subjects import (
    Person,
    headed_family,
    known_family,
    living_person,
)

_DIVORCED = frozenset({MaritalStatus.DIVORCED, MaritalStatus.DIVORCED_REGISTERED, MaritalStatus.DIVORCED_UNREGISTERED})


@dataclass(frozen=True, slots=True, kw_only=True)
class DivorceForm(CourtReport):
    """A divorce; one person is enough, the spouse of the same family is found.

    ``leaver_id`` goes with ``movers`` into ``to_household_id``, or into a new family if that is None.
    """

    divorced_on: dt.date
    person_ids: tuple[bytes, ...]
    partner_name: str | None = None
    partner_nik: str | None = None
    certificate_number: str | None = None
    is_registered: bool = True
    leaver_id: bytes | None = None
    to_household_id: bytes | None = None
    movers: tuple[bytes, ...] = ()
    relations: Mapping[bytes, int] = field(default_factory=dict)
    address: AddressForm = field(default_factory=AddressForm)
    old_head_id: bytes | None = None
    old_relations: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulledDivorceForm(CourtReport):
    """A divorce that a court annulled: both are married again."""

    annulled_on: dt.date
    person_ids: tuple[bytes, ...]
    certificate_number: str | None = None


def register_divorce(desk: DeskPort, form: DivorceForm, *, dry_run: bool = False) -> Recorded:
    """Record a divorce as one entry: both people, the event, and the change of house if one leaves.

    Raises RefusedError person-not-living, not-married, leaver-not-spouse; DataError spouse-missing, date-order.
    """
    draft = EntryDraft(desk)
    check_not_future(form.divorced_on, desk.today(), "divorced_on", "Tanggal perceraian")
    couple = married_people(desk, _with_spouse(desk, form.person_ids))
    status = MaritalStatus.DIVORCED_REGISTERED if form.is_registered else MaritalStatus.DIVORCED_UNREGISTERED
    for person in couple:
        check_order(person.values.get("married_on"), form.divorced_on, "divorced_on", "Perceraian sebelum perkawinan")
        values = {"marital_status": int(status), "divorced_on": form.divorced_on}
        number = {"divorce_number": form.certificate_number} if form.certificate_number else {}
        draft.update(person.record_id, values | number)
    event = {
        "subject_id": couple[0].record_id,
        "second_subject_id": couple[1].record_id if couple[1:] else None,
        "household_id": couple[0].household_id,
        "occurred_on": form.divorced_on,
        "partner_name": form.partner_name,
        "partner_nik": form.partner_nik,
        "certificate_number": couple[0].values.get("marriage_number"),
        "certificate_on": couple[0].values.get("married_on"),
        **form.court,
    }
    if form.is_registered and form.court_number is None:
        draft.caution("court-missing", "court_number", "Nomor putusan pengadilan belum diisi.")
    file_event(draft, EventKind.DIVORCE, form, event)
    _part(draft, form, couple, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _with_spouse(desk: DeskPort, ids: Sequence[bytes]) -> tuple[bytes, ...]:
    """Add the husband or wife of a single person, where the relations say who it is."""
    if len(ids) != 1:
        return tuple(ids)
    person = living_person(desk, ids[0])
    family = known_family(desk, person.household_id)
    if family is None or family.head is None:
        return tuple(ids)
    if family.head_id == person.record_id:
        spouses = family.spouses
        return (*ids, spouses[0].record_id) if len(spouses) == 1 else tuple(ids)
    return (family.head.record_id, *ids) if person in family.spouses else tuple(ids)


def _part(draft: EntryDraft, form: DivorceForm, couple: Sequence[Person], event: Mapping[str, object]) -> None:
    leaver = next((one for one in couple if one.record_id == form.leaver_id), None)
    if form.leaver_id is None:
        if len({one.household_id for one in couple}) < len(couple):
            draft.caution("spouse-still-listed", "household_id", "Keduanya masih dalam satu KK; catat yang keluar.")
        return
    if leaver is None:
        raise RefusedError(
            "Yang keluar bukan salah satu dari keduanya",
            code="leaver-not-spouse",
            hint="Pilih suami atau istri yang keluar dari KK.",
        )
    company = [living_person(draft.desk, record_id) for record_id in form.movers]
    succession = Succession(head_id=form.old_head_id, relations=form.old_relations)
    if form.to_household_id is not None:
        target = headed_family(draft.desk, form.to_household_id)
        joined = join_family(draft, target, [leaver, *company], form.relations, succession)
        file_rehousing(draft, EventKind.MOVE_INSIDE, joined, event)
        return
    children = {one.record_id: int(Relation.CHILD) for one in company if one.values.get("relation") == Relation.CHILD}
    formed = form_family(
        draft, leaver.record_id, [leaver, *company], {**children, **form.relations}, form.address, succession
    )
    file_rehousing(draft, EventKind.NEW_HOUSEHOLD, formed, event)


def register_annulled_divorce(desk: DeskPort, form: AnnulledDivorceForm, *, dry_run: bool = False) -> Recorded:
    """Record the annulment of a divorce as one entry: both are married again.

    Raises RefusedError person-not-living, not-divorced.
    """
    draft = EntryDraft(desk)
    check_not_future(form.annulled_on, desk.today(), "annulled_on", "Tanggal pembatalan")
    couple = [living_person(desk, record_id) for record_id in dict.fromkeys(form.person_ids)]
    for person in couple:
        if person.values.get("marital_status") not in _DIVORCED:
            raise RefusedError(
                f"{person.name} tidak tercatat cerai hidup",
                code="not-divorced",
                hint="Periksa orangnya, atau status perkawinannya.",
            )
        check_order(person.values.get("divorced_on"), form.annulled_on, "annulled_on", "Pembatalan sebelum perceraian")
        cleared = {"divorced_on": None, "divorce_number": None}
        draft.update(person.record_id, {"marital_status": int(MaritalStatus.MARRIED_REGISTERED), **cleared})
    first = couple[0]
    event = {
        "subject_id": first.record_id,
        "second_subject_id": couple[1].record_id if couple[1:] else None,
        "household_id": first.household_id,
        "occurred_on": form.annulled_on,
        "certificate_number": form.certificate_number or first.values.get("divorce_number"),
        "certificate_on": first.values.get("divorced_on"),
        **form.court,
    }
    file_event(draft, EventKind.DIVORCE_ANNULMENT, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)
