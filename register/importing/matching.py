"""Decide which person of the register a row speaks of, and which of its values differ.

A row is matched by its NIK, by the id derived from it, or by family number, name and birth date for someone whose NIK
was unknown so far.  A blank never erases.  Relation, family, life status and the identity of the person are never
changed by an import: a row that differs there is a conflict.  Families as records are ``planning``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from register.importing.plan import ExistingRegister, PlannedUpdate
from register.importing.record_ids import Domain, derive_record_id
from register.importing.rows import BIRTH_ON, NAME, NIK_NUMBER, RELATION, TEMPORARY_NUMBER, ParsedRow
from register.importing.twins import fold_name, person_key, shown_place
from register.importing.undone import is_undone
from schemas.bodies import Body
from schemas.codes import EventKind, LifeStatus, Relation, code_list
from schemas.fields import TAG_MERGED_INTO, TAG_VOID, Kind, tag_of

HOUSEHOLD_ID = tag_of(Kind.RESIDENT, "household_id")
LIFE_STATUS = tag_of(Kind.RESIDENT, "life_status")
HEAD_ID = tag_of(Kind.HOUSEHOLD, "head_id")

_EVENT_OF_STATUS: dict[int, EventKind] = {
    LifeStatus.DEAD: EventKind.DEATH,
    LifeStatus.MOVED: EventKind.MOVE_OUT,
    LifeStatus.MISSING: EventKind.MISSING,
    LifeStatus.LEFT: EventKind.LEFT,
}

ACCEPTABLE = frozenset({"relation-differs", "family-differs", "status-differs", "nik-differs"})
"""Conflicts that a person may take over from the file, row by row; in the others the row speaks of somebody else."""

Bodies = dict[bytes, Body]


@dataclass(slots=True)
class Match:
    """The record a row speaks of; ``known`` is the register's body, None for a new person.

    ``is_accepted``: a person has looked at the row and wants its values.
    """

    row: ParsedRow
    record_id: bytes
    known: Body | None
    is_accepted: bool = False
    conflicts: list[str] = field(default_factory=list)
    updates: list[PlannedUpdate] = field(default_factory=list)

    @property
    def is_new(self) -> bool:
        """Whether the register knows nothing of the person that still holds."""
        return self.known is None or is_undone(self.known)

    @property
    def lands(self) -> bool:
        """Whether anything of the row may be applied."""
        return not self.conflicts or (self.is_accepted and ACCEPTABLE.issuperset(self.conflicts))

    def add_conflict(self, code: str, column: str, value: object, known: object) -> None:
        """Note a difference that a person must decide."""
        self.conflicts.append(code)
        self.row.add_problem(code, column, value, known=known)

    def add_update(self, tag: int, new: object, implied_event: int | None = None) -> None:
        """Note one changed field of the person."""
        assert self.known is not None, "a new person has no updates"
        old = self.known.get(tag)
        self.updates.append(PlannedUpdate(self.record_id, Kind.RESIDENT, tag, old, new, implied_event))


class PersonMatcher:
    """Matches the accepted rows of one file with one register."""

    def __init__(
        self, rows: Sequence[ParsedRow], *, village_key: bytes, file_digest: bytes, existing: ExistingRegister
    ) -> None:
        self._village_key = village_key
        self._file_digest = file_digest
        self._existing = existing
        self._rows = [row for row in rows if not row.is_rejected]
        self._by_nik = existing.by_niks({row.person[NIK_NUMBER] for row in self._rows if NIK_NUMBER in row.person})
        self._stable_ids = {row: self._stable_id(row) for row in self._rows}
        self._former_ids = {row: self._former_id(row) for row in self._rows if NIK_NUMBER in row.person}
        own_ids = {row.record_id for row in self._rows}
        wanted = {*self._by_nik.values(), *self._stable_ids.values(), *self._former_ids.values(), *own_ids} - {None}
        self._bodies = residents_of(existing, {found for found in wanted if found is not None})

    def matches(self) -> dict[ParsedRow, Match]:
        """Return a match for each row; a row that is left without one is rejected with its reason."""
        found: dict[ParsedRow, Match] = {}
        claimed: dict[bytes, ParsedRow] = {}
        for row in self._rows:
            match = self._match(row)
            first = claimed.setdefault(match.record_id, row)
            if first is not row:
                row.add_problem("person-twice-in-file", "nama", row.person.get(NAME), other=shown_place(first, row))
            elif match.known is None and NAME not in row.person:
                row.add_problem("person-unknown", "nik", row.person.get(NIK_NUMBER))
            else:
                found[row] = match
        return found

    def _match(self, row: ParsedRow) -> Match:
        if row.record_id is None:
            return self._match_by_values(row)
        # Our own export names the person; elsewhere the same one may stand under another id.
        if row.record_id in self._bodies:
            return self._checked(row, row.record_id)
        match = self._match_by_values(row)
        return match if match.known is not None else Match(row, row.record_id, None)

    def _match_by_values(self, row: ParsedRow) -> Match:
        nik = row.person.get(NIK_NUMBER)
        if nik is not None and (holder := self._by_nik.get(nik)) in self._bodies and holder is not None:
            return self._checked(row, holder)
        stable = self._stable_ids[row]
        known = self._bodies.get(stable)
        if known is not None:
            if nik is None or known.get(NIK_NUMBER) in {None, nik}:
                return self._checked(row, stable)
            if not _is_other_person(row, known):
                match = Match(row, stable, known)
                match.add_conflict("nik-differs", "nik", nik, known[NIK_NUMBER])
                return match
            # The register corrected that person's NIK since; this row is someone else under the old number.
            stable = self._row_id(row)
            known = residents_of(self._existing, {stable}).get(stable)
            return Match(row, stable, known)
        former = self._former_ids.get(row)
        if former is not None and NIK_NUMBER not in self._bodies.get(former, {NIK_NUMBER: 0}):
            return self._checked(row, former)
        return Match(row, stable, None)

    def _checked(self, row: ParsedRow, record_id: bytes) -> Match:
        known = self._bodies[record_id]
        match = Match(row, record_id, known)
        if is_undone(known):
            return match
        if TAG_VOID in known or TAG_MERGED_INTO in known:
            match.add_conflict("record-void", "nama", known.get(NAME), known.get(NAME))
        elif _is_other_person(row, known):
            match.add_conflict("person-differs", "nik", row.person.get(NIK_NUMBER), known.get(NAME))
        return match

    def _stable_id(self, row: ParsedRow) -> bytes:
        nik = row.person.get(NIK_NUMBER)
        if nik is not None:
            return derive_record_id(self._village_key, Domain.PERSON_NIK, nik)
        return self._former_id(row) or self._row_id(row)

    def _former_id(self, row: ParsedRow) -> bytes | None:
        """Return the id that the person got when the NIK was not known, if the row says enough."""
        key = person_key(row)
        return derive_record_id(self._village_key, Domain.PERSON_FAMILY_NAME_BIRTH, *key) if key else None

    def _row_id(self, row: ParsedRow) -> bytes:
        place = (row.place.sheet, row.place.row)
        return derive_record_id(self._village_key, Domain.PERSON_ROW, self._file_digest, *place)


def event_implied_by(life_status: int | None) -> int | None:
    """Return the kind of vital event behind a life status, None for the living."""
    event = _EVENT_OF_STATUS.get(life_status or LifeStatus.ALIVE)
    return None if event is None else int(event)


def residents_of(existing: ExistingRegister, ids: set[bytes]) -> Bodies:
    """Return the bodies of those of the ids that are residents."""
    found = existing.by_ids(ids) if ids else {}
    return {record_id: body for record_id, (kind, body) in found.items() if kind == Kind.RESIDENT}


def _is_other_person(row: ParsedRow, known: Body) -> bool:
    """Tell whether both name and birth date contradict: one of them alone may be a correction."""
    name, birth_on = row.person.get(NAME), row.person.get(BIRTH_ON)
    known_name, known_birth_on = known.get(NAME), known.get(BIRTH_ON)
    if None in (name, birth_on, known_name, known_birth_on):
        return False
    return fold_name(str(name)) != fold_name(str(known_name)) and birth_on != known_birth_on


def compare_person(match: Match, household_id: bytes | None, households: Bodies) -> None:
    """Note how a row differs from the person it speaks of.

    Args:
        match: the row and its person; its conflicts and updates grow.
        household_id: the family the row states, None if it states none.
        households: bodies of the households involved.
    """
    known, row = match.known, match.row
    assert known is not None, "a new person is not compared"
    for tag, new in row.person.items():
        if tag in {RELATION, LIFE_STATUS}:
            continue
        # A stand-in in an old file says nothing new about someone whose NIK is known by now.
        if known.get(tag) != new and not (tag == TEMPORARY_NUMBER and NIK_NUMBER in known):
            match.add_update(tag, new)
    home = known.get(HOUSEHOLD_ID)
    if household_id is not None and home != household_id:
        match.add_update(HOUSEHOLD_ID, household_id)
        if home is not None:
            match.add_conflict("family-differs", "no_kk", _stated_number(row), _number_of(households.get(home)))
    _compare_relation(match, households.get(home, {}) if home is not None else {})
    _compare_life_status(match)


def _compare_relation(match: Match, household: Body) -> None:
    stated = match.row.person.get(RELATION)
    assert match.known is not None, "a new person is not compared"
    stored, head_id = match.known.get(RELATION), household.get(HEAD_ID)
    if match.row.record_id is not None and stated == stored:
        # Our own export holds the person's own field, whoever heads the family.
        return
    # The household says who is its head; the person's own field may be older.
    is_head = head_id == match.record_id
    known = Relation.HEAD if is_head else stored
    if known == Relation.HEAD and not is_head and head_id is not None:
        known = None
    if stated is None or stated == known:
        return
    if stored is None and stated == Relation.HEAD and head_id is not None:
        # As for someone new: a second head is left without a relation until a person has looked.
        match.row.add_problem("household-has-head", "kk_level", stated)
        return
    match.add_update(RELATION, stated)
    if known is not None or (stated == Relation.HEAD and head_id is not None):
        label = code_list("relation_to_head").label(known) if known is not None else "?"
        match.add_conflict("relation-differs", "kk_level", stated, label)


def _compare_life_status(match: Match) -> None:
    stated = match.row.person.get(LIFE_STATUS)
    assert match.known is not None, "a new person is not compared"
    known = match.known.get(LIFE_STATUS)
    if stated is None or stated == known:
        return
    match.add_update(LIFE_STATUS, stated, event_implied_by(stated))
    # Whoever has no status counts as living; anything else is a vital event, never an import.
    if known is not None or stated != LifeStatus.ALIVE:
        label = code_list("life_status").label(known if known is not None else LifeStatus.ALIVE)
        match.add_conflict("status-differs", "status_dasar", stated, label)


def _stated_number(row: ParsedRow) -> str:
    return _number_of(row.family)


def _number_of(household: Body | None) -> str:
    if not household:
        return "-"
    number = household.get(tag_of(Kind.HOUSEHOLD, "family_number"))
    return f"{number:016d}" if number else str(household.get(tag_of(Kind.HOUSEHOLD, "temporary_family_number"), "-"))
