"""Say what a letter about a marriage needs beyond other letters: whom it joins, fathers' names, what the law asks.

Decides which place the other one takes (bride or groom, after the applicant's sex) and what somebody at the counter
should know before the paper goes to the religious affairs office; it refuses nothing that the law permits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from schemas.codes import MaritalStatus, Sex
from schemas.errors import RefusedError
from schemas.services import Audience
from village_node.letters.subjects import LetterSubject
from village_node.registration.draft import Caution
from village_node.registration.subjects import Person

GROOM, BRIDE = "Calon suami", "Calon istri"
FATHER, MOTHER, GUARDIAN = "Ayah", "Ibu", "Wali"

OF_COUPLES = frozenset({Audience.COUPLE, Audience.PERMISSION})
"""Letters that name whom somebody is to marry."""

_OF_MARRIAGES = OF_COUPLES | {Audience.CHILD}
_MARRIED = frozenset(
    {MaritalStatus.MARRIED, MaritalStatus.MARRIED_REGISTERED, MaritalStatus.MARRIED_UNREGISTERED},
)
_AGE_MIN, _FREE_AGE = 19, 21  # UU 16/2019 art. 7; UU 1/1974 art. 6 (2)
_SEX_OF = {
    **dict.fromkeys((GROOM, FATHER, "Suami"), Sex.MALE),
    **dict.fromkeys((BRIDE, MOTHER, "Istri"), Sex.FEMALE),
}


def partner_word(applicant: Mapping[str, Any]) -> str:
    """Return what the other one is: the bride of a man, the groom of a woman."""
    return GROOM if applicant.get("sex") == Sex.FEMALE else BRIDE


def own_word(applicant: Mapping[str, Any]) -> str:
    """Return what the applicant is."""
    return BRIDE if applicant.get("sex") == Sex.FEMALE else GROOM


def suits(word: str, values: Mapping[str, Any]) -> bool:
    """Tell whether somebody may take a place: a mother is a woman; whose sex nobody recorded may be either."""
    return values.get("sex") in {None, _SEX_OF.get(word, values.get("sex"))}


def check_place(word: str, person: Person) -> None:
    """Refuse a place that somebody's recorded sex excludes; raises RefusedError "listed-sex"."""
    if not suits(word, person.values):
        raise RefusedError(
            f"{person.name} tidak dapat menjadi {word.lower()} menurut jenis kelaminnya di buku desa",
            code="listed-sex",
            hint="Pilih orang lain, atau betulkan dulu jenis kelaminnya.",
        )


def father_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the father's name as these letters state it beside a person, nothing if nobody recorded it."""
    name = values.get("father_name")
    return {"father": str(name)} if name else {}


def marriage_cautions(audience: Audience, about: LetterSubject, today: dt.date) -> tuple[Caution, ...]:
    """Return what the law asks for besides, by the applicant's age and marital status in the register."""
    if audience not in _OF_MARRIAGES:
        return ()
    person, found = about.person, []
    if person.values.get("marital_status") in _MARRIED:
        text = f"{person.name} tercatat kawin: perlu akta cerai, akta kematian pasangan, atau izin pengadilan."
        found.append(Caution("applicant-married", "marital_status", text))
    age = person.age_on(today) if person.birth_on is not None else None
    if age is not None and age < _AGE_MIN:
        text = f"{person.name} belum {_AGE_MIN} tahun: perlu dispensasi pengadilan."
        found.append(Caution("applicant-under-age", "birth_on", text))
    if age is not None and age < _FREE_AGE and audience is not Audience.PERMISSION:
        text = f"{person.name} belum {_FREE_AGE} tahun: sertakan izin orang tua (N5)."
        found.append(Caution("permission-needed", "birth_on", text))
    return tuple(found)
