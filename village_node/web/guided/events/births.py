"""Report a birth or a stillbirth (F-2.01): of a mother of this village, in at most a minute of typing."""

from __future__ import annotations

from schemas.codes import EventKind, Relation, Sex
from village_node.desk import Desk
from village_node.registration import BirthForm, StillbirthForm, register_birth, register_stillbirth
from village_node.web.guided.events.shared import (
    CLOSING,
    EVENT,
    PAPERS_CASE,
    PERSON,
    SEXES,
    father_unknown,
    mother_unknown,
)
from village_node.web.guided.questions import Ask, Guided, Question, Step
from village_node.web.places import TOWN


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


BIRTH = Guided(
    code="kelahiran",
    title="Lapor kelahiran",
    saves="Simpan laporan kelahiran",
    said="Kelahiran tersimpan di buku desa. NIK diberikan kabupaten sesudah sinkron.",
    event=EventKind.BIRTH,
    about="mother_id",
    prefill=_prefill,
    form=BirthForm,
    record=register_birth,
    after="bayi langsung tercatat di buku desa. NIK diberikan kabupaten, biasanya sesudah sinkron malam ini.",
    steps=(
        Step(
            "keluarga",
            "Ibu dan keluarga",
            "Siapa orang tuanya?",
            (
                Question("mother_id", "Ibu", Ask.PERSON, sex=2),
                Question("mother_name", "Nama ibu, bila bukan warga sini", when=mother_unknown),
                Question("mother_nik", "NIK ibu", of=(PERSON, "mother_nik"), when=mother_unknown, width="w-16"),
                Question("father_id", "Ayah", Ask.PERSON, sex=1, is_living=None),
                Question("father_name", "Nama ayah, bila bukan warga sini", when=father_unknown),
                PAPERS_CASE,
                Question("household_id", "Masuk keluarga", Ask.FAMILY, hint="Bila kosong: keluarga ibunya."),
            ),
        ),
        Step(
            "bayi",
            "Nama bayi",
            "Siapa nama bayinya?",
            (
                Question("name", "Nama lengkap", hint="Seperti pada surat lahir.", is_needed=True),
                Question("sex", "Jenis kelamin", Ask.CHOICE, of=(PERSON, "sex"), choices=SEXES, is_needed=True),
            ),
        ),
        Step(
            "kelahiran",
            "Kelahiran",
            "Kapan dan di mana bayi lahir?",
            (
                Question("birth_on", "Tanggal lahir", Ask.DAY, is_needed=True),
                Question("birth_place_kind", "Tempat dilahirkan", Ask.CHOICE, of=(EVENT, "birth_place_kind")),
                Question("birth_place", "Kota atau kabupaten kelahiran", places=TOWN),
                Question("birth_kind", "Jenis kelahiran", Ask.SELECT, of=(EVENT, "birth_kind"), width="w-16"),
                Question("birth_order", "Anak ke-", Ask.NUMBER),
                Question("birth_attendant", "Penolong", Ask.SELECT, of=(EVENT, "birth_attendant"), width="w-16"),
                Question("weight_g", "Berat (gram)", Ask.NUMBER),
                Question("length_cm", "Panjang (cm)", Ask.NUMBER),
            ),
        ),
        *CLOSING,
    ),
)


STILLBIRTH = Guided(
    code="lahir-mati",
    title="Lapor lahir mati",
    saves="Simpan laporan lahir mati",
    said="Lahir mati tersimpan di buku peristiwa.",
    event=EventKind.FOETAL_DEATH,
    about="mother_id",
    prefill=_prefill,
    form=StillbirthForm,
    record=register_stillbirth,
    after="peristiwanya tercatat; tidak ada orang yang ditambahkan ke buku penduduk.",
    steps=(
        Step(
            "keluarga",
            "Orang tua",
            "Siapa orang tuanya?",
            (
                Question("mother_id", "Ibu", Ask.PERSON, sex=2, is_needed=True),
                Question("father_id", "Ayah", Ask.PERSON, sex=1, is_living=None),
                Question("father_name", "Nama ayah, bila bukan warga sini", when=father_unknown),
            ),
        ),
        Step(
            "kejadian",
            "Kejadian",
            "Kapan dan bagaimana terjadinya?",
            (
                Question("occurred_on", "Tanggal", Ask.DAY, is_needed=True),
                Question("gestation_weeks", "Lama dalam kandungan (minggu)", Ask.NUMBER),
                Question("sex", "Jenis kelamin", Ask.CHOICE, of=(PERSON, "sex"), choices=SEXES),
                Question("birth_place_kind", "Tempat", Ask.CHOICE, of=(EVENT, "birth_place_kind")),
                Question("place", "Kota atau kabupaten", places=TOWN),
                Question("birth_attendant", "Penolong", Ask.SELECT, of=(EVENT, "birth_attendant"), width="w-16"),
                Question("foetal_cause", "Sebab"),
                Question("foetal_certifier", "Yang menerangkan", Ask.SELECT, of=(EVENT, "foetal_certifier")),
            ),
        ),
        *CLOSING,
    ),
)
