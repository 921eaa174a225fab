"""Lead from a request about somebody who died to its letter: whose death it is, since the applicant is somebody else.

Decides who is offered: the dead of the applicant's family, then whoever a search finds.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import RefusedError
from schemas.fields import Kind
from schemas.services import ServiceDefinition, all_services
from village_node.accounts import Action, may_see, search_area
from village_node.letters import letters_for
from village_node.web.guided.picking import HITS_MAX, named, person_hit
from village_node.web.values import values_shown
from village_node.web.visits import SignedIn, Visit, record_id_of

router = APIRouter()

FOUND_MAX = HITS_MAX * 3


@router.get("/permohonan/{record}/surat")
def choose_whose(record: str, visit: SignedIn) -> Response:
    """Offer those whom a request's letter can be about; each leads to the letter that answers the request."""
    visit.must(Action.ISSUE_LETTER)
    request_id = record_id_of(record)
    shown = visit.desk.shown(request_id)
    visit.must_see(request_id, "request")
    values = values_shown(shown) if shown is not None and shown.kind == Kind.REQUEST else {}
    service = all_services().get(str(values.get("service") or ""))
    if service is None:
        raise RefusedError("Permohonan ini tidak ada", code="request-unknown", hint="Lihat daftar permohonan.")
    applicant, typed = values.get("applicant_id"), visit.asked("q")
    return visit.page(
        "requests/whose_letter.html",
        here="/surat",
        record=record,
        service=service,
        applicant=visit.desk.name(applicant) if applicant else "",
        family=_of_family(visit, service, applicant) if applicant else [],
        typed=typed,
        hits=_found(visit, service, typed) if typed else [],
    )


def _fits(visit: Visit, service: ServiceDefinition, record_id: bytes) -> bool:
    return may_see(visit.session, visit.desk, record_id) and service in letters_for(visit.desk, record_id)


def _of_family(visit: Visit, service: ServiceDefinition, applicant: bytes) -> list[tuple[str, str, str]]:
    home = visit.desk.values(applicant).get("household_id")
    if not isinstance(home, bytes):
        return []
    with visit.desk.book() as book:
        members = book.member_ids([home]).get(home, [])
    return [(one.hex(), *named(visit.desk, one.hex())) for one in members if _fits(visit, service, one)]


def _found(visit: Visit, service: ServiceDefinition, typed: str) -> list[tuple[str, str, str]]:
    with visit.desk.book() as book:
        found = book.people(typed, area=search_area(visit.session), is_living=False, limit=FOUND_MAX)
    return [person_hit(one) for one in found if _fits(visit, service, one.record_id)][:HITS_MAX]
