"""Declare what an import can find wrong: a stable code, its weight, and what the officer reads about it.

An error rejects its row; a warning does not; a difference makes its row a conflict.  Texts are Indonesian with one
English sentence beside them; ``{...}`` are filled in by ``make_problem``.  No rule lives here.  The module is longer
than 300 lines because it is one table, and an officer's words are best judged side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a person should look at: where it is, what stands there, why it is wrong, what to do.

    ``row`` counts from 1 as the spreadsheet shows it; 0 means the file or sheet as a whole.  ``field`` is the header
    as the file has it.
    """

    file: str
    sheet: str
    row: int
    field: str
    value: str
    code: str
    severity: Severity
    message: str
    remedy: str
    message_en: str


@dataclass(frozen=True, slots=True)
class _Entry:
    severity: Severity
    message: str
    remedy: str
    message_en: str


_E: Severity = "error"
_W: Severity = "warning"

_CATALOGUE: dict[str, _Entry] = {
    # The file as a whole
    "column-unknown": _Entry(
        _W,
        "Kolom {value} tidak dikenal dan tidak dibaca",
        "Pakai judul kolom dari templat, atau tentukan artinya pada pemetaan kolom.",
        "Column {value} is not known and was not read",
    ),
    "column-twice": _Entry(
        _W,
        "Kolom {value} mengisi hal yang sama dengan kolom sebelumnya; yang pertama dibaca",
        "Hapus salah satu kolom bila yang dibaca keliru.",
        "Column {value} repeats an earlier column; the first was read",
    ),
    "sheet-ignored": _Entry(
        _W,
        "Lembar {value} tidak punya baris judul kolom dan tidak dibaca",
        "Bila lembar ini berisi penduduk, beri judul kolom dari templat.",
        "Sheet {value} has no header row and was not read",
    ),
    "nik-cut-in-file": _Entry(
        _W,
        "{value} NIK yang disimpan sebagai angka berakhir 0: Excel mungkin memotong angka terakhir",
        "Format kolom NIK dan No. KK sebagai Teks, salin ulang dari sumbernya, lalu impor lagi.",
        "{value} numeric NIK cells end in 0: Excel may have cut the last digit",
    ),
    "own-sheet-outdated": _Entry(
        _W,
        "Lembar {value} tidak dibaca karena lembar templat telah diubah sesudah diekspor",
        "Ekspor ulang bila kolom tambahannya diperlukan.",
        "Sheet {value} was not read, since the template sheet beside it was edited",
    ),
    "sex-p-is-male": _Entry(
        _W,
        "P pada kolom ini dibaca sebagai PRIA",
        "Bila P berarti perempuan, tentukan pada pemetaan kolom.",
        "P in this column was read as male",
    ),
    "marital-numbers-f101": _Entry(
        _W,
        "Angka status kawin dibaca menurut F-1.01 (3 kawin belum tercatat, 4-5 cerai hidup, 6 cerai mati)",
        "Bila angkanya menurut templat, tentukan pada pemetaan kolom.",
        "Marital status numbers were read as F-1.01 prints them",
    ),
    "date-month-first": _Entry(
        _W,
        "Tanggal kolom ini ditulis bulan lebih dulu dan dibaca demikian",
        "Bila keliru, tentukan urutan tanggal pada pemetaan kolom.",
        "The dates of this column were read month first",
    ),
    "date-epoch-1904": _Entry(
        _W,
        "Angka tanggal kolom ini dihitung dari tahun 1904",
        "Bila keliru, tentukan urutan tanggal pada pemetaan kolom.",
        "The date numbers of this column count from 1904",
    ),
    "date-order-doubtful": _Entry(
        _W,
        "Ada tanggal di kolom ini yang hanya masuk akal bila bulan ditulis lebih dulu; dibaca hari lebih dulu",
        "Periksa tanggal kolom ini; bila perlu tentukan urutannya pada pemetaan kolom.",
        "Some dates of this column make sense month first only; it was read day first",
    ),
    "family-numbers-carried": _Entry(
        _W,
        "No. KK hanya diisi di baris kepala keluarga dan diteruskan ke anggota di bawahnya",
        "Bila keliru, isi No. KK di setiap baris.",
        "Family numbers stand in the heads' rows only and were carried to the members",
    ),
    # A cell that rejects its row
    "name-missing": _Entry(_E, "Nama kosong", "Isi nama lengkap.", "The name is blank"),
    "nik-format": _Entry(
        _E,
        "NIK bukan 16 angka",
        "Cocokkan dengan KTP-el atau KK; isi 0 bila belum punya NIK.",
        "The NIK is not 16 digits",
    ),
    "nik-cut-by-excel": _Entry(
        _E,
        "NIK tersimpan sebagai angka dan angka terakhirnya mungkin hilang",
        "Format sel sebagai Teks dan ketik ulang NIK dari KTP-el atau KK.",
        "The NIK is stored as a number and may have lost its last digit",
    ),
    "family-number-format": _Entry(
        _E,
        "No. KK bukan 16 angka",
        "Cocokkan dengan kartu keluarga; isi 0 bila belum punya.",
        "The family card number is not 16 digits",
    ),
    "family-number-cut-by-excel": _Entry(
        _E,
        "No. KK tersimpan sebagai angka dan angka terakhirnya mungkin hilang",
        "Format sel sebagai Teks dan ketik ulang No. KK dari kartunya.",
        "The family card number is stored as a number and may have lost its last digit",
    ),
    "date-impossible": _Entry(
        _E,
        "Tanggal tidak ada di kalender",
        "Tulis tanggal-bulan-tahun, misalnya 17-08-1945; kosongkan bila tidak diketahui.",
        "There is no such date",
    ),
    "date-format": _Entry(
        _E,
        "Tulisan tanggal tidak dikenali",
        "Tulis tanggal-bulan-tahun, misalnya 17-08-1945; kosongkan bila tidak diketahui.",
        "The date is not written in a known way",
    ),
    "code-unknown": _Entry(
        _E, "Isian tidak ada dalam daftar pilihan", "Pakai kode atau tulisan dari templat.", "Not in the code list"
    ),
    "text-too-long": _Entry(
        _E, "Isian lebih dari {limit} huruf", "Singkatkan isian.", "The text is longer than {limit} characters"
    ),
    "cell-formula-error": _Entry(
        _E, "Sel berisi galat rumus", "Ganti rumus dengan nilainya.", "The cell holds a formula error"
    ),
    "own-format": _Entry(
        _E,
        "Isian tidak seperti yang ditulis program",
        "Ubah data di lembar templat, atau ekspor ulang.",
        "The cell is not as it was exported",
    ),
    # A row that rejects itself beside others
    "person-twice-in-file": _Entry(
        _E,
        "Orang yang sama sudah ada di baris {other}; baris itu yang dipakai",
        "Hapus salah satu baris.",
        "The same person is already in row {other}, which is used",
    ),
    "nik-twice-in-file": _Entry(
        _E,
        "NIK yang sama dipakai orang berbeda di baris {other}",
        "Cocokkan dengan KTP-el, betulkan NIK, lalu impor lagi; isi 0 bila belum punya NIK.",
        "The same NIK is used for different people, see row {other}",
    ),
    "person-unknown": _Entry(
        _E,
        "NIK tidak ada di buku desa dan berkas tidak memuat nama",
        "Tambahkan kolom nama untuk penduduk baru.",
        "The NIK is not in the register and the file has no names",
    ),
    # A cell that is left out, the row stays
    "temporary-number": _Entry(
        _W,
        "Nomor sementara dicatat terpisah; {field} dianggap belum ada",
        "Isi nomor resmi bila sudah terbit.",
        "A temporary number is kept apart; the official number counts as unknown",
    ),
    "parent-nik-format": _Entry(
        _W,
        "NIK orang tua bukan 16 angka dan tidak dipakai",
        "Cocokkan dengan KK orang tua.",
        "A parent's NIK is not 16 digits and was left out",
    ),
    "parent-nik-cut-by-excel": _Entry(
        _W,
        "NIK orang tua tersimpan sebagai angka, angka terakhirnya mungkin hilang; tidak dipakai",
        "Format sel sebagai Teks dan ketik ulang.",
        "A parent's NIK is stored as a number and may be cut; it was left out",
    ),
    "area-format": _Entry(
        _W, "RT/RW bukan tiga angka dan tidak dipakai", "Tulis misalnya 001.", "RT/RW is not three digits"
    ),
    "marital-status-open": _Entry(
        _W,
        "Tidak jelas cerai hidup atau cerai mati; status kawin dikosongkan",
        "Tulis CERAI HIDUP atau CERAI MATI.",
        "Divorced or widowed: it is not said which, and the marital status was left open",
    ),
    "card-status-unknown": _Entry(
        _W,
        "Status KTP tidak ada dalam daftar dan tidak dipakai, di baris ini dan baris lain yang sama",
        "Pakai kode atau tulisan dari templat.",
        "The card status is not in the list and was left out, here and in other rows with it",
    ),
    "date-short-year": _Entry(
        _W, "Tahun hanya dua angka", "Periksa abadnya; tulis tahun dengan empat angka.", "The year has two digits only"
    ),
    "pregnancy-of-man": _Entry(
        _W, "Hamil diisi pada laki-laki dan tidak dipakai", "Periksa jenis kelamin.", "Pregnancy of a man was left out"
    ),
    # What a person should look at, nothing is left out
    "nik-region-unknown": _Entry(
        _W, "Kode wilayah pada NIK tidak dikenal", "Cocokkan NIK dengan KTP-el.", "The NIK's region is not known"
    ),
    "nik-birth-date-mismatch": _Entry(
        _W,
        "Tanggal pada NIK berbeda dengan tanggal lahir",
        "Cocokkan dengan akta lahir; boleh berbeda bila pernah dibetulkan.",
        "The date in the NIK differs from the date of birth",
    ),
    "nik-sex-mismatch": _Entry(
        _W, "Jenis kelamin pada NIK berbeda", "Cocokkan dengan KTP-el.", "The sex in the NIK differs"
    ),
    "nik-serial-zero": _Entry(
        _W, "Nomor urut NIK 0000", "Cocokkan NIK dengan KTP-el.", "The serial number of the NIK is 0000"
    ),
    "person-maybe-twice": _Entry(
        _W,
        "Nama dan tanggal lahir sama dengan baris {other}",
        "Bila orangnya sama, hapus baris yang tanpa NIK.",
        "Same name and birth date as row {other}",
    ),
    "relation-sex-mismatch": _Entry(
        _W,
        "Hubungan keluarga tidak cocok dengan jenis kelamin",
        "Periksa kolom hubungan dan jenis kelamin.",
        "The relation does not fit the sex",
    ),
    "household-two-heads": _Entry(
        _W,
        "Keluarga ini sudah punya kepala keluarga di baris {other}; hubungan orang ini dikosongkan",
        "Betulkan hubungan dalam keluarga.",
        "The family already has a head in row {other}",
    ),
    "household-has-head": _Entry(
        _W,
        "Keluarga ini sudah punya kepala keluarga di buku desa; hubungan orang ini dikosongkan",
        "Pakai ganti kepala keluarga bila berkas yang benar.",
        "The family already has a head in the register",
    ),
    "household-without-head": _Entry(
        _W,
        "Keluarga ini tidak punya kepala keluarga di berkas",
        "Betulkan baris kepala keluarga, lalu impor lagi.",
        "The family has no head in the file",
    ),
    "household-address-differs": _Entry(
        _W,
        "Alamat berbeda dengan baris {other} dari keluarga yang sama; alamat baris itu yang dipakai",
        "Samakan alamat satu keluarga.",
        "The address differs from row {other} of the same family",
    ),
    # Differences with the register that an import never decides
    "relation-differs": _Entry(
        _W,
        "Hubungan keluarga berbeda dengan buku desa ({known})",
        "Pakai pembetulan atau ganti kepala keluarga bila berkas yang benar.",
        "The relation differs from the register ({known})",
    ),
    "family-differs": _Entry(
        _W,
        "Keluarga berbeda dengan buku desa ({known})",
        "Pakai pindah atau pecah KK bila berkas yang benar.",
        "The family differs from the register ({known})",
    ),
    "status-differs": _Entry(
        _W,
        "Status dasar berbeda dengan buku desa ({known})",
        "Catat kematian atau kepindahan sebagai peristiwa.",
        "The life status differs from the register ({known})",
    ),
    "nik-differs": _Entry(
        _W,
        "NIK berbeda dengan buku desa ({known})",
        "Pakai pembetulan bila NIK di berkas yang benar.",
        "The NIK differs from the register ({known})",
    ),
    "person-differs": _Entry(
        _W,
        "NIK ini di buku desa milik orang lain: {known}",
        "Cocokkan NIK dengan KTP-el.",
        "In the register this NIK belongs to someone else: {known}",
    ),
    "record-void": _Entry(
        _W,
        "Orang ini sudah dibatalkan atau digabung di buku desa",
        "Buka catatannya dan pulihkan bila perlu.",
        "This person is void or merged in the register",
    ),
}

CODES = frozenset(_CATALOGUE)
"""Every code an import can give, without those of unreadable files."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is: row 0 is the sheet as a whole, an empty sheet the file."""

    file: str
    sheet: str
    row: int


def make_problem(place: Place, code: str, field: str = "", value: object = "", **details: object) -> Problem:
    """Build the problem of a declared code; KeyError is a bug of the caller."""
    entry = _CATALOGUE[code]
    shown = "" if value is None else str(value)
    fill = {"value": shown, "field": field, **details}
    return Problem(
        file=place.file,
        sheet=place.sheet,
        row=place.row,
        field=field,
        value=shown,
        code=code,
        severity=entry.severity,
        message=entry.message.format(**fill),
        remedy=entry.remedy,
        message_en=entry.message_en.format(**fill),
    )


def remedies() -> tuple[str, ...]:
    """Return every next step that a problem names, for whoever says them in another language."""
    return tuple(dict.fromkeys(entry.remedy for entry in _CATALOGUE.values()))
