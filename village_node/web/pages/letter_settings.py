"""What letters of this laptop look like and who signs them: letterhead, logo, list of signers.

Decides what an officer sees; limits and keeping are ``letters.letterhead`` and ``letters.signers``.  A logo is drawn
once by the typesetter before anything is kept, so that a file that only looks like a picture is named at once.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError, StorageError
from village_node.accounts import Action
from village_node.letters import letter_pictures
from village_node.letters.drafting import letterhead_draft
from village_node.letters.letterhead import LINES, LetterheadSettings, drop_logo, keep_lines, keep_logo
from village_node.letters.logo_files import LOGO_BYTES_MAX, read_logo
from village_node.letters.printing import check_drawable
from village_node.letters.signers import (
    SignerSettings,
    choose_first,
    keep_signer,
    move_signer,
    restore_signer,
    retire_signer,
)
from village_node.settings import DeskSettings, read
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

_HERE = "/lainnya/surat"
_LISTED = {"berhenti": retire_signer, "aktif": restore_signer, "utama": choose_first}
_MOVES = {"naik": -1, "turun": 1}


@router.get("/lainnya/surat")
def show_letter_settings(visit: SignedIn) -> Response:
    """Show letterhead, signers and what is set up of electronic signatures."""
    visit.must(Action.SETTINGS)
    return _page(visit, {}, {})


@router.get("/lainnya/surat/kop.png")
def show_letterhead(visit: SignedIn) -> Response:
    """Give the letterhead as it is printed now, as a picture."""
    visit.must(Action.SETTINGS)
    pages = letter_pictures(letterhead_draft(visit.desk), visit.office.typesetter)
    return Response(pages[0], media_type="image/png")


@router.post("/lainnya/surat/kop")
def save_letterhead(visit: Posted) -> Response:
    """Keep the lines of the letterhead."""
    visit.must(Action.SETTINGS)
    lines = {name: visit.text(name) for name in LINES}
    try:
        with visit.office.store.local_writing() as connection:
            keep_lines(connection, lines)
    except DataError as error:
        return _page(visit, lines, {error.field: visit.words.in_full(error)})
    return visit.onward(_HERE, visit.words("Kop surat tersimpan. Surat yang sudah terbit tidak berubah."))


@router.post("/lainnya/surat/lambang")
def save_logo(visit: Posted) -> Response:
    """Keep a logo, if it is a picture that can be drawn; the former one stays until then."""
    visit.must(Action.SETTINGS)
    try:
        logo = read_logo(visit.file_bytes("lambang", LOGO_BYTES_MAX))
        check_drawable(logo, visit.office.typesetter)
        with visit.office.store.local_writing() as connection:
            keep_logo(connection, logo, visit.office.now_ms())
    except (DataError, StorageError) as error:
        return _page(visit, {}, {"lambang": visit.words.in_full(error)})
    return visit.onward(_HERE, visit.words("Lambang tersimpan dan dicetak pada surat berikutnya."))


@router.post("/lainnya/surat/lambang/hapus")
def remove_logo(visit: Posted) -> Response:
    """Print no logo from now on."""
    visit.must(Action.SETTINGS)
    with visit.office.store.local_writing() as connection:
        drop_logo(connection)
    return visit.onward(
        _HERE, visit.words("Surat berikutnya dicetak tanpa lambang. Yang sudah terbit tetap memakainya.")
    )


@router.post("/lainnya/surat/penanda-tangan")
def add_signer(visit: Posted) -> Response:
    """Add a signer to the list."""
    return _keep(visit, "")


@router.post("/lainnya/surat/penanda-tangan/{signer}")
def change_signer(signer: str, visit: Posted) -> Response:
    """Change a signer, put one first, move, retire or take one back; what each button says."""
    visit.must(Action.SETTINGS)
    wanted = visit.text("lakukan")
    if wanted not in _LISTED and wanted not in _MOVES:
        return _keep(visit, signer)
    try:
        with visit.office.store.local_writing() as connection:
            if wanted in _MOVES:
                move_signer(connection, signer, _MOVES[wanted])
            else:
                _LISTED[wanted](connection, signer)
    except RefusedError as error:
        return _page(visit, {}, {"": visit.words.in_full(error)})
    return visit.onward(_HERE, visit.words("Daftar penanda tangan tersimpan."))


def _keep(visit: Visit, signer: str) -> Response:
    visit.must(Action.SETTINGS)
    typed = {name: visit.text(name) for name in ("name", "title", "nip", "atas_nama")}
    try:
        with visit.office.store.local_writing() as connection:
            keep_signer(
                connection,
                signer,
                name=typed["name"],
                title=typed["title"],
                nip=typed["nip"],
                is_on_behalf=bool(typed["atas_nama"]),
            )
    except (DataError, RefusedError) as error:
        field = error.field if isinstance(error, DataError) and not signer else ""
        return _page(visit, {} if signer else typed, {field: visit.words.in_full(error)})
    return visit.onward(_HERE, visit.words("Daftar penanda tangan tersimpan."))


def _page(visit: Visit, answers: dict[str, str], mistakes: dict[str, str]) -> Response:
    with visit.office.store.local_reading() as connection:
        letterhead = read(connection, LetterheadSettings)
        signers = read(connection, SignerSettings)
        paper = read(connection, DeskSettings).paper
    config = visit.office.store.config
    return visit.page(
        "letters/settings.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        answers={**{name: getattr(letterhead, name) for name in LINES}, **answers},
        mistakes=mistakes,
        logo=letterhead.logo,
        logo_kb=LOGO_BYTES_MAX // 1024,
        signers=signers.signers,
        first=signers.active[0].id if signers.active else "",
        fallback=config.letter_signer,
        fallback_title=config.letter_signer_title,
        paper=paper,
    )
