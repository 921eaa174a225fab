"""Report people who move in (F-1.03): how many, then each of them, into a family that is here or as a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from schemas.codes import EventKind
from schemas.numbers import whole_number
from village_node.registration import MoveInForm, Newcomer, register_move_in
from village_node.web.guided.events.shared import (
    ADDRESS,
    CLOSING,
    FAMILY,
    PERSON,
    PLACE_HINT,
    REASON,
    SEXES,
    about_family,
)
from village_node.web.guided.questions import Answers, Ask, Guided, Question, Step
from village_node.web.places import TOWN

PEOPLE_MAX = 12
"""On one form; a larger family comes on two, into the same card."""

_PARTS = (
    "name",
    "nik",
    "sex",
    "relation",
    "birth_place",
    "birth_on",
    "religion",
    "marital_status",
    "education",
    "occupation",
    "father_name",
    "mother_name",
)


def _comes(number: int) -> Callable[[Answers], bool]:
    def comes(answers: Answers) -> bool:
        people = whole_number(answers.get("people", "1"))
        return number <= (1 if people is None else people)

    return comes


def _person_step(number: int) -> Step:
    def ask(name: str, label: str, how: Ask = Ask.TEXT, **more: Any) -> Question:
        of = (PERSON, name) if name != "name" else None
        return Question(f"n{number}_{name}", label, how, of=of, **more)

    return Step(
        f"orang-{number}",
        f"Orang ke-{number}",
        f"Siapa orang ke-{number}?",
        (
            ask("name", "Nama lengkap", is_needed=True),
            ask("nik", "NIK", hint="Bekas warga sini dikenali dari NIK-nya; datanya hidup lagi.", width="w-16"),
            ask("sex", "Jenis kelamin", Ask.CHOICE, choices=SEXES, is_needed=True),
            ask("relation", "Hubungan dalam keluarga", Ask.SELECT, is_needed=True),
            ask("birth_place", "Tempat lahir", places=TOWN),
            ask("birth_on", "Tanggal lahir", Ask.DAY),
            ask("religion", "Agama", Ask.SELECT),
            ask("marital_status", "Status perkawinan", Ask.SELECT),
            ask("education", "Pendidikan terakhir", Ask.SELECT),
            ask("occupation", "Pekerjaan", Ask.SELECT),
            ask("father_name", "Nama ayah"),
            ask("mother_name", "Nama ibu"),
        ),
        when=_comes(number),
    )


def _household(values: dict[str, Any]) -> dict[str, Any]:
    """Gather the answers about each newcomer."""
    values.pop("people", None)
    newcomers = []
    for number in range(1, PEOPLE_MAX + 1):
        found = {part: values.pop(f"n{number}_{part}", None) for part in _PARTS}
        if found["name"] is not None:
            newcomers.append(Newcomer(**found))
    return {**values, "newcomers": tuple(newcomers)}


def _is_new_family(answers: Answers) -> bool:
    return not answers.get("household_id")


MOVE_IN = Guided(
    code="datang",
    title="Lapor kedatangan",
    saves="Simpan laporan kedatangan",
    said="Kedatangan tersimpan di buku desa.",
    event=EventKind.MOVE_IN,
    about="n1_name",
    prefill=about_family("household_id"),
    form=MoveInForm,
    arranged=_household,
    record=register_move_in,
    after="mereka langsung tercatat; bila asalnya desa di kabupaten ini, kepergiannya di sana dipasangkan sendiri.",
    steps=(
        Step(
            "asal",
            "Asal",
            "Kapan dan dari mana datangnya?",
            (
                Question("arrived_on", "Tanggal datang", Ask.DAY, is_needed=True),
                Question(
                    "origin",
                    "Asal",
                    Ask.PLACE,
                    hint=PLACE_HINT,
                    is_needed=True,
                ),
                Question("people", "Berapa orang yang datang?", Ask.NUMBER, is_needed=True),
                REASON,
            ),
        ),
        Step(
            "rumah",
            "Tempat tinggal",
            "Di keluarga mana mereka tinggal?",
            (
                Question("household_id", "Masuk keluarga", Ask.FAMILY, hint="Kosong: keluarga baru di desa ini."),
                Question(
                    "family_number",
                    "Nomor KK yang dibawa",
                    of=(FAMILY, "family_number"),
                    when=_is_new_family,
                    width="w-16",
                ),
            ),
        ),
        Step("alamat", "Alamat", "Di mana mereka tinggal?", ADDRESS, when=_is_new_family),
        *(_person_step(number) for number in range(1, PEOPLE_MAX + 1)),
        *CLOSING,
    ),
)
