"""Read where somebody moves to or comes from: a village by its official code, or any other place in words.

A code is what the district pairs both sides of a move by (protocol 12.1), so it must exist; words are for places
outside the list.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.errors import RefusedError
from schemas.identifiers import RegionCode, RegionLevel
from schemas.regions import region
from village_node.registration.form_checks import required

_CODE = re.compile(r"[0-9.]{10,13}")
_AT_END = re.compile(r"\(([0-9.]{10,13})\)$")
"""A village as suggestions name it: "Setail, Genteng, Kabupaten Banyuwangi (35.10.09.2004)"."""


@dataclass(frozen=True, slots=True)
class Place:
    """``stated`` is the official code or the officer's words, ``shown`` what people read."""

    stated: str
    shown: str


def place_of(typed: str, name: str, label: str, own_village: str) -> Place:
    """Return the place an officer typed.

    Raises DataError "value-missing", IdentifierError "region-unknown" for a code that does not exist, RefusedError
    "move-inside" for the village itself.
    """
    text = required(typed, name, label)
    stated = _AT_END.search(text)
    digits = stated[1] if stated is not None else text
    if not _CODE.fullmatch(digits):
        return Place(text, text)
    code = RegionCode.from_text(digits)
    if code.level is not RegionLevel.VILLAGE:
        return Place(text, text)
    if code == RegionCode.from_text(own_village):
        raise RefusedError(
            "Tempat yang dipilih adalah desa ini sendiri",
            code="move-inside",
            hint="Pindah di dalam desa dicatat sebagai pindah dalam desa.",
        )
    found = region(code)
    above = region(code.parent).name if code.parent is not None else ""
    return Place(str(code), f"{found.name}, {above} ({code})")
