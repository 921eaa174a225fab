"""Shapes: the same fields as the field tables, strict when built, tolerant when read from a body."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from schemas.bodies import body_of, to_wire
from schemas.errors import DataError, IdentifierError
from schemas.fields import Kind, fields_by_name, fields_of, tag_of
from schemas.shapes import AnyRecord, Resident, plain_values, shape_from_body, shape_of, shape_type

ID = bytes(range(16))
SHAPED = (
    Kind.HOUSEHOLD,
    Kind.RESIDENT,
    Kind.VITAL_EVENT,
    Kind.REQUEST,
    Kind.LETTER,
    Kind.ATTACHMENT,
    Kind.CASE,
)


@pytest.mark.parametrize("kind", SHAPED)
def test_a_shape_has_exactly_the_fields_of_its_kind(kind: Kind) -> None:
    assert set(shape_type(kind).model_fields) == {field.name for field in fields_of(kind)}


@pytest.mark.parametrize("kind", [Kind.FLAG, Kind.INBOX, 77])
def test_a_kind_without_a_shape_shows_the_common_fields(kind: int) -> None:
    assert shape_from_body(kind, {1: 5, 16: "x"}) == AnyRecord(owner=5)


def test_a_shape_built_from_values_holds_them() -> None:
    person = shape_of(Kind.RESIDENT, {"name": "SITI", "nik": "3510095205019001", "birth_on": dt.date(2001, 5, 12)})
    assert isinstance(person, Resident)
    assert (person.name, person.nik, person.birth_on) == ("SITI", "3510095205019001", dt.date(2001, 5, 12))


@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        (Kind.RESIDENT, {"nik": "351009520501900"}, "nik-format"),
        (Kind.RESIDENT, {"mother_nik": "0510095205019001"}, "nik-format"),
        (Kind.HOUSEHOLD, {"family_number": "35"}, "family-number-format"),
        (Kind.RESIDENT, {"household_id": b"short"}, "record-id-format"),
        (Kind.RESIDENT, {"birth_on": "31-02-2001"}, "shape"),
    ],
)
def test_a_malformed_value_is_refused_by_name(kind: Kind, values: dict[str, object], code: str) -> None:
    with pytest.raises(DataError) as caught:
        shape_of(kind, values)
    assert caught.value.code == code
    if code == "shape":
        assert caught.value.field == "birth_on"
    if code.endswith("-format") and code != "record-id-format":
        assert isinstance(caught.value, IdentifierError)


def test_an_explicit_null_is_a_null() -> None:
    assert shape_of(Kind.RESIDENT, {"nik": None}) == Resident()


@pytest.mark.parametrize(
    ("kind", "name", "wire", "expected"),
    [
        (Kind.RESIDENT, "name", "A\0B", "A\N{REPLACEMENT CHARACTER}B"),
        (Kind.RESIDENT, "name", 5, None),
        (Kind.RESIDENT, "sex", 99, 99),
        (Kind.RESIDENT, "sex", 2**31, None),
        (Kind.RESIDENT, "sex", True, None),
        (Kind.RESIDENT, "sex", "L", None),
        (Kind.RESIDENT, "birth_on", 1, dt.date(1970, 1, 2)),
        (Kind.RESIDENT, "birth_on", 10**9, None),
        (Kind.RESIDENT, "nik", 3510095205019001, "3510095205019001"),
        (Kind.RESIDENT, "nik", 12, None),
        (Kind.RESIDENT, "nik", b"x", None),
        (Kind.RESIDENT, "household_id", ID, ID),
        (Kind.RESIDENT, "household_id", ID[:3], None),
        (Kind.RESIDENT, "notes", (("a", "b"),), [("a", "b")]),
        (Kind.RESIDENT, "notes", 3, None),
        (Kind.CASE, "proposals", [[1]], [[1]]),
    ],
)
def test_a_body_is_read_as_far_as_it_fits(kind: Kind, name: str, wire: object, expected: object) -> None:
    shape = shape_from_body(kind, {tag_of(kind, name): wire})
    assert getattr(shape, name) == expected


def test_a_flag_without_a_shape_still_has_plain_values() -> None:
    assert plain_values(Kind.FLAG, {18: True, 20: 1, 99: "later"}) == {"is_open": True}


WIRE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text() | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


@given(kind=st.integers(0, 12), body=st.dictionaries(st.integers(0, 90), WIRE))
def test_no_body_stops_a_reader(kind: int, body: dict[int, object]) -> None:
    """Puts are checked for form, never by domain rules: an old node shows an unknown code as a code."""
    shape = shape_from_body(kind, body)
    assert set(shape.model_dump()) == set(type(shape).model_fields)


def test_importing_schemas_does_not_load_the_database_library() -> None:
    script = "import sys, schemas; schemas.Kind; schemas.NIK; sys.exit('sqlmodel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_every_public_name_loads() -> None:
    for name in dir(schemas):
        assert getattr(schemas, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        schemas.nothing  # noqa: B018


def test_what_is_typed_into_no_box_is_nothing_on_the_wire() -> None:
    values = {"name": "", "phone": None, "birth_on": dt.date(1970, 1, 2), "nik": "3510012345679001"}
    wire = {tag_of(Kind.RESIDENT, "nik"): 3510012345679001, tag_of(Kind.RESIDENT, "birth_on"): 1}
    assert body_of(Kind.RESIDENT, values) == wire
    assert to_wire(fields_by_name(Kind.RESIDENT)["name"], "") is None
    assert [to_wire(fields_by_name(Kind.FLAG)["is_open"], one) for one in (True, False)] == [True, None]
