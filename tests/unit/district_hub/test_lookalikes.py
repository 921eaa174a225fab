"""Who may be one person twice is listed for a person to judge; nothing is merged by it."""

from __future__ import annotations

import datetime as dt

from district_hub.lookalikes import LookalikeGroup, find_lookalikes
from tests.hub_office import A, B, Office, person, record_id

BORN = dt.date(1970, 5, 12)
NIK, OTHER_NIK = "3510095205709001", "3510095205709002"


def groups(office: Office, village: int | None = None) -> list[LookalikeGroup]:
    with office.store.reading() as reader:
        return find_lookalikes(reader.register, village)


def test_one_person_with_and_without_a_nik_is_a_group_across_villages(office: Office) -> None:
    office.save(A, person(1, "SITI AMINAH", birth_on=BORN, nik=NIK), person(2, "BUDI", birth_on=BORN))
    office.save(B, person(3, "Siti Aminah", birth_on=BORN))
    office.sync()
    (group,) = groups(office)
    assert (group.name, group.birth_on) == ("SITI AMINAH", BORN)
    assert [(one.village_id, one.record_id, one.nik) for one in group.people] == [
        (A, record_id(1), NIK),
        (B, record_id(3), None),
    ]
    assert groups(office, A) == groups(office, B) == [group]


def test_people_with_niks_of_their_own_the_dead_and_the_undated_are_no_group(office: Office) -> None:
    office.save(A, person(1, "SITI", birth_on=BORN, nik=NIK), person(2, "SITI", birth_on=BORN, nik=OTHER_NIK))
    office.save(A, person(3, "BUDI", birth_on=BORN), person(4, "BUDI", birth_on=BORN, life_status=2))
    office.save(A, person(5, "DEWI"), person(6, "DEWI"))
    office.sync(A)
    assert groups(office) == []
