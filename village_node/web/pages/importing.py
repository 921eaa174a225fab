"""Import a population list: bring the file, see how it is read and what would come in, take it in.

Decides what an officer sees; reading and planning are ``register.importing``, batches and kept mappings
``village_node.importing``, the controls of a file's columns ``mapping_forms``, and taking it back
``import_undoing``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from register.importing import Outline, outline_file
from schemas.errors import DataError, RefusedError, VillageSyncError
from village_node.accounts import Action
from village_node.desk import Desk
from village_node.durable import storage_error
from village_node.importing import (
    Preview,
    forget_mapping,
    keep_mapping,
    list_batches,
    list_mappings,
    mapping_for,
    mapping_to_keep,
    recognise_file,
    rename_mapping,
)
from village_node.web import mapping_forms
from village_node.web.import_runs import Brought, seen_of
from village_node.web.reckoning import version_of
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

PROBLEMS_MAX = 50
BATCHES_MAX = 50

STATES = {
    "running": "terhenti sebelum selesai; yang sudah masuk tetap ada",
    "done": "selesai",
    "undoing": "pembatalan belum selesai",
    "undone": "dibatalkan",
}
RUNNING_NOW = "sedang berjalan"
"""What a batch is while an import runs in this very process; one that a killed server left behind is broken off."""


@router.get("/impor")
def show_imports(visit: SignedIn) -> Response:
    """Show the files that wait, the imports of this laptop, and where to bring a file."""
    return _show(visit, {})


@router.post("/impor")
def bring(visit: Posted) -> Response:
    """Keep a file and show what it would do, read as this office has kept it for files like it."""
    visit.must(Action.IMPORT)
    runs = visit.office.imports
    file = visit.file("berkas")
    if file is None:
        return _show(visit, {"berkas": visit.words("Pilih berkasnya dulu")})
    try:
        brought = runs.bring(file.filename or "", file.file)
        if (kept := recognise_file(visit.office.store, brought.path)) is not None:
            name, mapping = kept
            runs.decide(replace(brought, mapping=mapping, kept_as=name))
    except VillageSyncError as error:
        return _show(visit, {"berkas": visit.words.in_full(error)})
    except OSError as error:
        raise storage_error(error, runs.folder) from error
    return visit.onward(f"/impor/{brought.token}")


@router.get("/impor/{token}")
def show_preview(token: str, visit: SignedIn) -> Response:
    """Show how a file is read and what importing it would do; changes nothing."""
    visit.must(Action.IMPORT)
    return _preview(visit, visit.office.imports.named(token))


@router.post("/impor/{token}/baca")
def read_again(token: str, visit: Posted) -> Response:
    """Read a file as the officer says; htmx gets the new reading alone."""
    visit.must(Action.IMPORT)
    runs = visit.office.imports
    brought = runs.named(token)
    try:
        shown = _controls(visit, brought)
        mapping = mapping_forms.chosen_mapping(visit, brought.mapping, shown)
        kept_as = brought.kept_as if mapping == brought.mapping else ""
        brought = _decided(visit, replace(brought, mapping=mapping, accept=visit.text("terima"), kept_as=kept_as))
    except DataError as error:
        return _preview(visit, brought, {"": visit.words.in_full(error)})
    if visit.is_part:
        return _preview(visit, brought)
    return visit.onward(f"/impor/{token}#bacaan")


@router.post("/impor/{token}/pakai")
def use_kept(token: str, visit: Posted) -> Response:
    """Read a file by a mapping of this office; a blank name reads it as the program itself would."""
    visit.must(Action.IMPORT)
    brought = visit.office.imports.named(token)
    name = visit.text("pemetaan")
    fresh = Brought(brought.token, brought.path, accept=brought.accept)
    if name:
        mapping = mapping_for(visit.office.store, name, outline_file(brought.path))
        fresh = replace(fresh, mapping=mapping, kept_as=name)
    _decided(visit, fresh)
    return visit.onward(f"/impor/{token}")


@router.post("/impor/{token}/simpan-cara")
def keep(token: str, visit: Posted) -> Response:
    """Keep how a file is read by a name; the next file with the same headers is read so by itself."""
    visit.must(Action.IMPORT)
    brought = visit.office.imports.named(token)
    try:
        preview = brought.preview(visit.desk)
        kept = keep_mapping(
            visit.office.store,
            visit.text("nama"),
            brought.path,
            mapping_to_keep(preview.detection, brought.mapping),
            officer=visit.session.display_name,
            now_ms=visit.office.now_ms(),
        )
    except DataError as error:
        return _preview(visit, brought, {"nama": visit.words.in_full(error)})
    _decided(visit, replace(brought, kept_as=kept.name))
    return visit.onward(f"/impor/{token}", visit.words("Cara membaca %(name)s tersimpan.", name=kept.name))


@router.post("/impor/{token}/masukkan")
def take_in(token: str, visit: Posted) -> Response:
    """Import a file beside the pages, after the district's news; a second click joins the import that runs."""
    visit.must(Action.IMPORT)
    runs, office, officer = visit.office.imports, visit.office, visit.session.display_name
    pull = None if visit.text("tanpa_kabar") else office.pull_news
    brought = runs.named(token)
    if runs.start(brought, lambda: Desk(office.store, officer, office.now_ms), pull=pull, seen=visit.text("dilihat")):
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


@router.post("/impor/cara/ganti-nama")
def rename(visit: Posted) -> Response:
    """Give a kept mapping another name."""
    visit.must(Action.IMPORT)
    try:
        rename_mapping(visit.office.store, visit.text("lama"), visit.text("nama"))
    except DataError as error:
        return _show(visit, {"": visit.words.in_full(error)})
    return visit.onward("/impor", visit.words("Nama cara membaca diganti."))


@router.post("/impor/cara/hapus")
def forget(visit: Posted) -> Response:
    """Forget a kept mapping."""
    visit.must(Action.IMPORT)
    forget_mapping(visit.office.store, visit.text("lama"))
    return visit.onward("/impor", visit.words("Cara membaca dihapus; data yang sudah masuk tetap ada."))


def _decided(visit: Visit, brought: Brought) -> Brought:
    runs = visit.office.imports
    try:
        return runs.decide(brought)
    except OSError as error:
        raise storage_error(error, runs.folder) from error


def _show(visit: Visit, mistakes: dict[str, str]) -> Response:
    visit.must(Action.IMPORT)
    office = visit.office
    waiting = office.imports.waiting()
    batches = list_batches(office.store)[:BATCHES_MAX]
    is_running = bool(office.imports.running)
    return visit.page(
        "importing/list.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        runs=office.imports,
        asked=next((one for one in waiting if one.token == office.imports.last), None),
        waiting=waiting,
        kept=list_mappings(office.store),
        batches=[
            (one, RUNNING_NOW if is_running and one.state == "running" else STATES.get(one.state, one.state))
            for one in batches
        ],
        go_on={one.path.name: f"/impor/{one.token}" for one in waiting},
        mistakes=mistakes,
    )


def _read(visit: Visit, brought: Brought) -> tuple[Outline, Preview | None, VillageSyncError | None]:
    """Return the columns of a file, and what importing it would do or why it cannot be read as it stands."""
    outline = outline_file(brought.path, brought.mapping)
    try:
        return outline, brought.preview(visit.desk), None
    except (DataError, RefusedError) as error:
        return outline, None, error


def _controls(
    visit: Visit, brought: Brought, read: tuple[Outline, Preview | None] | None = None
) -> mapping_forms.MappingControls:
    """Return the controls of a file's page; kept, since a choice is told from what the page showed."""

    def made() -> mapping_forms.MappingControls:
        outline, preview = read or _read(visit, brought)[:2]
        return mapping_forms.controls_of(outline, preview, brought.mapping, visit.words)

    version = (brought, visit.words.language, *version_of(visit.desk))
    return visit.office.remembered("import-controls", version, made)


def _preview(visit: Visit, brought: Brought, mistakes: dict[str, str] | None = None) -> Response:
    mistakes = dict(mistakes or {})
    values: dict[str, Any] = {"plan": None, "controls": None, "seen": "", "read_as": [], "problems": (), "taken": 0}
    try:
        outline, preview, error = _read(visit, brought)
    except DataError as unreadable:
        mistakes.setdefault("", visit.words.in_full(unreadable))
    else:
        values["controls"] = _controls(visit, brought, (outline, preview))
        if error is not None and not (outline.missing or outline.is_guess):
            mistakes.setdefault("", visit.words.in_full(error))
        if preview is not None:
            plan = preview.plan
            values |= {
                "plan": plan,
                "seen": seen_of(plan),
                "read_as": mapping_forms.reading_of(preview.detection, visit.words),
                "problems": plan.problems[:PROBLEMS_MAX],
                "taken": plan.new + plan.changed,
            }
    values |= {
        "here": "/lainnya",
        "brought": brought,
        "kept": list_mappings(visit.office.store),
        "forms": mapping_forms,
        "label_of": mapping_forms.label_of,
        "mistakes": mistakes,
    }
    if visit.is_part:
        return visit.part("importing/reading.html", **values)
    return visit.page("importing/show.html", status=422 if mistakes else 200, **values)
