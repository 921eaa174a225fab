"""Answer questions about many shown records at once: who is in a family, which families need a head, what is open.

Reads the index rows, which hold what the officer sees (registry and own work).  Changes nothing and decides no rule;
single records come from the desk.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, func, not_, or_, select

from register.areas import EVERYWHERE, Area
from register.books.events import BookedEvent
from register.by_key import chunks
from register.search import FoundHousehold, FoundResident, find_households, find_residents
from register.store import Counts, RegisterStore
from register.tables import HOUSEHOLD, INDEX_TABLES, LEVEL_FULL, RESIDENT
from schemas.codes import EventKind, EventState, RequestState, ResidentStatus
from schemas.fields import Kind
from schemas.shapes import Shape, VitalEvent

_EVENT, _REQUEST, _LETTER = (INDEX_TABLES[one] for one in (Kind.VITAL_EVENT, Kind.REQUEST, Kind.LETTER))
_ABOUT_SOMEBODY: dict[Kind, tuple[str, ...]] = {
    Kind.VITAL_EVENT: ("subject_id", "second_subject_id"),
    Kind.REQUEST: ("applicant_id",),
    Kind.LETTER: ("subject_id",),
}
_OPEN_REQUESTS = (int(RequestState.SUBMITTED), int(RequestState.IN_PROGRESS), int(RequestState.READY))


@dataclass(frozen=True, slots=True)
class VillageBook:
    """The shown records of one village on one connection."""

    register: RegisterStore
    village_id: int

    def members(self, household_id: bytes) -> dict[bytes, Shape]:
        """Return the people who live in a family now, in the order of relation and age."""
        return self.register.members(self.village_id, household_id)

    def people(
        self, text: str, *, area: Area | None = None, is_living: bool | None = None, limit: int = 20
    ) -> list[FoundResident]:
        """Find people by name, NIK or family number."""
        return find_residents(
            self.register, self.village_id, text, area=area or Area(), is_living=is_living, limit=limit
        )

    def families(self, text: str, *, area: Area | None = None, limit: int = 20) -> list[FoundHousehold]:
        """Find families by number, member or address."""
        return find_households(self.register, self.village_id, text, area=area or Area(), limit=limit)

    def holders(self, nik: str) -> list[bytes]:
        """Return the living people of this village with a NIK."""
        found = self.register.holders([nik], self.village_id).get(nik, [])
        return [record_id for _, record_id in found]

    def with_nik(self, nik: str) -> list[bytes]:
        """Return everybody here who has or had a NIK, departed people too, but no stub and no annulled record."""
        mine = self._of(RESIDENT, RESIDENT.c.nik == nik, RESIDENT.c.level == LEVEL_FULL, RESIDENT.c.void.is_(None))
        return list(self.register.connection.scalars(select(RESIDENT.c.record_id).where(mine)))

    def children(self, nik: str) -> list[bytes]:
        """Return everybody here whose father or mother has a NIK, the oldest first; no stub and no annulled record."""
        is_child = or_(RESIDENT.c.father_nik == nik, RESIDENT.c.mother_nik == nik)
        mine = self._of(RESIDENT, is_child, RESIDENT.c.level == LEVEL_FULL, RESIDENT.c.void.is_(None))
        query = select(RESIDENT.c.record_id).where(mine).order_by(RESIDENT.c.birth_on, RESIDENT.c.record_id)
        return list(self.register.connection.scalars(query))

    def residents_by_nik(self, niks: Collection[str]) -> dict[str, bytes]:
        """Return the resident with each NIK: the living one if there is one."""
        found: dict[str, bytes] = {}
        for chunk in chunks(niks):
            mine = self._of(
                RESIDENT,
                RESIDENT.c.nik.in_(chunk),
                RESIDENT.c.level == LEVEL_FULL,
                RESIDENT.c.merged_into.is_(None),
            )
            query = select(RESIDENT.c.nik, RESIDENT.c.record_id).where(mine)
            # Living people last, so that they win.
            rows = self.register.connection.execute(query.order_by(RESIDENT.c.is_living, RESIDENT.c.record_id))
            found |= {row[0]: row[1] for row in rows}
        return found

    def households_by_number(self, numbers: Collection[str]) -> dict[str, bytes]:
        """Return the family in force with each family number; the first by id if there are several."""
        found = self.register.families(list(numbers), self.village_id)
        return {number: keys[0][1] for number, keys in found.items()}

    def member_ids(self, household_ids: Collection[bytes]) -> dict[bytes, list[bytes]]:
        """Return who is or was in each of these families, departed people too, but no stub."""
        found: dict[bytes, list[bytes]] = {}
        for chunk in chunks(household_ids):
            mine = and_(self.register.within_families(self.village_id, chunk), RESIDENT.c.level == LEVEL_FULL)
            query = select(RESIDENT.c.household_id, RESIDENT.c.record_id).where(mine).order_by(RESIDENT.c.record_id)
            for household_id, record_id in self.register.connection.execute(query):
                found.setdefault(household_id, []).append(record_id)
        return found

    def families_without_head(self) -> list[bytes]:
        """Return the families that have living members, but no living head among them; guests are no members."""
        member = and_(
            RESIDENT.c.district_code == HOUSEHOLD.c.district_code,
            RESIDENT.c.village_id == HOUSEHOLD.c.village_id,
            RESIDENT.c.household_id == HOUSEHOLD.c.record_id,
            RESIDENT.c.is_living,
            or_(RESIDENT.c.resident_status.is_(None), RESIDENT.c.resident_status != int(ResidentStatus.TEMPORARY)),
        )
        lived_in = exists().where(member).correlate(HOUSEHOLD)
        headed = exists().where(member, RESIDENT.c.record_id == HOUSEHOLD.c.head_id).correlate(HOUSEHOLD)
        mine = self._of(HOUSEHOLD, HOUSEHOLD.c.level == LEVEL_FULL, lived_in, not_(headed))
        query = select(HOUSEHOLD.c.record_id).where(mine).order_by(HOUSEHOLD.c.record_id)
        return list(self.register.connection.scalars(query))

    def events(self, *, only_open: bool = False, limit: int = 200) -> dict[bytes, Shape]:
        """Return vital events, the newest entry first; open ones wait for the district."""
        conditions: list[Any] = [_EVENT.c.void.is_(None)]
        if only_open:
            conditions.append(_EVENT.c.state == int(EventState.DECLARED))
        query = select(_EVENT.c.record_id).where(self._of(_EVENT, *conditions))
        query = query.order_by(_EVENT.c.entered_on.desc(), _EVENT.c.record_id.desc()).limit(limit)
        return self._shapes(Kind.VITAL_EVENT, list(self.register.connection.scalars(query)))

    def death_of(self, person_id: bytes) -> Shape | None:
        """Return the death that was declared of somebody, None if there is none in force; the newest of several."""
        in_force = _EVENT.c.state.in_((int(EventState.DECLARED), int(EventState.REGISTERED)))
        of_person = (_EVENT.c.subject_id == person_id, _EVENT.c.event_kind == int(EventKind.DEATH))
        query = select(_EVENT.c.record_id).where(self._of(_EVENT, *of_person, in_force, _EVENT.c.void.is_(None)))
        query = query.order_by(_EVENT.c.entered_on.desc(), _EVENT.c.record_id.desc()).limit(1)
        found = self._shapes(Kind.VITAL_EVENT, list(self.register.connection.scalars(query)))
        return next(iter(found.values()), None)

    def events_about(self, person_id: bytes, event_kind: int) -> list[BookedEvent]:
        """Return the events of a kind that somebody is the subject of or moves by, whatever became of them.

        Reads every event of the kind, since those who move along are in no index: for rare questions.
        """
        query = select(_EVENT.c.record_id).where(self._of(_EVENT, _EVENT.c.event_kind == event_kind))
        found = self._shapes(Kind.VITAL_EVENT, list(self.register.connection.scalars(query)))
        events = (
            BookedEvent(key, one, tuple(one.movers or ())) for key, one in found.items() if isinstance(one, VitalEvent)
        )
        return [event for event in events if person_id in event.people]

    def requests(self, *, only_open: bool = True, limit: int = 200) -> dict[bytes, Shape]:
        """Return service requests, the newest first."""
        conditions = [_REQUEST.c.state.in_(_OPEN_REQUESTS)] if only_open else []
        query = select(_REQUEST.c.record_id).where(self._of(_REQUEST, *conditions))
        query = query.order_by(_REQUEST.c.opened_on.desc(), _REQUEST.c.record_id.desc()).limit(limit)
        return self._shapes(Kind.REQUEST, list(self.register.connection.scalars(query)))

    def records_about(self, person_id: bytes) -> list[bytes]:
        """Return the requests, letters and events that somebody applied for or is the subject of."""
        found: list[bytes] = []
        for kind, columns in _ABOUT_SOMEBODY.items():
            table = INDEX_TABLES[kind]
            mine = self._of(table, or_(*(table.c[name] == person_id for name in columns)))
            found += self.register.connection.scalars(select(table.c.record_id).where(mine))
        return found

    def requests_found(self, code: str, applicants: Collection[bytes], limit: int = 50) -> dict[bytes, Shape]:
        """Return requests by the end of their id or by who applied, finished ones too, the newest first."""
        by_code = [func.hex(_REQUEST.c.record_id).like(f"%{code.upper()}")] if code.isalnum() else []
        wanted = or_(*by_code, _REQUEST.c.applicant_id.in_(list(applicants)))
        query = select(_REQUEST.c.record_id).where(self._of(_REQUEST, wanted, _REQUEST.c.void.is_(None)))
        query = query.order_by(_REQUEST.c.opened_on.desc(), _REQUEST.c.record_id.desc()).limit(limit)
        return self._shapes(Kind.REQUEST, list(self.register.connection.scalars(query)))

    def open_requests(self, within: Area = EVERYWHERE, limit: int = 8) -> tuple[int, dict[bytes, Shape]]:
        """Return how many requests are not finished, and the oldest of them; ``within`` is where applicants live."""
        conditions: list[Any] = [_REQUEST.c.state.in_(_OPEN_REQUESTS), _REQUEST.c.void.is_(None)]
        if within != EVERYWHERE:
            same = and_(
                HOUSEHOLD.c.district_code == RESIDENT.c.district_code,
                HOUSEHOLD.c.village_id == RESIDENT.c.village_id,
                HOUSEHOLD.c.record_id == RESIDENT.c.household_id,
            )
            people = select(RESIDENT.c.record_id).join(HOUSEHOLD, same)
            people = people.where(self._of(RESIDENT), *within.places())
            conditions.append(_REQUEST.c.applicant_id.in_(people))
        mine = self._of(_REQUEST, *conditions)
        count = self.register.connection.scalar(select(func.count()).select_from(_REQUEST).where(mine)) or 0
        order = (_REQUEST.c.opened_on.is_(None), _REQUEST.c.opened_on, _REQUEST.c.record_id)
        oldest = select(_REQUEST.c.record_id).where(mine).order_by(*order).limit(limit)
        return count, self._shapes(Kind.REQUEST, list(self.register.connection.scalars(oldest)))

    def requests_of(self, person_id: bytes, limit: int = 20) -> dict[bytes, Shape]:
        """Return what somebody asked the office for, the newest first."""
        mine = self._of(_REQUEST, _REQUEST.c.applicant_id == person_id, _REQUEST.c.void.is_(None))
        query = select(_REQUEST.c.record_id).where(mine).order_by(_REQUEST.c.opened_on.desc(), _REQUEST.c.record_id)
        return self._shapes(Kind.REQUEST, list(self.register.connection.scalars(query.limit(limit))))

    def letters_about(self, record_id: bytes, limit: int = 20) -> list[bytes]:
        """Return the letters that were issued about a person or a family, revoked ones too, the newest first."""
        mine = self._of(_LETTER, _LETTER.c.subject_id == record_id)
        query = select(_LETTER.c.record_id).where(mine).order_by(_LETTER.c.issued_on.desc(), _LETTER.c.record_id)
        return list(self.register.connection.scalars(query.limit(limit)))

    def counts(self) -> Counts:
        """Count residents and families in force."""
        return self.register.counts(self.village_id)

    def _shapes(self, kind: Kind, ids: list[bytes]) -> dict[bytes, Shape]:
        found: Mapping[bytes, Shape] = self.register.shapes(kind, self.village_id, ids)
        return {record_id: found[record_id] for record_id in ids if record_id in found}

    def _of(self, table: Any, *conditions: Any) -> Any:
        return and_(
            table.c.district_code == self.register.district_code, table.c.village_id == self.village_id, *conditions
        )
