"""Invented villages: the same everywhere, believable, and wrong only where they say so."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from register.exporting import write_csv, write_xlsx
from register.generator import HEADERS, GeneratedVillage, generate_village
from register.importing import ImportPlan, plan_import, read_table
from schemas.bodies import values_of
from schemas.codes import Relation, Sex, code_list
from schemas.fields import Kind, fields_by_name
from schemas.identifiers import NIK, RegionCode, nik_warnings
from schemas.regions import is_known_region, regions_in

TODAY = dt.date(2026, 11, 25)
SETAIL = "35.10.09.2004"
ALL_CODES = {
    "date-impossible",
    "nik-format",
    "nik-cut-by-excel",
    "code-unknown",
    "name-missing",
    "person-twice-in-file",
    "nik-twice-in-file",
}


class NothingYet:
    """The register of a village that starts today."""

    def by_ids(self, ids: Any, /) -> dict[bytes, Any]:
        return {}

    def by_niks(self, niks: Any, /) -> dict[int, bytes]:
        return {}

    def household_by_number(self, numbers: Any, /) -> dict[int, bytes]:
        return {}

    def members_of(self, household_ids: Any, /) -> dict[bytes, Any]:
        return {}


def plan_of(path: Path) -> ImportPlan:
    return plan_import(read_table(path), village_key=bytes(32), file_digest=bytes(16), existing=NothingYet())


@pytest.fixture(scope="module")
def village() -> GeneratedVillage:
    return generate_village(1, SETAIL, 2000, today=TODAY)


def people(village: GeneratedVillage) -> list[dict[str, Any]]:
    return [dict(person) for household in village.households for person in household.members]


def test_the_same_seed_gives_the_same_village_and_another_seed_another() -> None:
    one, again, other = (
        generate_village(seed, SETAIL, 60, today=TODAY, dirty=0.2, is_varied=True) for seed in (1, 1, 2)
    )
    assert one == again
    assert one != other


def test_a_village_has_exactly_the_residents_asked_for(village: GeneratedVillage) -> None:
    assert village.resident_count == len(people(village)) == len(village.rows) == village.importable_count == 2000
    assert generate_village(1, SETAIL, 0, today=TODAY, dirty=0.5).rows == ()


def test_nobody_can_be_taken_for_a_real_person(village: GeneratedVillage) -> None:
    niks = [NIK(person["nik"]) for person in people(village) if "nik" in person]
    assert all(nik.serial > 9000 for nik in niks)
    assert all(int(household.values["family_number"][12:]) > 9000 for household in village.households)
    assert len(set(niks)) == len(niks)


def test_numbers_agree_with_their_owners(village: GeneratedVillage) -> None:
    homes = {str(place.code) for place in regions_in(RegionCode("35.10"))}
    districts: Counter[bool] = Counter()
    for person in people(village):
        if "nik" in person:
            nik = NIK(person["nik"])
            known = nik_warnings(nik, birth_on=person["birth_on"], sex=person["sex"], known_region=is_known_region)
            assert known == ()
            districts[str(nik.region) in homes] += 1
    assert 0 < districts[False] < 0.1 * districts[True]


def test_every_value_is_one_the_register_can_hold(village: GeneratedVillage) -> None:
    for person in people(village):
        for name, value in person.items():
            field = fields_by_name(Kind.RESIDENT)[name]
            if field.type == "code":
                assert value in code_list(field.code_list), name


def test_families_have_one_head_and_plausible_ages(village: GeneratedVillage) -> None:
    for household in village.households:
        head, *others = household.members
        assert head["relation"] == Relation.HEAD
        assert all(person["relation"] != Relation.HEAD for person in others)
        assert head["birth_on"] < dt.date(2009, 11, 26)
        for person in household.members:
            assert person["birth_on"] <= TODAY
            parents = [other for other in household.members if other.get("nik") == person.get("mother_nik", "none")]
            assert all(person["birth_on"].year - mother["birth_on"].year >= 15 for mother in parents)


def test_a_village_has_the_people_that_registers_stumble_over(village: GeneratedVillage) -> None:
    everybody = people(village)
    assert any("'" in person["name"] for person in everybody)
    assert any(" " not in person["name"] for person in everybody)
    assert any("nik" not in person for person in everybody)
    assert any((person["birth_on"].month, person["birth_on"].day) == (1, 1) for person in everybody)
    assert any(household.members[0]["sex"] == Sex.FEMALE for household in village.households)
    assert {person["religion"] for person in everybody} > {1, 4}
    children = [person for person in everybody if person["birth_on"] > dt.date(2012, 1, 1)]
    assert 0.12 < len(children) / len(everybody) < 0.35


def test_what_is_written_plainly_reads_back_as_it_was_meant(village: GeneratedVillage, tmp_path: Path) -> None:
    write_csv(tmp_path / "desa.csv", HEADERS, village.rows)
    plan = plan_of(tmp_path / "desa.csv")
    assert (plan.rows, plan.new, plan.rejected) == (2000, 2000, 0)


@pytest.mark.parametrize(
    ("name", "encoding", "separator"), [("a.xlsx", "", ""), ("b.csv", "utf-8-sig", ","), ("c.csv", "cp1252", ";")]
)
def test_every_spelling_means_the_person_behind_it_and_every_fault_is_found(
    tmp_path: Path, name: str, encoding: str, separator: str
) -> None:
    path, is_workbook = tmp_path / name, name.endswith("xlsx")
    village = generate_village(3, SETAIL, 400, today=TODAY, dirty=0.06, is_varied=True, has_number_cells=is_workbook)
    if is_workbook:
        write_xlsx(path, HEADERS, village.rows)
    else:
        write_csv(path, HEADERS, village.rows, encoding=encoding, separator=separator)
    plan = plan_of(path)

    errors = {(problem.row, problem.field, problem.code) for problem in plan.problems if problem.severity == "error"}
    assert {(row, fault.header, fault.code) for row, fault in village.faults.items()} == errors
    assert (plan.new, plan.rejected) == (village.importable_count, len(village.faults))
    possible = ALL_CODES if is_workbook else ALL_CODES - {"nik-cut-by-excel"}
    assert {fault.code for fault in village.faults.values()} == possible

    imported = {
        values["nik"]: values
        for household in plan.households
        for create in household.creates
        if "nik" in (values := values_of(create.kind, create.body))
    }
    for person in people(village):
        if "nik" in person:
            values = imported[person["nik"]]
            assert {name: values.get(name) for name in person} == person


def test_villages_that_begin_at_different_serials_share_no_number() -> None:
    one, other = (
        generate_village(1, code, 1500, today=TODAY, first_serial=serial)
        for code, serial in (("35.10.09.2004", 9001), ("35.10.09.2003", 9501))
    )
    numbers = [
        {person["nik"] for household in village.households for person in household.members if person.get("nik")}
        | {household.values["family_number"] for household in village.households}
        for village in (one, other)
    ]
    assert not numbers[0] & numbers[1]
