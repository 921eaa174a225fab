"""The district counts whom the village counts: nobody twice, nobody alive again, families with their people."""

from __future__ import annotations

from register.store import Counts
from schemas.fields import Kind, tag_of
from sync_protocol.entries import EntryKind
from tests.hub_office import A, B, Office, created, person, record_id, updated

NIK, RIGHT_NIK = "3510095205709001", "3510095205709002"
DEAD = 2


def counts(office: Office, village: int = A) -> Counts:
    with office.store.reading() as reader:
        return reader.counts(village).register


def test_a_corrected_nik_is_a_change_of_the_same_person(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "nik", int(NIK), int(RIGHT_NIK)))
    office.sync(A)
    assert (counts(office).residents, office.value(1, "nik")) == (1, int(RIGHT_NIK))


def test_syncing_again_makes_nobody_twice(office: Office) -> None:
    office.save(A, person(1), person(2))
    for _ in range(3):
        office.sync(A)
    assert counts(office).residents == 2
    assert office.fingerprints_agree()


def test_who_is_annulled_or_moves_away_is_counted_no_more(office: Office) -> None:
    office.save(A, person(1), person(2), person(3))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "void", None, "dobel"))
    office.save(A, updated(2, Kind.RESIDENT, "life_status", None, 3))
    office.sync(A)
    assert counts(office).residents == 1
    assert office.fingerprints_agree()


def test_a_dead_head_is_dead_at_the_district_too(office: Office) -> None:
    office.save(A, created(9, Kind.HOUSEHOLD, head_id=record_id(1)), person(1, household_id=record_id(9)))
    office.sync(A)
    office.save(A, updated(1, Kind.RESIDENT, "life_status", None, DEAD), kind=EntryKind.EVENT)
    office.sync(A)
    assert (counts(office).residents, office.value(1, "life_status")) == (0, DEAD)
    assert office.value(9, "head_id") == record_id(1)


def test_families_arrive_with_their_people_at_the_first_sync(office: Office) -> None:
    members = [person(n, household_id=record_id(9)) for n in (1, 2, 3)]
    office.save(A, created(9, Kind.HOUSEHOLD, head_id=record_id(1)), *members)
    office.sync(A)
    assert (counts(office).residents, counts(office).households) == (3, 1)
    with office.store.reading() as reader:
        assert len(reader.register.members(A, record_id(9))) == 3


def test_people_without_a_nik_are_told_apart_by_their_ids(office: Office) -> None:
    office.save(A, person(1, "SITI"), person(2, "SITI"))
    office.save(A, created(5, Kind.REQUEST, service="surat-pengantar", applicant_id=record_id(2)))
    office.sync(A)
    assert office.record(5).body[tag_of(Kind.REQUEST, "applicant_id")] == record_id(2)
    assert office.value(1, "nik") is office.value(2, "nik") is None


def test_what_a_village_sends_about_another_villages_person_changes_nobody_there(office: Office) -> None:
    office.save(A, person(1, nik=NIK))
    office.sync()
    office.save(B, updated(1, Kind.RESIDENT, "life_status", None, DEAD))
    office.sync()
    assert (counts(office).residents, counts(office, B).residents) == (1, 0)
