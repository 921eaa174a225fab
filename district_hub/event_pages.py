"""Show the vital events that a village has declared and that wait for the district (protocol 5.6).

Shows only; ``registration_queue`` registers or refuses on the page that is shown here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from district_hub.showing import record_name
from schemas.bodies import from_wire
from schemas.codes import EventKind, EventState
from schemas.errors import RefusedError
from schemas.fields import TAG_CERTIFIED_AT, TAG_MERGED_INTO, TAG_VOID, Kind, fields_by_name, tag_of
from schemas.papers import DEADLINES
from sync_protocol.codec import digest16, encode
from sync_protocol.registry import Registry, shown_elements
from sync_protocol.tables import Record

EVENT = {name: field.tag for name, field in fields_by_name(Kind.VITAL_EVENT).items()}
PERSON = {name: field.tag for name, field in fields_by_name(Kind.RESIDENT).items()}
_ATTACHMENTS = tag_of(Kind.VITAL_EVENT, "attachments")

# The field of the person that keeps the number of the certificate which the district issues.
CERTIFICATE_FIELD: Mapping[int, str] = {
    EventKind.BIRTH: "birth_number",
    EventKind.DEATH: "death_number",
    EventKind.MARRIAGE: "marriage_number",
    EventKind.DIVORCE: "divorce_number",
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
    return event.kind == Kind.VITAL_EVENT and body.get(EVENT["state"]) == EventState.DECLARED and standing


def event_page(registry: Registry, event_id: bytes, village_names: Mapping[int, str]) -> EventPage:
    """Return what the registrar sees of an event; raises RefusedError "event-unknown"."""
    event = need_event(registry, event_id)
    body = event.body
    occurred, entered = (_day(body, name) for name in ("occurred_on", "entered_on"))
    kind = int(body.get(EVENT["event_kind"]) or 0)
    return EventPage(
        event_id,
        event.owner,
        village_names.get(event.owner, str(event.owner)),
        kind,
        occurred,
        entered,
        str(body.get(EVENT["place"]) or ""),
        str(body.get(EVENT["informant_name"]) or ""),
        tuple(_people(registry, event)),
        len(shown_elements(body.get(_ATTACHMENTS))),
        _is_late(kind, _day(body, "court_on") or occurred, entered),
        shown_values(registry, event),
    )


def _is_late(kind: int, since: dt.date | None, entered: dt.date | None) -> bool:
    """Tell whether an event was entered after its legal term; late is flagged, never blocked."""
    deadline = DEADLINES.get(kind)
    return deadline is not None and since is not None and entered is not None and deadline.is_late(since, entered)


def need_event(registry: Registry, event_id: bytes) -> Record:
    event = registry.record(event_id)
    if event is None or event.kind != Kind.VITAL_EVENT:
        raise RefusedError(
            f"there is no vital event {event_id.hex()}",
            code="event-unknown",
            hint="List the queue with `kampung hub register list`.",
        )
    return event


def _day(body: Mapping[int, Any], name: str) -> dt.date | None:
    value = from_wire(fields_by_name(Kind.VITAL_EVENT)[name], body.get(EVENT[name]))
    return value if isinstance(value, dt.date) else None


def people_ids(registry: Registry, event: Record) -> list[tuple[str, bytes]]:
    body = event.body
    named = [("subject", body.get(EVENT["subject_id"])), ("second", body.get(EVENT["second_subject_id"]))]
    movers = body.get(EVENT["movers"])
    named += [("mover", mover) for mover in (movers if isinstance(movers, list) else [])]
    found: dict[bytes, str] = {}
    for role, record_id in named:
        if isinstance(record_id, bytes):
            found.setdefault(registry.resolve(record_id), role)
    return [(role, record_id) for record_id, role in found.items()]


def _people(registry: Registry, event: Record) -> Iterable[EventPerson]:
    for role, record_id in people_ids(registry, event):
        person = registry.record(record_id)
        if person is not None and person.kind == Kind.RESIDENT:
            nik = person.body.get(PERSON["nik"])
            yield EventPerson(
                record_id,
                role,
                record_name(person),
                f"{nik:016d}" if isinstance(nik, int) else "",
                person.is_certified,
            )


def shown_values(registry: Registry, event: Record) -> tuple[tuple[bytes, int, Any], ...]:
    names = ("state", "registered_on", "registration_number", "refusal_reason", "paired_with")
    tags = (TAG_VOID, TAG_CERTIFIED_AT, *(EVENT[name] for name in names))
    shown = [(event.record_id, tag, event.body.get(tag)) for tag in tags]
    person_names = ("nik", "life_status", "died_on", "destination", "left_on", *CERTIFICATE_FIELD.values())
    for _, record_id in people_ids(registry, event):
        person = registry.record(record_id)
        if person is not None and person.kind == Kind.RESIDENT:
            shown += [(record_id, PERSON[name], person.body.get(PERSON[name])) for name in person_names]
    return tuple(shown)
