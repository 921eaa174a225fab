"""Births: the child, the event, and what is only noted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.codes import EventKind, EventState, LifeStatus, MaritalStatus, Relation, Sex
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind, Update
from tests.fakes_desk import TODAY, Office
from tests.families import Home, person, refused, settle
from village_node.registration import BirthForm, DeathForm, register_birth, register_death


def form(home: Home, **more: Any) -> BirthForm:
    values: dict[str, Any] = {
        "name": "Putri Ayu",
        "sex": int(Sex.FEMALE),
        "birth_on": TODAY - dt.timedelta(days=3),
        "birth_place": "BANYUWANGI",
        "mother_id": home.mother,
        "father_id": home.father,
        **more,
    }
    return BirthForm(**values)


def codes(recorded: Any) -> set[str]:
    return {caution.code for caution in recorded.cautions}


def test_a_birth_is_one_entry_with_a_child_and_a_declared_event(office: Office) -> None:
    home = settle(office)
    done = register_birth(office, form(home, weight_g=3100, length_cm=49, birth_order=3, birth_kind=1))
    assert [entry.kind for entry in office.entries] == [EntryKind.EVENT]
    assert all(isinstance(change, Create) for change in office.entries[0].changes)
    child_id, event_id = done.created
    child = office.values(child_id)
    assert child["name"] == "Putri Ayu"
    assert child["household_id"] == home.household
    assert child["relation"] == Relation.CHILD
    assert child["life_status"] == LifeStatus.ALIVE
    assert child["marital_status"] == MaritalStatus.SINGLE
    assert (child["mother_name"], child["mother_nik"]) == ("SITI AMINAH", "3510014304809001")
    assert (child["father_name"], child["father_nik"]) == ("AHMAD FAUZI", "3510010304789001")
    assert (child["religion"], child["citizenship"]) == (1, 1)
    assert "nik" not in child
    event = office.values(event_id)
    assert (event["event_kind"], event["state"]) == (EventKind.BIRTH, EventState.DECLARED)
    assert (event["subject_id"], event["second_subject_id"]) == (child_id, home.mother)
    assert (event["occurred_on"], event["entered_on"]) == (TODAY - dt.timedelta(days=3), TODAY)
    assert (event["weight_g"], event["length_cm"], event["birth_order"]) == (3100, 49, 3)
    assert done.event_id == event_id
    assert done.cautions == ()


def test_a_trial_run_writes_nothing(office: Office) -> None:
    home = settle(office)
    done = register_birth(office, form(home), dry_run=True)
    assert (done.change_id, len(done.changes), office.entries) == (None, 2, [])


def test_an_unmarried_mother_who_heads_her_family_may_add_a_child(office: Office) -> None:
    household = office.new_id()
    mother = person(office, household, "RINA WATI", Sex.FEMALE, 1999, Relation.HEAD)
    office.put(Kind.HOUSEHOLD, household, head_id=mother)
    done = register_birth(office, BirthForm(name="Rizki Pratama", sex=1, birth_on=TODAY, mother_id=mother))
    child = office.values(done.created[0])
    assert (child["relation"], child["household_id"]) == (Relation.CHILD, household)
    assert "father_name" not in child


def test_a_grandchild_is_born_into_the_grandparents_family(office: Office) -> None:
    home = settle(office)
    aunt = person(office, home.household, "ENDANG SARI", Sex.FEMALE, 2003, Relation.CHILD)
    done = register_birth(office, form(home, mother_id=aunt, father_id=None, father_name="JOKO SUSILO"))
    child = office.values(done.created[0])
    assert (child["relation"], child["father_name"]) == (6, "JOKO SUSILO")


def test_the_chosen_family_wins_over_the_mothers(office: Office) -> None:
    home = settle(office)
    other = office.new_id()
    head = person(office, other, "WAGIMAN", Sex.MALE, 1950, Relation.HEAD)
    office.put(Kind.HOUSEHOLD, other, head_id=head)
    done = register_birth(office, form(home, household_id=other, relation=6))
    assert office.values(done.created[0])["household_id"] == other


@pytest.mark.parametrize("days", [0, 60])
def test_a_birth_within_sixty_days_is_not_late(office: Office, days: int) -> None:
    done = register_birth(office, form(settle(office), birth_on=TODAY - dt.timedelta(days=days)))
    assert "birth-late" not in codes(done)


def test_a_late_birth_is_noted_and_recorded(office: Office) -> None:
    done = register_birth(office, form(settle(office), birth_on=TODAY - dt.timedelta(days=61)))
    assert codes(done) == {"birth-late"}
    assert done.change_id is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "value-missing"),
        ("A" * 61, "name-too-long"),
        ("Putri 2", "name-digits"),
        ("Moh. Putra", "name-abbreviation"),
        ("Putri, Ayu", "name-letters"),
        ("Путри", "name-letters"),
    ],
)
def test_a_newborns_name_keeps_to_the_law(office: Office, name: str, code: str) -> None:
    home = settle(office)
    error = refused(code, lambda: register_birth(office, form(home, name=name)))
    assert error.field == "name"
    assert office.entries == []


@pytest.mark.parametrize(("name", "code"), [("Putri", "name-one-word"), ("Ma'ruf Hidayat", "name-punctuation")])
def test_an_unusual_name_is_noted_and_kept_as_typed(office: Office, name: str, code: str) -> None:
    done = register_birth(office, form(settle(office), name=name))
    assert codes(done) == {code}
    assert office.values(done.created[0])["name"] == name


def test_sixty_letters_are_allowed(office: Office) -> None:
    name = "Putri " + "A" * 54
    done = register_birth(office, form(settle(office), name=name))
    assert office.values(done.created[0])["name"] == name


def test_a_dead_or_departed_parent_is_refused(office: Office) -> None:
    home = settle(office)
    office.change(home.mother, life_status=int(LifeStatus.MOVED), left_on=dt.date(2026, 1, 1))
    refused("person-not-living", lambda: register_birth(office, form(home)))


def test_a_mother_who_died_at_the_birth_and_a_father_who_died_before_it_are_parents(office: Office) -> None:
    home = settle(office)
    register_death(office, DeathForm(person_id=home.mother, died_on=TODAY))
    done = register_birth(office, form(home, birth_on=TODAY))
    assert office.values(done.created[0])["mother_name"] == "SITI AMINAH"


def test_a_mother_dead_for_a_year_is_refused(office: Office) -> None:
    home = settle(office)
    office.change(home.mother, life_status=int(LifeStatus.DEAD), died_on=dt.date(2025, 1, 1))
    refused("person-not-living", lambda: register_birth(office, form(home)))


def test_a_man_is_no_mother(office: Office) -> None:
    home = settle(office)
    assert refused("parent-sex", lambda: register_birth(office, form(home, mother_id=home.father))).field == "mother_id"


def test_nobody_is_born_tomorrow_or_before_the_mother(office: Office) -> None:
    home = settle(office)
    refused("date-in-future", lambda: register_birth(office, form(home, birth_on=TODAY + dt.timedelta(days=1))))
    refused("date-order", lambda: register_birth(office, form(home, birth_on=dt.date(1979, 1, 1), father_id=None)))


def test_a_family_without_a_living_head_takes_nobody_in(office: Office) -> None:
    home = settle(office)
    register_death(office, DeathForm(person_id=home.father, died_on=TODAY))
    refused("household-needs-head", lambda: register_birth(office, form(home)))


def test_a_birth_without_any_family_is_refused(office: Office) -> None:
    refused("household-missing", lambda: register_birth(office, BirthForm(name="Putri Ayu", sex=2, birth_on=TODAY)))


def test_a_code_outside_its_list_is_refused_by_name(office: Office) -> None:
    home = settle(office)
    assert refused("code-unknown", lambda: register_birth(office, form(home, birth_kind=99))).field == "birth_kind"


def test_the_same_child_twice_is_noted(office: Office) -> None:
    home = settle(office)
    register_birth(office, form(home))
    assert "person-similar" in codes(register_birth(office, form(home, name="PUTRI AYU")))


def test_a_birth_writes_no_update(office: Office) -> None:
    home = settle(office)
    register_birth(office, form(home))
    assert not any(isinstance(change, Update) for change in office.entries[0].changes)
