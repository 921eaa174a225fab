"""Electronic signatures at the desk: the office's certificate, and one letter's signature.

Decides what is asked: the certificate's password each time something is signed, never anything that would sign without
it.  What makes a certificate usable and where a signed letter is kept is ``letters``.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError, StorageError
from village_node.accounts import Action
from village_node.letters import (
    LocalCertificate,
    bring_certificate,
    remove_certificate,
    sign_letter,
    signing_settings,
)
from village_node.letters.local_certificate import FILE_BYTES_MAX, LIST_BYTES_MAX
from village_node.web.pages.letters import letter_page
from village_node.web.signing_state import signing_state
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

_FIELDS = {"file": "sertifikat", "crl": "daftar", "password": "sandi"}


@router.get("/lainnya/tanda-tangan")
def show_certificate(visit: SignedIn) -> Response:
    """Show the office's certificate and what its signature is worth."""
    visit.must(Action.SETTINGS)
    return _page(visit, {})


@router.post("/lainnya/tanda-tangan")
def bring(visit: Posted) -> Response:
    """Keep a certificate that was sent, if its password opens it."""
    visit.must(Action.SETTINGS)
    content, crl = visit.file_bytes("sertifikat", FILE_BYTES_MAX), visit.file_bytes("daftar", LIST_BYTES_MAX)
    if not content:
        return _page(visit, {"sertifikat": visit.words("Pilih berkas sertifikat dulu")})
    try:
        bring_certificate(visit.desk, content, visit.as_typed("sandi"), crl=crl)
    except (DataError, RefusedError, StorageError) as error:
        return _page(visit, {_field(error): visit.words.in_full(error)})
    return visit.onward("/lainnya/tanda-tangan", visit.words("Sertifikat dipasang."))


@router.post("/lainnya/tanda-tangan/lepas")
def remove(visit: Posted) -> Response:
    """Forget the office's certificate."""
    visit.must(Action.SETTINGS)
    try:
        remove_certificate(visit.office.store)
    except RefusedError as error:
        return _page(visit, {"": visit.words.in_full(error)})
    return visit.onward("/lainnya/tanda-tangan", visit.words("Sertifikat dilepas."))


@router.post("/surat/{record}/tanda-tangan")
def sign(record: str, visit: Posted) -> Response:
    """Sign one letter; a second click finds it signed."""
    visit.must(Action.SIGN_LETTER)
    provider = LocalCertificate(signing_settings(visit.office.store))
    try:
        done = sign_letter(visit.desk_many, record_id_of(record), visit.as_typed("sandi"), provider)
    except (DataError, RefusedError, StorageError) as error:
        return letter_page(visit, record, {_field(error): visit.words.in_full(error)})
    if done.is_again:
        return visit.onward(f"/surat/{record}", visit.words("Surat ini sudah ditandatangani."), kind="know")
    return visit.onward(f"/surat/{record}", visit.words("Surat ditandatangani secara elektronik."))


def _field(error: Exception) -> str:
    return _FIELDS.get(error.field, "") if isinstance(error, DataError) else ""


def _page(visit: Visit, mistakes: dict[str, str]) -> Response:
    return visit.page(
        "rooms/signing_page.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        signing=signing_state(visit),
        mistakes=mistakes,
    )
