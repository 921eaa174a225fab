"""People: the list with filters, and one person with family, papers and history.

Decides what a page shows; corrections have pages of their own (``correcting``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from register.areas import Area
from register.tables import LEVEL_FULL
from schemas.codes import LifeStatus
from schemas.errors import AlreadySavedError, DataError, DiskFullError, RefusedError, StorageError
from schemas.fields import Kind
from schemas.shapes import Household
from sync_protocol.overlay import Shown
from village_node.accounts import Action, search_area
from village_node.attachments import attach_file
from village_node.letters import letters_for
from village_node.photographs import PHOTO_BYTES_MAX, lightened
from village_node.web.histories import history_of
from village_node.web.paperwork import paperwork_of
from village_node.web.people import label, name_of, person_lines, place_of, sign_of
from village_node.web.values import IDENTITY, value_rows, values_shown
from village_node.web.visits import Posted, SignedIn, Visit, record_id_of

router = APIRouter()

PAGE_LINES = 50

REPORTS: tuple[tuple[str, str], ...] = (
    ("kematian", "Kematian"),
    ("kelahiran", "Kelahiran anaknya"),
    ("perkawinan", "Perkawinan"),
    ("perceraian", "Perceraian"),
    ("pindah-keluar", "Pindah ke luar desa"),
    ("pindah-dalam", "Pindah di dalam desa"),
    ("pisah", "Pisah keluarga"),
    ("hilang", "Orang hilang"),
    ("", "Peristiwa lain"),
)
"""What is reported about a person, from the page of that person: form and words."""


@router.get("/penduduk")
def list_residents(visit: SignedIn) -> Response:
    """List residents by name, narrowed by what is asked; a page of fifty."""
    typed, number = visit.asked("q"), visit.page_number()
    asked = {name: visit.asked(name) for name in ("dusun", "rw", "rt", "alamat")}
    area = Area(asked["dusun"] or None, asked["rw"] or None, asked["rt"] or None, asked["alamat"] or None)
    desk = visit.desk
    found = desk.find(
        typed, area=search_area(visit.session, area), limit=PAGE_LINES + 1, offset=(number - 1) * PAGE_LINES
    )
    return visit.page(
        "residents/list.html",
        here="/penduduk",
        lines=person_lines(desk, found[:PAGE_LINES], typed),
        typed=typed,
        asked=asked,
        number=number,
        has_more=len(found) > PAGE_LINES,
    )


@router.get("/penduduk/{record}")
def show_resident(record: str, visit: SignedIn) -> Response:
    """Show one person: identity with signs, family, papers, history."""
    return resident_page(visit, record, {})


@router.post("/penduduk/{record}/lampiran")
def attach(record: str, visit: Posted) -> Response:
    """Attach a scan or a photograph to a person."""
    return attached(visit, f"/penduduk/{record}", "resident", lambda mistakes: resident_page(visit, record, mistakes))


def attached(visit: Visit, address: str, page: str, again: Callable[[dict[str, str]], Response]) -> Response:
    """Attach the file that was sent to the record of a page, or show the page again with what is wrong."""
    visit.must(Action.ATTACH)
    record_id = record_id_of(address.rpartition("/")[2])
    visit.must_see(record_id, page)
    content = next((raw for name in ("kamera", "berkas") if (raw := visit.file_bytes(name, PHOTO_BYTES_MAX))), None)
    if content is None:
        return again({"berkas": visit.words("Pilih berkas atau foto dulu")})
    try:
        attach_file(visit.desk, record_id, lightened(content))
    except AlreadySavedError:
        return visit.onward(address, visit.words("Sudah tersimpan."), kind="know")
    except DiskFullError:
        raise
    except (DataError, RefusedError, StorageError) as error:
        return again({"berkas": visit.words.in_full(error)})
    return visit.onward(address, visit.words("Berkas dilampirkan; dikirim saat bertemu kabupaten."))


def resident_page(visit: Visit, record: str, mistakes: dict[str, str]) -> Response:
    """Return one person's page, with what was wrong in its form."""
    record_id = record_id_of(record)
    shown = resident(visit, record_id)
    values = values_shown(shown)
    state = visit.desk.state
    store = visit.office.store
    visit.must_see(record_id, "resident")
    return visit.page(
        "residents/show.html",
        status=422 if mistakes else 200,
        here="/penduduk",
        record=record,
        values=values,
        has_left=shown.level != LEVEL_FULL,
        is_living=values.get("life_status") in (None, LifeStatus.ALIVE),
        has_letters=visit.may(Action.ISSUE_LETTER) and bool(letters_for(visit.desk, record_id)),
        life_status=visit.words.label(label("life_status", values.get("life_status"))),
        relation=visit.words.label(label("relation_to_head", values.get("relation"))),
        rows=value_rows(store, record_id, shown, state, visit.words, IDENTITY),
        more=value_rows(store, record_id, shown, state, visit.words),
        family=family_of(visit, values.get("household_id")),
        papers=paperwork_of(visit, record_id, Kind.RESIDENT),
        mistakes=mistakes,
        reports=[
            (f"/lapor/{form}?untuk={record}" if form else f"/lapor?untuk={record}", word) for form, word in REPORTS
        ],
        history=history_of(store, record_id, Kind.RESIDENT, visit.words),
    )


def resident(visit: Visit, record_id: bytes) -> Shown:
    """Return a person as shown; raises RefusedError "record-unknown"."""
    shown = visit.desk.shown(record_id)
    if shown is None or shown.kind != Kind.RESIDENT:
        raise RefusedError("Orang ini tidak ada di buku desa", code="record-unknown", hint="Cari kembali di meja.")
    return shown


def family_of(visit: Visit, household_id: bytes | None) -> dict[str, Any] | None:
    """Return a family for a page: number, place, members by relation then age, each with the sign of state."""
    if household_id is None:
        return None
    desk = visit.desk
    household = desk.shown(household_id)
    if household is None:
        return None
    values = values_shown(household)
    with desk.book() as book:
        members = book.members(household_id)
        homes = book.register.shapes(Kind.HOUSEHOLD, book.village_id, [household_id])
    shown, state = desk.shown_many(list(members)), desk.state
    home = homes.get(household_id)
    return {
        "id": household_id.hex(),
        "values": values,
        "place": place_of(home if isinstance(home, Household) else None),
        "head": name_of(members.get(values.get("head_id") or b"")),
        "members": [
            {
                "id": key.hex(),
                "resident": one,
                "relation": visit.words.label(label("relation_to_head", one.model_dump().get("relation"))),
                "sign": sign_of(shown.get(key), state),
            }
            for key, one in members.items()
        ],
    }
