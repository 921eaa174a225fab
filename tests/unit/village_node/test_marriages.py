"""Marriages and divorces: status, papers, and where people live afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.codes import EventKind, EventState, MaritalStatus, Relation, Sex
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from tests.fakes_desk import TODAY, Office
from tests.families import Home, event_of, person, refused, settle
from village_node.registration import (
    AnnulledDivorceForm,
    AnnulledMarriageForm,
    DeathForm,
    DivorceForm,
    MarriageForm,
    Recorded,
    bring_papers,
    cancel_event,
    event_papers,
    register_annulled_divorce,
    register_annulled_marriage,
    register_death,
    register_divorce,
    register_marriage,
)
from village_node.registration.subjects import family_of

FEMALE, MALE = int(Sex.FEMALE), int(Sex.MALE)


def bride(office: Office, **more: Any) -> tuple[bytes, bytes]:
    """Place a widow of 30 who heads a family of her own, and her son of 6; return both."""
    household = office.new_id()
    widow = {"marital_status": int(MaritalStatus.WIDOWED), **more}
    mother = person(office, household, "LINA WATI", FEMALE, 1996, Relation.HEAD, **widow)
    child = person(office, household, "ARIF", MALE, 2020, Relation.CHILD)
    office.put(Kind.HOUSEHOLD, household, head_id=mother, family_number="3510011202129002", hamlet="SAWAHAN")
    return mother, child


def groom(office: Office, home: Home) -> bytes:
    office.change(home.son, birth_on=dt.date(2000, 1, 1))
    return home.son


def marry(office: Office, **values: Any) -> Recorded:
    return register_marriage(office, MarriageForm(**{"married_on": TODAY, **values}))


def events(office: Office, done: Recorded) -> dict[int, dict[str, Any]]:
    found = [office.values(record_id) for record_id in done.created]
    return {one["event_kind"]: one for one in found if "event_kind" in one}


def codes(done: Recorded) -> set[str]:
    return {caution.code for caution in done.cautions}


def test_a_marriage_is_one_entry_that_changes_both(office: Office) -> None:
    home = settle(office)
    husband, (wife, _) = groom(office, home), bride(office)
    done = marry(office, husband_id=husband, wife_id=wife, certificate_number="0123/045/XI/2026", religion=1)
    assert [entry.kind for entry in office.entries] == [EntryKind.EVENT]
    for one in (husband, wife):
        values = office.values(one)
        assert values["marital_status"] == MaritalStatus.MARRIED_REGISTERED
        assert (values["married_on"], values["marriage_number"]) == (TODAY, "0123/045/XI/2026")
    event = office.values(event_of(done))
    assert (event["event_kind"], event["state"]) == (EventKind.MARRIAGE, EventState.DECLARED)
    assert (event["subject_id"], event["second_subject_id"]) == (husband, wife)
    assert office.values(wife)["household_id"] != home.household, "nobody moves unless it is said"


def test_a_couple_that_forms_a_family_is_two_events_of_one_entry(office: Office) -> None:
    home = settle(office)
    husband, (wife, child) = groom(office, home), bride(office)
    old = office.values(wife)["household_id"]
    done = marry(
        office, husband_id=husband, wife_id=wife, residence="baru", movers=(child,), relations={child: Relation.CHILD}
    )
    assert len(office.entries) == 1
    new_family = events(office, done)[EventKind.NEW_HOUSEHOLD]
    family = family_of(office, new_family["household_id"])
    assert [member.record_id for member in family.members] == [husband, wife, child]
    assert [member.values["relation"] for member in family.members] == [1, 3, 4]
    assert not family_of(office, old).members, "her old card stays as an empty record"
    assert codes(done) == set()


def test_a_widow_who_heads_a_family_joins_her_husbands(office: Office) -> None:
    """Case D3: her old card closes, she moves, the history is kept."""
    home = settle(office)
    office.change(home.mother, life_status=2, died_on=dt.date(2024, 1, 1))
    office.change(home.father, marital_status=int(MaritalStatus.WIDOWED))
    wife, child = bride(office)
    old = office.values(wife)["household_id"]
    done = marry(office, husband_id=home.father, wife_id=wife, residence="suami", movers=(child,))
    assert (office.values(wife)["household_id"], office.values(wife)["relation"]) == (home.household, Relation.WIFE)
    assert office.values(child)["relation"] == Relation.CHILD
    assert (office.values(old).get("head_id"), office.values(old).get("void")) == (None, None)
    move = events(office, done)[EventKind.MOVE_INSIDE]
    assert (move["household_id"], move["other_household_id"]) == (home.household, old)
    assert set(move["movers"]) == {wife, child}
    with office.book() as book:
        assert book.families_without_head() == []


def test_what_a_bride_who_was_head_leaves_behind_passes_on_or_is_listed(office: Office) -> None:
    home = settle(office)
    husband, (wife, _) = groom(office, home), bride(office)
    old = office.values(wife)["household_id"]
    aunt = person(office, old, "SRI", FEMALE, 1970, Relation.RELATIVE)
    trial = register_marriage(
        office,
        MarriageForm(married_on=TODAY, husband_id=husband, wife_id=wife, residence="suami"),
        dry_run=True,
    )
    assert "household-needs-head" in codes(trial)
    marry(office, husband_id=husband, wife_id=wife, residence="suami", old_head_id=aunt)
    assert office.values(old)["head_id"] == aunt
    assert office.values(wife)["relation"] == Relation.CHILD_IN_LAW, "he is a child of the head"


def test_a_partner_from_elsewhere_is_named_and_moves_in_later(office: Office) -> None:
    home = settle(office)
    husband = groom(office, home)
    done = marry(office, husband_id=husband, partner_name="Rina Dewi", partner_nik="3510094101009001")
    event = office.values(event_of(done))
    assert (event["partner_name"], event["partner_nik"]) == ("Rina Dewi", "3510094101009001")
    refused("partner-not-here", lambda: marry(office, husband_id=husband, partner_name="Rina", residence="suami"))


def test_both_are_nineteen_or_a_court_has_given_leave(office: Office) -> None:
    home = settle(office)
    wife, _ = bride(office)
    young = {"husband_id": home.son, "wife_id": wife}
    office.change(home.son, birth_on=TODAY.replace(year=TODAY.year - 19) + dt.timedelta(days=1))
    refused("marriage-too-young", lambda: marry(office, **young))
    marry(office, **young, court_number="12/Pdt.P/2026/PA.Bwi")


def test_a_marriage_of_old_keeps_the_age_of_its_time(office: Office) -> None:
    home = settle(office)
    office.change(home.son, birth_on=dt.date(1985, 1, 1))
    wife, _ = bride(office, birth_on=dt.date(1990, 1, 1), marital_status=1)
    done = marry(office, husband_id=home.son, wife_id=wife, married_on=dt.date(2007, 6, 1))
    assert "marriage-late" in codes(done), "late is flagged and recorded"
    assert office.values(event_of(done))["entered_on"] == TODAY


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"marital_status": 2}, "wife-married"),
        ({"sex": 1}, "spouse-sex"),
        ({"life_status": 2}, "person-not-living"),
        ({"resident_status": 2}, "person-temporary"),
        ({"mother_nik": "3510014304809001"}, "marriage-relatives"),
    ],
)
def test_a_marriage_that_cannot_be_is_refused(office: Office, change: dict[str, Any], code: str) -> None:
    home = settle(office)
    husband, (wife, _) = groom(office, home), bride(office)
    office.change(husband, mother_nik="3510014304809001")
    office.change(wife, **change)
    refused(code, lambda: marry(office, husband_id=husband, wife_id=wife))
    assert office.entries == []


def test_a_form_without_a_couple_or_with_an_unknown_home_is_refused(office: Office) -> None:
    home = settle(office)
    husband, (wife, _) = groom(office, home), bride(office)
    refused("spouse-missing", lambda: marry(office, husband_id=husband))
    refused("residence-unknown", lambda: marry(office, husband_id=husband, wife_id=wife, residence="hotel"))


def test_a_second_wife_is_a_caution_and_a_late_record_of_a_couple_is_none(office: Office) -> None:
    home = settle(office)
    wife, _ = bride(office)
    assert "husband-married" in codes(marry(office, husband_id=home.father, wife_id=wife))
    done = marry(office, husband_id=home.father, wife_id=home.mother, married_on=dt.date(2005, 1, 1))
    assert office.values(event_of(done))["occurred_on"] == dt.date(2005, 1, 1)


def test_papers_are_listed_present_and_missing_and_brought_later(office: Office) -> None:
    home = settle(office)
    husband, (wife, _) = groom(office, home), bride(office)
    form = {"papers": ("kk", "ktp"), "papers_case": "non-islam"}
    done = marry(office, husband_id=husband, wife_id=wife, **form)
    assert [(one.code, one.is_present) for one in done.papers] == [
        ("surat-pemuka", False),
        ("pas-foto", False),
        ("kk", True),
        ("ktp", True),
    ]
    bring_papers(office, event_of(done), ("pas-foto", "kk"))
    assert [one.code for one in event_papers(office, event_of(done)) if not one.is_present] == ["surat-pemuka"]
    refused("paper-unknown", lambda: bring_papers(office, event_of(done), ("ijazah",)))
    refused("papers-case-unknown", lambda: divorce(office, wife, papers_case="x"))
    refused("event-unknown", lambda: event_papers(office, husband))


def test_cancelling_a_marriage_takes_the_move_back_too(office: Office) -> None:
    home = settle(office)
    husband, (wife, child) = groom(office, home), bride(office)
    before = {one: office.values(one) for one in (husband, wife, child)}
    done = marry(office, husband_id=husband, wife_id=wife, residence="baru", movers=(child,))
    cancel_event(office, event_of(done), "belum jadi")
    assert {one: office.values(one) for one in before} == before
    assert {one["state"] for one in events(office, done).values()} == {EventState.CANCELLED}


def divorce(office: Office, *people: bytes, **values: Any) -> Recorded:
    form = DivorceForm(**{"divorced_on": TODAY, "court_number": "77/Pdt.G/2026", "person_ids": people, **values})
    return register_divorce(office, form)


def test_a_divorce_finds_the_spouse_and_says_that_both_are_still_on_one_card(office: Office) -> None:
    home = settle(office)
    done = divorce(office, home.mother)
    for one in (home.father, home.mother):
        assert office.values(one)["marital_status"] == MaritalStatus.DIVORCED_REGISTERED
        assert office.values(one)["divorced_on"] == TODAY
    assert codes(done) == {"spouse-still-listed"}
    assert office.values(event_of(done))["court_number"] == "77/Pdt.G/2026"


def test_who_leaves_after_a_divorce_forms_a_family_with_the_child(office: Office) -> None:
    home = settle(office)
    done = divorce(office, home.father, leaver_id=home.mother, movers=(home.daughter,))
    family = family_of(office, events(office, done)[EventKind.NEW_HOUSEHOLD]["household_id"])
    assert [(one.record_id, one.values["relation"]) for one in family.members] == [(home.mother, 1), (home.daughter, 4)]
    assert len(office.entries) == 1


def test_who_leaves_after_a_divorce_may_go_back_to_the_parents(office: Office) -> None:
    home = settle(office)
    parents = office.new_id()
    grandfather = person(office, parents, "WAGIMAN", MALE, 1950, Relation.HEAD)
    office.put(Kind.HOUSEHOLD, parents, head_id=grandfather)
    divorce(office, home.mother, leaver_id=home.mother, to_household_id=parents, relations={home.mother: 4})
    assert [one.record_id for one in family_of(office, parents).members] == [grandfather, home.mother]


def test_the_term_of_a_divorce_runs_from_the_ruling(office: Office) -> None:
    home = settle(office)
    ruling = TODAY - dt.timedelta(days=61)
    assert "divorce-late" in codes(divorce(office, home.mother, court_on=ruling))


def test_a_divorce_of_people_who_are_not_married_is_refused(office: Office) -> None:
    home = settle(office)
    refused("not-married", lambda: divorce(office, home.son))
    refused("leaver-not-spouse", lambda: divorce(office, home.father, leaver_id=home.son))
    refused("spouse-missing", lambda: divorce(office))
    assert "court-missing" in codes(divorce(office, home.father, court_number=None))


def test_annulments_bring_the_former_status_back(office: Office) -> None:
    home = settle(office)
    divorce(office, home.father)
    couple = (home.father, home.mother)
    register_annulled_divorce(office, AnnulledDivorceForm(annulled_on=TODAY, person_ids=couple))
    assert office.values(home.mother)["marital_status"] == MaritalStatus.MARRIED_REGISTERED
    assert "divorced_on" not in office.values(home.mother)
    refused(
        "not-divorced",
        lambda: register_annulled_divorce(office, AnnulledDivorceForm(annulled_on=TODAY, person_ids=couple)),
    )
    register_annulled_marriage(office, AnnulledMarriageForm(annulled_on=TODAY, person_ids=couple))
    assert office.values(home.father)["marital_status"] == MaritalStatus.SINGLE


def test_a_widower_is_offered_to_nobody_as_dead(office: Office) -> None:
    """Case E9: the dead are offered nowhere, not as a spouse either."""
    home = settle(office)
    wife, _ = bride(office)
    register_death(office, DeathForm(person_id=home.son, died_on=TODAY))
    refused("person-not-living", lambda: marry(office, husband_id=home.son, wife_id=wife))
