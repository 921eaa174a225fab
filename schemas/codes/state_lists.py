"""List the states of events, service requests and cases: our own numbers, which no form prints.

Who may set which state is the business of the use cases and of admission, not of this table.
"""

from __future__ import annotations

from enum import IntEnum

from schemas.codes.code_list import Code, CodeList


class EventState(IntEnum):
    """Codes of the list ``event_state``: the village declares and cancels, the district registers and refuses."""

    DECLARED = 1
    CANCELLED = 2
    REGISTERED = 3
    REFUSED = 4


class RequestState(IntEnum):
    """Codes of the list ``request_state``; the last three close a request."""

    SUBMITTED = 1
    IN_PROGRESS = 2
    READY = 3
    HANDED_OVER = 4
    REFUSED = 5
    WITHDRAWN = 6


class CaseState(IntEnum):
    """Codes of the list ``case_state``."""

    OPEN = 1
    DECIDED = 2


EVENT_STATE = CodeList(
    "event_state",
    "Keadaan peristiwa",
    "State of the event",
    (
        Code(1, "DILAPORKAN", "Declared"),
        Code(2, "DIBATALKAN", "Cancelled"),
        Code(3, "TERDAFTAR", "Registered"),
        Code(4, "DITOLAK", "Refused"),
    ),
)

REQUEST_STATE = CodeList(
    "request_state",
    "Keadaan permohonan",
    "State of the request",
    (
        Code(1, "DIAJUKAN", "Submitted"),
        Code(2, "DIPROSES", "In progress"),
        Code(3, "SIAP DIAMBIL", "Ready"),
        Code(4, "DISERAHKAN", "Handed over"),
        Code(5, "DITOLAK", "Refused"),
        Code(6, "DITARIK", "Withdrawn"),
    ),
)

CASE_STATE = CodeList(
    "case_state",
    "Keadaan kasus",
    "State of the case",
    (
        Code(1, "TERBUKA", "Open"),
        Code(2, "DIPUTUSKAN", "Decided"),
    ),
)
