"""Letters: what was issued, a new one for somebody, reprint as issued, revoke.

Decides the road to paper: who, which letter, what the register does not know, and issue.  Number, snapshot and token
are made by ``letters`` in one transaction; the form's own mark makes a second click give the same letter.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError
from schemas.fields import Kind
from schemas.services import Audience, ServiceDefinition, all_services
from village_node.accounts import Action
from village_node.letters import (
    IssuedLetter,
    LetterForm,
    answers_known,
    issue_letter,
    letter_of,
    letter_paper,
    letter_subject,
    letters_for,
    letters_issued,
    revoke_letter,
)
from village_node.web.guided.picking import named
from village_node.web.letter_rows import LISTING, RELATIONS, Rows, listed, row_step, rows_at_first, rows_sent
from village_node.web.signing_state import signing_of
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
    service = all_services().get(visit.asked("surat"))
    if not person:
        return visit.page("letters/choose.html", here="/surat", person="")
    record_id = record_id_of(person)
    if service is None:
        return _choose(visit, record_id)
    about = letter_subject(visit.desk, service, record_id)
    known = {f"isi_{key}": text for key, text in answers_known(visit.desk, service, about).items()}
    return _ask(visit, service, record_id, known, {}, rows_at_first(visit.desk, service, about))


@router.post("/surat/baru")
def issue(visit: Posted) -> Response:
    """Issue the letter; a second click gives the one that the first made."""
    visit.must(Action.ISSUE_LETTER)
    person = visit.text("untuk")
    service = all_services().get(visit.text("surat"))
    if service is None:
        raise DataError("Surat ini tidak ada", code="service-unknown", hint="Pilih dari daftar surat.")
    record_id = record_id_of(person)
    answers = visit.answers_to(service)
    people = rows_sent(visit, service)
    typed = {f"isi_{key}": text for key, text in answers.items()}
    typed |= {"penandatangan": visit.text("penandatangan"), "jabatan": visit.text("jabatan")}
    if row_step(visit):
        return _ask(visit, service, record_id, typed, {}, people)
    form = LetterForm(
        service=service.code,
        subject_id=record_id,
        answers={key: text for key, text in answers.items() if text},
        people=listed(people, service),
        once=visit.text("_form"),
        signer=visit.text("penandatangan"),
        signer_title=visit.text("jabatan"),
    )
    try:
        letter = issue_letter(visit.desk_many, form)
    except (DataError, RefusedError) as error:
        where = error.field if isinstance(error, DataError) else ""
        name = f"isi_{where}" if where in answers else "orang" if where.startswith("people") else ""
        return _ask(visit, service, record_id, typed, {name: error.in_full}, people)
    said = visit.words("Surat nomor %(number)s terbit.", number=letter.number)
    return visit.onward(f"/surat/{letter.record_id.hex()}", said)


@router.get("/surat/{record}")
def show_letter(record: str, visit: SignedIn) -> Response:
    """Show one letter as issued."""
    visit.must(Action.ISSUE_LETTER)
    return letter_page(visit, record, {})


@router.get("/surat/{record}/cetak.pdf")
def print_letter(record: str, visit: SignedIn) -> Response:
    """Give the letter as it was issued, or as it was signed, whatever has changed since."""
    visit.must(Action.ISSUE_LETTER)
    letter = letter_of(visit.desk, record_id_of(record))
    way = "attachment" if visit.asked("unduh") else "inline"
    headers = {"Content-Disposition": f'{way}; filename="surat-{record[-8:]}.pdf"'}
    return Response(letter_paper(visit.desk, letter), media_type="application/pdf", headers=headers)


@router.post("/surat/{record}/cabut")
def revoke(record: str, visit: Posted) -> Response:
    """Revoke a letter with a reason; it keeps its number."""
    visit.must(Action.REVOKE_LETTER)
    try:
        revoke_letter(visit.desk, record_id_of(record), visit.text("alasan"))
    except (DataError, RefusedError) as error:
        return letter_page(visit, record, {"alasan": error.in_full})
    return visit.onward(f"/surat/{record}", visit.words("Surat dicabut; nomornya tidak dipakai lagi."))


def _choose(visit: Visit, record_id: bytes) -> Response:
    """Offer what fits this person or family, and beside a person's letters those of the family."""
    values = visit.desk.values(record_id)
    fitting = letters_for(visit.desk, record_id)
    home_id = values.get("household_id")
    own = Audience.FAMILY not in {one.audience for one in fitting} and isinstance(home_id, bytes)
    is_dead = any(one.audience is Audience.DECEASED for one in fitting)
    return visit.page(
        "letters/choose.html",
        here="/surat",
        person=record_id.hex(),
        whom=_whom(visit, record_id),
        services=fitting,
        family=_whom(visit, home_id) if own and fitting and not is_dead and isinstance(home_id, bytes) else None,
        family_id=home_id.hex() if isinstance(home_id, bytes) else "",
        family_services=letters_for(visit.desk, home_id) if own and isinstance(home_id, bytes) else [],
    )


def _whom(visit: Visit, record_id: bytes) -> tuple[str, str]:
    """Return the address and the name of the person or family that a letter is for."""
    shown = visit.desk.shown(record_id)
    if shown is not None and shown.kind == Kind.HOUSEHOLD:
        name, line = named(visit.desk, record_id.hex())
        return f"/keluarga/{record_id.hex()}", f"{name} ({line})"
    return f"/penduduk/{record_id.hex()}", visit.desk.name(record_id)


def _ask(
    visit: Visit,
    service: ServiceDefinition,
    record_id: bytes,
    answers: dict[str, str],
    mistakes: dict[str, str],
    people: Rows,
) -> Response:
    config = visit.office.store.config
    signer = {"penandatangan": config.letter_signer, "jabatan": config.letter_signer_title}
    return visit.page(
        "letters/ask.html",
        status=422 if mistakes else 200,
        here="/surat",
        service=service,
        person=record_id.hex(),
        whom=_whom(visit, record_id),
        people=people if service.audience in LISTING else None,
        relations=RELATIONS.get(service.audience, ()),
        answers={**signer, **answers},
        mistakes=mistakes,
    )


def letter_page(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    """Return one letter's page, with what was wrong in one of its forms."""
    letter = letter_of(visit.desk, record_id_of(record))
    return visit.page(
        "letters/show.html",
        status=422 if mistakes else 200,
        here="/surat",
        record=record,
        letter=letter,
        line=_line(letter),
        signing=signing_of(visit, letter),
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
