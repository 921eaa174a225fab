"""Letters: what was issued, a new one for somebody, reprint as issued, revoke.

Decides the road to paper: who, which letter, what the register does not know, and issue.  Number, snapshot and token
are made by ``letters`` in one transaction; the form's own mark makes a second click give the same letter.
"""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.bodies import values_of
from schemas.errors import DataError, RefusedError, StorageError
from schemas.fields import Kind
from schemas.services import Audience, ServiceDefinition, all_services
from village_node.accounts import Action, may_see
from village_node.letters import (
    IssuedLetter,
    answers_asked,
    answers_known,
    draft_letter,
    issue_letter,
    letter_of,
    letter_paper,
    letter_pictures,
    letter_subject,
    letters_for,
    letters_issued,
    revoke_letter,
)
from village_node.letters.couples import OF_COUPLES
from village_node.letters.listed import FIXED, LISTING
from village_node.web.guided.picking import named
from village_node.web.letter_forms import form_sent, service_sent, signers_of, typed_sent
from village_node.web.letter_rows import Rows, relations_of, row_step, rows_at_first, rows_sent
from village_node.web.signing_state import signing_of
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 50


@router.get("/surat")
def list_letters(visit: SignedIn) -> Response:
    """List the newest letters, narrowed by number, kind or name."""
    visit.must(Action.ISSUE_LETTER)
    typed = visit.asked("q").casefold()
    issued = letters_issued(visit.desk, limit=LINES_MAX * 20 if typed else LINES_MAX)
    found = [one for one in issued if may_see(visit.session, visit.desk, one.record_id)]
    lines = [one for one in map(_line, found) if typed in " ".join(map(str, one.values())).casefold()][:LINES_MAX]
    return visit.page("letters/list.html", here="/surat", lines=lines, typed=visit.asked("q"))


@router.get("/surat/baru")
def choose_letter(visit: SignedIn) -> Response:
    """Choose a letter for somebody, then fill in what the register does not know."""
    visit.must(Action.ISSUE_LETTER)
    person = visit.asked("untuk")
    if person:
        visit.must_see(record_id_of(person), "letter")
    service = all_services().get(visit.asked("surat"))
    if not person:
        return visit.page("letters/choose.html", here="/surat", person="")
    record_id = record_id_of(person)
    if service is None:
        return _choose(visit, record_id)
    about = letter_subject(visit.desk, service, record_id)
    known, request = answers_known(visit.desk, service, about), visit.asked("permohonan")
    if request:
        visit.must_see(record_id_of(request), "request")
        known |= answers_asked(visit.desk, record_id_of(request), service)
    typed = {"untuk": person, "permohonan": request, **{f"isi_{key}": text for key, text in known.items()}}
    return _ask(visit, service, typed, {}, rows_at_first(visit.desk, service, about))


@router.post("/surat/baru")
def issue(visit: Posted) -> Response:
    """Issue the letter; a second click gives the one that the first made."""
    visit.must(Action.ISSUE_LETTER)
    service = service_sent(visit)
    people = rows_sent(visit, service)
    if row_step(visit):
        return _ask(visit, service, typed_sent(visit, service), {}, people)
    try:
        letter = issue_letter(visit.desk_many, form_sent(visit, service, people))
    except (DataError, RefusedError) as error:
        where = error.field if isinstance(error, DataError) else ""
        is_answer = where in {one.name for one in service.fields}
        name = f"isi_{where}" if is_answer else "orang" if where.startswith("people") else ""
        return _ask(visit, service, typed_sent(visit, service), {name: visit.words.in_full(error)}, people)
    said = visit.with_cautions(visit.words("Surat nomor %(number)s terbit.", number=letter.number), letter.cautions)
    if visit.text("permohonan"):
        said = f"{said} {visit.words('Permohonannya siap diambil.')}"
    return visit.onward(f"/surat/{letter.record_id.hex()}", said)


@router.post("/surat/contoh")
def preview(visit: Posted) -> Response:
    """Show the letter as it would be issued now, a part for htmx or the whole form again; nothing is kept."""
    visit.must(Action.ISSUE_LETTER)
    service = service_sent(visit)
    people = rows_sent(visit, service)
    pictures, mistake = _draft_pictures(visit, service, people)
    if visit.is_part:
        return visit.part("letters/preview.html", pictures=pictures, preview_mistake=mistake)
    return _ask(visit, service, typed_sent(visit, service), {}, people, pictures, mistake)


@router.get("/surat/contoh/{word}/{number}.png")
def preview_page(word: str, number: int, visit: SignedIn) -> Response:
    """Give one page of a preview to the browser that asked for it."""
    visit.must(Action.ISSUE_LETTER)
    return Response(visit.office.pictures.page(visit.session.csrf, word, number), media_type="image/png")


@router.get("/surat/{record}")
def show_letter(record: str, visit: SignedIn) -> Response:
    """Show one letter as issued."""
    visit.must(Action.ISSUE_LETTER)
    return letter_page(visit, record, {})


@router.get("/surat/{record}/gambar.png")
def show_picture(record: str, visit: SignedIn) -> Response:
    """Give the first page of a letter as a picture, as it is printed now."""
    visit.must(Action.ISSUE_LETTER)
    visit.must_see(record_id_of(record), "letter")
    return Response(_issued_pages(visit, record)[0], media_type="image/png")


@router.get("/surat/{record}/gambar")
def show_further_pages(record: str, visit: SignedIn) -> Response:
    """Show the pages after the first, for htmx: most letters have none."""
    visit.must(Action.ISSUE_LETTER)
    visit.must_see(record_id_of(record), "letter")
    pages = _issued_pages(visit, record)[1:]
    return visit.part("letters/preview.html", pictures=_kept(visit, pages), preview_mistake="", is_rest=True)


@router.get("/surat/{record}/cetak.pdf")
def print_letter(record: str, visit: SignedIn) -> Response:
    """Give the letter as it was issued, or as it was signed, whatever has changed since."""
    visit.must(Action.ISSUE_LETTER)
    visit.must_see(record_id_of(record), "letter")
    letter = letter_of(visit.desk, record_id_of(record))
    way = "attachment" if visit.asked("unduh") else "inline"
    headers = {"Content-Disposition": f'{way}; filename="surat-{record[-8:]}.pdf"'}
    return Response(
        letter_paper(visit.desk, letter, visit.office.typesetter), media_type="application/pdf", headers=headers
    )


@router.post("/surat/{record}/cabut")
def revoke(record: str, visit: Posted) -> Response:
    """Revoke a letter with a reason; it keeps its number."""
    visit.must(Action.REVOKE_LETTER)
    visit.must_see(record_id_of(record), "letter")
    letter_id, reason = record_id_of(record), " ".join(visit.text("alasan").split())
    if reason and not visit.text("yakin"):
        return letter_page(visit, record, {"yakin": visit.words("Beri tanda bahwa surat ini memang dicabut")})
    try:
        revoke_letter(visit.desk, letter_id, reason)
    except (DataError, RefusedError) as error:
        # The second of two clicks finds done what it asks for; anybody else is told what was said before.
        if letter_of(visit.desk, letter_id).void != reason or not reason:
            return letter_page(visit, record, {"alasan": visit.words.in_full(error)})
    return visit.onward(f"/surat/{record}", visit.words("Surat dicabut; nomornya tidak dipakai lagi."))


def _issued_pages(visit: Visit, record: str) -> Sequence[bytes]:
    """Return the pages of a letter as it stands now."""
    letter = letter_of(visit.desk, record_id_of(record))
    key = (letter.record_id, letter.void)
    return visit.office.letter_pages.pages(key, lambda: letter_pictures(letter, visit.office.typesetter))


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
    values = values_of(shown.kind, shown.body) if shown is not None else {}
    return f"/penduduk/{record_id.hex()}", str(values.get("name") or "")


def _ask(
    visit: Visit,
    service: ServiceDefinition,
    answers: dict[str, str],
    mistakes: dict[str, str],
    people: Rows,
    pictures: Sequence[str] = (),
    preview_mistake: str = "",
) -> Response:
    config, signers = visit.office.store.config, signers_of(visit)
    record_id = record_id_of(answers["untuk"])
    signer = {
        "penandatangan": signers[0].id if signers else config.letter_signer,
        "jabatan": config.letter_signer_title,
    }
    return visit.page(
        "letters/ask.html",
        status=422 if mistakes else 200,
        here="/surat",
        service=service,
        person=record_id.hex(),
        whom=_whom(visit, record_id),
        people=people if service.audience in LISTING else None,
        relations=relations_of(service, visit.desk.values(record_id)),
        request=answers.get("permohonan", ""),
        is_fixed=service.audience in FIXED,
        with_fathers=service.audience in OF_COUPLES,
        answers={**signer, **answers},
        mistakes=mistakes,
        signers=[(one.id, f"{one.name}, {one.title}{' (a.n.)' if one.is_on_behalf else ''}") for one in signers],
        may_set=visit.may(Action.SETTINGS),
        pictures=pictures,
        preview_mistake=preview_mistake,
    )


def _draft_pictures(visit: Visit, service: ServiceDefinition, people: Rows) -> tuple[list[str], str]:
    """Return the addresses of a draft's pages, or why there are none: a form is filled in without a picture too."""
    try:
        draft = draft_letter(visit.desk_many, form_sent(visit, service, people))
        pages = letter_pictures(draft, visit.office.typesetter)
    except (DataError, RefusedError, StorageError) as error:
        return [], visit.words.in_full(error)
    return _kept(visit, pages), ""


def _kept(visit: Visit, pages: Sequence[bytes]) -> list[str]:
    if not pages:
        return []  # most letters have no further page, and would make those that have give way
    word = visit.office.pictures.keep(visit.session.csrf, pages)
    return [f"/surat/contoh/{word}/{number}.png" for number in range(1, len(pages) + 1)]


def letter_page(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    """Return one letter's page, with what was wrong in one of its forms."""
    letter = letter_of(visit.desk, record_id_of(record))
    visit.must_see(letter.record_id, "letter")
    return visit.page(
        "letters/show.html",
        status=422 if mistakes else 200,
        here="/surat",
        record=record,
        letter=letter,
        line=_line(letter),
        signing=signing_of(visit, letter),
        can_revoke=visit.may(Action.REVOKE_LETTER),
        answers={"alasan": visit.text("alasan"), "yakin": visit.text("yakin")},
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
