"""Moves: out, in, back, inside the village."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from schemas.codes import EventKind, LifeStatus, Relation, Sex
from schemas.fields import Kind
from sync_protocol.entries import Create, EntryKind
from tests.fakes_desk import TODAY, Office
from tests.families import FAMILY_NUMBER, Home, event_of, person, refused, settle
from tests.node_ground import VILLAGE_CODE
from village_node.registration import (
    AddressForm,
    JoinForm,
    MoveInForm,
    MoveInsideForm,
    MoveOutForm,
    Newcomer,
    register_join,
    register_move_in,
    register_move_inside,
    register_move_out,
)

SETAIL = "35.10.09.2004"


def cautions(recorded: Any) -> set[str]:
    return {caution.code for caution in recorded.cautions}


def leave(office: Office, home: Home, *movers: bytes, **more: Any) -> Any:
    values: dict[str, Any] = {"left_on": TODAY, "destination": SETAIL, "household_id": home.household, **more}
    return register_move_out(office, MoveOutForm(movers=movers, **values))


def newcomer(**more: Any) -> Newcomer:
    values: dict[str, Any] = {
        "name": "JOKO SUSILO",
        "sex": int(Sex.MALE),
        "relation": int(Relation.HEAD),
        "birth_on": dt.date(1990, 8, 17),
        "nik": "3510091708909001",
        **more,
    }
    return Newcomer(**values)


def arrive(office: Office, *newcomers: Newcomer, **more: Any) -> Any:
    values: dict[str, Any] = {"arrived_on": TODAY, "origin": SETAIL, **more}
    return register_move_in(office, MoveInForm(newcomers=newcomers, **values))


# -- out


def test_a_whole_family_leaves_in_one_entry(office: Office) -> None:
    home = settle(office)
    done = leave(office, home)
    assert [entry.kind for entry in office.entries] == [EntryKind.EVENT]
    for member in home.members:
        values = office.values(member)
        assert (values["life_status"], values["left_on"]) == (LifeStatus.MOVED, TODAY)
        assert values["destination"] == f"Setail, Genteng ({SETAIL})"
        assert values["household_id"] == home.household
    event = office.values(event_of(done))
    assert (event["event_kind"], event["move_kind"]) == (EventKind.MOVE_OUT, 2)
    assert event["place_to"] == SETAIL, "the district pairs by the official code"
    assert "village_to" not in event, "a node does not know other villages' internal ids"
    assert event["movers"] == sorted(home.members)
    assert event["subject_id"] == home.father
    assert cautions(done) == set()


@pytest.mark.parametrize(
    ("roles", "kind", "needs_head"),
    [
        (("father",), 1, True),
        (("father", "mother"), 3, True),
        (("son",), 4, False),
        (("son", "daughter"), 4, False),
    ],
)
def test_who_leaves_decides_the_kind_of_move(
    office: Office, roles: tuple[str, ...], kind: int, needs_head: bool
) -> None:
    home = settle(office)
    done = leave(office, home, *(getattr(home, role) for role in roles))
    assert office.values(event_of(done))["move_kind"] == kind
    assert cautions(done) == ({"household-needs-head"} if needs_head else set())
    with office.book() as book:
        assert book.families_without_head() == ([home.household] if needs_head else [])
        assert len(book.members(home.household)) == 4 - len(roles)


def test_a_place_outside_the_list_is_kept_in_words(office: Office) -> None:
    home = settle(office)
    done = leave(office, home, home.son, destination="  Taipei,  Taiwan ")
    assert office.values(event_of(done))["place_to"] == "Taipei, Taiwan"
    assert office.values(home.son)["destination"] == "Taipei, Taiwan"


def test_a_departure_that_makes_no_sense_is_refused(office: Office) -> None:
    home = settle(office)
    other = person(office, office.new_id(), "WAGIMAN", Sex.MALE, 1950, Relation.HEAD)
    refused("region-unknown", lambda: leave(office, home, destination="35.10.09.2999"))
    refused("move-inside", lambda: leave(office, home, destination=VILLAGE_CODE))
    refused("value-missing", lambda: leave(office, home, destination=" "))
    refused("movers-of-two-families", lambda: leave(office, home, home.son, other))
    refused("movers-missing", lambda: leave(office, home, household_id=None))
    refused("household-unknown", lambda: leave(office, home, household_id=b"\xee" * 16))
    refused("date-in-future", lambda: leave(office, home, left_on=TODAY + dt.timedelta(days=1)))
    refused("date-order", lambda: leave(office, home, home.daughter, left_on=dt.date(2016, 1, 1)))
    leave(office, home, home.son)
    refused("person-not-living", lambda: leave(office, home, home.son))
    assert len(office.entries) == 1


def test_nobody_leaves_before_arriving(office: Office) -> None:
    home = settle(office)
    office.change(home.son, arrived_on=TODAY)
    refused("date-order", lambda: leave(office, home, home.son, left_on=TODAY - dt.timedelta(days=1)))


# -- in


def test_a_new_family_arrives_in_one_entry(office: Office) -> None:
    wife = newcomer(name="ANI", sex=2, relation=int(Relation.WIFE), nik=None, birth_on=None)
    address = AddressForm(address="JL. MELATI 1", hamlet="krajan", rw="1", rt="2")
    done = arrive(office, newcomer(), wife, address=address, family_number=FAMILY_NUMBER)
    assert len(office.entries) == 1
    household_id, head_id, wife_id, event_id = done.created
    household = office.values(household_id)
    assert (household["head_id"], household["family_number"]) == (head_id, FAMILY_NUMBER)
    assert (household["hamlet"], household["rw"], household["rt"]) == ("KRAJAN", "001", "002")
    head = office.values(head_id)
    assert (head["nik"], head["household_id"], head["arrived_on"]) == ("3510091708909001", household_id, TODAY)
    assert "nik" not in office.values(wife_id)
    event = office.values(event_id)
    assert (event["event_kind"], event["place_from"], event["subject_id"]) == (EventKind.MOVE_IN, SETAIL, head_id)
    assert event["movers"] == sorted([head_id, wife_id])


def test_a_lodger_joins_a_family_that_is_here(office: Office) -> None:
    home = settle(office)
    done = arrive(office, newcomer(relation=9), household_id=home.household)
    assert office.values(done.created[0])["household_id"] == home.household
    assert not any(isinstance(one, Create) and one.kind == Kind.HOUSEHOLD for one in office.entries[0].changes)


def test_an_arrival_that_makes_no_sense_is_refused(office: Office) -> None:
    home = settle(office)
    refused("movers-missing", lambda: arrive(office))
    refused("head-count", lambda: arrive(office, newcomer(relation=4)))
    second = newcomer(nik=None, name="ANI")
    refused("head-count", lambda: arrive(office, newcomer(), second))
    refused("relation-head", lambda: arrive(office, newcomer(), household_id=home.household))
    child = newcomer(birth_on=dt.date(2015, 1, 1), nik=None)
    refused("head-too-young", lambda: arrive(office, child))
    refused("nik-format", lambda: arrive(office, newcomer(nik="123")))
    refused("value-missing", lambda: arrive(office, newcomer(name=" ")))
    refused("relation-sex", lambda: arrive(office, newcomer(relation=int(Relation.WIFE)), household_id=home.household))
    unborn = newcomer(birth_on=TODAY, relation=4)
    earlier = {"arrived_on": TODAY - dt.timedelta(days=1), "household_id": home.household}
    refused("date-order", lambda: arrive(office, unborn, **earlier))
    refused("move-inside", lambda: arrive(office, newcomer(), origin=VILLAGE_CODE))
    assert office.entries == []


def test_who_lives_here_already_does_not_arrive(office: Office) -> None:
    settle(office)
    same = newcomer(name="AHMAD FAUZI", birth_on=dt.date(1978, 4, 3), nik="3510010304789001")
    refused("person-already-here", lambda: arrive(office, same))


def test_a_nik_of_somebody_else_here_is_noted_and_never_stops_the_entry(office: Office) -> None:
    settle(office)
    done = arrive(office, newcomer(nik="3510010304789001", birth_on=dt.date(1990, 8, 17)))
    assert "nik-in-use" in cautions(done)
    assert done.change_id is not None


def test_a_return_is_an_arrival_of_its_own_and_the_departure_stays(office: Office) -> None:
    home = settle(office)
    out = leave(office, home, home.son, left_on=TODAY - dt.timedelta(days=100))
    back = newcomer(name="BUDI SANTOSO", person_id=home.son, nik=None, birth_on=None, relation=int(Relation.CHILD))
    done = arrive(office, back, household_id=home.household)
    assert cautions(done) == {"person-returns"}
    assert home.son not in done.created, "the same person keeps the same record"
    values = office.values(home.son)
    assert (values["life_status"], values["arrived_on"]) == (LifeStatus.ALIVE, TODAY)
    assert "destination" not in values
    with office.book() as book:
        assert home.son in book.members(home.household)
        kinds = {event_id: shape.model_dump()["event_kind"] for event_id, shape in book.events().items()}
    assert kinds == {out.event_id: EventKind.MOVE_OUT, done.event_id: EventKind.MOVE_IN}


def test_a_former_resident_is_known_again_by_nik(office: Office) -> None:
    home = settle(office)
    leave(office, home, home.mother, left_on=TODAY - dt.timedelta(days=10))
    back = newcomer(
        name="SITI AMINAH",
        sex=2,
        nik="3510014304809001",
        birth_on=dt.date(1980, 4, 3),
        relation=int(Relation.WIFE),
    )
    done = arrive(office, back, household_id=home.household)
    assert office.values(event_of(done))["movers"] == [home.mother]


def test_the_dead_do_not_return(office: Office) -> None:
    home = settle(office)
    office.change(home.son, life_status=int(LifeStatus.DEAD))
    back = newcomer(person_id=home.son, relation=4)
    refused("person-not-returning", lambda: arrive(office, back, household_id=home.household))


# -- inside


def test_a_family_moves_to_another_hamlet_and_its_people_follow(office: Office) -> None:
    home = settle(office)
    done = register_move_inside(
        office, MoveInsideForm(household_id=home.household, moved_on=TODAY, hamlet="Sawahan", rt="7")
    )
    values = office.values(home.household)
    assert (values["hamlet"], values["rt"], values["rw"]) == ("SAWAHAN", "007", "002")
    assert values["family_number"] == FAMILY_NUMBER
    assert office.values(event_of(done))["event_kind"] == EventKind.MOVE_INSIDE
    assert len(office.entries[0].changes) == 3, "hamlet, RT and the event; nothing is copied to the people"


def test_an_address_that_stays_the_same_is_refused(office: Office) -> None:
    home = settle(office)
    same = MoveInsideForm(household_id=home.household, moved_on=TODAY, hamlet="krajan", rt="3")
    refused("address-same", lambda: register_move_inside(office, same))


def test_an_address_of_the_person_alone_is_pointed_out(office: Office) -> None:
    home = settle(office)
    office.change(home.son, current_address="KOS DI GENTENG")
    done = register_move_inside(office, MoveInsideForm(household_id=home.household, moved_on=TODAY, rw="9"))
    assert cautions(done) == {"current-address"}


def widow_with_own_card(office: Office) -> tuple[bytes, bytes, bytes]:
    household = office.new_id()
    widow = person(office, household, "RINA WATI", Sex.FEMALE, 1985, Relation.HEAD, marital_status=4)
    child = person(office, household, "EKO", Sex.MALE, 2006, Relation.CHILD)
    office.put(Kind.HOUSEHOLD, household, head_id=widow, family_number="3510011202129009", hamlet="SAWAHAN")
    return household, widow, child


def test_a_widow_who_heads_a_family_joins_her_husbands_and_the_old_one_passes_on(office: Office) -> None:
    home = settle(office)
    old, widow, child = widow_with_own_card(office)
    done = register_join(
        office,
        JoinForm(household_id=home.household, movers=(widow,), moved_on=TODAY, relations={widow: 3}, old_head_id=child),
    )
    assert cautions(done) == set()
    assert (office.values(widow)["household_id"], office.values(widow)["relation"]) == (home.household, 3)
    assert (office.values(old)["head_id"], office.values(child)["relation"]) == (child, Relation.HEAD)
    event = office.values(event_of(done))
    assert (event["household_id"], event["other_household_id"]) == (home.household, old)


def test_the_family_she_leaves_is_listed_if_nobody_takes_over(office: Office) -> None:
    home = settle(office)
    old, widow, _ = widow_with_own_card(office)
    done = register_join(
        office, JoinForm(household_id=home.household, movers=(widow,), moved_on=TODAY, relations={widow: 3})
    )
    assert cautions(done) == {"household-needs-head"}
    with office.book() as book:
        assert book.families_without_head() == [old]


def test_the_family_everybody_leaves_needs_no_head(office: Office) -> None:
    home = settle(office)
    old, widow, child = widow_with_own_card(office)
    relations = {widow: 3, child: 4}
    register_join(
        office, JoinForm(household_id=home.household, movers=(widow, child), moved_on=TODAY, relations=relations)
    )
    with office.book() as book:
        assert book.families_without_head() == []
        assert book.members(old) == {}


def test_joining_is_held_to_one_head_and_one_family(office: Office) -> None:
    home = settle(office)
    _, widow, _ = widow_with_own_card(office)

    def join(mover: bytes, relation: int) -> None:
        form = JoinForm(household_id=home.household, movers=(mover,), moved_on=TODAY, relations={mover: relation})
        register_join(office, form)

    refused("already-member", lambda: join(home.son, 4))
    refused("relation-head", lambda: join(widow, 1))
    refused("relation-sex", lambda: join(widow, 2))
    office.change(home.father, life_status=int(LifeStatus.DEAD))
    refused("household-needs-head", lambda: join(widow, 3))
    assert office.entries == []


def test_a_stub_of_somebody_who_left_for_good_is_no_resident(office: Office) -> None:
    home = settle(office)
    gone = office.put(Kind.RESIDENT, name="SUGENG", life_status=3, level=1)
    refused("person-not-living", lambda: leave(office, home, gone, household_id=None))
