"""A village writes its own records only, and every version has the next number (protocol 2.8, 4.4)."""

from __future__ import annotations

import copy

from sync_protocol.feed import ACCEPTED, Result
from tests.small import NAME, PERSON, PHONE, Small


def test_a_change_of_another_village_s_record_waits_for_a_person() -> None:
    world = Small()
    change_id = world.put(world.b1, PHONE, "a", "b")
    world.sync(world.b1)
    outcome = world.outcome(change_id)
    assert outcome is not None
    assert outcome.summary is Result.IN_REVIEW
    assert world.value(PHONE) == "a"


def test_nothing_of_another_village_s_record_is_told_to_who_tried_to_change_it() -> None:
    world = Small()
    world.put(world.b1, NAME, "a", "b")
    world.sync(world.b1)
    assert PERSON not in world.b1.database["layer"]


def test_every_new_version_has_the_next_number_and_names_the_one_before() -> None:
    world = Small()
    for number, value in enumerate(("b", "c", "d"), start=2):
        before = world.hub.database["records"][PERSON]
        world.put(world.a1, PHONE, before.body[PHONE], value)
        world.sync(world.a1)
        record = world.hub.database["records"][PERSON]
        assert (record.version, record.previous_version, record.previous_digest) == (number, number - 1, before.digest)


def test_a_change_id_keeps_its_first_outcome_however_often_a_copy_brings_it() -> None:
    world = Small()
    change_id = world.put(world.a1, PHONE, "a", "b")
    twin = copy.copy(world.a1)
    twin.database = copy.deepcopy(world.a1.database)
    world.sync(world.a1, world.a2)
    assert world.outcome(change_id) == ACCEPTED
    assert world.edit(PHONE, "b", "c")
    twin.new_replica()
    world.sync(twin)
    assert world.outcome(change_id) == ACCEPTED
    assert world.value(PHONE) == "c"
    assert world.open_cases() == []
