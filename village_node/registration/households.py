"""Register a new family, a split and a change of head (F-1.02).

The old family keeps its number; a new one has none until Dukcapil issues it, and we never make one up.  A head is 17 or
has ever married.  Nobody can be in two families, since belonging is one field of the person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.codes import EventKind, Relation
from schemas.errors import DataError, RefusedError
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.filing import Report, file_event
from village_node.registration.form_checks import check_not_future
from village_node.registration.rehousing import AddressForm, create_family, file_rehousing, form_family
from village_node.registration.relations import check_may_join, pass_on_headship, set_head
from village_node.registration.subjects import Family, Person, check_may_head, family_of, known_family, living_person
from village_node.registration.succession import derived_relations, first_in_line


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
    """A member who becomes head; None is the first in line.  ``relations`` are codes towards the new head.

    ``comes_in``: the new head is an adult of another family here, who joins a family that has no head left.
    """

    household_id: bytes
    changed_on: dt.date
    head_id: bytes | None = None
    relations: Mapping[bytes, int] = field(default_factory=dict)
    comes_in: bool = False
    old_head_id: bytes | None = None
    old_relations: Mapping[bytes, int] = field(default_factory=dict)


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
    """Record a change of head as one entry; relations that are not told follow from the former head's, if it is gone.

    Raises RefusedError head-not-member, head-too-young, head-same, head-none if only minors are left, family-headed;
    DataError relation-missing, value-missing.
    """
    draft = EntryDraft(desk)
    check_not_future(form.changed_on, desk.today(), "changed_on", "Tanggal")
    family = family_of(desk, form.household_id)
    moved: dict[str, Any] = {}
    if form.comes_in and form.head_id is None:
        raise DataError("Kepala keluarga belum diisi", code="value-missing", hint="Pilih orangnya.", field="head_id")
    if form.comes_in and form.head_id is not None:
        moved = _bring_head(draft, family, form.head_id, form)
        head_id = form.head_id
    else:
        head_id = _new_head(draft, family, form)
    if family.values.get("family_number") is not None:
        draft.caution("family-number-new", "family_number", "Dukcapil menerbitkan No. KK baru untuk kepala baru.")
    event = {
        "subject_id": head_id,
        "second_subject_id": family.head_id,
        "household_id": family.record_id,
        "occurred_on": form.changed_on,
    }
    file_event(draft, EventKind.CHANGE_OF_HEAD, form, event)
    if moved:
        file_rehousing(draft, EventKind.MOVE_INSIDE, moved, event)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _new_head(draft: EntryDraft, family: Family, form: ChangeOfHeadForm) -> bytes:
    head_id = form.head_id or first_in_line(family, draft.desk.today()).record_id
    relations = dict(form.relations)
    head = next((one for one in family.members if one.record_id == head_id), None)
    if head is not None and family.needs_head:
        derived = derived_relations(family, head)
        open_names = [one.name for one in family.members if one.record_id in derived.keys() - relations.keys()]
        relations = derived | relations
        if open_names:
            draft.caution("relations-check", "relation", f"Periksa hubungan keluarga: {', '.join(open_names)}.")
    set_head(draft, family, family.members, head_id, relations)
    return head_id


def _bring_head(draft: EntryDraft, family: Family, head_id: bytes, form: ChangeOfHeadForm) -> dict[str, Any]:
    """Draft an adult of another family coming in as head, such as the relative of minors left alone."""
    if not family.needs_head:
        raise RefusedError(
            "Keluarga ini tidak menunggu kepala baru",
            code="family-headed",
            hint="Kepala dari luar hanya untuk keluarga yang kehilangan kepalanya.",
        )
    head = living_person(draft.desk, head_id)
    check_may_head(head, draft.desk.today())
    former = known_family(draft.desk, head.household_id)
    draft.update(family.record_id, {"head_id": head_id})
    draft.update(head_id, {"household_id": family.record_id, "relation": int(Relation.HEAD)})
    for person in family.members:
        relation = form.relations.get(person.record_id, int(Relation.RELATIVE))
        check_may_join(person, relation, family)
        draft.update(person.record_id, {"relation": relation})
    if former is not None and former.record_id != family.record_id:
        pass_on_headship(draft, former, [head], form.old_head_id, form.old_relations)
    return {
        "subject_id": head_id,
        "movers": [head_id],
        "household_id": family.record_id,
        "other_household_id": head.household_id,
    }


def _check_in_family(family: Family, people: Sequence[Person]) -> None:
    ids = {member.record_id for member in family.members}
    for person in people:
        if person.record_id not in ids:
            raise RefusedError(
                f"{person.name} bukan anggota keluarga ini",
                code="not-in-household",
                hint="Pilih anggota dari keluarga yang dipisah.",
            )
