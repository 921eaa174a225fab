"""Describe the commands under ``kampung village event`` as a table: one row an event, one line an option.

The table decides names, help and how each option is read, so that all events have help, JSON and trial run alike; which
form and use case a command fills is in ``registration.event_uses``, and ``event_forms`` does the filling.  Imports
nothing heavy, since ``kampung --help`` reads it.  It is longer than most modules because it is one table.
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

_REASON = Ask("reason", "--reason", "Reason: code or word of F-1.03.", Reading.EVENT_FIELD, of="move_reason")
_PEOPLE = Ask("person_ids", "--person", "Who; repeat it for several of one family.", Reading.PEOPLE, is_required=True)
_WHO = Ask("person_id", "", "Who: NIK, id or clear name.", Reading.PERSON, is_required=True)
_RETURN = (
    _PEOPLE,
    Ask("origin", "--from", "Where from, in words."),
    Ask("household_id", "--household", "Another family than their own.", Reading.HOUSEHOLD),
    _RELATIONS,
)

_BIRTH_CERTIFICATE = Ask("certificate_number", "--certificate", "Number of the birth certificate, if it is not known.")
_CHILD = Ask("child_id", "", "The child: NIK, id or clear name.", Reading.PERSON, is_required=True)
_FATHER = (
    Ask("father_id", "--father", "The father here: NIK, id or clear name.", Reading.PERSON),
    Ask("father_name", "--father-name", "A father who is not in this register."),
    Ask("father_nik", "--father-nik", "NIK of that father.", Reading.EVENT_FIELD),
)
_PARENTS = (
    *_FATHER,
    Ask("mother_id", "--mother", "The mother here: NIK, id or clear name.", Reading.PERSON),
    Ask("mother_name", "--mother-name", "A mother who is not in this register."),
    Ask("mother_nik", "--mother-nik", "NIK of that mother.", Reading.EVENT_FIELD),
)

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
    EventCommand(
        "abroad",
        "Record a departure to another country, of a whole family or of some of its people.",
        'abroad --mover 3510... --country MALAYSIA --certificate "SKPLN/3510/2026/0001"',
        "pindah ke luar negeri",
        "left_on",
        (
            Ask("country", "--country", "Country.", is_required=True),
            Ask("city", "--city", "Place in that country."),
            Ask("household_id", "--household", "The whole family: number, id or one of it.", Reading.HOUSEHOLD),
            Ask("movers", "--mover", "One who leaves; repeat it.", Reading.PEOPLE),
            _REASON,
            Ask("certificate_number", "--certificate", "Number of the SKPLN."),
        ),
    ),
    EventCommand(
        "leave",
        "Record people who went away without a move letter.",
        "leave --person 3510... --to Batam",
        "pergi",
        "left_on",
        (_PEOPLE, Ask("destination", "--to", "Where to, as far as it is known."), _REASON),
    ),
    EventCommand(
        "return",
        "Record former residents who come back: the same people, counted as arrivals.",
        "return --person 3510... --from Batam",
        "kembali",
        "returned_on",
        _RETURN,
    ),
    EventCommand(
        "missing",
        "Record a missing person, who stays a resident in law.",
        "missing 3510... --certificate LP/12/XI/2026",
        "orang hilang",
        "missing_on",
        (_WHO, _PLACE, Ask("certificate_number", "--certificate", "Number of the police report.")),
    ),
    EventCommand(
        "found", "Record a missing person as found.", "found --person 3510...", "ditemukan", "returned_on", _RETURN
    ),
    EventCommand(
        "temporary-in",
        "Record a temporary resident, who stays with a family here for a year at most.",
        'temporary-in --name "Joko Susilo" --sex L --with 3510... --from Malang --until 01-06-2027',
        "penduduk sementara datang",
        "arrived_on",
        (
            Ask("name", "--name", "Full name.", is_required=True),
            Ask("household_id", "--with", "The family they stay with.", Reading.HOUSEHOLD, is_required=True),
            Ask("origin", "--from", "Where they live otherwise.", is_required=True),
            Ask("stay_until", "--until", "Last day of the stay, dd-mm-yyyy.", Reading.DAY),
            _REASON,
            Ask("nik", "--nik", "NIK.", Reading.RESIDENT_FIELD),
            Ask("sex", "--sex", "L or P, or the code.", Reading.RESIDENT_FIELD),
            Ask("birth_place", "--birth-place", "Place of birth."),
            Ask("birth_on", "--birth-on", "Date of birth, dd-mm-yyyy.", Reading.DAY),
            Ask("religion", "--religion", "Religion: code or word.", Reading.RESIDENT_FIELD),
            Ask("citizenship", "--citizenship", "Citizenship: code or word.", Reading.RESIDENT_FIELD),
            Ask("occupation", "--occupation", "Occupation: code or word.", Reading.RESIDENT_FIELD),
            Ask("passport_number", "--passport", "Passport number."),
            Ask("phone", "--phone", "Telephone."),
            Ask("person_id", "--person", "One who stayed here before.", Reading.PERSON),
        ),
    ),
    EventCommand(
        "temporary-out",
        "Record that a temporary resident leaves.",
        "temporary-out 3510... --to Malang",
        "penduduk sementara pergi",
        "left_on",
        (_WHO, Ask("destination", "--to", "Where to.")),
    ),
    EventCommand(
        "stillbirth",
        "Record a foetal death of a mother here; nobody is added to the register.",
        "stillbirth --mother 3510... --weeks 30 --sex P",
        "lahir mati",
        "occurred_on",
        (
            Ask("mother_id", "--mother", "The mother: NIK, id or clear name.", Reading.PERSON, is_required=True),
            *_FATHER,
            Ask("sex", "--sex", "L or P, or the code.", Reading.EVENT_FIELD),
            Ask("gestation_weeks", "--weeks", "Weeks of gestation.", Reading.EVENT_FIELD),
            _PLACE,
            Ask("birth_place_kind", "--place-kind", "Kind of place: code or word.", Reading.EVENT_FIELD),
            Ask("birth_kind", "--kind", "Single, twins: code or word.", Reading.EVENT_FIELD),
            Ask("birth_order", "--order", "Which child it would have been.", Reading.EVENT_FIELD),
            Ask("birth_attendant", "--attendant", "Who helped: code or word.", Reading.EVENT_FIELD),
            Ask("foetal_cause", "--cause", "Cause in words."),
            Ask("foetal_certifier", "--certifier", "Who certified it: code or word.", Reading.EVENT_FIELD),
        ),
    ),
    EventCommand(
        "adoption",
        "Record an adoption; the child joins the adopters' family here.",
        'adoption "Dewi Lestari" --father 3510... --ruling "9/Pdt.P/2026"',
        "pengangkatan anak",
        "adopted_on",
        (
            _CHILD,
            *_PARENTS,
            _BIRTH_CERTIFICATE,
            Ask("stays", "--stays", "The child stays on its family card.", Reading.FLAG),
            *_COURT,
        ),
    ),
    EventCommand(
        "recognition",
        "Record that a father recognises a child.",
        'recognition "Dewi Lestari" --father 3510...',
        "pengakuan anak",
        "recognised_on",
        (_CHILD, *_PARENTS, _BIRTH_CERTIFICATE, *_COURT),
    ),
    EventCommand(
        "legitimation",
        "Record that a child's parents married after its birth.",
        'legitimation "Dewi Lestari" --father 3510... --mother 3510... --certificate 0123/045/XI/2026',
        "pengesahan anak",
        "legitimated_on",
        (_CHILD, *_PARENTS, Ask("certificate_number", "--certificate", "Number of the marriage record."), *_COURT),
    ),
    EventCommand(
        "name-change",
        "Record a change of name by a court's order.",
        'name-change 3510... --to "Budi Prasetyo" --ruling "5/Pdt.P/2026"',
        "perubahan nama",
        "changed_on",
        (_WHO, Ask("new_name", "--to", "The new name.", is_required=True), _BIRTH_CERTIFICATE, *_COURT),
    ),
    EventCommand(
        "citizenship",
        "Record a change of citizenship by decree.",
        "citizenship 3510... --to WNI --decree M.HH-12.AH.10.01",
        "perubahan kewarganegaraan",
        "changed_on",
        (
            _WHO,
            Ask("citizenship", "--to", "The new one: code or word.", Reading.RESIDENT_FIELD, is_required=True),
            Ask("decree_number", "--decree", "Number of the decree."),
            Ask("decree_on", "--decree-on", "Day of the decree, dd-mm-yyyy.", Reading.DAY),
        ),
    ),
    EventCommand(
        "sex-change",
        "Record a change of sex by a court's order; the NIK stays.",
        'sex-change 3510... --to L --ruling "5/Pdt.P/2026"',
        "peristiwa penting lainnya",
        "changed_on",
        (
            _WHO,
            Ask("sex", "--to", "L or P, or the code.", Reading.RESIDENT_FIELD, is_required=True),
            _BIRTH_CERTIFICATE,
            *_COURT,
        ),
    ),
    EventCommand(
        "correct-certificate",
        "Record that an entry of a certificate was wrong.",
        "correct-certificate 3510... --element birth_on --to 03-04-2010 --certificate 3510-LT-01012011-0001",
        "pembetulan akta",
        "corrected_on",
        (
            _WHO,
            Ask("element", "--element", "Field that is wrong, e.g. name, birth_on, mother_name.", is_required=True),
            Ask("new_value", "--to", "What is right.", is_required=True),
            _CERTIFICATE,
            Ask("certificate_on", "--certified-on", "Day of the certificate, dd-mm-yyyy.", Reading.DAY),
            *_COURT,
        ),
    ),
    EventCommand(
        "annul-certificate",
        "Record that a court annulled a certificate.",
        'annul-certificate 3510... --of KELAHIRAN --ruling "5/Pdt.G/2026"',
        "pembatalan akta",
        "annulled_on",
        (
            _WHO,
            Ask(
                "certificate_kind",
                "--of",
                "KELAHIRAN, PERKAWINAN or PERCERAIAN.",
                Reading.EVENT_FIELD,
                is_required=True,
                of="event_kind",
            ),
            Ask("certificate_on", "--certified-on", "Day of the certificate, dd-mm-yyyy.", Reading.DAY),
            *_COURT,
        ),
    ),
    EventCommand(
        "from-abroad",
        "Record a birth, marriage or divorce that was registered abroad.",
        "from-abroad 3510... --of PERKAWINAN --country MALAYSIA --certificate M-1234 --certified-on 01-06-2026",
        "pelaporan dari luar negeri",
        "reported_on",
        (
            _WHO,
            Ask(
                "certified_kind",
                "--of",
                "KELAHIRAN, PERKAWINAN or PERCERAIAN.",
                Reading.EVENT_FIELD,
                is_required=True,
                of="event_kind",
            ),
            Ask("country", "--country", "Country.", is_required=True),
            Ask("certificate_number", "--certificate", "Number of the foreign record.", is_required=True),
            Ask("certificate_on", "--certified-on", "Its day, dd-mm-yyyy.", Reading.DAY, is_required=True),
            Ask("partner_name", "--partner-name", "The other one of a couple."),
        ),
    ),
)
