"""Import a population list: bring the file, see how it is read and what would come in, take it in, take it back.

Decides what an officer sees; reading and planning are ``register.importing``, batches ``village_node.importing``.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError, VillageSyncError
from village_node.accounts import Action
from village_node.desk import Desk
from village_node.durable import storage_error
from village_node.importing import batch_named, list_batches, undo_batch
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

PROBLEMS_MAX = 50

STATES = {
    "running": "terhenti atau sedang berjalan",
    "done": "selesai",
    "undoing": "pembatalan belum selesai",
    "undone": "dibatalkan",
}


@router.get("/impor")
def show_imports(visit: SignedIn) -> Response:
    """Show the files that wait, the imports of this laptop, and where to bring a file."""
    return _show(visit, {})


@router.post("/impor")
def bring(visit: Posted) -> Response:
    """Keep a file and show what it would do."""
    visit.must(Action.IMPORT)
    file = visit.file("berkas")
    if file is None:
        return _show(visit, {"berkas": visit.words("Pilih berkasnya dulu")})
    try:
        brought = visit.office.imports.bring(file.filename or "", file.file)
    except VillageSyncError as error:
        return _show(visit, {"berkas": error.in_full})
    except OSError as error:
        raise storage_error(error, visit.office.imports.folder) from error
    return visit.onward(f"/impor/{brought.token}")


@router.get("/impor/{token}")
def show_preview(token: str, visit: SignedIn) -> Response:
    """Show how a file is read and what importing it would do; changes nothing."""
    return _preview(visit, token, "")


@router.post("/impor/{token}/baca")
def read_again(token: str, visit: Posted) -> Response:
    """Read a file as the officer says."""
    visit.must(Action.IMPORT)
    runs = visit.office.imports
    words = [line.strip() for line in visit.text("cara").splitlines() if line.strip()]
    sheets = [line.strip() for line in visit.text("lembar").splitlines() if line.strip()]
    try:
        runs.decide(runs.named(token), words, sheets, visit.text("terima"))
    except DataError as error:
        return _preview(visit, token, error.in_full)
    return visit.onward(f"/impor/{token}")


@router.post("/impor/{token}/masukkan")
def take_in(token: str, visit: Posted) -> Response:
    """Import a file beside the pages; a second click joins the import that runs."""
    visit.must(Action.IMPORT)
    runs, office, officer = visit.office.imports, visit.office, visit.session.display_name
    if runs.start(runs.named(token), lambda: Desk(office.store, officer, office.now_ms)):
        return visit.onward("/impor")
    return visit.onward("/impor", visit.words("Satu impor sedang berjalan; tunggu sampai selesai."), kind="know")


@router.post("/impor/{token}/buang")
def throw_away(token: str, visit: Posted) -> Response:
    """Forget a file that waits."""
    visit.must(Action.IMPORT)
    if visit.office.imports.running == token:
        raise RefusedError("Berkas ini sedang dimasukkan", code="import-running", hint="Tunggu sampai selesai.")
    visit.office.imports.throw_away(token)
    return visit.onward("/impor", visit.words("Berkas dibuang; data yang sudah masuk tetap ada."))


@router.post("/impor/{batch}/batalkan")
def undo(batch: str, visit: Posted) -> Response:
    """Take an import back, if nothing was built on it."""
    visit.must(Action.IMPORT)
    try:
        done = undo_batch(visit.desk_many, batch_named(visit.office.store, batch))
    except (DataError, RefusedError) as error:
        return _show(visit, {"": error.in_full})
    said = visit.words("Impor dibatalkan: %(n)s catatan.", n=visit.words.number(done.annulled))
    return visit.onward("/impor", said)


def _show(visit: Visit, mistakes: dict[str, str]) -> Response:
    visit.must(Action.IMPORT)
    return visit.page(
        "importing/list.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        runs=visit.office.imports,
        waiting=visit.office.imports.waiting(),
        batches=[(one, STATES.get(one.state, one.state)) for one in list_batches(visit.office.store)[:50]],
        mistakes=mistakes,
    )


def _preview(visit: Visit, token: str, mistake: str) -> Response:
    visit.must(Action.IMPORT)
    brought, preview = visit.office.imports.named(token), None
    try:
        preview = brought.preview(visit.desk)
    except (DataError, RefusedError) as error:
        mistake = mistake or error.in_full
    plan = preview.plan if preview is not None else None
    return visit.page(
        "importing/show.html",
        status=422 if mistake else 200,
        here="/lainnya",
        token=token,
        brought=brought,
        name=brought.path.name,
        plan=plan,
        read_as=list(preview.detection.lines()) if preview is not None else [],
        columns=preview.detection.mapping.columns if preview is not None else {},
        problems=plan.problems[:PROBLEMS_MAX] if plan is not None else (),
        taken=plan.new + plan.changed if plan is not None else 0,
        mistakes={"": mistake} if mistake else {},
    )
