"""The door: sign in, lock, unlock, sign out, choose a language.

Decides what a browser is told about a failed sign-in (that it failed and when to try again, never which part was
wrong).  Who may enter is ``accounts``.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qs, quote, urlsplit

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from schemas.errors import DataError, RefusedError
from village_node.accounts import Role, Session
from village_node.web.browsers import LANGUAGE_COOKIE, SESSION_COOKIE, cookie_of, office_of, words_of
from village_node.web.guided.drafts import TYPED
from village_node.web.office import Office
from village_node.web.rendering import render
from village_node.web.visits import Posted
from village_node.web.words import LANGUAGES

router = APIRouter()

Typed = Annotated[str, Form()]

_YEAR_S = 365 * 24 * 3600


@router.get("/masuk")
def show_door(request: Request, lanjut: str = "/") -> Response:
    """Show the sign-in form, or the form for the first officer on a new laptop."""
    return _door(request, lanjut, "")


@router.post("/masuk")
def enter(
    request: Request,
    nama: Typed = "",
    nama_lengkap: Typed = "",
    sandi: Typed = "",
    sandi_lagi: Typed = "",
    lanjut: Typed = "/",
) -> Response:
    """Sign an officer in; on a new laptop the first one is made, who is its head."""
    accounts = office_of(request).accounts
    try:
        if accounts.is_empty():
            if sandi != sandi_lagi:
                raise DataError("Kedua kata sandi tidak sama", code="password-differs", hint="Ketik lagi keduanya.")
            if not nama_lengkap.strip():
                raise DataError(
                    "Nama lengkap belum diisi",
                    code="officer-full-name",
                    hint="Nama ini tercatat pada setiap perubahan dan tampil di meja.",
                )
            accounts.create(nama.strip(), nama_lengkap.strip(), Role.HEAD, sandi, must_be_first=True)
        session = accounts.sign_in(nama.strip(), sandi)
    except (DataError, RefusedError) as error:
        return _door(request, lanjut, words_of(request).in_full(error), name=nama, full_name=nama_lengkap, status=422)
    return _with_session(RedirectResponse(own_address(lanjut), 303), request, session)


@router.get("/kunci")
def show_lock(request: Request, lanjut: str = "/") -> Response:
    """Show the lock: who holds it, and the password."""
    session = _session(request)
    if session is None:
        return RedirectResponse(f"/masuk?lanjut={quote(lanjut)}", 303)
    return _lock(request, session, lanjut, "")


@router.post("/kunci")
def lock(visit: Posted) -> Response:
    """Lock the desk; what was typed in a guided form is a draft already."""
    visit.office.accounts.lock(visit.session.token)
    return RedirectResponse(f"/kunci?lanjut={quote(own_address(visit.text('lanjut')))}", 303)


@router.post("/buka-kunci")
def unlock(request: Request, sandi: Typed = "", lanjut: Typed = "/") -> Response:
    """Unlock with the password of the officer who holds the session."""
    token = request.cookies.get(_cookie(request), "")
    session = _session(request)
    if session is None:
        return RedirectResponse(f"/masuk?lanjut={quote(own_address(lanjut))}", 303)
    try:
        office_of(request).accounts.unlock(token, sandi)
    except (DataError, RefusedError) as error:
        return _lock(request, session, lanjut, words_of(request).in_full(error), status=422)
    return RedirectResponse(own_address(lanjut), 303)


@router.post("/keluar")
def leave(request: Request) -> Response:
    """Sign out; asks nothing, loses nothing."""
    token = request.cookies.get(_cookie(request))
    if token:
        office_of(request).accounts.sign_out(token)
    answer = RedirectResponse("/masuk", 303)
    answer.delete_cookie(_cookie(request), path="/")
    return answer


@router.get("/bahasa/{language}")
def choose_language(language: str, lanjut: str = "/") -> Response:
    """Choose the language of this browser."""
    answer = RedirectResponse(own_address(lanjut), 303)
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_S, path="/", httponly=True, samesite="lax")
    return answer


def own_address(address: str) -> str:
    """Return an address of this desk; anything else becomes the desk itself, so that no link leads elsewhere."""
    parts = urlsplit(address)
    is_own = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if is_own and parts.path not in {"/masuk", "/kunci", "/keluar"} else "/"


def _cookie(request: Request) -> str:
    return cookie_of(office_of(request), SESSION_COOKIE)


def _session(request: Request) -> Session | None:
    token = request.cookies.get(_cookie(request))
    return office_of(request).accounts.session(token) if token else None


def _with_session(answer: RedirectResponse, request: Request, session: Session) -> Response:
    # No expiry: the session ends in the database, and a power cut must not end it.
    answer.set_cookie(
        _cookie(request),
        session.token,
        max_age=_YEAR_S,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


def _door(
    request: Request, onward: str, mistake: str, *, name: str = "", full_name: str = "", status: int = 200
) -> HTMLResponse:
    office: Office = office_of(request)
    values = {
        "mistake": mistake,
        "onward": own_address(onward),
        "is_typing_kept": TYPED in parse_qs(urlsplit(onward).query),
        "typed_name": name,
        "typed_full_name": full_name,
        "is_first": office.accounts.is_empty(),
        "village_name": office.store.config.village_name,
        "is_practice": office.is_practice,
        "names": [one.username for one in office.accounts.list() if one.is_active],
    }
    return HTMLResponse(render("door/sign_in.html", words_of(request), values), status)


def _lock(request: Request, session: Session, onward: str, mistake: str, *, status: int = 200) -> HTMLResponse:
    values = {
        "mistake": mistake,
        "onward": own_address(onward),
        "is_typing_kept": TYPED in parse_qs(urlsplit(onward).query),
        "session": session,
        "village_name": office_of(request).store.config.village_name,
        "is_practice": office_of(request).is_practice,
    }
    return HTMLResponse(render("door/locked.html", words_of(request), values), status)
