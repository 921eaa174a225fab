"""NIK, family card number and region code: what is refused, what is only remarked on (docs/glossary.md)."""

from __future__ import annotations

import copy
import datetime as dt
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import IdentifierError
from schemas.identifiers import (
    NIK,
    FamilyNumber,
    IdentifierWarning,
    RegionCode,
    RegionLevel,
    digits_of,
    is_missing_number,
    is_temporary_number,
    nik_warnings,
)

MAN = NIK.from_text("3510091708859001")
WOMAN = NIK.from_text("3510095708859002")
BORN = dt.date(1985, 8, 17)


def codes(warnings: tuple[IdentifierWarning, ...]) -> list[str]:
    return [warning.code for warning in warnings]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "351009170885900",
        "35100917088590011",
        "0351009170859001",
        "0000000000000000",
        "351009170885900A",
        " 3510091708859001",
        "3510091708859001\n",
        "٣٥١٠٠٩١٧٠٨٨٥٩٠٠١",
    ],
)
def test_a_malformed_number_is_refused_with_field_value_and_hint(text: str) -> None:
    with pytest.raises(IdentifierError) as nik_refused:
        NIK.from_text(text)
    with pytest.raises(IdentifierError) as family_refused:
        FamilyNumber.from_text(text)
    assert (nik_refused.value.code, nik_refused.value.field, nik_refused.value.value) == ("nik-format", "nik", text)
    assert (family_refused.value.code, family_refused.value.field) == ("family-number-format", "family_number")
    assert "NIK" in nik_refused.value.hint
    assert "No. KK" in family_refused.value.hint


def test_the_constructor_is_as_strict_as_parsing() -> None:
    with pytest.raises(IdentifierError):
        NIK("12345")


@given(st.integers(min_value=10**15, max_value=10**16 - 1))
def test_sixteen_digits_survive_the_wire(number: int) -> None:
    """A NIK or family number travels as an unsigned integer and comes back the same (protocol 4.2)."""
    nik = NIK.from_int(number)
    assert nik.to_int() == number < 2**64
    assert FamilyNumber.from_int(number).to_int() == number
    assert pickle.loads(pickle.dumps(nik)) == copy.copy(nik) == nik
    assert nik.region.level is RegionLevel.DISTRICT
    nik_warnings(nik, birth_on=BORN, sex=1)


@pytest.mark.parametrize("number", [0, -1, 10**15 - 1, 10**16])
def test_an_integer_of_another_length_is_refused(number: int) -> None:
    with pytest.raises(IdentifierError):
        NIK.from_int(number)


def test_the_digits_hint_at_place_date_sex_and_serial() -> None:
    assert (MAN.region, MAN.sex_hint, MAN.serial) == ("35.10.09", 1, 9001)
    assert (WOMAN.sex_hint, WOMAN.birth_date_hint(2026)) == (2, BORN)
    assert MAN.birth_date_hint(2026) == BORN
    assert repr(MAN) == "NIK('3510091708859001')"


def test_the_year_is_the_latest_that_is_not_in_the_future() -> None:
    nik = NIK.from_text("3510090101269001")
    assert nik.birth_date_hint(2026) == dt.date(2026, 1, 1)
    assert nik.birth_date_hint(2025) == dt.date(1926, 1, 1)


def test_an_impossible_date_gives_no_hint() -> None:
    assert NIK.from_text("3510093102019001").birth_date_hint(2026) is None
    assert NIK.from_text("3510090001019001").sex_hint is None
    assert NIK.from_text("3510094001019001").sex_hint is None
    assert NIK.from_text("3510097201019001").sex_hint is None


def test_a_family_number_hints_at_its_recording_date() -> None:
    number = FamilyNumber.from_text("3510091202129001")
    assert number.recorded_on_hint(2026) == dt.date(2012, 2, 12)
    assert (number.region, number.serial) == ("35.10.09", 9001)
    assert repr(number) == "FamilyNumber('3510091202129001')"


def test_a_number_that_agrees_with_its_owner_raises_no_warning() -> None:
    assert nik_warnings(MAN, birth_on=BORN, sex=1, known_region=lambda code: code == "35.10.09") == ()
    assert nik_warnings(WOMAN, birth_on=BORN, sex=2) == ()
    assert nik_warnings(MAN) == ()


def test_disagreements_are_warnings_with_stable_codes() -> None:
    other_day = dt.date(1985, 8, 18)
    assert codes(nik_warnings(MAN, known_region=lambda _code: False)) == ["nik-region-unknown"]
    assert codes(nik_warnings(MAN, birth_on=other_day)) == ["nik-birth-date-mismatch"]
    assert codes(nik_warnings(WOMAN, birth_on=other_day, sex=1)) == ["nik-birth-date-mismatch", "nik-sex-mismatch"]
    assert codes(nik_warnings(MAN, sex=2)) == ["nik-sex-mismatch"]
    assert codes(nik_warnings(NIK.from_text("3510091708850000"))) == ["nik-serial-zero"]
    assert "17-08-85" in nik_warnings(WOMAN, birth_on=other_day)[0].message


def test_a_number_with_an_impossible_date_is_remarked_on_even_without_a_birth_date() -> None:
    assert codes(nik_warnings(NIK.from_text("3510093102019001"))) == ["nik-birth-date-mismatch"]


def test_a_leap_day_is_possible_whatever_the_century() -> None:
    nik = NIK.from_text("3510092902009001")
    assert nik_warnings(nik, birth_on=dt.date(2000, 2, 29)) == ()


def test_another_century_is_no_mismatch() -> None:
    assert nik_warnings(NIK.from_text("3510090101069001"), birth_on=dt.date(1906, 1, 1)) == ()


@pytest.mark.parametrize(
    ("text", "level", "parent"),
    [
        ("35", RegionLevel.PROVINCE, None),
        ("35.10", RegionLevel.REGENCY, "35"),
        ("35.10.09", RegionLevel.DISTRICT, "35.10"),
        ("35.10.09.2004", RegionLevel.VILLAGE, "35.10.09"),
    ],
)
def test_a_region_code_knows_its_level_and_parent(text: str, level: RegionLevel, parent: str | None) -> None:
    code = RegionCode.from_text(f" {text} ")
    assert (code, code.level, code.parent) == (text, level, parent)
    assert RegionCode.from_text(code.digits) == code == RegionCode.from_int(code.to_int())
    assert code.province == "35"
    assert code.is_within(RegionCode("35"))
    assert code.is_within(code)
    assert repr(code) == f"RegionCode('{text}')"


def test_a_region_is_not_within_its_neighbour() -> None:
    assert not RegionCode("35.10.09").is_within(RegionCode("35.1" + "1"))
    assert not RegionCode("35").is_within(RegionCode("35.10"))


@pytest.mark.parametrize(
    "text", ["", "5", "351", "05.10", "35.1", "35.10.9", "35.10.09.204", "35-10", "3510O9", "35100920", "35.10."]
)
def test_a_malformed_region_code_is_refused(text: str) -> None:
    with pytest.raises(IdentifierError) as refused:
        RegionCode.from_text(text)
    assert refused.value.code == "region-format"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("3510091708859001", "3510091708859001"),
        ("'3510091708859001", "3510091708859001"),
        ("35.1009.1708.85.9001", "3510091708859001"),
        (" 3510 0917 0885\u00a09001\t", "3510091708859001"),
        ("\u200b3510091708859001\ufeff\x00", "3510091708859001"),
        ("٣٥1009", "351009"),
        ("-", ""),
        ("", ""),
        ("3,51E+15", "3,51E+15"),
    ],
)
def test_cleaning_keeps_digits_and_whatever_must_be_noticed(cell: str, expected: str) -> None:
    assert digits_of(cell) == expected


def test_zero_or_blank_means_no_number_and_a_leading_zero_means_temporary() -> None:
    assert is_missing_number("")
    assert is_missing_number("0")
    assert is_missing_number("0000000000000000")
    assert not is_missing_number("3510091708859001")
    assert is_temporary_number("0351009200400017")
    assert not is_temporary_number("0000000000000000")
    assert not is_temporary_number("3510091708859001")
    assert not is_temporary_number("035100920040001")
    assert not is_temporary_number("035100920040001x")
    assert not is_temporary_number("٠351009200400017")
