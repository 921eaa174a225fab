"""The backup as a page: where we stand, one click onto a stick, and one true result.

Decides what is shown; writing, proving and the words that open a backup are ``backup``'s.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import VillageSyncError
from village_node.accounts import Action
from village_node.backup import VerifiedNodeBackup, list_backups, take_backup
from village_node.backup_reminder import backup_reminder
from village_node.web.sticks import sticks
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()


@router.get("/lainnya/cadangan")
def show_backups(visit: SignedIn) -> Response:
    """Show when the last backup was taken, the sticks, and the backups on them."""
    visit.must(Action.BACKUP)
    return _page(visit, None, "")


@router.post("/lainnya/cadangan")
def back_up(visit: Posted) -> Response:
    """Write a backup onto the chosen stick, restore it for a trial, and say what is in it."""
    visit.must(Action.BACKUP)
    chosen = next((one for one in sticks(visit.office.directory) if str(one.path) == visit.text("flashdisk")), None)
    if chosen is None:
        return _page(visit, None, visit.words("Pilih flashdisknya dulu; pasang bila belum terlihat."))
    try:
        done = take_backup(visit.office.store, visit.office.now_ms(), folder=chosen.path)
    except VillageSyncError as error:
        return _page(visit, None, visit.words.in_full(error))
    return _page(visit, done, "")


def _page(visit: Visit, done: VerifiedNodeBackup | None, mistake: str) -> Response:
    found = sticks(visit.office.directory)
    return visit.page(
        "rooms/backups.html",
        status=422 if mistake else 200,
        here="/lainnya",
        reminder=backup_reminder(visit.office.store, visit.office.now_ms()),
        sticks=found,
        backups=[(one, stick.name) for stick in found for one in list_backups(stick.path)][:20],
        done=done,
        mistake=mistake,
    )
