"""Decide which sheets of our own export are read: it holds the same people twice, in the template and in all columns.

As exported, the complete sheet says more and is read.  Once someone has edited the template sheet, that is what they
mean, and the complete sheet is left out, which is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from register.importing.raw_table import RawSheet
from schemas.bodies import Body
from schemas.codes import Relation
from schemas.fields import Kind, tag_of

if TYPE_CHECKING:
    from register.importing.rows import ParsedRow

_RELATION = tag_of(Kind.RESIDENT, "relation")
_HEAD_ID = tag_of(Kind.HOUSEHOLD, "head_id")


def leave_out_doubles(
    by_sheet: Sequence[tuple[RawSheet, list[ParsedRow]]],
) -> tuple[list[ParsedRow], list[str]]:
    """Return the rows to read, and the names of complete sheets that an edited template sheet makes outdated."""
    own = [row for sheet, rows in by_sheet if sheet.header_map.is_own for row in rows]
    others = [row for sheet, rows in by_sheet if not sheet.header_map.is_own for row in rows]
    if not own or not others:
        return own or others, []
    if len(own) == len(others) and all(_says_the_same(*pair) for pair in zip(own, others, strict=True)):
        return own, []
    return others, [sheet.name for sheet, _ in by_sheet if sheet.header_map.is_own]


def _says_the_same(own: ParsedRow, other: ParsedRow) -> bool:
    person = dict(other.person)
    if person.get(_RELATION) == Relation.HEAD and own.family.get(_HEAD_ID) == own.record_id:
        # The template writes who is head; the person's own field may lag behind.
        del person[_RELATION]
    return not other.is_rejected and _is_within(person, own.person) and _is_within(other.family, own.family)


def _is_within(part: Body, whole: Body) -> bool:
    return all(whole.get(tag) == value for tag, value in part.items())
