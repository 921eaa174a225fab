"""Cancel a vital event that the district has not registered yet, and take back what it did.

Effects come from the journal entry that declared the event: each update is turned round where its value still holds,
each record it made is annulled.  What has changed since is left alone and named.  Without that entry (another
laptop's, or this one before a restore) only what follows from the event itself is taken back: deaths, departures,
missing people, births and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from schemas.bodies import values_of
from schemas.codes import EventKind, EventState, LifeStatus
from schemas.errors import RefusedError
from schemas.fields import Kind, fields_by_tag, tag_of
from sync_protocol.entries import Change, Create, EntryKind, Update
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.form_checks import required
from village_node.registration.relations import check_homes
from village_node.registration.subjects import known_family, standing_for

_HOUSEHOLD, _LIFE = tag_of(Kind.RESIDENT, "household_id"), tag_of(Kind.RESIDENT, "life_status")
_OF_AN_END = frozenset({_LIFE, *(tag_of(Kind.RESIDENT, name) for name in ("destination", "left_on", "died_on"))})
_ENDED_BY = {
    LifeStatus.DEAD: EventKind.DEATH,
    LifeStatus.MOVED: EventKind.MOVE_OUT,
    LifeStatus.LEFT: EventKind.LEFT,
    LifeStatus.MISSING: EventKind.MISSING,
}


def cancel_event(desk: DeskPort, event_id: bytes, reason: str, *, dry_run: bool = False) -> Recorded:
    """Cancel a declared event as one entry, with a reason.

    Raises RefusedError event-unknown, event-decided (the district has the word), event-built-upon, event-entry-missing,
    household-void.
    """
    draft = EntryDraft(desk, event_id=event_id)
    why = required(reason, "reason", "Alasan pembatalan")
    event = _declared_event(desk, event_id)
    draft.update(event_id, {"state": int(EventState.CANCELLED)})
    draft.note(event_id, "notes", why)
    changes = desk.entry_that_created(event_id)
    if changes:
        _turn_round(draft, event_id, changes, why)
    else:
        _undo_by_kind(draft, event, why)
    check_homes(draft)
    return draft.save(EntryKind.EVENT, dry_run=dry_run)


def _declared_event(desk: DeskPort, event_id: bytes) -> dict[str, Any]:
    shown = desk.shown(event_id)
    if shown is None or shown.kind != Kind.VITAL_EVENT:
        raise RefusedError("Peristiwa tidak ditemukan", code="event-unknown", hint="Lihat daftar peristiwa.")
    event = values_of(Kind.VITAL_EVENT, shown.body)
    is_paired = event.get("paired_with") is not None
    if event.get("state") != EventState.DECLARED or is_paired or event.get("void") is not None:
        raise RefusedError(
            "Peristiwa ini sudah diputuskan atau dibatalkan",
            code="event-decided",
            hint="Yang sudah didaftarkan atau dipasangkan hanya dapat diubah kabupaten; hubungi petugasnya.",
        )
    return event


def _turn_round(draft: EntryDraft, event_id: bytes, changes: Sequence[Change], reason: str) -> None:
    stayed = {standing_for(draft.desk, one.record_id) for one in changes if _is_back_to_nothing(draft.desk, one)}
    # What the entry wrote on a record that was merged since stands on the one that it became.
    changes = [
        one if isinstance(one, Create) else replace(one, record_id=standing_for(draft.desk, one.record_id))
        for one in changes
    ]
    made = {change.record_id for change in changes if isinstance(change, Create)}
    moved_in = {change.record_id for change in changes if isinstance(change, Update) and change.tag == _HOUSEHOLD}
    for change in changes:
        shown = draft.desk.shown(change.record_id)
        if shown is None:
            continue
        match change:
            case Update(record_id, tag) if record_id in stayed and tag in _OF_AN_END:
                pass
            case Update(record_id, tag, old, new) if record_id not in made:
                if shown.body.get(tag) == new:
                    draft.change(Update(record_id, tag, new, old))
                else:
                    label = named.label_id if (named := fields_by_tag(shown.kind).get(tag)) else str(tag)
                    draft.caution("effect-changed", label, f"{label} sudah berubah lagi dan dibiarkan.")
            case Create(record_id) if record_id != event_id and shown.kind == Kind.VITAL_EVENT:
                # An event that came along, such as the move of a bride: it falls with the one that caused it.
                _declared_event(draft.desk, record_id)
                draft.update(record_id, {"state": int(EventState.CANCELLED)})
            case Create(record_id) if record_id != event_id:
                if shown.kind == Kind.HOUSEHOLD:
                    _check_not_built_upon(draft.desk, record_id, made | moved_in)
                draft.update(record_id, {"void": reason})
            case _:
                pass


def _is_back_to_nothing(desk: DeskPort, change: Change) -> bool:
    """Tell whether a change ended a departure, death or absence that itself was refused or cancelled meanwhile.

    Then the person never was away: going back to it would leave them gone without an event that says why.
    """
    if not isinstance(change, Update) or change.tag != _LIFE or change.old not in _ENDED_BY:
        return False
    ids = {change.record_id, standing_for(desk, change.record_id)}
    with desk.book() as book:
        events = [one for each in ids for one in book.events_about(each, _ENDED_BY[LifeStatus(change.old)])]
    return bool(events) and not any(event.is_in_force for event in events)


def _check_not_built_upon(desk: DeskPort, household_id: bytes, own: set[bytes]) -> None:
    """Refuse to annul a family that others have joined since."""
    family = known_family(desk, household_id)
    others = [person.name for person in family.members if person.record_id not in own] if family else []
    if others:
        raise RefusedError(
            f"Keluarga baru sudah berisi orang lain: {', '.join(others)}",
            code="event-built-upon",
            hint="Pindahkan mereka lebih dahulu, lalu batalkan peristiwa ini.",
        )


def _undo_by_kind(draft: EntryDraft, event: dict[str, Any], reason: str) -> None:
    named = list(event.get("movers") or filter(None, (event.get("subject_id"),)))
    people = [standing_for(draft.desk, record_id) for record_id in named]
    match event.get("event_kind"):
        case EventKind.DEATH:
            _revive(draft, people, LifeStatus.DEAD, ("died_on",))
        case EventKind.MOVE_OUT:
            _revive(draft, people, LifeStatus.MOVED, ("destination", "left_on"))
        case EventKind.LEFT:
            _revive(draft, people, LifeStatus.LEFT, ("destination", "left_on"))
        case EventKind.MISSING:
            _revive(draft, people, LifeStatus.MISSING, ())
        case EventKind.BIRTH | EventKind.TEMPORARY_IN:
            for record_id in people:
                draft.update(record_id, {"void": reason})
        case _:
            raise RefusedError(
                "Catatan asal peristiwa ini tidak ada di komputer ini",
                code="event-entry-missing",
                hint="Batalkan di komputer yang mencatatnya, atau minta kabupaten menolaknya.",
            )


def _revive(draft: EntryDraft, people: Sequence[bytes], status: LifeStatus, emptied: Sequence[str]) -> None:
    for record_id in people:
        if draft.desk.values(record_id).get("life_status") != status:
            draft.caution("effect-changed", "life_status", "Status dasar sudah berubah lagi dan dibiarkan.")
            continue
        draft.update(record_id, {"life_status": int(LifeStatus.ALIVE), **dict.fromkeys(emptied)})
