"""Deaths: status, event, and what they leave to do."""

from __future__ import annotations

import datetime as dt

import pytest

from schemas.codes import EventKind, EventState, LifeStatus, MaritalStatus
from schemas.fields import Kind, tag_of
from sync_protocol.entries import EntryKind, Update
from tests.fakes_desk import TODAY, Office
from tests.families import event_of, refused, settle
from village_node.registration import (
    ChangeOfHeadForm,
    DeathForm,
    RequestForm,
    open_request,
    register_change_of_head,
    register_death,
)
from village_node.registration.subjects import family_of


def test_a_death_is_one_entry_of_status_date_and_event(office: Office) -> None:
    home = settle(office)
    done = register_death(
        office, DeathForm(person_id=home.mother, died_on=TODAY, place="PUSKESMAS", cause=1, certifier=2)
    )
    assert [entry.kind for entry in office.entries] == [EntryKind.EVENT]
    updates = [change for change in office.entries[0].changes if isinstance(change, Update)]
    status, died = tag_of(Kind.RESIDENT, "life_status"), tag_of(Kind.RESIDENT, "died_on")
    days = (TODAY - dt.date(1970, 1, 1)).days
    assert updates == [Update(home.mother, status, 1, 2), Update(home.mother, died, None, days)]
    event = office.values(event_of(done))
    assert (event["event_kind"], event["state"]) == (EventKind.DEATH, EventState.DECLARED)
    assert (event["subject_id"], event["household_id"], event["cause"]) == (home.mother, home.household, 1)


def test_the_family_of_a_dead_head_is_shown_as_needing_one(office: Office) -> None:
    home = settle(office)
    with office.book() as book:
        assert book.families_without_head() == []
    done = register_death(office, DeathForm(person_id=home.father, died_on=TODAY))
    assert {caution.code for caution in done.cautions} == {"household-needs-head", "spouse-widowed"}
    family = family_of(office, home.household)
    assert family.needs_head
    assert family.head_id == home.father, "the record keeps who was head"
    with office.book() as book:
        assert book.families_without_head() == [home.household]
        assert list(book.members(home.household)) == [home.mother, home.son, home.daughter]
    register_change_of_head(
        office, ChangeOfHeadForm(household_id=home.household, head_id=home.mother, changed_on=TODAY)
    )
    with office.book() as book:
        assert book.families_without_head() == []


def test_a_death_within_thirty_days_is_not_late_and_a_later_one_is_recorded_all_the_same(office: Office) -> None:
    home = settle(office)
    on_time = register_death(office, DeathForm(person_id=home.son, died_on=TODAY - dt.timedelta(days=30)))
    late = register_death(office, DeathForm(person_id=home.daughter, died_on=TODAY - dt.timedelta(days=31)))
    assert on_time.cautions == ()
    assert [caution.code for caution in late.cautions] == ["death-late"]
    event = office.values(event_of(late))
    assert (event["occurred_on"], event["entered_on"]) == (TODAY - dt.timedelta(days=31), TODAY)


@pytest.mark.parametrize("status", [LifeStatus.DEAD, LifeStatus.MOVED, LifeStatus.LEFT, LifeStatus.INVALID])
def test_who_is_not_living_here_cannot_die_here(office: Office, status: LifeStatus) -> None:
    home = settle(office)
    office.change(home.son, life_status=int(status))
    refused("person-not-living", lambda: register_death(office, DeathForm(person_id=home.son, died_on=TODAY)))
    assert office.entries == []


def test_a_missing_person_can_be_found_dead(office: Office) -> None:
    home = settle(office)
    office.change(home.son, life_status=int(LifeStatus.MISSING))
    register_death(office, DeathForm(person_id=home.son, died_on=TODAY))
    assert office.values(home.son)["life_status"] == LifeStatus.DEAD


def test_an_annulled_person_cannot_die(office: Office) -> None:
    home = settle(office)
    office.change(home.son, void="salah ketik")
    refused("person-not-living", lambda: register_death(office, DeathForm(person_id=home.son, died_on=TODAY)))


def test_dates_of_death_keep_their_order(office: Office) -> None:
    home = settle(office)
    day = TODAY + dt.timedelta(days=1)
    refused("date-in-future", lambda: register_death(office, DeathForm(person_id=home.son, died_on=day)))
    early = DeathForm(person_id=home.son, died_on=dt.date(2000, 1, 1))
    assert refused("date-order", lambda: register_death(office, early)).field == "died_on"


def test_an_unknown_person_is_refused(office: Office) -> None:
    home = settle(office)
    refused("record-unknown", lambda: register_death(office, DeathForm(person_id=b"\xff" * 16, died_on=TODAY)))
    refused("record-unknown", lambda: register_death(office, DeathForm(person_id=home.household, died_on=TODAY)))


def test_a_dead_member_of_an_annulled_family_is_still_recorded(office: Office) -> None:
    home = settle(office)
    office.change(home.household, void="ganda")
    assert register_death(office, DeathForm(person_id=home.father, died_on=TODAY)).cautions == ()


def test_the_widowed_head_is_named_when_the_spouse_dies(office: Office) -> None:
    home = settle(office)
    done = register_death(office, DeathForm(person_id=home.mother, died_on=TODAY))
    assert [caution.code for caution in done.cautions] == ["spouse-widowed"]
    assert office.values(home.father)["marital_status"] == MaritalStatus.MARRIED


def test_the_dead_are_offered_for_nothing(office: Office) -> None:
    home = settle(office)
    register_death(office, DeathForm(person_id=home.son, died_on=TODAY))
    refused("person-not-living", lambda: open_request(office, RequestForm(applicant_id=home.son, service="SKTM")))
    with office.book() as book:
        assert [found.record_id for found in book.people("budi", is_living=True)] == []
        assert [found.record_id for found in book.people("budi", is_living=False)] == [home.son]
