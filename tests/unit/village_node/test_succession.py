"""A family that lost its head: who is in line, one guided step, and minors left alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

from schemas.codes import EventKind, MaritalStatus, Relation, Sex
from schemas.fields import Kind
from tests.fakes_desk import TODAY, Office
from tests.families import Home, event_of, person, refused, settle
from village_node.registration import (
    BirthForm,
    ChangeOfHeadForm,
    DeathForm,
    JoinForm,
    Recorded,
    register_birth,
    register_change_of_head,
    register_death,
    register_join,
)
from village_node.registration.subjects import family_of
from village_node.registration.succession import head_candidates

FEMALE, MALE = int(Sex.FEMALE), int(Sex.MALE)


def die(office: Office, *people: bytes) -> None:
    for one in people:
        register_death(office, DeathForm(person_id=one, died_on=TODAY))


def guide(office: Office, home: Home, **more: Any) -> Recorded:
    return register_change_of_head(office, ChangeOfHeadForm(household_id=home.household, changed_on=TODAY, **more))


def test_the_members_in_line_are_the_spouse_then_the_eldest_child_then_others(office: Office) -> None:
    home = settle(office)
    elder = person(office, home.household, "ARI", MALE, 2001, Relation.CHILD)
    aunt = person(office, home.household, "SRI", FEMALE, 1960, Relation.RELATIVE)
    die(office, home.father)
    found = [one.record_id for one in head_candidates(family_of(office, home.household), TODAY)]
    assert found == [home.mother, elder, home.son, aunt], "the daughter is nine"


def test_one_guided_step_makes_the_widow_head_and_keeps_the_children(office: Office) -> None:
    """Case D2: members of a dead head's card are flagged, one step gives them a head."""
    home = settle(office)
    in_law = person(office, home.household, "SUMINAH", FEMALE, 1950, Relation.PARENT)
    die(office, home.father)
    guide(office, home)
    family = family_of(office, home.household)
    found = {one.record_id: one.values["relation"] for one in family.members}
    assert found == {
        home.mother: Relation.HEAD,
        home.son: Relation.CHILD,
        home.daughter: Relation.CHILD,
        in_law: Relation.PARENT_IN_LAW,
    }


def test_a_child_who_takes_over_has_a_mother_siblings_and_children(office: Office) -> None:
    home = settle(office)
    grandchild = person(office, home.household, "ARUM", FEMALE, 2024, Relation.GRANDCHILD, father_name="BUDI SANTOSO")
    servant = person(office, home.household, "WATI", FEMALE, 1990, Relation.SERVANT)
    die(office, home.father)
    done = guide(office, home, head_id=home.son)
    found = {one.record_id: one.values["relation"] for one in family_of(office, home.household).members}
    assert found == {
        home.son: Relation.HEAD,
        home.mother: Relation.PARENT,
        home.daughter: Relation.RELATIVE,
        grandchild: Relation.CHILD,
        servant: Relation.SERVANT,
    }
    assert "relations-check" in {caution.code for caution in done.cautions}


def orphans(office: Office) -> tuple[Home, bytes, bytes]:
    """Leave the daughter alone; place an uncle who heads a family with his wife."""
    home = settle(office)
    die(office, home.father, home.mother, home.son)
    household = office.new_id()
    uncle = person(office, household, "WAGIMAN", MALE, 1970, Relation.HEAD)
    aunt = person(office, household, "SRI", FEMALE, 1975, Relation.WIFE, marital_status=int(MaritalStatus.MARRIED))
    office.put(Kind.HOUSEHOLD, household, head_id=uncle)
    return home, uncle, aunt


def test_minors_left_alone_have_nobody_in_line_and_lodge_with_relatives(office: Office) -> None:
    home, uncle, _ = orphans(office)
    error = refused("head-none", lambda: guide(office, home))
    assert "move-inside" in error.hint
    target = office.values(uncle)["household_id"]
    form = JoinForm(
        household_id=target, movers=(home.daughter,), moved_on=TODAY, relations={home.daughter: 9},
        papers_case="anak-menumpang",
    )  # fmt: skip
    done = register_join(office, form)
    assert [one.code for one in done.papers] == ["kk", "pernyataan-wali"]
    with office.book() as book:
        assert book.families_without_head() == []


def test_an_adult_comes_in_as_head_of_minors_left_alone(office: Office) -> None:
    home, uncle, aunt = orphans(office)
    old = office.values(uncle)["household_id"]
    done = guide(office, home, head_id=uncle, comes_in=True, old_head_id=aunt)
    family = family_of(office, home.household)
    assert [(one.record_id, one.values["relation"]) for one in family.members] == [(uncle, 1), (home.daughter, 9)]
    assert office.values(old)["head_id"] == aunt
    kinds = [office.values(one)["event_kind"] for one in done.created]
    assert kinds == [EventKind.CHANGE_OF_HEAD, EventKind.MOVE_INSIDE]
    assert office.values(event_of(done))["subject_id"] == uncle
    refused("family-headed", lambda: guide(office, home, head_id=aunt, comes_in=True))


def test_a_minor_does_not_come_in_as_head(office: Office) -> None:
    home, _, _ = orphans(office)
    child = person(office, office.new_id(), "ARIF", MALE, 2020, Relation.CHILD)
    refused("head-too-young", lambda: guide(office, home, head_id=child, comes_in=True))
    refused("value-missing", lambda: guide(office, home, comes_in=True))


def test_an_unmarried_mother_who_heads_a_family_adds_a_child(office: Office) -> None:
    """Case D8: the child of a head who has never married is a child."""
    household = office.new_id()
    mother = person(office, household, "LINA WATI", FEMALE, 2000, Relation.HEAD)
    office.put(Kind.HOUSEHOLD, household, head_id=mother)
    day = TODAY - dt.timedelta(days=1)
    form = BirthForm(name="Putri Ayu", sex=FEMALE, birth_on=day, mother_id=mother, papers_case="seorang-ibu")
    done = register_birth(office, form)
    child = office.values(done.created[0])
    assert (child["household_id"], child["relation"]) == (household, Relation.CHILD)
    assert "akta-kawin" not in {one.code for one in done.papers}
