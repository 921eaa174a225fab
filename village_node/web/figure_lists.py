"""Say who stands behind a number of the statistics or of the recapitulation: the very records that were counted.

Decides that a list has as many lines as the number says, also where somebody has left the village's book meanwhile: a
record that is not here any more has a line without a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from register.books.recapitulation import Column
from register.books.recapitulation_book import FAMILIES, counted_in
from schemas.bodies import values_of
from schemas.codes import Sex
from schemas.errors import DataError
from schemas.fields import Kind
from schemas.numbers import whole_number
from village_node.web.labels import spoken
from village_node.web.people import place_of
from village_node.web.reckoning import Counted
from village_node.web.visits import Visit
from village_node.web.words import Words

MOVEMENT: dict[Column, str] = {
    Column.START: "Awal bulan",
    Column.BIRTH: "Lahir",
    Column.ARRIVAL: "Datang",
    Column.DEATH: "Meninggal",
    Column.DEPARTURE: "Pindah",
    Column.END: "Akhir bulan",
}
"""Lines of the month's sum."""

SEXES = {"l": int(Sex.MALE), "p": int(Sex.FEMALE)}
"""By the word of an address."""

_OF_FAMILIES, _OF_MONTH, _OF_FORM = "keluarga", "gerak", "rekap"


@dataclass(frozen=True, slots=True)
class Behind:
    """The records behind a number, of families or of people; ``is_within`` counts the month, else its end."""

    title: str
    ids: Sequence[bytes]
    of_families: bool = False
    is_within: bool = False


_SEX_WORDS = {int(Sex.MALE): "Laki-laki", int(Sex.FEMALE): "Perempuan"}


def behind_number(counted: Counted, words: Words, *, menurut: str, baris: str, jk: str, kolom: str) -> Behind:
    """Return who is behind a number, as its link names it; raises DataError "book-unknown"."""
    line = whole_number(baris)
    if menurut == _OF_FAMILIES:
        return Behind(words("Keluarga"), counted.families, of_families=True)
    if menurut == _OF_MONTH and kolom in set(MOVEMENT):
        column = Column(kolom)
        return Behind(words(MOVEMENT[column]), counted.recapitulation.total.ids(column), is_within=True)
    if menurut == _OF_FORM:
        ids = counted_in(counted.recapitulation, line if line is not None else -1, kolom)
        if ids is not None:
            rows = counted.recapitulation.hamlets
            hamlet = rows[line].hamlet or words("belum diisi") if line is not None and line < len(rows) else ""
            title = f"{words('Rekapitulasi')}: {kolom}{', ' if hamlet else ''}{hamlet}"
            return Behind(title, ids, of_families=kolom in FAMILIES, is_within=True)
    if menurut not in counted.figures:
        raise DataError("Daftar ini tidak ada", code="book-unknown", hint="Pilih angka di halaman statistik.")
    figure = counted.figures[menurut]
    chosen = [figure.lines[line]] if line is not None and line < len(figure.lines) else list(figure.lines)
    wanted = SEXES.get(jk)
    ids = tuple(one for row in chosen for sex, found in row.people.items() if not jk or sex == wanted for one in found)
    title = f"{figure.title}: {spoken(chosen[0].label)}" if len(chosen) == 1 else words("Penduduk")
    if wanted in _SEX_WORDS:
        title += f", {words(_SEX_WORDS[wanted]).lower()}"
    return Behind(title, ids)


def people_lines(visit: Visit, ids: Sequence[bytes]) -> list[tuple[str, dict[str, Any]]]:
    """Return each person's id and values, in the order counted; those of a stub as far as the register keeps them."""
    with visit.desk.book() as book:
        found = {
            key: shape.model_dump() for key, shape in book.register.shapes(Kind.RESIDENT, book.village_id, ids).items()
        }
    missing = [one for one in ids if one not in found]
    left = {key: values_of(shown.kind, shown.body) for key, shown in visit.desk.shown_many(missing).items()}
    return [(one.hex(), found.get(one) or dict(left.get(one) or {})) for one in ids]


def family_lines(visit: Visit, ids: Sequence[bytes]) -> list[tuple[str, dict[str, Any]]]:
    """Return each family's id, number, head and place, in the order counted."""
    with visit.desk.book() as book:
        homes = book.register.shapes(Kind.HOUSEHOLD, book.village_id, ids)
        values = {key: shape.model_dump() for key, shape in homes.items()}
        head_ids = [one["head_id"] for one in values.values() if one["head_id"] is not None]
        heads = book.register.shapes(Kind.RESIDENT, book.village_id, head_ids)
    names = {key: shape.model_dump()["name"] for key, shape in heads.items()}
    lines = []
    for one in ids:
        of = values.get(one, {})
        place = place_of(homes[one]) if one in homes else ""  # type: ignore[arg-type]
        head = names.get(of.get("head_id") or b"", "")
        lines.append((one.hex(), {"family_number": of.get("family_number"), "head": head, "place": place}))
    return lines
