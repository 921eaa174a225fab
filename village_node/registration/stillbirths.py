"""Register a foetal death (F-2.01): an event of the mother; nobody is added to the register.

It is a foetal death from 28 weeks and gives a letter, no certificate; an earlier one is noted and
recorded all the same.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from schemas.codes import EventKind, Sex
from schemas.errors import DataError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future, check_order
from village_node.registration.subjects import Person, living_person

WEEKS_MIN = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class StillbirthForm(Report):
    """A foetal death as declared, of a mother of this village; coded fields are those of the event."""

    occurred_on: dt.date
    mother_id: bytes
    father_id: bytes | None = None
    father_name: str | None = None
    father_nik: str | None = None
    sex: int | None = None
    gestation_weeks: int | None = None
    place: str | None = None
    birth_place_kind: int | None = None
    birth_kind: int | None = None
    birth_order: int | None = None
    birth_attendant: int | None = None
    foetal_cause: str | None = None
    foetal_certifier: int | None = None


def register_stillbirth(desk: DeskPort, form: StillbirthForm, *, dry_run: bool = False) -> Recorded:
    """Record a foetal death as one entry.

    Raises RefusedError person-not-living; DataError parent-sex, date-order and for codes.
    """
    draft = EntryDraft(desk)
    check_not_future(form.occurred_on, desk.today(), "occurred_on", "Tanggal lahir mati")
    mother = _parent(desk, form.mother_id, Sex.FEMALE)
    father = _parent(desk, form.father_id, Sex.MALE) if form.father_id is not None else None
    check_order(mother.birth_on, form.occurred_on, "occurred_on", f"Tanggal lebih awal daripada {mother.name}")
    if form.gestation_weeks is not None and form.gestation_weeks < WEEKS_MIN:
        draft.caution(
            "gestation-short", "gestation_weeks", f"Surat lahir mati untuk kandungan {WEEKS_MIN} minggu ke atas."
        )
    event = {
        "subject_id": mother.record_id,
        "second_subject_id": father.record_id if father is not None else None,
        "household_id": mother.household_id,
        "occurred_on": form.occurred_on,
        "place": form.place,
        "mother_name": mother.name,
        "mother_nik": mother.values.get("nik"),
        "father_name": father.name if father is not None else form.father_name,
        "father_nik": father.values.get("nik") if father is not None else form.father_nik,
        "sex": form.sex,
        "gestation_weeks": form.gestation_weeks,
        "birth_place_kind": form.birth_place_kind,
        "birth_kind": form.birth_kind,
        "birth_order": form.birth_order,
        "birth_attendant": form.birth_attendant,
        "foetal_cause": form.foetal_cause,
        "foetal_certifier": form.foetal_certifier,
    }
    file_event(draft, EventKind.FOETAL_DEATH, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _parent(desk: DeskPort, record_id: bytes, sex: Sex) -> Person:
    person = living_person(desk, record_id)
    if person.values.get("sex") not in {None, int(sex)}:
        raise DataError(
            f"{person.name} tercatat dengan jenis kelamin lain",
            code="parent-sex",
            hint="Pilih orang tua yang benar, atau perbaiki jenis kelaminnya.",
            field="mother_id" if sex is Sex.FEMALE else "father_id",
        )
    return person
