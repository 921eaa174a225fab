"""Read and keep the rows of a letter's form: whom it lists, chosen from the register or written by hand.

Decides what a row is and what the form's own buttons do: look somebody up, add an empty row, take one away.  Works
without scripts; whoever may be listed at all is the use case's matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.numbers import whole_number
from schemas.services import Audience, ServiceDefinition
from village_node.desk import Desk
from village_node.letters import LetterSubject, Listed, relatives
from village_node.letters.couples import OF_COUPLES, partner_word, suits
from village_node.letters.listed import FIXED, LISTED_MAX, LISTING
from village_node.web.guided.picking import HITS_MAX, named, person_hit
from village_node.web.visits import Visit

ROWS_MAX = LISTED_MAX + 5
"""A few more than a letter may list, so that the use case says so and not a cut."""

RELATIONS: dict[Audience, tuple[str, ...]] = {
    Audience.HEIRS: (
        *("Istri", "Suami", "Anak", "Anak angkat", "Ayah", "Ibu"),
        *("Saudara kandung", "Cucu", "Ahli waris pengganti"),
    ),
    Audience.SPOUSE: ("Istri", "Suami"),
    Audience.CHILD: ("Ayah", "Ibu"),
    Audience.PERMISSION: ("Ayah", "Ibu", "Wali"),
}
"""Words that are offered; another may be typed where the letter has no fixed places."""

_ADD, _BLANK, _FIND = "tambah:", "isi", "cari"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: somebody of the register by ``record_id`` (hex), else what is written by hand."""

    relation: str = ""
    record_id: str = ""
    is_listed: bool = True
    name: str = ""
    nik: str = ""
    birth_place: str = ""
    birth_on: str = ""
    address: str = ""
    religion: str = ""
    occupation: str = ""
    father: str = ""
    line: str = ""

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was written by hand."""
        typed = (self.name, self.nik, self.birth_place, self.birth_on, self.address)
        return not self.record_id and not any((*typed, self.religion, self.occupation, self.father))


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a form, whom a search found, and what to say about the search."""

    rows: tuple[Row, ...]
    hits: tuple[tuple[str, str, str], ...] = ()
    typed: str = ""
    said: str = ""


def rows_at_first(desk: Desk, service: ServiceDefinition, about: LetterSubject) -> Rows:
    """Return whom the register suggests, and empty rows for what the letter cannot do without."""
    if service.audience not in LISTING:
        return Rows(())
    rows = [_row_of(desk, one) for one in relatives(desk, service, about)]
    if service.audience in FIXED:
        there = {one.relation for one in rows}
        words = relations_of(service, about.person.values)
        rows += [Row(word) for word in words if word not in there and word != "Wali"]
    return Rows(tuple(rows))


def relations_of(service: ServiceDefinition, applicant: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that a letter of this person offers for those whom it lists."""
    partner = (partner_word(applicant),) if service.audience in OF_COUPLES else ()
    return (*RELATIONS.get(service.audience, ()), *partner)


def rows_sent(visit: Visit, service: ServiceDefinition) -> Rows:
    """Return the rows as the form sent them, after what one of its own buttons asked for."""
    if service.audience not in LISTING:
        return Rows(())
    count = min(whole_number(visit.text("orang_n")) or 0, ROWS_MAX)
    rows = tuple(_named(visit.desk, _sent(visit, number)) for number in range(count))
    step, typed = row_step(visit), visit.text("orang_q")
    if step == _BLANK:
        return Rows((*rows, Row()))
    if step.startswith(_ADD):
        return Rows(_with(visit.desk, rows, step.removeprefix(_ADD)))
    return _found(visit, rows, typed) if step == _FIND else Rows(rows)


def row_step(visit: Visit) -> str:
    """Return which of the rows' own buttons was pressed, empty for the form's."""
    return visit.text("langkah")


def listed(rows: Rows, service: ServiceDefinition) -> tuple[Listed, ...] | None:
    """Return the people whom the letter is to list; None for a letter that asks for nobody."""
    return tuple(_listed(rows.rows, service)) if service.audience in LISTING else None


def _listed(rows: Iterable[Row], service: ServiceDefinition) -> Iterable[Listed]:
    for one in rows:
        if one.record_id and one.is_listed:
            yield Listed(record_id=bytes.fromhex(one.record_id), relation=one.relation)
        elif not one.record_id and not (one.is_empty and (service.audience in FIXED or not one.relation)):
            yield Listed(
                relation=one.relation,
                name=one.name,
                nik=one.nik,
                birth_place=one.birth_place,
                birth_on=one.birth_on,
                address=one.address,
                religion=one.religion,
                occupation=one.occupation,
                father=one.father,
            )


def _sent(visit: Visit, number: int) -> Row:
    def said(name: str) -> str:
        return visit.text(f"orang_{number}_{name}")

    record_id = said("id") if len(said("id")) == 32 and set(said("id")) <= set("0123456789abcdef") else ""
    return Row(
        relation=said("hubungan"),
        record_id=record_id,
        is_listed=said("ikut") == "ya",
        name=said("nama"),
        nik=said("nik"),
        birth_place=said("tempat"),
        birth_on=said("tanggal"),
        address=said("alamat"),
        religion=said("agama"),
        occupation=said("pekerjaan"),
        father=said("bin"),
    )


def _found(visit: Visit, rows: tuple[Row, ...], typed: str) -> Rows:
    """Look somebody up: the only one found is taken, several are shown to choose from."""
    if not typed:
        return Rows(rows)
    with visit.desk.book() as book:
        found = book.people(typed, limit=HITS_MAX * 2)
    hits = [person_hit(one) for one in found if one.record_id.hex() not in {row.record_id for row in rows}][:HITS_MAX]
    if len(hits) == 1:
        return Rows(_with(visit.desk, rows, hits[0][0]))
    words = visit.words
    said = (
        words("Ada beberapa yang cocok. Pilih salah satu di bawah ini")
        if hits
        else words("Tidak ketemu “%(typed)s”. Coba sebagian nama, atau NIK", typed=typed)
    )
    return Rows(rows, tuple(hits), typed, said)


def _with(desk: Desk, rows: Sequence[Row], record_id: str) -> tuple[Row, ...]:
    """Add somebody of the register: in the first empty row whose place suits, else below those that are filled in."""
    row = _named(desk, Row(record_id=record_id))
    if not row.name or record_id in {one.record_id for one in rows}:
        return tuple(rows)
    values = desk.values(bytes.fromhex(record_id))
    for number, one in enumerate(rows):
        if one.is_empty and one.relation and suits(one.relation, values):
            return (*rows[:number], replace(row, relation=one.relation), *rows[number + 1 :])
    return (*(one for one in rows if not (one.is_empty and not one.relation)), row)


def _row_of(desk: Desk, one: Listed) -> Row:
    if one.record_id is None:
        return Row(relation=one.relation, name=one.name, nik=one.nik)
    return _named(desk, Row(relation=one.relation, record_id=one.record_id.hex()))


def _named(desk: Desk, row: Row) -> Row:
    if not row.record_id:
        return row
    name, line = named(desk, row.record_id)
    return replace(row, name=name, line=line)
