"""Changes of one element by law, and of a child's parents: the event keeps before and after."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.codes import EventKind, EventState, MaritalStatus, Relation, Sex
from schemas.fields import Kind
from tests.fakes_desk import TODAY, Office
from tests.families import Home, event_of, person, refused, settle
from village_node.registration import (
    AdoptionForm,
    CertificateAnnulmentForm,
    CertificateCorrectionForm,
    CitizenshipForm,
    FromAbroadForm,
    LegitimationForm,
    NameChangeForm,
    RecognitionForm,
    Recorded,
    SexChangeForm,
    StillbirthForm,
    cancel_event,
    register_adoption,
    register_certificate_annulment,
    register_certificate_correction,
    register_citizenship,
    register_from_abroad,
    register_legitimation,
    register_name_change,
    register_recognition,
    register_sex_change,
    register_stillbirth,
)


def codes(done: Recorded) -> set[str]:
    return {caution.code for caution in done.cautions}


def rename(office: Office, who: bytes, name: str) -> Recorded:
    form = NameChangeForm(changed_on=TODAY, person_id=who, new_name=name, court_number="5/Pdt.P/2026")
    return register_name_change(office, form)


def correct(office: Office, who: bytes, element: str, value: str, **more: Any) -> Recorded:
    form = CertificateCorrectionForm(corrected_on=TODAY, person_id=who, element=element, new_value=value, **more)
    return register_certificate_correction(office, form)


def test_a_change_of_name_keeps_both_names_and_is_taken_back_by_cancelling(office: Office) -> None:
    home = settle(office)
    office.change(home.daughter, mother_name="SITI AMINAH")
    done = rename(office, home.mother, "Siti Rahma")
    assert office.values(home.mother)["name"] == "Siti Rahma"
    event = office.values(event_of(done))
    assert (event["event_kind"], event["element"]) == (EventKind.NAME_CHANGE, "name")
    assert (event["old_value"], event["new_value"]) == ("SITI AMINAH", "Siti Rahma")
    assert codes(done) == {"parent-name"}
    cancel_event(office, event_of(done), "salah orang")
    assert office.values(home.mother)["name"] == "SITI AMINAH"


@pytest.mark.parametrize(
    ("name", "code"),
    [("M. Budi", "name-abbreviation"), ("B" * 61, "name-too-long"), ("Budi 2", "name-digits"), ("", "value-missing")],
)
def test_the_rule_of_names_holds_for_new_names_alone(office: Office, name: str, code: str) -> None:
    home = settle(office)
    office.change(home.son, name="M. BUDI")
    refused(code, lambda: rename(office, home.son, name))


def test_what_does_not_change_is_no_event(office: Office) -> None:
    home = settle(office)
    refused("element-same", lambda: rename(office, home.son, "BUDI SANTOSO"))
    refused("element-same", lambda: correct(office, home.son, "birth_on", "03-04-2007"))
    form = CertificateAnnulmentForm(annulled_on=TODAY, person_id=home.son, certificate_kind=1)
    refused("element-same", lambda: register_certificate_annulment(office, form))
    assert office.entries == []


def test_a_certificate_is_corrected_day_first(office: Office) -> None:
    """Case D12: the birth date saved is the one typed."""
    home = settle(office)
    done = correct(office, home.son, "birth_on", "03-04-2006", certificate_number="3510-LT-1")
    assert office.values(home.son)["birth_on"] == dt.date(2006, 4, 3)
    event = office.values(event_of(done))
    assert (event["old_value"], event["new_value"]) == ("03-04-2007", "03-04-2006")
    assert event["certificate_number"] == "3510-LT-1"
    assert [one.code for one in done.papers] == ["bukti-autentik", "akta"]


def test_a_correction_of_a_certificate_that_makes_no_sense_is_refused(office: Office) -> None:
    home = settle(office)
    refused("element-unknown", lambda: correct(office, home.son, "life_status", "2"))
    refused("date-in-future", lambda: correct(office, home.son, "birth_on", "03-04-2099"))
    refused("date-format", lambda: correct(office, home.son, "birth_on", "besok"))
    refused("value-missing", lambda: correct(office, home.son, "name", " "))


def test_a_wife_whose_sex_was_wrong_is_no_wife_until_looked_at(office: Office) -> None:
    home = settle(office)
    assert "relations-check" in codes(correct(office, home.mother, "sex", "L"))
    assert (office.values(home.mother)["sex"], office.values(home.mother)["relation"]) == (1, Relation.OTHER)
    form = SexChangeForm(changed_on=TODAY, person_id=home.son, sex=int(Sex.FEMALE), court_number="5/Pdt.P/2026")
    done = register_sex_change(office, form)
    event = office.values(event_of(done))
    assert (event["event_kind"], event["old_value"], event["new_value"]) == (13, "LAKI-LAKI", "PEREMPUAN")
    assert "nik" not in {one.field for one in done.cautions}


def test_citizenship_keeps_the_decree(office: Office) -> None:
    home = settle(office)
    form = CitizenshipForm(changed_on=TODAY, person_id=home.son, citizenship=2, decree_number="M.HH-12")
    done = register_citizenship(office, form)
    assert (office.values(home.son)["citizenship"], office.values(home.son)["citizenship_decree"]) == (2, "M.HH-12")
    assert office.values(event_of(done))["decree_number"] == "M.HH-12"
    assert "decree-missing" in codes(
        register_citizenship(office, CitizenshipForm(changed_on=TODAY, person_id=home.son, citizenship=1))
    )


def test_an_annulled_certificate_loses_its_number_and_the_event_keeps_it(office: Office) -> None:
    home = settle(office)
    office.change(home.son, birth_number="3510-LT-1")
    form = CertificateAnnulmentForm(annulled_on=TODAY, person_id=home.son, certificate_kind=1, court_number="5")
    done = register_certificate_annulment(office, form)
    assert "birth_number" not in office.values(home.son)
    event = office.values(event_of(done))
    assert (event["certificate_number"], event["old_value"], event.get("new_value")) == ("3510-LT-1", "3510-LT-1", None)
    wrong = CertificateAnnulmentForm(annulled_on=TODAY, person_id=home.son, certificate_kind=21)
    refused("element-unknown", lambda: register_certificate_annulment(office, wrong))


def test_a_marriage_registered_abroad_changes_the_status(office: Office) -> None:
    home = settle(office)
    form = FromAbroadForm(
        reported_on=TODAY,
        person_id=home.son,
        certified_kind=int(EventKind.MARRIAGE),
        country="MALAYSIA",
        certificate_number="M-1234",
        certificate_on=TODAY - dt.timedelta(days=5),
        partner_name="NUR AISYAH",
    )
    done = register_from_abroad(office, form)
    values = office.values(home.son)
    assert (values["marital_status"], values["marriage_number"]) == (MaritalStatus.MARRIED_REGISTERED, "M-1234")
    assert (office.values(event_of(done))["country"], office.values(event_of(done))["event_kind"]) == ("MALAYSIA", 16)


def couple(office: Office) -> tuple[bytes, bytes, bytes]:
    """Place a married couple of a family of their own; return the family, him and her."""
    household = office.new_id()
    married = {"marital_status": int(MaritalStatus.MARRIED_REGISTERED), "marriage_number": "0123"}
    father = person(office, household, "WAGIMAN", int(Sex.MALE), 1970, Relation.HEAD, **married)
    mother = person(office, household, "SRI", int(Sex.FEMALE), 1975, Relation.WIFE, **married)
    office.put(Kind.HOUSEHOLD, household, head_id=father)
    return household, father, mother


def test_an_adopted_child_joins_its_new_parents_and_keeps_the_old_on_paper(office: Office) -> None:
    home = settle(office)
    household, father, mother = couple(office)
    office.change(home.daughter, mother_name="SITI AMINAH", birth_number="3510-LU-2")
    form = AdoptionForm(
        adopted_on=TODAY, child_id=home.daughter, father_id=father, mother_id=mother, court_number="9/Pdt.P/2026"
    )
    done = register_adoption(office, form)
    values = office.values(home.daughter)
    assert (values["household_id"], values["relation"], values["mother_name"]) == (household, 4, "SITI AMINAH")
    event = office.values(event_of(done))
    assert (event["father_name"], event["mother_name"], event["certificate_number"]) == ("WAGIMAN", "SRI", "3510-LU-2")
    assert len(office.entries) == 1
    cancel_event(office, event_of(done), "batal")
    assert office.values(home.daughter)["household_id"] == home.household
    assert {office.values(one)["state"] for one in done.created} == {EventState.CANCELLED}


def test_ages_at_an_adoption_are_noted(office: Office) -> None:
    home = settle(office)
    _, father, _ = couple(office)
    office.change(father, birth_on=dt.date(2000, 1, 1))
    office.change(home.daughter, birth_on=dt.date(2006, 1, 1))
    form = AdoptionForm(adopted_on=TODAY, child_id=home.daughter, father_id=father, stays=True)
    assert codes(register_adoption(office, form)) == {"child-age", "adopter-age"}
    assert office.values(home.daughter)["household_id"] == home.household


def test_a_recognised_child_gains_its_father(office: Office) -> None:
    home = settle(office)
    _, father, _ = couple(office)
    form = RecognitionForm(recognised_on=TODAY, child_id=home.daughter, father_id=father, mother_id=home.mother)
    done = register_recognition(office, form)
    assert office.values(home.daughter)["father_name"] == "WAGIMAN"
    assert office.values(event_of(done))["second_subject_id"] == father
    again = RecognitionForm(recognised_on=TODAY, child_id=home.daughter, father_name="LAIN")
    assert codes(register_recognition(office, again)) == {"father-known"}


def test_a_legitimated_child_has_parents_who_married(office: Office) -> None:
    home = settle(office)
    _, father, mother = couple(office)
    form = LegitimationForm(legitimated_on=TODAY, child_id=home.daughter, father_id=father, mother_id=mother)
    done = register_legitimation(office, form)
    assert codes(done) == set()
    assert office.values(event_of(done))["certificate_number"] == "0123"
    single = LegitimationForm(legitimated_on=TODAY, child_id=home.daughter, father_id=home.son)
    refused("date-order", lambda: register_legitimation(office, _with_child_of_2000(office, home, single)))


def _with_child_of_2000(office: Office, home: Home, form: LegitimationForm) -> LegitimationForm:
    office.change(home.daughter, birth_on=dt.date(2000, 1, 1))
    return form


def test_parents_must_be_named_and_of_the_right_sex(office: Office) -> None:
    home = settle(office)
    _, father, mother = couple(office)
    child: dict[str, Any] = {"child_id": home.daughter}
    refused("parent-missing", lambda: register_adoption(office, AdoptionForm(adopted_on=TODAY, **child)))
    no_father = RecognitionForm(recognised_on=TODAY, mother_id=mother, **child)
    refused("parent-missing", lambda: register_recognition(office, no_father))
    swapped = AdoptionForm(adopted_on=TODAY, father_id=mother, **child)
    refused("parent-sex", lambda: register_adoption(office, swapped))
    refused("parent-sex", lambda: register_adoption(office, AdoptionForm(adopted_on=TODAY, mother_id=father, **child)))


def test_a_stillbirth_is_an_event_of_the_mother_and_adds_nobody(office: Office) -> None:
    home = settle(office)
    form = StillbirthForm(
        occurred_on=TODAY, mother_id=home.mother, father_id=home.father, sex=2, gestation_weeks=30, foetal_certifier=1
    )
    done = register_stillbirth(office, form)
    assert done.created == (event_of(done),)
    event = office.values(event_of(done))
    assert (event["event_kind"], event["subject_id"], event["gestation_weeks"]) == (2, home.mother, 30)
    assert event["father_name"] == "AHMAD FAUZI"
    assert codes(done) == set()


def test_a_stillbirth_before_28_weeks_is_noted_and_a_father_is_no_mother(office: Office) -> None:
    home = settle(office)
    day = TODAY - dt.timedelta(days=31)
    done = register_stillbirth(office, StillbirthForm(occurred_on=day, mother_id=home.mother, gestation_weeks=20))
    assert codes(done) == {"gestation-short", "foetal-death-late"}
    wrong = StillbirthForm(occurred_on=TODAY, mother_id=home.father)
    refused("parent-sex", lambda: register_stillbirth(office, wrong))
