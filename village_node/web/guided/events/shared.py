"""Questions that several events ask alike: who reports it, who witnessed it, which papers, which court."""

from __future__ import annotations

from collections.abc import Callable

from schemas.fields import Kind
from village_node.desk import Desk
from village_node.web.guided.questions import Answers, Ask, Question, Step
from village_node.web.places import COURT, HAMLET, STREET

EVENT, PERSON, FAMILY = Kind.VITAL_EVENT, Kind.RESIDENT, Kind.HOUSEHOLD

Prefill = Callable[[Desk, bytes | None, bytes | None], dict[str, str]]

SEXES = (("1", "Laki-laki"), ("2", "Perempuan"))

REPORT_STEP = Step(
    "pelapor",
    "Pelapor dan saksi",
    "Siapa yang melapor?",
    (
        Question("informant_name", "Nama pelapor"),
        Question("informant_nik", "NIK pelapor", of=(EVENT, "informant_nik"), width="w-16"),
        Question("witnesses", "Saksi", Ask.NAMES, hint="Satu nama tiap baris."),
    ),
)

PAPERS_STEP = Step(
    "berkas",
    "Berkas",
    "Berkas apa yang dibawa?",
    (Question("papers", "Yang sudah ada", Ask.PAPERS),),
    hint="Yang belum ada boleh menyusul; laporan tetap tercatat.",
)

CLOSING = (REPORT_STEP, PAPERS_STEP)
"""What every report ends with, before the check."""

PAPERS_CASE = Question("papers_case", "Keadaan", Ask.SELECT, hint="Menentukan berkas yang diperlukan.")

COURT_STEP = Step(
    "pengadilan",
    "Putusan pengadilan",
    "Apa dasar putusannya?",
    (
        Question("court_name", "Pengadilan", places=COURT),
        Question("court_number", "Nomor putusan"),
        Question("court_on", "Tanggal putusan tetap", Ask.DAY),
    ),
)

ADDRESS = (
    Question("address.address", "Alamat", hint="Jalan atau lingkungan; kosong: sama seperti sekarang.", places=STREET),
    Question("address.hamlet", "Dusun", places=HAMLET),
    Question("address.rw", "RW", width="w-4"),
    Question("address.rt", "RT", width="w-4"),
    Question("address.postal_code", "Kode pos", width="w-10"),
)

PLACE_HINT = "Mulai ketik nama desa, boleh dengan kecamatannya. Di luar daftar: tulis apa adanya."

REASON = Question("reason", "Alasan pindah", Ask.CHOICE, of=(EVENT, "move_reason"))


def father_unknown(answers: Answers) -> bool:
    """Ask who the father is when nobody here was named."""
    return not answers.get("father_id")


def mother_unknown(answers: Answers) -> bool:
    """Ask who the mother is when nobody here was named."""
    return not answers.get("mother_id")


PARENTS = (
    Question("father_id", "Ayah", Ask.PERSON, sex=1, is_living=None),
    Question("father_name", "Nama ayah, bila bukan warga sini", when=father_unknown),
    Question("father_nik", "NIK ayah", of=(PERSON, "father_nik"), when=father_unknown, width="w-16"),
    Question("mother_id", "Ibu", Ask.PERSON, sex=2, is_living=None),
    Question("mother_name", "Nama ibu, bila bukan warga sini", when=mother_unknown),
    Question("mother_nik", "NIK ibu", of=(PERSON, "mother_nik"), when=mother_unknown, width="w-16"),
)


def about_person(name: str) -> Prefill:
    """Return a prefill that answers a question with the person the form was begun from."""

    def prefill(_desk: Desk, person: bytes | None, _family: bytes | None) -> dict[str, str]:
        return {name: person.hex()} if person is not None else {}

    return prefill


def about_family(name: str) -> Prefill:
    """Return a prefill that answers a question with the family, or with that of the person it was begun from."""

    def prefill(desk: Desk, person: bytes | None, family: bytes | None) -> dict[str, str]:
        found = family_of(desk, person, family)
        return {name: found.hex()} if found is not None else {}

    return prefill


def family_of(desk: Desk, person: bytes | None, family: bytes | None) -> bytes | None:
    """Return the family a form was begun from, or that of the person."""
    found: bytes | None = family or (desk.values(person).get("household_id") if person is not None else None)
    return found
