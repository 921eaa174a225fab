"""Issue a letter in one transaction with its number, revoke one, list what was issued.

Decides what must be there (officer, signer, answers) and that one form submission makes one letter, however often it is
sent.  A missing document is a caution.  A revoked letter is void: it keeps its number, and no other letter gets it.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from sqlalchemy import func, select

from register.tables import INDEX_TABLES
from schemas.bodies import body_of, date_to_days, values_of
from schemas.codes import RequestState
from schemas.errors import DatabaseCorruptError, DataError, RefusedError
from schemas.fields import Kind, tag_of
from schemas.services import ServiceDefinition, service_of
from sync_protocol.codec import digest16
from sync_protocol.entries import Change, Create, EntryKind, Update
from sync_protocol.letter_tokens import TOKEN_ID_BYTES, LetterSeal, letter_token
from village_node.desk import Desk
from village_node.letters.content import answers_checked, day_in_words, letter_content
from village_node.letters.letterhead import letterhead_said, logo_of, no_logo
from village_node.letters.numbering import take_number
from village_node.letters.particulars import answers_known, particulars, particulars_cautions
from village_node.letters.relatives import Listed
from village_node.letters.signers import NOBODY, signer_said
from village_node.letters.subjects import letter_subject
from village_node.registration.draft import Caution, EntryDraft, Recorded
from village_node.registration.form_checks import required
from village_node.registration.requests import TRANSITIONS, request_papers
from village_node.settings import DeskSettings
from village_node.settings import read as read_settings
from village_node.store import Working

_LETTER = INDEX_TABLES[Kind.LETTER]
_STATE = tag_of(Kind.REQUEST, "state")

Answered = Callable[[ServiceDefinition, Mapping[str, str]], dict[str, str]]
Signed = Callable[[Desk, str, str, str], dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterForm:
    """What the officer fills in; with ``request_id`` service, person and answers come from the request.

    ``subject_id`` is a person or, for a family's letter, the family; ``people`` are those whom the letter lists.
    ``once`` names one submission of a form: sent again, it gives the letter that it made.  The signer is one of the
    desk's list (``signer_id``) or stated by name; else the list's first choice.  ``paper`` defaults to the desk's.
    """

    service: str = ""
    subject_id: bytes | None = None
    request_id: bytes | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    people: Sequence[Listed] | None = None
    once: str = ""
    signer: str = ""
    signer_title: str = ""
    signer_id: str = ""
    paper: Literal["", "F4", "A4"] = ""


@dataclass(frozen=True, slots=True)
class IssuedLetter:
    """A letter as issued; ``void`` says why it was revoked, ``is_again`` that this call made nothing new.

    ``signed_file`` is the attachment that holds the letter as it was signed electronically.  ``read_logo`` finds the
    logo that the content names: a picture of up to half a megabyte, read by what prints it and by nothing else.
    """

    record_id: bytes
    number: str
    is_provisional: bool
    issued_on: dt.date | None
    template: str
    token: str
    content: Mapping[str, Any]
    void: str | None = None
    read_logo: Callable[[Mapping[str, Any]], str] = field(default=no_logo, compare=False, repr=False)
    is_again: bool = False
    cautions: tuple[Caution, ...] = ()
    signed_file: bytes | None = None

    @property
    def logo(self) -> str:
        """Return the logo for the typesetter; read each time."""
        return self.read_logo(self.content)


@dataclass(frozen=True, slots=True)
class ReadyLetter:
    """A checked form: everything but the number."""

    service: ServiceDefinition
    subject_id: bytes
    content: dict[str, Any]
    cautions: tuple[Caution, ...]


def issue_letter(desk: Desk, form: LetterForm, *, dry_run: bool = False) -> IssuedLetter:
    """Issue a letter: number, snapshot, token and record in one transaction; durable when this returns.

    Raises RefusedError as ``letter_subject`` for whom the letter is not, "letter-none" for a service that the village
    does not print, "signer-missing", "officer-missing", "request-unknown"; DataError for answers, and as
    ``people_content`` for the people it lists.
    """
    today = desk.today()
    ready = ready_letter(desk, form, today)
    with desk.store.reading() if dry_run else desk.store.transaction() as working:
        letter_id = _letter_id(desk, working, form)
        earlier = working.shown([letter_id])[letter_id]
        if earlier is not None:
            return _issued(desk, letter_id, values_of(Kind.LETTER, earlier.body), is_again=True)
        number = take_number(desk.store, working, ready.service.number_class, today.year, dry_run=dry_run)
        seal = LetterSeal(
            template=ready.service.template,
            number=number.text,
            issued_days=date_to_days(today),
            village_id=working.village_id,
            token_id=secrets.token_bytes(TOKEN_ID_BYTES),
        )
        content = ready.content | {"number": number.text, "provisional": number.is_provisional}
        values = {
            "template": ready.service.template,
            "number": number.text,
            "issued_on": today,
            "subject_id": ready.subject_id,
            "token": letter_token(seal, desk.store.keys.signing),
            "request_id": form.request_id,
            "content": json.dumps(content, ensure_ascii=False, sort_keys=True),
            "officer": desk.officer,
        }
        if not dry_run:
            made = Create(letter_id, Kind.LETTER, body_of(Kind.LETTER, values))
            desk.append(working, EntryKind.LETTER, (made, *_request_ready(working, form.request_id)))
    return _issued(desk, letter_id, values, cautions=ready.cautions)


def ready_letter(
    desk: Desk, form: LetterForm, today: dt.date, *, answered: Answered = answers_checked, signed: Signed = signer_said
) -> ReadyLetter:
    """Return a form as checked; raises as ``issue_letter`` does.

    Args:
        answered: checks what was typed; a draft is more lenient.
        signed: says who signs.
    """
    officer = desk.officer.strip()
    if officer in {"", "-"}:
        raise RefusedError("Nama petugas belum diisi", code="officer-missing", hint="Masuk dengan nama petugas.")
    asked = _request_values(desk, form.request_id)
    service = service_of(form.service or str(asked.get("service") or ""))
    if not service.template:
        raise RefusedError(
            f"{service.label.id} tidak dicetak desa",
            code="letter-none",
            hint=f"Diterbitkan oleh {service.issuer}; teruskan permohonannya.",
        )
    subject_id = form.subject_id or asked.get("applicant_id")
    if subject_id is None:
        raise DataError("Warga belum dipilih", code="value-missing", hint="Pilih warga.", field="subject_id")
    about = letter_subject(desk, service, subject_id)
    given = {**answers_known(desk, service, about), **_answers_of(asked, service), **form.answers}
    answers = answered(service, given)
    content = letter_content(desk, service, about.person, answers, village_name=desk.village_name)
    content |= particulars(desk, service, about, form.people)
    signer = (form.signer_id, form.signer, form.signer_title)
    content |= {"officer": officer, "signer": NOBODY if service.is_own_statement else signed(desk, *signer)}
    with desk.store.local_reading() as connection:
        content |= letterhead_said(connection)
        content["paper"] = form.paper or read_settings(connection, DeskSettings).paper
    content["issued_on"] = day_in_words(today)
    if desk.store.is_practice:
        content["practice"] = True  # across every page, and for ever: a letter says what it was when issued
    cautions = particulars_cautions(service, about, today)
    if form.request_id is not None:
        cautions += tuple(
            Caution("document-missing", "documents", f"Syarat belum ada: {one.label.id} ({one.code}).")
            for one in request_papers(desk, form.request_id).missing
        )
    return ReadyLetter(service, about.record_id, content, cautions)


def _request_values(desk: Desk, request_id: bytes | None) -> dict[str, Any]:
    if request_id is None:
        return {}
    record = desk.shown(request_id)
    if record is None or record.kind != Kind.REQUEST:
        raise RefusedError("Permohonan tidak ditemukan", code="request-unknown", hint="Lihat daftar permohonan.")
    return values_of(Kind.REQUEST, record.body)


def answers_asked(desk: Desk, request_id: bytes, service: ServiceDefinition) -> dict[str, str]:
    """Return what a citizen's request answered of a letter's questions; raises RefusedError "request-unknown"."""
    return _answers_of(_request_values(desk, request_id), service)


def _answers_of(asked: Mapping[str, Any], service: ServiceDefinition) -> dict[str, str]:
    """Return what the request answered already; its purpose stands for the letter's."""
    try:
        kept = json.loads(asked.get("answers") or "{}")
    except ValueError:
        kept = {}
    known = {one.name for one in service.fields}
    answers = {name: str(text) for name, text in kept.items() if name in known} if isinstance(kept, dict) else {}
    if "purpose" in known and asked.get("purpose"):
        answers.setdefault("purpose", str(asked["purpose"]))
    return answers


def _letter_id(desk: Desk, working: Working, form: LetterForm) -> bytes:
    """Return the record id: drawn from the submission's name, so that the same submission finds its letter."""
    once = form.once
    if not once and form.request_id is not None:
        # One letter for a request; after it was revoked, one more.
        gone = (_LETTER.c.request_id == form.request_id, _LETTER.c.void.is_not(None))
        count = working.connection.scalar(
            select(func.count()).select_from(_LETTER).where(_LETTER.c.village_id == working.village_id, *gone)
        )
        once = f"{form.request_id.hex()}/{count}"
    if not once:
        return desk.new_id()
    return digest16(b"kampung/letter-once/0" + working.tables.state.village_key + once.encode())


def _request_ready(working: Working, request_id: bytes | None) -> list[Change]:
    """Return the step of the request to ready, if it is not there or beyond."""
    if request_id is None:
        return []
    shown = working.shown([request_id])[request_id]
    state = shown.body.get(_STATE) if shown is not None else None
    if state not in list(RequestState) or RequestState.READY not in TRANSITIONS[RequestState(state)]:
        return []
    return [Update(request_id, _STATE, state, int(RequestState.READY))]


# -- what was issued


def letter_of(desk: Desk, letter_id: bytes) -> IssuedLetter:
    """Return a letter as it was issued; raises RefusedError "letter-unknown"."""
    record = desk.shown(letter_id)
    if record is None or record.kind != Kind.LETTER:
        raise RefusedError("Surat tidak ditemukan", code="letter-unknown", hint="Lihat daftar surat.")
    return _issued(desk, letter_id, values_of(Kind.LETTER, record.body))


def letters_issued(desk: Desk, *, year: int | None = None, limit: int = 200) -> list[IssuedLetter]:
    """Return letters, the newest first; those of one year if one is named."""
    with desk.store.reading() as working:
        query = select(_LETTER.c.record_id).where(_LETTER.c.village_id == working.village_id)
        if year is not None:
            query = query.where(_LETTER.c.issued_on.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
        query = query.order_by(_LETTER.c.issued_on.desc(), _LETTER.c.record_id.desc()).limit(limit)
        ids = list(working.connection.scalars(query))
    return letters_shown(desk, ids)


def letters_shown(desk: Desk, ids: Sequence[bytes]) -> list[IssuedLetter]:
    """Return those of some letters that are known here, as they were issued, in one look."""
    shown = desk.shown_many(ids)
    return [_issued(desk, one, values_of(Kind.LETTER, shown[one].body)) for one in ids if one in shown]


def revoke_letter(desk: Desk, letter_id: bytes, reason: str, *, dry_run: bool = False) -> Recorded:
    """Revoke a letter; it keeps its number.  Raises RefusedError "letter-unknown" or "letter-revoked"."""
    letter = letter_of(desk, letter_id)
    if letter.void:
        raise RefusedError(
            f"Surat {letter.number} sudah dicabut: {letter.void}", code="letter-revoked", hint="Tidak perlu diulang."
        )
    draft = EntryDraft(desk)
    draft.update(letter_id, {"void": required(reason, "void", "Alasan pencabutan")})
    return draft.save(EntryKind.LETTER, dry_run=dry_run)


def _issued(
    desk: Desk,
    record_id: bytes,
    values: Mapping[str, Any],
    *,
    is_again: bool = False,
    cautions: tuple[Caution, ...] = (),
) -> IssuedLetter:
    try:
        content = json.loads(values.get("content") or "{}")
    except ValueError as error:
        raise DatabaseCorruptError(f"Isi surat tidak dapat dibaca: {values.get('number')}") from error
    issued_on = values.get("issued_on")
    return IssuedLetter(
        record_id=record_id,
        number=str(values.get("number") or "-"),
        is_provisional=bool(content.get("provisional")),
        issued_on=issued_on if isinstance(issued_on, dt.date) else None,
        template=str(values.get("template") or ""),
        token=str(values.get("token") or ""),
        content=content,
        void=values.get("void"),
        read_logo=partial(logo_of, desk.store),
        is_again=is_again,
        cautions=cautions,
        signed_file=values.get("signed_file"),
    )
