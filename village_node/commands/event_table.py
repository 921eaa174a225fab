"""Describe the commands under ``kampung village event`` as a table: one row an event, one line an option.

The table decides names, help and how each option is read, so that all events have help, JSON and trial run alike; which
form and use case a command fills is in ``registration.event_uses``, and ``event_forms`` does the filling.  Imports
nothing heavy, since ``kampung --help`` reads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reading(StrEnum):
    """How the text of an option becomes a value of the form."""

    TEXT = "text"
    TEXTS = "texts"
    DAY = "day"
    PERSON = "person"
    PEOPLE = "people"
    HOUSEHOLD = "household"
    EVENT_FIELD = "event field"  # by the type of the event's field of that name
    RESIDENT_FIELD = "resident field"
    RELATIONS = "relations"
    FLAG = "flag"  # present means True
    FLAG_OFF = "flag off"  # present means False


REPEATED = frozenset({Reading.TEXTS, Reading.PEOPLE, Reading.RELATIONS})


@dataclass(frozen=True, slots=True)
class Ask:
    """One option (or argument, if ``option`` is empty) and the form's field it fills.

    ``of`` names the record's field whose type and codes hold, if it is not called like the form's.
    """

    field: str
    option: str
    help: str
    reading: Reading = Reading.TEXT
    is_required: bool = False
    of: str = ""


@dataclass(frozen=True, slots=True)
class EventCommand:
    """One command: ``day`` is the form's field that ``--on`` fills, ``word`` what was saved in Indonesian."""

    name: str
    help: str
    example: str
    word: str
    day: str
    asks: tuple[Ask, ...]
    has_address: bool = False


_PLACE = Ask("place", "--place", "Where.")
_CERTIFICATE = Ask("certificate_number", "--certificate", "Number of the certificate or marriage book.")
_COURT = (
    Ask("court_name", "--court", "Court that ruled."),
    Ask("court_number", "--ruling", "Number of the ruling."),
    Ask("court_on", "--ruled-on", "Day of the final ruling, dd-mm-yyyy.", Reading.DAY),
)
_UNREGISTERED = Ask("is_registered", "--unregistered", "Stated on F-1.05, not registered.", Reading.FLAG_OFF)
_MOVERS = Ask("movers", "--mover", "Who comes along to the new home; repeat it.", Reading.PEOPLE)
_RELATIONS = Ask("relations", "--relation-of", "PERSON=RELATION in the new home; repeat it.", Reading.RELATIONS)
_SUCCESSION = (
    Ask("old_head_id", "--old-head", "Who takes over a family that its head leaves.", Reading.PERSON),
    Ask("old_relations", "--old-relation-of", "PERSON=RELATION to that new head; repeat it.", Reading.RELATIONS),
)
_PARTNER = (
    Ask("partner_name", "--partner-name", "A partner who does not live here."),
    Ask("partner_nik", "--partner-nik", "NIK of that partner.", Reading.EVENT_FIELD),
)
_COUPLE = Ask("person_ids", "--person", "One of the two, or both; repeat it.", Reading.PEOPLE, is_required=True)

COMMON_ASKS = (
    Ask("informant_name", "--informant", "Name of the person who reports it."),
    Ask("informant_nik", "--informant-nik", "NIK of the person who reports it.", Reading.EVENT_FIELD),
    Ask("witnesses", "--witness", "Name of a witness; repeat it.", Reading.TEXTS),
    Ask("papers", "--paper", "Code of a paper that is there; repeat it. A trial run lists them.", Reading.TEXTS),
    Ask("papers_case", "--case", "Case that decides which papers are needed, e.g. tanpa-surat, non-islam."),
)
"""What every event asks besides its own."""

EVENT_COMMANDS: tuple[EventCommand, ...] = (
    EventCommand(
        "marriage",
        "Record a marriage, and the couple's home: unchanged, the husband's, the wife's, or a new family.",
        "marriage --husband 3510... --wife 3510... --home baru --certificate 0123/045/XI/2026",
        "perkawinan",
        "married_on",
        (
            Ask("husband_id", "--husband", "The husband here: NIK, id or clear name.", Reading.PERSON),
            Ask("wife_id", "--wife", "The wife here: NIK, id or clear name.", Reading.PERSON),
            *_PARTNER,
            _PLACE,
            Ask("religion", "--religion", "Religion of the ceremony: code or word.", Reading.EVENT_FIELD),
            Ask("officiant", "--officiant", "Religious leader or registrar."),
            Ask("marriage_order", "--order", "Which marriage it is.", Reading.EVENT_FIELD),
            _CERTIFICATE,
            _UNREGISTERED,
            Ask("residence", "--home", "tetap, suami, istri or baru; tetap changes no family."),
            _MOVERS,
            _RELATIONS,
            *_SUCCESSION,
            *_COURT,
        ),
        has_address=True,
    ),
    EventCommand(
        "annul-marriage",
        "Record that a court annulled a marriage.",
        'annul-marriage --person 3510... --person 3510... --ruling "12/Pdt.G/2026"',
        "pembatalan perkawinan",
        "annulled_on",
        (
            _COUPLE,
            Ask(
                "former_status",
                "--former-status",
                "Marital status before: code or word.",
                Reading.RESIDENT_FIELD,
                of="marital_status",
            ),
            _CERTIFICATE,
            *_COURT,
        ),
    ),
    EventCommand(
        "divorce",
        "Record a divorce, and who leaves the family; the term runs from the ruling.",
        'divorce --person 3510... --ruling "77/Pdt.G/2026" --leaver 3510... --to-household 3510...',
        "perceraian",
        "divorced_on",
        (
            _COUPLE,
            *_PARTNER,
            _CERTIFICATE,
            _UNREGISTERED,
            Ask("leaver_id", "--leaver", "Who leaves the family card.", Reading.PERSON),
            Ask("to_household_id", "--to-household", "Family that takes them in; else a new one.", Reading.HOUSEHOLD),
            _MOVERS,
            _RELATIONS,
            *_SUCCESSION,
            *_COURT,
        ),
        has_address=True,
    ),
    EventCommand(
        "annul-divorce",
        "Record that a court annulled a divorce.",
        'annul-divorce --person 3510... --person 3510... --ruling "12/Pdt.G/2026"',
        "pembatalan perceraian",
        "annulled_on",
        (_COUPLE, _CERTIFICATE, *_COURT),
    ),
)
