"""Register declared vital events with their numbers, or refuse them with a reason (protocol 5.6).

A refusal is a registrar's edit back of all that the event did (``refusing``); what of it is still in review is
refused with it.  Deliberately not here: what the page shows (``event_pages``) and disputes about values (``review``).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from district_hub.event_pages import (
    CERTIFICATE_FIELD,
    EVENT,
    PERSON,
    is_waiting,
    need_event,
    people_ids,
    shown_values,
)
from district_hub.refusing import cases_of, refusal_edits
from district_hub.registrar import Registrar, looking, need_reason, page_changed, registry_of, today_days, write_edits
from district_hub.review import decide_in
from district_hub.store import HubRegistry, HubStore
from schemas.codes import EventKind, EventState
from schemas.errors import RefusedError
from schemas.fields import TAG_CERTIFIED_AT, Kind
from schemas.identifiers import NIK
from sync_protocol.cases import proposals_of
from sync_protocol.decisions import Edit, page_of
from sync_protocol.registry import Registry
from sync_protocol.tables import Record

NUMBER_LETTERS_MAX = 100

_OF_TWO = frozenset({EventKind.MARRIAGE, EventKind.DIVORCE})
"""Events whose certificate names both people."""


@dataclass(frozen=True, slots=True)
class IssuedNumbers:
    """What the district issues when it registers an event: its own number, the certificate's, a child's first NIK."""

    registration: str
    certificate: str | None = None
    nik: NIK | None = None


def register_event(
    store: HubStore,
    event_id: bytes,
    *,
    numbers: IssuedNumbers,
    registrar: Registrar,
    now_ms: int,
    shown: tuple[tuple[bytes, int, Any], ...] | None = None,
    offset_minutes: int = 7 * 60,
) -> None:
    """Register a declared event: its state, date, number and seal, and the certificate's number on its people.

    ``shown`` None takes the page as it is now.  Raises RefusedError: "event-unknown", "event-not-waiting",
    "page-changed", "event-in-review" while a part of it is disputed, "number-missing", "nik-given" if a first NIK is
    given to somebody who has one.
    """
    with _transaction(store, event_id, registrar, now_ms) as registry:
        event = _waiting_page(registry, event_id, shown)
        if cases_of(registry, event):
            raise _in_review()
        edits = _registration_edits(registry, event, numbers, today_days(now_ms, offset_minutes))
        write_edits(registry, registrar, edits, reason="", verb="register")


def refuse_event(
    store: HubStore,
    event_id: bytes,
    reason: str,
    *,
    registrar: Registrar,
    now_ms: int,
    shown: tuple[tuple[bytes, int, Any], ...] | None = None,
) -> None:
    """Refuse a declared event with a reason, and take back what it did; what of it is in review is refused too.

    Raises RefusedError: "reason-missing", "event-unknown", "event-not-waiting", "event-paired", "event-built-upon",
    "page-changed", "event-in-review" if its changes share a case with others.
    """
    reason = need_reason(reason)
    with _transaction(store, event_id, registrar, now_ms) as registry:
        event = _waiting_page(registry, event_id, shown)
        waiting = cases_of(registry, event)
        if any(len(proposals_of(case)) > 1 for case in waiting):
            raise _in_review()
        edits = refusal_edits(registry, event, reason)
        for case in waiting:
            page = page_of(registry, case)
            decide_in(registry, case.record_id, frozenset(), shown=page, reason=reason, registrar=registrar)
        if is_waiting(need_event(registry, event_id)):  # else it was refused with its case
            write_edits(registry, registrar, edits, reason=reason, verb="refuse")


def _transaction(
    store: HubStore, event_id: bytes, registrar: Registrar, now_ms: int
) -> AbstractContextManager[HubRegistry]:
    with store.reading() as reader:
        looked = looking(reader)
        event = need_event(looked, event_id)
        people = [record_id for _, record_id in people_ids(looked, event) if looked.record(record_id) is not None]
    return registry_of(store, registrar, [event_id, *people], now_ms)


def _waiting_page(registry: Registry, event_id: bytes, shown: tuple[tuple[bytes, int, Any], ...] | None) -> Record:
    event = need_event(registry, event_id)
    if shown is not None and shown != shown_values(registry, event):
        raise page_changed()
    if not is_waiting(event):
        raise RefusedError(
            "this event does not wait for the district any more",
            code="event-not-waiting",
            hint="It was registered, refused, cancelled or annulled: see its history.",
        )
    return event


def _in_review() -> RefusedError:
    return RefusedError(
        "what this event changes is still in review",
        code="event-in-review",
        hint="Decide its case first: refused there, the event is refused with it.",
    )


def _edit(record: Record, tag: int, new: Any) -> Edit:
    return Edit(record.record_id, tag, record.body.get(tag), new)


def _registration_edits(registry: Registry, event: Record, numbers: IssuedNumbers, today: int) -> list[Edit]:
    number = numbers.registration.strip()
    if not number or len(number) > NUMBER_LETTERS_MAX:
        raise RefusedError(
            "a registration needs a number of at most 100 letters",
            code="number-missing",
            hint="Give the number from the register with --number.",
        )
    edits = [
        _edit(event, EVENT["state"], int(EventState.REGISTERED)),
        _edit(event, EVENT["registered_on"], today),
        _edit(event, EVENT["registration_number"], number),
        _edit(event, TAG_CERTIFIED_AT, today),
    ]
    kind = event.body.get(EVENT["event_kind"])
    field = CERTIFICATE_FIELD.get(kind) if isinstance(kind, int) else None
    people = _subjects(registry, event)
    if numbers.certificate is not None and field is not None:
        # A marriage is on both people's certificate; a child's is not on its mother's.
        certified = people if kind in _OF_TWO else people[:1]
        edits += [_edit(person, PERSON[field], numbers.certificate.strip()) for person in certified]
    if numbers.nik is not None:
        if kind != EventKind.BIRTH or not people or people[0].body.get(PERSON["nik"]) is not None:
            raise RefusedError(
                "a first NIK is given to a newborn child without one, once and for life",
                code="nik-given",
                hint="Correct a wrong NIK with `kampung hub correct`.",
            )
        edits.append(_edit(people[0], PERSON["nik"], int(numbers.nik)))
    return [edit for edit in edits if edit.old != edit.new]


def _subjects(registry: Registry, event: Record) -> list[Record]:
    people = [registry.record(record_id) for role, record_id in people_ids(registry, event) if role != "mover"]
    return [person for person in people if person is not None and person.kind == Kind.RESIDENT]
