"""Do what crosses villages, after commit: pair moves, flag doubled NIKs (protocol 12).

Idempotent and derived: running it twice, or after a crash, changes nothing more.  The shell finds the candidates
(events that are open, people of equal NIK) and passes them in; every record is read again here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from schemas.bodies import Body
from schemas.codes import EventKind, EventState, LifeStatus
from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, Kind, tag_of
from sync_protocol.admission import put_inbox
from sync_protocol.causes import DISPATCHER
from sync_protocol.codec import digest32, is_count, is_digest
from sync_protocol.handing_over import come_back, handed_over, not_taken
from sync_protocol.registry import Registry
from sync_protocol.tables import REGISTRAR, Record, Stamp
from sync_protocol.timing import hub_eff

FLAG_NIK = "nik-twice"

_KIND, _STATE = tag_of(Kind.VITAL_EVENT, "event_kind"), tag_of(Kind.VITAL_EVENT, "state")
_SUBJECT, _MOVERS = tag_of(Kind.VITAL_EVENT, "subject_id"), tag_of(Kind.VITAL_EVENT, "movers")
_TO, _PLACE_TO = tag_of(Kind.VITAL_EVENT, "village_to"), tag_of(Kind.VITAL_EVENT, "place_to")
_PAIRED = tag_of(Kind.VITAL_EVENT, "paired_with")
_NIK, _BIRTH, _LIFE, _LEFT, _ARRIVED = (
    tag_of(Kind.RESIDENT, name) for name in ("nik", "birth_on", "life_status", "left_on", "arrived_on")
)
_FLAG, _ABOUT, _OPEN, _OWN, _ELSEWHERE = (
    tag_of(Kind.FLAG, name) for name in ("flag", "about_id", "is_open", "own_ids", "elsewhere")
)


def pair_moves(
    registry: Registry,
    departures: Iterable[bytes],
    arrivals: Iterable[bytes],
    village_codes: Mapping[str, int] | None = None,
) -> int:
    """Pair open departures with open arrivals; return how many were paired.  Commits one feed entry a village.

    Args:
        village_codes: internal village ids by official code; an officer names the destination by its code.
    """
    paired = 0
    waiting = [event for a in arrivals if (event := _open_event(registry, a, EventKind.MOVE_IN)) is not None]
    leaving = [event for d in departures if (event := _open_event(registry, d, EventKind.MOVE_OUT)) is not None]
    back = _back_at_home(registry, leaving, waiting)
    for out in leaving:
        for arrival in waiting:
            if arrival.owner == _destination(out, village_codes or {}) and _pair(registry, out, arrival, back):
                waiting.remove(arrival)
                registry.commit(None, hub_eff(registry.now_ms))
                paired += 1
                break
    return paired


def _open_event(registry: Registry, event_id: bytes, kind: int) -> Record | None:
    event = registry.record(event_id)
    if event is None or event.kind != Kind.VITAL_EVENT or event.body.get(_KIND) != kind or event.is_void:
        return None
    is_open = event.body.get(_STATE) in (EventState.DECLARED, EventState.REGISTERED) and event.body.get(_PAIRED) is None
    return event if is_open else None


def _destination(out: Record, village_codes: Mapping[str, int]) -> int | None:
    named = out.body.get(_TO)
    return named if isinstance(named, int) else village_codes.get(str(out.body.get(_PLACE_TO)))


def _movers(event: Record) -> list[bytes]:
    """Return who moves; what a strange program wrote there instead of record ids is nobody."""
    movers = event.body.get(_MOVERS)
    named = movers if isinstance(movers, list) and movers else [event.body.get(_SUBJECT)]
    return [record_id for record_id in named if is_digest(record_id, 16)]


def _people(registry: Registry, event: Record) -> set[bytes]:
    """Return who moves by an event; for a record that was merged, the one that stands for it."""
    return {registry.resolve(record_id) for record_id in _movers(event)}


def _back_at_home(
    registry: Registry, leaving: Iterable[Record], waiting: Iterable[Record]
) -> dict[bytes, Stamp | None]:
    """Return who left one village and came back to it by events that are both open; None but for who left once more.

    Both sides of such a round trip may arrive at once; pairing the way there would take from home a person who lives
    there again, or has died or gone missing there since.  Who has left once more has the stamp of that leaving.
    """
    arrived = {(event.owner, person) for event in waiting for person in _people(registry, event)}
    gone = {person for event in leaving for person in _people(registry, event) if (event.owner, person) in arrived}
    found = (record for record_id in gone if (record := registry.record(record_id)) is not None)
    return {
        record.record_id: record.stamp_of(_LIFE) if record.body.get(_LIFE) == LifeStatus.MOVED else None
        for record in found
    }


def _pair(registry: Registry, out: Record, arrival: Record, back: Mapping[bytes, Stamp | None]) -> bool:
    matches: list[tuple[Record, Record]] = []
    for person_id in _movers(out):
        person = registry.record(registry.resolve(person_id))
        if person is None or person.owner != out.owner or not _is_gone_by(out, person, back):
            continue
        newcomer = _newcomer(registry, person, arrival, back)
        if newcomer is not None:
            matches.append((person, newcomer))
    if not matches:
        return False
    for person, newcomer in matches:
        if newcomer.record_id == person.record_id:
            registry.put(come_back(person, arrival), DISPATCHER)
        else:
            _hand_over(registry, person, newcomer, arrival)
    for event, other in ((out, arrival), (arrival, out)):
        registry.put(replace(event, body={**event.body, _PAIRED: other.record_id}), DISPATCHER)
    return True


def _newcomer(registry: Registry, person: Record, arrival: Record, back: Mapping[bytes, Stamp | None]) -> Record | None:
    """Return the record that an arrival has of a person who left elsewhere: one that it made, or the very same."""
    for newcomer_id in _movers(arrival):
        newcomer = registry.record(newcomer_id)
        if newcomer is None:
            continue
        if registry.resolve(newcomer_id) == person.record_id:
            # The village had them before and did not know that they are another's now: what it wrote waits.
            outcome = registry.tables.outcomes.get(arrival.stamp.change_id)
            if outcome is not None and not outcome.is_final:
                return person
        elif _is_made_by(arrival, newcomer, back) and _is_same(person, newcomer, arrival.owner):
            return newcomer
    return None


def _is_gone_by(out: Record, person: Record, back: Mapping[bytes, Stamp | None]) -> bool:
    """Tell whether it is by this departure that a person is not at home now, or by a registrar's word."""
    if person.record_id not in back:
        return True
    leaving = back[person.record_id]
    return leaving is not None and (leaving.source == REGISTRAR or leaving.change_id == out.stamp.change_id)


def _is_made_by(arrival: Record, newcomer: Record, back: Mapping[bytes, Stamp | None]) -> bool:
    """Tell whether a record is of somebody new by this arrival: of who came back it is another's, or lives there."""
    if newcomer.record_id not in back:
        return True
    return back[newcomer.record_id] is not None and newcomer.stamp.change_id == arrival.stamp.change_id


def _is_same(person: Record, newcomer: Record, village: int) -> bool:
    if newcomer.merged_into is not None or newcomer.owner != village:
        return False
    nik, births = person.body.get(_NIK), (person.body.get(_BIRTH), newcomer.body.get(_BIRTH))
    return is_count(nik) and nik == newcomer.body.get(_NIK) and (None in births or births[0] == births[1])


def _hand_over(registry: Registry, person: Record, newcomer: Record, arrival: Record) -> None:
    """The owner changes; the arrival's record becomes a redirect to the person (protocol 12.1)."""
    stamp = Stamp(hub_eff(registry.now_ms), DISPATCHER, REGISTRAR)
    registry.put(handed_over(person, newcomer, arrival, stamp), DISPATCHER)
    for tag, change_id in not_taken(person, newcomer):
        put_inbox(registry, arrival.owner, "overwritten", change_id, person.record_id, tag, DISPATCHER)
    registry.put(replace(newcomer, body={**newcomer.body, TAG_MERGED_INTO: person.record_id}), DISPATCHER)


def flag_id_of(record_id: bytes, village: int) -> bytes:
    """Return the derived id of the doubled-NIK flag of a person in a village."""
    return digest32(b"kampung/flag/0" + record_id + village.to_bytes(4, "big"))[:16]


def flag_niks(registry: Registry, people: Iterable[bytes], same_nik: Iterable[bytes]) -> None:
    """Open or close the doubled-NIK flag of each person named (protocol 12.3).

    ``same_nik`` holds every record that has a NIK of one of ``people``, they included.  Commits.
    """
    groups: dict[int, list[Record]] = {}
    for record_id in dict.fromkeys(same_nik):
        record = registry.record(record_id)
        if record is not None and carries_nik(record):
            groups.setdefault(record.body[_NIK], []).append(record)
    for record_id in dict.fromkeys(people):
        record = registry.record(record_id)
        if record is None or record.kind != Kind.RESIDENT:
            continue
        alike = groups.get(record.body[_NIK], []) if carries_nik(record) else []
        others = [other for other in alike if other.record_id != record_id]
        _set_flag(registry, record, record.owner, others)
        for village in sorted(record.left - {record.owner}):
            _set_flag(registry, record, village, [])  # who left is no longer that village's problem
    registry.commit(None, hub_eff(registry.now_ms))


def carries_nik(record: Record) -> bool:
    """Tell whether a record is of a living person with a NIK, who has not left since the last arrival (12.3)."""
    left, arrived = record.body.get(_LEFT), record.body.get(_ARRIVED)
    is_back = isinstance(left, int) and isinstance(arrived, int) and arrived >= left
    return (
        record.kind == Kind.RESIDENT
        and is_count(record.body.get(_NIK))
        and record.merged_into is None
        and not record.is_void
        and record.body.get(_LIFE, LifeStatus.ALIVE) == LifeStatus.ALIVE
        and (is_back or not isinstance(left, int))
    )


def _set_flag(registry: Registry, record: Record, village: int, others: list[Record]) -> None:
    flag_id = flag_id_of(record.record_id, village)
    if registry.record(flag_id) is None and not others:
        return
    body: Body = {TAG_OWNER: village, _FLAG: FLAG_NIK, _ABOUT: record.record_id}
    if others:
        body[_OPEN] = True
        own = sorted(other.record_id for other in others if other.owner == village)
        if own:
            body[_OWN] = own
        if any(other.owner != village for other in others):
            body[_ELSEWHERE] = True
    known = registry.record(flag_id)
    stamp = Stamp(0, DISPATCHER, REGISTRAR)
    registry.put(replace(known, body=body) if known else Record(flag_id, Kind.FLAG, body, stamp), DISPATCHER)
