"""Compose the desk: pages, assets, safety headers, and what is shown when something is refused.

Decides which hosts may be named (a page of the internet cannot talk to the desk under a name of its own), that nothing
is fetched from elsewhere, and that no page of people's data stays in a browser's cache.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from schemas.errors import (
    AlreadySavedError,
    DataError,
    DiskFullError,
    LimitExceededError,
    RefusedError,
    StorageError,
    VillageSyncError,
)
from village_node.web.browsers import words_of
from village_node.web.lost_forms import keep_typing, read_form
from village_node.web.office import Office
from village_node.web.pages import ROUTERS
from village_node.web.rendering import render
from village_node.web.visits import SignInNeededError

ASSETS = Path(__file__).parent / "assets"

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

_SAFETY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; frame-src 'self'; "
        "object-src 'none'; manifest-src 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
}
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# From the most special to the most general.
_STATUSES: tuple[tuple[type[VillageSyncError], int], ...] = (
    (LimitExceededError, 413),
    (DataError, 422),
    (RefusedError, 409),
    (DiskFullError, 507),
    (StorageError, 503),
)

_FORBIDDEN = frozenset({"not-allowed", "out-of-scope"})
"""Refusals that are about who asks: answered 403."""

_log = logging.getLogger(__name__)


def create_app(office: Office, hosts: Iterable[str] = ()) -> FastAPI:
    """Return the desk of one village.

    Args:
        hosts: names and addresses under which the desk may be reached besides this machine itself.
    """
    app = FastAPI(title="Smart Kampung", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.office = office
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")
    for router in ROUTERS:
        app.include_router(router)
    app.state.addresses = frozenset(getattr(route, "path", "") for router in ROUTERS for route in router.routes)
    allowed = LOCAL_HOSTS | set(hosts)

    @app.middleware("http")
    async def keep_safe(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        if (request.url.hostname or "") not in allowed:
            return PlainTextResponse("Alamat ini tidak dilayani.", 421)
        if request.method in _CHANGING and not _is_own(request):
            return PlainTextResponse("Formulir dari halaman lain tidak diterima.", 403)
        response = await call_next(request)
        for name, value in _SAFETY.items():
            response.headers.setdefault(name, value)
        is_asset = request.url.path.startswith("/assets/")
        response.headers.setdefault("Cache-Control", "public, max-age=86400" if is_asset else "no-store")
        return response

    app.add_exception_handler(SignInNeededError, _to_the_door)
    app.add_exception_handler(AlreadySavedError, _saved_before)
    app.add_exception_handler(VillageSyncError, _refused)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(Exception, _bug)
    return app


def _is_own(request: Request) -> bool:
    """Tell whether a form comes from a page of this desk, by what browsers say of its origin."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.url.netloc}"


async def _to_the_door(request: Request, error: Exception) -> Response:
    """Lead to the door and back again; a form that met a lost session is shown there with what was typed."""
    assert isinstance(error, SignInNeededError)
    page, form = error.page, await read_form(request) if error.page else None
    if form is not None:
        _, again = await run_in_threadpool(keep_typing, request, form, page)
        page = again or page
    address = f"{error.address}?lanjut={quote(page)}" if page else error.address
    if request.headers.get("hx-request") == "true":
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _saved_before(request: Request, error: Exception) -> Response:
    """A second click, or the back button and once more: nothing is saved twice."""
    assert isinstance(error, AlreadySavedError)
    return _told(request, 200, "Sudah tersimpan", "Formulir ini sudah dikirim. Tidak ada yang tercatat dua kali.", "")


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, VillageSyncError)
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    status = 403 if error.code in _FORBIDDEN else status
    _log.warning("event=refused status=%d code=%s", status, error.code)
    words = words_of(request)
    safe = words("Yang sudah tersimpan tetap aman.") if isinstance(error, StorageError) else ""
    next_step = f"{safe} {words.raised(error.hint)}".strip()
    return _told(request, status, words.raised(error.message), next_step, error.code)


def _not_served(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _told(request, 404, "Halaman ini tidak ada", "Kembali ke meja, lalu cari lagi.", "not-found")
    return _told(request, error.status_code, "Tidak dapat dilayani", str(error.detail), "not-served")


def _bug(request: Request, error: Exception) -> Response:
    _log.error("event=bug", exc_info=error)
    return _told(
        request,
        500,
        "Program ini keliru",
        "Yang sudah tersimpan tetap aman; yang baru diketik belum. Catat jamnya dan beri tahu kabupaten.",
        "bug",
    )


def _told(request: Request, status: int, title: str, next_step: str, code: str) -> Response:
    words = words_of(request)
    values = {"title": words(title), "next_step": words(next_step) if next_step else "", "code": code}
    template = "told_part.html" if request.headers.get("hx-request") == "true" else "told.html"
    return HTMLResponse(render(template, words, values), status)
