"""Report what a court, a decree or a certificate changes of one person (F-2.01)."""

from __future__ import annotations

from typing import Any

from schemas.codes import EventKind
from village_node.registration import (
    CertificateAnnulmentForm,
    CertificateCorrectionForm,
    CitizenshipForm,
    FromAbroadForm,
    NameChangeForm,
    SexChangeForm,
    register_certificate_annulment,
    register_certificate_correction,
    register_citizenship,
    register_from_abroad,
    register_name_change,
    register_sex_change,
)
from village_node.web.guided.events.shared import CLOSING, COURT_STEP, EVENT, PERSON, SEXES, about_person
from village_node.web.guided.questions import Ask, Guided, Question, Step

_KINDS = (("1", "Kelahiran"), ("3", "Perkawinan"), ("5", "Perceraian"))
_ELEMENTS = (
    ("name", "Nama"),
    ("birth_on", "Tanggal lahir"),
    ("birth_place", "Tempat lahir"),
    ("sex", "Jenis kelamin"),
    ("father_name", "Nama ayah"),
    ("mother_name", "Nama ibu"),
)


def _of_a_person(
    code: str,
    title: str,
    day: str,
    event: EventKind,
    form: Any,
    record: Any,
    questions: tuple[Question, ...],
    *,
    has_court: bool = True,
) -> Guided:
    return Guided(
        code=code,
        title=title,
        saves="Simpan laporan",
        said="Laporan tersimpan di buku desa.",
        event=event,
        about="person_id",
        prefill=about_person("person_id"),
        form=form,
        record=record,
        after="buku desa langsung berubah; kabupaten memeriksa dan mencatatnya pada akta.",
        steps=(
            Step(
                "orang",
                "Orangnya",
                "Siapa dan apa yang berubah?",
                (
                    Question("person_id", "Nama", Ask.PERSON, is_needed=True),
                    Question(day, "Tanggal", Ask.DAY, is_needed=True),
                    *questions,
                ),
            ),
            *((COURT_STEP,) if has_court else ()),
            *CLOSING,
        ),
    )


NAME_CHANGE = _of_a_person(
    "perubahan-nama",
    "Lapor perubahan nama",
    "changed_on",
    EventKind.NAME_CHANGE,
    NameChangeForm,
    register_name_change,
    (
        Question("new_name", "Nama baru", is_needed=True),
        Question("certificate_number", "Nomor akta lahir"),
    ),
)

CITIZENSHIP = _of_a_person(
    "kewarganegaraan",
    "Lapor perubahan kewarganegaraan",
    "changed_on",
    EventKind.CITIZENSHIP,
    CitizenshipForm,
    register_citizenship,
    (
        Question("citizenship", "Kewarganegaraan baru", Ask.CHOICE, of=(PERSON, "citizenship"), is_needed=True),
        Question("decree_number", "Nomor keputusan"),
        Question("decree_on", "Tanggal keputusan", Ask.DAY),
    ),
    has_court=False,
)

SEX_CHANGE = _of_a_person(
    "peristiwa-lain",
    "Lapor perubahan jenis kelamin",
    "changed_on",
    EventKind.OTHER,
    SexChangeForm,
    register_sex_change,
    (
        Question("sex", "Jenis kelamin baru", Ask.CHOICE, of=(PERSON, "sex"), choices=SEXES, is_needed=True),
        Question("certificate_number", "Nomor akta lahir"),
    ),
)

CERTIFICATE_CORRECTION = _of_a_person(
    "pembetulan-akta",
    "Lapor pembetulan akta",
    "corrected_on",
    EventKind.CERTIFICATE_CORRECTION,
    CertificateCorrectionForm,
    register_certificate_correction,
    (
        Question("element", "Yang keliru", Ask.CHOICE, choices=_ELEMENTS, is_needed=True),
        Question("new_value", "Yang benar", hint="Tanggal: 14-09-2026.", is_needed=True),
        Question("certificate_number", "Nomor akta"),
        Question("certificate_on", "Tanggal akta", Ask.DAY),
    ),
)

CERTIFICATE_ANNULMENT = _of_a_person(
    "pembatalan-akta",
    "Lapor pembatalan akta",
    "annulled_on",
    EventKind.CERTIFICATE_ANNULMENT,
    CertificateAnnulmentForm,
    register_certificate_annulment,
    (
        Question("certificate_kind", "Akta", Ask.CHOICE, of=(EVENT, "event_kind"), choices=_KINDS, is_needed=True),
        Question("certificate_on", "Tanggal akta", Ask.DAY),
    ),
)

FROM_ABROAD = _of_a_person(
    "dari-luar-negeri",
    "Lapor peristiwa di luar negeri",
    "reported_on",
    EventKind.FROM_ABROAD,
    FromAbroadForm,
    register_from_abroad,
    (
        Question("certified_kind", "Peristiwa", Ask.CHOICE, of=(EVENT, "event_kind"), choices=_KINDS, is_needed=True),
        Question("country", "Negara", is_needed=True),
        Question("certificate_number", "Nomor catatan di sana", is_needed=True),
        Question("certificate_on", "Tanggalnya", Ask.DAY, is_needed=True),
        Question("partner_name", "Nama pasangan"),
    ),
    has_court=False,
)
