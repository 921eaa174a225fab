"""Leaving, missing, found, returning and staying for a while: one record per person, each coming and going an event."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.codes import EventKind, LifeStatus, Relation, ResidentStatus, Sex
from schemas.fields import Kind
from tests.fakes_desk import TODAY, Office
from tests.families import Home, event_of, person, refused, settle
from village_node.registration import (
    ChangeOfHeadForm,
    DeathForm,
    LeaveForm,
    MissingForm,
    MoveAbroadForm,
    MoveInForm,
    MoveOutForm,
    Newcomer,
    Recorded,
    ReturnForm,
    TemporaryInForm,
    TemporaryOutForm,
    cancel_event,
    register_change_of_head,
    register_death,
    register_found,
    register_leave,
    register_missing,
    register_move_abroad,
    register_move_in,
    register_move_out,
    register_return,
    register_temporary_in,
    register_temporary_out,
)
from village_node.registration.subjects import family_of

EARLIER = TODAY - dt.timedelta(days=40)


def leave(office: Office, *people: bytes, day: dt.date = EARLIER) -> Recorded:
    return register_leave(office, LeaveForm(left_on=day, person_ids=people, destination="BATAM"))


def come_back(office: Office, *people: bytes, **more: Any) -> Recorded:
    return register_return(office, ReturnForm(**{"returned_on": TODAY, "person_ids": people, **more}))


def codes(done: Recorded) -> set[str]:
    return {caution.code for caution in done.cautions}


def test_who_returns_is_the_same_person_and_the_return_is_an_arrival(office: Office) -> None:
    """Case E2: the departure stays, the return is an event of its own with its own date."""
    home = settle(office)
    gone = leave(office, home.son)
    assert office.values(home.son)["life_status"] == LifeStatus.LEFT
    done = come_back(office, home.son, origin="BATAM")
    values = office.values(home.son)
    assert (values["life_status"], values["left_on"], values["arrived_on"]) == (LifeStatus.ALIVE, EARLIER, TODAY)
    assert (values["household_id"], values["relation"]) == (home.household, Relation.CHILD)
    event = office.values(event_of(done))
    assert (event["event_kind"], event["occurred_on"]) == (EventKind.RETURNED, TODAY)
    assert office.values(event_of(gone))["state"] == 1, "the departure is not taken back"
    assert codes(done) == set()


def test_a_family_that_moved_away_comes_back_under_its_card(office: Office) -> None:
    home = settle(office)
    register_move_out(office, MoveOutForm(left_on=EARLIER, destination="Surabaya", household_id=home.household))
    done = come_back(office, *home.members)
    assert [one.record_id for one in family_of(office, home.household).members] == list(home.members)
    assert codes(done) == set()


def test_one_who_comes_back_to_an_empty_family_heads_it(office: Office) -> None:
    home = settle(office)
    leave(office, *home.members)
    refused("head-too-young", lambda: come_back(office, home.daughter))
    done = come_back(office, home.son)
    assert office.values(home.household)["head_id"] == home.son
    assert "head-new" in codes(done)


def test_a_former_head_finds_a_new_one(office: Office) -> None:
    home = settle(office)
    assert "household-needs-head" in codes(leave(office, home.father))
    register_change_of_head(
        office, ChangeOfHeadForm(household_id=home.household, head_id=home.mother, changed_on=TODAY)
    )
    done = come_back(office, home.father)
    assert "relations-check" in codes(done)
    assert office.values(home.father)["relation"] == Relation.OTHER
    assert office.values(home.household)["head_id"] == home.mother


def test_a_return_into_another_family_needs_its_head(office: Office) -> None:
    home = settle(office)
    other = office.new_id()
    uncle = person(office, other, "WAGIMAN", int(Sex.MALE), 1960, Relation.HEAD)
    person(office, other, "SRI", int(Sex.FEMALE), 1990, Relation.CHILD)
    office.put(Kind.HOUSEHOLD, other, head_id=uncle)
    leave(office, home.son)
    death = register_death(office, DeathForm(person_id=uncle, died_on=TODAY))
    refused("household-needs-head", lambda: come_back(office, home.son, household_id=other))
    cancel_event(office, event_of(death), "salah orang")
    come_back(office, home.son, household_id=other, relations={home.son: int(Relation.RELATIVE)})
    assert office.values(home.son)["household_id"] == other


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"life_status": 1}, "person-not-returning"),
        ({"life_status": 2}, "person-not-living"),
        ({"life_status": 6, "void": "ganda"}, "person-not-living"),
        ({"life_status": 6, "household_id": None}, "household-missing"),
        ({"life_status": 6, "left_on": TODAY + dt.timedelta(days=1)}, "date-order"),
    ],
)
def test_a_return_that_cannot_be_is_refused(office: Office, change: dict[str, Any], code: str) -> None:
    home = settle(office)
    office.change(home.son, **change)
    refused(code, lambda: come_back(office, home.son))
    assert office.entries == []


def test_a_missing_person_stays_a_member_in_the_books_and_is_found_again(office: Office) -> None:
    home = settle(office)
    form = MissingForm(missing_on=EARLIER, person_id=home.father, certificate_number="LP/12")
    done = register_missing(office, form)
    assert "household-needs-head" in codes(done)
    assert (office.values(home.father)["life_status"], office.values(home.father).get("left_on")) == (4, None)
    refused("person-not-living", lambda: leave(office, home.father))
    refused("person-not-missing", lambda: register_found(office, ReturnForm(returned_on=TODAY, person_ids=(home.son,))))
    found = register_found(office, ReturnForm(returned_on=TODAY, person_ids=(home.father,)))
    values = office.values(home.father)
    assert (values["life_status"], values.get("arrived_on"), values["relation"]) == (1, None, Relation.HEAD)
    assert codes(found) == set()
    with office.book() as book:
        assert book.families_without_head() == []


def test_cancelling_a_leave_or_a_missing_report_takes_it_back(office: Office) -> None:
    home = settle(office)
    before = office.values(home.son)
    cancel_event(office, event_of(leave(office, home.son)), "salah orang")
    assert office.values(home.son) == before
    missing = register_missing(office, MissingForm(missing_on=TODAY, person_id=home.son))
    cancel_event(office, event_of(missing), "sudah pulang")
    assert office.values(home.son) == before


@pytest.mark.parametrize("fell", [False, True])
def test_cancelling_a_return_makes_nobody_gone_whose_leaving_itself_fell(office: Office, fell: bool) -> None:
    home = settle(office)
    before = office.values(home.son)
    left = leave(office, home.son)
    away = office.values(home.son)
    back = come_back(office, home.son)
    if fell:
        cancel_event(office, event_of(left), "salah orang")
    cancel_event(office, event_of(back), "salah orang")
    assert office.values(home.son) == (before if fell else away)


def test_cancelling_takes_back_what_stands_on_the_record_that_a_merged_one_became(office: Office) -> None:
    home = settle(office)
    left = leave(office, home.son)
    other = person(office, home.household, "BUDI", int(Sex.MALE), 2007, Relation.CHILD)
    office.change(other, life_status=int(LifeStatus.LEFT), left_on=office.values(home.son)["left_on"])
    office.change(home.son, merged_into=other)
    cancel_event(office, event_of(left), "salah orang")
    assert office.values(other)["life_status"] == LifeStatus.ALIVE
    assert office.values(other).get("left_on") is None


def test_people_of_two_families_leave_on_their_own(office: Office) -> None:
    home = settle(office)
    other = person(office, office.new_id(), "WAGIMAN", int(Sex.MALE), 1960, Relation.HEAD)
    refused("people-of-two-families", lambda: leave(office, home.son, other))
    refused("people-missing", lambda: leave(office))


def test_a_move_abroad_names_the_country_and_its_papers(office: Office) -> None:
    home = settle(office)
    done = register_move_abroad(
        office, MoveAbroadForm(left_on=TODAY, country="MALAYSIA", city="JOHOR", movers=(home.son,), papers=("paspor",))
    )
    event = office.values(event_of(done))
    assert (event["event_kind"], event["country"]) == (EventKind.MOVE_OUT, "MALAYSIA")
    assert event["place_to"] == office.values(home.son)["destination"] == "JOHOR, MALAYSIA"
    assert [one.code for one in done.papers if one.is_present] == ["paspor"]
    assert office.values(home.son)["life_status"] == LifeStatus.MOVED


def stay(office: Office, home: Home, **more: Any) -> Recorded:
    values = {"arrived_on": EARLIER, "name": "JOKO", "sex": 1, "household_id": home.household, "origin": "MALANG"}
    return register_temporary_in(office, TemporaryInForm(**{**values, **more}))


def guest(done: Recorded) -> bytes:
    return done.created[0]


def test_a_temporary_resident_stays_with_a_family_and_is_no_member(office: Office) -> None:
    home = settle(office)
    done = stay(office, home, nik="3573011708909001", birth_on=dt.date(1990, 8, 17), stay_until=TODAY)
    values = office.values(guest(done))
    assert (values["resident_status"], values["household_id"]) == (ResidentStatus.TEMPORARY, home.household)
    assert [one.record_id for one in family_of(office, home.household).members] == list(home.members)
    assert office.values(event_of(done))["stay_until"] == TODAY
    refused("person-temporary", lambda: leave(office, guest(done)))
    refused("person-already-here", lambda: stay(office, home, nik="3573011708909001"))
    leave(office, *home.members)
    with office.book() as book:
        assert book.families_without_head() == [], "a guest needs no head here"


def test_a_stay_of_more_than_a_year_is_noted(office: Office) -> None:
    home = settle(office)
    assert codes(stay(office, home, stay_until=EARLIER + dt.timedelta(days=400))) == {"stay-too-long"}
    refused("date-order", lambda: stay(office, home, stay_until=EARLIER - dt.timedelta(days=1)))


def test_a_temporary_resident_leaves_and_may_come_again(office: Office) -> None:
    home = settle(office)
    who = guest(stay(office, home))
    refused("person-not-temporary", lambda: register_temporary_out(office, out(home.son)))
    refused("person-not-temporary", lambda: stay(office, home, person_id=who))
    register_temporary_out(office, out(who))
    assert office.values(who)["life_status"] == LifeStatus.LEFT
    refused("person-not-living", lambda: register_temporary_out(office, out(who)))
    refused("person-not-living", lambda: come_back(office, who))
    again = stay(office, home, person_id=who, arrived_on=TODAY)
    assert office.values(event_of(again))["subject_id"] == who
    assert office.values(who)["life_status"] == LifeStatus.ALIVE


def out(who: bytes) -> TemporaryOutForm:
    return TemporaryOutForm(left_on=TODAY, person_id=who, destination="MALANG")


def test_a_temporary_resident_who_settles_arrives_under_the_same_record(office: Office) -> None:
    home = settle(office)
    who = guest(stay(office, home))
    new = Newcomer(name="JOKO", sex=1, relation=1, birth_on=dt.date(1990, 8, 17), person_id=who)
    done = register_move_in(office, MoveInForm(arrived_on=TODAY, origin="Malang", newcomers=(new,)))
    assert "person-settles" in codes(done)
    assert office.values(who)["resident_status"] == ResidentStatus.PERMANENT
    assert office.values(office.values(who)["household_id"])["head_id"] == who


def test_a_temporary_resident_can_die_here(office: Office) -> None:
    home = settle(office)
    done = register_death(office, DeathForm(person_id=guest(stay(office, home)), died_on=TODAY))
    assert codes(done) == set()
