"""Register adoption, recognition and legitimation of a child (F-2.01, UU 23/2006 art. 47-50).

An adopted child keeps its parents on the certificate and joins the adopters' family, as an event of its own in the same
entry.  A recognised child gains its father by name; a legitimated one both parents' marriage.  Ages are noted, since
the court has looked at them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from schemas.codes import EventKind, Relation, Sex
from schemas.errors import DataError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import CourtReport, file_event
from village_node.registration.form_checks import check_not_future, check_order
from village_node.registration.rehousing import Succession, file_rehousing, join_family
from village_node.registration.subjects import MARRIED, Person, headed_family, living_person

_CHILD_AGE_MAX = 18
_ADOPTER_AGE_MIN = 30
"""PP 54/2007 art. 12 and 13."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentsReport(CourtReport):
    """Father and mother of the event: by record id if they live here, else by name and NIK."""

    father_id: bytes | None = None
    mother_id: bytes | None = None
    father_name: str | None = None
    father_nik: str | None = None
    mother_name: str | None = None
    mother_nik: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptionForm(ParentsReport):
    """A child adopted by the parents named; it joins their family unless ``stays`` is set."""

    adopted_on: dt.date
    child_id: bytes
    certificate_number: str | None = None
    stays: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognitionForm(ParentsReport):
    """A child recognised by its father, with the mother's consent."""

    recognised_on: dt.date
    child_id: bytes
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegitimationForm(ParentsReport):
    """A child whose parents married after its birth; ``certificate_number`` is that of their marriage."""

    legitimated_on: dt.date
    child_id: bytes
    certificate_number: str | None = None


def register_adoption(desk: DeskPort, form: AdoptionForm, *, dry_run: bool = False) -> Recorded:
    """Record an adoption as one entry: the event, and the child's new family here.

    Raises RefusedError person-not-living, household-needs-head; DataError parent-missing, parent-sex, date-order.
    """
    draft, child = _begin(desk, form.child_id, form.adopted_on)
    father, mother = _parents(desk, form, child)
    age = child.age_on(form.adopted_on)
    if age is not None and age >= _CHILD_AGE_MAX:
        draft.caution("child-age", "child_id", f"{child.name} sudah berumur {age} tahun.")
    for parent in filter(None, (father, mother)):
        years = parent.age_on(form.adopted_on)
        if years is not None and years < _ADOPTER_AGE_MIN:
            draft.caution("adopter-age", "father_id", f"{parent.name} baru berumur {years} tahun.")
    number = form.certificate_number or child.values.get("birth_number")
    event = _event(form, child, father, mother, form.adopted_on, number)
    file_event(draft, EventKind.ADOPTION, form, event)
    home = next((one.household_id for one in (father, mother) if one is not None and one.household_id), None)
    if home is not None and not form.stays and home != child.household_id:
        target = headed_family(desk, home)
        parents = {one.record_id for one in (father, mother) if one is not None}
        couple = {target.head_id, *(one.record_id for one in target.spouses)}
        relation = Relation.CHILD if parents & couple else Relation.RELATIVE
        joined = join_family(draft, target, [child], {child.record_id: int(relation)}, Succession())
        file_rehousing(draft, EventKind.MOVE_INSIDE, joined, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_recognition(desk: DeskPort, form: RecognitionForm, *, dry_run: bool = False) -> Recorded:
    """Record a recognition as one entry: the child's father by name, and the event.

    Raises RefusedError person-not-living; DataError parent-missing, parent-sex, date-order.
    """
    draft, child = _begin(desk, form.child_id, form.recognised_on)
    father, mother = _parents(desk, form, child)
    values = _father_values(form, father)
    known = child.values.get("father_name")
    if known is not None and known != values["father_name"]:
        draft.caution("father-known", "father_name", f"Ayah tercatat {known}; periksa akta kelahirannya.")
    draft.update(child.record_id, {name: value for name, value in values.items() if value is not None})
    number = form.certificate_number or child.values.get("birth_number")
    event = _event(form, child, father, mother, form.recognised_on, number)
    file_event(draft, EventKind.RECOGNITION, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_legitimation(desk: DeskPort, form: LegitimationForm, *, dry_run: bool = False) -> Recorded:
    """Record a legitimation as one entry: the child's father by name, and the event.

    Raises RefusedError person-not-living; DataError parent-missing, parent-sex, date-order.
    """
    draft, child = _begin(desk, form.child_id, form.legitimated_on)
    father, mother = _parents(desk, form, child)
    for parent in filter(None, (father, mother)):
        if parent.values.get("marital_status") not in MARRIED:
            draft.caution("parents-unmarried", "father_id", f"Perkawinan {parent.name} belum tercatat.")
    values = _father_values(form, father)
    draft.update(child.record_id, {name: value for name, value in values.items() if value is not None})
    number = form.certificate_number or (father.values.get("marriage_number") if father is not None else None)
    event = _event(form, child, father, mother, form.legitimated_on, number)
    file_event(draft, EventKind.LEGITIMATION, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _begin(desk: DeskPort, child_id: bytes, day: dt.date) -> tuple[EntryDraft, Person]:
    draft = EntryDraft(desk)
    check_not_future(day, desk.today(), "occurred_on", "Tanggal peristiwa")
    child = living_person(desk, child_id)
    check_order(child.birth_on, day, "occurred_on", "Tanggal peristiwa sebelum anak lahir")
    return draft, child


def _parents(desk: DeskPort, form: ParentsReport, child: Person) -> tuple[Person | None, Person | None]:
    father = _parent(desk, form.father_id, Sex.MALE, child)
    mother = _parent(desk, form.mother_id, Sex.FEMALE, child)
    is_named = father or mother or form.father_name or form.mother_name
    if not is_named or (not isinstance(form, AdoptionForm) and not (father or form.father_name)):
        raise DataError(
            "Orang tua belum diisi",
            code="parent-missing",
            hint="Pilih orang tua dari desa ini, atau tulis namanya.",
            field="father_id",
        )
    return father, mother


def _parent(desk: DeskPort, record_id: bytes | None, sex: Sex, child: Person) -> Person | None:
    if record_id is None:
        return None
    person = living_person(desk, record_id)
    if person.values.get("sex") not in {None, int(sex)}:
        raise DataError(
            f"{person.name} tercatat dengan jenis kelamin lain",
            code="parent-sex",
            hint="Pilih orang tua yang benar, atau perbaiki jenis kelaminnya.",
            field="father_id" if sex is Sex.MALE else "mother_id",
        )
    if child.birth_on is not None:
        check_order(person.birth_on, child.birth_on, "child_id", f"Anak lahir lebih awal daripada {person.name}")
    return person


def _father_values(form: ParentsReport, father: Person | None) -> dict[str, Any]:
    if father is None:
        return {"father_name": form.father_name, "father_nik": form.father_nik}
    return {"father_name": father.name, "father_nik": father.values.get("nik")}


def _event(
    form: ParentsReport, child: Person, father: Person | None, mother: Person | None, day: dt.date, number: str | None
) -> dict[str, Any]:
    parent = father or mother
    return {
        "subject_id": child.record_id,
        "second_subject_id": parent.record_id if parent is not None else None,
        "household_id": child.household_id,
        "occurred_on": day,
        **_father_values(form, father),
        "mother_name": mother.name if mother else form.mother_name,
        "mother_nik": mother.values.get("nik") if mother else form.mother_nik,
        "certificate_number": number,
        **form.court,
    }
