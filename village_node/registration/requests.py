"""Open, advance and close a citizen's service request, and keep which of the required documents are there.

What is required comes from the service's definition and the case that the request names; a missing document is a
caution, never a wall.  A service that no definition knows asks for nothing.
States go one way: submitted, in progress, ready, handed over; a request ends early as refused (with a reason) or
withdrawn.  The state is a LATEST field: if two desks advance one request, the later step stands.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.bodies import values_of
from schemas.codes import RequestState, code_list
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from schemas.services import Requirement, ServiceDefinition, all_services
from sync_protocol.entries import EntryKind
from sync_protocol.registry import shown_elements
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
    """A citizen's request: ``service`` names it by code, ``purpose`` says what for.

    ``case`` is the service's case, ``documents`` the codes of requirements already brought, ``answers`` what the
    service asks, by field name.
    """

    applicant_id: bytes
    service: str
    purpose: str | None = None
    case: str = ""
    documents: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestPapers:
    """What a request requires: (requirement, whether it is there), in the order of the definition."""

    listed: tuple[tuple[Requirement, bool], ...]

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """Return what is still to be brought."""
        return tuple(one for one, is_there in self.listed if not is_there)


def open_request(desk: DeskPort, form: RequestForm, *, dry_run: bool = False) -> Recorded:
    """Record a new request as one entry.

    Raises RefusedError "person-not-living", "case-missing" or "case-unknown"; DataError "document-unknown",
    "answer-unknown".
    """
    draft = EntryDraft(desk)
    applicant = living_person(desk, form.applicant_id)
    typed = required(form.service, "service", "Layanan")
    definition = _definition(typed)
    service = definition.code if definition is not None else typed
    if definition is not None:
        _check_answers(definition, form.answers)
        _check_documents(definition, form.case, form.documents)
        _caution_missing(draft, definition.missing(form.case, form.documents))
    with desk.book() as book:
        waiting = book.requests()
    for request in waiting.values():
        same = (request.model_dump().get("applicant_id"), request.model_dump().get("service"))
        if same == (applicant.record_id, service):
            draft.caution(
                "request-similar", "service", f"{applicant.name} sudah punya permohonan {service} yang berjalan."
            )
            break
    request_id = draft.create(
        Kind.REQUEST,
        {
            "service": service,
            "applicant_id": applicant.record_id,
            "state": int(RequestState.SUBMITTED),
            "opened_on": desk.today(),
            "purpose": form.purpose,
            "service_case": form.case,
            "answers": json.dumps(dict(form.answers), ensure_ascii=False, sort_keys=True) if form.answers else None,
        },
    )
    for code in dict.fromkeys(form.documents):
        draft.note(request_id, "documents", code)
    return draft.save(EntryKind.REQUEST, dry_run=dry_run)


def request_papers(desk: DeskPort, request_id: bytes) -> RequestPapers:
    """Return what a request requires and what of it is there; raises RefusedError "request-unknown"."""
    values = _request_values(desk, request_id)
    definition = _definition(str(values.get("service") or ""))
    if definition is None:
        return RequestPapers(())
    try:
        wanted = definition.required(values.get("service_case") or "")
    except RefusedError:
        # The definition has changed since: show everything it may ask for.
        wanted = definition.requirements
    there = _documents(values)
    return RequestPapers(tuple((one, one.code in there) for one in wanted))


def bring_documents(
    desk: DeskPort, request_id: bytes, documents: Collection[str], *, dry_run: bool = False
) -> Recorded:
    """Note that required documents are there now, as one entry.

    Raises RefusedError "request-unknown", DataError "document-unknown".
    """
    values = _request_values(desk, request_id)
    definition = _definition(str(values.get("service") or ""))
    if definition is not None:
        _check_documents(definition, values.get("service_case") or "", documents)
    draft = EntryDraft(desk)
    for code in dict.fromkeys(documents):
        if code not in _documents(values):
            draft.note(request_id, "documents", code)
    _caution_missing(draft, [one for one in request_papers(desk, request_id).missing if one.code not in documents])
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
    stated = _request_values(desk, request_id).get("state")
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
    if wanted is RequestState.READY:
        _caution_missing(draft, request_papers(desk, request_id).missing)
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


def _request_values(desk: DeskPort, request_id: bytes) -> dict[str, Any]:
    record = desk.shown(request_id)
    if record is None or record.kind != Kind.REQUEST:
        raise RefusedError("Permohonan tidak ditemukan", code="request-unknown", hint="Lihat daftar permohonan.")
    return values_of(Kind.REQUEST, record.body)


def _documents(values: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(one for one in shown_elements(values.get("documents")) if isinstance(one, str))


def _definition(service: str) -> ServiceDefinition | None:
    return all_services().get(service.strip().upper())


def _check_documents(definition: ServiceDefinition, case: str, documents: Collection[str]) -> None:
    known = {one.code: one for one in definition.required(case)}
    for code in documents:
        if code not in known:
            raise DataError(
                f"Syarat {code!r} tidak diminta layanan {definition.label.id}",
                code="document-unknown",
                hint=f"Yang diminta: {', '.join(known) or 'tidak ada'}.",
                field="documents",
                value=code,
            )


def _check_answers(definition: ServiceDefinition, answers: Mapping[str, str]) -> None:
    known = [one.name for one in definition.fields]
    for name in answers:
        if name not in known:
            raise DataError(
                f"Isian {name!r} tidak ada pada layanan {definition.label.id}",
                code="answer-unknown",
                hint=f"Yang ditanyakan: {', '.join(known) or 'tidak ada'}.",
                field=name,
                value=answers[name],
            )


def _caution_missing(draft: EntryDraft, missing: Collection[Requirement]) -> None:
    for one in missing:
        draft.caution("document-missing", "documents", f"Syarat belum ada: {one.label.id} ({one.code}).")


def _no_transition(current: object, wanted: RequestState | None) -> RefusedError:
    labels = code_list("request_state")
    now = labels.label(current) if isinstance(current, int) else "ini"
    target = labels.label(wanted) if wanted is not None else "berikutnya"
    return RefusedError(
        f"Permohonan {now} tidak dapat menjadi {target}",
        code="request-transition",
        hint="Urutannya: diajukan, diproses, siap diambil, diserahkan; atau ditolak, ditarik.",
    )
