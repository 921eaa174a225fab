"""Check the code of a printed letter at the desk: scanned by a scanner that types, photographed, or pasted.

Decides nothing: ``letters.checking`` does, in the words of ``kampung letter verify``.  Shows no person; an officer who
may issue letters is led to the letter itself if it is the village's own.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, ProtocolError, StorageError, TrustError, VillageSyncError
from sync_protocol.letter_tokens import PUBLISHED_BYTES_MAX
from village_node.accounts import Action
from village_node.checked_papers import CheckedPaper, public_facts, public_sentences, why_not
from village_node.letters.checking import check_at_desk
from village_node.photographs import PHOTO_BYTES_MAX, codes_in
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()


@router.get("/surat/periksa")
def ask_code(visit: SignedIn) -> Response:
    """Ask for the code of a letter."""
    visit.must(Action.VIEW)
    return _page(visit, "", None, None)


@router.post("/surat/periksa")
def check_code(visit: Posted) -> Response:
    """Say what the code proves; changes nothing."""
    visit.must(Action.VIEW)
    code, raw = visit.text("kode"), visit.file_bytes("kunci", PUBLISHED_BYTES_MAX)
    try:
        code = _seen(visit) or code
    except (DataError, StorageError) as error:
        return _page(visit, code, None, None, visit.words.in_full(error))
    try:
        paper = check_at_desk(visit.office.store, code, raw.decode(errors="replace"))
    except (ProtocolError, TrustError) as error:
        return _page(visit, code, None, error)
    return _page(visit, "", paper, None)


def _seen(visit: Visit) -> str:
    """Return the code on a photograph that was sent, empty if none was.

    Raises as ``codes_in``, and DataError "code-unseen".
    """
    photo = next((raw for name in ("kamera", "foto") if (raw := visit.file_bytes(name, PHOTO_BYTES_MAX))), b"")
    if not photo:
        return ""
    found = codes_in(photo)
    if not found:
        raise DataError(
            "Kode QR tidak terlihat pada foto ini",
            code="code-unseen",
            hint="Foto kodenya saja, dari dekat, lurus dan terang.",
            field="foto",
        )
    return found[0]


def _page(
    visit: Visit, code: str, paper: CheckedPaper | None, error: VillageSyncError | None, unseen: str = ""
) -> Response:
    return visit.page(
        "letters/check.html",
        status=422 if unseen else 200,
        unseen=unseen,
        here="/surat",
        code=code,
        paper=paper,
        facts=public_facts(paper) if paper is not None else "",
        sentences=[visit.words(text, **values) for text, values in public_sentences(paper)]
        if paper is not None
        else [],
        why=why_not(error) if error is not None else None,
        may_open=visit.may(Action.ISSUE_LETTER),
    )
