"""Decide which rows form one family, who heads it, and what the family's own values are.

Rows with the same family number (real or temporary) are one family wherever they stand.  Families without a number are
kept apart: one runs from a head to the next, and ends where the address changes or a numbered family comes between.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from register.importing.rows import FAMILY_NUMBER, RELATION, RT, RW, TEMPORARY_FAMILY_NUMBER, ParsedRow
from register.importing.twins import shown_place
from schemas.bodies import Body
from schemas.codes import Relation
from schemas.fields import Kind, tag_of

HEAD_ID = tag_of(Kind.HOUSEHOLD, "head_id")
_POSTAL_CODE = tag_of(Kind.HOUSEHOLD, "postal_code")
ADDRESS_TAGS = (tag_of(Kind.HOUSEHOLD, "address"), tag_of(Kind.HOUSEHOLD, "hamlet"), RW, RT, _POSTAL_CODE)
_COLUMN_OF = dict(zip(ADDRESS_TAGS, ("alamat", "dusun", "rw", "rt", "kode_pos"), strict=True))
_SETTLED_ELSEWHERE = frozenset({HEAD_ID, FAMILY_NUMBER, TEMPORARY_FAMILY_NUMBER})


@dataclass(slots=True)
class Family:
    """Rows of one family in file order, rejected ones left out; ``head`` is the first that claims to be it.

    Our complete export names the family's record; there, a person without one ``is_homeless``, in no family at all.
    """

    number: int | None = None
    temporary_number: str | None = None
    record_id: bytes | None = None
    is_homeless: bool = False
    rows: list[ParsedRow] = field(default_factory=list)
    head: ParsedRow | None = None
    states_relations: bool = False


def group_families(rows: Iterable[ParsedRow]) -> list[Family]:
    """Group rows into families and settle each one's head; families without an accepted row are left out."""
    numbered: dict[int | str | bytes, Family] = {}
    families: list[Family] = []
    unnumbered: _Unnumbered | None = None
    for row in rows:
        number, temporary = row.family.get(FAMILY_NUMBER), row.family.get(TEMPORARY_FAMILY_NUMBER)
        is_own = row.record_id is not None
        key = (row.household_id or row.record_id) if is_own else number or temporary
        if key is not None:
            unnumbered = None
            family = numbered.get(key)
            if family is None:
                is_homeless = is_own and row.household_id is None
                family = numbered[key] = Family(number, temporary, row.household_id, is_homeless)
                families.append(family)
        else:
            if unnumbered is None or not unnumbered.continues(row):
                unnumbered = _Unnumbered(row)
                families.append(unnumbered.family)
            family = unnumbered.family
        # A rejected row still marks where a family without a number begins.
        if not row.is_rejected:
            family.rows.append(row)
    kept = [family for family in families if family.rows]
    for family in kept:
        _settle_head(family)
    return kept


class _Unnumbered:
    """A family without a number, as long as its rows follow each other."""

    def __init__(self, row: ParsedRow) -> None:
        self.family = Family()
        self._sheet = row.place.sheet
        self._address = _address_of(row)

    def continues(self, row: ParsedRow) -> bool:
        # Without a relation nothing says that two people belong together.
        has_relation = "kk_level" in row.headers
        is_head = row.person.get(RELATION) == Relation.HEAD
        same_place = row.place.sheet == self._sheet and _address_of(row) == self._address
        return has_relation and not is_head and same_place


def _address_of(row: ParsedRow) -> tuple[object, ...]:
    return tuple(row.family.get(tag) for tag in ADDRESS_TAGS)


def _settle_head(family: Family) -> None:
    if family.record_id is not None:
        # Who heads the family is a value of the family there; relations may lag behind it.
        head_id = family.rows[0].family.get(HEAD_ID)
        family.head = next((row for row in family.rows if row.record_id == head_id), None)
        return
    for row in family.rows:
        family.states_relations = family.states_relations or "kk_level" in row.headers
        if row.person.get(RELATION) != Relation.HEAD:
            continue
        if family.head is None:
            family.head = row
        else:
            # One head per family is structural; which of the two it is, a person must say.
            del row.person[RELATION]
            row.add_problem("household-two-heads", "kk_level", 1, other=shown_place(family.head, row))


def family_values(rows: Sequence[ParsedRow]) -> Body:
    """Return the address of a family out of its rows, the head's first, or all its values out of our complete export.

    What one row leaves blank comes from the next that has it; a row that differs from that is warned.
    """
    if rows[0].record_id is not None:
        return {tag: value for tag, value in rows[0].family.items() if tag not in _SETTLED_ELSEWHERE}
    values: Body = {}
    for row in rows:
        for tag in ADDRESS_TAGS:
            value = row.family.get(tag)
            if value is not None and values.setdefault(tag, value) != value:
                row.add_problem("household-address-differs", _COLUMN_OF[tag], value, other=shown_place(rows[0], row))
                break
    return values
