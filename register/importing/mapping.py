"""Decide which column of a file feeds which field: the 43 columns of the population template and their other names.

Columns may stand in any order and may be partial.  A header matches after folding case and dropping everything that is
not a letter or digit.  What is not known is returned as unknown, for a person to see; "STATUS" alone is never guessed,
since it means marital status in one government list and life status in another.  No cell values here (``cells``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from schemas.fields import Field, Kind, fields_by_name

_DROPPED = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of the template: its header there, the field it feeds, and other headers seen for it.

    ``field_name`` is empty for a column that a cell parser takes apart (``rt_rw``).
    """

    header: str
    kind: Kind
    field_name: str
    synonyms: tuple[str, ...] = ()

    @property
    def field(self) -> Field | None:
        """The declared field, or None for a combined column."""
        return fields_by_name(self.kind)[self.field_name] if self.field_name else None


_H, _R = Kind.HOUSEHOLD, Kind.RESIDENT

COLUMNS = (
    TemplateColumn("alamat", _H, "address", ("ALAMAT LENGKAP", "Alamat KTP")),
    TemplateColumn("dusun", _H, "hamlet", ("Nama Dusun", "Lingkungan")),
    TemplateColumn("rw", _H, "rw", ("NO_RW",)),
    TemplateColumn("rt", _H, "rt", ("NO_RT",)),
    TemplateColumn(
        "nama", _R, "name", ("Nama Lengkap", "NAMA_LGKP", "Nama Penduduk", "NAMA PASIEN", "402 Nama", "NAMA_PENERIMA")
    ),
    TemplateColumn("no_kk", _H, "family_number", ("Nomor KK", "NKK", "NOKK_DTKS", "no kartu keluarga")),
    TemplateColumn("nik", _R, "nik", ("NIK PASIEN", "NIK_KTP", "Nomor Induk Kependudukan", "403 NIK")),
    TemplateColumn("sex", _R, "sex", ("JK", "L/P", "Kelamin", "JENIS KELAMIN", "JENIS_KLMIN", "JnsKel", "Jenkel")),
    TemplateColumn("tempatlahir", _R, "birth_place", ("TMPT LHR", "TEMPAT", "TmpLahir")),
    TemplateColumn("tanggallahir", _R, "birth_on", ("TGL LHR", "Tgl/Bln/Th", "TGL LAHIR")),
    TemplateColumn("agama_id", _R, "religion", ("AGAMA",)),
    TemplateColumn("pendidikan_kk_id", _R, "education", ("PENDIDIKAN", "PDDK_AKH", "Pendidikan Terakhir")),
    TemplateColumn("pendidikan_sedang_id", _R, "education_ongoing", ("Pendidikan Sedang Ditempuh",)),
    TemplateColumn("pekerjaan_id", _R, "occupation", ("PEKERJAAN", "JENIS_PKRJN", "PENCAHARIAN")),
    TemplateColumn("status_kawin", _R, "marital_status", ("STATNIKAH", "STAT_KWN", "Status Perkawinan", "statusNikah")),
    TemplateColumn(
        "kk_level",
        _R,
        "relation",
        (
            *("SHDK", "HUB. KEL", "STAT_HBKEL", "Status Hubungan", "Status Keluarga", "KEDUDUKAN DLM KELUARGA"),
            *("Hub. Keluarga", "Status Hubungan Keluarga"),
        ),
    ),
    TemplateColumn("warganegara_id", _R, "citizenship", ("Kewarganegaraan", "Warganegara")),
    TemplateColumn("ayah_nik", _R, "father_nik", ("NIK Ayah",)),
    TemplateColumn("nama_ayah", _R, "father_name", ("Ayah", "NAMA_LGKP_AYAH")),
    TemplateColumn("ibu_nik", _R, "mother_nik", ("NIK Ibu",)),
    TemplateColumn("nama_ibu", _R, "mother_name", ("Ibu", "NAMA_LGKP_IBU")),
    TemplateColumn(
        "golongan_darah_id", _R, "blood_type", ("Golongan Darah", "Gol. Darah", "G.DRH", "GOL_DRH", "golonganDarah")
    ),
    TemplateColumn(
        "akta_lahir", _R, "birth_number", ("NO.AKTE LAHIR", "No Akta Lahir", "NO_AKTA_LHR", "Nomor Akta Lahir")
    ),
    TemplateColumn("dokumen_pasport", _R, "passport_number", ("Nomor Paspor", "NO_PASPOR")),
    TemplateColumn("tanggal_akhir_paspor", _R, "passport_until", ("TGL_AKH_PASPOR",)),
    TemplateColumn("dokumen_kitas", _R, "stay_number", ("No KITAS",)),
    TemplateColumn("akta_perkawinan", _R, "marriage_number", ("Nomor Akta Kawin", "NO_AKTA_KWN")),
    TemplateColumn("tanggalperkawinan", _R, "married_on", ("Tanggal Kwn", "TGL_KWN")),
    TemplateColumn("akta_perceraian", _R, "divorce_number", ("Nomor Akta Cerai", "NO_AKTA_CRAI")),
    TemplateColumn("tanggalperceraian", _R, "divorced_on", ("Tgl Cerai", "TGL_CRAI")),
    TemplateColumn("cacat_id", _R, "disability", ("Cacat", "PNYDNG_CCT", "Disabilitas")),
    TemplateColumn("cara_kb_id", _R, "family_planning", ("Cara KB",)),
    TemplateColumn("hamil", _R, "pregnancy"),
    TemplateColumn("ktp_el", _R, "ktp_kind", ("KTP-eL",)),
    TemplateColumn("status_rekam", _R, "ktp_record_status", ("Stat Rkm",)),
    TemplateColumn("alamat_sekarang", _R, "current_address", ("Alamat Domisili",)),
    TemplateColumn("status_dasar", _R, "life_status", ("Status Hidup", "STAT_HIDUP")),
    TemplateColumn("suku", _R, "ethnicity", ("sukuBangsa",)),
    TemplateColumn("tag_id_card", _R, "card_tag"),
    TemplateColumn("id_asuransi", _R, "insurance"),
    TemplateColumn("no_asuransi", _R, "insurance_number"),
    TemplateColumn("lat", _R, "latitude", ("Lintang",)),
    TemplateColumn("lng", _R, "longitude", ("Bujur",)),
)

RT_RW = TemplateColumn("rt_rw", _H, "", ("RT/RW", "NO.RT/RW"))
"""Not in the template: one column "001/002" that some lists have instead of two."""


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of a file that we read: its position (from 0), the header as the file has it, what it feeds."""

    position: int
    header: str
    column: TemplateColumn


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """What became of one header row; ``unknown`` and ``repeated`` hold headers as the file has them."""

    columns: tuple[MappedColumn, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]

    @property
    def field_names(self) -> frozenset[str]:
        """Names of the fields that some column feeds."""
        return frozenset(mapped.column.field_name for mapped in self.columns)


def fold_header(header: str) -> str:
    """Return the form in which headers are compared.

    >>> fold_header("No. KK *")
    'nokk'
    """
    return _DROPPED.sub("", header.casefold())


@cache
def _by_folded_header() -> dict[str, TemplateColumn]:
    known: dict[str, TemplateColumn] = {}
    for column in (*COLUMNS, RT_RW):
        for header in (column.header, *column.synonyms):
            known[fold_header(header)] = column
    return known


def known_header_count(cells: Iterable[object]) -> int:
    """Count the distinct template columns that a row of cells names: the measure of a header row."""
    known = _by_folded_header()
    found = {known.get(fold_header(cell)) for cell in cells if isinstance(cell, str)}
    return len(found - {None})


def map_headers(cells: Sequence[object]) -> HeaderMap:
    """Map a header row; the first of two columns that feed the same field is read."""
    known = _by_folded_header()
    columns: list[MappedColumn] = []
    unknown: list[str] = []
    repeated: list[str] = []
    taken: set[str] = set()
    for position, cell in enumerate(cells):
        header = "" if cell is None else str(cell).strip()
        if not header:
            continue
        column = known.get(fold_header(header))
        if column is None:
            unknown.append(header)
        elif column.header in taken:
            repeated.append(header)
        else:
            taken.add(column.header)
            columns.append(MappedColumn(position, header, column))
    return HeaderMap(tuple(columns), tuple(unknown), tuple(repeated))


def missing_columns(header_map: HeaderMap) -> tuple[str, ...]:
    """Name the template columns without which no person can be told from another; empty if there are enough.

    A full list needs a name and a NIK or a family number; a mass update needs a NIK and one more column.
    """
    names = header_map.field_names
    if "nik" in names and len(header_map.columns) > 1:
        return ()
    missing = [] if "name" in names else ["nama"]
    if not names & {"nik", "family_number"}:
        missing.append("nik / no_kk")
    return tuple(missing)
