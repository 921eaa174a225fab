"""Do after a commit what crosses villages: pair the two sides of moves, flag doubled NIKs (protocol 12).

Finds the candidates and the locks; what a pair or a flag is, ``sync_protocol.dispatching`` decides.  Derived and
idempotent: a crash between receive and dispatch costs nothing, since the next one looks from where the last one ended.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from district_hub.reading import HubReader
from district_hub.store import HubStore
from schemas.fields import Kind, tag_of
from sync_protocol.dispatching import carries_nik, flag_id_of, flag_niks, pair_moves
from sync_protocol.tables import Record

_NIK = tag_of(Kind.RESIDENT, "nik")
_TO, _PLACE_TO = tag_of(Kind.VITAL_EVENT, "village_to"), tag_of(Kind.VITAL_EVENT, "place_to")


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one run of the dispatcher did."""

    paired: int = 0
    flags: int = 0


def dispatch_after(store: HubStore, village_id: int, now_ms: int) -> Dispatched:
    """Dispatch what a village's feed brought since the dispatcher last looked at it."""
    with store.reading() as reader:
        village = reader.village(village_id)
        if village is None or village.dispatched_seq >= village.state.seq:
            return Dispatched()
    paired, touched = _pair(store, now_ms)
    flags = 0
    for each in sorted({village_id, *touched}):
        flags += _flag(store, each, now_ms)
    return Dispatched(paired, flags)


def dispatch(store: HubStore, now_ms: int) -> Dispatched:
    """Dispatch for the whole district, from the state alone: what the nightly run does."""
    paired, _ = _pair(store, now_ms)
    return Dispatched(paired, _flag(store, None, now_ms))


# -- moves


def _pair(store: HubStore, now_ms: int) -> tuple[int, set[int]]:
    """Pair what can be paired; return how many pairs and the villages that were touched."""
    with store.reading() as reader:
        departures, arrivals = reader.move_candidates()
        records = reader.records([*departures, *arrivals]) if departures and arrivals else {}
        codes = {village.code: village.village_id for village in reader.villages()} if records else {}
    arriving = {records[event_id].owner for event_id in arrivals if event_id in records}
    outs, villages = [], set[int]()
    for event_id in departures:
        out = records.get(event_id)
        target = _destination(out, codes) if out is not None else None
        if out is not None and target in arriving and target != out.owner:
            outs.append(event_id)
            villages |= {out.owner, target}
    if not outs:
        return 0, set()
    ins = [event_id for event_id in arrivals if event_id in records and records[event_id].owner in villages]
    with store.registry_transaction(villages, now_ms) as registry:
        registry.tables.records.prefetch([*outs, *ins])
        paired = pair_moves(registry, outs, ins, codes)
    return paired, villages if paired else set()


def _destination(out: Record, codes: dict[str, int]) -> int | None:
    named = out.body.get(_TO)
    return named if isinstance(named, int) else codes.get(str(out.body.get(_PLACE_TO)))


# -- doubled NIKs


def _flag(store: HubStore, village_id: int | None, now_ms: int) -> int:
    """Open and close flags; return how many changed.  Looks first without locks: most NIKs are nobody else's."""
    with store.reading() as reader:
        positions, people, same = _candidates(reader, village_id)
        locks = _owners(reader, people)
    changed = 0
    if people:
        with store.registry_transaction(locks, now_ms) as registry:
            tables = registry.tables
            tables.records.prefetch([*people, *same])
            held = (record for each in people if (record := registry.record(each)) is not None)
            wanted = [(record, flag_id) for record in held for flag_id in _flag_ids(record)]
            tables.records.prefetch([flag_id for _, flag_id in wanted])
            # a person who changed village since we looked waits for the next run
            locked = [record.record_id for record, _ in wanted if {record.owner, *record.left} <= locks]
            before = {flag_id: registry.record(flag_id) for _, flag_id in wanted}
            flag_niks(registry, locked, same)
            after = {flag_id: registry.record(flag_id) for flag_id in before}
            changed = sum(_digest(before[flag_id]) != _digest(after[flag_id]) for flag_id in before)
    store.mark_dispatched(positions)
    return changed


def _digest(record: Record | None) -> bytes:
    return record.digest if record is not None else b""


def _candidates(reader: HubReader, village_id: int | None) -> tuple[dict[int, int], list[bytes], list[bytes]]:
    """Return the positions looked at, the people whose flag may change, and everybody with their NIKs."""
    villages = reader.villages()
    positions = {one.village_id: one.state.seq for one in villages if village_id in (None, one.village_id)}
    if village_id is None:
        people, same = reader.nik_groups()
    else:
        looked = next((one.dispatched_seq for one in villages if one.village_id == village_id), 0)
        people, same = reader.nik_groups(village_id, looked)
    records = reader.records({*people, *same})
    living = [record for record in map(records.get, same) if record is not None and carries_nik(record)]
    counts: dict[int, int] = {}
    for record in living:
        counts[record.body[_NIK]] = counts.get(record.body[_NIK], 0) + 1
    # who shared a NIK that is corrected now has a flag to close
    flag_ids = {each: _flag_ids(records[each]) for each in dict.fromkeys([*people, *same]) if each in records}
    known = set(reader.records([flag_id for ids in flag_ids.values() for flag_id in ids]))
    needed = [
        each
        for each, ids in flag_ids.items()
        if not known.isdisjoint(ids) or counts.get(records[each].body.get(_NIK, 0), 0) > 1
    ]
    return positions, needed, [record.record_id for record in living]


def _flag_ids(record: Record) -> list[bytes]:
    return [flag_id_of(record.record_id, village) for village in sorted({record.owner, *record.left})]


def _owners(reader: HubReader, people: Collection[bytes]) -> set[int]:
    records: Iterable[Record] = reader.records(people).values()
    return {village for record in records for village in (record.owner, *record.left)}


def dispatch_pending(store: HubStore, now_ms: int) -> Dispatched:
    """Dispatch for every village whose feed has news: what a registrar's command does after its commit."""
    with store.reading() as reader:
        pending = [one.village_id for one in reader.villages() if one.dispatched_seq < one.state.seq]
    done = [dispatch_after(store, village_id, now_ms) for village_id in pending]
    return Dispatched(sum(one.paired for one in done), sum(one.flags for one in done))
