"""Say what a citizen can ask a village office for: what each service requires, asks, costs and issues.

A service is a TOML file (``definitions/``, or a district's own, which ``kampung service check`` judges).  Decides the
form of a definition and which requirements a case has; deliberately not how a request advances, nor how a letter looks.
No protocol section: definitions never travel, requests and letters carry the service's code.
"""

from __future__ import annotations

from schemas.services.catalogue import all_services, service_of
from schemas.services.checking import Fault, check_directory_names, read_definition
from schemas.services.definition import AskedField, Audience, Case, FieldType, Label, Requirement, ServiceDefinition

__all__ = [
    "AskedField",
    "Audience",
    "Case",
    "Fault",
    "FieldType",
    "Label",
    "Requirement",
    "ServiceDefinition",
    "all_services",
    "check_directory_names",
    "read_definition",
    "service_of",
]
