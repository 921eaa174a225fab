"""Count a village's people at the end of a month by age, sex, religion, education, occupation, status and hamlet.

Every figure counts the same people, those of the books, so each adds up to the same total.  What is not filled in is a
line of its own, and each number names the records it counts.  Deliberately not here: hiding small numbers from the
public, which belongs to whatever publishes.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from register.books.chronicle import Chronicle, Person, Standing, hamlet_key
from register.books.month import Month
from register.books.recapitulation import sex_of
from register.books.sheet import NOT_FILLED_IN, Sheet, SheetRow
from schemas.codes import Sex, code_list
from schemas.shapes import Resident

_AGE_STEP, _AGE_OPEN = 5, 75
_HEADERS = ("Laki-laki", "Perempuan", "Tanpa Jenis Kelamin", "Jumlah")


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One line of a figure: its label, and who is counted by sex (None: not known)."""

    label: str
    is_filled_in: bool
    people: Mapping[int | None, tuple[bytes, ...]]

    @property
    def ids(self) -> tuple[bytes, ...]:
        """Return everybody on the line."""
        return tuple(record_id for ids in self.people.values() for record_id in ids)


@dataclass(frozen=True, slots=True)
class Figure:
    """The people of a month's end by one property; the line that is not filled in comes last and may be empty."""

    name: str
    title: str
    lines: tuple[FigureLine, ...]

    @property
    def total(self) -> int:
        """Return how many people are counted."""
        return sum(len(line.ids) for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Property:
    title: str
    key: Callable[[Person, Standing, dt.date], int | str | None]
    label: Callable[[int | str], str]
    always: tuple[int, ...] = ()


def _age_group(person: Person, _standing: Standing, day: dt.date) -> int | None:
    born = person.resident.birth_on
    if born is None or born > day:
        return None
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return min(years // _AGE_STEP * _AGE_STEP, _AGE_OPEN)


def _age_label(group: int | str) -> str:
    return f"{group}+" if group == _AGE_OPEN else f"{group}-{int(group) + _AGE_STEP - 1}"


def _coded(title: str, list_name: str, read: Callable[[Resident], int | None]) -> _Property:
    codes = code_list(list_name)
    return _Property(
        title, lambda person, _standing, _day: read(person.resident), lambda number: codes.label(int(number))
    )


_PROPERTIES: Mapping[str, _Property] = {
    "umur": _Property("Umur", _age_group, _age_label, tuple(range(0, _AGE_OPEN + 1, _AGE_STEP))),
    "jenis-kelamin": _Property(
        "Jenis Kelamin",
        lambda person, _standing, _day: sex_of(person),
        lambda sex: code_list("sex").label(int(sex)),
        (int(Sex.MALE), int(Sex.FEMALE)),
    ),
    "agama": _coded("Agama", "religion", lambda person: person.religion),
    "pendidikan": _coded("Pendidikan", "education", lambda person: person.education),
    "pekerjaan": _coded("Pekerjaan", "occupation", lambda person: person.occupation),
    "status-kawin": _coded("Status Perkawinan", "marital_status", lambda person: person.marital_status),
    "dusun": _Property("Dusun", lambda _person, standing, _day: standing.hamlet, str),
}

FIGURE_NAMES = tuple(_PROPERTIES)


def population(chronicle: Chronicle, month: Month, name: str, *, hamlet: str | None = None) -> Figure:
    """Count the residents at the end of a month by a property of ``FIGURE_NAMES``, in one hamlet or in all.

    Ages are full years on the last day.  KeyError for another name is a bug of the caller.
    """
    wanted = _PROPERTIES[name]
    found: dict[int | str | None, dict[int | None, list[bytes]]] = {key: {} for key in wanted.always}
    for record_id, standing in chronicle.residents(month.last).items():
        if hamlet is not None and standing.hamlet != hamlet_key(hamlet):
            continue
        person = chronicle.people[record_id]
        by_sex = found.setdefault(wanted.key(person, standing, month.last), {})
        by_sex.setdefault(sex_of(person), []).append(record_id)
    filled_in: defaultdict[type, list[int | str]] = defaultdict(list)
    for key in found:
        if key is not None:
            filled_in[type(key)].append(key)
    keys = [key for kind in filled_in.values() for key in sorted(kind)]
    lines = [_line(wanted.label(key), found[key], is_filled_in=True) for key in keys]
    return Figure(name, wanted.title, (*lines, _line(NOT_FILLED_IN, found.get(None, {}), is_filled_in=False)))


def _line(label: str, by_sex: Mapping[int | None, list[bytes]], *, is_filled_in: bool) -> FigureLine:
    return FigureLine(label, is_filled_in, {sex: tuple(ids) for sex, ids in by_sex.items()})


def figure_sheet(figure: Figure, month: Month) -> Sheet:
    """Return a figure as a sheet with its total."""
    headers = (figure.title, *_HEADERS)
    rows = [_row(figure.title, line.label, line.people) for line in figure.lines]
    everybody: dict[int | None, tuple[bytes, ...]] = {}
    for line in figure.lines:
        for sex, ids in line.people.items():
            everybody[sex] = (*everybody.get(sex, ()), *ids)
    total = _row(figure.title, "JUMLAH", everybody)
    return Sheet(f"Penduduk menurut {figure.title} {month}", headers, (*rows, total))


def _row(title: str, label: str, people: Mapping[int | None, tuple[bytes, ...]]) -> SheetRow:
    everybody = tuple(record_id for ids in people.values() for record_id in ids)
    sexes = (int(Sex.MALE), int(Sex.FEMALE), None)
    counted = dict(zip(_HEADERS, (*(people.get(sex, ()) for sex in sexes), everybody), strict=True))
    cells = {header: len(ids) for header, ids in counted.items()}
    return SheetRow({title: label, **cells}, ids_by_header=counted)


ALL_FIGURES = "statistik"
"""The name of all figures on one sheet."""


def all_figures_sheet(figures: Iterable[Figure], month: Month) -> Sheet:
    """Return figures below each other, each with its total; the first column says what each counts by."""
    rows = []
    for figure in figures:
        for row in figure_sheet(figure, month).rows:
            cells = dict(row.cells)
            label = cells.pop(figure.title)
            rows.append(SheetRow({"Menurut": figure.title, "Rincian": label, **cells}, ids_by_header=row.ids_by_header))
    return Sheet(f"Statistik Penduduk {month}", ("Menurut", "Rincian", *_HEADERS), tuple(rows))
