"""Load the definitions that ship with the program, each checked as a district's own would be.

Reads the files beside it, as ``regions`` reads its data; nothing else of this package touches a file.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from schemas.errors import DataError
from schemas.services.checking import read_definition
from schemas.services.definition import ServiceDefinition

_FOLDER = Path(__file__).with_name("definitions")


@cache
def all_services() -> dict[str, ServiceDefinition]:
    """Return the shipped services by code, in the order of their codes."""
    found = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        definition, faults = read_definition(path.name, path.read_bytes())
        assert definition is not None, faults
        found[definition.code] = definition
    return dict(sorted(found.items()))


def service_of(code: str) -> ServiceDefinition:
    """Return a service by its code, in any case of letters; raises DataError "service-unknown"."""
    found = all_services().get(code.strip().upper())
    if found is None:
        raise DataError(
            f"Layanan {code!r} tidak dikenal",
            code="service-unknown",
            hint=f"Yang ada: {', '.join(all_services())}.",
            field="service",
            value=code,
        )
    return found
