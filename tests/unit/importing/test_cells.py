"""A cell means what a village officer meant, or it is refused; it is never guessed and never filled."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from register.importing import cells, column_readers
from register.importing.cells import Noted, Value
from register.importing.reading import Cell
from schemas.bodies import date_to_days
from schemas.codes import code_list
from schemas.errors import DataError

BORN = date_to_days(dt.date(1985, 8, 17))

DATES: list[tuple[Cell, int | None]] = [
    (dt.date(1985, 8, 17), BORN),
    (31276, BORN),
    (31276.0, BORN),
    ("31276", BORN),
    ("17-08-1985", BORN),
    ("17/08/1985", BORN),
    ("17.8.1985", BORN),
    ("17 - 08 - 1985", BORN),
    ("'17-08-1985", BORN),
    (" 17-08-1985\u00a0", BORN),
    ("1985-08-17", BORN),
    ("1985/08/17", BORN),
    ("1985-08-17T00:00:00", BORN),
    ("1985-08-17 00:00:00", BORN),
    ("17-08-1985 00:00:00", BORN),
    ("17 Agustus 1985", BORN),
    ("17 Agt 1985", BORN),
    ("17-AGU-1985", BORN),
    ("17 August 1985", BORN),
    ("03-04-2010", date_to_days(dt.date(2010, 4, 3))),
    ("29-02-2000", date_to_days(dt.date(2000, 2, 29))),
    (None, None),
    ("-", None),
    ("0", None),
    (0, None),
    ("NULL", None),
    ("TIDAK ADA", None),
    ("00-00-0000", None),
    ("0000-00-00", None),
    ("'", None),
]

BAD_DATES: list[tuple[Cell, str]] = [
    ("31-02-2001", "date-impossible"),
    ("29-02-1900", "date-impossible"),
    ("00-00-1950", "date-impossible"),
    ("12/31/1999", "date-impossible"),
    ("17-08-0985", "date-impossible"),
    ("2001-02-31", "date-impossible"),
    ("31 April 2001", "date-impossible"),
    ("1950", "date-format"),
    (1950, "date-format"),
    (17081985, "date-format"),
    ("17081985", "date-format"),
    ("kemarin", "date-format"),
    ("17 Augustusan 1985", "date-format"),
    (-5, "date-format"),
]


@pytest.mark.parametrize(("cell", "days"), DATES)
def test_a_date_is_read_day_first_and_a_blank_stays_blank(cell: Cell, days: int | None) -> None:
    assert cells.read_date(cell) == days


@pytest.mark.parametrize(("cell", "code"), BAD_DATES)
def test_a_date_that_cannot_be_is_refused(cell: Cell, code: str) -> None:
    with pytest.raises(DataError) as caught:
        cells.read_date(cell)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "day"),
    [("17-AGU-85", dt.date(1985, 8, 17)), ("17/08/85", dt.date(1985, 8, 17)), ("02-JAN-24", dt.date(2024, 1, 2))],
)
def test_a_year_of_two_digits_is_read_and_pointed_out(text: str, day: dt.date) -> None:
    assert cells.read_date(text) == Noted(date_to_days(day), "date-short-year")


@given(st.dates(dt.date(1910, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(["{:%d-%m-%Y}", "{:%d/%m/%Y}", "{}"]))
def test_every_day_survives_every_spelling(day: dt.date, spelling: str) -> None:
    """A date that is written out is read back as the same day."""
    assert cells.read_date(spelling.format(day)) == date_to_days(day)


@given(st.text(max_size=30) | st.integers() | st.floats() | st.dates() | st.none())
def test_no_cell_breaks_a_reader(cell: Cell) -> None:
    """A cell is read, is blank, or is refused with a code; nothing else happens."""
    for read in (
        cells.read_name,
        cells.read_text,
        cells.read_hamlet,
        cells.read_area,
        cells.read_area_pair,
        cells.read_date,
        cells.read_number16,
        column_readers.code_reader(code_list("religion")),
    ):
        with contextlib.suppress(DataError):
            read(cell)


NIK = 3510091708859001
NUMBERS: list[tuple[Cell, Value | Noted]] = [
    ("3510091708859001", NIK),
    (" 3510091708859001 ", NIK),
    ("'3510091708859001", NIK),
    ("35.1009.170885.9001", NIK),
    ("3510 0917 0885 9001", NIK),
    ("\u200b3510091708859001\u00a0", NIK),
    ("3510091708859001.0", NIK),
    (NIK, NIK),
    ("3510091708859010", 3510091708859010),
    (None, None),
    ("0", None),
    (0, None),
    ("-", None),
    ("0000000000000000", None),
    ("NULL", None),
    ("BELUM ADA", None),
    ("0351009200400017", Noted("0351009200400017", "temporary-number")),
]

BAD_NUMBERS: list[tuple[Cell, str]] = [
    ("351009170885900", "number-format"),
    ("35100917088590011", "number-format"),
    ("351009170885900A", "number-format"),
    (351009170885900, "number-format"),
    (dt.date(1985, 8, 17), "number-format"),
    (1.5, "number-format"),
    (-NIK, "number-format"),
    (3510091708859000, "number-cut"),
    ("3510091708859010.0", "number-cut"),
    ("3.51009E+15", "number-cut"),
    ("3,51E+15", "number-cut"),
    (9171011708859001, "number-cut"),
]


@pytest.mark.parametrize(("cell", "value"), NUMBERS)
def test_a_number_of_sixteen_digits_is_found_in_its_wrapping(cell: Cell, value: Value | Noted) -> None:
    assert cells.read_number16(cell) == value


@pytest.mark.parametrize(("cell", "code"), BAD_NUMBERS)
def test_a_number_that_may_be_wrong_is_refused(cell: Cell, code: str) -> None:
    with pytest.raises(DataError) as caught:
        cells.read_number16(cell)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("MA'RUF HIDAYAT", "MA'RUF HIDAYAT"),
        ("'AISYAH", "'AISYAH"),
        ("'=AISYAH", "=AISYAH"),
        ("ANDRE\u0301", "ANDR\u00c9"),
        ("dr. Hj. SITI, S.Pd.-1", "dr. Hj. SITI, S.Pd.-1"),
        ("  SITI \u00a0 AMINAH\u200b\n", "SITI AMINAH"),
        ("-", None),
        (None, None),
    ],
)
def test_a_name_stays_as_typed(cell: Cell, name: str | None) -> None:
    assert cells.read_name(cell) == name


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("'JL. MELATI 7", "JL. MELATI 7"),
        (12345, "12345"),
        (-8.2191, "-8.2191"),
        (dt.date(2020, 5, 1), "01-05-2020"),
        ("0", None),
        ("NULL", None),
    ],
)
def test_a_text_cell_of_any_type_becomes_text(cell: Cell, text: str | None) -> None:
    assert cells.read_text(cell) == text


@pytest.mark.parametrize(
    ("cell", "hamlet"),
    [
        ("krajan", "KRAJAN"),
        ("DUSUN KRAJAN", "KRAJAN"),
        ("Dsn. Krajan_Wetan", "KRAJAN WETAN"),
        ("'DSN KRAJAN", "KRAJAN"),
        ("DS. KRAJAN", "KRAJAN"),
        ("DUSUNAN", "DUSUNAN"),
        ("MA'RANG", "MA'RANG"),
        ("DUSUN -", None),
        ("-", None),
    ],
)
def test_a_hamlet_loses_its_title(cell: Cell, hamlet: str | None) -> None:
    assert cells.read_hamlet(cell) == hamlet


@pytest.mark.parametrize(
    ("cell", "area"),
    [
        ("001", "001"),
        ("1", "001"),
        (8, "008"),
        ("8.0", "008"),
        ("'012", "012"),
        ("RT 03", "003"),
        ("005/-", "005"),
        ("000", None),
        ("0", None),
        ("-", None),
        (None, None),
        ("1234", Noted(None, "area-format")),
        ("KRAJAN", Noted(None, "area-format")),
        (dt.date(2026, 2, 1), Noted(None, "area-format")),
    ],
)
def test_rt_and_rw_have_three_digits_or_none(cell: Cell, area: str | Noted | None) -> None:
    assert cells.read_area(cell) == area


@pytest.mark.parametrize(
    ("cell", "pair"),
    [
        ("003/001", ("003", "001")),
        ("RT:3/RW:1", ("003", "001")),
        ("-/-", (None, None)),
        ("-", (None, None)),
        ("3", None),
    ],
)
def test_rt_and_rw_may_share_a_cell(cell: Cell, pair: tuple[str | None, str | None] | None) -> None:
    assert cells.read_area_pair(cell) == pair


@pytest.mark.parametrize(
    ("list_name", "cell", "code"),
    [
        ("religion", "Katolik", 3),
        ("religion", 1, 1),
        ("religion", "'1", 1),
        ("sex", "P", 2),
        ("relation_to_head", "Kepala Keluarga", 1),
        ("blood_type", "Tdk Th", 13),
        ("blood_type", "-", None),
        ("marital_status", "BELUM_KAWIN", 1),
        ("insurance", "TIDAK ADA", None),
        ("religion", 0, None),
        ("religion", None, None),
    ],
)
def test_a_code_is_read_by_number_or_label(list_name: str, cell: Cell, code: int | None) -> None:
    assert column_readers.code_reader(code_list(list_name))(cell) == code


@pytest.mark.parametrize("cell", ["JEDI", 99, True, dt.date(2020, 1, 1)])
def test_a_text_outside_the_list_is_refused(cell: Cell) -> None:
    with pytest.raises(DataError) as caught:
        column_readers.code_reader(code_list("religion"))(cell)
    assert caught.value.code == "code-unknown"


@pytest.mark.parametrize("text", ["#N/A", "#REF!", "#DIV/0!"])
def test_a_formula_error_is_no_value(text: str) -> None:
    with pytest.raises(DataError) as caught:
        cells.read_text(text)
    assert caught.value.code == "cell-formula-error"


def test_a_text_has_a_bound() -> None:
    assert cells.read_text("A" * cells.TEXT_LENGTH_MAX)
    with pytest.raises(DataError) as caught:
        cells.read_name("A" * (cells.TEXT_LENGTH_MAX + 1))
    assert caught.value.code == "text-too-long"
