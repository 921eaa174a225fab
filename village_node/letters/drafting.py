"""Draft a letter while its form is being filled in: as it would be printed, without a number and without a code.

Decides what is forgiven: what is still missing is a line of dots, what is typed wrongly stands as typed.  Takes no
number and writes nothing; whoever may not be given a letter is refused as on issue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.errors import DataError, RefusedError
from schemas.services import Audience, ServiceDefinition, all_services
from village_node.desk import Desk
from village_node.letters.content import answers_checked, village_in_words
from village_node.letters.couples import GUARDIAN, OF_COUPLES, partner_word
from village_node.letters.issuing import LetterForm, ready_letter
from village_node.letters.letterhead import letterhead_said, logo_of
from village_node.letters.relatives import Listed
from village_node.letters.signers import NOBODY, signer_said

_STILL_TO_SAY = "………………"


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """A letter that was not issued: it can be printed nowhere but on the screen, and says on its face what it is."""

    template: str
    content: Mapping[str, Any]
    logo: str
    token: str = ""
    void: str | None = None


def draft_letter(desk: Desk, form: LetterForm) -> LetterDraft:
    """Return what would be issued now.

    Raises RefusedError "person-not-living", "letter-none", "officer-missing", "request-unknown"; DataError without a
    person.
    """
    named = replace(form, people=_people_so_far(desk, form))
    ready = ready_letter(desk, named, desk.today(), answered=_answered_so_far, signed=_signed_so_far)
    content = ready.content | {"draft": True, "number": "", "provisional": False}
    return LetterDraft(ready.service.template, content, logo_of(desk.store, content))


def letterhead_draft(desk: Desk) -> LetterDraft:
    """Return the letterhead alone, as letters issued now would have it."""
    with desk.store.local_reading() as connection:
        said = letterhead_said(connection)
    village = village_in_words(desk.village_code, desk.village_name)
    content = said | {"village": village, "signer": NOBODY, "draft": True, "title": "", "number": ""}
    return LetterDraft("letterhead", content, logo_of(desk.store, content))


def _people_so_far(desk: Desk, form: LetterForm) -> Sequence[Listed] | None:
    """Return whom a letter of a marriage lists, with dots for whoever is still to be named."""
    service = all_services().get(form.service)
    if service is None or service.audience not in OF_COUPLES or form.subject_id is None:
        return form.people
    people, partner = list(form.people or ()), partner_word(desk.values(form.subject_id))
    if service.audience is Audience.COUPLE:
        return people or [Listed(name=_STILL_TO_SAY)]
    if all(one.relation != partner for one in people):
        people.append(Listed(name=_STILL_TO_SAY, relation=partner))
    return people if len(people) > 1 else [Listed(name=f"{_STILL_TO_SAY}…", relation=GUARDIAN), *people]


def _answered_so_far(service: ServiceDefinition, answers: Mapping[str, str]) -> dict[str, str]:
    """Return each answer as it would be printed; one that would be refused as it was typed, a missing one as dots."""
    said: dict[str, str] = {}
    for field in service.fields:
        typed = " ".join(answers.get(field.name, "").split())
        try:
            said |= answers_checked(replace(service, fields=(field,)), {field.name: typed})
        except DataError as error:
            # A number that no office issued stands on no paper, and a draft is read over the counter too.
            said[field.name] = _STILL_TO_SAY if not typed or error.code == "answer-temporary-number" else typed
    return said


def _signed_so_far(desk: Desk, signer_id: str, name: str, title: str) -> dict[str, Any]:
    try:
        return signer_said(desk, signer_id, name, title)
    except (DataError, RefusedError):
        return {"name": name or _STILL_TO_SAY, "title": title or _STILL_TO_SAY}
