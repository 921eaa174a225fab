"""Recognise people of the register whom neither a NIK nor a derived id finds, by their family, name and birth date.

Someone an officer entered has an id of their own making, and a child often has no NIK yet: when a list brings the
child again, with or without a NIK, it is the same person.  Only members of the same family are looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from register.importing.families import Family
from register.importing.matching import Bodies, Match, residents_of
from register.importing.plan import ExistingRegister
from register.importing.rows import BIRTH_ON, NAME, NIK_NUMBER, ParsedRow
from register.importing.twins import fold_name, shown_place
from schemas.bodies import Body
from schemas.fields import TAG_MERGED_INTO, TAG_VOID

_Who = tuple[str, int]
"""Folded name and birth date."""


def recognise_members(
    families: Sequence[tuple[Family, bytes]], matches: Mapping[ParsedRow, Match], existing: ExistingRegister
) -> None:
    """Give new people of known households the record that they already have; ``families`` come with their household."""
    wanted = {household_id for family, household_id in families if any(_is_new(matches[row]) for row in family.rows)}
    members = existing.members_of(wanted) if wanted else {}
    bodies = residents_of(existing, {record_id for ids in members.values() for record_id in ids})
    claimed = {match.record_id: match.row for match in matches.values() if match.known is not None}
    for family, household_id in families:
        known = _by_name_and_birth(members.get(household_id, ()), bodies)
        for row in family.rows if known else ():
            match = matches[row]
            if _is_new(match) and (found := known.get(_who(row.person))) is not None:
                _claim(match, found, bodies[found], claimed)


def _is_new(match: Match) -> bool:
    return match.known is None and match.row.record_id is None


def _who(body: Body) -> _Who | None:
    name, birth_on = body.get(NAME), body.get(BIRTH_ON)
    return (fold_name(name), birth_on) if name is not None and birth_on is not None else None


def _by_name_and_birth(ids: Collection[bytes], bodies: Bodies) -> dict[_Who | None, bytes]:
    found: dict[_Who | None, bytes] = {}
    for record_id in ids:
        body = bodies.get(record_id)
        if body is not None and TAG_VOID not in body and TAG_MERGED_INTO not in body and _who(body) is not None:
            found.setdefault(_who(body), record_id)
    return found


def _claim(match: Match, record_id: bytes, body: Body, claimed: dict[bytes, ParsedRow]) -> None:
    row = match.row
    if (first := claimed.setdefault(record_id, row)) is not row:
        row.add_problem("person-twice-in-file", "nama", row.person.get(NAME), other=shown_place(first, row))
        return
    match.record_id, match.known = record_id, body
    stated, known = row.person.get(NIK_NUMBER), body.get(NIK_NUMBER)
    if stated is not None and known is not None and stated != known:
        match.add_conflict("nik-differs", "nik", stated, known)
