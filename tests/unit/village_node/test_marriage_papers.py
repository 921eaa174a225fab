"""The papers of a marriage that citizens declare themselves (N2, N4, N5): whom they name, what the law asks besides."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from schemas.codes import LifeStatus, MaritalStatus, Relation, Sex
from schemas.services import Audience, all_services, service_of
from tests.fakes_desk import RealDesk
from tests.families import Home, person, refused
from village_node.letters import (
    IssuedLetter,
    LetterForm,
    Listed,
    issue_letter,
    letter_pdf,
    letter_subject,
    relatives,
    signable_letter,
)

BRIDE = Listed(name="SUTINI", father="PARJO", religion="Islam", occupation="Pedagang", birth_on="17-8-2001")
REQUEST = {"addressee": "Kepala KUA Genteng", "wedding_on": "17-8-2027", "place": "Masjid Al-Huda"}


def letter(desk: RealDesk, service: str, subject_id: bytes, *people: Listed, **answers: str) -> IssuedLetter:
    return issue_letter(desk, LetterForm(service=service, subject_id=subject_id, people=people, answers=answers))


def cautions(found: IssuedLetter) -> list[str]:
    return [one.code for one in found.cautions]


def test_what_citizens_declare_is_signed_by_them_and_not_by_the_village(desk: RealDesk, home: Home) -> None:
    own = {one.code for one in all_services().values() if one.is_own_statement}
    assert own == {"NKH-N2", "NKH-N4", "NKH-N5"}
    found = letter(desk, "NKH-N4", home.son, BRIDE)  # nobody was named as signer, and nobody is asked for
    assert found.content["signer"] == {"name": "", "title": ""}
    assert refused("letter-own-statement", lambda: signable_letter(desk, found.record_id)).hint
    refused("signer-missing", lambda: letter(desk, "SKD-05", home.son, purpose="x"))


@pytest.mark.parametrize(("is_woman", "other"), [(False, "Calon istri"), (True, "Calon suami")])
def test_the_other_one_takes_the_place_that_is_left(desk: RealDesk, home: Home, is_woman: bool, other: str) -> None:
    subject = home.daughter if is_woman else home.son
    (listed,) = letter(desk, "NKH-N4", subject, replace(BRIDE, relation="")).content["people"]
    assert listed["relation"] == other
    assert (listed["father"], listed["religion"], listed["occupation"]) == ("PARJO", "Islam", "Pedagang")


def test_somebody_of_the_register_is_named_with_the_father(desk: RealDesk, home: Home) -> None:
    bride = person(desk, None, "PARTINI", Sex.FEMALE, 2001, Relation.HEAD, father_name="MA'RUF")
    desk.change(home.son, father_name="AHMAD FAUZI")
    found = letter(desk, "NKH-N2", home.son, Listed(record_id=bride), **REQUEST)
    assert found.content["people"][0]["father"] == "MA'RUF"
    assert found.content["applicant"] == {"place": "Calon suami", "father": "AHMAD FAUZI"}
    assert found.content["answers"]["wedding_on"] == "17 Agustus 2027"
    assert letter_pdf(found).startswith(b"%PDF")


def test_a_place_that_somebody_cannot_take_is_refused(desk: RealDesk, home: Home) -> None:
    man = person(desk, None, "PARMAN", Sex.MALE, 2001, Relation.HEAD)
    refused("listed-sex", lambda: letter(desk, "NKH-N4", home.son, Listed(record_id=man)))
    refused("people-missing", lambda: letter(desk, "NKH-N4", home.son))
    refused("people-too-many", lambda: letter(desk, "NKH-N4", home.son, BRIDE, replace(BRIDE, name="LAIN")))
    refused("listed-is-subject", lambda: letter(desk, "NKH-N4", home.son, Listed(record_id=home.son)))


def permission(desk: RealDesk, home: Home, *people: Listed, **changes: Any) -> IssuedLetter:
    bride = replace(BRIDE, relation="calon istri", **changes)
    return letter(desk, "NKH-N5", home.son, *people, bride)


def test_parents_or_a_guardian_permit_and_the_partner_is_named(desk: RealDesk, home: Home) -> None:
    father = Listed(record_id=home.father, relation="Ayah")
    mother = Listed(record_id=home.mother, relation="ibu")
    found = permission(desk, home, father, mother)
    assert [one["relation"] for one in found.content["people"]] == ["Ayah", "Ibu", "Calon istri"]
    refused("people-missing", lambda: letter(desk, "NKH-N5", home.son, father, mother))
    refused("people-missing", lambda: permission(desk, home))
    refused("person-twice", lambda: permission(desk, home, father, replace(father, record_id=None, name="LAIN")))
    refused("relation-not-parent", lambda: permission(desk, home, replace(father, relation="Paman")))
    refused("listed-sex", lambda: permission(desk, home, replace(father, relation="Ibu")))
    desk.change(home.father, life_status=int(LifeStatus.DEAD))
    refused("listed-not-living", lambda: permission(desk, home, father))
    guardian = permission(desk, home, Listed(name="PAK DHE", relation="Wali"))
    assert letter_pdf(guardian).startswith(b"%PDF")


def test_the_register_suggests_the_parents_who_live(desk: RealDesk, home: Home) -> None:
    desk.change(home.son, father_nik="3510010304789001", mother_name="Siti Aminah")
    about = letter_subject(desk, service_of("NKH-N5"), home.son)
    assert [one.relation for one in relatives(desk, service_of("NKH-N5"), about)] == ["Ayah", "Ibu"]
    desk.change(home.father, life_status=int(LifeStatus.DEAD))
    assert [one.relation for one in relatives(desk, service_of("NKH-N5"), about)] == ["Ibu"]


def test_what_the_law_asks_besides_is_said_and_stops_nobody(desk: RealDesk, home: Home) -> None:
    today = desk.today()

    def aged(years: int) -> list[str]:
        desk.change(home.son, birth_on=dt.date(today.year - years, 1, 1))
        return cautions(letter(desk, "NKH-N4", home.son, BRIDE))

    assert aged(18) == ["applicant-under-age", "permission-needed"]
    assert aged(20) == ["permission-needed"]
    assert aged(21) == []
    desk.change(home.son, marital_status=int(MaritalStatus.MARRIED))
    assert aged(30) == ["applicant-married"]
    desk.change(home.son, birth_on=dt.date(today.year - 18, 1, 1), marital_status=int(MaritalStatus.SINGLE))
    assert cautions(permission(desk, home, Listed(name="PAK DHE", relation="Wali"))) == ["applicant-under-age"]
    assert service_of("NKH-N1").audience is Audience.CHILD
    asked = {"addressee": "KUA", "purpose": "SUTINI"}
    cover = LetterForm(service="NKH-N1", subject_id=home.son, answers=asked, people=(), signer="SUPARMAN")
    assert cautions(issue_letter(desk, cover)) == ["applicant-under-age", "permission-needed"]
