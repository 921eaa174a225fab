"""District corrections: the page must hold, and what has a command of its own is not corrected by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from district_hub.corrections import Corrected, correct, shown_values
from district_hub.registrar import registry_of, write_edits
from schemas.errors import DataError, RefusedError
from schemas.fields import Kind, tag_of
from sync_protocol.decisions import Edit
from tests.hub_office import NOW, A, B, Office, person, record_id, updated

WHY = "putusan pengadilan"


def fix(office: Office, number: int, *corrections: Corrected, reason: str = WHY) -> int:
    return correct(office.store, record_id(number), corrections, reason=reason, registrar=office.registrar, now_ms=NOW)


def test_a_correction_is_the_registrys_value_and_reaches_the_village(office: Office) -> None:
    office.save(A, person(1, birth_on=dt.date(1970, 5, 12), nik="3510095205709001"))
    office.sync(A)
    done = fix(
        office,
        1,
        Corrected("name", "SITI AMINAH", "SITI AMINAH DEWI"),
        Corrected("birth_on", dt.date(1970, 5, 12), dt.date(1971, 5, 12)),
        Corrected("nik", "3510095205709001", "3510095205709001"),
    )
    office.sync(A)
    assert done == 2
    body = office.shown(A, 1).body
    assert body[tag_of(Kind.RESIDENT, "name")] == "SITI AMINAH DEWI"
    assert shown_values(office.record(1), ["birth_on"]) == {"birth_on": dt.date(1971, 5, 12)}
    assert office.fingerprints_agree()
    (line,) = office.diary
    assert (line["verb"], line["reason"]) == ("correct", WHY)


def test_a_later_village_edit_that_had_not_seen_the_correction_becomes_a_case(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    fix(office, 1, Corrected("name", "SITI AMINAH", "SITI AMINAH DEWI"))
    office.save(A, updated(1, Kind.RESIDENT, "name", "SITI AMINAH", "SITI AMENAH"))
    office.sync(A)
    assert office.value(1, "name") == "SITI AMINAH DEWI"
    with office.store.reading() as reader:
        assert len(reader.open_cases(A)) == 1


@pytest.mark.parametrize(
    ("corrections", "code"),
    [
        ([Corrected("name", "SITI", "DEWI")], "page-changed"),
        ([Corrected("shoe_size", None, 42)], "field-unknown"),
        ([Corrected("certified_at", None, dt.date(2026, 1, 1))], "field-not-correctable"),
        ([Corrected("merged_into", None, record_id(2))], "field-not-correctable"),
        ([Corrected("notes", None, ["x"])], "field-not-correctable"),
        ([Corrected("name", "SITI AMINAH", "SITI AMINAH")], "nothing-changed"),
        ([], "nothing-changed"),
    ],
)
def test_what_cannot_be_corrected_is_refused_and_nothing_is_written(
    office: Office, corrections: list[Corrected], code: str
) -> None:
    office.save(A, person(1))
    office.sync(A)
    before = office.record(1)
    with pytest.raises(RefusedError) as refused:
        fix(office, 1, *corrections)
    assert refused.value.code == code
    assert office.record(1) == before
    assert office.diary == []


def test_a_malformed_value_is_a_data_error(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    with pytest.raises(DataError):
        fix(office, 1, Corrected("nik", None, "123"))


def test_an_unknown_record_and_a_missing_reason_are_refused(office: Office) -> None:
    for number, reason, code in ((9, WHY, "record-unknown"), (9, "", "reason-missing")):
        with pytest.raises(RefusedError) as refused:
            fix(office, number, Corrected("name", None, "X"), reason=reason)
        assert refused.value.code == code


def test_the_owner_can_be_corrected_and_the_old_village_keeps_a_stub(office: Office) -> None:
    office.save(A, person(1, phone="0811", nik="3510095205709001"))
    office.sync()
    fix(office, 1, Corrected("owner", A, B))
    office.sync()
    assert office.shown(B, 1).body[tag_of(Kind.RESIDENT, "phone")] == "0811"
    assert tag_of(Kind.RESIDENT, "phone") not in office.shown(A, 1).body
    assert office.fingerprints_agree()


def test_an_edit_of_a_value_that_was_not_shown_is_neither_written_nor_in_the_diary(office: Office) -> None:
    office.save(A, person(1))
    office.sync(A)
    edits = [Edit(record_id(1), tag_of(Kind.RESIDENT, "name"), "SITI LAMA", "SITI BARU")]
    with (
        pytest.raises(RefusedError) as refused,
        registry_of(office.store, office.registrar, [record_id(1)], NOW) as registry,
    ):
        write_edits(registry, office.registrar, edits, reason=WHY, verb="correct")
    assert refused.value.code == "page-changed"
    assert (office.value(1, "name"), office.diary) == ("SITI AMINAH", [])
