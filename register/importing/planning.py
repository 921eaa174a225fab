"""Decide what importing a table would do to a register, and change nothing.

Each row ends as exactly one of new, changed, unchanged, conflict or rejected; a wrong row never blocks another, and a
family whose head is rejected is still imported, with its head unknown.  One family becomes one journal entry.  People
who died, moved or are missing in the file come in with that status; which event that implies is told, and whoever
applies the plan records it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from register.importing.families import Family, family_values, group_families
from register.importing.matching import (
    HEAD_ID,
    HOUSEHOLD_ID,
    LIFE_STATUS,
    Bodies,
    Match,
    PersonMatcher,
    compare_person,
    event_implied_by,
)
from register.importing.packing import Unit, pack
from register.importing.plan import (
    Conflict,
    ExistingRegister,
    ImportPlan,
    PlannedCreate,
    PlannedHousehold,
    PlannedUpdate,
)
from register.importing.problems import Problem
from register.importing.reading import RawTable
from register.importing.recognising import recognise_members
from register.importing.record_ids import Domain, derive_record_id
from register.importing.rows import FAMILY_NUMBER, RELATION, TEMPORARY_FAMILY_NUMBER, ParsedRow, parse_table
from register.importing.twins import reject_twins, warn_of_lookalikes
from schemas.bodies import Body
from schemas.fields import Kind


class _Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REJECTED = "rejected"


def plan_import(table: RawTable, *, village_key: bytes, file_digest: bytes, existing: ExistingRegister) -> ImportPlan:
    """Return what importing the table would do.

    ``village_key`` is the village's secret of 1 to 64 bytes, ``file_digest`` the table's (``table.file_digest``): the
    same file, key and register give the same plan.
    """
    rows, file_problems = parse_table(table)
    reject_twins(rows)
    matcher = PersonMatcher(rows, village_key=village_key, file_digest=file_digest, existing=existing)
    matches = matcher.matches()
    warn_of_lookalikes(rows)
    drafts = _HouseholdResolver(group_families(rows), matches, village_key, existing).drafts()
    outcomes: dict[ParsedRow, _Outcome] = {}
    planned: list[PlannedHousehold] = []
    for draft in drafts:
        planned += draft.plan(outcomes)
    counts = Counter(outcomes.get(row, _Outcome.REJECTED) for row in rows)
    return ImportPlan(
        rows=len(rows),
        new=counts[_Outcome.NEW],
        changed=counts[_Outcome.CHANGED],
        unchanged=counts[_Outcome.UNCHANGED],
        conflict=counts[_Outcome.CONFLICT],
        rejected=counts[_Outcome.REJECTED],
        problems=tuple(_all_problems(file_problems, rows)),
        households=tuple(planned),
        conflicts=tuple(_conflict(match) for match in matches.values() if not match.lands),
    )


def _all_problems(file_problems: list[Problem], rows: Iterable[ParsedRow]) -> Iterable[Problem]:
    yield from file_problems
    for row in rows:
        yield from row.problems


def _conflict(match: Match) -> Conflict:
    status = next((update.new for update in match.updates if update.tag == LIFE_STATUS), None)
    return Conflict(
        match.row.place,
        match.record_id,
        Kind.RESIDENT,
        tuple(match.conflicts),
        tuple(match.updates),
        event_implied_by(status),
    )


class _HouseholdResolver:
    """Finds the household record behind each family of the file."""

    def __init__(
        self,
        families: list[Family],
        matches: dict[ParsedRow, Match],
        village_key: bytes,
        existing: ExistingRegister,
    ) -> None:
        self._families = families
        self._matches = matches
        self._village_key = village_key
        self._existing = existing
        numbers = {family.number for family in families if family.number is not None}
        self._by_number = existing.household_by_number(numbers)
        ids = set(self._by_number.values())
        ids.update(filter(None, (self._derived(family) for family in families)))
        ids.update(filter(None, (family.record_id for family in families)))
        ids.update(filter(None, (_home_of(match) for match in matches.values())))
        self._bodies = self._households(ids)

    def drafts(self) -> list[_Draft]:
        """Return one draft for each household, with the rows that speak of it."""
        drafts: dict[bytes, _Draft] = {}
        resolved = [(family, self._resolve(family)) for family in self._families]
        recognise_members(resolved, self._matches, self._existing)
        for family, family_id in resolved:
            numbers = (family.number, family.temporary_number, family.record_id)
            is_stated = any(number is not None for number in numbers)
            for row in family.rows:
                match = self._matches[row]
                # Someone known, in a row without a family, stays where the register has them.
                stays = family.is_homeless or (not is_stated and match.known is not None)
                household_id = (_home_of(match) or match.record_id) if stays else family_id
                draft = drafts.get(household_id)
                if draft is None:
                    draft = drafts[household_id] = _Draft(household_id, self._bodies.get(household_id), self._bodies)
                if match.row.is_rejected:
                    continue
                draft.add(match, family, is_stated=is_stated)
        return list(drafts.values())

    def _resolve(self, family: Family) -> bytes:
        members = [self._matches[row] for row in family.rows]
        head = self._matches[family.head] if family.head is not None else None
        homes = [home for match in members if (home := _home_of(match)) in self._bodies and home is not None]
        head_home = _home_of(head) if head is not None else None
        if family.record_id is not None and family.record_id in self._bodies:
            return family.record_id
        if family.record_id is not None and self._by_number.get(family.number or 0) is None:
            return head_home or family.record_id
        if family.number is not None:
            return self._resolve_number(family.number, head_home)
        derived = self._derived(family)
        if derived is not None:
            return derived if derived in self._bodies or head_home is None else head_home
        lead = head if head is not None else members[0]
        if head_home is not None:
            return head_home
        return homes[0] if homes else derive_record_id(self._village_key, Domain.FAMILY_OF_PERSON, lead.record_id)

    def _resolve_number(self, number: int, head_home: bytes | None) -> bytes:
        found = self._by_number.get(number)
        if found is not None:
            return found
        # The family was known before its number was.
        if head_home is not None and FAMILY_NUMBER not in self._bodies.get(head_home, {FAMILY_NUMBER: 0}):
            return head_home
        derived = derive_record_id(self._village_key, Domain.FAMILY_NUMBER, number)
        if self._bodies.get(derived, {}).get(FAMILY_NUMBER, number) == number:
            return derived
        # The household once imported under this number has another one by now.
        again = derive_record_id(self._village_key, Domain.FAMILY_NUMBER_AGAIN, number)
        self._bodies.update(self._households({again}))
        return again

    def _derived(self, family: Family) -> bytes | None:
        if family.number is not None:
            return derive_record_id(self._village_key, Domain.FAMILY_NUMBER, family.number)
        if family.temporary_number is not None:
            return derive_record_id(self._village_key, Domain.FAMILY_TEMPORARY, family.temporary_number)
        return None

    def _households(self, ids: set[bytes]) -> Bodies:
        found = self._existing.by_ids(ids) if ids else {}
        return {record_id: body for record_id, (kind, body) in found.items() if kind == Kind.HOUSEHOLD}


def _home_of(match: Match) -> bytes | None:
    return match.known.get(HOUSEHOLD_ID) if match.known is not None else None


@dataclass(slots=True)
class _Draft:
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
        if match.known is not None:
            compare_person(match, self.household_id if is_stated else None, self.households)

    def plan(self, outcomes: dict[ParsedRow, _Outcome]) -> list[PlannedHousehold]:
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
            if outcomes[lead] == _Outcome.UNCHANGED:
                outcomes[lead] = _Outcome.CHANGED
        for match in landing:
            if match.known is None:
                home = {} if self.is_homeless else {HOUSEHOLD_ID: self.household_id}
                body = {**match.row.person, **home}
                implied = event_implied_by(body.get(LIFE_STATUS))
                units.append(PlannedCreate(match.record_id, Kind.RESIDENT, dict(sorted(body.items())), implied))
            elif match.updates:
                units.append(tuple(match.updates))
        return pack(self.household_id, units)

    def _head(self, landing: list[Match]) -> Match | None:
        """Return who the file says is head, as far as the register leaves that open."""
        head: Match | None = None
        known_head = self.known.get(HEAD_ID) if self.known is not None else None
        for match in landing:
            if match.row not in self.heads:
                continue
            if known_head not in {None, match.record_id} or head is not None:
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
            match.known is None or match.known.get(HOUSEHOLD_ID) == self.household_id or _joins(match)
            for match in landing
        )

    def _household_unit(self, landing: list[Match], head: Match | None) -> Unit | None:
        if self.is_homeless or not self._is_touched(landing):
            return None
        values = {**self.numbers, **family_values([match.row for match in landing])}
        if head is not None:
            values[HEAD_ID] = head.record_id
        if self.known is None:
            return PlannedCreate(self.household_id, Kind.HOUSEHOLD, dict(sorted(values.items())))
        if FAMILY_NUMBER in self.known:
            values.pop(TEMPORARY_FAMILY_NUMBER, None)
        known = self.known
        return tuple(
            PlannedUpdate(self.household_id, Kind.HOUSEHOLD, tag, known.get(tag), new)
            for tag, new in sorted(values.items())
            if known.get(tag) != new
        )


def _joins(match: Match) -> bool:
    return any(update.tag == HOUSEHOLD_ID for update in match.updates)


def _outcome(match: Match) -> _Outcome:
    if not match.lands:
        return _Outcome.CONFLICT
    if match.known is None:
        return _Outcome.NEW
    return _Outcome.CHANGED if match.updates else _Outcome.UNCHANGED
