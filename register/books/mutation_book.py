"""Buku Mutasi Penduduk (Permendagri 47/2016), and beside it the list of what that form has no column for.

An event is booked in the month of its entry and shows its own date; the remark says when it was entered if that was
another month, so that both ways of counting can be followed.  A birth is an addition with the remark LAHIR, since the
form has no column for it; missing people and stillbirths are in the second list only.
"""

from __future__ import annotations

from collections.abc import Iterable

from register.books.chronicle import Chronicle, Step
from register.books.events import BookedEvent, Movement
from register.books.month import Month
from register.books.recapitulation import sex_of
from register.books.sheet import Cell, Sheet, SheetRow, citizenship_cell, code_cell, day_cell, sex_cell
from schemas.codes import EventKind
from schemas.errors import IdentifierError
from schemas.identifiers import RegionCode
from schemas.regions import is_known_region, region

HEADERS = (
    "No.",
    "Nama Lengkap/Panggilan",
    "Tempat Lahir",
    "Tanggal Lahir",
    "Jenis Kelamin",
    "Kewarganegaraan",
    "Datang dari",
    "Tanggal Datang",
    "Pindah ke",
    "Tanggal Pindah",
    "Meninggal di",
    "Tanggal Meninggal",
    "Ket.",
)

EVENT_HEADERS = ("No.", "Peristiwa", "Nama", "Tanggal Peristiwa", "Tanggal Dicatat", "Tempat", "Ket.")

_WORDS = {Movement.BIRTH: "LAHIR", Movement.ARRIVAL: "", Movement.DEATH: "MENINGGAL", Movement.DEPARTURE: ""}

_BESIDE = frozenset({EventKind.BIRTH, EventKind.FOETAL_DEATH, EventKind.MISSING, EventKind.RETURNED})


def mutation_book(chronicle: Chronicle, month: Month) -> Sheet:
    """Return who came and who went, as entered in a month, in the order of entry."""
    found = [
        (step, record_id)
        for record_id, life in chronicle.lives.items()
        for step in life.steps
        if step.movement is not None and step.event.booked_on in month
    ]
    found.sort(key=lambda item: (item[0].event.order, item[1]))
    rows = [_row(number, chronicle, record_id, step) for number, (step, record_id) in enumerate(found, start=1)]
    return Sheet(f"Buku Mutasi Penduduk {month}", HEADERS, tuple(rows))


def _row(number: int, chronicle: Chronicle, record_id: bytes, step: Step) -> SheetRow:
    person, event = chronicle.people[record_id].resident, step.event.event
    happened = day_cell(event.occurred_on)
    cells: dict[str, Cell] = {
        "No.": number,
        "Nama Lengkap/Panggilan": person.name or "",
        "Tempat Lahir": person.birth_place or "",
        "Tanggal Lahir": day_cell(person.birth_on),
        "Jenis Kelamin": sex_cell(sex_of(chronicle.people[record_id])),
        "Kewarganegaraan": citizenship_cell(person),
    }
    match step.movement:
        case Movement.BIRTH:
            cells |= {"Tanggal Datang": happened}
        case Movement.ARRIVAL:
            cells |= {"Datang dari": place_cell(event.place_from), "Tanggal Datang": happened}
        case Movement.DEPARTURE:
            cells |= {"Pindah ke": place_cell(event.place_to), "Tanggal Pindah": happened}
        case Movement.DEATH:
            cells |= {"Meninggal di": event.place or "", "Tanggal Meninggal": happened}
        case None:
            pass
    words = _WORDS[step.movement] if step.movement is not None else ""
    difference = "PERIKSA: data orang ini berbeda" if step.is_difference else ""
    cells["Ket."] = "; ".join(filter(None, (words, late_cell(step.event), difference)))
    return SheetRow(cells, (record_id, step.event.record_id))


def event_list(chronicle: Chronicle, month: Month) -> Sheet:
    """Return births, stillbirths, missing and found people as entered in a month: the list beside the legal form."""
    booked = [event for event in chronicle.events if event.event.event_kind in _BESIDE and event.booked_on in month]
    rows = []
    for number, event in enumerate(booked, start=1):
        people = tuple(chronicle.resolve(person_id) for person_id in event.people)
        cells: dict[str, Cell] = {
            "No.": number,
            "Peristiwa": code_cell("event_kind", event.event.event_kind),
            "Nama": ", ".join(_names(chronicle, people)),
            "Tanggal Peristiwa": day_cell(event.event.occurred_on),
            "Tanggal Dicatat": day_cell(event.event.entered_on),
            "Tempat": event.event.place or "",
            "Ket.": late_cell(event),
        }
        rows.append(SheetRow(cells, (event.record_id, *people)))
    return Sheet(f"Daftar Peristiwa {month}", EVENT_HEADERS, tuple(rows))


def _names(chronicle: Chronicle, people: Iterable[bytes]) -> list[str]:
    known = (chronicle.people.get(person_id) for person_id in people)
    return [person.resident.name or "" for person in known if person is not None]


def late_cell(event: BookedEvent) -> str:
    """Return a remark for an event that happened in an earlier month than it was entered."""
    happened, entered = event.event.occurred_on, event.event.entered_on
    if happened is None or entered is None or Month.of(happened) == Month.of(entered):
        return ""
    return f"dicatat {day_cell(entered)}"


def place_cell(place: str | None) -> str:
    """Return a place in words: a village that is named by its code gets its name."""
    try:
        code = RegionCode.from_text(place or "")
    except IdentifierError:
        return place or ""
    return f"{region(code).name} ({code})" if is_known_region(code) else str(code)
