"""Vital events: the list, one event with its papers, and taking one back.

Decides what a page shows; whether an event can be cancelled is ``registration.cancellations``.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.codes import EventKind, EventState
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from sync_protocol.overlay import Shown
from village_node.accounts import Action, may_see
from village_node.registration import bring_papers, cancel_event, event_papers
from village_node.web.histories import history_of
from village_node.web.people import label
from village_node.web.values import value_rows, values_shown
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 100


@router.get("/peristiwa")
def list_events(visit: SignedIn) -> Response:
    """List the newest events, or only those that wait for the district."""
    only_open = visit.asked("tunggu") == "ya"
    with visit.desk.book() as book:
        listed = book.events(only_open=only_open, limit=LINES_MAX)
    found = {key: shape for key, shape in listed.items() if may_see(visit.session, visit.desk, key)}
    people = {one for shape in found.values() if (one := shape.model_dump().get("subject_id")) is not None}
    names = {key: str(shown.get("name") or "") for key, shown in _values(visit, people).items()}
    lines = [_line(key, shape.model_dump(), names) for key, shape in found.items()]
    return visit.page("events/list.html", here="/buku", lines=lines, only_open=only_open)


@router.get("/peristiwa/{record}")
def show_event(record: str, visit: SignedIn) -> Response:
    """Show one event: what was declared, its papers, what the district said."""
    return _show(visit, record, {})


@router.post("/peristiwa/{record}/berkas")
def bring(record: str, visit: Posted) -> Response:
    """Note papers that have come since."""
    visit.must(Action.RECORD)
    visit.must_see(record_id_of(record), "event")
    bring_papers(visit.desk, record_id_of(record), tuple(visit.texts("papers")))
    return visit.onward(f"/peristiwa/{record}", visit.words("Berkas dicatat."))


@router.post("/peristiwa/{record}/urungkan")
def undo(record: str, visit: Posted) -> Response:
    """Take back what was just saved; the original stays, as cancelled."""
    return _cancelled(visit, record, visit.words("Diurungkan sesudah disimpan"))


@router.post("/peristiwa/{record}/batalkan")
def cancel(record: str, visit: Posted) -> Response:
    """Cancel an event with a reason."""
    reason = visit.text("alasan")
    if not reason:
        return _show(visit, record, {"alasan": visit.words("Tulis alasannya, misalnya salah orang")})
    return _cancelled(visit, record, reason)


def _cancelled(visit: Visit, record: str, reason: str) -> Response:
    visit.must(Action.RECORD)
    visit.must_see(record_id_of(record), "event")
    try:
        done = cancel_event(visit.desk, record_id_of(record), reason)
    except (DataError, RefusedError) as error:
        return _show(visit, record, {"": visit.words.in_full(error)})
    said = visit.with_cautions(visit.words("Peristiwa dibatalkan; catatannya tetap ada."), done.cautions)
    return visit.onward(f"/peristiwa/{record}", said)


def _show(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    event_id = record_id_of(record)
    shown = _event(visit, event_id)
    visit.must_see(event_id, "event")
    values = values_shown(shown)
    people = [one for one in (values["subject_id"], values["second_subject_id"], *(values["movers"] or [])) if one]
    named = _values(visit, {one for one in people if isinstance(one, bytes)})
    kind = values["event_kind"]
    return visit.page(
        "events/show.html",
        status=422 if mistakes else 200,
        here="/buku",
        record=record,
        values=values,
        title=visit.words.label(label("event_kind", kind)),
        state=visit.words.label(label("event_state", values["state"])),
        is_open=values["state"] == EventState.DECLARED and values["void"] is None,
        is_move=kind in (EventKind.MOVE_OUT, EventKind.MOVE_IN),
        rows=value_rows(visit.office.store, event_id, shown, visit.desk.state, visit.words),
        people=[(key.hex(), str(one.get("name") or "")) for key, one in named.items()],
        papers=event_papers(visit.desk, event_id),
        history=history_of(visit.office.store, event_id, Kind.VITAL_EVENT, visit.words),
        mistakes=mistakes,
    )


def _event(visit: Visit, event_id: bytes) -> Shown:
    shown = visit.desk.shown(event_id)
    if shown is None or shown.kind != Kind.VITAL_EVENT:
        raise RefusedError("Peristiwa ini tidak ada di buku desa", code="event-unknown", hint="Lihat daftar peristiwa.")
    return shown


def _values(visit: Visit, ids: set[bytes]) -> dict[bytes, dict[str, Any]]:
    return {key: values_shown(shown) for key, shown in visit.desk.shown_many(sorted(ids)).items()}


def _line(key: bytes, values: dict[str, Any], names: dict[bytes, str]) -> dict[str, Any]:
    return {
        "id": key.hex(),
        "kind": label("event_kind", values["event_kind"]),
        "name": names.get(values["subject_id"] or b"", ""),
        "occurred": values["occurred_on"],
        "entered": values["entered_on"],
        "state": label("event_state", values["state"]),
    }
