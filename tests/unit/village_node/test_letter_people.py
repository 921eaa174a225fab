"""Letters for the dead, for heirs, for families and for a child with the parents: whom they fit, whom they list."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from schemas.codes import LifeStatus, Relation, Sex
from schemas.services import Audience, FieldType, all_services, service_of
from tests.fakes_desk import RealDesk
from tests.families import Home, person, refused
from village_node.letters import (
    LetterForm,
    Listed,
    issue_letter,
    letter_of,
    letter_pdf,
    letter_subject,
    letters_for,
    relatives,
)
from village_node.registration import DeathForm, RequestForm, open_request, register_death

HEIRS = {"first_witness": "PARJO", "second_witness": "SUMINAH", "purpose": "balik nama sertifikat"}
DIED_ON = dt.date(2026, 11, 10)


@pytest.fixture
def letter_signer() -> str:
    return "SUPARMAN"


@pytest.fixture
def bereaved(desk: RealDesk, home: Home) -> Home:
    """The family after the father's death, as the desk records it."""
    register_death(
        desk,
        DeathForm(
            person_id=home.father,
            died_on=DIED_ON,
            place="RSUD Genteng",
            cause=1,
            informant_name="SITI AMINAH",
        ),
    )
    return home


def heirs_form(home: Home, *people: Listed, **changes: Any) -> LetterForm:
    listed = people or (Listed(record_id=home.mother, relation="Istri"), Listed(record_id=home.son, relation="Anak"))
    return replace(LetterForm(service="SKD-37", subject_id=home.father, answers=HEIRS, people=listed), **changes)


def codes(desk: RealDesk, record_id: bytes) -> set[str]:
    return {one.code for one in letters_for(desk, record_id)}


def test_each_record_is_offered_the_letters_that_fit_it_and_no_other(desk: RealDesk, bereaved: Home) -> None:
    dead, living, family = codes(desk, bereaved.father), codes(desk, bereaved.son), codes(desk, bereaved.household)
    assert dead == {"SKD-17", "SKD-37", "NKH-N6"}
    assert family == {"SKD-55", "SKD-59"}
    assert {"SKD-03", "NKH-N1"} <= living
    assert not living & (dead | family)
    desk.change(bereaved.daughter, life_status=int(LifeStatus.MOVED))
    assert codes(desk, bereaved.daughter) == set()
    assert codes(desk, bytes(16)) == set()
    printed = {one.code for one in all_services().values() if one.template}
    assert dead | living | family == printed


def test_a_letter_of_death_says_what_was_recorded_and_nothing_else(desk: RealDesk, bereaved: Home) -> None:
    letter = issue_letter(desk, LetterForm(service="SKD-17", subject_id=bereaved.father))
    assert letter.content["death"] == {
        "on": "Selasa, 10 November 2026",
        "age": "48 tahun",
        "place": "RSUD Genteng",
        "cause": "SAKIT BIASA / TUA",
    }
    assert letter.content["answers"] == {"informant": "SITI AMINAH"}
    assert letter_pdf(letter).startswith(b"%PDF")
    typed = LetterForm(service="SKD-17", subject_id=bereaved.father, answers={"informant": "PAK RT"})
    assert issue_letter(desk, typed).content["answers"] == {"informant": "PAK RT"}
    desk.change(bereaved.son, life_status=int(LifeStatus.DEAD))
    refused("value-missing", lambda: issue_letter(desk, LetterForm(service="SKD-17", subject_id=bereaved.son)))
    bare = LetterForm(service="SKD-17", subject_id=bereaved.son, answers={"informant": "DEWI"})
    assert issue_letter(desk, bare).content["death"] == {}
    assert letter_pdf(issue_letter(desk, bare)).startswith(b"%PDF")


def test_a_letter_for_the_wrong_person_is_refused(desk: RealDesk, bereaved: Home) -> None:
    def letter(service: str, subject_id: bytes, **answers: str) -> Any:
        return lambda: issue_letter(desk, LetterForm(service=service, subject_id=subject_id, answers=answers))

    refused("person-not-dead", letter("SKD-17", bereaved.mother, informant="X"))
    refused("person-not-dead", letter("SKD-37", bereaved.mother, **HEIRS))
    error = refused("person-not-living", letter("SKD-03", bereaved.father, purpose="x"))
    assert "Surat keterangan kematian" in error.hint
    refused("letter-not-for-family", letter("SKD-03", bereaved.household, purpose="x"))
    refused("letter-not-for-family", letter("SKD-17", bereaved.household, informant="x"))
    refused("person-not-living", letter("SKD-59", bereaved.father, purpose="x"))
    refused("household-unknown", letter("SKD-59", bytes(15) + b"x", purpose="x"))
    desk.change(bereaved.son, household_id=None)
    refused("household-unknown", letter("SKD-59", bereaved.son, purpose="x"))
    desk.change(bereaved.father, void="salah orang")
    refused("person-not-dead", letter("SKD-17", bereaved.father, informant="X"))
    for member in (bereaved.mother, bereaved.daughter):
        desk.change(member, life_status=int(LifeStatus.MOVED))
    refused("family-empty", letter("SKD-59", bereaved.household, purpose="x"))


def test_heirs_come_from_the_register_or_are_set_by_hand(desk: RealDesk, bereaved: Home) -> None:
    by_hand = Listed(
        name=" O'NEIL  SUTINI ",
        relation="Anak",
        nik="3510 0143 0480 9002",
        birth_place="Jember",
        birth_on="17-8-1990",
        address="Jember",
    )
    unknown = Listed(name="PONIMAN", relation="Anak")
    wife = Listed(record_id=bereaved.mother, relation="Istri")
    letter = issue_letter(desk, heirs_form(bereaved, wife, by_hand, unknown))
    first, second, third = letter.content["people"]
    assert (first["name"], first["nik"], first["relation"]) == ("SITI AMINAH", "3510014304809001", "Istri")
    assert second["name"] == "O'NEIL SUTINI"
    assert (second["nik"], second["birth_on"]) == ("3510014304809002", "17 Agustus 1990")
    assert (third["nik"], third["birth_on"], third["address"]) == ("-", "-", "-")
    desk.change(bereaved.mother, name="NAMA BARU")
    assert letter_of(desk, letter.record_id).content["people"] == letter.content["people"]
    assert letter_pdf(letter) == letter_pdf(letter_of(desk, letter.record_id))


def test_a_wrong_list_of_heirs_is_refused_and_nothing_is_numbered(desk: RealDesk, bereaved: Home) -> None:
    wife = Listed(record_id=bereaved.mother, relation="Istri")

    def letter(*people: Listed, **changes: Any) -> Any:
        return lambda: issue_letter(desk, replace(heirs_form(bereaved), people=people, **changes))

    refused("people-missing", letter())
    refused("people-missing", lambda: issue_letter(desk, heirs_form(bereaved, people=None)))
    refused("people-too-many", letter(*[Listed(name=f"ANAK {number}", relation="Anak") for number in range(41)]))
    refused("person-twice", letter(wife, replace(wife, relation="Anak")))
    refused("person-twice", letter(Listed(name="Budi", relation="Anak"), Listed(name="BUDI", relation="Anak")))
    refused("listed-is-subject", letter(Listed(record_id=bereaved.father, relation="Anak")))
    refused("value-missing", letter(replace(wife, relation=" ")))
    refused("value-missing", letter(Listed(relation="Anak")))
    refused("nik-format", letter(Listed(name="BUDI", relation="Anak", nik="0351001200400001")))
    refused("date-format", letter(Listed(name="BUDI", relation="Anak", birth_on="kemarin")))
    refused("record-unknown", letter(Listed(record_id=bytes(16), relation="Anak")))
    desk.change(bereaved.son, life_status=int(LifeStatus.DEAD))
    refused("listed-not-living", letter(Listed(record_id=bereaved.son, relation="Anak")))
    unwanted = LetterForm(service="SKD-17", subject_id=bereaved.father, answers={"informant": "X"}, people=(wife,))
    refused("people-unwanted", lambda: issue_letter(desk, unwanted))
    assert issue_letter(desk, heirs_form(bereaved, wife)).number.startswith("474.3/001.")


def test_the_register_suggests_heirs_of_the_family_and_children_elsewhere(desk: RealDesk, bereaved: Home) -> None:
    father_nik = desk.values(bereaved.father)["nik"]
    away = person(desk, None, "SUTINI", Sex.FEMALE, 2000, Relation.HEAD, father_nik=father_nik)
    person(desk, bereaved.household, "MBAH", Sex.FEMALE, 1950, Relation.PARENT)
    person(desk, bereaved.household, "PEMBANTU", Sex.FEMALE, 1990, Relation.SERVANT)
    about = letter_subject(desk, service_of("SKD-37"), bereaved.father)
    found = relatives(desk, service_of("SKD-37"), about)
    assert [(desk.name(one.record_id or b""), one.relation) for one in found] == [
        ("SITI AMINAH", "Istri"),
        ("BUDI SANTOSO", "Anak"),
        ("DEWI LESTARI", "Anak"),
        ("MBAH", "Ibu"),
        ("SUTINI", "Anak"),
    ]
    assert away == found[-1].record_id
    desk.change(bereaved.mother, relation=int(Relation.HEAD))  # after the succession
    assert relatives(desk, service_of("SKD-37"), about)[0] == Listed(record_id=bereaved.mother, relation="Istri")
    desk.change(bereaved.son, life_status=int(LifeStatus.DEAD))
    about = letter_subject(desk, service_of("SKD-37"), bereaved.son)
    assert ("SITI AMINAH", "Ibu") in [
        (desk.name(one.record_id or b""), one.relation) for one in relatives(desk, service_of("SKD-37"), about)
    ]


def test_form_n6_names_the_spouse_who_survives(desk: RealDesk, bereaved: Home) -> None:
    letter = issue_letter(desk, LetterForm(service="NKH-N6", subject_id=bereaved.father))
    assert [one["name"] for one in letter.content["people"]] == ["SITI AMINAH"]
    two = (Listed(name="A", relation="Istri"), Listed(name="B", relation="Istri"))
    refused(
        "people-too-many",
        lambda: issue_letter(desk, LetterForm(service="NKH-N6", subject_id=bereaved.father, people=two)),
    )
    desk.change(bereaved.son, life_status=int(LifeStatus.DEAD))
    refused("people-missing", lambda: issue_letter(desk, LetterForm(service="NKH-N6", subject_id=bereaved.son)))


def test_form_n1_names_the_parents_that_the_register_knows(desk: RealDesk, home: Home) -> None:
    answers = {"addressee": "Kepala KUA", "purpose": "DEWI"}
    form = LetterForm(service="NKH-N1", subject_id=home.son, answers=answers)
    assert issue_letter(desk, form).content["people"] == []  # his record names no parents: nobody is guessed
    desk.change(home.son, father_nik="3510010304789001", mother_name="Siti Aminah")
    father, mother = issue_letter(desk, form).content["people"]
    assert (father["name"], father["relation"], father["dead"]) == ("AHMAD FAUZI", "Ayah", False)
    assert (mother["name"], mother["relation"], mother["nik"]) == ("SITI AMINAH", "Ibu", "3510014304809001")
    desk.change(home.son, father_nik=None, father_name="ORANG LAIN")
    father, _ = issue_letter(desk, form).content["people"]
    assert (father["name"], father["nik"]) == ("ORANG LAIN", "-")
    desk.change(home.father, life_status=int(LifeStatus.DEAD))
    desk.change(home.son, father_nik="3510010304789001")
    assert issue_letter(desk, form).content["people"][0]["dead"] is True
    assert issue_letter(desk, replace(form, people=())).content["people"] == []
    uncle = (Listed(name="PAMAN", relation="Paman"),)
    refused("relation-not-parent", lambda: issue_letter(desk, replace(form, people=uncle)))
    fathers = (Listed(name="A", relation="Ayah"), Listed(name="B", relation="ayah"))
    refused("person-twice", lambda: issue_letter(desk, replace(form, people=fathers)))
    assert letter_pdf(issue_letter(desk, form)).startswith(b"%PDF")


def test_a_familys_letter_lists_everybody_who_lives_in_it(desk: RealDesk, home: Home) -> None:
    guest = {"resident_status": 2}
    person(desk, home.household, "TAMU", Sex.MALE, 1990, Relation.OTHER, **guest)
    form = LetterForm(service="SKD-59", subject_id=home.household, answers={"purpose": "beasiswa"})
    letter = issue_letter(desk, form)
    assert [(one["name"], one["relation"], one["self"]) for one in letter.content["people"]] == [
        ("AHMAD FAUZI", "KEPALA KELUARGA", True),
        ("SITI AMINAH", "ISTRI", False),
        ("BUDI SANTOSO", "ANAK", False),
        ("DEWI LESTARI", "ANAK", False),
    ]
    assert letter.content["family"] == {"head": "AHMAD FAUZI"}
    assert letter.content["subject"]["name"] == "AHMAD FAUZI"
    assert desk.values(letter.record_id)["subject_id"] == home.household
    from_member = issue_letter(desk, replace(form, subject_id=home.daughter))
    assert desk.values(from_member.record_id)["subject_id"] == home.household
    register_death(desk, DeathForm(person_id=home.father, died_on=DIED_ON))
    headless = issue_letter(desk, form)
    assert [one.code for one in headless.cautions] == ["household-needs-head"]
    assert headless.content["family"] == {"head": "-"}
    assert len(headless.content["people"]) == 3


def test_a_request_of_an_heir_needs_the_one_who_died_to_be_named(desk: RealDesk, bereaved: Home) -> None:
    asked = RequestForm(applicant_id=bereaved.mother, service="SKD-37", answers=HEIRS)
    request = open_request(desk, asked).created[0]
    wife = (Listed(record_id=bereaved.mother, relation="Istri"),)
    refused("person-not-dead", lambda: issue_letter(desk, LetterForm(request_id=request, people=wife)))
    letter = issue_letter(desk, LetterForm(request_id=request, subject_id=bereaved.father, people=wife))
    assert letter.content["answers"] == HEIRS


def special_letters(home: Home, paper: str, listed: tuple[Listed, ...]) -> Iterator[LetterForm]:
    """Yield one form of every letter that is not about one living person alone."""
    subjects = {
        Audience.FAMILY: home.household,
        **dict.fromkeys((Audience.CHILD, Audience.COUPLE, Audience.PERMISSION), home.son),
    }
    for service in all_services().values():
        if service.template and service.audience is not Audience.PERSON:
            hard = "O'NEIL \\ <x> @y #[$*"
            answers = {one.name: "17-8-2027" if one.type is FieldType.DATE else hard for one in service.fields}
            parents = (replace(listed[0], relation="Ayah"), replace(listed[1], relation="ibu"))
            bride = replace(listed[2], relation="Calon istri")
            people = {
                Audience.HEIRS: listed,
                Audience.CHILD: parents,
                Audience.SPOUSE: listed[:1],
                Audience.COUPLE: (bride,),
                Audience.PERMISSION: (*parents, bride),
            }
            yield LetterForm(
                service=service.code,
                subject_id=subjects.get(service.audience, home.father),
                answers=answers,
                people=people.get(service.audience),
                paper="F4" if paper == "F4" else "A4",
            )


@pytest.mark.parametrize("paper", ["F4", "A4"])
def test_every_such_letter_prints_hard_names_and_long_lists(desk: RealDesk, bereaved: Home, paper: str) -> None:
    desk.change(bereaved.father, name="MA'RUF")
    desk.change(bereaved.household, address="JL. #MAWAR " * 8)
    for number in range(30):
        person(desk, bereaved.household, f'NUR\'AINI "{number}" #[$*', Sex.FEMALE, 2000, Relation.CHILD)
    listed = tuple(Listed(name=f'NUR\'AINI "{number}" #[$*', relation="Anak") for number in range(40))
    printed = {}
    for form in special_letters(bereaved, paper, listed):
        pdf = letter_pdf(issue_letter(desk, form))
        assert (b"609.4" if paper == "F4" else b"595.2") in pdf, form.service
        printed[form.service] = int(re.findall(rb"/Type/Pages/Count (\d+)/", pdf)[0])
    assert set(printed) == {"SKD-17", "SKD-37", "SKD-55", "SKD-59", "NKH-N1", "NKH-N2", "NKH-N4", "NKH-N5", "NKH-N6"}
    assert printed["SKD-17"] == printed["NKH-N6"] == 1
    assert 2 <= printed["SKD-59"] <= 4
    assert 2 <= printed["SKD-37"] <= 5


def test_a_number_that_no_office_issued_is_on_no_such_letter(desk: RealDesk, bereaved: Home) -> None:
    unknown = issue_letter(desk, heirs_form(bereaved, Listed(name="SUTINI", relation="Anak")))
    (heir,) = unknown.content["people"]
    temporary = {**heir, "nik": "0351001200400001"}
    subject = {**unknown.content["subject"], "nik": "0351001200400001"}
    blank = {**unknown.content["subject"], "nik": "-"}
    with_it = replace(unknown, content={**unknown.content, "people": [temporary], "subject": subject})
    without = replace(unknown, content={**unknown.content, "subject": blank})
    assert _face(letter_pdf(with_it)) == _face(letter_pdf(without))
    desk.change(bereaved.son, nik=None, temporary_number="0351001200400001")
    family = issue_letter(desk, LetterForm(service="SKD-59", subject_id=bereaved.household, answers={"purpose": "x"}))
    assert "0351001200400001" not in str(family.content)


def _face(pdf: bytes) -> bytes:
    """Return a PDF without its trailer, whose id is drawn from the input."""
    return pdf[: pdf.index(b"xref")].split(b"<?xpacket", maxsplit=1)[0]
