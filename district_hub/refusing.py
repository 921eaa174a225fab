"""Work out what refusing a declared event takes back: all that its entry did and that still stands (ADR 0008).

Where a value came from is known by its stamp: a field that the event's own entry wrote, and nobody since, gets back the
value it had before; a person or a family that the entry made is annulled with the reason; an event that came along is
refused with it.  What has changed since stays.  So a refused event leaves the register and the books as if it had been
cancelled.  Writes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlalchemy import select

from district_hub.event_pages import EVENT, PERSON, is_waiting, people_ids
from district_hub.reading import HubReader
from district_hub.store import HubRegistry
from district_hub.tables import DECISION, VERSION
from register.store import RegisterStore
from schemas.bodies import Body
from schemas.codes import EventKind, EventState
from schemas.errors import ProtocolError, RefusedError
from schemas.fields import TAG_OWNER, TAG_VOID, Kind, Policy, policy_of
from sync_protocol import cases
from sync_protocol.causes import is_decision
from sync_protocol.codec import decode_body
from sync_protocol.decisions import Edit
from sync_protocol.entries import Change, Create, Update, parse_entry_body
from sync_protocol.feed import Result
from sync_protocol.registry import Registry
from sync_protocol.tables import Record

_MADE_BY_EVENTS = frozenset({Kind.RESIDENT, Kind.HOUSEHOLD})
_BRING_HOME = frozenset({EventKind.MOVE_IN, EventKind.RETURNED})


def refusal_edits(registry: HubRegistry, event: Record, reason: str) -> list[Edit]:
    """Return the edits that refuse an event and undo what it did.

    Raises RefusedError "event-paired", or "event-built-upon" for somebody whom a later event is about.
    """
    reader = HubReader(registry.connection, registry.tables.district_code)
    changes = list(_changes(reader, [event.stamp.change_id]))
    records = [record for record in _touched(registry, event, changes) if _is_open_here(record, event)]
    made = {record.record_id for record in records if _made_by(record, event)}
    events = {record.record_id for record in records if record.record_id in made and record.kind == Kind.VITAL_EVENT}
    people = {one.record_id for one in records if one.record_id in made and one.kind == Kind.RESIDENT}
    _check_not_built_upon(reader, event, people, events)
    edits: list[Edit] = []
    for record in records:
        if record.record_id in events:
            edits += _refused(record, reason) if is_waiting(record) else ()
        elif record.record_id not in made:
            edits += _turned_round(registry, reader, record, event.stamp.change_id, changes)
        elif record.kind in _MADE_BY_EVENTS and not record.is_void and not _is_home_of_others(reader, record, event):
            edits.append(Edit(record.record_id, TAG_VOID, None, reason))
    return edits


def events_of(registry: HubRegistry, change_ids: Collection[bytes]) -> list[Record]:
    """Return the declared events that entries have made and that fall with them; without a journal none is found.

    A move that is paired stands: its other side has said so too, and only what else its entry wrote can be refused.
    """
    reader = HubReader(registry.connection, registry.tables.district_code)
    named = [change.record_id for change in _changes(reader, change_ids) if isinstance(change, Create)]
    records = (registry.record(record_id) for record_id in dict.fromkeys(named))
    waiting = [one for one in records if one is not None and is_waiting(one) and not _is_paired(one)]
    return [one for one in waiting if one.stamp.change_id in change_ids]


def cases_of(registry: HubRegistry, event: Record) -> list[Record]:
    """Return the open cases in which changes of the event's own entry wait for a decision."""
    outcome = registry.tables.outcomes.get(event.stamp.change_id)
    if outcome is None or outcome.summary != Result.IN_REVIEW:
        return []
    reader = HubReader(registry.connection, registry.tables.district_code)
    found = (registry.record(one.case_id) for one in reader.open_cases(event.owner))
    return [
        case
        for case in found
        if case is not None
        and any(proposal.change_id == event.stamp.change_id for proposal in cases.proposals_of(case))
    ]


def _touched(registry: Registry, event: Record, changes: Iterable[Change]) -> Iterator[Record]:
    """Give the records that the event's entry may have written: those it names, and those that the event is about."""
    named = [change.record_id for change in changes]
    about = [record_id for _, record_id in people_ids(registry, event)]
    homes = [event.body.get(EVENT[name]) for name in ("household_id", "other_household_id")]
    ids = dict.fromkeys([event.record_id, *named, *about, *(home for home in homes if isinstance(home, bytes))])
    registry.tables.records.prefetch(list(ids))
    for record_id in ids:
        record = registry.record(record_id)
        if record is not None:
            yield record


def _changes(reader: HubReader, change_ids: Collection[bytes]) -> Iterator[Change]:
    for row in reader.journal_rows(change_ids=change_ids):
        try:
            yield from parse_entry_body(row.entry.body)[1]
        except ProtocolError:
            continue  # an entry of a newer program: what it wrote is found by the event's own people


def _is_open_here(record: Record, event: Record) -> bool:
    """Tell whether the record may be written back: of the same village still, and standing for itself."""
    return record.owner == event.owner and record.merged_into is None


def _made_by(record: Record, event: Record) -> bool:
    return record.stamp.change_id == event.stamp.change_id


def _is_paired(event: Record) -> bool:
    return event.body.get(EVENT["paired_with"]) is not None


def _refused(event: Record, reason: str) -> list[Edit]:
    if _is_paired(event):
        raise RefusedError(
            "this move is already paired with its other side: the people live in the other village",
            code="event-paired",
            hint="Let the other village record the way back as a move of its own.",
        )
    state, why = EVENT["state"], EVENT["refusal_reason"]
    return [
        Edit(event.record_id, state, event.body.get(state), int(EventState.REFUSED)),
        Edit(event.record_id, why, event.body.get(why), reason),
    ]


def _turned_round(
    registry: Registry, reader: HubReader, record: Record, change_id: bytes, changes: Collection[Change]
) -> Iterator[Edit]:
    """Give back the value before of every field that the entry wrote and nobody has written since.

    A later event that was refused or cancelled has only given the entry's value back: that is nobody's writing.  What
    was written on a record that has become this one (a move that was paired, a merge) has its past there.
    """
    written_on = {
        change.tag: change.record_id
        for change in changes
        if isinstance(change, Update) and registry.resolve(change.record_id) == record.record_id
    }
    given_back = {
        change.tag
        for change in changes
        if isinstance(change, Update) and change.tag in written_on and record.body.get(change.tag) == change.new
    }
    tags = [
        tag
        for tag, stamp in sorted(record.stamps.items())
        if stamp.change_id == change_id or (tag in given_back and _takes_an_event_back(reader, stamp.change_id))
    ]
    tags = [tag for tag in tags if policy_of(record.kind, tag) not in (Policy.SET, Policy.SYSTEM) and tag != TAG_OWNER]
    places = {tag: written_on.get(tag, record.record_id) for tag in tags}
    pasts = {record_id: _past(reader, record_id, change_id) for record_id in set(places.values())}
    for tag, place in places.items():
        now = record.body.get(tag)
        before = next((body.get(tag) for body in pasts[place] if body.get(tag) != now), now)
        if before != now:
            yield Edit(record.record_id, tag, now, before)


def _takes_an_event_back(reader: HubReader, cause: bytes) -> bool:
    """Tell whether what wrote a value refused an event, or cancelled one in the village."""
    if is_decision(cause):
        mine = (DECISION.c.district_code == reader.district_code, DECISION.c.decision_id == cause)
        return reader.connection.scalar(select(DECISION.c.action).where(*mine)) == "refuse"
    cancels = (EVENT["state"], int(EventState.CANCELLED))
    return any(isinstance(one, Update) and (one.tag, one.new) == cancels for one in _changes(reader, [cause]))


def _past(reader: HubReader, record_id: bytes, change_id: bytes) -> list[Body]:
    """Return the bodies that a record had, the newest first, from the one that an entry wrote if that is known."""
    mine = (VERSION.c.district_code == reader.district_code, VERSION.c.record_id == record_id)
    query = select(VERSION.c.body, VERSION.c.cause).where(*mine).order_by(VERSION.c.version.desc())
    rows = [row for row in reader.connection.execute(query) if row.body]
    written = next((at for at, row in enumerate(rows) if row.cause == change_id), 0)
    return [decode_body(row.body) for row in rows[written:]]


def _is_home_of_others(reader: HubReader, household: Record, event: Record) -> bool:
    """Tell whether somebody lives in a family whom this entry has not brought there: then it stays, and is flagged."""
    if household.kind != Kind.HOUSEHOLD:
        return False
    register = RegisterStore(reader.connection, reader.district_code)
    ids = list(register.members(household.owner, household.record_id))
    change_id, home = event.stamp.change_id, PERSON["household_id"]
    return any(person.stamp_of(home).change_id != change_id for person in reader.records(ids).values())


def _check_not_built_upon(reader: HubReader, refused: Record, made: set[bytes], own: Collection[bytes]) -> None:
    """Raise RefusedError for somebody whom an event brought in, or home, and whom a later one in force is about."""
    brought = made | (set(_named(refused)) if refused.body.get(EVENT["event_kind"]) in _BRING_HOME else set())
    if not brought:
        return
    for event in reader.records_of_kind(refused.owner, Kind.VITAL_EVENT):
        if event.record_id in own or not _is_in_force(event):
            continue
        named = set(_named(event))
        if not made.isdisjoint(named) or (_order(event) > _order(refused) and not brought.isdisjoint(named)):
            raise RefusedError(
                "another event is about somebody whom this one brought into the register",
                code="event-built-upon",
                hint="Refuse the later event first, then this one.",
            )


def _order(event: Record) -> tuple[int, bytes]:
    """Return the order of entry: record ids made on one laptop grow with time."""
    entered = event.body.get(EVENT["entered_on"])
    return (entered if isinstance(entered, int) else 0), event.record_id


def _is_in_force(event: Record) -> bool:
    states = (None, int(EventState.DECLARED), int(EventState.REGISTERED))
    return not event.is_void and event.merged_into is None and event.body.get(EVENT["state"]) in states


def _named(event: Record) -> Iterable[Any]:
    movers = event.body.get(EVENT["movers"])
    return [event.body.get(EVENT["subject_id"]), *(movers if isinstance(movers, list) else ())]
