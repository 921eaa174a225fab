"""Citizens' requests: the queue, a new one, one with its documents and steps, and the receipt.

Decides what is asked and shown; states and required documents are ``registration.requests``.  Files are attached to the
request itself, so that they travel with it.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.codes import RequestState
from schemas.errors import AlreadySavedError, DataError, DiskFullError, RefusedError, StorageError
from schemas.fields import Kind
from schemas.services import ServiceDefinition, all_services
from village_node.accounts import Action, search_area
from village_node.attachments import attach_file, attached_files, file_content, remove_attachment
from village_node.letters.subjects import AFTER_DEATH
from village_node.photographs import PHOTO_BYTES_MAX, lightened
from village_node.registration import RequestForm, advance_request, bring_documents, open_request, request_papers
from village_node.web.histories import history_of
from village_node.web.pages.home import QueueLine, queue, queue_lines
from village_node.web.people import label
from village_node.web.values import values_shown
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 50
CODE_LETTERS = 8
"""Of a receipt's code: the end of the request's id, which is drawn at random."""

STEPS: tuple[tuple[str, RequestState, str], ...] = (
    ("proses", RequestState.IN_PROGRESS, "Mulai diproses"),
    ("siap", RequestState.READY, "Siap diambil"),
    ("serah", RequestState.HANDED_OVER, "Diserahkan"),
    ("tarik", RequestState.WITHDRAWN, "Ditarik pemohon"),
    ("tolak", RequestState.REFUSED, "Tolak"),
)
"""Word of the button, state that follows, and what it says."""


@router.get("/permohonan")
def list_requests(visit: SignedIn) -> Response:
    """List the requests that are not finished, the oldest first; with a question those found, finished ones too."""
    visit.must(Action.REQUEST)
    typed = visit.asked("q")
    total, lines = queue(visit, LINES_MAX) if not typed else _found(visit, typed)
    return visit.page("requests/list.html", here="/surat", lines=lines, total=total, typed=typed)


def _found(visit: Visit, typed: str) -> tuple[int, list[QueueLine]]:
    """Return the requests that a receipt's code or an applicant's name or number means."""
    code = "".join(typed.split())
    is_code = len(code) == CODE_LETTERS and set(code.upper()) <= set("0123456789ABCDEF")
    people = [] if is_code else visit.desk.find(typed, area=search_area(visit.session), limit=LINES_MAX)
    with visit.desk.book() as book:
        found = book.requests_found(code if is_code else "", [one.record_id for one in people], LINES_MAX)
    lines = queue_lines(visit, found)
    return len(lines), lines


@router.get("/permohonan/baru")
def choose_service(visit: SignedIn) -> Response:
    """Choose a service for somebody, then show its form."""
    visit.must(Action.REQUEST)
    person = visit.asked("untuk")
    service = all_services().get(visit.asked("layanan"))
    name = _applicant(visit, person) if person else ""
    if service is None or not person:
        return visit.page(
            "requests/choose.html", here="/surat", services=list(all_services().values()), person=person, name=name
        )
    return _ask(visit, service, person, name, {}, {})


@router.post("/permohonan/baru")
def begin_request(visit: Posted) -> Response:
    """Open a request; sent again, the same form opens no second one."""
    visit.must(Action.REQUEST)
    person = visit.text("untuk")
    service = all_services().get(visit.text("layanan"))
    if service is None:
        raise DataError("Layanan ini tidak ada", code="service-unknown", hint="Pilih dari daftar layanan.")
    name = _applicant(visit, person)
    answers = visit.answers_to(service)
    form = RequestForm(
        applicant_id=record_id_of(person),
        service=service.code,
        purpose=visit.text("purpose") or None,
        case=visit.text("keadaan"),
        documents=tuple(visit.texts("berkas")),
        answers={key: text for key, text in answers.items() if text},
    )
    try:
        done = open_request(visit.desk, form)
    except AlreadySavedError:
        return visit.onward("/permohonan", visit.words("Permohonan ini sudah tersimpan."), kind="know")
    except (DataError, RefusedError) as error:
        typed = {f"isi_{key}": text for key, text in answers.items()} | {"purpose": visit.text("purpose")}
        return _ask(visit, service, person, name, typed, {"": visit.words.in_full(error)})
    return visit.onward(f"/permohonan/{done.created[0].hex()}", visit.words("Permohonan tersimpan."))


@router.get("/permohonan/{record}")
def show_request(record: str, visit: SignedIn) -> Response:
    """Show one request: who, what, which documents are there, which step is next."""
    visit.must(Action.REQUEST)
    return _show(visit, record, {})


@router.get("/permohonan/{record}/tanda-terima")
def show_receipt(record: str, visit: SignedIn) -> Response:
    """Show the receipt that the citizen takes home: a code, no numbers of theirs."""
    visit.must(Action.REQUEST)
    request_id = record_id_of(record)
    values = _values(visit, request_id)
    return visit.page("requests/receipt.html", here="/surat", record=record, **_common(visit, request_id, values))


@router.post("/permohonan/{record}/berkas")
def bring(record: str, visit: Posted) -> Response:
    """Note which documents have come."""
    visit.must(Action.REQUEST)
    visit.must_see(record_id_of(record), "request")
    try:
        bring_documents(visit.desk, record_id_of(record), visit.texts("berkas"))
    except (DataError, RefusedError) as error:
        return _show(visit, record, {"": visit.words.in_full(error)})
    return visit.onward(f"/permohonan/{record}", visit.words("Berkas dicatat."))


@router.post("/permohonan/{record}/lampiran")
def attach(record: str, visit: Posted) -> Response:
    """Attach a scan or a photograph."""
    visit.must(Action.ATTACH)
    visit.must_see(record_id_of(record), "request")
    content = next((raw for name in ("kamera", "berkas") if (raw := visit.file_bytes(name, PHOTO_BYTES_MAX))), None)
    if content is None:
        return _show(visit, record, {"berkas": visit.words("Pilih berkas atau foto dulu")})
    try:
        attach_file(visit.desk, record_id_of(record), lightened(content))
    except DiskFullError:
        raise
    except (DataError, RefusedError, StorageError) as error:
        return _show(visit, record, {"berkas": visit.words.in_full(error)})
    return visit.onward(f"/permohonan/{record}", visit.words("Berkas dilampirkan; dikirim saat bertemu kabupaten."))


@router.post("/permohonan/{record}/lepas")
def detach(record: str, visit: Posted) -> Response:
    """Take a wrongly attached file out of use, with its reason; the record stays and says why."""
    visit.must(Action.ATTACH)
    visit.must_see(record_id_of(record), "request")
    file_id = record_id_of(visit.text("lampiran"))
    if file_id not in {one.record_id for one in attached_files(visit.desk, record_id_of(record))}:
        raise RefusedError("Lampiran tidak ditemukan", code="attachment-unknown", hint="Lihat daftar lampiran.")
    try:
        remove_attachment(visit.desk, file_id, visit.text("alasan_lepas"))
    except AlreadySavedError:
        return visit.onward(f"/permohonan/{record}", visit.words("Sudah tersimpan."), kind="know")
    except (DataError, RefusedError) as error:
        return _show(visit, record, {"alasan_lepas": visit.words.in_full(error)})
    return visit.onward(f"/permohonan/{record}", visit.words("Lampiran dilepas; alasannya tercatat."))


@router.get("/lampiran/{record}")
def show_attachment(record: str, visit: SignedIn) -> Response:
    """Give an attached file to look at; never as a page of this desk."""
    visit.must(Action.ATTACH)
    record_id = record_id_of(record)
    visit.must_see(record_id, "attachment")
    values = visit.desk.values(record_id)
    headers = {"Content-Disposition": "inline", "Content-Security-Policy": "sandbox"}
    return Response(
        file_content(visit.desk, record_id), media_type=str(values.get("media_type") or ""), headers=headers
    )


@router.post("/permohonan/{record}/langkah")
def step(record: str, visit: Posted) -> Response:
    """Take a request one step further; a refusal needs its reason."""
    visit.must(Action.REQUEST)
    visit.must_see(record_id_of(record), "request")
    wanted = next((state for word, state, _ in STEPS if word == visit.text("langkah")), None)
    try:
        done = advance_request(visit.desk, record_id_of(record), wanted, note=visit.text("catatan") or None)
    except AlreadySavedError:
        return visit.onward(f"/permohonan/{record}", visit.words("Sudah tersimpan."), kind="know")
    except (DataError, RefusedError) as error:
        return _show(visit, record, {"catatan": visit.words.in_full(error)})
    said = visit.with_cautions(visit.words("Tersimpan."), done.cautions)
    return visit.onward(f"/permohonan/{record}", said)


def _ask(
    visit: Visit,
    service: ServiceDefinition,
    person: str,
    name: str,
    answers: dict[str, str],
    mistakes: dict[str, str],
) -> Response:
    case = visit.asked("keadaan") or visit.text("keadaan")
    known = {one.code for one in service.cases}
    required = service.required(case) if case in known or not known else ()
    return visit.page(
        "requests/ask.html",
        status=422 if mistakes else 200,
        here="/surat",
        service=service,
        person=person,
        name=name,
        case=case,
        required=required,
        answers=answers,
        mistakes=mistakes,
    )


def _show(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    request_id = record_id_of(record)
    values = _values(visit, request_id)
    state = values["state"]
    nexts = [
        (word, text)
        for word, wanted, text in STEPS
        if state in (RequestState.SUBMITTED, RequestState.IN_PROGRESS, RequestState.READY)
        and (wanted > state or word in {"tarik", "tolak"})
        and not (word == "serah" and state != RequestState.READY)
    ]
    return visit.page(
        "requests/show.html",
        status=422 if mistakes else 200,
        here="/surat",
        record=record,
        nexts=nexts,
        files=attached_files(visit.desk, request_id),
        history=history_of(visit.office.store, request_id, Kind.REQUEST, visit.words),
        mistakes=mistakes,
        **_common(visit, request_id, values),
    )


def _common(visit: Visit, request_id: bytes, values: dict[str, Any]) -> dict[str, Any]:
    service = all_services().get(str(values["service"] or ""))
    applicant = values["applicant_id"]
    try:
        answers = json.loads(values["answers"] or "{}")
    except ValueError:
        answers = {}
    labels = {one.name: one.label.id for one in service.fields} if service is not None else {}
    return {
        "values": values,
        "service": service,
        "is_after_death": service is not None and service.audience in AFTER_DEATH,
        "state": visit.words.label(label("request_state", values["state"])),
        "is_open": values["state"] in (RequestState.SUBMITTED, RequestState.IN_PROGRESS, RequestState.READY),
        "applicant": visit.desk.name(applicant) if applicant else "",
        "applicant_id": applicant.hex() if applicant else "",
        "listed": request_papers(visit.desk, request_id).listed,
        "answers": [(labels.get(key, key), text) for key, text in answers.items()],
        "code": request_id.hex()[-CODE_LETTERS:].upper(),
    }


def _values(visit: Visit, request_id: bytes) -> dict[str, Any]:
    shown = visit.desk.shown(request_id)
    if shown is None or shown.kind != Kind.REQUEST:
        raise RefusedError("Permohonan ini tidak ada", code="request-unknown", hint="Lihat daftar permohonan.")
    visit.must_see(request_id, "request")
    return values_shown(shown)


def _applicant(visit: Visit, person: str) -> str:
    """Return the name of whoever a request is for; raises RefusedError "out-of-scope"."""
    person_id = record_id_of(person)
    visit.must_see(person_id, "resident")
    return visit.desk.name(person_id)
