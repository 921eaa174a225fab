"""Record the vital event behind somebody who comes in as dead, moved, gone or missing, in the same entry.

Two cases.  Somebody new was never counted here, so the event belongs to the opening stock: it has no day of entry, and
the books of no month show it; its id is derived, so two laptops record one event.  Somebody known whose status an
officer took over from the file leaves the count today: that event is entered today, like one from the counter.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from register.importing import PlannedCreate, PlannedUpdate
from register.importing.record_ids import Domain, derive_record_id
from schemas.bodies import Body, body_of, values_of
from schemas.codes import EventKind, EventState
from schemas.fields import Kind
from sync_protocol.entries import Create


def opening_event(planned: PlannedCreate, village_key: bytes) -> Create | None:
    """Return the event behind a new person's status, None for the living."""
    kind = planned.implied_event
    if kind is None:
        return None
    event_id = derive_record_id(village_key, Domain.EVENT_OF_PERSON, planned.record_id, kind)
    return Create(event_id, Kind.VITAL_EVENT, _body(kind, planned.record_id, planned.body))


def accepted_event(update: PlannedUpdate, after: Body, event_id: bytes, today: dt.date) -> Create:
    """Return the event behind an accepted status of somebody known; ``after`` is the person after it."""
    assert update.implied_event is not None, "only a status implies an event"
    return Create(event_id, Kind.VITAL_EVENT, _body(update.implied_event, update.record_id, after, entered_on=today))


def _body(kind: int, person_id: bytes, person: Body, **more: Any) -> Body:
    known = values_of(Kind.RESIDENT, person)
    values: dict[str, Any] = {
        "event_kind": kind,
        "state": int(EventState.DECLARED),
        "subject_id": person_id,
        "household_id": known.get("household_id"),
        "occurred_on": known.get("died_on" if kind == EventKind.DEATH else "left_on"),
        **more,
    }
    if kind == EventKind.MOVE_OUT:
        values |= {"movers": [person_id], "place_to": known.get("destination")}
    return body_of(Kind.VITAL_EVENT, {name: value for name, value in values.items() if value is not None})
