"""List declared vital events that wait for the district; register them with their numbers, or refuse them (protocol 5.6).

A refusal is an ordinary registrar's edit back: a refused death makes its subject alive again, if the page still holds.
Deliberately not here: whether an event waits (it is declared, so it does) and disputes about values (``review``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from district_hub.registrar import Registrar, looking, need_reason, page_changed, registry_of, today_days, write_edits
from district_hub.showing import record_name
from district_hub.store import HubRegistry, HubStore
from schemas.bodies import from_wire
from schemas.codes import EventKind, EventState, LifeStatus
from schemas.errors import RefusedError
from schemas.fields import TAG_CERTIFIED_AT, TAG_MERGED_INTO, TAG_VOID, Kind, fields_by_name, tag_of
from schemas.identifiers import NIK
from sync_protocol.codec import digest16, encode
from sync_protocol.decisions import Edit
from sync_protocol.registry import Registry, shown_elements
from sync_protocol.tables import Record

_EVENT = {name: field.tag for name, field in fields_by_name(Kind.VITAL_EVENT).items()}
_PERSON = {name: field.tag for name, field in fields_by_name(Kind.RESIDENT).items()}
_ATTACHMENTS = tag_of(Kind.VITAL_EVENT, "attachments")

NUMBER_LETTERS_MAX = 100

# Days after the event until which a declaration is in time (UU 24/2013 art. 27 and 44); late is flagged, never blocked.
_IN_TIME_DAYS: Mapping[int, int] = {
    EventKind.BIRTH: 60,
    EventKind.DEATH: 30,
    EventKind.MARRIAGE: 60,
    EventKind.DIVORCE: 60,
}

# The field of the person that keeps the number of the certificate which the district issues.
_CERTIFICATE_FIELD: Mapping[int, str] = {
    EventKind.BIRTH: "birth_number",
    EventKind.DEATH: "death_number",
    EventKind.MARRIAGE: "marriage_number",
    EventKind.DIVORCE: "divorce_number",
}

# What a refused event had set on its people: field and the status it set; refused, the person is as before.
_STATUS_SET_BY: Mapping[int, LifeStatus] = {
    EventKind.DEATH: LifeStatus.DEAD,
    EventKind.MOVE_OUT: LifeStatus.MOVED,
    EventKind.MISSING: LifeStatus.MISSING,
    EventKind.LEFT: LifeStatus.LEFT,
}
_UNSET_BY_REFUSAL: Mapping[int, tuple[str, ...]] = {
    EventKind.DEATH: ("died_on",),
    EventKind.MOVE_OUT: ("destination", "left_on"),
    EventKind.MISSING: (),
    EventKind.LEFT: ("left_on",),
}


@dataclass(frozen=True, slots=True)
class EventPerson:
    """A person of an event: ``role`` is subject, second, mover or head."""

    record_id: bytes
    role: str
    name: str
    nik: str
    is_certified: bool


@dataclass(frozen=True, slots=True)
class EventPage:
    """A declared event as the registrar sees it; ``shown`` holds every value that a decision would change."""

    event_id: bytes
    village_id: int
    village_name: str
    event_kind: int
    occurred_on: dt.date | None
    entered_on: dt.date | None
    place: str
    informant: str
    people: tuple[EventPerson, ...]
    papers: int
    is_late: bool
    shown: tuple[tuple[bytes, int, Any], ...]

    @property
    def token(self) -> str:
        """Return a short name of what this page shows."""
        return digest16(encode([list(each) for each in self.shown]))[:4].hex()


def list_waiting(registry: Registry, event_ids: Iterable[bytes], village_names: Mapping[int, str]) -> list[EventPage]:
    """Return the pages of the declared events among those given, newest entry first."""
    pages = [
        event_page(registry, event_id, village_names)
        for event_id in event_ids
        if (event := registry.record(event_id)) is not None and is_waiting(event)
    ]
    return sorted(pages, key=lambda page: (-(page.entered_on or dt.date.min).toordinal(), page.event_id))


def is_waiting(event: Record) -> bool:
    """Tell whether an event waits for the district: declared, not annulled, not merged away."""
    body = event.body
    standing = body.get(TAG_VOID) is None and body.get(TAG_MERGED_INTO) is None
    return event.kind == Kind.VITAL_EVENT and body.get(_EVENT["state"]) == EventState.DECLARED and standing


def event_page(registry: Registry, event_id: bytes, village_names: Mapping[int, str]) -> EventPage:
    """Return what the registrar sees of an event; raises RefusedError "event-unknown"."""
    event = _need_event(registry, event_id)
    body = event.body
    occurred, entered = (_day(body, name) for name in ("occurred_on", "entered_on"))
    kind = int(body.get(_EVENT["event_kind"]) or 0)
    limit = _IN_TIME_DAYS.get(kind)
    return EventPage(
        event_id,
        event.owner,
        village_names.get(event.owner, str(event.owner)),
        kind,
        occurred,
        entered,
        str(body.get(_EVENT["place"]) or ""),
        str(body.get(_EVENT["informant_name"]) or ""),
        tuple(_people(registry, event)),
        len(shown_elements(body.get(_ATTACHMENTS))),
        limit is not None and occurred is not None and entered is not None and (entered - occurred).days > limit,
        _shown(registry, event),
    )


def _need_event(registry: Registry, event_id: bytes) -> Record:
    event = registry.record(event_id)
    if event is None or event.kind != Kind.VITAL_EVENT:
        raise RefusedError(
            f"there is no vital event {event_id.hex()}",
            code="event-unknown",
            hint="List the queue with `kampung hub register list`.",
        )
    return event


def _day(body: Mapping[int, Any], name: str) -> dt.date | None:
    value = from_wire(fields_by_name(Kind.VITAL_EVENT)[name], body.get(_EVENT[name]))
    return value if isinstance(value, dt.date) else None


def _people_ids(registry: Registry, event: Record) -> list[tuple[str, bytes]]:
    body = event.body
    named = [("subject", body.get(_EVENT["subject_id"])), ("second", body.get(_EVENT["second_subject_id"]))]
    movers = body.get(_EVENT["movers"])
    named += [("mover", mover) for mover in (movers if isinstance(movers, list) else [])]
    found: dict[bytes, str] = {}
    for role, record_id in named:
        if isinstance(record_id, bytes):
            found.setdefault(registry.resolve(record_id), role)
    return [(role, record_id) for record_id, role in found.items()]


def _people(registry: Registry, event: Record) -> Iterable[EventPerson]:
    for role, record_id in _people_ids(registry, event):
        person = registry.record(record_id)
        if person is not None and person.kind == Kind.RESIDENT:
            nik = person.body.get(_PERSON["nik"])
            yield EventPerson(
                record_id,
                role,
                record_name(person),
                f"{nik:016d}" if isinstance(nik, int) else "",
                person.is_certified,
            )


def _shown(registry: Registry, event: Record) -> tuple[tuple[bytes, int, Any], ...]:
    names = ("state", "registered_on", "registration_number", "refusal_reason", "paired_with")
    tags = (TAG_VOID, TAG_CERTIFIED_AT, *(_EVENT[name] for name in names))
    shown = [(event.record_id, tag, event.body.get(tag)) for tag in tags]
    person_names = ("nik", "life_status", "died_on", "destination", "left_on", *_CERTIFICATE_FIELD.values())
    for _, record_id in _people_ids(registry, event):
        person = registry.record(record_id)
        if person is not None and person.kind == Kind.RESIDENT:
            shown += [(record_id, _PERSON[name], person.body.get(_PERSON[name])) for name in person_names]
    return tuple(shown)


# -- deciding


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
    "page-changed", "number-missing", "nik-given" if a first NIK is given to somebody who has one.
    """
    with _transaction(store, event_id, registrar, now_ms) as registry:
        event = _waiting_page(registry, event_id, shown)
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
    """Refuse a declared event with a reason; people whose status it had set are as before.

    Raises RefusedError: "reason-missing", "event-unknown", "event-not-waiting", "event-paired", "page-changed".
    """
    reason = need_reason(reason)
    with _transaction(store, event_id, registrar, now_ms) as registry:
        event = _waiting_page(registry, event_id, shown)
        if event.body.get(_EVENT["paired_with"]) is not None:
            raise RefusedError(
                "this move is already paired with its other side: the people live in the other village",
                code="event-paired",
                hint="Let the other village record the way back as a move of its own.",
            )
        edits = _refusal_edits(registry, event, reason)
        write_edits(registry, registrar, edits, reason=reason, verb="refuse")


def _transaction(
    store: HubStore, event_id: bytes, registrar: Registrar, now_ms: int
) -> AbstractContextManager[HubRegistry]:
    with store.reading() as reader:
        looked = looking(reader)
        event = _need_event(looked, event_id)
        people = [record_id for _, record_id in _people_ids(looked, event) if looked.record(record_id) is not None]
    return registry_of(store, registrar, [event_id, *people], now_ms)


def _waiting_page(registry: Registry, event_id: bytes, shown: tuple[tuple[bytes, int, Any], ...] | None) -> Record:
    event = _need_event(registry, event_id)
    if shown is not None and shown != _shown(registry, event):
        raise page_changed()
    if not is_waiting(event):
        raise RefusedError(
            "this event does not wait for the district any more",
            code="event-not-waiting",
            hint="It was registered, refused, cancelled or annulled: see its history.",
        )
    return event


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
        _edit(event, _EVENT["state"], int(EventState.REGISTERED)),
        _edit(event, _EVENT["registered_on"], today),
        _edit(event, _EVENT["registration_number"], number),
        _edit(event, TAG_CERTIFIED_AT, today),
    ]
    kind = event.body.get(_EVENT["event_kind"])
    field = _CERTIFICATE_FIELD.get(kind) if isinstance(kind, int) else None
    people = _subjects(registry, event)
    if numbers.certificate is not None and field is not None:
        edits += [_edit(person, _PERSON[field], numbers.certificate.strip()) for person in people]
    if numbers.nik is not None:
        if kind != EventKind.BIRTH or not people or people[0].body.get(_PERSON["nik"]) is not None:
            raise RefusedError(
                "a first NIK is given to a newborn child without one, once and for life",
                code="nik-given",
                hint="Correct a wrong NIK with `kampung hub correct`.",
            )
        edits.append(_edit(people[0], _PERSON["nik"], int(numbers.nik)))
    return [edit for edit in edits if edit.old != edit.new]


def _subjects(registry: Registry, event: Record) -> list[Record]:
    people = [registry.record(record_id) for role, record_id in _people_ids(registry, event) if role != "mover"]
    return [person for person in people if person is not None and person.kind == Kind.RESIDENT]


def _refusal_edits(registry: Registry, event: Record, reason: str) -> list[Edit]:
    edits = [
        _edit(event, _EVENT["state"], int(EventState.REFUSED)),
        _edit(event, _EVENT["refusal_reason"], reason),
    ]
    kind = event.body.get(_EVENT["event_kind"])
    status = _STATUS_SET_BY.get(kind) if isinstance(kind, int) else None
    if not isinstance(kind, int) or status is None:
        return edits
    for _, record_id in _people_ids(registry, event):
        person = registry.record(record_id)
        if person is None or person.owner != event.owner or person.body.get(_PERSON["life_status"]) != status:
            continue  # somebody has corrected the status since: that stands
        edits.append(_edit(person, _PERSON["life_status"], int(LifeStatus.ALIVE)))
        unset = _UNSET_BY_REFUSAL[kind]
        edits += [_edit(person, _PERSON[name], None) for name in unset if _PERSON[name] in person.body]
    return edits
