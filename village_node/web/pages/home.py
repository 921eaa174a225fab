"""The desk itself: one search box, today's queue, and what is begun most often.

Decides how many people a search shows at once and what the queue holds; finding is ``register.search``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.codes import RequestState
from schemas.errors import RefusedError
from schemas.services import all_services
from schemas.shapes import Shape
from village_node.accounts import may_see, search_area
from village_node.backup_reminder import BackupReminder, backup_reminder
from village_node.desk import Desk
from village_node.registration import request_papers
from village_node.web.people import PersonLine, label, person_lines
from village_node.web.visits import SignedIn, Visit

router = APIRouter()

HITS_MAX = 8
QUEUE_MAX = 8

STARTS: tuple[tuple[str, str, str, str], ...] = (
    ("/surat/baru", "Buat surat", "file-text", "s"),
    ("/lapor/kelahiran", "Lapor kelahiran", "user-plus", "l"),
    ("/lapor/kematian", "Lapor kematian", "user-minus", "m"),
    ("/lapor#pindah", "Pindah, datang", "truck", "n"),
    ("/lapor/keluarga-baru", "Keluarga baru", "users-plus", "k"),
    ("/lapor", "Peristiwa lain", "clipboard-plus", "p"),
)
"""What is begun from the desk: address, words, icon, and the letter that Alt opens it with."""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One request of a citizen that is not finished."""

    record_id: str
    name: str
    person_id: str
    service: str
    stage: str
    missing: tuple[str, ...]
    opened: str


@router.get("/")
def show_desk(visit: SignedIn) -> Response:
    """Show the desk, with results if something is asked (a browser without scripts sends the box as a form)."""
    typed = visit.asked("q")
    total, lines = queue(visit)
    return visit.page(
        "desk/home.html",
        here="/",
        typed=typed,
        hits=hits(visit, typed) if typed else [],
        residents=_residents(visit),
        queue=lines,
        queue_total=total,
        starts=[one for one in STARTS if visit.leads(one[0])],
        reminder=_reminder(visit),
    )


@router.get("/cari")
def search(visit: SignedIn) -> Response:
    """Return the people found so far, as one types."""
    typed = visit.asked("q")
    found = hits(visit, typed) if typed else []
    return visit.part("desk/hits.html", typed=typed, hits=found, residents=_residents(visit))


def hits(visit: Visit, typed: str) -> list[PersonLine]:
    """Return the first people whom a text means, as lines."""
    found = visit.desk.find(typed, area=search_area(visit.session), limit=HITS_MAX)
    return person_lines(visit.desk, found, typed)


def queue(visit: Visit, lines_max: int = QUEUE_MAX) -> tuple[int, list[QueueLine]]:
    """Return how many requests are open, and the oldest of them as lines."""
    desk = visit.desk
    with desk.book() as book:
        total, requests = book.open_requests(search_area(visit.session), lines_max)
    return total, queue_lines(visit, requests)


def queue_lines(visit: Visit, requests: Mapping[bytes, Shape]) -> list[QueueLine]:
    """Return requests as lines, without those beyond this officer's scope."""
    desk, lines = visit.desk, []
    for record_id, shape in requests.items():
        if not may_see(visit.session, desk, record_id):
            continue
        values = shape.model_dump()
        applicant = values.get("applicant_id") or b""
        state = values.get("state")
        lines.append(
            QueueLine(
                record_id.hex(),
                desk.name(applicant),
                applicant.hex(),
                _service_name(str(values.get("service") or "")),
                visit.words.label(label("request_state", state)),
                _missing(desk, record_id) if state in {RequestState.SUBMITTED, RequestState.IN_PROGRESS} else (),
                visit.words.day_short(values.get("opened_on")),
            )
        )
    return lines


def _service_name(code: str) -> str:
    found = all_services().get(code)
    return found.label.id if found is not None else code


def _missing(desk: Desk, request_id: bytes) -> tuple[str, ...]:
    try:
        return tuple(one.label.id for one in request_papers(desk, request_id).missing)
    except RefusedError:
        return ()


def _residents(visit: Visit) -> int:
    """Count the residents once for each state of the register."""

    def count() -> int:
        with visit.desk.book() as book:
            return book.counts().residents

    state = visit.desk.state
    return visit.office.remembered("residents", (state.entry_count, state.feed_seq), count)


def _reminder(visit: Visit) -> BackupReminder:
    """Say whether a backup is due; counted anew when something was saved, and once an hour."""
    state, now_ms = visit.desk.state, visit.office.now_ms()
    version = (state.entry_count, state.safe_seq, now_ms // 3_600_000)
    return visit.office.remembered("reminder", version, lambda: backup_reminder(visit.office.store, now_ms))
