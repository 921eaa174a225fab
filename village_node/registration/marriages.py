"""Register a marriage, its annulment, and where the couple then lives (F-2.01, F-1.05).

The marriage and the change of house are two events of one entry: the district registers the first, the family card
follows from the second.  A woman who heads a family may marry into another one: her old family passes on or is left
empty as a record.  Deliberately not here: divorce (``divorces``) and the arrival of a partner (``arrivals``).

It is a little longer than most modules: a marriage and the couple's home are decided together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from schemas.codes import EventKind, MaritalStatus, Relation, Sex
from schemas.errors import DataError, RefusedError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import CourtReport, file_event
from village_node.registration.form_checks import check_not_future, check_order
from village_node.registration.rehousing import AddressForm, Succession, file_rehousing, form_family, join_family
from village_node.registration.subjects import MARRIED, Family, Person, full_years, headed_family, living_person

_AGE_LAW_CHANGED = dt.date(2019, 10, 15)
"""From this day both are 19 (UU 16/2019); before, a woman was 16 (UU 1/1974 art. 7)."""

_AGE_MIN, _WIFE_AGE_MIN_OF_OLD = 19, 16


class Residence(StrEnum):
    """Where the couple lives after the wedding."""

    STAY = "tetap"
    WITH_HUSBAND = "suami"
    WITH_WIFE = "istri"
    NEW = "baru"


@dataclass(frozen=True, slots=True, kw_only=True)
class MarriageForm(CourtReport):
    """A marriage; who does not live here is named by ``partner_name`` and ``partner_nik``.

    ``movers`` come along to the new home, such as a widow's children; ``succession`` is for a family that its head
    leaves.  ``is_registered`` is False for a marriage stated on F-1.05.
    """

    married_on: dt.date
    husband_id: bytes | None = None
    wife_id: bytes | None = None
    partner_name: str | None = None
    partner_nik: str | None = None
    place: str | None = None
    religion: int | None = None
    officiant: str | None = None
    marriage_order: int | None = None
    certificate_number: str | None = None
    is_registered: bool = True
    residence: str = Residence.STAY
    movers: tuple[bytes, ...] = ()
    relations: Mapping[bytes, int] = field(default_factory=dict)
    address: AddressForm = field(default_factory=AddressForm)
    old_head_id: bytes | None = None
    old_relations: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnulledMarriageForm(CourtReport):
    """A marriage that a court annulled; ``former_status`` is what both were before."""

    annulled_on: dt.date
    person_ids: tuple[bytes, ...]
    former_status: int = int(MaritalStatus.SINGLE)
    certificate_number: str | None = None


def register_marriage(desk: DeskPort, form: MarriageForm, *, dry_run: bool = False) -> Recorded:
    """Record a marriage as one entry: both people, the event, and the change of house if there is one.

    Raises RefusedError person-not-living, marriage-too-young, marriage-relatives, wife-married, partner-not-here,
    household-needs-head; DataError spouse-missing, spouse-sex, residence-unknown, date-order.
    """
    draft = EntryDraft(desk)
    residence = _residence(form.residence)
    check_not_future(form.married_on, desk.today(), "married_on", "Tanggal perkawinan")
    husband = _spouse(desk, form.husband_id, Sex.MALE, "husband_id")
    wife = _spouse(desk, form.wife_id, Sex.FEMALE, "wife_id")
    couple = [one for one in (husband, wife) if one is not None]
    if len(couple) < 2 and not (couple and form.partner_name):
        raise DataError(
            "Pasangan belum diisi",
            code="spouse-missing",
            hint="Pilih suami dan istri; yang bukan penduduk desa ini ditulis namanya.",
            field="partner_name",
        )
    _check_couple(draft, form, husband, wife)
    status = MaritalStatus.MARRIED_REGISTERED if form.is_registered else MaritalStatus.MARRIED_UNREGISTERED
    for person in couple:
        values = {"marital_status": int(status), "married_on": form.married_on}
        number = {"marriage_number": form.certificate_number} if form.certificate_number else {}
        draft.update(person.record_id, values | number)
    event = _event_values(form, couple)
    file_event(draft, EventKind.MARRIAGE, form, event)
    if residence is not Residence.STAY:
        _settle(draft, form, residence, husband, wife, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _event_values(form: MarriageForm, couple: Sequence[Person]) -> dict[str, Any]:
    return {
        "subject_id": couple[0].record_id,
        "second_subject_id": couple[1].record_id if couple[1:] else None,
        "household_id": couple[0].household_id,
        "occurred_on": form.married_on,
        "place": form.place,
        "partner_name": form.partner_name,
        "partner_nik": form.partner_nik,
        "religion": form.religion,
        "officiant": form.officiant,
        "marriage_order": form.marriage_order,
        "certificate_number": form.certificate_number,
        **form.court,
    }


def _residence(text: str) -> Residence:
    try:
        return Residence(text)
    except ValueError:
        raise DataError(
            f"Tempat tinggal {text!r} tidak dikenal",
            code="residence-unknown",
            hint=f"Pilih: {', '.join(Residence)}.",
            field="residence",
            value=text,
        ) from None


def _spouse(desk: DeskPort, record_id: bytes | None, sex: Sex, name: str) -> Person | None:
    if record_id is None:
        return None
    person = living_person(desk, record_id)
    if person.values.get("sex") not in {None, int(sex)}:
        word = "Suami" if sex is Sex.MALE else "Istri"
        raise DataError(
            f"{word} yang dipilih, {person.name}, tercatat dengan jenis kelamin lain",
            code="spouse-sex",
            hint="Pilih orang yang benar, atau perbaiki jenis kelaminnya.",
            field=name,
        )
    return person


def _check_couple(draft: EntryDraft, form: MarriageForm, husband: Person | None, wife: Person | None) -> None:
    for person in filter(None, (husband, wife)):
        check_order(person.birth_on, form.married_on, "married_on", f"Tanggal kawin sebelum {person.name} lahir")
        _check_age(person, form)
    if husband is not None and wife is not None:
        _check_not_related(husband, wife)
    if wife is not None and wife.values.get("marital_status") in MARRIED and not _is_couple(draft, husband, wife):
        raise RefusedError(
            f"{wife.name} masih tercatat kawin",
            code="wife-married",
            hint="Catat dahulu perceraiannya atau kematian suaminya, atau perbaiki status perkawinannya.",
        )
    if husband is not None and husband.values.get("marital_status") in MARRIED and form.court_number is None:
        draft.caution(
            "husband-married", "husband_id", f"{husband.name} sudah tercatat kawin; istri kedua perlu izin pengadilan."
        )


def _check_age(person: Person, form: MarriageForm) -> None:
    """Refuse a minor without a court's leave, which the form names (UU 16/2019 art. 7)."""
    if person.birth_on is None or form.court_number is not None:
        return
    age = full_years(person.birth_on, form.married_on)
    is_old_law = form.married_on < _AGE_LAW_CHANGED and person.values.get("sex") == Sex.FEMALE
    minimum = _WIFE_AGE_MIN_OF_OLD if is_old_law else _AGE_MIN
    if age < minimum:
        raise RefusedError(
            f"{person.name} baru berumur {age} tahun pada hari itu, paling sedikit {minimum}",
            code="marriage-too-young",
            hint="Isi nomor penetapan dispensasi pengadilan bila ada.",
        )


def _check_not_related(husband: Person, wife: Person) -> None:
    """Refuse a marriage of parent and child or of brother and sister, as far as NIKs tell (UU 1/1974 art. 8)."""
    parents = [{one.values.get("mother_nik"), one.values.get("father_nik")} - {None} for one in (husband, wife)]
    own = [one.values.get("nik") for one in (husband, wife)]
    if parents[0] & parents[1] or own[0] in parents[1] or own[1] in parents[0]:
        raise RefusedError(
            f"{husband.name} dan {wife.name} tercatat sekandung atau orang tua dan anak",
            code="marriage-relatives",
            hint="Periksa NIK orang tua keduanya.",
        )


def _is_couple(draft: EntryDraft, husband: Person | None, wife: Person) -> bool:
    """Tell whether the register already shows them as head and spouse of one family: a late record of a marriage."""
    if husband is None or husband.household_id is None or husband.household_id != wife.household_id:
        return False
    head_id = draft.desk.values(husband.household_id).get("head_id")
    other = wife if head_id == husband.record_id else husband
    is_spouse = other.values.get("relation") in {Relation.WIFE, Relation.HUSBAND}
    return head_id in {husband.record_id, wife.record_id} and is_spouse


def _settle(
    draft: EntryDraft,
    form: MarriageForm,
    residence: Residence,
    husband: Person | None,
    wife: Person | None,
    event: Mapping[str, Any],
) -> None:
    """Draft the change of house, as an event of its own."""
    if husband is None or wife is None:
        raise RefusedError(
            "Pasangan belum menjadi penduduk desa ini",
            code="partner-not-here",
            hint="Catat perkawinannya dengan tempat tinggal 'tetap', lalu catat pindah datang pasangannya.",
        )
    company = [living_person(draft.desk, record_id) for record_id in form.movers]
    succession = Succession(head_id=form.old_head_id, relations=form.old_relations)
    if residence is Residence.NEW:
        relations = {wife.record_id: int(Relation.WIFE), **form.relations}
        formed = form_family(draft, husband.record_id, [husband, wife, *company], relations, form.address, succession)
        file_rehousing(draft, EventKind.NEW_HOUSEHOLD, formed, event)
        return
    host, guest = (husband, wife) if residence is Residence.WITH_HUSBAND else (wife, husband)
    target = _home(draft.desk, host)
    relation = _relation_of_guest(target, host, guest)
    if guest.household_id == target.record_id:
        draft.update(guest.record_id, {"relation": relation})
        return
    of_children = _relation_of_company(target, host, company)
    relations = {guest.record_id: relation, **of_children, **form.relations}
    joined = join_family(draft, target, [guest, *company], relations, succession)
    file_rehousing(draft, EventKind.MOVE_INSIDE, joined, event)


def _home(desk: DeskPort, host: Person) -> Family:
    if host.household_id is None:
        raise RefusedError(
            f"{host.name} belum punya keluarga", code="household-unknown", hint="Pilih tempat tinggal 'baru'."
        )
    return headed_family(desk, host.household_id)


def _relation_of_guest(target: Family, host: Person, guest: Person) -> int:
    if target.head_id == host.record_id:
        return int(Relation.WIFE if guest.values.get("sex") == Sex.FEMALE else Relation.HUSBAND)
    if target.head_id == guest.record_id:
        return int(Relation.HEAD)
    is_child = host.values.get("relation") == Relation.CHILD
    return int(Relation.CHILD_IN_LAW if is_child else Relation.RELATIVE)


def _relation_of_company(target: Family, host: Person, company: Sequence[Person]) -> dict[bytes, int]:
    """Children of the one who moves in are the head's children where the other is head, relatives elsewhere."""
    is_head = target.head_id == host.record_id
    return {
        person.record_id: int(
            Relation.CHILD if is_head and person.values.get("relation") == Relation.CHILD else Relation.RELATIVE
        )
        for person in company
    }


def register_annulled_marriage(desk: DeskPort, form: AnnulledMarriageForm, *, dry_run: bool = False) -> Recorded:
    """Record the annulment of a marriage as one entry: both are what they were before.

    Raises RefusedError person-not-living, not-married; DataError spouse-missing.
    """
    draft = EntryDraft(desk)
    check_not_future(form.annulled_on, desk.today(), "annulled_on", "Tanggal pembatalan")
    couple = married_people(desk, form.person_ids)
    for person in couple:
        check_order(person.values.get("married_on"), form.annulled_on, "annulled_on", "Pembatalan sebelum perkawinan")
        cleared = {"married_on": None, "marriage_number": None}
        draft.update(person.record_id, {"marital_status": form.former_status, **cleared})
    number = form.certificate_number or couple[0].values.get("marriage_number")
    event = {
        "subject_id": couple[0].record_id,
        "second_subject_id": couple[1].record_id if couple[1:] else None,
        "household_id": couple[0].household_id,
        "occurred_on": form.annulled_on,
        "certificate_number": number,
        "certificate_on": couple[0].values.get("married_on"),
        **form.court,
    }
    file_event(draft, EventKind.MARRIAGE_ANNULMENT, form, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def married_people(desk: DeskPort, ids: Sequence[bytes]) -> list[Person]:
    """Return one or two living people who are married as far as the register knows.

    Raises RefusedError person-not-living, not-married; DataError "spouse-missing" for nobody or a third.
    """
    people = [living_person(desk, record_id) for record_id in dict.fromkeys(ids)]
    if len(people) not in {1, 2}:
        raise DataError("Pilih suami dan istri", code="spouse-missing", hint="Satu atau dua orang.", field="person_ids")
    for person in people:
        if person.values.get("marital_status") not in {None, *MARRIED}:
            raise RefusedError(
                f"{person.name} tidak tercatat kawin",
                code="not-married",
                hint="Catat perkawinannya dahulu, atau perbaiki status perkawinannya.",
            )
    return people
