"""Answer the hub's questions about one state of its database: villages, records, history, queues, journals, proofs.

Reads only.  What a registrar sees is made of these by ``review``, ``registration_queue`` and ``report``; what the
protocol works on is loaded by ``loading``.  A little longer than most modules: one question is one short method, and
all share the connection and its one state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, func, or_, select

from district_hub.devices import Device, load_devices
from district_hub.loading import HubLoader, held_of, journal_row_of_row, tips_of_bytes, village_state_of_row
from district_hub.tables import (
    CASE_INDEX,
    DECISION,
    FILED_HEAD,
    JOURNAL_ENTRY,
    META,
    REPLICA,
    SAFE_POINT,
    VERSION,
    VILLAGE,
)
from register.by_key import chunks, rows_by_key
from register.store import Counts, RegisterStore, shape_columns, shape_of_row
from register.tables import INDEX_TABLES, LEVEL_FULL, RECORD, RESIDENT
from schemas.bodies import Body
from schemas.codes import EventKind, EventState
from schemas.errors import ProtocolError
from schemas.fields import Kind, tag_of
from schemas.shapes import VitalEvent
from sync_protocol.causes import is_change_id
from sync_protocol.codec import decode_body
from sync_protocol.entries import parse_entry_body
from sync_protocol.feed import F_MODULUS, Outcome, fingerprint_part
from sync_protocol.tables import ORPHAN, FeedRow, JournalRow, Record, VillageState

_EVENT = INDEX_TABLES[Kind.VITAL_EVENT]
_NIK = tag_of(Kind.RESIDENT, "nik")
_Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class VillageSummary:
    """A village and where its feed stands; ``waiting`` counts entries stored and not judged."""

    village_id: int
    code: str
    name: str
    state: VillageState
    dispatched_seq: int
    waiting: int


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One version of a record: when, from which officer's entry or which registrar's decision, and why."""

    version: int
    written_ms: int
    village_id: int
    feed_seq: int
    cause: bytes
    digest: bytes
    body: Body
    officer: str = ""
    wall_ms: int | None = None
    registrar: str = ""
    action: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """A case in the review list; the whole of it is a record."""

    case_id: bytes
    village_id: int
    about_id: bytes | None
    opened_ms: int


@dataclass(frozen=True, slots=True)
class WaitingEvent:
    """A vital event that the village has declared and the district has not registered yet."""

    village_id: int
    record_id: bytes
    event: VitalEvent


@dataclass(frozen=True, slots=True)
class VillageCounts:
    """What a village holds and what waits in it; ``orphans`` are entries beyond a gap, ``moves_paired`` arrivals."""

    register: Counts
    journal_entries: int
    waiting: int
    orphans: int
    open_cases: int
    moves_paired: int


@dataclass(frozen=True, slots=True)
class ReplicaSummary:
    """A replica's journal as the hub has it: the ends of its branches, more than one after a fork."""

    replica_id: bytes
    village_id: int
    tips: tuple[tuple[int, bytes], ...]


@dataclass(frozen=True, slots=True)
class FiledHead:
    """A signed head that a device has countersigned."""

    village_id: int
    device_id: bytes
    seq: int
    signed_head: bytes
    countersignature: bytes
    filed_ms: int


class HubReader:
    """One state of the hub's database."""

    def __init__(self, connection: Connection, district_code: str) -> None:
        self.connection = connection
        self.district_code = district_code
        self.loader = HubLoader(connection, district_code)

    @property
    def register(self) -> RegisterStore:
        """The villages' registers: search, counts, shapes."""
        return self.loader.register

    # -- villages and devices

    def villages(self) -> list[VillageSummary]:
        """Return all villages in the order of their ids."""
        columns, order = tuple(VILLAGE.c), (VILLAGE.c.village_id,)
        rows = rows_by_key(self.connection, columns, VILLAGE.c.district_code, (self.district_code,), order=order)
        return [_village_of_row(row) for row in rows]

    def village(self, village_id: int) -> VillageSummary | None:
        """Return a village by its internal id."""
        mine = {VILLAGE.c.district_code: self.district_code}
        rows = rows_by_key(self.connection, tuple(VILLAGE.c), VILLAGE.c.village_id, (village_id,), mine)
        return next((_village_of_row(row) for row in rows), None)

    def village_by_code(self, code: str) -> VillageSummary | None:
        """Return a village by its official code."""
        row = self.connection.execute(select(VILLAGE).where(self._mine(VILLAGE), VILLAGE.c.code == code)).first()
        return _village_of_row(row) if row is not None else None

    def devices(self, village_id: int | None = None) -> list[Device]:
        """Return enrolled devices, revoked ones too."""
        return load_devices(self.connection, self.district_code, village_id=village_id)

    def replicas(self, village_id: int | None = None) -> list[ReplicaSummary]:
        """Return the replicas whose journals the hub has."""
        query = select(REPLICA).where(self._mine(REPLICA), *_in(REPLICA, village_id)).order_by(REPLICA.c.replica_id)
        return [
            ReplicaSummary(row.replica_id, row.village_id, tuple(sorted(tips_of_bytes(row.tips))))
            for row in self.connection.execute(query)
        ]

    def counts(self, village_id: int) -> VillageCounts:
        """Count what a village holds and what waits in it."""
        village = self.village(village_id)
        is_open = and_(CASE_INDEX.c.is_open, CASE_INDEX.c.village_id == village_id)
        is_paired_arrival = and_(_EVENT.c.event_kind == EventKind.MOVE_IN, _EVENT.c.paired_with.is_not(None))
        return VillageCounts(
            self.register.counts(village_id),
            self._count(JOURNAL_ENTRY, JOURNAL_ENTRY.c.village_id == village_id),
            village.waiting if village is not None else 0,
            self._count(JOURNAL_ENTRY, and_(JOURNAL_ENTRY.c.village_id == village_id, JOURNAL_ENTRY.c.state == ORPHAN)),
            self._count(CASE_INDEX, is_open),
            self._count(_EVENT, and_(_EVENT.c.village_id == village_id, is_paired_arrival)),
        )

    # -- records and their history

    def record(self, record_id: bytes) -> Record | None:
        """Return a record as the registry has it."""
        return self.loader.records((record_id,)).get(record_id)

    def records(self, ids: Collection[bytes]) -> dict[bytes, Record]:
        """Return records by id; unknown ids are absent."""
        return self.loader.records(ids)

    def records_of_kind(self, village_id: int, kind: int) -> Iterator[Record]:
        """Give the records of a kind that a village owns, in the order of their ids."""
        mine = and_(RECORD.c.village_id == village_id, RECORD.c.kind == kind, RECORD.c.level == LEVEL_FULL)
        ids = list(self.connection.scalars(select(RECORD.c.record_id).where(self._mine(RECORD), mine)))
        for some in chunks(sorted(ids)):
            yield from (record for _, record in sorted(self.loader.records(some).items()))

    def history(self, record_id: bytes) -> list[HistoryEntry]:
        """Return every version of a record, oldest first, with who made it and why."""
        query = select(VERSION).where(self._mine(VERSION), VERSION.c.record_id == record_id)
        rows = self.connection.execute(query.order_by(VERSION.c.version)).all()
        entries = self._entries_of({row.cause for row in rows if is_change_id(row.cause)})
        decisions = self._decisions_of({row.cause for row in rows})
        found: list[HistoryEntry] = []
        for row in rows:
            officer, wall_ms = entries.get(row.cause, ("", None))
            registrar, action, reason = decisions.get(row.cause, ("", "", ""))
            found.append(
                HistoryEntry(
                    row.version,
                    row.written_ms,
                    row.village_id,
                    row.feed_seq,
                    row.cause,
                    row.digest,
                    decode_body(row.body) if row.body else {},
                    officer,
                    wall_ms,
                    registrar,
                    action,
                    reason,
                )
            )
        return found

    def _entries_of(self, change_ids: Collection[bytes]) -> dict[bytes, tuple[str, int | None]]:
        found: dict[bytes, tuple[str, int | None]] = {}
        for row in self.journal_rows(change_ids=change_ids):
            try:
                officer, _ = parse_entry_body(row.entry.body)
            except ProtocolError:
                officer = ""
            found[row.change_id] = (officer, row.entry.wall_ms)
        return found

    def _decisions_of(self, ids: Collection[bytes]) -> dict[bytes, tuple[str, str, str]]:
        columns = (DECISION.c.decision_id, DECISION.c.registrar, DECISION.c.action, DECISION.c.reason)
        query = select(*columns).where(self._mine(DECISION), DECISION.c.decision_id.in_(list(ids)))
        return {row[0]: (row[1], row[2], row[3]) for row in self.connection.execute(query)}

    def changed_records(self, village_id: int, after_seq: int, kind: int | None = None) -> list[bytes]:
        """Return the records that a village's feed changed after a position."""
        place = and_(VERSION.c.village_id == village_id, VERSION.c.feed_seq > after_seq)
        query = select(VERSION.c.record_id).where(self._mine(VERSION), place).distinct()
        if kind is not None:
            query = query.where(VERSION.c.kind == kind)
        return sorted(self.connection.scalars(query))

    # -- queues

    def open_cases(self, village_id: int | None = None) -> list[CaseSummary]:
        """Return the cases that wait for a registrar, oldest first."""
        columns = (CASE_INDEX.c.case_id, CASE_INDEX.c.village_id, CASE_INDEX.c.about_id, CASE_INDEX.c.opened_ms)
        query = select(*columns).where(self._mine(CASE_INDEX), CASE_INDEX.c.is_open, *_in(CASE_INDEX, village_id))
        rows = self.connection.execute(query.order_by(CASE_INDEX.c.opened_ms, CASE_INDEX.c.case_id))
        return [CaseSummary(*row) for row in rows]

    def waiting_events(self, village_id: int | None = None) -> list[WaitingEvent]:
        """Return the declared events that wait for registration, newest first."""
        is_declared = and_(_EVENT.c.state == EventState.DECLARED, _in_force(_EVENT))
        query = select(_EVENT.c.village_id, _EVENT.c.record_id, *shape_columns(Kind.VITAL_EVENT))
        query = query.where(self._mine(_EVENT), is_declared, *_in(_EVENT, village_id))
        rows = self.connection.execute(query.order_by(_EVENT.c.entered_on.desc(), _EVENT.c.record_id.desc()))
        return [
            WaitingEvent(row[0], row[1], cast("VitalEvent", shape_of_row(Kind.VITAL_EVENT, row[2:]))) for row in rows
        ]

    def move_candidates(self) -> tuple[list[bytes], list[bytes]]:
        """Return open departures to a village of this district, and open arrivals (protocol 12.1)."""
        is_open = and_(
            _EVENT.c.state.in_([EventState.DECLARED, EventState.REGISTERED]),
            _EVENT.c.paired_with.is_(None),
            _in_force(_EVENT),
        )
        query = select(_EVENT.c.record_id).where(self._mine(_EVENT), is_open).order_by(_EVENT.c.record_id)
        # officers name the destination by its official code: a village does not know the internal ids of others
        codes = select(VILLAGE.c.code).where(self._mine(VILLAGE))
        is_here = or_(_EVENT.c.village_to.is_not(None), _EVENT.c.place_to.in_(codes))
        is_out = and_(_EVENT.c.event_kind == EventKind.MOVE_OUT, is_here)
        departures = list(self.connection.scalars(query.where(is_out)))
        arrivals = list(self.connection.scalars(query.where(_EVENT.c.event_kind == EventKind.MOVE_IN)))
        return departures, arrivals

    def nik_groups(self, village_id: int | None = None, after_seq: int = 0) -> tuple[list[bytes], list[bytes]]:
        """Return (people, same_nik) for the doubled-NIK flags (protocol 12.3).

        With a village: the people whom its feed changed after a position, everybody with a NIK that they have or had,
        and who carries those.  Without: everybody in the district whose NIK two living people carry, and everybody who
        has a flag.
        """
        if village_id is None:
            flagged = self._flagged()
            return self._with_same_nik(flagged, self._doubled_niks())
        changed = self.changed_records(village_id, after_seq, Kind.RESIDENT)
        return self._with_same_nik(set(changed), self._niks_ever(changed))

    def _niks_ever(self, people: Collection[bytes]) -> set[str]:
        niks: set[str] = set()
        for some in chunks(people):
            query = select(VERSION.c.body).where(self._mine(VERSION), VERSION.c.record_id.in_(some))
            for body in self.connection.scalars(query):
                nik = decode_body(body).get(_NIK) if body else None
                if type(nik) is int:
                    niks.add(f"{nik:016d}")
        return niks

    def _doubled_niks(self) -> set[str]:
        living = and_(self._mine(RESIDENT), RESIDENT.c.is_living, RESIDENT.c.nik.is_not(None))
        query = select(RESIDENT.c.nik).where(living).group_by(RESIDENT.c.nik).having(func.count() > 1)
        return set(self.connection.scalars(query))

    def _flagged(self) -> set[bytes]:
        """Return the people whom a flag is about; flags are few."""
        about = tag_of(Kind.FLAG, "about_id")
        query = select(RECORD.c.body).where(self._mine(RECORD), RECORD.c.kind == Kind.FLAG)
        return {decode_body(body)[about] for body in self.connection.scalars(query.where(RECORD.c.level == LEVEL_FULL))}

    def _with_same_nik(self, people: set[bytes], niks: set[str]) -> tuple[list[bytes], list[bytes]]:
        holders = self.register.holders(sorted(niks))
        # A village without a partner still has people of its own NIK: they are cheap to look at and change nothing.
        same = {record_id for found in holders.values() for _, record_id in found}
        alike = {record_id for found in holders.values() if len(found) > 1 for _, record_id in found}
        return sorted(people | alike), sorted(same)

    # -- journals, feeds, proofs

    def journal_rows(
        self,
        village_id: int | None = None,
        *,
        replica_id: bytes | None = None,
        change_ids: Collection[bytes] | None = None,
        state: int | None = None,
    ) -> list[JournalRow]:
        """Return stored journal entries in the order of replica and sequence."""
        query = select(JOURNAL_ENTRY).where(self._mine(JOURNAL_ENTRY), *_in(JOURNAL_ENTRY, village_id))
        if replica_id is not None:
            query = query.where(JOURNAL_ENTRY.c.replica_id == replica_id)
        if state is not None:
            query = query.where(JOURNAL_ENTRY.c.state == state)
        places = [JOURNAL_ENTRY.c.change_id.in_(some) for some in chunks(change_ids)] if change_ids is not None else []
        rows: list[Row[Any]] = []
        for one in [query] if change_ids is None else [query.where(place) for place in places]:
            rows += self.connection.execute(one)
        return sorted((journal_row_of_row(row) for row in rows), key=lambda row: (row.replica_id, row.seq, row.head))

    def outcome(self, change_id: bytes) -> Outcome | None:
        """Return what became of a change id, None if nothing yet."""
        return self.loader.outcomes((change_id,)).get(change_id)

    def feed(self, village_id: int, seq: int) -> FeedRow | None:
        """Return one feed entry."""
        return self.loader.feed(((village_id, seq),)).get((village_id, seq))

    def fingerprint_from_tables(self, village_id: int) -> int:
        """Return F of a village's registry layer, added up from its rows (protocol 3.9)."""
        village = self.village(village_id)
        if village is None:
            return 0
        total = 0
        for stored in self.register.iter_records(village_id):
            shown = held_of(stored).shown_digest
            total += fingerprint_part(village.state.key, stored.record_id, stored.version, shown)
        return total % F_MODULUS

    def filed_heads(self, village_id: int) -> list[FiledHead]:
        """Return the heads that a village's devices have countersigned, oldest first."""
        columns = [FILED_HEAD.c[name] for name in FiledHead.__slots__]
        query = select(*columns).where(self._mine(FILED_HEAD), FILED_HEAD.c.village_id == village_id)
        return [FiledHead(*row) for row in self.connection.execute(query.order_by(FILED_HEAD.c.seq))]

    def safe_point(self, village_id: int, replica_id: bytes) -> tuple[int, int] | None:
        """Return (feed sequence, journal sequence of a replica) in a verified backup, None before the first one."""
        mine = and_(SAFE_POINT.c.village_id == village_id, SAFE_POINT.c.replica_id.in_([b"", replica_id]))
        query = select(SAFE_POINT.c.replica_id, SAFE_POINT.c.seq).where(self._mine(SAFE_POINT), mine)
        found: dict[bytes, int] = {row[0]: row[1] for row in self.connection.execute(query)}
        return (found.get(b"", 0), found.get(replica_id, 0)) if found else None

    def meta(self, name: str) -> str | None:
        """Return a named value of the whole hub."""
        return self.connection.scalar(select(META.c.value).where(self._mine(META), META.c.name == name))

    def _mine(self, table: Table) -> _Condition:
        return table.c.district_code == self.district_code

    def _count(self, table: Table, condition: _Condition) -> int:
        query = select(func.count()).select_from(table).where(self._mine(table), condition)
        return self.connection.scalar(query) or 0


def _in(table: Table, village_id: int | None) -> list[_Condition]:
    return [] if village_id is None else [table.c.village_id == village_id]


def _in_force(table: Table) -> _Condition:
    return and_(table.c.level == LEVEL_FULL, table.c.void.is_(None), table.c.merged_into.is_(None))


def _village_of_row(row: Row[Any]) -> VillageSummary:
    return VillageSummary(
        row.village_id, row.code, row.name, village_state_of_row(row), row.dispatched_seq, len(row.waiting) // 32
    )
