"""Work out what one household's rows do to it: its own values, its head, and which entries carry them.

Each row ends as new, changed, unchanged or conflict here; a rejected row never comes this far.  Which household a row
speaks of is ``planning``, which person ``matching``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from register.importing.families import Family, family_values
from register.importing.matching import (
    HEAD_ID,
    HOUSEHOLD_ID,
    LIFE_STATUS,
    Bodies,
    Match,
    compare_person,
    event_implied_by,
)
from register.importing.packing import Unit, pack
from register.importing.plan import PlannedCreate, PlannedHousehold, PlannedUpdate
from register.importing.rows import FAMILY_NUMBER, RELATION, TEMPORARY_FAMILY_NUMBER, ParsedRow
from register.importing.undone import is_undone, revived
from schemas.bodies import Body
from schemas.fields import Kind


class Outcome(StrEnum):
    """What an import does with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(slots=True)
class HouseholdDraft:
    """One household and the rows that speak of it, on the way to journal entries."""

    household_id: bytes
    known: Body | None
    households: Bodies
    matches: list[Match] = field(default_factory=list)
    numbers: Body = field(default_factory=dict)
    heads: list[ParsedRow] = field(default_factory=list)
    states_relations: bool = False
    is_homeless: bool = False

    def add(self, match: Match, family: Family, *, is_stated: bool) -> None:
        """Take a row in and compare it with its person."""
        self.matches.append(match)
        self.is_homeless = family.is_homeless and match.record_id == self.household_id
        self.states_relations = self.states_relations or family.states_relations
        if family.head is match.row:
            self.heads.append(match.row)
        if family.number is not None:
            self.numbers[FAMILY_NUMBER] = family.number
        if family.temporary_number is not None:
            self.numbers[TEMPORARY_FAMILY_NUMBER] = family.temporary_number
        if match.known is not None and not match.is_new:
            compare_person(match, self.household_id if is_stated else None, self.households)

    def plan(self, outcomes: dict[ParsedRow, Outcome]) -> list[PlannedHousehold]:
        """Return the entries of this household and note each row's outcome."""
        for match in self.matches:
            outcomes[match.row] = _outcome(match)
        landing = [match for match in self.matches if match.lands]
        if not landing:
            return []
        head = self._head(landing)
        landing.sort(key=lambda match: match is not head)
        units: list[Unit] = []
        household = self._household_unit(landing, head)
        if household:
            units.append(household)
            lead = landing[0].row
            if outcomes[lead] == Outcome.UNCHANGED:
                outcomes[lead] = Outcome.CHANGED
        for match in landing:
            if match.is_new:
                home = {} if self.is_homeless else {HOUSEHOLD_ID: self.household_id}
                body = {**match.row.person, **home}
                implied = event_implied_by(body.get(LIFE_STATUS))
                units.append(_new(match.record_id, Kind.RESIDENT, body, match.known, implied))
            elif match.updates:
                units.append(tuple(match.updates))
        return pack(self.household_id, units)

    def _head(self, landing: list[Match]) -> Match | None:
        """Return who the file says is head, as far as the register leaves that open."""
        head: Match | None = None
        known_head = self.known.get(HEAD_ID) if self.known is not None and not is_undone(self.known) else None
        for match in landing:
            if match.row not in self.heads:
                continue
            is_headed = known_head not in {None, match.record_id} and not match.is_accepted
            if is_headed or head is not None:
                match.row.person.pop(RELATION, None)
                match.row.add_problem("household-has-head", "kk_level", 1)
            else:
                head = match
        if head is None and known_head is None and self.states_relations and self._is_touched(landing):
            landing[0].row.add_problem("household-without-head", "kk_level")
        return head

    def _is_touched(self, landing: list[Match]) -> bool:
        """Tell whether someone is in this household by what the file says."""
        return any(
            match.is_new or (match.known or {}).get(HOUSEHOLD_ID) == self.household_id or _joins(match)
            for match in landing
        )

    def _household_unit(self, landing: list[Match], head: Match | None) -> Unit | None:
        if self.is_homeless or not self._is_touched(landing):
            return None
        values = {**self.numbers, **family_values([match.row for match in landing])}
        if head is not None:
            values[HEAD_ID] = head.record_id
        if self.known is None or is_undone(self.known):
            return _new(self.household_id, Kind.HOUSEHOLD, values, self.known)
        if FAMILY_NUMBER in self.known:
            values.pop(TEMPORARY_FAMILY_NUMBER, None)
        known = self.known
        return tuple(
            PlannedUpdate(self.household_id, Kind.HOUSEHOLD, tag, known.get(tag), new)
            for tag, new in sorted(values.items())
            if known.get(tag) != new
        )


def _new(record_id: bytes, kind: int, body: Body, undone: Body | None, implied_event: int | None = None) -> Unit:
    """Return what brings in a record: a create, or what an undone import left of it, made anew."""
    if undone is None:
        return PlannedCreate(record_id, kind, dict(sorted(body.items())), implied_event)
    return tuple(revived(record_id, kind, undone, body, implied_event))


def _joins(match: Match) -> bool:
    return any(update.tag == HOUSEHOLD_ID for update in match.updates)


def _outcome(match: Match) -> Outcome:
    if not match.lands:
        return Outcome.CONFLICT
    if match.is_new:
        return Outcome.NEW
    return Outcome.CHANGED if match.updates else Outcome.UNCHANGED
