"""Name the files of a stick, so that village and hub find each other's and a person can tell them apart (protocol 13).

Decides names and order only; what a file holds is proven by its seal, never by its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

SUFFIX = ".kmp"
NUMBER_DIGITS = 8
DEVICE_CHARACTERS = 8

_NAME = re.compile(
    r"kampung-(?P<village>[0-9.]{1,20})-(?P<device>[0-9a-f]{8})-(?P<number>\d{1,18})-(?P<direction>up|down)\.kmp"
)


class Direction(StrEnum):
    """Which way a file travels: from a village to the hub, or back."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True, slots=True, order=True)
class StickName:
    """What a file's name says: sorts by village, device, then message number.

    ``device`` is the first half of the device's key id in hex; ``number`` that of the village's message, also in the
    name of its answer.
    """

    village_code: str
    device: str
    number: int
    direction: Direction

    def __str__(self) -> str:
        return f"kampung-{self.village_code}-{self.device}-{self.number:0{NUMBER_DIGITS}d}-{self.direction}{SUFFIX}"


def parse_stick_name(name: str) -> StickName | None:
    """Return what a file's name says, None for any other file.

    >>> str(parse_stick_name("kampung-35.10.01.2001-00ff00ff-7-up.kmp"))
    'kampung-35.10.01.2001-00ff00ff-00000007-up.kmp'
    >>> parse_stick_name("foto.jpg")
    """
    match = _NAME.fullmatch(name.lower())
    if match is None:
        return None
    return StickName(match["village"], match["device"], int(match["number"]), Direction(match["direction"]))
