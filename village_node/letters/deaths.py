"""Say what the register knows of a death, for the letters about it: day, place, cause, who reported it.

Decides that only what was recorded is said; an unknown place or cause is left out, never guessed.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.codes import code_list
from village_node.letters.content import day_in_words
from village_node.registration.desk_port import DeskPort
from village_node.registration.subjects import Person

_WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")


def death_content(desk: DeskPort, person: Person) -> dict[str, str]:
    """Return what was recorded of somebody's death, as letters print it."""
    event = _event(desk, person)
    found: dict[str, str] = {}
    died_on = person.values.get("died_on") or event.get("occurred_on")
    if isinstance(died_on, dt.date):
        found["on"] = f"{_WEEKDAYS[died_on.weekday()]}, {day_in_words(died_on)}"
        age = person.age_on(died_on)
        if age is not None and age >= 0:
            found["age"] = f"{age} tahun"
    if event.get("place"):
        found["place"] = str(event["place"])
    for name, of in (("cause", "death_cause"), ("certifier", "death_certifier")):
        if isinstance(event.get(name), int):
            found[name] = code_list(of).label(event[name])
    if person.values.get("death_number"):
        found["certificate"] = str(person.values["death_number"])
    return found


def informant_of(desk: DeskPort, person: Person) -> str:
    """Return who reported a death, empty if that was not recorded."""
    return str(_event(desk, person).get("informant_name") or "")


def _event(desk: DeskPort, person: Person) -> dict[str, Any]:
    with desk.book() as book:
        event = book.death_of(person.record_id)
    return event.model_dump() if event is not None else {}
