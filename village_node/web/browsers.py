"""What a request tells of its browser: the desk it asks, its cookies, its language, the page that its officer is on."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from starlette.routing import Match

from village_node.web.guided.drafts import TYPED
from village_node.web.office import Office
from village_node.web.words import LANGUAGES, Language, Words

SESSION_COOKIE, LANGUAGE_COOKIE, FLASH_COOKIE = "sesi", "bahasa", "kabar"
PRACTICE_SUFFIX = "-latihan"
"""A browser keeps cookies by machine and not by port: practice beside the real desk has its own, or whoever signs in to
one would be signed out of the other, and would be told there what was done here."""


def cookie_of(office: Office, name: str) -> str:
    """Return the name of a cookie of this desk."""
    return name + PRACTICE_SUFFIX if office.is_practice else name


def office_of(request: Request) -> Office:
    """Return the office that the application serves."""
    office: Office = request.app.state.office
    return office


def words_of(request: Request) -> Words:
    """Return the language that this browser chose, Indonesian at first."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    language: Language = next((one for one in LANGUAGES if one == chosen), "id")
    return Words(language, office_of(request).store.config.utc_offset_minutes)


def page_of(request: Request) -> str:
    """Return the address of the page that an officer is on: of a form that was sent, the page that it stands on."""
    if request.method == "GET" and request.headers.get("hx-request") != "true":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    page = urlsplit(request.headers.get("referer", ""))
    if page.netloc != request.url.netloc or not page.path:
        return "/"
    path = page.path
    # A form that was shown once more, with a mistake, stands at the address that it was sent to.
    while path and not _is_page(request, path):
        path = path.rpartition("/")[0]
    query = urlencode([pair for pair in parse_qsl(page.query, keep_blank_values=True) if pair[0] != TYPED])
    return (path or "/") + (f"?{query}" if query else "")


def _is_page(request: Request, path: str) -> bool:
    scope = {**request.scope, "method": "GET", "path": path}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)
