"""Export people as a file: which columns, which part of the village, of which presence; who took it is noted.

Decides the shapes that the page offers and their words; what a column holds is ``register.exporting``.
"""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from register.areas import Area
from register.exporting import LABELS, TEMPLATE_HEADERS, FileFormat, export_columns, export_siak, export_template
from register.people_rows import Presence, Selection
from schemas.errors import DataError
from village_node.accounts import Action
from village_node.web.sending import send_made
from village_node.web.visits import Posted, SignedIn, Visit

router = APIRouter()

CHOSEN = "pilih"

SHAPES: tuple[tuple[str, str, str], ...] = (
    ("template", "Kolom templat", "43 kolom seperti OpenSID; dapat diimpor kembali tanpa perubahan."),
    ("lengkap", "Semua kolom", "Templat dan semua kolom aplikasi ini; dapat diimpor kembali tanpa perubahan."),
    ("siak", "37 kolom SIAK", "Susunan ekspor SIAK, kode dalam kata."),
    ("ringkas", "Nama dan alamat saja", "Tanpa NIK dan nomor KK, misalnya untuk daftar hadir."),
    (CHOSEN, "Kolom yang saya pilih", "Yang dicentang di bawah, kode dalam kata."),
)
"""Value, words and one sentence of each shape."""

BRIEF = ("alamat", "dusun", "rw", "rt", "nama", "sex")

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Identitas", ("nama", "nik", "sex", "tempatlahir", "tanggallahir", "agama_id", "warganegara_id", "suku")),
    ("Alamat dan keluarga", ("no_kk", "kk_level", "alamat", "dusun", "rw", "rt", "alamat_sekarang", "lat", "lng")),
    ("Orang tua", ("nama_ayah", "ayah_nik", "nama_ibu", "ibu_nik")),
    ("Pendidikan dan pekerjaan", ("pendidikan_kk_id", "pendidikan_sedang_id", "pekerjaan_id")),
    (
        "Perkawinan",
        ("status_kawin", "akta_perkawinan", "tanggalperkawinan", "akta_perceraian", "tanggalperceraian"),
    ),
    ("Kesehatan", ("golongan_darah_id", "cacat_id", "cara_kb_id", "hamil", "id_asuransi", "no_asuransi")),
    (
        "Dokumen",
        (
            *("status_dasar", "akta_lahir", "ktp_el", "status_rekam", "tag_id_card"),
            *("dokumen_pasport", "tanggal_akhir_paspor", "dokumen_kitas"),
        ),
    ),
)
"""The template's columns as the page groups them."""

PRESENCES: tuple[tuple[str, str], ...] = (
    (Presence.RESIDENT, "Penduduk sekarang"),
    (Presence.TEMPORARY, "Penduduk sementara"),
    (Presence.GONE, "Meninggal dan pindah"),
    (Presence.ALL, "Semua"),
)
FORMATS: dict[str, FileFormat] = {"xlsx": "xlsx", "csv": "csv"}


@router.get("/ekspor")
def show_export(visit: SignedIn) -> Response:
    """Show what may be exported."""
    visit.must(Action.EXPORT)
    asked = {"bentuk": SHAPES[0][0], "jenis": "xlsx", "siapa": Presence.ALL.value, "dusun": "", "rw": "", "rt": ""}
    return _ask(visit, asked, set(LABELS), {})


@router.post("/ekspor")
def export(visit: Posted) -> Response:
    """Send the people who were asked for as a file; raises DiskFullError or StorageError."""
    visit.must(Action.EXPORT)
    asked = {name: visit.text(name) for name in ("bentuk", "jenis", "siapa", "dusun", "rw", "rt")}
    columns = visit.texts("kolom")
    try:
        area = Area(asked["dusun"], asked["rw"], asked["rt"])
        selection = Selection(area, _presence(asked["siapa"]))
        answer = send_made(visit.office.directory, lambda folder: _write(visit, asked, selection, columns, folder))
    except DataError as error:
        return _ask(visit, asked, set(columns), {error.field or "": visit.words.in_full(error)})
    # Who took what is noted when the file is whole: a refused one took nothing.
    visit.note_file(_noted(answer.filename or "", asked, columns))
    return answer


def _ask(visit: Visit, asked: dict[str, str], columns: set[str], mistakes: dict[str, str]) -> Response:
    return visit.page(
        "exporting/show.html",
        status=422 if mistakes else 200,
        here="/lainnya",
        shapes=SHAPES,
        groups=[(word, [(one, LABELS[one]) for one in names]) for word, names in GROUPS],
        presences=PRESENCES,
        asked=asked,
        columns=columns,
        mistakes=mistakes,
    )


def _presence(text: str) -> Presence:
    try:
        return Presence(text or Presence.ALL)
    except ValueError as error:
        raise DataError(
            "Pilihan ini tidak ada", code="presence-unknown", hint="Pilih salah satu.", field="siapa"
        ) from error


def _write(visit: Visit, asked: dict[str, str], selection: Selection, columns: list[str], folder: Path) -> Path:
    ending = FORMATS.get(asked["jenis"], "xlsx")
    path = folder / f"penduduk-{visit.desk.village_code}-{visit.desk.today():%Y%m%d}.{ending}"
    shape = asked["bentuk"]
    with visit.desk.book() as book:
        if shape == "siak":
            name = visit.desk.village_name
            export_siak(book.register, book.village_id, path, ending, village_name=name, selection=selection)
            return path
        if shape in {"ringkas", CHOSEN}:
            chosen = columns if shape == CHOSEN else BRIEF
            export_columns(book.register, book.village_id, path, ending, chosen, selection=selection, in_words=True)
            return path
        if shape == "template" and ending == "csv":  # the complete file beside it would not be sent
            export_columns(book.register, book.village_id, path, ending, TEMPLATE_HEADERS, selection=selection)
            return path
        export_template(book.register, book.village_id, path, ending, selection)
    complete = path.with_name(f"{path.stem}-lengkap{path.suffix}")
    return complete if shape == "lengkap" and complete.exists() else path


def _noted(name: str, asked: dict[str, str], columns: list[str]) -> str:
    """Return what the log of looks says of an export: no value of anybody, only what was asked for."""
    shape = asked["bentuk"]
    what = f"{shape} {','.join(columns)}" if shape == CHOSEN and set(columns) != set(LABELS) else shape
    where = [f"{word} {asked[name]}" for name, word in (("dusun", "dusun"), ("rw", "RW"), ("rt", "RT")) if asked[name]]
    return "; ".join((name, what, asked["siapa"] or Presence.ALL.value, *where))[:300]
