"""Register a new family, a split and a change of head (F-1.02).

The old family keeps its number; a new one has none until Dukcapil issues it, and we never make one up.  A head is 17 or
has ever married.  Nobody can be in two families, since belonging is one field of the person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.codes import EventKind
from schemas.errors import RefusedError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future
from village_node.registration.rehousing import AddressForm, create_family, form_family
from village_node.registration.relations import pass_on_headship, set_head
from village_node.registration.subjects import Family, Person, family_of, living_person


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFamilyForm(Report):
    """People of this village who form a family of their own, from one or several families (a marriage)."""

    members: tuple[bytes, ...]
    head_id: bytes
    formed_on: dt.date
    relations: Mapping[bytes, int] = field(default_factory=dict)
    address: AddressForm = field(default_factory=AddressForm)


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitForm(Report):
    """Members who leave a family for a new one; ``old_head_id`` takes over the old one if its head leaves."""

    household_id: bytes
    members: tuple[bytes, ...]
    head_id: bytes
    split_on: dt.date
    relations: Mapping[bytes, int] = field(default_factory=dict)
    address: AddressForm = field(default_factory=AddressForm)
    old_head_id: bytes | None = None
    old_relations: Mapping[bytes, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOfHeadForm(Report):
    """A member who becomes head; ``relations`` are codes of relation_to_head by person, towards the new head."""

    household_id: bytes
    head_id: bytes
    changed_on: dt.date
    relations: Mapping[bytes, int] = field(default_factory=dict)


def register_new_family(desk: DeskPort, form: NewFamilyForm, *, dry_run: bool = False) -> Recorded:
    """Record a new family as one entry.

    Raises RefusedError person-not-living, head-not-member, head-too-young.
    """
    draft = EntryDraft(desk)
    check_not_future(form.formed_on, desk.today(), "formed_on", "Tanggal")
    members = [living_person(desk, record_id) for record_id in dict.fromkeys(form.members)]
    formed = form_family(draft, form.head_id, members, form.relations, form.address)
    file_event(draft, EventKind.NEW_HOUSEHOLD, form, {**formed, "occurred_on": form.formed_on})
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_split(desk: DeskPort, form: SplitForm, *, dry_run: bool = False) -> Recorded:
    """Record a split as one entry: the new family, its people, and the old family's new head.

    Raises RefusedError person-not-living, not-in-household, split-empties, head-not-member, head-too-young.
    """
    draft = EntryDraft(desk)
    check_not_future(form.split_on, desk.today(), "split_on", "Tanggal pisah KK")
    old = family_of(desk, form.household_id)
    members = [living_person(desk, record_id) for record_id in dict.fromkeys(form.members)]
    _check_in_family(old, members)
    if not old.without(members):
        raise RefusedError(
            "Semua anggota dipilih, jadi keluarga tidak terpisah",
            code="split-empties",
            hint="Bila semua ikut, catat ganti kepala keluarga atau pindah dalam desa.",
        )
    household_id = create_family(draft, form.head_id, members, form.relations, form.address, old.record_id)
    pass_on_headship(draft, old, members, form.old_head_id, form.old_relations)
    file_event(
        draft,
        EventKind.SPLIT,
        form,
        {
            "subject_id": form.head_id,
            "second_subject_id": form.old_head_id,
            "movers": [person.record_id for person in members],
            "household_id": old.record_id,
            "other_household_id": household_id,
            "occurred_on": form.split_on,
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def register_change_of_head(desk: DeskPort, form: ChangeOfHeadForm, *, dry_run: bool = False) -> Recorded:
    """Record a change of head as one entry.

    Raises RefusedError head-not-member, head-too-young, head-same; DataError relation-missing.
    """
    draft = EntryDraft(desk)
    check_not_future(form.changed_on, desk.today(), "changed_on", "Tanggal")
    family = family_of(desk, form.household_id)
    set_head(draft, family, family.members, form.head_id, form.relations)
    if family.values.get("family_number") is not None:
        draft.caution("family-number-new", "family_number", "Dukcapil menerbitkan No. KK baru untuk kepala baru.")
    file_event(
        draft,
        EventKind.CHANGE_OF_HEAD,
        form,
        {
            "subject_id": form.head_id,
            "second_subject_id": family.head_id,
            "household_id": family.record_id,
            "occurred_on": form.changed_on,
        },
    )
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _check_in_family(family: Family, people: Sequence[Person]) -> None:
    ids = {member.record_id for member in family.members}
    for person in people:
        if person.record_id not in ids:
            raise RefusedError(
                f"{person.name} bukan anggota keluarga ini",
                code="not-in-household",
                hint="Pilih anggota dari keluarga yang dipisah.",
            )
