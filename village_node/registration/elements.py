"""Register what changes one element of a person by law: name, citizenship, sex, a certificate's entry (F-2.01).

The event keeps what was and what became of it, beside the change itself.  A certificate that a court annuls loses its
number here; what else follows from that is recorded as the event it is.  Bare typing mistakes of the register that no
certificate carries are corrections (``corrections``), not events.

It is longer than most modules because six small events share one way of filing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from schemas.codes import EventKind, MaritalStatus, Relation, code_list
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind, fields_by_name
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import CourtReport, Report, file_event
from village_node.registration.form_checks import check_newborn_name, check_not_future, check_order, required
from village_node.registration.subjects import Person, check_relation, living_person
from village_node.registration.typed_values import parse_field

CERTIFICATE_ELEMENTS = frozenset(
    {
        "name",
        "sex",
        "birth_place",
        "birth_on",
        "mother_name",
        "mother_nik",
        "father_name",
        "father_nik",
        "married_on",
        "divorced_on",
        "died_on",
        "birth_number",
        "marriage_number",
        "divorce_number",
        "death_number",
    }
)
"""Fields that stand on a certificate."""

NUMBER_OF: Mapping[int, str] = {
    EventKind.BIRTH: "birth_number",
    EventKind.MARRIAGE: "marriage_number",
    EventKind.DIVORCE: "divorce_number",
}
"""Where a person's certificate of each kind is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NameChangeForm(CourtReport):
    """A new name by a court's order."""

    changed_on: dt.date
    person_id: bytes
    new_name: str
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenshipForm(Report):
    """A new citizenship by decree; ``citizenship`` is a code."""

    changed_on: dt.date
    person_id: bytes
    citizenship: int
    decree_number: str | None = None
    decree_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SexChangeForm(CourtReport):
    """A change of sex by a court's order, the "other vital event" of F-2.01; the NIK stays (PP 40/2019 art. 30)."""

    changed_on: dt.date
    person_id: bytes
    sex: int
    certificate_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateCorrectionForm(CourtReport):
    """An entry of a certificate that was wrong; ``element`` names the person's field, ``new_value`` is typed text."""

    corrected_on: dt.date
    person_id: bytes
    element: str
    new_value: str
    certificate_number: str | None = None
    certificate_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAnnulmentForm(CourtReport):
    """A certificate that a court annulled; ``certificate_kind`` is the event kind that it certified."""

    annulled_on: dt.date
    person_id: bytes
    certificate_kind: int
    certificate_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FromAbroadForm(Report):
    """A birth, marriage or divorce that was registered abroad and is reported at home (UU 23/2006 art. 29-41)."""

    reported_on: dt.date
    person_id: bytes
    certified_kind: int
    country: str
    certificate_number: str
    certificate_on: dt.date
    partner_name: str | None = None


def register_name_change(desk: DeskPort, form: NameChangeForm, *, dry_run: bool = False) -> Recorded:
    """Record a change of name as one entry (Permendagri 73/2022 holds for the new name).

    Raises RefusedError person-not-living, element-same; DataError for the name.
    """
    draft, person = _begin(desk, form.person_id, form.changed_on)
    name = check_newborn_name(draft, form.new_name)
    _file(draft, EventKind.NAME_CHANGE, form, person, {"name": name}, form.changed_on, certificate=_birth(form, person))
    with desk.book() as book:
        children = [one for one in book.members(person.household_id or b"") if one != person.record_id]
    if any(_is_parent(desk.values(child), person) for child in children):
        draft.caution("parent-name", "name", "Nama orang tua pada data anak perlu diperbaiki juga.")
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _is_parent(child: Mapping[str, Any], person: Person) -> bool:
    return person.values.get("name") in {child.get("mother_name"), child.get("father_name")} - {None}


def register_citizenship(desk: DeskPort, form: CitizenshipForm, *, dry_run: bool = False) -> Recorded:
    """Record a change of citizenship as one entry.

    Raises RefusedError person-not-living, element-same; DataError for values.
    """
    draft, person = _begin(desk, form.person_id, form.changed_on)
    decree = {"decree_number": form.decree_number, "decree_on": form.decree_on}
    if form.decree_number:
        draft.update(person.record_id, {"citizenship_decree": form.decree_number})
    else:
        draft.caution("decree-missing", "decree_number", "Nomor keputusan belum diisi.")
    wanted = {"citizenship": form.citizenship}
    _file(draft, EventKind.CITIZENSHIP, form, person, wanted, form.changed_on, more=decree)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_sex_change(desk: DeskPort, form: SexChangeForm, *, dry_run: bool = False) -> Recorded:
    """Record a change of sex as one entry; a husband or wife on the card becomes "other" until it is looked at.

    Raises RefusedError person-not-living, element-same.
    """
    draft, person = _begin(desk, form.person_id, form.changed_on)
    _file(draft, EventKind.OTHER, form, person, {"sex": form.sex}, form.changed_on, certificate=_birth(form, person))
    _keep_relation(draft, person, form.sex)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _keep_relation(draft: EntryDraft, person: Person, sex: int) -> None:
    try:
        check_relation(person.values.get("relation"), sex)
    except DataError:
        draft.update(person.record_id, {"relation": int(Relation.OTHER)})
        draft.caution("relations-check", "relation", f"Periksa hubungan keluarga {person.name}.")


def register_certificate_correction(
    desk: DeskPort, form: CertificateCorrectionForm, *, dry_run: bool = False
) -> Recorded:
    """Record the correction of a certificate's entry as one entry.

    Raises RefusedError person-not-living, element-same; DataError element-unknown and for the value.
    """
    draft, person = _begin(desk, form.person_id, form.corrected_on)
    if form.element not in CERTIFICATE_ELEMENTS:
        raise DataError(
            f"Elemen {form.element!r} tidak ada pada akta",
            code="element-unknown",
            hint=f"Pilih: {', '.join(sorted(CERTIFICATE_ELEMENTS))}.",
            field="element",
            value=form.element,
        )
    value = parse_field(Kind.RESIDENT, form.element, required(form.new_value, "new_value", "Isi yang benar"))
    if isinstance(value, dt.date):
        check_not_future(value, desk.today(), "new_value", fields_by_name(Kind.RESIDENT)[form.element].label_id)
    more = {"certificate_on": form.certificate_on}
    wanted, number = {form.element: value}, form.certificate_number
    _file(
        draft, EventKind.CERTIFICATE_CORRECTION, form, person, wanted, form.corrected_on, certificate=number, more=more
    )
    if form.element == "sex":
        _keep_relation(draft, person, value)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_certificate_annulment(
    desk: DeskPort, form: CertificateAnnulmentForm, *, dry_run: bool = False
) -> Recorded:
    """Record the annulment of a certificate as one entry: its number goes, the event keeps it.

    Raises RefusedError person-not-living, element-same if there is no such certificate; DataError "element-unknown".
    """
    draft, person = _begin(desk, form.person_id, form.annulled_on)
    name = _number_field(form.certificate_kind, "certificate_kind")
    number = person.values.get(name)
    more = {"certificate_on": form.certificate_on}
    _file(
        draft,
        EventKind.CERTIFICATE_ANNULMENT,
        form,
        person,
        {name: None},
        form.annulled_on,
        certificate=number,
        more=more,
    )
    draft.caution("annulment-follows", name, "Catat juga peristiwa yang mengikutinya, misalnya pembatalan perkawinan.")
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_from_abroad(desk: DeskPort, form: FromAbroadForm, *, dry_run: bool = False) -> Recorded:
    """Record what was registered abroad as one entry: the certificate, and the status that follows from it.

    Raises RefusedError person-not-living, element-same; DataError "element-unknown".
    """
    draft, person = _begin(desk, form.person_id, form.reported_on)
    name = _number_field(form.certified_kind, "certified_kind")
    check_not_future(form.certificate_on, desk.today(), "certificate_on", "Tanggal akta")
    check_order(person.birth_on, form.certificate_on, "certificate_on", "Tanggal akta sebelum tanggal lahir")
    status: dict[str, Any] = {}
    if form.certified_kind == EventKind.MARRIAGE:
        status = {"marital_status": int(MaritalStatus.MARRIED_REGISTERED), "married_on": form.certificate_on}
    elif form.certified_kind == EventKind.DIVORCE:
        status = {"marital_status": int(MaritalStatus.DIVORCED_REGISTERED), "divorced_on": form.certificate_on}
    draft.update(person.record_id, status)
    more = {
        "country": required(form.country, "country", "Negara"),
        "certificate_on": form.certificate_on,
        "partner_name": form.partner_name,
    }
    number = required(form.certificate_number, "certificate_number", "Nomor akta")
    _file(draft, EventKind.FROM_ABROAD, form, person, {name: number}, form.reported_on, certificate=number, more=more)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _begin(desk: DeskPort, person_id: bytes, day: dt.date) -> tuple[EntryDraft, Person]:
    draft = EntryDraft(desk)
    check_not_future(day, desk.today(), "occurred_on", "Tanggal peristiwa")
    person = living_person(desk, person_id)
    check_order(person.birth_on, day, "occurred_on", "Tanggal peristiwa sebelum tanggal lahir")
    return draft, person


def _birth(form: NameChangeForm | SexChangeForm, person: Person) -> str | None:
    return form.certificate_number or person.values.get("birth_number")


def _number_field(kind: int, name: str) -> str:
    found = NUMBER_OF.get(kind)
    if found is None:
        raise DataError(
            "Akta jenis ini tidak dicatat pada orangnya",
            code="element-unknown",
            hint=f"Pilih: {', '.join(code_list('event_kind').label(one) for one in NUMBER_OF)}.",
            field=name,
            value=kind,
        )
    return found


def _file(
    draft: EntryDraft,
    kind: EventKind,
    form: Report,
    person: Person,
    wanted: Mapping[str, Any],
    day: dt.date,
    *,
    certificate: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Draft the change of one element and its event; raises RefusedError "element-same"."""
    ((element, value),) = wanted.items()
    before = person.values.get(element)
    if before == value:
        raise RefusedError(
            "Tidak ada yang berubah pada elemen ini", code="element-same", hint="Periksa orang dan isian yang baru."
        )
    draft.update(person.record_id, wanted)
    event = {
        "subject_id": person.record_id,
        "household_id": person.household_id,
        "occurred_on": day,
        "element": element,
        "old_value": _text(element, before),
        "new_value": _text(element, value),
        "certificate_number": certificate,
        **(form.court if isinstance(form, CourtReport) else {}),
        **(more or {}),
    }
    file_event(draft, kind, form, event)


def _text(element: str, value: Any) -> str | None:
    """Return a value in words, as a certificate prints it."""
    field = fields_by_name(Kind.RESIDENT)[element]
    if value is None:
        return None
    if field.type == "code" and isinstance(value, int):
        return code_list(field.code_list).label(value)
    return f"{value:%d-%m-%Y}" if isinstance(value, dt.date) else str(value)
