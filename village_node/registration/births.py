"""Register a birth: the child, and the event that the district will register (F-2.01, UU 24/2013).

The child joins the mother's family unless another is chosen.  A late report, one word of name or a missing father is
noted and never stops the entry; an unmarried mother, head of her own family, may add a child.  Numbers (NIK, akta) are
issued by the district and are unknown until then.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from schemas.codes import EventKind, LifeStatus, MaritalStatus, Relation, Sex
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import (
    check_newborn_name,
    check_not_future,
    check_order,
)
from village_node.registration.subjects import (
    Family,
    Person,
    check_relation,
    headed_family,
    is_dead,
    not_living,
    person_of,
)

_MOTHER_AGE_USUAL = range(12, 56)
_FATHER_DEAD_DAYS_MAX = 310  # a child may be born after its father's death

_RELATION_OF_CHILD = {
    Relation.HEAD: int(Relation.CHILD),
    Relation.WIFE: int(Relation.CHILD),
    Relation.HUSBAND: int(Relation.CHILD),
    Relation.CHILD: int(Relation.GRANDCHILD),
}
"""What a child is to the head, by what its parent is; anything else is left to the officer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BirthForm(Report):
    """A birth as declared; parents of this village by record id, others by name and NIK."""

    name: str
    sex: int
    birth_on: dt.date
    birth_place: str | None = None
    mother_id: bytes | None = None
    father_id: bytes | None = None
    mother_name: str | None = None
    mother_nik: str | None = None
    father_name: str | None = None
    father_nik: str | None = None
    household_id: bytes | None = None
    relation: int | None = None
    religion: int | None = None
    citizenship: int | None = None
    birth_place_kind: int | None = None
    birth_kind: int | None = None
    birth_order: int | None = None
    birth_attendant: int | None = None
    weight_g: int | None = None
    length_cm: int | None = None


def register_birth(desk: DeskPort, form: BirthForm, *, dry_run: bool = False) -> Recorded:
    """Record a birth as one entry: child and event.

    Raises DataError for a wrong value of the form, RefusedError (person-not-living, household-needs-head,
    household-missing) for a rule.
    """
    draft = EntryDraft(desk)
    name = check_newborn_name(draft, form.name)
    check_not_future(form.birth_on, desk.today(), "birth_on", "Tanggal lahir")
    mother = _parent(desk, form.mother_id, Sex.FEMALE, "mother_id", form.birth_on)
    father = _parent(desk, form.father_id, Sex.MALE, "father_id", form.birth_on)
    family = _family(desk, form, mother, father)
    _caution_mother_age(draft, mother, form.birth_on)
    _caution_twin_entry(draft, family, name, form.birth_on)
    child = _child_values(form, name, mother, father, family)
    check_relation(child["relation"], form.sex)
    child_id = draft.create(Kind.RESIDENT, child)
    file_event(
        draft,
        EventKind.BIRTH,
        form,
        {
            "subject_id": child_id,
            "second_subject_id": mother.record_id if mother else None,
            "household_id": family.record_id,
            "occurred_on": form.birth_on,
            "place": form.birth_place,
            "birth_place_kind": form.birth_place_kind,
            "birth_kind": form.birth_kind,
            "birth_order": form.birth_order,
            "birth_attendant": form.birth_attendant,
            "weight_g": form.weight_g,
            "length_cm": form.length_cm,
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _child_values(
    form: BirthForm, name: str, mother: Person | None, father: Person | None, family: Family
) -> dict[str, Any]:
    return {
        "name": name,
        "sex": form.sex,
        "birth_place": form.birth_place,
        "birth_on": form.birth_on,
        "household_id": family.record_id,
        "relation": form.relation if form.relation is not None else _relation(family, mother, father),
        "religion": form.religion or _inherited("religion", mother, father),
        "citizenship": form.citizenship or _inherited("citizenship", mother, father),
        "marital_status": int(MaritalStatus.SINGLE),
        "life_status": int(LifeStatus.ALIVE),
        "mother_name": mother.name if mother else form.mother_name,
        "mother_nik": mother.values.get("nik") if mother else form.mother_nik,
        "father_name": father.name if father else form.father_name,
        "father_nik": father.values.get("nik") if father else form.father_nik,
    }


def _parent(desk: DeskPort, record_id: bytes | None, sex: Sex, name: str, birth_on: dt.date) -> Person | None:
    """Return a parent of this village, who lived at the birth: a mother on that day, a father some months before."""
    if record_id is None:
        return None
    person = person_of(desk, record_id)
    stated = person.values.get("sex")
    if stated is not None and stated != sex:
        word = "Ibu" if sex is Sex.FEMALE else "Ayah"
        raise DataError(
            f"{word} yang dipilih, {person.name}, tercatat dengan jenis kelamin lain",
            code="parent-sex",
            hint="Pilih orang tua yang benar, atau perbaiki jenis kelaminnya.",
            field=name,
        )
    check_order(person.birth_on, birth_on, "birth_on", f"Tanggal lahir anak lebih awal daripada {person.name}")
    if not person.is_living:
        died = person.values.get("died_on")
        days = _FATHER_DEAD_DAYS_MAX if sex is Sex.MALE else 0
        lived = is_dead(person) and isinstance(died, dt.date) and died + dt.timedelta(days=days) >= birth_on
        if not lived:
            raise not_living(person)
    return person


def _family(desk: DeskPort, form: BirthForm, mother: Person | None, father: Person | None) -> Family:
    homes = [parent.household_id for parent in (mother, father) if parent is not None and parent.household_id]
    chosen = form.household_id or next(iter(homes), None)
    if chosen is None:
        raise RefusedError(
            "Keluarga bayi belum dipilih",
            code="household-missing",
            hint="Pilih ibu dari desa ini, atau pilih keluarga tempat bayi dicatat.",
        )
    return headed_family(desk, chosen)


def _relation(family: Family, mother: Person | None, father: Person | None) -> int:
    for parent in (mother, father):
        if parent is None or parent.household_id != family.record_id:
            continue
        if parent.record_id == family.head_id:
            return int(Relation.CHILD)
        relation = parent.values.get("relation")
        if relation in _RELATION_OF_CHILD:
            return _RELATION_OF_CHILD[relation]
    return int(Relation.OTHER)


def _inherited(name: str, *parents: Person | None) -> Any:
    return next((value for parent in parents if parent and (value := parent.values.get(name)) is not None), None)


def _caution_mother_age(draft: EntryDraft, mother: Person | None, birth_on: dt.date) -> None:
    age = mother.age_on(birth_on) if mother else None
    if mother is not None and age is not None and age not in _MOTHER_AGE_USUAL:
        draft.caution("mother-age", "mother_id", f"{mother.name} berumur {age} tahun pada kelahiran ini.")


def _caution_twin_entry(draft: EntryDraft, family: Family, name: str, birth_on: dt.date) -> None:
    if any(one.name.casefold() == name.casefold() and one.birth_on == birth_on for one in family.members):
        draft.caution("person-similar", "name", f"{name} dengan tanggal lahir itu sudah ada dalam keluarga ini.")
