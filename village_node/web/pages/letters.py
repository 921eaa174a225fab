"""Letters: what was issued, a new one for somebody, reprint as issued, revoke.

Decides the road to paper: who, which letter, what the register does not know, and issue.  Number, snapshot and token
are made by ``letters`` in one transaction; the form's own mark makes a second click give the same letter.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError
from schemas.services import ServiceDefinition, all_services
from village_node.accounts import Action
from village_node.letters import (
    IssuedLetter,
    LetterForm,
    issue_letter,
    letter_of,
    letter_pdf,
    letters_issued,
    revoke_letter,
)
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 50


@router.get("/surat")
def list_letters(visit: SignedIn) -> Response:
    """List the newest letters, narrowed by number, kind or name."""
    visit.must(Action.ISSUE_LETTER)
    typed = visit.asked("q").casefold()
    found = letters_issued(visit.desk, limit=LINES_MAX * 20 if typed else LINES_MAX)
    lines = [one for one in map(_line, found) if typed in " ".join(map(str, one.values())).casefold()][:LINES_MAX]
    return visit.page("letters/list.html", here="/surat", lines=lines, typed=visit.asked("q"))


@router.get("/surat/baru")
def choose_letter(visit: SignedIn) -> Response:
    """Choose a letter for somebody, then fill in what the register does not know."""
    visit.must(Action.ISSUE_LETTER)
    person = visit.asked("untuk")
    name = visit.desk.name(record_id_of(person)) if person else ""
    service = all_services().get(visit.asked("surat"))
    if service is None or not person:
        printed = [one for one in all_services().values() if one.template]
        return visit.page("letters/choose.html", here="/surat", services=printed, person=person, name=name)
    return _ask(visit, service, person, name, {}, {})


@router.post("/surat/baru")
def issue(visit: Posted) -> Response:
    """Issue the letter; a second click gives the one that the first made."""
    visit.must(Action.ISSUE_LETTER)
    person = visit.text("untuk")
    service = all_services().get(visit.text("surat"))
    if service is None:
        raise DataError("Surat ini tidak ada", code="service-unknown", hint="Pilih dari daftar surat.")
    name = visit.desk.name(record_id_of(person))
    answers = visit.answers_to(service)
    form = LetterForm(
        service=service.code,
        subject_id=record_id_of(person),
        answers={key: text for key, text in answers.items() if text},
        once=visit.text("_form"),
        signer=visit.text("penandatangan"),
        signer_title=visit.text("jabatan"),
    )
    try:
        letter = issue_letter(visit.desk_many, form)
    except (DataError, RefusedError) as error:
        field = error.field if isinstance(error, DataError) and error.field in answers else ""
        typed = {f"isi_{key}": text for key, text in answers.items()}
        typed |= {"penandatangan": visit.text("penandatangan"), "jabatan": visit.text("jabatan")}
        mistakes = {f"isi_{field}" if field else "": visit.words.in_full(error)}
        return _ask(visit, service, person, name, typed, mistakes)
    said = visit.words("Surat nomor %(number)s terbit.", number=letter.number)
    return visit.onward(f"/surat/{letter.record_id.hex()}", said)


@router.get("/surat/{record}")
def show_letter(record: str, visit: SignedIn) -> Response:
    """Show one letter as issued."""
    visit.must(Action.ISSUE_LETTER)
    return _show(visit, record, {})


@router.get("/surat/{record}/cetak.pdf")
def print_letter(record: str, visit: SignedIn) -> Response:
    """Give the letter as it was issued, whatever has changed since."""
    visit.must(Action.ISSUE_LETTER)
    letter = letter_of(visit.desk, record_id_of(record))
    headers = {"Content-Disposition": f'inline; filename="surat-{record[-8:]}.pdf"'}
    return Response(letter_pdf(letter), media_type="application/pdf", headers=headers)


@router.post("/surat/{record}/cabut")
def revoke(record: str, visit: Posted) -> Response:
    """Revoke a letter with a reason; it keeps its number."""
    visit.must(Action.REVOKE_LETTER)
    try:
        revoke_letter(visit.desk, record_id_of(record), visit.text("alasan"))
    except (DataError, RefusedError) as error:
        return _show(visit, record, {"alasan": visit.words.in_full(error)})
    return visit.onward(f"/surat/{record}", visit.words("Surat dicabut; nomornya tidak dipakai lagi."))


def _ask(
    visit: Visit,
    service: ServiceDefinition,
    person: str,
    name: str,
    answers: dict[str, str],
    mistakes: dict[str, str],
) -> Response:
    config = visit.office.store.config
    signer = {"penandatangan": config.letter_signer, "jabatan": config.letter_signer_title}
    return visit.page(
        "letters/ask.html",
        status=422 if mistakes else 200,
        here="/surat",
        service=service,
        person=person,
        name=name,
        answers={**signer, **answers},
        mistakes=mistakes,
    )


def _show(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    letter = letter_of(visit.desk, record_id_of(record))
    return visit.page(
        "letters/show.html",
        status=422 if mistakes else 200,
        here="/surat",
        record=record,
        letter=letter,
        line=_line(letter),
        can_revoke=visit.may(Action.REVOKE_LETTER),
        mistakes=mistakes,
    )


def _line(letter: IssuedLetter) -> dict[str, object]:
    subject = letter.content.get("subject")
    service = letter.content.get("service")
    title = service.get("title") if isinstance(service, dict) else letter.content.get("title")
    return {
        "id": letter.record_id.hex(),
        "number": letter.number,
        "title": str(title or letter.template),
        "name": str(subject.get("name") or "") if isinstance(subject, dict) else "",
        "issued_on": letter.issued_on,
        "void": letter.void or "",
    }
