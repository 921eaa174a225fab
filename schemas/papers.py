"""List what each vital event needs: the papers by case, and the days within which it is to be reported.

Both only inform: a missing paper and a late report are shown and never stop an entry (UU 24/2013; services of civil
registration turn nobody away).  Deadlines run from the event or the final ruling; some local rules count working days,
so the kind of day stands in the table.  The sources are Perpres 96/2018 and UU 23/2006 as changed by UU 24/2013; what
rests on other regulations says so.  The module is a table; ``registration`` holds an event against it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.codes import EventKind
from schemas.errors import DataError

_WEEKEND = 5  # Saturday's number; Sunday follows


class DayKind(StrEnum):
    """How the days of a deadline are counted."""

    CALENDAR = "calendar"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Paper:
    """One document by its code."""

    code: str
    label_id: str
    label_en: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """Days from the event within which it is to be reported."""

    days: int
    day_kind: DayKind
    source: str

    def days_since(self, day: dt.date, today: dt.date) -> int:
        """Return how many days of this kind have passed; holidays are not known and count as working days.

        >>> Deadline(10, DayKind.WORKING, "").days_since(dt.date(2026, 11, 20), dt.date(2026, 11, 23))
        1
        """
        passed = (today - day).days
        if self.day_kind is DayKind.CALENDAR:
            return passed
        return sum((day + dt.timedelta(days=n)).weekday() < _WEEKEND for n in range(1, passed + 1))

    def is_late(self, day: dt.date, today: dt.date) -> bool:
        """Tell whether a report of today comes after the term."""
        return self.days_since(day, today) > self.days


@dataclass(frozen=True, slots=True)
class Checklist:
    """What one case of an event needs; ``case`` "" is the usual one."""

    case: str
    label_id: str
    papers: tuple[str, ...]
    source: str


_PAPERS = (
    Paper("kk", "Kartu Keluarga", "Family card"),
    Paper("ktp", "KTP-el", "Identity card"),
    Paper("surat-lahir", "Surat keterangan kelahiran", "Birth letter"),
    Paper("akta-kawin", "Buku nikah/akta perkawinan", "Marriage record"),
    Paper("sptjm-lahir", "SPTJM kebenaran data kelahiran (F-2.03), 2 saksi", "Statement on the birth, 2 witnesses"),
    Paper("sptjm-suami-istri", "SPTJM suami istri (F-2.04), 2 saksi", "Statement on the couple, 2 witnesses"),
    Paper("bap-polisi", "Berita acara polisi", "Police record"),
    Paper("surat-lahir-mati", "Surat lahir mati, atau pernyataan orang tua", "Letter on the foetal death"),
    Paper("surat-kematian", "Surat kematian dari dokter atau kepala desa", "Death letter"),
    Paper("penetapan", "Penetapan atau putusan pengadilan", "Court ruling"),
    Paper("surat-pemuka", "Surat perkawinan dari pemuka agama", "Letter of the religious leader"),
    Paper("pas-foto", "Pas foto berdampingan", "Photograph of the couple"),
    Paper("akta-cerai-mati", "Akta kematian/perceraian pasangan sebelumnya", "Record that ended the former marriage"),
    Paper("sptjm-kawin", "SPTJM perkawinan belum tercatat (F-1.05)", "Statement of an unregistered marriage"),
    Paper("sptjm-cerai", "SPTJM perceraian belum tercatat (F-1.05)", "Statement of an unregistered divorce"),
    Paper("akta-lahir", "Kutipan akta kelahiran", "Birth certificate"),
    Paper("akta-cerai", "Kutipan akta perceraian", "Divorce certificate"),
    Paper("pengakuan", "Surat pengakuan ayah, disetujui ibu", "Father's statement, agreed by the mother"),
    Paper("akta", "Kutipan akta yang dibetulkan atau dibatalkan", "The certificate it is about"),
    Paper("bukti-autentik", "Dokumen autentik yang menjadi dasar", "Authentic document that proves it"),
    Paper("f103", "Formulir F-1.03", "Form F-1.03"),
    Paper("skpwni", "Surat keterangan pindah (SKPWNI)", "Move letter"),
    Paper("skpln", "Surat keterangan pindah luar negeri (SKPLN)", "Letter of moving abroad"),
    Paper("paspor", "Paspor", "Passport"),
    Paper("f102", "Formulir F-1.02", "Form F-1.02"),
    Paper("f115", "Formulir F-1.15", "Form F-1.15"),
    Paper("pernyataan-wali", "Surat pernyataan wali", "Guardian's statement"),
    Paper("keputusan", "Keputusan Presiden atau Menteri", "Presidential or ministerial decree"),
    Paper("bukti-luar", "Bukti pencatatan di luar negeri", "Proof of registration abroad"),
)

PAPERS: Mapping[str, Paper] = {paper.code: paper for paper in _PAPERS}
"""Every paper by its code."""

_PERPRES = "Perpres 96/2018"

CHECKLISTS: Mapping[int, tuple[Checklist, ...]] = {
    EventKind.BIRTH: (
        Checklist("", "Biasa", ("surat-lahir", "akta-kawin", "kk", "ktp"), f"{_PERPRES} ps. 33"),
        Checklist("tanpa-surat", "Tanpa surat lahir", ("sptjm-lahir", "akta-kawin", "kk", "ktp"), f"{_PERPRES} ps. 34"),
        Checklist(
            "tanpa-nikah",
            "Tanpa buku nikah",
            ("surat-lahir", "sptjm-suami-istri", "kk", "ktp"),
            _PERPRES,
        ),
        Checklist("seorang-ibu", "Anak seorang ibu", ("surat-lahir", "kk", "ktp"), f"{_PERPRES} ps. 33"),
        Checklist("ibu-muda", "Ibu belum ber-KTP", ("surat-lahir", "kk"), _PERPRES),
        Checklist("temuan", "Anak temuan", ("bap-polisi",), f"{_PERPRES} ps. 33"),
    ),
    EventKind.FOETAL_DEATH: (Checklist("", "Biasa", ("surat-lahir-mati", "kk", "ktp"), f"{_PERPRES} ps. 35"),),
    EventKind.DEATH: (
        Checklist("", "Biasa", ("surat-kematian", "kk", "ktp"), f"{_PERPRES} ps. 45"),
        Checklist("tanpa-jenazah", "Jenazah tidak ditemukan", ("penetapan",), f"{_PERPRES} ps. 45"),
        Checklist("tanpa-identitas", "Tidak dikenal", ("bap-polisi",), f"{_PERPRES} ps. 45"),
    ),
    EventKind.MARRIAGE: (
        Checklist("", "Tercatat di KUA", ("akta-kawin", "kk", "ktp"), "UU 23/2006 ps. 8"),
        Checklist("non-islam", "Selain Islam", ("surat-pemuka", "pas-foto", "kk", "ktp"), f"{_PERPRES} ps. 37"),
        Checklist(
            "non-islam-ulang",
            "Selain Islam, pernah kawin",
            ("surat-pemuka", "pas-foto", "kk", "ktp", "akta-cerai-mati"),
            f"{_PERPRES} ps. 37",
        ),
        Checklist("belum-tercatat", "Belum tercatat", ("sptjm-kawin", "kk", "ktp"), "Permendagri 109/2019 (F-1.05)"),
        Checklist("dispensasi", "Belum 19 tahun", ("akta-kawin", "penetapan", "kk", "ktp"), "UU 16/2019 ps. 7"),
    ),
    EventKind.MARRIAGE_ANNULMENT: (
        Checklist("", "Biasa", ("penetapan", "akta-kawin", "kk", "ktp"), f"{_PERPRES} ps. 40"),
    ),
    EventKind.DIVORCE: (
        Checklist("", "Biasa", ("penetapan", "akta-kawin", "kk", "ktp"), f"{_PERPRES} ps. 42"),
        Checklist("belum-tercatat", "Belum tercatat", ("sptjm-cerai", "kk", "ktp"), "Permendagri 109/2019 (F-1.05)"),
    ),
    EventKind.DIVORCE_ANNULMENT: (
        Checklist("", "Biasa", ("penetapan", "akta-cerai", "kk", "ktp"), f"{_PERPRES} ps. 43"),
    ),
    EventKind.ADOPTION: (Checklist("", "Biasa", ("penetapan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 47"),),
    EventKind.RECOGNITION: (
        Checklist("", "Dengan persetujuan ibu", ("pengakuan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 49"),
        Checklist("pengadilan", "Dengan pengadilan", ("penetapan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 49"),
    ),
    EventKind.LEGITIMATION: (
        Checklist("", "Biasa", ("akta-kawin", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 51"),
        Checklist("pengadilan", "Dengan pengadilan", ("penetapan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 51"),
    ),
    EventKind.NAME_CHANGE: (Checklist("", "Biasa", ("penetapan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 53"),),
    EventKind.CITIZENSHIP: (Checklist("", "Biasa", ("keputusan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 54"),),
    EventKind.OTHER: (Checklist("", "Biasa", ("penetapan", "akta-lahir", "kk", "ktp"), f"{_PERPRES} ps. 58"),),
    EventKind.CERTIFICATE_CORRECTION: (
        Checklist("", "Biasa", ("bukti-autentik", "akta"), f"{_PERPRES} ps. 59"),
        Checklist("pengadilan", "Dengan pengadilan", ("penetapan", "akta"), f"{_PERPRES} ps. 59"),
    ),
    EventKind.CERTIFICATE_ANNULMENT: (
        Checklist("", "Biasa", ("penetapan", "akta", "kk", "ktp"), f"{_PERPRES} ps. 60"),
    ),
    EventKind.FROM_ABROAD: (Checklist("", "Biasa", ("bukti-luar", "paspor", "kk"), "Permendagri 108/2019"),),
    EventKind.MOVE_OUT: (
        Checklist("", "Dalam negeri", ("kk", "f103"), f"{_PERPRES} ps. 25(3)"),
        Checklist("luar-negeri", "Luar negeri", ("kk", "ktp", "f103", "paspor"), f"{_PERPRES} ps. 26"),
    ),
    EventKind.MOVE_IN: (
        Checklist("", "Antar kabupaten", ("skpwni", "kk"), f"{_PERPRES} ps. 25"),
        Checklist("satu-kabupaten", "Dalam satu kabupaten", ("kk", "f103"), f"{_PERPRES} ps. 25(3)"),
        Checklist("luar-negeri", "Dari luar negeri", ("paspor", "skpln"), f"{_PERPRES} ps. 27"),
    ),
    EventKind.MOVE_INSIDE: (
        Checklist("", "Biasa", ("kk", "f103"), f"{_PERPRES} ps. 25(3)"),
        Checklist("anak-menumpang", "Anak menumpang KK kerabat", ("kk", "pernyataan-wali"), "Permendagri 108/2019"),
    ),
    EventKind.NEW_HOUSEHOLD: (Checklist("", "Biasa", ("f102", "akta-kawin", "kk", "ktp"), f"{_PERPRES} ps. 11"),),
    EventKind.SPLIT: (Checklist("", "Biasa", ("f102", "kk", "ktp"), "Permendagri 108/2019 ps. 10(4)"),),
    EventKind.CHANGE_OF_HEAD: (
        Checklist("", "Kepala meninggal", ("f102", "surat-kematian", "kk"), f"{_PERPRES} ps. 12"),
        Checklist("lain", "Sebab lain", ("f102", "kk"), f"{_PERPRES} ps. 12"),
        Checklist("anak", "Anggota masih anak", ("f102", "kk", "pernyataan-wali"), "Permendagri 108/2019"),
    ),
    EventKind.TEMPORARY_IN: (Checklist("", "Biasa", ("f115", "ktp"), "Permendagri 74/2022"),),
}
"""What each kind of event needs, the usual case first; a kind that is not here needs nothing."""

_UU = "UU 24/2013"

DEADLINES: Mapping[int, Deadline] = {
    EventKind.BIRTH: Deadline(60, DayKind.CALENDAR, f"{_UU} ps. 27"),
    EventKind.FOETAL_DEATH: Deadline(30, DayKind.CALENDAR, "UU 23/2006 ps. 33"),
    EventKind.DEATH: Deadline(30, DayKind.CALENDAR, f"{_UU} ps. 44"),
    EventKind.MARRIAGE: Deadline(60, DayKind.CALENDAR, "UU 23/2006 ps. 34"),
    EventKind.MARRIAGE_ANNULMENT: Deadline(90, DayKind.CALENDAR, "UU 23/2006 ps. 39"),
    EventKind.DIVORCE: Deadline(60, DayKind.CALENDAR, "UU 23/2006 ps. 40"),
    EventKind.DIVORCE_ANNULMENT: Deadline(60, DayKind.CALENDAR, "UU 23/2006 ps. 43"),
    EventKind.ADOPTION: Deadline(30, DayKind.CALENDAR, "UU 23/2006 ps. 47"),
    EventKind.RECOGNITION: Deadline(30, DayKind.CALENDAR, f"{_UU} ps. 49"),
    EventKind.LEGITIMATION: Deadline(30, DayKind.CALENDAR, f"{_UU} ps. 50"),
    EventKind.NAME_CHANGE: Deadline(30, DayKind.CALENDAR, "UU 23/2006 ps. 52"),
    EventKind.CITIZENSHIP: Deadline(60, DayKind.CALENDAR, "UU 23/2006 ps. 53"),
    EventKind.OTHER: Deadline(30, DayKind.CALENDAR, "UU 23/2006 ps. 56"),
    EventKind.FROM_ABROAD: Deadline(30, DayKind.CALENDAR, "UU 23/2006 ps. 29"),
}
"""The term of each kind of event; a kind that is not here has none."""


def checklist(kind: int, case: str = "") -> tuple[Paper, ...]:
    """Return the papers that a case of an event needs; a kind without a list needs none.

    Raises DataError "papers-case-unknown".

    >>> [paper.code for paper in checklist(EventKind.DEATH, "tanpa-jenazah")]
    ['penetapan']
    """
    cases = {one.case: one for one in CHECKLISTS.get(kind, ())}
    if case and case not in cases:
        named = "; ".join(f"{one.case}: {one.label_id}" for one in cases.values() if one.case)
        raise DataError(
            f"Keadaan {case!r} tidak dikenal pada peristiwa ini",
            code="papers-case-unknown",
            hint=f"Pilih: {named}." if named else "Peristiwa ini tidak membedakan keadaan.",
            field="papers_case",
            value=case,
        )
    return tuple(PAPERS[code] for code in cases[case].papers) if case in cases else ()
