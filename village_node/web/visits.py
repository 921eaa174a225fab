"""One request of one officer: who asks, in which language, what they sent, and how the answer is put together.

Decides who gets through: a page needs a session that is not locked, a form also its own mark (against forged forms) and
each form is saved once (``Desk`` keeps the form's id beside the entry).  Pages get a ``Visit`` and return its answers.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import FormData, UploadFile

from schemas.errors import DataError, RefusedError
from schemas.numbers import whole_number
from schemas.services import ServiceDefinition
from village_node.accounts import Action, Session, may
from village_node.desk import Desk
from village_node.registration import Caution
from village_node.web import typed_again
from village_node.web.browsers import FLASH_COOKIE, SESSION_COOKIE, cookie_of, office_of, page_of, words_of
from village_node.web.guided.drafts import TYPED, Drafts
from village_node.web.lost_forms import form_of, keep_typing
from village_node.web.navigation import NAVIGATION, action_for
from village_node.web.office import Office
from village_node.web.refilling import refilled
from village_node.web.rendering import render
from village_node.web.words import Words

ASKED_BY_PAGES = frozenset({"/sinkron/keadaan"})
"""What a page asks by itself, again and again: nobody needs to be there, so it keeps no desk unlocked."""

OWN_PASSWORD = "/lainnya/sandi"  # noqa: S105 - an address
"""Where an officer whose password somebody else made goes first."""


class SignInNeededError(Exception):
    """Nobody is signed in, or the desk is locked; answered with the page that lets one in, and from there back.

    Args:
        address: where to go first.
        page: where to go from there.
    """

    def __init__(self, address: str, page: str = "") -> None:
        super().__init__(address)
        self.address = address
        self.page = page


@dataclass
class Visit:
    """One request of one officer who is signed in."""

    office: Office
    request: Request
    session: Session
    words: Words
    form: FormData = field(default_factory=FormData)

    @cached_property
    def desk(self) -> Desk:
        """Return the register's desk in this officer's name; what a form saves through it is saved once."""
        return Desk(self.office.store, self.session.display_name, self.office.now_ms, form_id=self.form_id)

    @property
    def form_id(self) -> bytes | None:
        """Return the id of the form that was sent, None without one."""
        return _form_id(str(self.form.get("_form") or ""))

    @cached_property
    def desk_many(self) -> Desk:
        """Return a desk for what keeps from doubling by a mark of its own, such as a letter."""
        return Desk(self.office.store, self.session.display_name, self.office.now_ms)

    @property
    def is_part(self) -> bool:
        """Tell whether htmx asks for a part of a page only."""
        return self.request.headers.get("hx-request") == "true"

    # -- what was sent

    def text(self, name: str) -> str:
        """Return a field as typed, without the spaces around it; empty if it was left out."""
        return self.as_typed(name).strip()

    def texts(self, name: str) -> list[str]:
        """Return a field that may be there several times, blanks left out."""
        return [value.strip() for value in self.form.getlist(name) if isinstance(value, str) and value.strip()]

    def file(self, name: str) -> UploadFile | None:
        """Return a file that was sent, None if none was chosen."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def file_bytes(self, name: str, most: int) -> bytes:
        """Return what a file that was sent holds, one byte more than it may at most; empty if none was chosen."""
        file = self.file(name)
        return file.file.read(most + 1) if file is not None else b""

    def as_typed(self, name: str) -> str:
        """Return a field with every space in it, such as a password; empty if it was left out."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""

    def asked(self, name: str) -> str:
        """Return a word of the address, such as ``?q=``."""
        return self.request.query_params.get(name, "").strip()

    def page_number(self) -> int:
        """Return the page of a long list that the address asks for (``?hal=``), the first unless it says."""
        return max(1, whole_number(self.asked("hal")) or 1)

    def answers_to(self, service: ServiceDefinition) -> dict[str, str]:
        """Return what was typed for each of a service's own fields."""
        return {field.name: self.text(f"isi_{field.name}") for field in service.fields}

    # -- what may be done

    def may(self, action: Action) -> bool:
        """Tell whether this officer's role allows something."""
        return may(self.session, action)

    def must(self, action: Action) -> None:
        """Refuse what this officer's role does not allow; raises RefusedError "not-allowed"."""
        if not self.may(action):
            raise RefusedError(
                "Peran Anda tidak membolehkan ini", code="not-allowed", hint="Minta kepada sekretaris atau kepala desa."
            )

    def must_see(self, record_id: bytes, page: str) -> None:
        """Note a look at a record, or refuse one beyond this officer's scope; raises RefusedError "out-of-scope"."""
        self.office.accounts.must_see(self.session, self.desk, record_id, page)

    def note_file(self, name: str) -> None:
        """Note that this officer takes a file with many people's data."""
        self.office.accounts.note_view(self.session, None, f"berkas {name}")

    # -- answers

    def page(self, template: str, *, status: int = 200, here: str = "", **values: Any) -> HTMLResponse:
        """Return a whole page; ``here`` is the address of the frame's word that it belongs to."""
        frame = {} if self.is_part else self._frame(here)
        answer = HTMLResponse(self._with_typing(template, {**self.common(), **frame, **values}), status)
        flash_cookie = cookie_of(self.office, FLASH_COOKIE)
        if flash_cookie in self.request.cookies and not self.is_part:
            answer.delete_cookie(flash_cookie, path="/", httponly=True, samesite="strict")
        return answer

    def part(self, template: str, **values: Any) -> HTMLResponse:
        """Return a part of a page, for htmx."""
        return HTMLResponse(render(template, self.words, {**self.common(), **values}))

    def with_cautions(self, said: str, cautions: Iterable[Caution]) -> str:
        """Return what was done, followed by what the register asks to look at."""
        return " ".join([said, *(self.words.raised(one.message) for one in cautions)])

    def onward(self, address: str, said: str = "", *, undo: str = "", kind: str = "good") -> Response:
        """Send the browser on after a form, with a word about what was done and the address that undoes it."""
        self.forget_typing()
        answer = RedirectResponse(address, 303)
        if said:
            raw = json.dumps({"text": said, "undo": undo, "kind": kind}).encode()
            value = base64.urlsafe_b64encode(raw).decode()
            name = cookie_of(self.office, FLASH_COOKIE)
            answer.set_cookie(name, value, max_age=60, path="/", httponly=True, samesite="strict")
        return answer

    def forget_typing(self) -> None:
        """Forget what was kept of this form when a session was lost: it is saved now, or a draft."""
        if typed_again.MARK in self.form:
            typed_again.forget(Drafts(self.office.store, self.session.username), self.form)

    def _with_typing(self, template: str, values: dict[str, Any]) -> str:
        """Draw a page; with what was typed before a session was lost, where the address asks for it."""
        typing = None
        if self.asked(TYPED) and self.request.method == "GET" and not self.is_part:
            typing = typed_again.find(Drafts(self.office.store, self.session.username), self.asked(TYPED))
        if typing is None:
            return render(template, self.words, values)
        page = render(template, self.words, {**values, "typing": "again", "typed": typing})
        mark = (typed_again.MARK, typing.draft_id.hex())
        filled = refilled(page, typing.action, typing.pairs, [mark])
        if filled is None:
            return render(template, self.words, {**values, "typing": "formless", "typed": typing})
        return filled

    def common(self) -> dict[str, Any]:
        """Return what every template may use."""
        return {
            "visit": self,
            "session": self.session,
            "today": self.desk.today(),
            "now_ms": self.office.now_ms(),
            "csrf": self.session.csrf,
            "new_form": new_form,
        }

    def leads(self, address: str) -> bool:
        """Tell whether a link's address is served here and opens for this officer."""
        path = address.partition("#")[0]
        needed = action_for(path)
        # A form's own address has its code in it.
        is_served = path in self.request.app.state.addresses or path.startswith("/lapor/")
        return is_served and (needed is None or self.may(needed))

    def _frame(self, here: str) -> dict[str, Any]:
        standing = self.office.standing()
        return {
            "navigation": [one for one in NAVIGATION if self.leads(one[0])],
            "here": here,
            "standing": standing,
            "next_try_ms": self.office.next_try_ms(standing),
            "inbox_count": self.office.inbox_count(standing),
            "is_practice": self.office.is_practice,
            "village_name": self.office.store.config.village_name,
            "flash": _flash(self.request),
            "address": self.request.url.path,
            "typing": "",
        }


def new_form() -> str:
    """Return a new form's id: whoever sends the form twice saves it once."""
    return uuid.uuid4().hex


def _form_id(raw: str) -> bytes | None:
    try:
        return uuid.UUID(hex=raw).bytes if raw else None
    except ValueError:
        return None


def _flash(request: Request) -> Mapping[str, str] | None:
    raw = request.cookies.get(cookie_of(office_of(request), FLASH_COOKIE))
    if raw is None:
        return None
    try:
        tree = json.loads(base64.urlsafe_b64decode(raw))
        return {name: str(tree[name]) for name in ("text", "undo", "kind")}
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None


def signed_in(request: Request) -> Visit:
    """Return the visit of an officer who is signed in; sends everybody else to the door."""
    office = office_of(request)
    token = request.cookies.get(cookie_of(office, SESSION_COOKIE))
    is_activity = request.url.path not in ASKED_BY_PAGES
    session = office.accounts.session(token, is_activity=is_activity) if token else None
    if session is None or session.locked:
        raise SignInNeededError("/masuk" if session is None else "/kunci", page_of(request))
    if session.must_change and request.url.path != OWN_PASSWORD:
        raise SignInNeededError(OWN_PASSWORD)
    office.senders.note(session)
    return Visit(office, request, session, words_of(request))


async def _sent(request: Request) -> AsyncIterator[FormData]:
    async with form_of(request) as form:
        yield form  # files that were sent are closed with the answer


def posted(visit: Annotated[Visit, Depends(signed_in)], form: Annotated[FormData, Depends(_sent)]) -> Visit:
    """Return the visit of a form that this desk itself gave out; raises RefusedError "form-foreign".

    A form of an earlier session of the same officer is shown again with what was typed in it.
    """
    if not hmac.compare_digest(str(form.get("_csrf") or ""), visit.session.csrf):
        username, again = keep_typing(visit.request, form, page_of(visit.request))
        if username == visit.session.username:
            raise SignInNeededError(again)
        raise RefusedError(
            "Formulir ini bukan dari meja ini, atau sudah terlalu lama",
            code="form-foreign",
            hint="Muat ulang halamannya, lalu kirim lagi.",
        )
    visit.form = form
    return visit


SignedIn = Annotated[Visit, Depends(signed_in)]
"""What a page asks for."""

Posted = Annotated[Visit, Depends(posted)]
"""What a form's address asks for."""


def record_id_of(text: str) -> bytes:
    """Return a record's id from an address; raises DataError "record-id-format"."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise DataError("Alamat halaman ini tidak lengkap", code="record-id-format", hint="Cari kembali orangnya.")
    return found
