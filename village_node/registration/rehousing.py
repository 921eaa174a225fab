"""Put people of the village into another family of it, or into a new one, as part of an event.

Decides the families' side of marriage, divorce, split and join: who is what to whose head, who takes over a family that
its head leaves.  Nobody can be in two families, since belonging is one field of the person; a new family has no number
until Dukcapil issues one.  The event that causes it is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.codes import EventKind, Relation
from schemas.errors import RefusedError
from schemas.fields import Kind
from village_node.registration.draft import EntryDraft
from village_node.registration.filing import Report, file_event
from village_node.registration.relations import check_may_join, pass_on_headship, relations_in_new_family
from village_node.registration.subjects import Family, Person, known_family


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressForm:
    """Where a new family lives; None takes over what the former family had."""

    address: str | None = None
    hamlet: str | None = None
    rw: str | None = None
    rt: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succession:
    """Who takes over a family that its head leaves, and what the others are to the new head."""

    head_id: bytes | None = None
    relations: Mapping[bytes, int] = field(default_factory=dict)


def household_values(address: AddressForm, former: Mapping[str, Any]) -> dict[str, Any]:
    """Return the address fields of a new family, each as typed or as the former family had it."""
    stated = {
        "address": address.address,
        "hamlet": address.hamlet.upper() if address.hamlet else None,
        "rw": address.rw.zfill(3) if address.rw else None,
        "rt": address.rt.zfill(3) if address.rt else None,
        "postal_code": address.postal_code,
    }
    # Typed in part, an address of another hamlet must not keep the RT of the old one.
    moved = any(value is not None for value in stated.values())
    kept = {} if moved else {name: former.get(name) for name in stated}
    return {
        **{name: value if value is not None else kept.get(name) for name, value in stated.items()},
        "origin_family_number": former.get("family_number"),
    }


def create_family(
    draft: EntryDraft,
    head_id: bytes,
    members: Sequence[Person],
    relations: Mapping[bytes, int],
    address: AddressForm,
    former_id: bytes | None,
) -> bytes:
    """Draft a new household with these members; it starts without a number.

    Raises RefusedError head-not-member, head-too-young; DataError relation-head, relation-sex.
    """
    found = relations_in_new_family(members, head_id, relations, draft)
    former = draft.desk.values(former_id) if former_id is not None else {}
    household_id = draft.create(Kind.HOUSEHOLD, {"head_id": head_id, **household_values(address, former)})
    for person in members:
        draft.update(person.record_id, {"household_id": household_id, "relation": found[person.record_id]})
    return household_id


def form_family(
    draft: EntryDraft,
    head_id: bytes,
    members: Sequence[Person],
    relations: Mapping[bytes, int],
    address: AddressForm,
    succession: Succession | None = None,
) -> dict[str, Any]:
    """Draft a new family of people of one or several families; return its event's values.

    Raises as ``create_family``, and as ``pass_on_headship`` for the families that they leave.
    """
    succession = succession or Succession()
    head_home = next((one.household_id for one in members if one.record_id == head_id), None)
    household_id = create_family(draft, head_id, members, relations, address, head_home)
    homes = dict.fromkeys(person.household_id for person in members if person.household_id is not None)
    heirs = _member_of(draft, homes, succession.head_id)
    for family in filter(None, (known_family(draft.desk, home) for home in homes)):
        heir = succession.head_id if heirs == family.record_id else None
        pass_on_headship(draft, family, members, heir, succession.relations)
    return {
        "subject_id": head_id,
        "movers": [person.record_id for person in members],
        "household_id": household_id,
        "other_household_id": head_home,
    }


def _member_of(draft: EntryDraft, homes: Mapping[bytes, None], person_id: bytes | None) -> bytes | None:
    """Return the family that somebody takes over; raises RefusedError "head-not-member" if it is none of these."""
    if person_id is None:
        return None
    home: bytes | None = draft.desk.values(person_id).get("household_id")
    if home not in homes:
        raise RefusedError(
            "Kepala keluarga pengganti bukan anggota keluarga yang ditinggalkan",
            code="head-not-member",
            hint="Pilih salah satu anggota keluarga itu.",
        )
    return home


def join_family(
    draft: EntryDraft,
    target: Family,
    movers: Sequence[Person],
    relations: Mapping[bytes, int],
    succession: Succession | None = None,
) -> dict[str, Any]:
    """Draft people of one family joining another one here; return the event's values.

    Raises RefusedError already-member, DataError relation-head, relation-sex; as ``pass_on_headship``.
    """
    succession = succession or Succession()
    old = known_family(draft.desk, movers[0].household_id)
    if old is not None and old.record_id == target.record_id:
        raise RefusedError(
            f"{movers[0].name} sudah anggota keluarga ini", code="already-member", hint="Pilih keluarga yang lain."
        )
    for person in movers:
        relation = relations.get(person.record_id, int(Relation.OTHER))
        check_may_join(person, relation, target)
        draft.update(person.record_id, {"household_id": target.record_id, "relation": relation})
    if old is not None:
        pass_on_headship(draft, old, movers, succession.head_id, succession.relations)
    return {
        "subject_id": movers[0].record_id,
        "movers": [person.record_id for person in movers],
        "household_id": target.record_id,
        "other_household_id": old.record_id if old is not None else None,
    }


def file_rehousing(draft: EntryDraft, kind: EventKind, values: Mapping[str, Any], cause: Mapping[str, Any]) -> bytes:
    """Declare the change of house that another event brings along, on the same day; return its id."""
    return file_event(draft, kind, Report(), {**values, "occurred_on": cause.get("occurred_on")})
