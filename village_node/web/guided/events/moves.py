"""Report who moves or leaves, who comes back, who stays for a while, and who is missing (F-1.03)."""

from __future__ import annotations

from typing import Any

from schemas.codes import EventKind
from village_node.desk import Desk
from village_node.registration import (
    JoinForm,
    LeaveForm,
    MissingForm,
    MoveAbroadForm,
    MoveInsideForm,
    MoveOutForm,
    ReturnForm,
    TemporaryInForm,
    TemporaryOutForm,
    register_found,
    register_join,
    register_leave,
    register_missing,
    register_move_abroad,
    register_move_inside,
    register_move_out,
    register_return,
    register_temporary_in,
    register_temporary_out,
)
from village_node.web.guided.events.shared import (
    CLOSING,
    PERSON,
    PLACE_HINT,
    REASON,
    SEXES,
    about_family,
    about_person,
    family_of,
)
from village_node.web.guided.questions import Answers, Ask, Guided, Question, Step, is_answer
from village_node.web.places import ANYWHERE, HAMLET, STREET, TOWN

_WHOLE = (("semua", "Seluruh keluarga"), ("sebagian", "Sebagian anggota"))


def _out_prefill(desk: Desk, person: bytes | None, family: bytes | None) -> dict[str, str]:
    found = family_of(desk, person, family)
    if found is None:
        return {}
    some = {"movers": person.hex(), "who": "sebagian"} if person is not None else {"who": "semua"}
    return {"household_id": found.hex(), **some}


def _people_prefill(_desk: Desk, person: bytes | None, _family: bytes | None) -> dict[str, str]:
    return {"person_id": person.hex(), "person_ids": person.hex()} if person is not None else {}


def _leavers(values: dict[str, Any]) -> dict[str, Any]:
    """Leave the movers out when the whole family goes."""
    who = values.pop("who", "semua")
    return values if who == "sebagian" else {key: one for key, one in values.items() if key != "movers"}


def _people(values: dict[str, Any]) -> dict[str, Any]:
    """Take the person that the form is about along with those who were ticked."""
    first, others = values.pop("person_id", None), values.pop("person_ids", ())
    return {**values, "person_ids": tuple(dict.fromkeys([*([first] if first else []), *others]))}


_WHO = Step(
    "siapa",
    "Yang pindah",
    "Siapa yang pindah?",
    (
        Question("household_id", "Keluarga", Ask.FAMILY, is_needed=True),
        Question("who", "Yang pindah", Ask.CHOICE, choices=_WHOLE),
        Question("movers", "Pilih orangnya", Ask.MEMBERS, members_of="household_id", when=is_answer("who", "sebagian")),
    ),
    hint="Pilih keluarganya dulu; anggotanya muncul sesudah Lanjut.",
)

_PICKED = Step(
    "orang",
    "Anggota",
    "Siapa saja yang pindah?",
    (Question("movers", "Yang pindah", Ask.MEMBERS, members_of="household_id"),),
    when=lambda answers: answers.get("who") == "sebagian" and bool(answers.get("household_id")),
)

MOVE_OUT = Guided(
    code="pindah-keluar",
    title="Lapor pindah ke luar desa",
    saves="Simpan laporan pindah",
    said="Kepindahan tersimpan di buku desa.",
    event=EventKind.MOVE_OUT,
    about="household_id",
    prefill=_out_prefill,
    form=MoveOutForm,
    arranged=_leavers,
    record=register_move_out,
    after="yang pindah keluar dari daftar penduduk desa; surat pindah diterbitkan kabupaten.",
    steps=(
        _WHO,
        _PICKED,
        Step(
            "tujuan",
            "Tujuan",
            "Kapan dan ke mana pindah?",
            (
                Question("left_on", "Tanggal pindah", Ask.DAY, is_needed=True),
                Question("destination", "Tujuan", Ask.PLACE, hint=PLACE_HINT, is_needed=True),
                REASON,
                Question("certificate_number", "Nomor surat pindah (SKP)"),
            ),
        ),
        *CLOSING,
    ),
)

MOVE_ABROAD = Guided(
    code="pindah-luar-negeri",
    title="Lapor pindah ke luar negeri",
    saves="Simpan laporan pindah",
    said="Kepindahan tersimpan di buku desa.",
    event=EventKind.MOVE_OUT,
    about="household_id",
    prefill=_out_prefill,
    form=MoveAbroadForm,
    arranged=_leavers,
    record=register_move_abroad,
    after="yang pindah keluar dari daftar penduduk desa.",
    steps=(
        _WHO,
        _PICKED,
        Step(
            "tujuan",
            "Tujuan",
            "Kapan dan ke negara mana?",
            (
                Question("left_on", "Tanggal berangkat", Ask.DAY, is_needed=True),
                Question("country", "Negara", is_needed=True),
                Question("city", "Kota"),
                REASON,
                Question("certificate_number", "Nomor SKPLN"),
            ),
        ),
        *CLOSING,
    ),
)

MOVE_INSIDE = Guided(
    code="pindah-dalam",
    title="Lapor pindah di dalam desa",
    saves="Simpan alamat baru",
    said="Alamat keluarga tersimpan di buku desa.",
    event=EventKind.MOVE_INSIDE,
    about="household_id",
    prefill=about_family("household_id"),
    form=MoveInsideForm,
    record=register_move_inside,
    after="semua anggota keluarga ikut alamat yang baru.",
    steps=(
        Step(
            "keluarga",
            "Keluarga",
            "Keluarga mana yang pindah?",
            (Question("household_id", "Keluarga", Ask.FAMILY, is_needed=True),),
            hint="Hanya sebagian yang pindah ke keluarga lain? Pakai laporan Pindah KK.",
        ),
        Step(
            "alamat",
            "Alamat baru",
            "Di mana alamat barunya?",
            (
                Question("moved_on", "Tanggal pindah", Ask.DAY, is_needed=True),
                Question("address", "Alamat", places=STREET),
                Question("hamlet", "Dusun", places=HAMLET),
                Question("rw", "RW", width="w-4"),
                Question("rt", "RT", width="w-4"),
                Question("postal_code", "Kode pos", width="w-10"),
            ),
            hint="Isi yang berubah saja.",
        ),
        *CLOSING,
    ),
)


def _join_prefill(_desk: Desk, person: bytes | None, family: bytes | None) -> dict[str, str]:
    found = {"household_id": family.hex()} if family is not None else {}
    return {**found, "person_id": person.hex(), "movers": person.hex()} if person is not None else found


def _joiners(values: dict[str, Any]) -> dict[str, Any]:
    """Put the person that the form is about first among the movers."""
    first, others = values.pop("person_id"), values.pop("movers", ())
    return {**values, "movers": tuple(dict.fromkeys([first, *others]))}


JOIN = Guided(
    code="pindah-kk",
    title="Lapor pindah KK",
    saves="Simpan pindah KK",
    said="Pindah KK tersimpan di buku desa.",
    event=EventKind.MOVE_INSIDE,
    about="person_id",
    prefill=_join_prefill,
    form=JoinForm,
    arranged=_joiners,
    record=register_join,
    after="mereka ikut alamat keluarga yang dituju; KK diterbitkan kabupaten.",
    steps=(
        Step(
            "siapa",
            "Yang pindah",
            "Siapa yang pindah KK?",
            (
                Question("person_id", "Nama", Ask.PERSON, is_needed=True),
                Question("household_id", "Masuk keluarga", Ask.FAMILY, is_needed=True),
                Question("moved_on", "Tanggal pindah", Ask.DAY, is_needed=True),
            ),
        ),
        Step(
            "anggota",
            "Anggota",
            "Siapa lagi yang ikut?",
            (
                Question("movers", "Yang pindah", Ask.MEMBERS, members_of="person_id"),
                Question(
                    "old_head_id", "Pengganti kepala keluarga yang ditinggalkan", Ask.MEMBER, members_of="person_id"
                ),
            ),
        ),
        Step(
            "hubungan",
            "Hubungan",
            "Apa hubungan mereka dengan kepala keluarga yang baru?",
            (Question("relations", "Hubungan", Ask.RELATIONS, members_of="person_id movers"),),
        ),
        *CLOSING,
    ),
)

_CONDITION = (Question("person_id", "Nama", Ask.PERSON, is_needed=True),)


def _gone(answers: Answers) -> bool:
    return bool(answers.get("person_id"))


LEAVE = Guided(
    code="pergi",
    title="Lapor pergi tanpa surat pindah",
    saves="Simpan laporan pergi",
    said="Kepergian tersimpan di buku desa.",
    event=EventKind.LEFT,
    about="person_id",
    prefill=_people_prefill,
    form=LeaveForm,
    arranged=_people,
    record=register_leave,
    after="orangnya tidak lagi dihitung sebagai penduduk yang tinggal di sini; bila kembali, datanya hidup lagi.",
    steps=(
        Step("orang", "Yang pergi", "Siapa yang pergi?", _CONDITION),
        Step(
            "anggota",
            "Anggota",
            "Siapa lagi yang ikut?",
            (Question("person_ids", "Yang pergi", Ask.MEMBERS, members_of="person_id"),),
            when=_gone,
        ),
        Step(
            "kejadian",
            "Kejadian",
            "Sejak kapan dan ke mana?",
            (
                Question("left_on", "Sejak tanggal", Ask.DAY, is_needed=True),
                Question("destination", "Ke mana, sejauh diketahui", places=ANYWHERE),
                REASON,
            ),
        ),
        *CLOSING,
    ),
)

MISSING = Guided(
    code="hilang",
    title="Lapor orang hilang",
    saves="Simpan laporan orang hilang",
    said="Laporan orang hilang tersimpan.",
    event=EventKind.MISSING,
    about="person_id",
    prefill=about_person("person_id"),
    form=MissingForm,
    record=register_missing,
    after="menurut hukum yang hilang tetap penduduk sampai ada penetapan pengadilan.",
    steps=(
        Step("orang", "Yang hilang", "Siapa yang hilang?", _CONDITION),
        Step(
            "kejadian",
            "Kejadian",
            "Sejak kapan hilang?",
            (
                Question("missing_on", "Sejak tanggal", Ask.DAY, is_needed=True),
                Question("place", "Terakhir terlihat di", places=ANYWHERE),
                Question("certificate_number", "Nomor laporan polisi"),
            ),
        ),
        *CLOSING,
    ),
)


def _return_steps(word: str) -> tuple[Step, ...]:
    return (
        Step(
            "orang",
            word,
            "Siapa yang kembali?",
            (
                Question("person_id", "Nama", Ask.PERSON, is_needed=True, is_living=None),
                Question("household_id", "Masuk keluarga", Ask.FAMILY, hint="Kosong: keluarganya yang dulu."),
            ),
        ),
        Step(
            "kejadian",
            "Kejadian",
            "Kapan dan dari mana?",
            (
                Question("returned_on", "Tanggal", Ask.DAY, is_needed=True),
                Question("origin", "Dari mana", places=ANYWHERE),
            ),
        ),
        *CLOSING,
    )


RETURN = Guided(
    code="kembali",
    title="Lapor kembali ke desa",
    saves="Simpan laporan kembali",
    said="Kedatangan kembali tersimpan; orangnya sama, riwayatnya utuh.",
    event=EventKind.RETURNED,
    about="person_id",
    prefill=about_person("person_id"),
    form=ReturnForm,
    arranged=_people,
    record=register_return,
    after="dihitung sebagai kedatangan bulan ini; kepergiannya dulu tetap di buku.",
    steps=_return_steps("Yang kembali"),
)

FOUND = Guided(
    code="ditemukan",
    title="Lapor orang hilang ditemukan",
    saves="Simpan laporan ditemukan",
    said="Orang yang hilang sudah tercatat ditemukan.",
    event=EventKind.RETURNED,
    about="person_id",
    prefill=about_person("person_id"),
    form=ReturnForm,
    arranged=_people,
    record=register_found,
    after="statusnya kembali hidup di desa ini.",
    steps=_return_steps("Yang ditemukan"),
)

TEMPORARY_IN = Guided(
    code="sementara-datang",
    title="Lapor penduduk sementara",
    saves="Simpan penduduk sementara",
    said="Penduduk sementara tercatat.",
    event=EventKind.TEMPORARY_IN,
    about="name",
    prefill=about_family("household_id"),
    form=TemporaryInForm,
    record=register_temporary_in,
    after="dicatat paling lama setahun dan tidak dihitung sebagai anggota KK.",
    steps=(
        Step(
            "orang",
            "Orangnya",
            "Siapa yang datang untuk sementara?",
            (
                Question("name", "Nama lengkap", is_needed=True),
                Question("nik", "NIK", of=(PERSON, "nik"), width="w-16"),
                Question("sex", "Jenis kelamin", Ask.CHOICE, of=(PERSON, "sex"), choices=SEXES),
                Question("birth_place", "Tempat lahir", places=TOWN),
                Question("birth_on", "Tanggal lahir", Ask.DAY),
                Question("occupation", "Pekerjaan", Ask.SELECT, of=(PERSON, "occupation")),
                Question("phone", "Telepon", width="w-16"),
            ),
        ),
        Step(
            "tinggal",
            "Tempat tinggal",
            "Di mana dan berapa lama?",
            (
                Question("household_id", "Tinggal bersama keluarga", Ask.FAMILY, is_needed=True),
                Question("arrived_on", "Tanggal datang", Ask.DAY, is_needed=True),
                Question("origin", "Asal", is_needed=True, places=ANYWHERE),
                Question("stay_until", "Sampai tanggal", Ask.DAY),
                REASON,
            ),
        ),
        *CLOSING,
    ),
)

TEMPORARY_OUT = Guided(
    code="sementara-pergi",
    title="Lapor penduduk sementara pergi",
    saves="Simpan kepergian",
    said="Kepergian penduduk sementara tercatat.",
    event=EventKind.TEMPORARY_OUT,
    about="person_id",
    prefill=about_person("person_id"),
    form=TemporaryOutForm,
    record=register_temporary_out,
    steps=(
        Step(
            "orang",
            "Orangnya",
            "Siapa yang pergi?",
            (
                Question("person_id", "Nama", Ask.PERSON, is_needed=True),
                Question("left_on", "Tanggal pergi", Ask.DAY, is_needed=True),
                Question("destination", "Ke mana", places=ANYWHERE),
            ),
        ),
        *CLOSING,
    ),
)
