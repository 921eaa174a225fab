"""Who looked at what: the view log as a page, and as a file for whoever has to answer for it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from village_node.accounts import Action, RecordView, views_to_csv
from village_node.web.visits import SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 200

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
    """Show the newest looks, of everybody or at one record."""
    visit.must(Action.VIEW_LOG)
    views = _views(visit, LINES_MAX)
    ids = [one.record_id for one in views if one.record_id is not None]
    names = {key: _name(visit, key) for key in dict.fromkeys(ids)}
    lines = [(one, names.get(one.record_id or b"", ""), _PAGES.get(one.page, one.page)) for one in views]
    return visit.page("rooms/views.html", here="/lainnya", lines=lines, about=visit.asked("tentang"))


@router.get("/lainnya/dilihat.csv")
def save_views(visit: SignedIn) -> Response:
    """Give the view log as a file."""
    visit.must(Action.VIEW_LOG)
    text = views_to_csv(_views(visit, None), visit.office.store.config.utc_offset_minutes)
    headers = {"Content-Disposition": 'attachment; filename="dilihat.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _views(visit: Visit, limit: int | None) -> list[RecordView]:
    about = visit.asked("tentang")
    return list(visit.office.accounts.views(record_id=record_id_of(about) if about else None, limit=limit))


def _name(visit: Visit, record_id: bytes) -> str:
    values = visit.desk.values(record_id)
    return str(values.get("name") or values.get("family_number") or "")
