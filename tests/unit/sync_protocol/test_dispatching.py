"""The dispatcher pairs moves and flags doubled NIKs, and is not to be irritated by strange values (protocol 12)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.fields import TAG_MERGED_INTO, TAG_NOTES, TAG_OWNER, TAG_VOID, Kind, tag_of
from sync_protocol.dispatching import flag_id_of, flag_niks, pair_moves
from sync_protocol.feed import STUB
from tests.small import JOB, LIFE, NAME, NIK, PERSON, PHONE, Small, ident

N1, N2 = 3510010101019001, 3510010101019002
BIRTH, HOUSEHOLD, RELATION, DESTINATION, LEFT, ARRIVED = (
    tag_of(Kind.RESIDENT, name)
    for name in ("birth_on", "household_id", "relation", "destination", "left_on", "arrived_on")
)
DIED = tag_of(Kind.RESIDENT, "died_on")
OUT, IN = 21, 22
NEWCOMER, FAMILY = ident("newcomer"), ident("family")


@pytest.fixture
def world() -> Small:
    world = Small()
    world.put(world.a1, NIK, None, N1)
    world.sync(world.a1)
    return world


def departure(world: Small, **more: Any) -> bytes:
    body: dict[int, Any] = {16: OUT, 17: 1, 18: PERSON, 28: 2} | {int(k[1:]): v for k, v in more.items()}
    event = ident(f"out{len(world.hub.database['records'])}")
    world.create(world.a1, event, {tag: value for tag, value in body.items() if value is not None}, Kind.VITAL_EVENT)
    world.sync(world.a1)
    return event


def arrival(world: Small, person: dict[int, Any] | None = None, **more: Any) -> bytes:
    event = ident(f"in{len(world.hub.database['records'])}")
    newcomer = {NIK: N1, NAME: "a", LIFE: 1} if person is None else person
    body: dict[int, Any] = {16: IN, 17: 1, 18: NEWCOMER} | {int(k[1:]): v for k, v in more.items()}
    world.create(world.b1, NEWCOMER, newcomer)
    world.create(world.b1, event, body, Kind.VITAL_EVENT)
    world.sync(world.b1)
    return event


def notices(world: Small) -> list[tuple[int, bytes, int]]:
    inbox = [record for record in world.hub.database["records"].values() if record.kind == Kind.INBOX]
    return [(record.owner, record.body[18], record.body[19]) for record in inbox if record.body[16] == "overwritten"]


def test_both_sides_make_a_move(world: Small) -> None:
    world.edit(DESTINATION, None, "far")
    world.edit(LEFT, None, 5)
    out, into = departure(world), arrival(world, {NIK: N1, NAME: "a", LIFE: 1, HOUSEHOLD: FAMILY, RELATION: 3}, t19=77)
    world.dispatch()
    body = world.hub.database["records"][PERSON].body
    assert (body[TAG_OWNER], body[HOUSEHOLD], body[RELATION], body[ARRIVED]) == (2, FAMILY, 3, 77)
    assert not {DESTINATION, LEFT} & set(body)
    assert world.value(TAG_MERGED_INTO, NEWCOMER) == PERSON
    assert (world.value(44, out), world.value(44, into)) == (into, out)
    seq = world.hub.database["villages"][1].seq
    world.dispatch()
    assert world.hub.database["villages"][1].seq == seq  # idempotent
    world.sync(world.a1, world.b1)
    assert world.a1.database["layer"][PERSON].level == STUB
    stub = world.a1.database["layer"][PERSON].body
    world.edit(NAME, "a", "new")
    world.sync(world.a1)
    assert world.a1.database["layer"][PERSON].body == stub  # frozen


def test_what_the_new_village_wrote_meanwhile_is_carried_over(world: Small) -> None:
    into = arrival(world)
    world.put(world.b1, LIFE, 1, 2, record_id=NEWCOMER)
    world.put(world.b1, DIED, None, 88, record_id=NEWCOMER)
    world.put(world.b1, NAME, "a", "b", record_id=NEWCOMER)
    world.put(world.b1, TAG_NOTES, None, [["seen"], []], record_id=NEWCOMER)
    world.put(world.a1, TAG_NOTES, None, [["known"], []])
    world.sync(world.b1, world.a1)
    departure(world)
    world.dispatch()
    body = world.hub.database["records"][PERSON].body
    assert world.value(44, into) is not None
    assert (body[TAG_OWNER], body[LIFE], body[DIED], body[NAME]) == (2, 2, 88, "b")
    assert body[TAG_NOTES] == [["seen", "known"], []]
    assert notices(world) == []


def test_what_was_typed_with_the_arrival_itself_does_not_overwrite_the_registry(world: Small) -> None:
    world.put(world.a1, PHONE, "a", "0812")
    world.sync(world.a1)
    arrival(world, {NIK: N1, NAME: "A MISPRINT", LIFE: 1, PHONE: "0"})
    departure(world)
    world.dispatch()
    body = world.hub.database["records"][PERSON].body
    assert (body[TAG_OWNER], body[NAME], body[PHONE], body[LIFE]) == (2, "a", "0812", 1)


def test_a_certified_or_corrected_value_stays_and_the_new_village_is_told(world: Small) -> None:
    arrival(world)
    world.edit(PHONE, "a", "registrar's")
    world.hub.now_ms += 1000  # later by the clock, which overturns no registrar
    name = world.put(world.b1, NAME, "a", "b", record_id=NEWCOMER)
    phone = world.put(world.b1, PHONE, None, "b", record_id=NEWCOMER)
    world.put(world.b1, LIFE, 1, 2, record_id=NEWCOMER)
    world.sync(world.b1)
    world.certify()
    departure(world)
    world.dispatch()
    body = world.hub.database["records"][PERSON].body
    assert (body[TAG_OWNER], body[NAME], body[PHONE], body[LIFE]) == (2, "a", "registrar's", 2)
    assert sorted(notices(world)) == sorted([(2, name, NAME), (2, phone, PHONE)])


def test_of_two_telephone_numbers_the_later_holds(world: Small) -> None:
    arrival(world)
    early = world.put(world.b1, PHONE, None, "early", record_id=NEWCOMER)
    world.sync(world.b1)
    world.hub.now_ms += 1000
    world.put(world.a1, PHONE, "a", "late")
    world.sync(world.a1)
    departure(world)
    world.dispatch()
    assert world.value(PHONE) == "late"
    assert notices(world) == [(2, early, PHONE)]


def test_a_clock_that_cannot_be_known_overturns_nothing_when_a_move_is_paired(world: Small) -> None:
    world.put(world.a1, PHONE, "a", "known")
    world.sync(world.a1)
    arrival(world)
    world.hub.now_ms += 1000
    year_2038 = 2_147_483_647_000
    phone = world.put(world.b1, PHONE, None, "by a wrong clock", year_2038, record_id=NEWCOMER)
    world.put(world.b1, JOB, None, "farmer", year_2038, record_id=NEWCOMER)
    world.sync(world.b1)
    departure(world)
    world.dispatch()
    assert (world.value(PHONE), world.value(JOB)) == ("known", "farmer")
    assert notices(world) == [(2, phone, PHONE)]


def test_who_comes_back_is_whole_again(world: Small) -> None:
    departure(world)
    arrival(world)
    world.dispatch()
    assert world.edit(TAG_OWNER, 2, 1)
    world.sync(world.a1, world.b1)
    assert world.a1.database["layer"][PERSON].level == 0
    assert world.hub.database["records"][PERSON].left == frozenset({2})


def test_the_destination_may_be_named_by_its_code(world: Small) -> None:
    out, into = departure(world, t28=None, t30="35.10.01.2002"), arrival(world)
    with world.hub.transaction() as registry:
        assert pair_moves(registry, [out], [into]) == 0
        assert pair_moves(registry, [out], [into], {"35.10.01.2002": 2}) == 1


@pytest.mark.parametrize(
    ("out", "person"),
    [
        ({"t17": 9}, None),  # cancelled
        ({"t28": 1}, None),  # to another village
        ({"t2": "wrong"}, None),  # void
        ({"t16": 3}, None),  # no departure
        ({"t18": ident("nobody")}, None),
        ({"t18": 5}, None),
        ({"t45": [[1], 5, None]}, None),
        ({}, {NIK: N2, NAME: "a", LIFE: 1}),
        ({}, {NAME: "a", LIFE: 1}),
        ({}, {NIK: [N1], NAME: "a"}),
        ({"t18": NEWCOMER}, None),
    ],
)
def test_what_does_not_belong_together_is_not_paired(
    world: Small, out: dict[str, Any], person: dict[int, Any] | None
) -> None:
    departure(world, **out)
    arrival(world, person)
    world.dispatch()
    assert world.value(TAG_OWNER) == 1


def test_different_birth_dates_are_different_people(world: Small) -> None:
    world.edit(BIRTH, None, 1)
    departure(world)
    arrival(world, {NIK: N1, NAME: "a", LIFE: 1, BIRTH: 2})
    world.dispatch()
    assert world.value(TAG_OWNER) == 1


def test_a_person_who_is_gone_already_is_not_handed_over(world: Small) -> None:
    out, into = departure(world), arrival(world)
    world.edit(TAG_OWNER, 1, 2)
    with world.hub.transaction() as registry:
        assert pair_moves(registry, [out, ident("nobody"), PERSON], [into]) == 0


def test_an_arrival_of_the_very_record_pairs_nobody(world: Small) -> None:
    departure(world)
    arrival(world, None, t18=PERSON)
    world.dispatch()
    assert world.value(TAG_OWNER) == 1


def test_an_arrival_of_somebody_unknown_pairs_the_others_it_names(world: Small) -> None:
    departure(world)
    arrival(world, None, t45=sorted([ident("nobody"), NEWCOMER]))
    world.dispatch()
    assert world.value(TAG_OWNER) == 2


def test_an_arrival_that_names_another_villages_person_pairs_nobody(world: Small) -> None:
    twin = ident("twin")
    world.create(world.a1, twin, {NIK: N1, NAME: "t", LIFE: 1})
    departure(world)
    arrival(world, None, t18=twin)
    world.dispatch()
    assert world.value(TAG_OWNER) == world.value(TAG_OWNER, twin) == 1


def test_each_arrival_serves_one_departure(world: Small) -> None:
    out, again, into = departure(world), departure(world), arrival(world)
    with world.hub.transaction() as registry:
        assert pair_moves(registry, [out, again], [into]) == 1


def test_a_family_moves_in_one_event(world: Small) -> None:
    other = ident("other")
    world.create(world.a1, other, {NIK: N2, NAME: "o", LIFE: 1})
    second = ident("second")
    world.create(world.b1, second, {NIK: N2, NAME: "o", LIFE: 1})
    departure(world, t45=sorted([PERSON, other]))
    arrival(world, None, t45=sorted([NEWCOMER, second]))
    world.dispatch()
    assert (world.value(TAG_OWNER), world.value(TAG_OWNER, other)) == (2, 2)


def flags(world: Small) -> dict[bytes, tuple[bool, list[bytes], bool]]:
    """Return by person whether a flag is open, whom it names, and whether somebody elsewhere is meant."""
    found = {x.body[17]: x.body for x in world.hub.database["records"].values() if x.kind == Kind.FLAG}
    return {about: (body.get(18, False), body.get(19, []), body.get(20, False)) for about, body in found.items()}


def test_a_nik_on_two_living_people_is_flagged_on_both_sides_and_closes_by_itself(world: Small) -> None:
    twin, far = ident("twin"), ident("far")
    world.create(world.a1, twin, {NIK: N1, NAME: "t", LIFE: 1})
    world.create(world.b1, far, {NIK: N1, NAME: "f"})
    world.sync(world.a1, world.b1)
    world.dispatch()
    assert flags(world) == {
        PERSON: (True, [twin], True),
        twin: (True, [PERSON], True),
        far: (True, [], True),
    }
    world.edit(LIFE, 1, 2, twin)
    world.edit(TAG_VOID, None, "typing error", far)
    world.dispatch()
    assert {is_open for is_open, _, _ in flags(world).values()} == {False}


def test_a_nik_of_a_strange_type_or_a_record_of_another_kind_is_nobody(world: Small) -> None:
    odd = ident("odd")
    world.create(world.a1, odd, {NIK: [1], NAME: "o"})
    world.create(world.a1, FAMILY, {NIK: N1}, Kind.HOUSEHOLD)
    world.sync(world.a1)
    people = [PERSON, odd, FAMILY, ident("nobody")]
    with world.hub.transaction() as registry:
        flag_niks(registry, people, people)
    assert flags(world) == {}


def test_who_left_is_no_longer_flagged_in_his_old_village(world: Small) -> None:
    twin = ident("twin")
    world.create(world.a1, twin, {NIK: N1, NAME: "t", LIFE: 1})
    world.sync(world.a1)
    world.dispatch()
    world.edit(TAG_OWNER, 1, 2)
    world.dispatch()
    old = world.hub.database["records"][flag_id_of(PERSON, 1)].body
    new = world.hub.database["records"][flag_id_of(PERSON, 2)].body
    assert (old.get(18), new.get(18), new.get(20)) == (None, True, True)
