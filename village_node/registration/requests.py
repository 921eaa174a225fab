"""Open, advance and close a citizen's service request.

States go one way: submitted, in progress, ready, handed over; a request ends early as refused (with a reason) or
withdrawn.  The state is a LATEST field: if two desks advance one request, the later step stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.bodies import values_of
from schemas.codes import RequestState, code_list
from schemas.errors import RefusedError
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import EntryDraft, Recorded
from village_node.registration.form_checks import required
from village_node.registration.subjects import living_person

_S = RequestState
TRANSITIONS: dict[RequestState, frozenset[RequestState]] = {
    _S.SUBMITTED: frozenset({_S.IN_PROGRESS, _S.READY, _S.REFUSED, _S.WITHDRAWN}),
    _S.IN_PROGRESS: frozenset({_S.READY, _S.REFUSED, _S.WITHDRAWN}),
    _S.READY: frozenset({_S.HANDED_OVER, _S.REFUSED, _S.WITHDRAWN}),
    _S.HANDED_OVER: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
"""Which states may follow which; the last three close a request."""

_NEXT = {_S.SUBMITTED: _S.IN_PROGRESS, _S.IN_PROGRESS: _S.READY, _S.READY: _S.HANDED_OVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestForm:
    """A citizen's request: ``service`` names it, ``purpose`` says what for."""

    applicant_id: bytes
    service: str
    purpose: str | None = None


def open_request(desk: DeskPort, form: RequestForm, *, dry_run: bool = False) -> Recorded:
    """Record a new request as one entry; raises RefusedError "person-not-living"."""
    draft = EntryDraft(desk)
    applicant = living_person(desk, form.applicant_id)
    service = required(form.service, "service", "Layanan")
    with desk.book() as book:
        waiting = book.requests()
    for request in waiting.values():
        same = (request.model_dump().get("applicant_id"), request.model_dump().get("service"))
        if same == (applicant.record_id, service):
            draft.caution(
                "request-similar", "service", f"{applicant.name} sudah punya permohonan {service} yang berjalan."
            )
            break
    draft.create(
        Kind.REQUEST,
        {
            "service": service,
            "applicant_id": applicant.record_id,
            "state": int(RequestState.SUBMITTED),
            "opened_on": desk.today(),
            "purpose": form.purpose,
        },
    )
    return draft.save(EntryKind.REQUEST, dry_run=dry_run)


def advance_request(
    desk: DeskPort,
    request_id: bytes,
    state: RequestState | None = None,
    *,
    note: str | None = None,
    dry_run: bool = False,
) -> Recorded:
    """Take a request to the next state, or to the one named, as one entry.

    Raises RefusedError "request-unknown" and "request-transition"; DataError "value-missing" for a refusal without
    its reason.
    """
    draft = EntryDraft(desk)
    record = desk.shown(request_id)
    if record is None or record.kind != Kind.REQUEST:
        raise RefusedError("Permohonan tidak ditemukan", code="request-unknown", hint="Lihat daftar permohonan.")
    stated = values_of(Kind.REQUEST, record.body).get("state")
    current = RequestState(stated) if stated in list(RequestState) else None
    wanted = state if state is not None else _NEXT.get(current) if current is not None else None
    if current is None or wanted is None or wanted not in TRANSITIONS[current]:
        raise _no_transition(stated, wanted)
    changes: dict[str, object] = {"state": int(wanted)}
    if wanted is RequestState.REFUSED:
        changes["outcome_note"] = required(note, "outcome_note", "Alasan penolakan")
    elif note:
        changes["outcome_note"] = note
    if not TRANSITIONS[wanted]:
        changes["closed_on"] = desk.today()
    draft.update(request_id, changes)
    return draft.save(EntryKind.REQUEST, dry_run=dry_run)


def close_request(
    desk: DeskPort,
    request_id: bytes,
    state: RequestState = RequestState.HANDED_OVER,
    *,
    note: str | None = None,
    dry_run: bool = False,
) -> Recorded:
    """Close a request as handed over, refused or withdrawn; raises RefusedError "request-transition"."""
    if TRANSITIONS[state]:
        raise _no_transition(None, state)
    return advance_request(desk, request_id, state, note=note, dry_run=dry_run)


def _no_transition(current: object, wanted: RequestState | None) -> RefusedError:
    labels = code_list("request_state")
    now = labels.label(current) if isinstance(current, int) else "ini"
    target = labels.label(wanted) if wanted is not None else "berikutnya"
    return RefusedError(
        f"Permohonan {now} tidak dapat menjadi {target}",
        code="request-transition",
        hint="Urutannya: diajukan, diproses, siap diambil, diserahkan; atau ditolak, ditarik.",
    )
