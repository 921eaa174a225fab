"""Put together what a letter says beyond one living person: a death, the people it lists, a family.

Decides what each audience of a letter needs, and what the register can answer before the officer types it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from schemas.services import Audience, ServiceDefinition
from village_node.letters.couples import OF_COUPLES, father_of, marriage_cautions, own_word
from village_node.letters.deaths import death_content, informant_of
from village_node.letters.listed import people_content
from village_node.letters.relatives import Listed
from village_node.letters.subjects import AFTER_DEATH, LetterSubject
from village_node.registration.desk_port import DeskPort
from village_node.registration.draft import Caution

_INFORMANT = "informant"


def particulars(
    desk: DeskPort, service: ServiceDefinition, about: LetterSubject, people: Sequence[Listed] | None
) -> dict[str, Any]:
    """Return the parts of a letter's snapshot that follow from whom it is for; raises as ``people_content``."""
    found: dict[str, Any] = {}
    listed = people_content(desk, service, about, people)
    if listed or service.audience is not Audience.PERSON:
        found["people"] = listed
    if service.audience in AFTER_DEATH:
        found["death"] = death_content(desk, about.person)
    if service.audience in OF_COUPLES:
        found["applicant"] = {"place": own_word(about.person.values), **father_of(about.person.values)}
    if about.family is not None:
        found["family"] = {"head": about.family.head.name if about.family.head is not None else "-"}
    return found


def answers_known(desk: DeskPort, service: ServiceDefinition, about: LetterSubject) -> dict[str, str]:
    """Return the answers that the register gives, by field name; what is typed wins over them."""
    if service.audience is not Audience.DECEASED or _INFORMANT not in {one.name for one in service.fields}:
        return {}
    informant = informant_of(desk, about.person)
    return {_INFORMANT: informant} if informant else {}


def particulars_cautions(service: ServiceDefinition, about: LetterSubject, today: dt.date) -> tuple[Caution, ...]:
    """Return what somebody should know before the letter goes out."""
    found = marriage_cautions(service.audience, about, today)
    if about.family is not None and about.family.needs_head:
        found += (Caution("household-needs-head", "household_id", "Keluarga ini belum punya kepala keluarga."),)
    return found
