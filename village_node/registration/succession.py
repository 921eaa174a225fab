"""Say who may take over a family that lost its head, in order, and what the others then are to them.

The order is that of the family card: the spouse, the children from the eldest, then the others; only who is 17 or has
ever married (Permendagri 108/2019 art. 10(4)).  What a relation becomes is derived where it follows for sure and is
"other relative" elsewhere; the officer is asked to look.  Changes nothing itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from schemas.codes import Relation
from schemas.errors import RefusedError
from village_node.registration.subjects import Family, Person, check_may_head

_ORDER: Mapping[int, int] = {
    relation: place
    for place, relation in enumerate(
        (
            Relation.WIFE,
            Relation.HUSBAND,
            Relation.CHILD,
            Relation.CHILD_IN_LAW,
            Relation.PARENT,
            Relation.PARENT_IN_LAW,
            Relation.GRANDCHILD,
            Relation.RELATIVE,
            Relation.OTHER,
        )
    )
}
_LAST = len(_ORDER)

_AFTER_SPOUSE: Mapping[int, Relation] = {
    Relation.CHILD: Relation.CHILD,
    Relation.CHILD_IN_LAW: Relation.CHILD_IN_LAW,
    Relation.GRANDCHILD: Relation.GRANDCHILD,
    Relation.PARENT: Relation.PARENT_IN_LAW,
    Relation.PARENT_IN_LAW: Relation.PARENT,
}
_AFTER_CHILD: Mapping[int, Relation] = {Relation.WIFE: Relation.PARENT, Relation.HUSBAND: Relation.PARENT}
_AFTER_PARENT: Mapping[int, Relation] = {
    Relation.WIFE: Relation.CHILD_IN_LAW,
    Relation.HUSBAND: Relation.CHILD_IN_LAW,
    Relation.CHILD: Relation.GRANDCHILD,
}
_AFTER: Mapping[int, Mapping[int, Relation]] = {
    Relation.WIFE: _AFTER_SPOUSE,
    Relation.HUSBAND: _AFTER_SPOUSE,
    Relation.CHILD: _AFTER_CHILD,
    Relation.PARENT: _AFTER_PARENT,
}
"""What members become, by what the new head and they were to the former one."""

_UNRELATED = frozenset({Relation.SERVANT, Relation.OTHER})


def head_candidates(family: Family, day: dt.date) -> tuple[Person, ...]:
    """Return the members who may head the family, the first in line first; a head who lives is none of them."""
    allowed = [one for one in family.members if one.record_id != family.head_id and _may_head(one, day)]
    return tuple(sorted(allowed, key=_in_line))


def _in_line(person: Person) -> tuple[int, dt.date, bytes]:
    place = _ORDER.get(person.values.get("relation") or 0, _LAST)
    return (place, person.birth_on or dt.date.max, person.record_id)


def _may_head(person: Person, day: dt.date) -> bool:
    try:
        check_may_head(person, day)
    except RefusedError:
        return False
    return True


def first_in_line(family: Family, day: dt.date) -> Person:
    """Return who takes over; raises RefusedError "head-none" if only minors are left."""
    candidates = head_candidates(family, day)
    if not candidates:
        raise RefusedError(
            "Tidak ada anggota yang boleh menjadi kepala keluarga",
            code="head-none",
            hint="Titipkan anak di KK kerabat (`event move-inside`), atau masukkan seorang dewasa sebagai kepala "
            "(`household head --comes-in`).",
        )
    return candidates[0]


def derived_relations(family: Family, head: Person) -> dict[bytes, int]:
    """Return what each other member is to a new head, from what both were to the former one."""
    table = _AFTER.get(head.values.get("relation") or 0, {})
    return {
        one.record_id: int(_relation(table, head, one)) for one in family.members if one.record_id != head.record_id
    }


def _relation(table: Mapping[int, Relation], head: Person, person: Person) -> int:
    relation = person.values.get("relation")
    if relation is None or relation in _UNRELATED:
        return relation or Relation.OTHER
    if relation == Relation.GRANDCHILD and _is_child_of(person, head):
        return Relation.CHILD
    return table.get(relation, Relation.RELATIVE)


def _is_child_of(person: Person, head: Person) -> bool:
    parents = {person.values.get(name) for name in ("mother_nik", "father_nik", "mother_name", "father_name")} - {None}
    return bool(parents & ({head.values.get("nik"), head.values.get("name")} - {None}))
