"""A draft is the letter that would be issued: nothing taken or written, marked as a draft, no temporary number."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from schemas.services import Audience, FieldType, ServiceDefinition, all_services
from tests.fakes_desk import RealDesk
from tests.families import Home, refused
from village_node.desk import Desk
from village_node.letters import LetterForm, Listed, Typesetter, draft_letter, issue_letter, letter_pictures
from village_node.tables import LETTER_NUMBER

TEMPORARY = "0351009200400017"
PRINTED = [one for one in all_services().values() if one.template]


def form(home: Home, **changes: Any) -> LetterForm:
    asked = LetterForm(service="SKD-03", subject_id=home.son, answers={"purpose": "bank"}, signer="SUPARMAN")
    return replace(asked, **changes)


def form_for(desk: RealDesk, home: Home, service: ServiceDefinition, **changes: Any) -> LetterForm:
    """Return a form of any letter; where it is about somebody who died, the father has."""
    subject: dict[Audience, bytes] = {
        Audience.PERSON: home.son,
        Audience.CHILD: home.son,
        Audience.COUPLE: home.son,
        Audience.PERMISSION: home.son,
        Audience.FAMILY: home.household,
    }
    people = {
        Audience.CHILD: (Listed(record_id=home.father, relation="Ayah"),),
        Audience.COUPLE: (Listed(name="SUTINI"),),
        Audience.PERMISSION: (
            Listed(record_id=home.father, relation="Ayah"),
            Listed(name="SUTINI", relation="Calon istri"),
        ),
        Audience.HEIRS: (Listed(record_id=home.son, relation="Anak"),),
        Audience.SPOUSE: (Listed(record_id=home.mother, relation="Istri"),),
    }
    if service.audience not in subject:
        desk.change(home.father, life_status=2)
    chosen = {"subject_id": subject.get(service.audience, home.father), "people": people.get(service.audience)}
    return form(home, service=service.code, answers=answers_to(service, "x"), **chosen, **changes)


def answers_to(service: Any, text: str) -> dict[str, str]:
    of_type = {FieldType.DATE: "17-8-2010", FieldType.NUMBER: "7"}
    return {one.name: one.choices[0] if one.choices else of_type.get(one.type, text) for one in service.fields}


def test_a_draft_says_what_the_letter_will_say_and_takes_no_number(desk: RealDesk, home: Home) -> None:
    draft, again = draft_letter(desk, form(home)), draft_letter(desk, form(home))
    assert draft == again
    assert (draft.content["number"], draft.token, draft.content["draft"]) == ("", "", True)
    with desk.store.local_reading() as connection:
        assert connection.execute(select(LETTER_NUMBER)).all() == []
    letter = issue_letter(desk, form(home))
    assert letter.number == "470/001.A/2026"
    differs = {"draft", "number"}
    assert {name: draft.content[name] for name in letter.content if name not in differs} == {
        name: value for name, value in letter.content.items() if name not in differs
    }


def test_what_is_missing_is_dots_and_what_is_wrong_stands_as_typed(desk: RealDesk, home: Home) -> None:
    draft = draft_letter(desk, form(home, answers={"lives_since": "kemarin dulu"}, signer=""))
    assert draft.content["answers"] == {"purpose": "………………", "lives_since": "kemarin dulu"}
    assert draft.content["signer"]["name"] == "………………"
    right = draft_letter(desk, form(home, answers={"purpose": " dua  kata ", "lives_since": "17-8-2010"}))
    assert right.content["answers"] == {"purpose": "dua kata", "lives_since": "17 Agustus 2010"}


def test_whoever_may_be_given_no_letter_is_shown_none(desk: RealDesk, home: Home) -> None:
    desk.change(home.son, life_status=2)
    refused("person-not-living", lambda: draft_letter(desk, form(home)))
    refused("letter-none", lambda: draft_letter(desk, form(home, subject_id=home.father, service="ADM-35")))
    refused("officer-missing", lambda: draft_letter(Desk(desk.store, "-"), form(home, subject_id=home.father)))


@pytest.mark.parametrize("service", PRINTED, ids=lambda one: one.code)
def test_every_kind_shows_as_a_draft_and_never_as_a_letter(
    desk: RealDesk, home: Home, typesetter: Typesetter, service: Any
) -> None:
    draft = draft_letter(desk, form_for(desk, home, service, paper="A4"))
    pages = letter_pictures(draft, typesetter)
    assert all(page.startswith(b"\x89PNG") for page in pages)
    unmarked = replace(draft, content={**draft.content, "draft": False}, token="KMPS:ABC")
    for page, without in zip(pages, letter_pictures(unmarked, typesetter), strict=True):
        assert page != without  # every page says what it is


def test_every_page_of_a_draft_and_of_a_revoked_letter_says_so(
    desk: RealDesk, home: Home, typesetter: Typesetter
) -> None:
    asked = form(home, answers={"purpose": "kata " * 900})
    draft, letter = draft_letter(desk, asked), issue_letter(desk, asked)
    for marked, plain in (
        (draft, replace(draft, content={**draft.content, "draft": False}, token="KMPS:ABC")),
        (replace(letter, void="salah nama"), letter),
        (replace(letter, content={**letter.content, "practice": True}), letter),
    ):
        pages, others = letter_pictures(marked, typesetter), letter_pictures(plain, typesetter)
        assert len(pages) == len(others) > 1
        assert all(page != other for page, other in zip(pages, others, strict=True))


# -- a temporary number never appears on paper


@pytest.mark.parametrize("service", PRINTED, ids=lambda one: one.code)
def test_no_letter_and_no_draft_shows_a_temporary_number(
    desk: RealDesk, home: Home, typesetter: Typesetter, service: Any
) -> None:
    desk.change(home.son, nik=None, temporary_number=TEMPORARY)
    desk.change(home.household, family_number=None, temporary_family_number="0351001200100001")
    asked = form_for(desk, home, service)
    letter, draft = issue_letter(desk, asked), draft_letter(desk, asked)
    for said in (json.dumps(letter.content), json.dumps(draft.content), letter.token):
        assert TEMPORARY not in said
        assert "0351001200100001" not in said
    # Were such a number to reach a snapshot all the same, paper shows a line to write on, a draft as its letter does.
    printed = []
    for number in (TEMPORARY, ""):
        subject = {**letter.content["subject"], "nik": number, "family_number": number}
        people = [{**person, "nik": number} for person in letter.content.get("people", ())]
        tainted = replace(letter, content={**letter.content, "subject": subject, "people": people})
        printed.append(letter_pictures(tainted, typesetter))
    assert printed[0] == printed[1]


@pytest.mark.parametrize(
    "typed", [TEMPORARY, "0351-0092-0040-0017", f"anak dengan NIK {TEMPORARY}.", "0351 0092 0040 0017"]
)
def test_a_temporary_number_that_is_typed_is_refused_and_not_previewed(desk: RealDesk, home: Home, typed: str) -> None:
    asked = form(home, answers={"purpose": typed})
    refused("answer-temporary-number", lambda: issue_letter(desk, asked))
    assert draft_letter(desk, asked).content["answers"]["purpose"] == "………………"


@pytest.mark.parametrize("typed", ["3510010304789001", "0812-3456-7890", "010.35.10.2026.000000000001", "0" * 17])
def test_other_numbers_may_be_typed(desk: RealDesk, home: Home, typed: str) -> None:
    assert issue_letter(desk, form(home, answers={"purpose": typed})).content["answers"]["purpose"] == typed


def test_a_paper_of_a_marriage_is_shown_before_the_other_one_is_named(desk: RealDesk, home: Home) -> None:
    for service, relations in (("NKH-N2", ["Calon istri"]), ("NKH-N5", ["Wali", "Calon istri"])):
        draft = draft_letter(desk, form(home, service=service, answers={}, people=(), signer=""))
        assert [one["relation"] for one in draft.content["people"]] == relations
    refused("people-missing", lambda: issue_letter(desk, form(home, service="NKH-N4", answers={}, people=())))
