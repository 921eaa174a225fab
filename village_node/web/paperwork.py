"""Gather what this office holds on paper about a person or a family: letters, requests, scans and photographs.

Decides how much a page shows of each; links lead only where this officer may go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.fields import Kind
from schemas.services import all_services
from village_node.accounts import Action
from village_node.attachments import AttachedFile, attached_files
from village_node.letters import IssuedLetter, letters_shown
from village_node.web.people import label
from village_node.web.visits import Visit

SHOWN_MAX = 8
"""Of each kind: an officer looks for the newest, and the whole lists have pages of their own."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One letter or request: its page if this officer may open it, what it is, since when, how it stands."""

    address: str
    title: str
    number: str
    day: Any
    state: str = ""
    is_revoked: bool = False


@dataclass(frozen=True, slots=True)
class Paperwork:
    """What there is about one record, the newest first."""

    letters: tuple[Paper, ...]
    requests: tuple[Paper, ...]
    files: tuple[AttachedFile, ...]
    may_attach: bool

    @property
    def is_any(self) -> bool:
        """Tell whether there is something to show."""
        return bool(self.letters or self.requests or self.files or self.may_attach)


def paperwork_of(visit: Visit, record_id: bytes, kind: Kind) -> Paperwork:
    """Return the papers about a person or a family whose page is shown."""
    desk = visit.desk
    with desk.book() as book:
        letters = book.letters_about(record_id, SHOWN_MAX)
        requests = book.requests_of(record_id, SHOWN_MAX) if kind == Kind.RESIDENT else {}
    may_open, may_attach = visit.may(Action.ISSUE_LETTER), visit.may(Action.ATTACH)
    files = [one for one in attached_files(desk, record_id) if one.void is None]
    return Paperwork(
        tuple(_letter(one, is_open=may_open) for one in letters_shown(desk, letters)),
        tuple(_request(visit, key, shape.model_dump()) for key, shape in requests.items()),
        tuple(reversed(files[-SHOWN_MAX:])),
        may_attach,
    )


def _letter(letter: IssuedLetter, *, is_open: bool) -> Paper:
    service = letter.content.get("service")
    title = service.get("title") if isinstance(service, dict) else letter.content.get("title")
    address = f"/surat/{letter.record_id.hex()}" if is_open else ""
    return Paper(
        address, str(title or letter.template), letter.number, letter.issued_on, is_revoked=letter.void is not None
    )


def _request(visit: Visit, record_id: bytes, values: dict[str, Any]) -> Paper:
    service = all_services().get(str(values["service"] or ""))
    title = (service.label.en if visit.words.language == "en" else service.label.id) if service is not None else ""
    state = visit.words.label(label("request_state", values["state"]))
    return Paper(
        f"/permohonan/{record_id.hex()}", title or str(values["service"] or ""), "", values["opened_on"], state
    )
