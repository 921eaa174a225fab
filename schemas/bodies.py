"""Translate between named values of Python and the tagged values of a record body.

Decides the form of each value type (protocol 4.2); knows no bytes (``sync_protocol.codec`` encodes) and no rules.
Unknown tags pass through untouched, under their number, so that an older program loses nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from schemas.fields import Field, fields_by_name, fields_by_tag

_EPOCH = dt.date(1970, 1, 1).toordinal()

Body = dict[int, Any]
"""Tag to wire value; null values are absent."""


def date_to_days(day: dt.date) -> int:
    """Return days since 1970-01-01, negative before.

    >>> date_to_days(dt.date(1970, 1, 2))
    1
    """
    return day.toordinal() - _EPOCH


def days_to_date(days: int) -> dt.date:
    """Return the date that many days after 1970-01-01; the range is that of ``datetime.date``.

    >>> days_to_date(-1)
    datetime.date(1969, 12, 31)
    """
    return dt.date.fromordinal(days + _EPOCH)


def to_wire(field: Field, value: Any) -> Any:
    """Return the wire form of a Python value of this field; None stays None."""
    if value is None or value == "":
        return None
    match field.type:
        case "date":
            return date_to_days(value)
        case "number16":
            return int(value)
        case "bool":
            return True if value else None
        case _:
            return value


def from_wire(field: Field, value: Any) -> Any:
    """Return the Python value of a wire value; a value of an unexpected form is returned as it is."""
    if field.type == "date" and isinstance(value, int) and abs(value) < 700_000:
        return days_to_date(value)
    if field.type == "number16" and isinstance(value, int):
        return f"{value:016d}"
    return value


def body_of(kind: int, values: Mapping[str, Any]) -> Body:
    """Return the body of named values; nulls are left out and tags are sorted.

    Raises KeyError for a name that the kind does not have: a bug of the caller.
    """
    names = fields_by_name(kind)
    wired = ((names[name].tag, to_wire(names[name], value)) for name, value in values.items())
    return {tag: value for tag, value in sorted(wired) if value is not None}


def values_of(kind: int, body: Mapping[int, Any]) -> dict[str, Any]:
    """Return named values of a body; a tag this version does not know is named ``tag_N``."""
    tags = fields_by_tag(kind)
    named: dict[str, Any] = {}
    for tag, value in body.items():
        field = tags.get(tag)
        named[field.name if field else f"tag_{tag}"] = from_wire(field, value) if field else value
    return named
