"""Say how each legal form stands on paper: its columns with their words, widths and groups (Permendagri 47/2016).

Widths are in letters of the book's size (``em``) or shares of what is left (``fr``).  A sheet without a form of its
own, such as a figure, gets plain columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Size = tuple[float, Literal["em", "fr"]]
Side = Literal["l", "c", "r"]

PAPERS: Mapping[str, tuple[int, int]] = {"F4": (330, 215), "A4": (297, 210), "A3": (420, 297)}
"""Landscape, in millimetres."""


@dataclass(frozen=True, slots=True)
class PrintedColumn:
    """One column: the header of the sheet, the words on paper with the groups above them, width and side."""

    header: str
    width: Size
    words: str = ""
    side: Side = "l"
    groups: tuple[str, ...] = ()

    @property
    def word_max(self) -> int:
        """Return how many letters of one word fit into a line."""
        amount, unit = self.width
        return max(3, int(amount / _LETTER)) if unit == "em" else _WORD_MAX


@dataclass(frozen=True, slots=True)
class Form:
    """One form; ``sizes`` are the points of its letters by paper."""

    title: str
    columns: tuple[PrintedColumn, ...]
    sizes: Mapping[str, float]
    is_at_end: bool = True
    is_landscape: bool = True


def _em(header: str, width: float, words: str = "", side: Side = "l", groups: tuple[str, ...] = ()) -> PrintedColumn:
    return PrintedColumn(header, (width, "em"), words, side, groups)


def _fr(header: str, width: float, words: str = "", groups: tuple[str, ...] = ()) -> PrintedColumn:
    return PrintedColumn(header, (width, "fr"), words, "l", groups)


_DIGITS_16 = 9.0
"""Room for a NIK or a family number."""
_DAY = 5.6
_LETTER = 0.66
"""Width of a capital letter, on average, in ``em``."""
_WORD_MAX = 16
"""Letters of a word that fit into any column of shares."""

_WIDE = {"A3": 9.0, "F4": 7.2, "A4": 6.6}
_WIDER = {"A3": 8.5, "F4": 6.6, "A4": 5.9}
_ROOMY = {"A3": 10.0, "F4": 8.5, "A4": 8.0}

_MAIN = Form(
    "Buku Induk Penduduk",
    (
        _em("No. Urut", 3.4, "NO. URUT", "r"),
        _fr("Nama Lengkap/Panggilan", 3.4, "NAMA LENGKAP / PANGGILAN"),
        _em("Jenis Kelamin", 3.6, "JENIS KELA- MIN", "c"),
        _em("Status Perkawinan", 4.0, "STATUS PERKA- WINAN", "c"),
        _fr("Tempat Lahir", 1.9, "TEMPAT LAHIR", ("TEMPAT & TANGGAL LAHIR",)),
        _em("Tanggal Lahir", _DAY, "TGL", "c", ("TEMPAT & TANGGAL LAHIR",)),
        _em("Agama", 6.4, "AGAMA"),
        _fr("Pendidikan Terakhir", 2.0, "PENDIDIKAN TERAKHIR"),
        _fr("Pekerjaan", 2.2, "PEKERJAAN"),
        _em("Dapat Membaca Huruf", 4.8, "DAPAT MEMBACA HURUF", "c"),
        _em("Kewarganegaraan", 4.2, "KEWAR- GANE- GARAAN", "c"),
        _fr("Alamat Lengkap", 3.2, "ALAMAT LENGKAP"),
        _fr("Kedudukan dalam Keluarga", 1.8, "KEDUDUKAN DALAM KELUARGA"),
        _em("NIK", _DIGITS_16, side="c"),
        _em("No. KK", _DIGITS_16, "NOMOR KK", "c"),
        _em("Ket.", 4.0, "KET."),
    ),
    _WIDE,
)

_MUTATION = Form(
    "Buku Mutasi Penduduk",
    (
        _em("No.", 3.0, "NO. URUT", "r"),
        _fr("Nama Lengkap/Panggilan", 3.2, "NAMA LENGKAP / PANGGILAN"),
        _fr("Tempat Lahir", 1.8, "TEMPAT", ("TEMPAT & TANGGAL LAHIR",)),
        _em("Tanggal Lahir", _DAY, "TANGGAL", "c", ("TEMPAT & TANGGAL LAHIR",)),
        _em("Jenis Kelamin", 4.8, "JENIS KELAMIN", "c"),
        _em("Kewarganegaraan", 5.4, "KEWARGA- NEGARAAN", "c"),
        _fr("Datang dari", 2.4, "DATANG DARI", ("PENAMBAHAN",)),
        _em("Tanggal Datang", _DAY, "TANGGAL", "c", ("PENAMBAHAN",)),
        _fr("Pindah ke", 2.4, "PINDAH KE", ("PENGURANGAN",)),
        _em("Tanggal Pindah", _DAY, "TANGGAL", "c", ("PENGURANGAN",)),
        _fr("Meninggal di", 1.8, "MENINGGAL", ("PENGURANGAN",)),
        _em("Tanggal Meninggal", _DAY, "TANGGAL", "c", ("PENGURANGAN",)),
        _fr("Ket.", 2.0, "KET."),
    ),
    _ROOMY,
    is_at_end=False,
)

_TEMPORARY = Form(
    "Buku Penduduk Sementara",
    (
        _em("No.", 3.0, "NO. URUT", "r"),
        _fr("Nama Lengkap", 3.0, "NAMA LENGKAP"),
        _em("L", 2.6, side="c", groups=("JENIS KELAMIN",)),
        _em("P", 2.6, side="c", groups=("JENIS KELAMIN",)),
        _em("No. Identitas", _DIGITS_16, "NOMOR IDENTITAS / TANDA PENGENAL", "c"),
        _fr("Tempat, Tanggal Lahir/Umur", 2.2, "TEMPAT DAN TANGGAL LAHIR / UMUR"),
        _fr("Pekerjaan", 1.8, "PEKERJAAN"),
        _em("Kebangsaan", 5.4, "KEBANG- SAAN", "c", ("KEWARGANEGARAAN",)),
        _em("Keturunan", 5.4, "KETU- RUNAN", "c", ("KEWARGANEGARAAN",)),
        _fr("Datang dari", 2.0, "DATANG DARI"),
        _fr("Maksud dan Tujuan", 1.8, "MAKSUD DAN TUJUAN KEDATANGAN"),
        _fr("Nama dan Alamat yang Didatangi", 2.8, "NAMA DAN ALAMAT YANG DIDATANGI"),
        _em("Datang Tanggal", _DAY, "DATANG TANGGAL", "c"),
        _em("Pergi Tanggal", _DAY, "PERGI TANGGAL", "c"),
        _fr("Ket.", 1.2, "KET."),
    ),
    _WIDE,
    is_at_end=False,
)

_CARDS = Form(
    "Buku Kartu Tanda Penduduk dan Buku Kartu Keluarga",
    (
        _em("No.", 3.4, "NO. URUT", "r"),
        _em("No. KK", _DIGITS_16, "NOMOR KK", "c"),
        _fr("Nama Lengkap", 3.0, "NAMA LENGKAP"),
        _em("NIK", _DIGITS_16, side="c"),
        _em("Jenis Kelamin", 3.6, "JENIS KELA- MIN", "c"),
        _fr("Tempat/Tanggal Lahir", 2.2, "TEMPAT / TANGGAL LAHIR"),
        _em("Golongan Darah", 4.0, "GOL. DARAH", "c"),
        _em("Agama", 6.4, "AGAMA"),
        _fr("Pendidikan", 1.8, "PENDIDIKAN"),
        _fr("Pekerjaan", 2.0, "PEKERJAAN"),
        _fr("Alamat", 2.8, "ALAMAT"),
        _em("Status Perkawinan", 4.0, "STATUS PERKA- WINAN", "c"),
        _em("Tempat dan Tanggal Dikeluarkan", 6.0, "TEMPAT DAN TANGGAL DIKELUAR- KAN"),
        _fr("Status Hubungan Keluarga", 1.7, "STATUS HUB. KELUARGA"),
        _em("Kewarganegaraan", 4.2, "KEWAR- GANE- GARAAN", "c"),
        _fr("Nama Ayah", 2.0, "AYAH", ("ORANG TUA",)),
        _fr("Nama Ibu", 2.0, "IBU", ("ORANG TUA",)),
        _em("Tanggal Mulai Tinggal di Desa", _DAY, "TGL MULAI TINGGAL DI DESA", "c"),
        _em("Ket.", 3.4, "KET."),
    ),
    _WIDER,
)

_SUM_WORDS = {
    "Awal": ("JUMLAH PENDUDUK AWAL BULAN",),
    "Lahir": ("TAMBAHAN BULAN INI", "LAHIR"),
    "Datang": ("TAMBAHAN BULAN INI", "DATANG"),
    "Meninggal": ("PENGURANGAN BULAN INI", "MENINGGAL"),
    "Pindah": ("PENGURANGAN BULAN INI", "PINDAH"),
    "Akhir": ("JUMLAH PENDUDUK AKHIR BULAN",),
}


def _sums() -> tuple[PrintedColumn, ...]:
    columns = [_em("No.", 3.0, "NO. URUT", "r"), _fr("Dusun", 1.0, "NAMA DUSUN / LINGKUNGAN")]
    for word, groups in _SUM_WORDS.items():
        for country in ("WNA", "WNI"):
            columns += [_em(f"{word} {country} {sex}", 3.1, sex, "r", (*groups, country)) for sex in ("L", "P")]
        if word in {"Awal", "Akhir"}:
            columns += [
                _em(f"{word} KK", 3.2, "JML KK", "r", groups),
                _em(f"{word} Anggota", 4.2, "JML ANG- GOTA KEL.", "r", groups),
                _em(f"{word} Jiwa", 3.6, "JML JIWA", "r", groups),
            ]
    return (*columns, _em("Ket.", 6.0, "KET."))


_SUMS = Form("Buku Rekapitulasi Jumlah Penduduk", _sums(), {"A3": 9.0, "F4": 7.0, "A4": 6.2}, is_at_end=False)

_EVENTS = Form(
    "Daftar Peristiwa",
    (
        _em("No.", 3.0, "NO.", "r"),
        _fr("Peristiwa", 1.2, "PERISTIWA"),
        _fr("Nama", 3.0, "NAMA"),
        _em("Tanggal Peristiwa", 6.0, "TANGGAL PERISTIWA", "c"),
        _em("Tanggal Dicatat", 6.0, "TANGGAL DICATAT", "c"),
        _fr("Tempat", 1.6, "TEMPAT"),
        _fr("Ket.", 1.2, "KET."),
    ),
    _ROOMY,
    is_at_end=False,
)

_FORMS: Mapping[str, Form] = {
    "induk": _MAIN,
    "mutasi": _MUTATION,
    "rekap": _SUMS,
    "sementara": _TEMPORARY,
    "ktp-kk": _CARDS,
    "peristiwa": _EVENTS,
}


def form_of(name: str, title: str, headers: Sequence[str]) -> Form:
    """Return the form of a book, or a plain upright one for a sheet of figures: a wide label, then numbers."""
    if name in _FORMS:
        return _FORMS[name]
    labels, numbers = (headers[:2], headers[2:]) if headers[0] == "Menurut" else (headers[:1], headers[1:])
    columns = (
        *(_fr(one, float(number), one.upper()) for number, one in enumerate(labels, start=1)),
        *(_em(one, 7.0, one.upper(), "r") for one in numbers),
    )
    return Form(title, columns, dict.fromkeys(PAPERS, 10.0), is_landscape=False)


def head_rows(columns: Sequence[PrintedColumn]) -> list[list[dict[str, Any]]]:
    """Return the rows of a table's head: groups across their columns, and each column's words down to the last row."""
    depth = 1 + max(len(one.groups) for one in columns)
    rows: list[list[dict[str, Any]]] = [[] for _ in range(depth)]
    for number, column in enumerate(columns):
        for level, words in enumerate(column.groups):
            before = columns[number - 1].groups if number else ()
            if before[: level + 1] == column.groups[: level + 1]:
                rows[level][-1]["across"] += 1
            else:
                rows[level].append({"words": words, "across": 1, "down": 1})
        level = len(column.groups)
        rows[level].append({"words": column.words or column.header, "across": 1, "down": depth - level})
    return rows
