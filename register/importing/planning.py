"""Decide what importing a table would do to a register, and change nothing.

Each row ends as exactly one of new, changed, unchanged, conflict or rejected; a wrong row never blocks another, and a
family whose head is rejected is still imported, with its head unknown.  One family becomes one journal entry.  People
who died, moved or are missing in the file come in with that status; which event that implies is told, and whoever
applies the plan records it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from register.importing.drafting import HouseholdDraft, Outcome
from register.importing.families import Family, group_families
from register.importing.matching import (
    HOUSEHOLD_ID,
    LIFE_STATUS,
    Bodies,
    Match,
    PersonMatcher,
    event_implied_by,
)
from register.importing.plan import (
    Conflict,
    ExistingRegister,
    ImportPlan,
    PlannedHousehold,
)
from register.importing.problems import Problem
from register.importing.reading import RawTable
from register.importing.recognising import recognise_members
from register.importing.record_ids import Domain, derive_record_id
from register.importing.rows import FAMILY_NUMBER, ParsedRow, parse_table
from register.importing.twins import reject_twins, warn_of_lookalikes
from schemas.fields import Kind


def plan_import(
    table: RawTable,
    *,
    village_key: bytes,
    file_digest: bytes,
    existing: ExistingRegister,
    accepted: Collection[tuple[str, int]] = (),
) -> ImportPlan:
    """Return what importing the table would do.

    ``village_key`` is the village's secret of 1 to 64 bytes, ``file_digest`` the table's (``table.file_digest``): the
    same file, key and register give the same plan.  ``accepted`` are rows by (sheet, row) whose values a person wants
    although they disagree with the register; a row about somebody else stays a conflict all the same.
    """
    rows, file_problems = parse_table(table)
    reject_twins(rows)
    matcher = PersonMatcher(rows, village_key=village_key, file_digest=file_digest, existing=existing)
    matches = matcher.matches()
    for match in matches.values():
        match.is_accepted = (match.row.place.sheet, match.row.place.row) in accepted
    warn_of_lookalikes(rows)
    drafts = _HouseholdResolver(group_families(rows), matches, village_key, existing).drafts()
    outcomes: dict[ParsedRow, Outcome] = {}
    planned: list[PlannedHousehold] = []
    for draft in drafts:
        planned += draft.plan(outcomes)
    counts = Counter(outcomes.get(row, Outcome.REJECTED) for row in rows)
    return ImportPlan(
        rows=len(rows),
        new=counts[Outcome.NEW],
        changed=counts[Outcome.CHANGED],
        unchanged=counts[Outcome.UNCHANGED],
        conflict=counts[Outcome.CONFLICT],
        rejected=counts[Outcome.REJECTED],
        problems=tuple(_all_problems(file_problems, rows)),
        households=tuple(planned),
        conflicts=tuple(_conflict(match) for match in matches.values() if not match.lands),
        accepted=tuple(match.row.place for match in matches.values() if match.conflicts and match.lands),
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
        # Families without any number are named after a person; one of an undone import may be there.
        ids.update(self._of_person(row) for family in families if self._derived(family) is None for row in family.rows)
        self._bodies = self._households(ids)

    def drafts(self) -> list[HouseholdDraft]:
        """Return one draft for each household, with the rows that speak of it."""
        drafts: dict[bytes, HouseholdDraft] = {}
        resolved = [(family, self._resolve(family)) for family in self._families]
        recognise_members(resolved, self._matches, self._existing)
        for family, family_id in resolved:
            numbers = (family.number, family.temporary_number, family.record_id)
            is_stated = any(number is not None for number in numbers)
            for row in family.rows:
                match = self._matches[row]
                # Someone known, in a row without a family, stays where the register has them.
                stays = family.is_homeless or (not is_stated and not match.is_new)
                household_id = (_home_of(match) or match.record_id) if stays else family_id
                draft = drafts.get(household_id)
                if draft is None:
                    draft = drafts[household_id] = HouseholdDraft(
                        household_id, self._bodies.get(household_id), self._bodies
                    )
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
        return homes[0] if homes else self._of_person(lead.row)

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

    def _of_person(self, row: ParsedRow) -> bytes:
        return derive_record_id(self._village_key, Domain.FAMILY_OF_PERSON, self._matches[row].record_id)

    def _households(self, ids: set[bytes]) -> Bodies:
        found = self._existing.by_ids(ids) if ids else {}
        return {record_id: body for record_id, (kind, body) in found.items() if kind == Kind.HOUSEHOLD}


def _home_of(match: Match) -> bytes | None:
    return match.known.get(HOUSEHOLD_ID) if match.known is not None and not match.is_new else None
