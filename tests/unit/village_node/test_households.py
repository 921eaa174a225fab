"""Families: new ones, splits, changes of head."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.codes import EventKind, LifeStatus, MaritalStatus, Relation, Sex
from schemas.fields import Kind
from sync_protocol.entries import EntryKind
from tests.fakes_desk import TODAY, Office
from tests.families import FAMILY_NUMBER, Home, event_of, person, refused, settle
from village_node.registration import (
    AddressForm,
    ChangeOfHeadForm,
    DeathForm,
    NewFamilyForm,
    SplitForm,
    register_change_of_head,
    register_death,
    register_new_family,
    register_split,
)
from village_node.registration.subjects import family_of


def cautions(recorded: Any) -> set[str]:
    return {caution.code for caution in recorded.cautions}


def split(office: Office, home: Home, *members: bytes, head: bytes, **more: Any) -> Any:
    values: dict[str, Any] = {"household_id": home.household, "split_on": TODAY, **more}
    return register_split(office, SplitForm(members=members, head_id=head, **values))


def test_a_split_is_one_entry_and_the_old_family_keeps_its_number(office: Office) -> None:
    home = settle(office)
    done = split(office, home, home.son, head=home.son)
    assert [entry.kind for entry in office.entries] == [EntryKind.EVENT]
    new_id, event_id = done.created
    new = office.values(new_id)
    assert new["head_id"] == home.son
    assert "family_number" not in new, "Dukcapil issues numbers, we never make one"
    assert new["origin_family_number"] == FAMILY_NUMBER
    assert (new["address"], new["hamlet"], new["rw"], new["rt"]) == ("JL. MAWAR 5", "KRAJAN", "002", "003")
    assert office.values(home.household)["family_number"] == FAMILY_NUMBER
    son = office.values(home.son)
    assert (son["household_id"], son["relation"]) == (new_id, Relation.HEAD)
    event = office.values(event_id)
    assert (event["event_kind"], event["household_id"]) == (EventKind.SPLIT, home.household)
    assert (event["other_household_id"], event["subject_id"], event["movers"]) == (new_id, home.son, [home.son])
    assert cautions(done) == set()


def test_a_split_with_a_change_of_head_is_still_one_entry(office: Office) -> None:
    home = settle(office)
    done = split(
        office,
        home,
        home.father,
        home.daughter,
        head=home.father,
        relations={home.daughter: int(Relation.CHILD)},
        old_head_id=home.mother,
        old_relations={home.son: int(Relation.CHILD)},
        address=AddressForm(hamlet="sawahan", rt="1"),
    )
    assert len(office.entries) == 1
    new_id = done.created[0]
    old, new = family_of(office, home.household), family_of(office, new_id)
    assert (old.head and old.head.record_id, new.head and new.head.record_id) == (home.mother, home.father)
    assert [member.record_id for member in old.members] == [home.mother, home.son]
    assert [member.record_id for member in new.members] == [home.father, home.daughter]
    assert office.values(home.mother)["relation"] == Relation.HEAD
    assert office.values(event_of(done))["second_subject_id"] == home.mother
    values = office.values(new_id)
    assert (values["hamlet"], values["rt"], values.get("rw")) == ("SAWAHAN", "001", None)


def test_a_family_whose_head_splits_off_is_listed_if_nobody_takes_over(office: Office) -> None:
    home = settle(office)
    done = split(office, home, home.father, head=home.father)
    assert cautions(done) == {"household-needs-head"}
    with office.book() as book:
        assert book.families_without_head() == [home.household]


def test_a_head_is_seventeen_or_has_ever_married(office: Office) -> None:
    home = settle(office)
    refused("head-too-young", lambda: split(office, home, home.daughter, head=home.daughter))
    office.change(home.daughter, marital_status=int(MaritalStatus.DIVORCED))
    split(office, home, home.daughter, head=home.daughter)


def test_seventeen_counts_from_the_birthday(office: Office) -> None:
    home = settle(office)
    office.change(home.daughter, birth_on=TODAY.replace(year=TODAY.year - 17) + dt.timedelta(days=1))
    refused("head-too-young", lambda: split(office, home, home.daughter, head=home.daughter))
    office.change(home.daughter, birth_on=TODAY.replace(year=TODAY.year - 17))
    split(office, home, home.daughter, head=home.daughter)


def test_a_split_that_makes_no_sense_is_refused(office: Office) -> None:
    home = settle(office)
    other = person(office, office.new_id(), "WAGIMAN", Sex.MALE, 1950, Relation.HEAD)
    refused("split-empties", lambda: split(office, home, *home.members, head=home.father))
    refused("head-not-member", lambda: split(office, home, home.son, head=home.mother))
    refused("not-in-household", lambda: split(office, home, home.son, other, head=home.son))
    refused(
        "relation-head", lambda: split(office, home, home.son, home.mother, head=home.son, relations={home.mother: 1})
    )
    refused(
        "relation-sex", lambda: split(office, home, home.son, home.mother, head=home.son, relations={home.mother: 2})
    )
    refused("date-in-future", lambda: split(office, home, home.son, head=home.son, split_on=dt.date(2030, 1, 1)))
    office.change(home.son, life_status=int(LifeStatus.MOVED))
    refused("person-not-living", lambda: split(office, home, home.son, head=home.son))
    assert office.entries == []


def test_a_family_without_a_number_can_be_split(office: Office) -> None:
    home = settle(office)
    office.change(home.household, family_number=None, temporary_family_number="0351001200100001")
    done = split(office, home, home.son, head=home.son)
    new = office.values(done.created[0])
    assert not {"family_number", "temporary_family_number", "origin_family_number"} & new.keys()


def test_a_couple_from_two_families_forms_one_of_its_own(office: Office) -> None:
    home = settle(office)
    other = office.new_id()
    parent = person(office, other, "WAGIMAN", Sex.MALE, 1970, Relation.HEAD)
    bride = person(office, other, "LINA", Sex.FEMALE, 2006, Relation.CHILD)
    office.put(Kind.HOUSEHOLD, other, head_id=parent)
    done = register_new_family(
        office,
        NewFamilyForm(members=(home.son, bride), head_id=home.son, formed_on=TODAY, relations={bride: 3}),
    )
    family = family_of(office, done.created[0])
    assert [member.record_id for member in family.members] == [home.son, bride]
    assert cautions(done) == set()
    assert office.values(event_of(done))["event_kind"] == EventKind.NEW_HOUSEHOLD
    with office.book() as book:
        assert list(book.members(other)) == [parent]
        assert home.son not in book.members(home.household)


def test_a_relation_left_open_is_pointed_out(office: Office) -> None:
    home = settle(office)
    done = split(office, home, home.son, home.daughter, head=home.son)
    assert cautions(done) == {"relations-check"}
    assert office.values(home.daughter)["relation"] == Relation.OTHER


def change_head(office: Office, home: Home, head: bytes, **more: Any) -> Any:
    return register_change_of_head(
        office, ChangeOfHeadForm(household_id=home.household, head_id=head, changed_on=TODAY, **more)
    )


def test_a_wife_follows_a_living_head_who_becomes_husband(office: Office) -> None:
    home = settle(office)
    done = change_head(office, home, home.mother)
    assert office.values(home.household)["head_id"] == home.mother
    assert office.values(home.mother)["relation"] == Relation.HEAD
    assert office.values(home.father)["relation"] == Relation.HUSBAND
    assert "family-number-new" in cautions(done)
    event = office.values(event_of(done))
    assert (event["event_kind"], event["subject_id"], event["second_subject_id"]) == (
        EventKind.CHANGE_OF_HEAD,
        home.mother,
        home.father,
    )


def test_after_a_death_the_family_passes_on(office: Office) -> None:
    home = settle(office)
    register_death(office, DeathForm(person_id=home.father, died_on=TODAY))
    change_head(office, home, home.son, relations={home.mother: 7, home.daughter: 9})
    family = family_of(office, home.household)
    assert family.head is not None
    assert family.head.record_id == home.son
    assert [member.values["relation"] for member in family.members] == [1, 7, 9]
    assert office.values(home.father)["relation"] == Relation.HEAD, "the dead keep what they were"


def test_what_a_living_former_head_becomes_must_be_said(office: Office) -> None:
    home = settle(office)
    assert refused("relation-missing", lambda: change_head(office, home, home.son)).field == "relation"
    change_head(office, home, home.son, relations={home.father: 7, home.mother: 7, home.daughter: 9})


def test_a_change_of_head_that_makes_no_sense_is_refused(office: Office) -> None:
    home = settle(office)
    refused("head-same", lambda: change_head(office, home, home.father))
    refused("head-too-young", lambda: change_head(office, home, home.daughter, relations={home.father: 7}))
    refused("head-not-member", lambda: change_head(office, home, b"\xee" * 16))
    office.change(home.household, void="ganda")
    refused("household-unknown", lambda: change_head(office, home, home.mother))
    assert office.entries == []


def test_members_are_listed_by_relation_then_age(office: Office) -> None:
    home = settle(office)
    elder = person(office, home.household, "ARI", Sex.MALE, 2001, Relation.CHILD)
    grandmother = person(office, home.household, "SUMINAH", Sex.FEMALE, 1950, 7)
    order = [member.record_id for member in family_of(office, home.household).members]
    assert order == [home.father, home.mother, elder, home.son, home.daughter, grandmother]


def test_who_follows_the_head_keeps_the_relation(office: Office) -> None:
    home = settle(office)
    done = split(office, home, home.father, home.mother, head=home.father, old_head_id=home.son)
    assert office.values(home.mother)["relation"] == Relation.WIFE
    assert [caution.code for caution in done.cautions] == ["relations-check"]
    assert "DEWI LESTARI" in done.cautions[0].message
