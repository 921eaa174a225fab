"""People: the list with filters, one person with family and history, and corrections with their reason.

Decides what a page shows; what may be corrected is ``registration.corrections``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from register.areas import Area
from register.tables import LEVEL_FULL
from schemas.codes import LifeStatus, code_list
from schemas.errors import AlreadySavedError, DataError, RefusedError
from schemas.fields import Kind, fields_by_name
from schemas.shapes import Household
from sync_protocol.overlay import Shown
from village_node.accounts import Action, search_area
from village_node.letters import letters_for
from village_node.registration import correct
from village_node.registration.typed_values import parse_typed
from village_node.web.histories import history_of
from village_node.web.labels import spoken
from village_node.web.people import label, name_of, person_lines, place_of, sign_of
from village_node.web.values import IDENTITY, in_words, value_rows, values_shown
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

CORRECTED: tuple[str, ...] = (
    "nik",
    "name",
    "sex",
    "birth_place",
    "birth_on",
    "religion",
    "marital_status",
    "relation",
    "education",
    "occupation",
    "citizenship",
    "blood_type",
    "father_name",
    "father_nik",
    "mother_name",
    "mother_nik",
    "birth_number",
    "marriage_number",
    "married_on",
    "divorce_number",
    "divorced_on",
    "disability",
    "phone",
    "email",
    "ethnicity",
    "current_address",
)
"""What the form of corrections asks, in its order; everything else changes through events."""


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
    """Show one person: identity with signs, family, history."""
    record_id = record_id_of(record)
    shown = resident(visit, record_id)
    values = values_shown(shown)
    state = visit.desk.state
    store = visit.office.store
    visit.must_see(record_id, "resident")
    return visit.page(
        "residents/show.html",
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
        reports=[
            (f"/lapor/{form}?untuk={record}" if form else f"/lapor?untuk={record}", word) for form, word in REPORTS
        ],
        history=history_of(store, record_id, Kind.RESIDENT, visit.words),
    )


@router.get("/penduduk/{record}/perbaiki")
def ask_correction(record: str, visit: SignedIn) -> Response:
    """Show the form of corrections with what stands now."""
    visit.must(Action.CORRECT)
    record_id = record_id_of(record)
    visit.must_see(record_id, "resident")
    values = values_shown(resident(visit, record_id))
    return _correction(visit, record, values, typed_of(values), {})


@router.post("/penduduk/{record}/perbaiki")
def save_correction(record: str, visit: Posted) -> Response:
    """Correct what differs from what the form showed, with the reason."""
    visit.must(Action.CORRECT)
    record_id = record_id_of(record)
    visit.must_see(record_id, "resident")
    values = values_shown(resident(visit, record_id))
    fields = fields_by_name(Kind.RESIDENT)
    answers = {name: visit.text(name) for name in (*CORRECTED, "alasan")}
    shown, wanted, mistakes = dict[str, Any](), dict[str, Any](), dict[str, str]()
    for name in CORRECTED:
        try:
            shown[name] = parse_typed(fields[name], visit.text(f"semula_{name}"))
            wanted[name] = parse_typed(fields[name], answers[name])
        except DataError as error:
            mistakes[name] = visit.words.in_full(error)
    newer = _changed_meanwhile(visit, values, shown, wanted)
    mistakes |= newer
    if not answers["alasan"]:
        mistakes["alasan"] = visit.words("Tulis alasannya, misalnya surat yang menjadi dasar")
    if mistakes:
        return _correction(visit, record, values, answers, mistakes, newer)
    try:
        done = correct(visit.desk, record_id, shown, wanted, reason=answers["alasan"])
    except AlreadySavedError:
        raise
    except (DataError, RefusedError) as error:
        where = error.field if isinstance(error, DataError) and error.field in CORRECTED else ""
        return _correction(visit, record, values, answers, {where: visit.words.in_full(error)})
    if done.change_id is None:
        return visit.onward(f"/penduduk/{record}", visit.words("Tidak ada yang berubah."), kind="know")
    said = visit.with_cautions(visit.words("Perbaikan tersimpan di buku desa."), done.cautions)
    return visit.onward(f"/penduduk/{record}", said)


def _changed_meanwhile(
    visit: Visit, values: dict[str, Any], shown: dict[str, Any], wanted: dict[str, Any]
) -> dict[str, str]:
    """Return what another officer has changed since the form was shown and this one would write over unseen."""
    fields = fields_by_name(Kind.RESIDENT)
    changed = (
        name for name in wanted if wanted[name] != shown[name] and values.get(name) not in {shown[name], wanted[name]}
    )
    return {
        name: visit.words(
            "%(label)s baru saja diubah menjadi “%(value)s”. Periksa, lalu simpan lagi bila tetap perlu.",
            label=visit.words.label(fields[name].label_id),
            value=in_words(fields[name], values.get(name), visit.words),
        )
        for name in changed
    }


def _correction(
    visit: Visit,
    record: str,
    values: dict[str, Any],
    answers: dict[str, str],
    mistakes: dict[str, str],
    newer: Collection[str] = (),
) -> Response:
    """Show the form of corrections; ``newer`` are the fields whose present value is told, and may now be replaced."""
    fields = fields_by_name(Kind.RESIDENT)
    originals = typed_of(values)
    if mistakes:
        originals |= {name: visit.text(f"semula_{name}") for name in CORRECTED if name not in newer}
    choices = {
        name: [(code.number, spoken(code.label_id)) for code in code_list(fields[name].code_list)]
        for name in CORRECTED
        if fields[name].type == "code"
    }
    return visit.page(
        "residents/correct.html",
        status=422 if mistakes else 200,
        here="/penduduk",
        record=record,
        name=values.get("name") or "",
        fields=[fields[name] for name in CORRECTED],
        choices=choices,
        originals=originals,
        answers=answers,
        mistakes=mistakes,
    )


def typed_of(values: dict[str, Any]) -> dict[str, str]:
    """Return a person's values as the form of corrections shows them."""
    found = {}
    for name in CORRECTED:
        value = values.get(name)
        found[name] = "" if value is None else value.strftime("%d-%m-%Y") if hasattr(value, "strftime") else str(value)
    return found


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
