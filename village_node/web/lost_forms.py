"""Read the form that a request carries, and keep what was typed in one whose session is lost.

Decides whose form it was; what is kept of it is ``typed_again``.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from village_node.web import typed_again
from village_node.web.browsers import SESSION_COOKIE, cookie_of, office_of, words_of
from village_node.web.guided.drafts import Drafts, again_address

_FIELDS_MAX, _FILES_MAX, _PART_BYTES_MAX = 400, 8, 64 * 1024


def keep_typing(request: Request, form: FormData, page: str) -> tuple[str, str]:
    """Keep what was typed in a form whose session is lost; return whose it is and the address that shows it again.

    Both are empty if nothing was kept: the form is not of this desk, or holds nothing that somebody typed.
    """
    office, mark = office_of(request), str(form.get("_csrf") or "")
    token = request.cookies.get(cookie_of(office, SESSION_COOKIE), "")
    username = office.senders.username(mark) or office.accounts.sender(token, mark)
    if not username:
        return "", ""
    draft_id = typed_again.keep(
        Drafts(office.store, username),
        form,
        page=page,
        action=request.url.path,
        title=words_of(request)("Ketikan yang belum terkirim"),
        now_ms=office.now_ms(),
    )
    return (username, again_address(page, draft_id)) if draft_id is not None else ("", "")


async def read_form(request: Request) -> FormData | None:
    """Return the texts of a form whose sender is not signed in; None for what is large or cannot be read."""
    size = request.headers.get("content-length", "")
    if request.method != "POST" or not size.isascii() or not size.isdigit() or int(size) > typed_again.BYTES_MAX:
        return None
    try:
        async with form_of(request) as form:
            return form
    except (HTTPException, ClientDisconnect):
        return None


def form_of(request: Request) -> AbstractAsyncContextManager[FormData]:
    """Open the form that a request carries; its files are closed with it."""
    return request.form(max_fields=_FIELDS_MAX, max_files=_FILES_MAX, max_part_size=_PART_BYTES_MAX)
