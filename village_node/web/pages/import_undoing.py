"""Take an import back: first a page that says what would go, be set back and stay, then the undo itself.

Decides what an officer is asked and told; what is taken back is ``village_node.importing.undoing``.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import DataError, RefusedError
from village_node.accounts import Action
from village_node.importing import Batch, Undone, batch_named, undo_batch
from village_node.web.reckoning import version_of
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()


@router.get("/impor/{batch}/batalkan")
def ask(batch: str, visit: SignedIn) -> Response:
    """Show what taking an import back would do; changes nothing."""
    visit.must(Action.IMPORT)
    return _ask(visit, batch)


@router.post("/impor/{batch}/batalkan")
def undo(batch: str, visit: Posted) -> Response:
    """Take an import back, if nothing was built on it; a second click finds it taken back."""
    visit.must(Action.IMPORT)
    try:
        done = undo_batch(visit.desk_many, batch_named(visit.office.store, batch))
    except (DataError, RefusedError) as error:
        if error.code == "import-undone":
            return visit.onward("/impor", visit.words("Impor ini sudah dibatalkan."), kind="know")
        return _ask(visit, batch, error)
    number = visit.words.number
    said = visit.words("Impor dibatalkan: %(n)s catatan.", n=number(done.annulled))
    if done.set_back:
        said += " " + visit.words("%(n)s isian dikembalikan.", n=number(done.set_back))
    if done.left_alone:
        said += " " + visit.words("%(n)s isian sudah berubah lagi dan dibiarkan.", n=number(done.left_alone))
    return visit.onward("/impor", said)


def _ask(visit: Visit, name: str, refused: DataError | RefusedError | None = None) -> Response:
    batch = batch_named(visit.office.store, name)
    trial = None
    if refused is None:
        try:
            trial = _trial(visit, batch)
        except (DataError, RefusedError) as error:
            refused = error
    return visit.page(
        "importing/undo.html",
        status=409 if refused is not None else 200,
        here="/lainnya",
        batch=batch,
        trial=trial,
        refused=refused,
    )


def _trial(visit: Visit, batch: Batch) -> Undone:
    """Return what an undo would do, counted once for as long as the register stands as it does."""
    desk = visit.desk_many
    version = (batch, *version_of(desk))
    return visit.office.remembered("import-undo", version, lambda: undo_batch(desk, batch, dry_run=True))
