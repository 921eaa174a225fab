"""What the data is: shapes, identifiers, code lists, merge policies and regions of the population register.

The names below are loaded on demand, because the shapes bring SQLModel along, which alone costs half a second; a
program that only needs identifiers or fields does not pay for it.  Decides nothing itself.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.bodies import Body, body_of, values_of
    from schemas.fields import Kind, Policy
    from schemas.identifiers import NIK, FamilyNumber, RegionCode
    from schemas.shapes import (
        Attachment,
        Case,
        Household,
        Letter,
        Resident,
        ServiceRequest,
        VitalEvent,
        shape_from_body,
        shape_of,
    )

_HOME = {
    "Attachment": "shapes",
    "Body": "bodies",
    "Case": "shapes",
    "FamilyNumber": "identifiers",
    "Household": "shapes",
    "Kind": "fields",
    "Letter": "shapes",
    "NIK": "identifiers",
    "Policy": "fields",
    "RegionCode": "identifiers",
    "Resident": "shapes",
    "ServiceRequest": "shapes",
    "VitalEvent": "shapes",
    "body_of": "bodies",
    "shape_from_body": "shapes",
    "shape_of": "shapes",
    "values_of": "bodies",
}

__all__ = [
    "NIK",
    "Attachment",
    "Body",
    "Case",
    "FamilyNumber",
    "Household",
    "Kind",
    "Letter",
    "Policy",
    "RegionCode",
    "Resident",
    "ServiceRequest",
    "VitalEvent",
    "body_of",
    "shape_from_body",
    "shape_of",
    "values_of",
]


def __getattr__(name: str) -> Any:
    """Load a public name from its module on first use."""
    if name not in _HOME:
        raise AttributeError(f"module 'schemas' has no attribute {name!r}")
    return getattr(importlib.import_module(f"schemas.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted(__all__)
