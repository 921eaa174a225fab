"""Invent population workbooks in the many ways villages write them, together with what an import must find in them.

One seed gives one workbook: its families, layout, vocabulary, order of columns, form and dirt.  Spellings come from
``workbook_words``, people from the village generator; nothing here asks the importer what it would understand.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from register.generator import GeneratedHousehold, generate_village
from schemas.codes import code_list
from schemas.fields import Kind, fields_by_name
from tests.property import workbook_words as words

Cell = str | int | float | dt.date | None
Grid = list[list[Cell]]

TODAY = dt.date(2026, 11, 25)
_EPOCH = dt.date(1899, 12, 30)
_EXACT_MAX = 2**53

_ALWAYS = ("name", "nik", "sex", "birth_on", "relation")
_OFTEN = (
    *("birth_place", "religion", "marital_status", "education", "occupation", "blood_type", "mother_name"),
    *("father_name", "citizenship", "ethnicity", "birth_number", "life_status"),
)
_HOME = ("family_number", "address", "hamlet", "rw", "rt")


@dataclass
class Fuzzed:
    """A workbook and what it means.

    ``people`` are the values that every importable row carries, by field name, with the family's values and the names
    of its members; ``faults`` give the code of each row that must be rejected.  ``merges`` are ranges of cells.
    """

    seed: int
    form: str
    sheets: dict[str, Grid] = field(default_factory=dict)
    merges: dict[str, list[tuple[int, int, int, int]]] = field(default_factory=dict)
    people: list[dict[str, Any]] = field(default_factory=list)
    faults: dict[tuple[str, int], str] = field(default_factory=dict)
    separator: str = ","
    encoding: str = "utf-8"
    story: list[str] = field(default_factory=list)


@dataclass
class Style:
    """How one workbook is written."""

    layout: str
    columns: tuple[str, ...]
    sexes: tuple[str, str]
    marital: Mapping[int, str]
    marital_means: Mapping[int, int]
    dates: str
    numbers: str
    codes: Mapping[str, str]
    first_column: int
    hamlet_in_address: bool
    numbers_at_heads: bool
    numbers_merged: bool


FORMS = ("xlsx", "xlsx", "xls", "ods", "csv", "csv")


def fuzz_workbook(seed: int) -> Fuzzed:
    """Return the workbook of a seed."""
    return _Writer(seed).write()


class _Writer:
    def __init__(self, seed: int) -> None:
        self.chance = random.Random(f"workbook/{seed}")
        self.form = self.chance.choice(FORMS)
        self.found = Fuzzed(seed, self.form)
        residents = self.chance.randint(6, 40)
        village = generate_village(seed, "35.10.09.2004", residents, today=TODAY)
        self.homes = [self._home(household) for household in village.households]
        self.style = self._style()
        self.next_serial = 9500
        if self.form == "csv":
            self.found.separator = self.chance.choice(",;\t")
            self.found.encoding = self.chance.choice(("utf-8", "utf-8-sig", "cp1252", "utf-16"))
        self.found.story = [self.form, self.style.layout, self.style.dates, self.style.numbers, str(self.style.sexes)]

    def happens(self, share: float) -> bool:
        return self.chance.random() < share

    def _home(self, household: GeneratedHousehold) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        values = dict(household.values)
        if values["address"].startswith("DUSUN"):
            values["address"] = f"GANG {self.chance.randint(1, 40)}"
        people = []
        for at, person in enumerate(household.members):
            one = dict(person)
            one["life_status"] = self.chance.choice((1, 1, 1, 1, 1, 2, 3)) if at else 1
            people.append(one)
        return values, people

    # --- style ------------------------------------------------------------------------------------------------------

    def _style(self) -> Style:
        layout = self.chance.choice(("flat", "flat", "flat", "inline", "beside", "above", "once"))
        columns = [*_ALWAYS, *(name for name in _OFTEN if self.happens(0.7))]
        if "birth_place" in columns and self.happens(0.25):
            columns = [name for name in columns if name not in {"birth_place", "birth_on"}] + ["birth"]
        hamlet_in_address = layout == "flat" and self.happens(0.25)
        if layout == "flat":
            columns += [name for name in _HOME if name != "hamlet" or not hamlet_in_address]
            if self.happens(0.3):
                columns = [name for name in columns if name not in {"rt", "rw"}] + ["rt_rw"]
        self.chance.shuffle(columns)
        for names, _, _ in words.GROUPS:
            if set(names) <= set(columns) and self.happens(0.5):
                columns = [name for name in columns if name not in names]
                at = self.chance.randrange(len(columns) + 1)
                columns[at:at] = names
        statuses = {person["marital_status"] for _, people in self.homes for person in people}
        by_f101 = 4 in statuses and self.happens(0.15)
        marital = words.MARITAL_F101 if by_f101 else self.chance.choice(words.MARITAL)
        same_way = self.happens(0.5)
        how = ("label", "label", "title", "number", "tight", "other")
        every = self.chance.choice(how)
        people = sum(len(members) for _, members in self.homes)
        at_heads = layout == "flat" and len(self.homes) > 1 and people > len(self.homes)
        merged = at_heads and self.form in {"xlsx", "xls"} and self.happens(0.2)
        return Style(
            layout=layout,
            columns=tuple(columns),
            sexes=self.chance.choice(words.SEXES),
            marital=marital,
            marital_means=words.F101_MEANS if by_f101 else {status: status for status in range(1, 9)},
            dates=self._dates(),
            numbers=self.chance.choice(("plain", "plain", "apostrophe", "dots", "spaces", "cells")),
            codes={name: every if same_way else self.chance.choice(how) for name in (*_ALWAYS, *_OFTEN)},
            first_column=self.chance.choice((0, 0, 1, 2)),
            hamlet_in_address=hamlet_in_address,
            numbers_at_heads=at_heads and not merged and self.happens(0.2),
            numbers_merged=merged,
        )

    def _dates(self) -> str:
        forms = ["dd-mm-yyyy", "dd/mm/yyyy", "yyyy-mm-dd", "d Month yyyy", "dd.mm.yyyy", "'dd-mm-yyyy", "mixed"]
        if self.form != "csv":
            forms += ["cell", "serial", "serial"]
        days = [person["birth_on"].day for _, people in self.homes for person in people]
        if sum(1 for day in days if day > 12) >= 3:
            forms.append("mm/dd/yyyy")
        return self.chance.choice(forms)

    def headers(self) -> dict[str, str]:
        """Draw a header for each column; two columns never get the same words."""
        drawn: dict[str, str] = {}
        for name in self.style.columns:
            choices = list(words.HEADERS[name])
            plain = {"STATUS", "Status"} & set(drawn.values())
            # A status that is told from its values needs values that differ.
            if plain or (name == "marital_status" and self.style.marital[1] == "1"):
                choices = [header for header in choices if header.upper() != "STATUS"]
            drawn[name] = self.chance.choice(choices)
        return {name: self._dressed(header) for name, header in drawn.items()}

    def _dressed(self, header: str) -> str:
        if "TTL" in header or any(mark.islower() for mark in header):
            return header
        return self.chance.choice(
            (
                *(header, header, header.title(), header.lower(), f" {header} ", f"{header} *", f"{header}:"),
                *(header.replace(" ", "  "), header.replace(" ", "\n", 1), f"{header} (wajib diisi)"),
            )
        )

    # --- values -----------------------------------------------------------------------------------------------------

    def cell(self, name: str, values: Mapping[str, Any]) -> Cell:
        """Return a value as this workbook writes it."""
        if name == "rt_rw":
            return f"{values['rt']}/{values['rw']}"
        if name == "birth":
            return f"{values['birth_place']}, {self._date(values['birth_on'], is_text=True)}"
        value = values.get(name)
        if value is None:
            return self.chance.choice(("0", None, "-")) if name == "nik" else self.chance.choice((None, None, "", "-"))
        if name == "sex":
            return self.style.sexes[value - 1]
        if name == "marital_status":
            return self.style.marital[value]
        if name in {"nik", "family_number"}:
            return self._number(str(value))
        if name == "birth_on":
            return self._date(value)
        if name in {"rt", "rw"}:
            text = str(value)
            return self.chance.choice((text, text, text.lstrip("0")))
        if name == "hamlet":
            return self.chance.choice((value, value.title(), f"DUSUN {value}", f"Dsn. {value}"))
        if name == "address" and self.style.hamlet_in_address:
            return f"{value}, {self.chance.choice(('DUSUN', 'DSN', 'Dsn.'))} {values['hamlet']}"
        known = fields_by_name(Kind.RESIDENT).get(name)
        return self._code(name, known.code_list, value) if known is not None and known.code_list else str(value)

    def _code(self, name: str, list_name: str, value: int) -> str:
        label = code_list(list_name).label(value)
        others = words.OTHER_SPELLINGS.get(name, {}).get(value, ())
        match self.style.codes.get(name, "label"):
            case "number" if name not in {"blood_type", "life_status"}:
                return str(value)
            case "title":
                return label.title()
            case "tight":
                return label.replace(" / ", "/").replace("/ ", "/")
            case "other" if others:
                return self.chance.choice(others)
            case _:
                return label

    def _date(self, day: dt.date, *, is_text: bool = False) -> Cell:
        form = self.style.dates
        if form == "mixed":
            form = self.chance.choice(("dd-mm-yyyy", "yyyy-mm-dd", "d Month yyyy", "dd/mm/yyyy"))
        if is_text and form in {"cell", "serial"}:
            form = "dd-mm-yyyy"
        match form:
            case "cell":
                return day
            case "serial":
                return float((day - _EPOCH).days)
            case "yyyy-mm-dd":
                return day.isoformat()
            case "d Month yyyy":
                return f"{day.day} {words.MONTHS[day.month - 1]} {day.year}"
            case "dd.mm.yyyy":
                return f"{day:%d.%m.%Y}"
            case "dd/mm/yyyy":
                return f"{day:%d/%m/%Y}"
            case "mm/dd/yyyy":
                return f"{day:%m/%d/%Y}"
            case "'dd-mm-yyyy":
                return f"'{day:%d-%m-%Y}"
            case _:
                return f"{day:%d-%m-%Y}"

    def _number(self, number: str) -> Cell:
        match self.style.numbers:
            case "apostrophe":
                return f"'{number}"
            case "dots":
                return f"{number[:2]}.{number[2:6]}.{number[6:12]}.{number[12:]}"
            case "spaces":
                return f"\u00a0{number} "
            case "cells" if self.form != "csv" and number[-1] != "0" and int(number) < _EXACT_MAX:
                return int(number)
            case _:
                return number

    # --- sheets -----------------------------------------------------------------------------------------------------

    def write(self) -> Fuzzed:
        shares = 1 if self.form in {"csv", "ods"} else self.chance.choice((1, 1, 2))
        size = -(-len(self.homes) // shares)
        for at in range(0, len(self.homes), size):
            name = "" if self.form == "csv" else "Penduduk" if self.form == "ods" else f"Lembar {at // size + 1}"
            _Sheet(self, name, self.homes[at : at + size]).write()
        if shares == 2 and self.happens(0.5):
            self.found.sheets["Petunjuk"] = [list(note) for note in words.NOTES]
        return self.found

    def expect(self, home: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> None:
        """Note what an import must make of a family."""
        carried = set(self.style.columns)
        if "birth" in carried:
            carried |= {"birth_place", "birth_on"}
        of_home = {name: home[name] for name in _HOME}
        members = sorted(str(person["name"]) for person in people)
        for person in people:
            values = {name: value for name, value in person.items() if name in carried and value is not None}
            if "marital_status" in values:
                values["marital_status"] = self.style.marital_means[values["marital_status"]]
            values["home"] = of_home
            values["members"] = members
            values["is_head"] = person["relation"] == 1
            self.found.people.append(values)

    def stranger(self) -> dict[str, Any]:
        """Return someone to be spoilt: an adult relative with a NIK of their own."""
        self.next_serial += 1
        return {
            "nik": f"351009010180{self.next_serial}",
            "name": f"SALAH {self.next_serial}",
            "sex": 1,
            "birth_on": dt.date(1980, 1, 1),
            "birth_place": "BANYUWANGI",
            "relation": 11,
            "religion": 1,
            "marital_status": 1,
            "life_status": 1,
        }


class _Sheet:
    """One sheet in the making."""

    def __init__(
        self, writer: _Writer, name: str, homes: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]]
    ) -> None:
        self.writer = writer
        self.style = writer.style
        self.name = name
        self.homes = homes
        self.grid: Grid = []
        self.headers = writer.headers()
        self.columns: list[str] = list(self.style.columns)
        for header in words.STRANGE_HEADERS:
            if writer.happens(0.1):
                self.columns.insert(writer.chance.randrange(len(self.columns) + 1), f"?{header}")
        if writer.happens(0.6) or self.style.layout != "flat":
            self.columns.insert(0, "#")
        self.running = 0

    def write(self) -> None:
        self._title()
        if self.style.layout in {"flat", "inline", "once"}:
            if self.style.layout == "once":
                self._labels()
            self._header()
        for home, people in self.homes:
            self._family(home, people)
        self._end()
        self.writer.found.sheets[self.name] = self.grid

    def _add(self, cells: Sequence[Cell]) -> None:
        self.grid.append([*([None] * self.style.first_column), *cells])

    def _title(self) -> None:
        writer = self.writer
        for title in words.TITLES:
            if writer.happens(0.3):
                self._add([title])
        for label, place in words.PLACES:
            if writer.happens(0.4):
                self._add([f"{label} : {place}"] if writer.happens(0.5) else [label, None, f": {place}"])
        if self.grid and writer.happens(0.6):
            self._add([])

    def _header_cells(self) -> list[Cell]:
        return [self._header_of(column) for column in self.columns]

    def _header_of(self, column: str) -> str:
        if column == "#":
            return "NO"
        return column[1:] if column.startswith("?") else self.headers[column]

    def _header(self) -> None:
        writer = self.writer
        cells = self._header_cells()
        if self.style.layout == "flat" and writer.happens(0.2):
            # A row of groups above the header, merged or not: only its first cell has a text.
            self._add(["DATA PENDUDUK", *([None] * (len(cells) - 1))])
        elif self.style.layout == "flat" and writer.happens(0.3):
            cells = self._add_groups(cells)
        self._add(cells)
        if writer.happens(0.3):
            sign = writer.chance.choice((1, -1))
            numbers: list[Cell] = [float(sign * at) for at in range(1, len(cells) + 1)]
            self._add([f"({at})" for at in range(1, len(cells) + 1)] if writer.happens(0.4) else numbers)

    def _add_groups(self, cells: list[Cell]) -> list[Cell]:
        """Add the upper row of a header of two rows; return the lower one.

        A name that has no parts stands above, merged over both rows; of a pair side by side the group stands above.
        """
        upper: list[Cell] = list(cells)
        lower: list[Cell] = [None] * len(cells)
        for names, group, parts in words.GROUPS:
            at = next((at for at in range(len(cells)) if tuple(self.columns[at : at + len(names)]) == names), None)
            if at is not None:
                upper[at : at + len(names)] = [group, *([None] * (len(names) - 1))]
                lower[at : at + len(names)] = parts
        if any(lower):
            self._add(upper)
            return lower
        return cells

    def _family(self, home: dict[str, Any], people: list[dict[str, Any]]) -> None:
        writer = self.writer
        match self.style.layout:
            case "inline":
                self._inline(home)
            case "beside":
                self._beside(home, people)
                self._header()
            case "above":
                self._above(home, people)
                self._header()
            case "once":
                self._once(home, people)
        if self.style.layout != "flat":
            self.running = 0
        first = len(self.grid)
        for at, person in enumerate(people):
            if at and not self.style.numbers_merged and writer.happens(0.03):
                self._page_break()
            self._person(home, person, shows_number=at == 0)
        if self.style.numbers_merged and len(self.grid) - first > 1:
            column = self.columns.index("family_number") + self.style.first_column
            ranges = writer.found.merges.setdefault(self.name, [])
            ranges.append((first, column, len(self.grid) - 1, column))
        writer.expect(home, people)
        if writer.happens(0.12):
            self._fault(home)
        if writer.happens(0.1) and self.style.layout == "flat":
            self._add([])

    def _person(self, home: dict[str, Any], person: Mapping[str, Any], *, shows_number: bool = True) -> None:
        self.running += 1
        values = {**home, **person}
        cells: list[Cell] = []
        for column in self.columns:
            if column == "#":
                cells.append(float(self.running))
            elif column.startswith("?"):
                cells.append(self.writer.chance.choice(("YA", "3", None)))
            elif column == "family_number" and not shows_number and self._hides_numbers():
                cells.append(None)
            else:
                cells.append(self.writer.cell(column, values))
        self._add(cells)

    def _hides_numbers(self) -> bool:
        return self.style.numbers_at_heads or self.style.numbers_merged

    def _fault(self, home: dict[str, Any]) -> None:
        """Add a row that must be rejected, with its code."""
        writer = self.writer
        stranger = writer.stranger()
        if self.style.numbers_merged:
            # It stands below the merged cells, so it has its own number.
            self._person(home, stranger)
        else:
            self._person(home, stranger, shows_number=False)
        row = self.grid[-1]
        kinds = [("nik", "351009010180950", "nik-format"), ("name", None, "name-missing")]
        kinds += [("birth_on", "31-02-2001", "date-impossible"), ("religion", "JEDI", "code-unknown")]
        name, cell, code = writer.chance.choice([kind for kind in kinds if kind[0] in self.columns])
        row[self.columns.index(name) + self.style.first_column] = cell
        writer.found.faults[self.name, len(self.grid)] = code

    def _page_break(self) -> None:
        if self.writer.happens(0.5):
            self._add(["Halaman 2"])
        self._add(self._header_cells())

    def _end(self) -> None:
        writer = self.writer
        if writer.happens(0.5):
            self._add([])
            for footer in words.FOOTERS:
                if writer.happens(0.4):
                    self._add([None, *footer])
        if writer.happens(0.2):
            self._add(["###"])
            self._add(["catatan", "di bawah", "tabel", "tidak dibaca"])

    # --- family blocks ----------------------------------------------------------------------------------------------

    def _address(self, home: Mapping[str, Any]) -> str:
        return f"{home['address']}, DUSUN {home['hamlet']}, RT:{home['rt']}, RW:{home['rw']}, Kodepos:68465,-"

    def _inline(self, home: Mapping[str, Any]) -> None:
        place = f"Alamat : {home['address']}, Nama Dusun : {home['hamlet']}, RT/RW : {home['rt']}/{home['rw']}"
        self._add([f"No. KK :\u00a0{home['family_number']}", None, place])

    def _beside(self, home: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> None:
        if self.grid:
            self._add([])
        dressed = self.writer.chance.choice(("{} :", "{}:", "{}"))
        mark: list[Cell] = [] if ":" in dressed else [":"]
        pairs: list[tuple[str, Cell]] = [("NO. KK", self._number(home)), ("NAMA KK", people[0]["name"])]
        pairs += [("ALAMAT", f"{home['address']}, DSN. {home['hamlet']}"), ("RT/RW", f"{home['rt']}/{home['rw']}")]
        for label, value in pairs:
            self._add([None, dressed.format(label), *mark, value])

    def _above(self, home: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> None:
        self._add([None, "NO.KK", None, "NAMA.KK", "ALAMAT"])
        self._add([None, self._number(home), None, people[0]["name"], self._address(home)])

    def _labels(self) -> None:
        self._add(["No. KK", None, "Nama Kepala Keluarga", None, "Alamat"])

    def _once(self, home: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> None:
        self._add([self._number(home), None, people[0]["name"], None, self._address(home)])

    def _number(self, home: Mapping[str, Any]) -> Cell:
        return self.writer.cell("family_number", home)
