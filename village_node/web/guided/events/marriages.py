"""Report a marriage, a divorce, or that a court annulled one (F-2.01, F-1.05)."""

from __future__ import annotations

from typing import Any

from schemas.codes import EventKind, Sex
from village_node.desk import Desk
from village_node.registration import (
    AnnulledDivorceForm,
    AnnulledMarriageForm,
    DivorceForm,
    MarriageForm,
    register_annulled_divorce,
    register_annulled_marriage,
    register_divorce,
    register_marriage,
)
from village_node.web.guided.events.shared import (
    ADDRESS,
    CLOSING,
    COURT_STEP,
    EVENT,
    PAPERS_CASE,
    PERSON,
    about_person,
)
from village_node.web.guided.questions import Answers, Ask, Guided, Question, Step, is_answer
from village_node.web.places import ANYWHERE

_HOMES = (
    ("tetap", "Tetap di KK masing-masing"),
    ("suami", "Istri masuk KK suami"),
    ("istri", "Suami masuk KK istri"),
    ("baru", "Membentuk KK baru"),
)


def _one_is_missing(answers: Answers) -> bool:
    return not (answers.get("husband_id") and answers.get("wife_id"))


def _marriage_prefill(desk: Desk, person: bytes | None, _family: bytes | None) -> dict[str, str]:
    if person is None:
        return {}
    is_man = desk.values(person).get("sex") == Sex.MALE
    return {"husband_id" if is_man else "wife_id": person.hex(), "residence": "tetap"}


def _stated(values: dict[str, Any]) -> dict[str, Any]:
    """Turn "only stated" round into what the use case asks: is it registered."""
    is_stated = values.pop("is_stated", False)
    return {**values, "is_registered": not is_stated}


def _couple(values: dict[str, Any]) -> dict[str, Any]:
    """Put the two people of a couple where the use case wants them."""
    pair = (values.pop("person_id", None), values.pop("spouse_id", None))
    return {**values, "person_ids": tuple(one for one in pair if one is not None)}


def _parted(values: dict[str, Any]) -> dict[str, Any]:
    """Put the couple, and who of them leaves the house, where the use case wants them."""
    leaver = {"saya": values.get("person_id"), "pasangan": values.get("spouse_id")}.get(values.pop("leaves", ""))
    return {**_couple(_stated(values)), "leaver_id": leaver}


MARRIAGE = Guided(
    code="perkawinan",
    title="Lapor perkawinan",
    saves="Simpan laporan perkawinan",
    said="Perkawinan tersimpan di buku desa.",
    event=EventKind.MARRIAGE,
    about="wife_id",
    prefill=_marriage_prefill,
    form=MarriageForm,
    arranged=_stated,
    record=register_marriage,
    after="status keduanya langsung berubah; KK diterbitkan kabupaten.",
    steps=(
        Step(
            "pasangan",
            "Pasangan",
            "Siapa yang menikah?",
            (
                Question("husband_id", "Suami", Ask.PERSON, sex=1),
                Question("wife_id", "Istri", Ask.PERSON, sex=2),
                Question("partner_name", "Nama pasangan yang bukan warga sini", when=_one_is_missing),
                Question(
                    "partner_nik", "NIK pasangan itu", of=(EVENT, "partner_nik"), when=_one_is_missing, width="w-16"
                ),
            ),
        ),
        Step(
            "perkawinan",
            "Perkawinan",
            "Kapan dan di mana menikah?",
            (
                Question("married_on", "Tanggal perkawinan", Ask.DAY, is_needed=True),
                Question("place", "Tempat", places=ANYWHERE),
                Question("religion", "Menurut agama", Ask.SELECT, of=(EVENT, "religion"), width="w-16"),
                Question("officiant", "Yang mencatat atau memberkati"),
                Question("marriage_order", "Perkawinan ke-", Ask.NUMBER),
                Question("certificate_number", "Nomor buku nikah atau akta"),
                Question("is_stated", "Belum tercatat (surat pernyataan F-1.05)", Ask.YES),
                PAPERS_CASE,
            ),
        ),
        Step(
            "rumah",
            "Tempat tinggal",
            "Di KK mana mereka tinggal?",
            (
                Question("residence", "Sesudah menikah", Ask.CHOICE, choices=_HOMES),
                Question(
                    "movers",
                    "Yang ikut pindah",
                    Ask.MEMBERS,
                    hint="Misalnya anak bawaan. Pasangan itu sendiri tidak perlu dicentang.",
                    members_of="wife_id husband_id",
                    when=is_answer("residence", "suami", "istri", "baru"),
                ),
                Question(
                    "old_head_id",
                    "Pengganti kepala keluarga yang ditinggalkan",
                    Ask.MEMBER,
                    hint="Hanya bila kepala keluarga yang pindah.",
                    members_of="wife_id husband_id",
                    when=is_answer("residence", "suami", "istri", "baru"),
                ),
            ),
        ),
        Step("alamat", "Alamat", "Di mana keluarga baru tinggal?", ADDRESS, when=is_answer("residence", "baru")),
        *CLOSING,
    ),
)

DIVORCE = Guided(
    code="perceraian",
    title="Lapor perceraian",
    saves="Simpan laporan perceraian",
    said="Perceraian tersimpan di buku desa.",
    event=EventKind.DIVORCE,
    about="person_id",
    prefill=about_person("person_id"),
    form=DivorceForm,
    arranged=_parted,
    record=register_divorce,
    after="status keduanya langsung berubah; KK diterbitkan kabupaten.",
    steps=(
        Step(
            "pasangan",
            "Pasangan",
            "Siapa yang bercerai?",
            (
                Question("person_id", "Salah seorang", Ask.PERSON, is_needed=True),
                Question("spouse_id", "Pasangannya", Ask.PERSON, hint="Boleh kosong bila satu KK."),
                Question("partner_name", "Nama pasangan yang bukan warga sini", when=lambda a: not a.get("spouse_id")),
            ),
        ),
        Step(
            "perceraian",
            "Perceraian",
            "Kapan bercerai?",
            (
                Question("divorced_on", "Tanggal perceraian", Ask.DAY, is_needed=True),
                Question("certificate_number", "Nomor akta cerai"),
                Question("is_stated", "Belum tercatat (surat pernyataan F-1.05)", Ask.YES),
            ),
        ),
        COURT_STEP,
        Step(
            "rumah",
            "Tempat tinggal",
            "Siapa yang pindah dari KK?",
            (
                Question(
                    "leaves",
                    "Yang keluar dari KK",
                    Ask.CHOICE,
                    choices=(
                        ("", "Belum ada yang pindah"),
                        ("saya", "Yang disebut pertama"),
                        ("pasangan", "Pasangannya"),
                    ),
                ),
                Question(
                    "to_household_id",
                    "Masuk keluarga",
                    Ask.FAMILY,
                    hint="Kosong: KK baru.",
                    when=is_answer("leaves", "saya", "pasangan"),
                ),
                Question(
                    "movers",
                    "Anak yang ikut",
                    Ask.MEMBERS,
                    members_of="person_id",
                    when=is_answer("leaves", "saya", "pasangan"),
                ),
            ),
        ),
        *CLOSING,
    ),
)


def _annulled(kind: str, title: str, form: Any, record: Any, event: EventKind, more: tuple[Question, ...]) -> Guided:
    return Guided(
        code=kind,
        title=title,
        saves="Simpan pembatalan",
        said="Pembatalan tersimpan di buku desa.",
        event=event,
        about="person_id",
        prefill=about_person("person_id"),
        form=form,
        arranged=_couple,
        record=record,
        after="status keduanya kembali seperti sebelumnya.",
        steps=(
            Step(
                "pasangan",
                "Pasangan",
                "Siapa pasangannya?",
                (
                    Question("person_id", "Salah seorang", Ask.PERSON, is_needed=True),
                    Question("spouse_id", "Pasangannya", Ask.PERSON),
                    Question("annulled_on", "Tanggal pembatalan", Ask.DAY, is_needed=True),
                    *more,
                ),
            ),
            COURT_STEP,
            *CLOSING,
        ),
    )


ANNULLED_MARRIAGE = _annulled(
    "pembatalan-perkawinan",
    "Lapor pembatalan perkawinan",
    AnnulledMarriageForm,
    register_annulled_marriage,
    EventKind.MARRIAGE_ANNULMENT,
    (Question("former_status", "Status sebelum menikah", Ask.SELECT, of=(PERSON, "marital_status"), width="w-16"),),
)

ANNULLED_DIVORCE = _annulled(
    "pembatalan-perceraian",
    "Lapor pembatalan perceraian",
    AnnulledDivorceForm,
    register_annulled_divorce,
    EventKind.DIVORCE_ANNULMENT,
    (),
)
