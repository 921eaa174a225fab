"""Numbers come from the ministry's blocks: in order, never twice, never computed, never a temporary one."""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from district_hub.numbering import NumberKind, add_block, issue_number, list_blocks, remember_issued
from district_hub.registrar import Registrar
from schemas.errors import IdentifierError, RefusedError
from schemas.fields import Kind
from sync_protocol.codec import decode
from sync_protocol.decisions import Edit
from sync_protocol.entries import Create
from tests.hub_office import NOW, A, Office, created, person, record_id

# Village A is 35.10.01.2001; a girl born on 3 May 2026 has the day 43.
GIRL_FIRST, GIRL_LAST = "3510014305269001", "3510014305269003"
BOY_FIRST = "3510010305269001"
FAMILY_FIRST, FAMILY_LAST = "3510012805269001", "3510012805269002"
LETTER = "surat 470/9001"
BORN = dt.date(2026, 5, 3)


def girl(number: int, **values: object) -> Create:
    return person(number, f"DEWI {number}", **{"sex": 2, "birth_on": BORN, **values})


def grant(office: Office, first: str, last: str, kind: NumberKind = NumberKind.NIK) -> int:
    made = add_block(office.store, kind, first, last, source=LETTER, registrar=office.registrar, now_ms=NOW)
    return made.block_id


def issue(office: Office, number: int, block: int | None = None, registrar: Registrar | None = None) -> str:
    who = registrar or office.registrar
    return issue_number(
        office.store, record_id(number), reason="F-1.02", registrar=who, now_ms=NOW, block_id=block
    ).number


def refusal(office: Office, number: int, block: int | None = None) -> str:
    with pytest.raises(RefusedError) as refused:
        issue(office, number, block)
    return refused.value.code


def test_numbers_are_issued_in_order_and_reach_the_village(office: Office) -> None:
    office.save(A, *(girl(n) for n in (1, 2, 3, 4)))
    office.sync(A)
    grant(office, GIRL_FIRST, GIRL_LAST)
    assert [issue(office, n) for n in (2, 1, 3)] == [GIRL_FIRST, "3510014305269002", GIRL_LAST]
    assert refusal(office, 4) == "numbers-used-up"
    office.sync(A)
    assert office.value(2, "nik") == int(GIRL_FIRST)
    assert office.shown(A, 2).body == office.record(2).body
    assert office.fingerprints_agree()
    assert [line["verb"] for line in office.diary] == ["issue-nik"] * 3
    assert [one.left for one in list_blocks(office.store)] == [0]


def test_a_number_that_somebody_has_is_passed_over(office: Office) -> None:
    office.save(A, girl(1), person(2, "DEWI LAMA", nik=GIRL_FIRST, life_status=2))
    office.sync(A)
    grant(office, GIRL_FIRST, GIRL_LAST)
    assert issue(office, 1) == "3510014305269002"


def test_a_number_that_was_taken_back_is_not_issued_again(office: Office) -> None:
    from district_hub.corrections import Corrected, correct

    office.save(A, girl(1), girl(2))
    office.sync(A)
    grant(office, GIRL_FIRST, GIRL_LAST)
    first = issue(office, 1)
    correct(
        office.store,
        record_id(1),
        [Corrected("nik", first, None)],
        reason="salah orang",
        registrar=office.registrar,
        now_ms=NOW,
    )
    assert issue(office, 2) != first


def test_a_nik_fits_birth_date_and_sex_unless_a_person_names_the_block(office: Office) -> None:
    office.save(A, person(1, "BUDI", sex=1, birth_on=BORN), person(2, "AGUS", sex=1, birth_on=dt.date(1990, 1, 1)))
    office.sync(A)
    girls = grant(office, GIRL_FIRST, GIRL_LAST)
    assert refusal(office, 1) == "numbers-used-up"
    boys = grant(office, BOY_FIRST, BOY_FIRST)
    assert issue(office, 1) == BOY_FIRST
    found = issue_number(
        office.store, record_id(2), reason="F-1.02", registrar=office.registrar, now_ms=NOW, block_id=girls
    )
    assert found.warnings == ("nik-birth-date-mismatch", "nik-sex-mismatch")
    assert refusal(office, 1, boys) == "number-given"
    assert refusal(office, 1, 99) == "number-given"


def test_families_have_numbers_of_their_own_district(office: Office) -> None:
    office.save(A, created(1, Kind.HOUSEHOLD, hamlet="KRAJAN", temporary_family_number="0351001200100001"))
    office.sync(A)
    grant(office, "3510022805269001", "3510022805269009", NumberKind.FAMILY_NUMBER)
    assert refusal(office, 1) == "numbers-used-up"
    grant(office, FAMILY_FIRST, FAMILY_LAST, NumberKind.FAMILY_NUMBER)
    assert issue(office, 1) == FAMILY_FIRST
    assert office.value(1, "family_number") == int(FAMILY_FIRST)


def test_who_gets_no_number(office: Office) -> None:
    office.save(A, girl(1, nik=GIRL_FIRST), girl(2, void="dobel"), created(3, Kind.VITAL_EVENT, event_kind=1))
    office.sync(A)
    grant(office, GIRL_FIRST, GIRL_LAST)
    assert [refusal(office, n) for n in (1, 2, 3, 9)] == [
        "number-given",
        "record-not-standing",
        "number-kind",
        "record-unknown",
    ]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        (GIRL_LAST, GIRL_FIRST, "block-malformed"),
        (GIRL_FIRST, "3510024305269003", "block-malformed"),
        (GIRL_FIRST, "3510019999999999", "block-malformed"),
        ("3509014305269001", "3509014305269003", "block-foreign"),
        ("3510014305269003", "3510014305269005", "block-overlaps"),
    ],
)
def test_a_range_that_cannot_be_a_grant_is_refused(office: Office, first: str, last: str, code: str) -> None:
    grant(office, GIRL_FIRST, GIRL_LAST)
    with pytest.raises(RefusedError) as refused:
        grant(office, first, last)
    assert refused.value.code == code


def test_a_temporary_number_is_no_end_of_a_block(office: Office) -> None:
    with pytest.raises(IdentifierError):
        grant(office, "0351001200100001", "0351001200100009")


def test_a_rehearsal_issues_nothing(office: Office) -> None:
    office.save(A, girl(1))
    office.sync(A)
    grant(office, GIRL_FIRST, GIRL_LAST)
    assert issue(office, 1, registrar=office.rehearsing) == GIRL_FIRST
    assert office.value(1, "nik") is None
    assert issue(office, 1) == GIRL_FIRST


def test_a_restored_hub_learns_from_the_diary_what_it_had_issued(office: Office) -> None:
    office.save(A, girl(1))
    office.sync(A)
    grant(office, GIRL_FIRST, GIRL_LAST)
    lost = Edit(record_id(77), 16, None, int(GIRL_FIRST))  # to somebody whom the backup does not know
    remember_issued(office.store, [("issue-nik", b"D" + bytes(16), lost, "Bu Ratna"), ("correct", b"", lost, "")], NOW)
    assert issue(office, 1) == "3510014305269002"
    ((_, _, _, number),) = decode(base64.b64decode(office.diary[-1]["payload"]))
    assert number == 3510014305269002
