"""Report a birth (F-2.01): the child of a mother of this village, in at most a minute of typing."""

from __future__ import annotations

from typing import Any

from schemas.codes import EventKind, Relation, Sex
from village_node.desk import Desk
from village_node.registration import BirthForm, register_birth
from village_node.web.guided.events.shared import EVENT, PAPERS_STEP, PERSON, REPORT_STEP
from village_node.web.guided.questions import Answers, Ask, Guided, Question, Step

_SEX = (("1", "Laki-laki"), ("2", "Perempuan"))


def _mother_unknown(answers: Answers) -> bool:
    return not answers.get("mother_id")


def _father_unknown(answers: Answers) -> bool:
    return not answers.get("father_id")


def _prefill(desk: Desk, person: bytes | None, family: bytes | None) -> dict[str, str]:
    """Take mother, father and family from the person or the family it was begun from."""
    household_id = family or (desk.values(person).get("household_id") if person is not None else None)
    if household_id is None:
        return {}
    with desk.book() as book:
        members = {key: shape.model_dump() for key, shape in book.members(household_id).items()}
    parents = {Relation.HEAD, Relation.WIFE, Relation.HUSBAND}
    couple = {key: one for key, one in members.items() if one.get("relation") in parents}
    chosen = {person: members[person]} if person in members else {}
    found = {"household_id": household_id.hex()}
    for name, sex in (("mother_id", Sex.FEMALE), ("father_id", Sex.MALE)):
        candidates = [key for key, one in (chosen | couple).items() if one.get("sex") == sex]
        if candidates:
            found[name] = candidates[0].hex()
    return found


def _form(values: dict[str, Any]) -> BirthForm:
    return BirthForm(**values)


BIRTH = Guided(
    code="kelahiran",
    title="Lapor kelahiran",
    saves="Simpan laporan kelahiran",
    said="Kelahiran tersimpan di buku desa. NIK diberikan kabupaten sesudah sinkron.",
    event=EventKind.BIRTH,
    about="mother_id",
    prefill=_prefill,
    form=_form,
    record=register_birth,
    after="bayi langsung tercatat di buku desa. NIK diberikan kabupaten, biasanya sesudah sinkron malam ini.",
    steps=(
        Step(
            "keluarga",
            "Ibu dan keluarga",
            "Siapa orang tuanya?",
            (
                Question("mother_id", "Ibu", Ask.PERSON, sex=2),
                Question("mother_name", "Nama ibu, bila bukan warga sini", when=_mother_unknown),
                Question("mother_nik", "NIK ibu", of=(PERSON, "mother_nik"), when=_mother_unknown, width="w-16"),
                Question("father_id", "Ayah", Ask.PERSON, sex=1, is_living=None),
                Question("father_name", "Nama ayah, bila bukan warga sini", when=_father_unknown),
                Question("household_id", "Masuk keluarga", Ask.FAMILY, hint="Bila kosong: keluarga ibunya."),
            ),
        ),
        Step(
            "bayi",
            "Nama bayi",
            "Siapa nama bayinya?",
            (
                Question("name", "Nama lengkap", hint="Seperti pada surat lahir.", is_needed=True),
                Question("sex", "Jenis kelamin", Ask.CHOICE, of=(PERSON, "sex"), choices=_SEX, is_needed=True),
            ),
        ),
        Step(
            "kelahiran",
            "Kelahiran",
            "Kapan dan di mana bayi lahir?",
            (
                Question("birth_on", "Tanggal lahir", Ask.DAY, is_needed=True),
                Question("birth_place_kind", "Tempat dilahirkan", Ask.CHOICE, of=(EVENT, "birth_place_kind")),
                Question("birth_place", "Kota atau kabupaten kelahiran"),
                Question("birth_kind", "Jenis kelahiran", Ask.SELECT, of=(EVENT, "birth_kind"), width="w-16"),
                Question("birth_order", "Anak ke-", Ask.NUMBER),
                Question("birth_attendant", "Penolong", Ask.SELECT, of=(EVENT, "birth_attendant"), width="w-16"),
                Question("weight_g", "Berat (gram)", Ask.NUMBER),
                Question("length_cm", "Panjang (cm)", Ask.NUMBER),
            ),
        ),
        REPORT_STEP,
        PAPERS_STEP,
    ),
)
