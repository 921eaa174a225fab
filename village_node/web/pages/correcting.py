"""Correct a person's or a family's data: a form that shows what stands, asks why, keeps itself as a draft, and undo.

Decides what is asked and what another officer changed meanwhile; what may be corrected is ``registration.corrections``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from schemas.codes import code_list
from schemas.errors import AlreadySavedError, DataError, RefusedError
from schemas.fields import Field, Kind, fields_by_name
from village_node.accounts import Action
from village_node.registration import correct, undo_correction
from village_node.registration.typed_values import parse_typed
from village_node.web import places
from village_node.web.guided.drafts import Draft, Drafts
from village_node.web.labels import spoken
from village_node.web.values import in_words, values_shown
from village_node.web.visits import Posted, SignedIn, Visit, new_form, record_id_of

router = APIRouter()

PERSON_FIELDS: tuple[str, ...] = (
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
"""What the form of a person asks, in its order; everything else changes through events."""

FAMILY_FIELDS: tuple[str, ...] = ("family_number", "address", "hamlet", "rt", "rw", "postal_code")
"""What the form of a family asks; its head and members change through events."""

PLACES = {"birth_place": places.TOWN, "hamlet": places.HAMLET, "address": places.STREET}
"""Fields that suggest what the register and the region table know."""

REASON = "alasan"


@dataclass(frozen=True, slots=True)
class About:
    """What a form of corrections is about: where its page is, what it asks."""

    at: str
    kind: Kind
    page: str
    names: tuple[str, ...]

    @property
    def fields(self) -> dict[str, Field]:
        """Return the fields that the form asks, in its order."""
        known = fields_by_name(self.kind)
        return {name: known[name] for name in self.names}


PERSON = About("penduduk", Kind.RESIDENT, "resident", PERSON_FIELDS)
FAMILY = About("keluarga", Kind.HOUSEHOLD, "household", FAMILY_FIELDS)


@router.get("/penduduk/{record}/perbaiki")
def ask_person(record: str, visit: SignedIn) -> Response:
    """Show a person's form with what stands now, or as it was left."""
    return _ask(visit, PERSON, record)


@router.get("/keluarga/{record}/perbaiki")
def ask_family(record: str, visit: SignedIn) -> Response:
    """Show a family's form likewise."""
    return _ask(visit, FAMILY, record)


@router.post("/penduduk/{record}/perbaiki/simpan")
def keep_person(record: str, visit: Posted) -> Response:
    """Keep what was typed so far about a person."""
    return _keep(visit, PERSON, record)


@router.post("/keluarga/{record}/perbaiki/simpan")
def keep_family(record: str, visit: Posted) -> Response:
    """Keep what was typed so far about a family."""
    return _keep(visit, FAMILY, record)


@router.post("/penduduk/{record}/perbaiki")
def save_person(record: str, visit: Posted) -> Response:
    """Correct a person's values that differ from what the form showed, with the reason."""
    return _save(visit, PERSON, record)


@router.post("/keluarga/{record}/perbaiki")
def save_family(record: str, visit: Posted) -> Response:
    """Correct a family's values likewise."""
    return _save(visit, FAMILY, record)


@router.post("/penduduk/{record}/perbaiki/{change}/urungkan")
def undo_person(record: str, change: str, visit: Posted) -> Response:
    """Take back a correction of a person."""
    return _undo(visit, PERSON, record, change)


@router.post("/keluarga/{record}/perbaiki/{change}/urungkan")
def undo_family(record: str, change: str, visit: Posted) -> Response:
    """Take back a correction of a family."""
    return _undo(visit, FAMILY, record, change)


def _values(visit: Visit, about: About, record: str) -> dict[str, Any]:
    """Return what stands now; refuses who may not correct it, and what is not there."""
    visit.must(Action.CORRECT)
    record_id = record_id_of(record)
    visit.must_see(record_id, about.page)
    shown = visit.desk.shown(record_id)
    if shown is None or shown.kind != about.kind:
        raise RefusedError("Data ini tidak ada di buku desa", code="record-unknown", hint="Cari kembali di meja.")
    return values_shown(shown)


def _ask(visit: Visit, about: About, record: str) -> Response:
    values = _values(visit, about, record)
    stand = typed_of(about, values)
    draft = _drafts(visit).about(f"perbaiki-{about.at}", record)
    kept = draft.answers if draft is not None else {}
    # What was not touched is shown as it stands now, not as it stood when the draft was begun.
    answers = stand | {name: text for name, text in kept.items() if not name.startswith("semula_")}
    originals = stand | {name: kept[f"semula_{name}"] for name in about.names if f"semula_{name}" in kept}
    return _page(visit, about, record, values, answers, originals, draft=draft)


def _keep(visit: Visit, about: About, record: str) -> Response:
    values = _values(visit, about, record)
    touched = {name for name in about.names if visit.text(name) != visit.text(f"semula_{name}")}
    answers = {name: visit.text(name) for name in touched}
    answers |= {f"semula_{name}": visit.text(f"semula_{name}") for name in touched}
    if reason := visit.text(REASON):
        answers[REASON] = reason
    title = visit.words("Perbaikan · %(name)s", name=_named(visit, about, values))
    kept = _drafts(visit).keep(f"perbaiki-{about.at}", record, title, answers, visit.form_id, visit.office.now_ms())
    if kept:
        visit.forget_typing()
    return visit.part("guided/kept.html", views=[]) if kept else Response(status_code=204)


def _save(visit: Visit, about: About, record: str) -> Response:
    values, fields = _values(visit, about, record), about.fields
    answers = {name: visit.text(name) for name in (*about.names, REASON)}
    shown, wanted, mistakes = dict[str, Any](), dict[str, Any](), dict[str, str]()
    for name, field in fields.items():
        try:
            shown[name] = parse_typed(field, visit.text(f"semula_{name}"))
            wanted[name] = parse_typed(field, answers[name])
        except DataError as error:
            mistakes[name] = visit.words.in_full(error)
    newer = _changed_meanwhile(visit, about, values, shown, wanted)
    mistakes |= newer
    if not answers[REASON]:
        mistakes[REASON] = visit.words("Tulis alasannya, misalnya surat yang menjadi dasar")
    if mistakes:
        return _again(visit, about, record, values, answers, mistakes, newer)
    try:
        done = correct(visit.desk, record_id_of(record), shown, wanted, reason=answers[REASON])
    except AlreadySavedError:
        raise
    except (DataError, RefusedError) as error:
        where = error.field if isinstance(error, DataError) and error.field in fields else ""
        return _again(visit, about, record, values, answers, {where: visit.words.in_full(error)})
    _drafts(visit).drop_about(f"perbaiki-{about.at}", record)
    if done.change_id is None:
        return visit.onward(f"/{about.at}/{record}", visit.words("Tidak ada yang berubah."), kind="know")
    said = visit.with_cautions(visit.words("Perbaikan tersimpan di buku desa."), done.cautions)
    undo = f"/{about.at}/{record}/perbaiki/{done.change_id.hex()}/urungkan"
    return visit.onward(f"/{about.at}/{record}", said, undo=undo)


def _undo(visit: Visit, about: About, record: str, change: str) -> Response:
    _values(visit, about, record)
    undo_correction(visit.desk, record_id_of(record), record_id_of(change))
    said = visit.words("Perbaikan diurungkan; keduanya tetap ada di riwayat.")
    return visit.onward(f"/{about.at}/{record}", said)


def _changed_meanwhile(
    visit: Visit, about: About, values: dict[str, Any], shown: dict[str, Any], wanted: dict[str, Any]
) -> dict[str, str]:
    """Return what another officer has changed since the form was shown and this one would write over unseen."""
    fields = about.fields
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


def _again(
    visit: Visit,
    about: About,
    record: str,
    values: dict[str, Any],
    answers: dict[str, str],
    mistakes: dict[str, str],
    newer: Collection[str] = (),
) -> Response:
    """Show the form as typed, with what is wrong; ``newer`` are fields whose present value is told now."""
    originals = typed_of(about, values)
    originals |= {name: visit.text(f"semula_{name}") for name in about.names if name not in newer}
    return _page(visit, about, record, values, answers, originals, mistakes)


def _page(
    visit: Visit,
    about: About,
    record: str,
    values: dict[str, Any],
    answers: dict[str, str],
    originals: dict[str, str],
    mistakes: dict[str, str] | None = None,
    *,
    draft: Draft | None = None,
) -> Response:
    fields = about.fields
    choices = {
        name: [(code.number, spoken(code.label_id)) for code in code_list(field.code_list)]
        for name, field in fields.items()
        if field.type == "code"
    }
    return visit.page(
        "residents/correct.html",
        status=422 if mistakes else 200,
        here="/penduduk",
        at=about.at,
        record=record,
        name=_named(visit, about, values),
        fields=list(fields.values()),
        choices=choices,
        places={name: (kind, places.usual(visit, kind)) for name, kind in PLACES.items() if name in fields},
        originals=originals,
        answers=answers,
        mistakes=mistakes or {},
        draft=draft,
        form_id=draft.draft_id.hex() if draft is not None else new_form(),
    )


def _named(visit: Visit, about: About, values: dict[str, Any]) -> str:
    if about is PERSON:
        return str(values.get("name") or "")
    head = values.get("head_id")
    return visit.words("Keluarga %(name)s", name=visit.desk.name(head) if head else values.get("family_number") or "")


def _drafts(visit: Visit) -> Drafts:
    return Drafts(visit.office.store, visit.session.username)


def typed_of(about: About, values: dict[str, Any]) -> dict[str, str]:
    """Return a record's values as its form shows them."""
    found = {}
    for name in about.names:
        value = values.get(name)
        found[name] = "" if value is None else value.strftime("%d-%m-%Y") if hasattr(value, "strftime") else str(value)
    return found
