"""Give an invented person a name that fits culture, sex, faith and generation."""

from __future__ import annotations

from register.generator.vocabulary import BALINESE_ORDER, NAMES, Culture
from register.generator.world import World

_SINGLE_NAMES_UNTIL = 1970
_MODERN_SINCE = 1995
_ISLAM, _HINDU = 1, 4

_CHRISTIAN_FIRST = {
    1: ("YOHANES", "STEFANUS", "DANIEL", "MARKUS", "YOSUA", "ANDREAS"),
    2: ("MARIA", "THERESIA", "KRISTINA", "ESTER", "YULIANA", "MARTA"),
}


def name_of(world: World, culture: Culture, religion: int, sex: int, birth_year: int, order: int = 0) -> str:
    """Draw a full name in capitals; ``order`` counts the elder siblings."""
    words = NAMES[culture, sex]
    if culture is Culture.BALINESE:
        own = world.pick(words.old if birth_year < _SINGLE_NAMES_UNTIL else words.first)
        start = f"{'I' if sex == 1 else 'NI'} {BALINESE_ORDER[order % len(BALINESE_ORDER)]} {own}"
        return f"{start} {world.pick(words.further)}" if world.happens(0.4) else start
    if birth_year < _SINGLE_NAMES_UNTIL and world.happens(0.62):
        return world.pick(words.old)
    first = world.pick(_CHRISTIAN_FIRST[sex] if religion not in {_ISLAM, _HINDU} else words.first)
    if world.happens(0.08):
        return first
    name = f"{first} {world.pick(words.further)}"
    if birth_year >= _MODERN_SINCE and world.happens(0.3):
        middle = world.pick(words.first)
        return name if middle == first else f"{first} {middle} {world.pick(words.further)}"
    return name
