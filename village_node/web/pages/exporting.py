"""Export the village's people as a file: the template's columns, all columns, or those of SIAK.

Decides which files a page gives; their columns are ``register.exporting``.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from register.exporting import FileFormat, export_siak, export_template
from village_node.accounts import Action
from village_node.web.sending import send_made
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

SHAPES = (
    ("template", "Kolom templat"),
    ("lengkap", "Semua kolom"),
    ("siak", "37 kolom SIAK"),
)
FORMATS: dict[str, FileFormat] = {"xlsx": "xlsx", "csv": "csv"}


@router.get("/ekspor")
def show_export(visit: SignedIn) -> Response:
    """Show what may be exported."""
    visit.must(Action.EXPORT)
    return visit.page("exporting/show.html", here="/lainnya", shapes=SHAPES)


@router.post("/ekspor")
def export(visit: Posted) -> Response:
    """Send the village's people as a file; raises DiskFullError or StorageError."""
    visit.must(Action.EXPORT)
    ending = FORMATS.get(visit.text("jenis"), "xlsx")
    return send_made(visit.office.directory, lambda folder: _write(visit, visit.text("bentuk"), folder, ending))


def _write(visit: Visit, shape: str, folder: Path, ending: FileFormat) -> Path:
    path = folder / f"penduduk-{visit.desk.village_code}-{visit.desk.today():%Y%m%d}.{ending}"
    with visit.desk.book() as book:
        if shape == "siak":
            export_siak(book.register, book.village_id, path, ending, village_name=visit.desk.village_name)
            return path
        export_template(book.register, book.village_id, path, ending)
    complete = path.with_name(f"{path.stem}-lengkap{path.suffix}")
    return complete if shape == "lengkap" and complete.exists() else path
