"""Give access to every closed code list by its name, and name the codes that rules look at.

Numbers and labels are facts of the forms (F-1.01, F-1.03, F-1.08, F-2.01) and of the village template; each list lives
in the module of its subject.  Lists are read strictly and shown tolerantly (protocol 4.2).
"""

from __future__ import annotations

from schemas.codes import event_lists, occupations, resident_lists, state_lists
from schemas.codes.code_list import Code, CodeList
from schemas.codes.event_lists import EventKind
from schemas.codes.resident_lists import (
    Citizenship,
    LifeStatus,
    MaritalStatus,
    Relation,
    ResidentStatus,
    Sex,
    marital_status_from_kk6,
    marital_status_to_kk6,
    marital_status_to_legacy4,
)
from schemas.codes.state_lists import CaseState, EventState, RequestState

CODE_LISTS: dict[str, CodeList] = {
    found.name: found
    for module in (resident_lists, occupations, event_lists, state_lists)
    for found in vars(module).values()
    if isinstance(found, CodeList)
}
"""Every list by the name that ``schemas.fields`` uses."""


def code_list(name: str) -> CodeList:
    """Return a list by its name; KeyError is a bug of the caller.

    >>> code_list("religion").from_text("Katolik")
    3
    >>> code_list("religion").label(99)
    'kode 99'
    """
    return CODE_LISTS[name]


__all__ = [
    "CODE_LISTS",
    "CaseState",
    "Citizenship",
    "Code",
    "CodeList",
    "EventKind",
    "EventState",
    "LifeStatus",
    "MaritalStatus",
    "Relation",
    "RequestState",
    "ResidentStatus",
    "Sex",
    "code_list",
    "marital_status_from_kk6",
    "marital_status_to_kk6",
    "marital_status_to_legacy4",
]
