"""Keep a family's head and relations in order when its people change.

Decides who may become head, what becomes of the former one, and which relations an officer should look at afterwards.
One head per family is structural (``household.head_id``); a relation that says "head" of anybody else is never written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from register.store import is_living
from schemas.codes import Relation, Sex
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from village_node.registration.draft import EntryDraft
from village_node.registration.subjects import Family, Person, check_may_head, check_relation

_SPOUSE = {int(Sex.MALE): int(Relation.HUSBAND), int(Sex.FEMALE): int(Relation.WIFE)}


def check_homes(draft: EntryDraft) -> None:
    """Refuse to bring somebody back into a family that is no longer in force; raises RefusedError "household-void"."""
    for record_id in draft.touched():
        record = draft.desk.shown(record_id)
        after = draft.after(record_id)
        home = after.get("household_id")
        if record is None or record.kind != Kind.RESIDENT or home is None or not is_living(after, record.level):
            continue
        if draft.after(home).get("void") is not None:
            raise RefusedError(
                f"Keluarga {after.get('name', 'orang ini')} sudah dibatalkan",
                code="household-void",
                hint="Pulihkan keluarganya lebih dahulu, atau catat orangnya dalam keluarga lain.",
            )


def check_may_join(person: Person, relation: int, family: Family) -> None:
    """Refuse a second head and a relation against sex; raises DataError relation-head or relation-sex."""
    if relation == Relation.HEAD and person.record_id != family.head_id:
        raise DataError(
            "Keluarga hanya punya satu kepala",
            code="relation-head",
            hint="Pilih hubungan lain, atau catat ganti kepala keluarga.",
            field="relation",
            value=relation,
        )
    check_relation(relation, person.values.get("sex"))


def pass_on_headship(
    draft: EntryDraft,
    family: Family,
    leaving: Sequence[Person],
    new_head_id: bytes | None,
    relations: Mapping[bytes, int],
) -> None:
    """Give a family that loses people a new head if it is told one; note that it needs one if it is not.

    A head who lives in another family from now on is no longer head of this one; the event keeps who was.

    Raises RefusedError "head-not-member" and "head-too-young".
    """
    stayers = family.without(leaving)
    if new_head_id is not None:
        set_head(draft, family, stayers, new_head_id, relations)
        return
    for person in leaving:
        release_headship(draft, person)
    if stayers and family.head_id not in {person.record_id for person in stayers}:
        draft.caution("household-needs-head", "household_id", "Keluarga yang tinggal perlu kepala keluarga baru.")


def release_headship(draft: EntryDraft, person: Person) -> None:
    """Take a family away from a head who comes into another one: nobody heads two."""
    home = person.household_id
    if home is not None and draft.desk.values(home).get("head_id") == person.record_id:
        draft.update(home, {"head_id": None})


def set_head(
    draft: EntryDraft, family: Family, members: Sequence[Person], head_id: bytes, relations: Mapping[bytes, int]
) -> None:
    """Make one of the members head of a family that exists, and set the relations of the others.

    Raises RefusedError "head-not-member", "head-too-young", "head-same"; DataError "relation-missing" if it cannot be
    said what the former head now is.
    """
    head = _member(members, head_id)
    check_may_head(head, draft.desk.today())
    if family.head_id == head_id and family.head in members:
        raise RefusedError(f"{head.name} sudah kepala keluarga", code="head-same", hint="Pilih anggota yang lain.")
    draft.update(family.record_id, {"head_id": head_id})
    draft.update(head_id, {"relation": int(Relation.HEAD)})
    unchanged = []
    for person in members:
        if person.record_id == head_id:
            continue
        relation = relations.get(person.record_id)
        if relation is None and person.record_id == family.head_id:
            relation = _former_head(person, head)
        if relation is None and person.values.get("relation") == Relation.HEAD:
            relation = int(Relation.OTHER)
        if relation is None:
            unchanged.append(person.name)
            continue
        _check_not_head(relation)
        check_relation(relation, person.values.get("sex"))
        draft.update(person.record_id, {"relation": relation})
    if unchanged:
        draft.caution("relations-check", "relation", f"Periksa hubungan keluarga: {', '.join(unchanged)}.")


def _former_head(person: Person, head: Person) -> int:
    """Return what a living former head is to a head who was the spouse; anything else must be told."""
    sex = person.values.get("sex")
    if head.values.get("relation") in _SPOUSE.values() and sex in _SPOUSE:
        return _SPOUSE[sex]
    raise DataError(
        f"Hubungan {person.name} dengan kepala keluarga baru belum diisi",
        code="relation-missing",
        hint="Isi hubungan kepala keluarga yang lama.",
        field="relation",
    )


def relations_in_new_family(
    members: Sequence[Person], head_id: bytes, relations: Mapping[bytes, int], draft: EntryDraft
) -> dict[bytes, int]:
    """Return the relation of each member of a family that is being made; the head is checked.

    A relation that is not told stays as it was where it already named what somebody is to this very head.

    Raises RefusedError "head-not-member" and "head-too-young", DataError relation-head and relation-sex.
    """
    head = _member(members, head_id)
    check_may_head(head, draft.desk.today())
    home = draft.desk.values(head.household_id) if head.household_id is not None else {}
    was_head = home.get("head_id") == head_id
    found = {head_id: int(Relation.HEAD)}
    open_names = []
    for person in members:
        if person.record_id == head_id:
            continue
        relation = relations.get(person.record_id)
        if relation is None and was_head and person.household_id == head.household_id:
            relation = person.values.get("relation")
        if relation is None:
            relation = int(Relation.OTHER)
            open_names.append(person.name)
        _check_not_head(relation)
        check_relation(relation, person.values.get("sex"))
        found[person.record_id] = relation
    if open_names:
        draft.caution("relations-check", "relation", f"Isi hubungan keluarga: {', '.join(open_names)}.")
    return found


def _check_not_head(relation: int) -> None:
    if relation == Relation.HEAD:
        raise DataError(
            "Keluarga hanya punya satu kepala",
            code="relation-head",
            hint="Pilih hubungan lain untuk anggota ini.",
            field="relation",
            value=relation,
        )


def _member(members: Sequence[Person], head_id: bytes) -> Person:
    found = next((person for person in members if person.record_id == head_id), None)
    if found is None:
        raise RefusedError(
            "Kepala keluarga yang dipilih bukan anggota yang masih hidup dari keluarga ini",
            code="head-not-member",
            hint="Pilih salah satu anggota keluarga itu.",
        )
    return found
