"""Give every record kind a typed shape: plain SQLModel classes whose fields are those of ``schemas.fields``.

Decides the Python type of each field and checks the form of numbers and record ids when a shape is built.  Deliberately
not here: domain rules (flags of the hub), meaning of codes (``schemas.codes``) and tables (``register`` and the shells
inherit the ``*Columns`` halves, which leave out the sets: a set has no column).  Protocol 4.2: a body is read
tolerantly, so what this version cannot hold in a field stays in the body and is None here; only building is strict.
It is longer than most modules because it lists the fields of seven kinds, one a line, as mypy needs them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import ValidationError, ValidationInfo, field_validator
from sqlmodel import SQLModel

from schemas.bodies import from_wire
from schemas.errors import DataError, IdentifierError
from schemas.fields import Field, Kind, fields_by_name, fields_by_tag
from schemas.identifiers import NIK, FamilyNumber

RECORD_ID_BYTES = 16

# The range of an INTEGER column on every database we speak to; a peer may send more, a column must not break on it.
_INT_MIN, _INT_MAX = -(2**31), 2**31 - 1


class Shape(SQLModel):
    """What every kind of record has, without the sets."""

    # Validators are built when something is first checked: commands that only read need none of them.
    model_config = {"defer_build": True}

    kind: ClassVar[int] = 0

    owner: int | None = None
    void: str | None = None
    merged_into: bytes | None = None
    certified_at: dt.date | None = None

    @field_validator("*")
    @classmethod
    def check_form(cls, value: Any, info: ValidationInfo) -> Any:
        """Check the form of numbers and record ids; raises IdentifierError, or DataError "record-id-format"."""
        field = fields_by_name(cls.kind).get(info.field_name or "")
        if field is None or value is None:
            return value
        if field.type == "number16":
            return str(_number_type(field).from_text(value))
        if field.type == "record" and len(value) != RECORD_ID_BYTES:
            raise DataError("a record id has 16 bytes", code="record-id-format", field=field.name, value=value)
        return value


class Sets(SQLModel):
    """The sets that every kind of record has; elements are in their wire form."""

    notes: list[Any] | None = None
    attachments: list[Any] | None = None


class AnyRecord(Shape, Sets):
    """A record of a kind that has no shape of its own, or that this version does not know."""


class HouseholdColumns(Shape):
    """A family card, without its sets."""

    kind: ClassVar[int] = Kind.HOUSEHOLD

    family_number: str | None = None
    head_id: bytes | None = None
    address: str | None = None
    hamlet: str | None = None
    rw: str | None = None
    rt: str | None = None
    postal_code: str | None = None
    temporary_family_number: str | None = None
    origin_family_number: str | None = None


class Household(HouseholdColumns, Sets):
    """A family card."""


class ResidentColumns(Shape):
    """A person of the register (F-1.01), without its sets."""

    kind: ClassVar[int] = Kind.RESIDENT

    nik: str | None = None
    name: str | None = None
    sex: int | None = None
    birth_place: str | None = None
    birth_on: dt.date | None = None
    household_id: bytes | None = None
    relation: int | None = None
    religion: int | None = None
    belief_organisation: str | None = None
    citizenship: int | None = None
    citizenship_decree: str | None = None
    marital_status: int | None = None
    marriage_number: str | None = None
    married_on: dt.date | None = None
    divorce_number: str | None = None
    divorced_on: dt.date | None = None
    birth_number: str | None = None
    life_status: int | None = None
    mother_nik: str | None = None
    mother_name: str | None = None
    father_nik: str | None = None
    father_name: str | None = None
    passport_number: str | None = None
    passport_until: dt.date | None = None
    stay_number: str | None = None
    stay_issued_at: str | None = None
    stay_issued_on: dt.date | None = None
    stay_until: dt.date | None = None
    first_arrival_place: str | None = None
    first_arrival_on: dt.date | None = None
    death_number: str | None = None
    title_before: str | None = None
    title_after: str | None = None
    sponsor_name: str | None = None
    sponsor_type: int | None = None
    sponsor_address: str | None = None
    blood_type: int | None = None
    education: int | None = None
    education_ongoing: int | None = None
    occupation: int | None = None
    disability: int | None = None
    family_planning: int | None = None
    pregnancy: int | None = None
    ktp_kind: int | None = None
    ktp_record_status: int | None = None
    current_address: str | None = None
    ethnicity: str | None = None
    card_tag: str | None = None
    insurance: int | None = None
    insurance_number: str | None = None
    latitude: str | None = None
    longitude: str | None = None
    phone: str | None = None
    email: str | None = None
    temporary_number: str | None = None
    died_on: dt.date | None = None
    resident_status: int | None = None
    destination: str | None = None
    left_on: dt.date | None = None
    arrived_on: dt.date | None = None


class Resident(ResidentColumns, Sets):
    """A person of the register (F-1.01)."""


class VitalEventColumns(Shape):
    """A vital event (F-1.03, F-2.01): what lists and books of events show."""

    kind: ClassVar[int] = Kind.VITAL_EVENT

    event_kind: int | None = None
    state: int | None = None
    subject_id: bytes | None = None
    occurred_on: dt.date | None = None
    entered_on: dt.date | None = None
    place: str | None = None
    informant_name: str | None = None
    informant_nik: str | None = None
    household_id: bytes | None = None
    other_household_id: bytes | None = None
    second_subject_id: bytes | None = None
    village_from: int | None = None
    village_to: int | None = None
    place_from: str | None = None
    place_to: str | None = None
    cause: int | None = None
    certifier: int | None = None
    birth_place_kind: int | None = None
    birth_kind: int | None = None
    birth_order: int | None = None
    birth_attendant: int | None = None
    weight_g: int | None = None
    length_cm: int | None = None
    move_reason: int | None = None
    move_kind: int | None = None
    registered_on: dt.date | None = None
    registration_number: str | None = None
    refusal_reason: str | None = None
    paired_with: bytes | None = None


class VitalEvent(VitalEventColumns, Sets):
    """A vital event (F-1.03, F-2.01)."""

    movers: list[Any] | None = None
    papers: list[Any] | None = None
    papers_case: str | None = None
    court_name: str | None = None
    court_number: str | None = None
    court_on: dt.date | None = None
    certificate_number: str | None = None
    certificate_on: dt.date | None = None
    element: str | None = None
    old_value: str | None = None
    new_value: str | None = None
    partner_name: str | None = None
    partner_nik: str | None = None
    mother_name: str | None = None
    mother_nik: str | None = None
    father_name: str | None = None
    father_nik: str | None = None
    stay_until: dt.date | None = None
    gestation_weeks: int | None = None
    sex: int | None = None
    foetal_cause: str | None = None
    foetal_certifier: int | None = None
    officiant: str | None = None
    religion: int | None = None
    marriage_order: int | None = None
    witnesses: list[Any] | None = None
    decree_number: str | None = None
    decree_on: dt.date | None = None
    country: str | None = None


class ServiceRequestColumns(Shape):
    """A citizen's service request: what lists of requests show."""

    kind: ClassVar[int] = Kind.REQUEST

    service: str | None = None
    applicant_id: bytes | None = None
    state: int | None = None
    opened_on: dt.date | None = None
    closed_on: dt.date | None = None
    purpose: str | None = None
    outcome_note: str | None = None


class ServiceRequest(ServiceRequestColumns, Sets):
    """A citizen's service request."""

    service_case: str | None = None
    documents: list[Any] | None = None
    answers: str | None = None


class LetterColumns(Shape):
    """An issued letter, without its sets."""

    kind: ClassVar[int] = Kind.LETTER

    template: str | None = None
    number: str | None = None
    issued_on: dt.date | None = None
    subject_id: bytes | None = None
    token: str | None = None
    request_id: bytes | None = None
    content: str | None = None
    officer: str | None = None


class Letter(LetterColumns, Sets):
    """An issued letter."""

    signed_file: bytes | None = None


class Attachment(Shape, Sets):
    """A file that belongs to a record."""

    kind: ClassVar[int] = Kind.ATTACHMENT

    blob_id: str | None = None
    digest: str | None = None
    size_bytes: int | None = None
    media_type: str | None = None
    about_id: bytes | None = None


class Case(Shape, Sets):
    """A disagreement or an unusual write that a person decides."""

    kind: ClassVar[int] = Kind.CASE

    state: int | None = None
    reason: str | None = None
    about_id: bytes | None = None
    proposals: list[Any] | None = None
    decided: list[Any] | None = None


_SHAPES: dict[int, type[Shape]] = {
    shape.kind: shape for shape in (Household, Resident, VitalEvent, ServiceRequest, Letter, Attachment, Case)
}


def shape_type(kind: int) -> type[Shape]:
    """Return the shape class of a kind; a kind without one gets ``AnyRecord``."""
    return _SHAPES.get(kind, AnyRecord)


def shape_of(kind: int, values: Mapping[str, Any]) -> Shape:
    """Build the shape of named values, strictly.

    Raises IdentifierError for a malformed number and DataError (code "shape", ``field`` set) for a wrong type.
    """
    try:
        return shape_type(kind)(**values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        raise DataError(f"{name}: {first['msg']}", code="shape", field=name, value=first.get("input")) from error


def shape_from_body(kind: int, body: Mapping[int, Any]) -> Shape:
    """Return the shape of a body, tolerantly: never raises; what does not fit a field stays in the body only."""
    return shape_type(kind).model_construct(**plain_values(kind, body))


def plain_values(kind: int, body: Mapping[int, Any]) -> dict[str, Any]:
    """Return the named values of a body that fit the shape of its kind and a column of any database.

    Never raises: unknown tags, values of a wrong form and integers beyond 32 bits are left out.
    """
    tags = fields_by_tag(kind)
    plain: dict[str, Any] = {}
    for tag, value in body.items():
        field = tags.get(tag)
        if field is None:
            continue
        fitting = _fitting(field, from_wire(field, value))
        if fitting is not None:
            plain[field.name] = fitting
    return plain


def _number_type(field: Field) -> type[NIK | FamilyNumber]:
    return FamilyNumber if "family_number" in field.name else NIK


def _fitting(field: Field, value: Any) -> Any:
    match field.type:
        case "text":
            # PostgreSQL holds no NUL in a text.
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else None
        case "date":
            return value if isinstance(value, dt.date) else None
        case "number16":
            return _fitting_number(field, value)
        case "record":
            return value if isinstance(value, bytes) and len(value) == RECORD_ID_BYTES else None
        case "bool":
            return value if isinstance(value, bool) else None
        case "set" | "tree":
            return list(value) if isinstance(value, list | tuple) else None
        case _:
            is_int = isinstance(value, int) and not isinstance(value, bool)
            return value if is_int and _INT_MIN <= value <= _INT_MAX else None


def _fitting_number(field: Field, value: Any) -> str | None:
    try:
        return str(_number_type(field).from_text(value)) if isinstance(value, str) else None
    except IdentifierError:
        return None
