"""Put people into the words of a list: name with the typed part marked, age, family, place, and the sign of state.

Decides the sign of a person in a list: an open decision hides where the entry is, and the ticks speak only of safety
(the signs are those of ``entry_states``).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from register.names import words_of
from register.search import FoundResident
from schemas.codes import Relation, code_list
from schemas.fields import Kind
from schemas.shapes import Household, Resident, Shape
from sync_protocol.overlay import Shown
from sync_protocol.tables import NodeState
from village_node.desk import Desk
from village_node.web.labels import spoken

WHOLE = 0
"""Stands for a whole record among the tags that wait."""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person in a list."""

    record_id: str
    name: tuple[tuple[str, bool], ...]
    resident: Resident
    place: str
    family: str
    family_id: str
    is_living: bool
    sign: str


def sign_of(shown: Shown | None, state: NodeState, tags: Collection[int] | None = None) -> str:
    """Return the state of a record, or of some of its fields: waiting, received, safe or review."""
    if shown is None:
        return ""
    wanted = None if tags is None else set(tags) | {WHOLE}
    if shown.in_review if wanted is None else shown.in_review & wanted:
        return "review"
    if shown.waiting if wanted is None else shown.waiting & wanted:
        return "waiting" if state.acked_seq < state.journal_seq else "received"
    return "safe" if state.feed_seq <= state.safe_feed_seq else "received"


def person_lines(desk: Desk, found: Sequence[FoundResident], typed: str) -> list[PersonLine]:
    """Return the people found as lines, all of them with the same few queries."""
    shown = desk.shown_many([one.record_id for one in found])
    heads = {one.record_id: one.household.head_id for one in found if one.household and one.household.head_id}
    with desk.book() as book:
        named = book.register.shapes(Kind.RESIDENT, book.village_id, list(set(heads.values())))
    state = desk.state
    return [
        _person_line(one, typed, shown.get(one.record_id), state, named.get(heads.get(one.record_id, b"")))
        for one in found
    ]


def _person_line(
    found: FoundResident, typed: str, shown: Shown | None, state: NodeState, head: Shape | None
) -> PersonLine:
    household = found.household
    return PersonLine(
        found.record_id.hex(),
        marked(found.resident.name or "", typed),
        found.resident,
        place_of(household),
        family_words(found.resident, name_of(head)),
        found.resident.household_id.hex() if found.resident.household_id else "",
        found.is_living,
        sign_of(shown, state),
    )


def name_of(shape: Shape | None) -> str:
    """Return the name of somebody, empty if it or the person is unknown."""
    return (shape.name or "") if isinstance(shape, Resident) else ""


def place_of(household: Household | None) -> str:
    """Return where a family lives in a few words: hamlet and RT/RW."""
    if household is None:
        return ""
    corner = "/".join(part for part in (household.rt, household.rw) if part)
    return " ".join(part for part in (household.hamlet or household.address, f"RT {corner}" if corner else "") if part)


def family_words(resident: Resident, head: str) -> str:
    """Return what a person is in the family, and in whose."""
    relation = label("relation_to_head", resident.relation)
    if resident.relation == Relation.HEAD or not head:
        return relation
    return f"{relation} · keluarga {head}" if relation else f"keluarga {head}"


def label(name: str, code: Any) -> str:
    """Return a code in words, empty for none."""
    return spoken(code_list(name).label(code)) if isinstance(code, int) else ""


def marked(name: str, typed: str) -> tuple[tuple[str, bool], ...]:
    """Cut a name into pieces, each with whether it begins with what was typed."""
    wanted = words_of(typed)
    pieces: list[tuple[str, bool]] = []
    for number, word in enumerate(name.split(" ")):
        plain = "".join(words_of(word))
        hit = max((len(one) for one in wanted if plain.startswith(one)), default=0)
        if number:
            pieces.append((" ", False))
        if hit and len(plain) == len(word):
            pieces += [(word[:hit], True), (word[hit:], False)]
        else:
            pieces.append((word, bool(hit)))
    return tuple(piece for piece in pieces if piece[0])
