"""Who looked at what: the view log as a page, and as a file for whoever has to answer for it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from register.areas import EVERYWHERE
from village_node.accounts import Action, RecordView, views_to_csv
from village_node.attachments import attached_files
from village_node.web.guided.picking import HITS_MAX, person_hit
from village_node.web.visits import SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 200

_LEADS = ("subject_id", "applicant_id", "about_id")
_STEPS_MAX = 3
"""A file of a request of a person."""

_PAGES = {
    "resident": "halaman orang",
    "household": "halaman keluarga",
    "event": "peristiwa",
    "request": "permohonan",
    "letter": "surat",
    "attachment": "lampiran",
    "report": "laporan peristiwa",
}


@router.get("/lainnya/dilihat")
def show_views(visit: SignedIn) -> Response:
    """Show the newest looks, of everybody or at what is about one person."""
    visit.must(Action.VIEW_LOG)
    about, typed = visit.asked("tentang"), visit.asked("q")
    views = _views(visit, LINES_MAX)
    whom = {one.record_id: _whom(visit, one.record_id) for one in views if one.record_id is not None}
    hits = [person_hit(one) for one in visit.desk.find(typed, area=EVERYWHERE, limit=HITS_MAX)] if typed else []
    return visit.page(
        "rooms/views.html",
        here="/lainnya",
        lines=[(one, whom.get(one.record_id or b"", ("", "")), _PAGES.get(one.page, one.page)) for one in views],
        about=about,
        name=_whom(visit, record_id_of(about))[1] if about else "",
        typed=typed,
        hits=hits,
    )


@router.get("/lainnya/dilihat.csv")
def save_views(visit: SignedIn) -> Response:
    """Give the view log as a file."""
    visit.must(Action.VIEW_LOG)
    text = views_to_csv(_views(visit, None), visit.office.store.config.utc_offset_minutes)
    headers = {"Content-Disposition": 'attachment; filename="dilihat.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _views(visit: Visit, limit: int | None) -> list[RecordView]:
    """Return looks; those at a person are at the person's page, family, letters, requests, events and their files."""
    about = visit.asked("tentang")
    if not about:
        return list(visit.office.accounts.views(limit=limit))
    person_id = record_id_of(about)
    home_id = visit.desk.values(person_id).get("household_id")
    with visit.desk.book() as book:
        ids = [person_id, *book.records_about(person_id)]
    files = [file.record_id for one in ids for file in attached_files(visit.desk, one)]
    homes = [home_id] if isinstance(home_id, bytes) else []
    return list(visit.office.accounts.views(record_ids=[*ids, *files, *homes], limit=limit))


def _whom(visit: Visit, record_id: bytes) -> tuple[str, str]:
    """Return the id and name of the person or family that a record is about: a letter is about its subject."""
    name = ""
    for _ in range(_STEPS_MAX):
        values = visit.desk.values(record_id)
        name = str(values.get("name") or values.get("family_number") or "")
        onward = next((found for key in _LEADS if isinstance(found := values.get(key), bytes)), None)
        if name or onward is None:
            break
        record_id = onward
    return record_id.hex(), name
