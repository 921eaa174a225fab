"""Families: the list, one family with its members, and what may be done with it.

Decides what a page shows; every change of a family is a vital event (``registration``), so this page only leads to the
guided forms.
"""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.errors import RefusedError
from schemas.fields import Kind
from village_node.accounts import may_see, search_area
from village_node.web.histories import history_of
from village_node.web.pages.residents import attached, family_of
from village_node.web.paperwork import paperwork_of
from village_node.web.people import place_of
from village_node.web.values import values_shown
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

LINES_MAX = 50

ACTIONS: tuple[tuple[str, str, str], ...] = (
    ("kelahiran", "Tambah anak yang lahir", "user-plus"),
    ("datang", "Tambah orang yang datang", "users-plus"),
    ("pisah", "Pisah keluarga", "arrows-split"),
    ("ganti-kepala", "Ganti kepala keluarga", "users-group"),
    ("pindah-dalam", "Pindah di dalam desa", "home-move"),
    ("pindah-keluar", "Pindah ke luar desa", "truck"),
)
"""What a family's page leads to: form, words, icon."""


@router.get("/keluarga")
def list_families(visit: SignedIn) -> Response:
    """Find families by number, member or address; without a question, those that need a head."""
    typed = visit.asked("q")
    desk = visit.desk
    with desk.book() as book:
        needing = [one for one in book.families_without_head() if may_see(visit.session, desk, one)]
        found = book.families(typed, area=search_area(visit.session), limit=LINES_MAX) if typed else []
        homes = book.register.shapes(Kind.HOUSEHOLD, book.village_id, needing[:LINES_MAX]) if not typed else {}
    lines = [
        (one.record_id.hex(), one.household.family_number, one.head.name if one.head else "", place_of(one.household))
        for one in found
    ]
    lines += [
        (key.hex(), shape.model_dump().get("family_number"), "", place_of(shape))  # type: ignore[arg-type]
        for key, shape in homes.items()
    ]
    return visit.page("families/list.html", here="/penduduk", typed=typed, lines=lines, needing=len(needing))


@router.get("/keluarga/{record}")
def show_family(record: str, visit: SignedIn) -> Response:
    """Show one family: number, address, members, papers, history."""
    return family_page(visit, record, {})


@router.post("/keluarga/{record}/lampiran")
def attach(record: str, visit: Posted) -> Response:
    """Attach a scan or a photograph to a family, such as its card."""
    return attached(visit, f"/keluarga/{record}", "household", lambda mistakes: family_page(visit, record, mistakes))


def family_page(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    """Return one family's page, with what was wrong in its form."""
    household_id = record_id_of(record)
    shown = visit.desk.shown(household_id)
    family = family_of(visit, household_id)
    if shown is None or shown.kind != Kind.HOUSEHOLD or family is None:
        raise RefusedError("Keluarga ini tidak ada di buku desa", code="record-unknown", hint="Cari kembali di meja.")
    visit.must_see(household_id, "household")
    return visit.page(
        "families/show.html",
        status=422 if mistakes else 200,
        here="/penduduk",
        record=record,
        values=values_shown(shown),
        family=family,
        papers=paperwork_of(visit, household_id, Kind.HOUSEHOLD),
        mistakes=mistakes,
        actions=ACTIONS,
        history=history_of(visit.office.store, household_id, Kind.HOUSEHOLD, visit.words),
    )
