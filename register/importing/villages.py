"""Decide which village each row of a regency's list belongs to, and cut the list into one table for each.

A village is named by its code, or by district and name; spellings differ between editions ("Genteng Wetan",
"Gentengwetan") and names repeat within a regency, so a name alone is not enough where it means two villages.  Rows that
name no village, or one that is not known, are handed back apart: nobody is put into a village by guess.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from register.importing.mapping import HeaderMap
from register.importing.raw_table import Cell, RawRow, RawSheet, RawTable
from schemas.errors import IdentifierError
from schemas.identifiers import RegionCode, RegionLevel
from schemas.regions import find_villages, is_known_region, regions_in


@dataclass(frozen=True, slots=True)
class VillagePart:
    """The rows of one village; ``code`` is None for a place that is not known or means two villages.

    ``code_text`` and the names are what the file says.
    """

    code: RegionCode | None
    code_text: str
    district_name: str
    village_name: str
    table: RawTable

    @property
    def rows(self) -> int:
        """How many rows the village has."""
        return sum(len(sheet.rows) for sheet in self.table.sheets)


_Place = tuple[str, str, str]
"""Code, district name and village name, as the file has them."""


def split_by_village(table: RawTable, regency: RegionCode) -> tuple[VillagePart, ...]:
    """Return the table in parts, one for each village of the regency that it names, in the order of the file."""
    directory = _Directory(regency)
    parts: dict[object, list[tuple[RawSheet, list[RawRow]]]] = {}
    places: dict[object, _Place] = {}
    for sheet in table.sheets:
        by_place: dict[_Place, list[RawRow]] = defaultdict(list)
        finder = _PlaceFinder(sheet.header_map)
        for row in sheet.rows:
            by_place[finder.place_of(row.cells)].append(row)
        for place, rows in by_place.items():
            key = directory.find(place) or place
            places.setdefault(key, place)
            parts.setdefault(key, []).append((sheet, rows))
    return tuple(_part(table, key, places[key], found) for key, found in parts.items())


def _part(table: RawTable, key: object, place: _Place, found: Sequence[tuple[RawSheet, list[RawRow]]]) -> VillagePart:
    by_sheet: dict[int, tuple[RawSheet, list[RawRow]]] = {}
    for sheet, rows in found:
        by_sheet.setdefault(id(sheet), (sheet, []))[1].extend(rows)
    sheets = tuple(
        replace(sheet, rows=tuple(sorted(rows, key=lambda row: row.number))) for sheet, rows in by_sheet.values()
    )
    code = key if isinstance(key, RegionCode) else None
    return VillagePart(code, *place, replace(table, sheets=sheets))


class _PlaceFinder:
    """Reads where the rows of one sheet belong."""

    def __init__(self, header_map: HeaderMap) -> None:
        self._at = {mapped.column.header: index for index, mapped in enumerate(header_map.columns)}

    def place_of(self, cells: Sequence[Cell]) -> _Place:
        code = self._digits(cells, "kode_desa")
        if not code:
            widths = (("no_prop", 2), ("no_kab", 2), ("no_kec", 2), ("no_kel", 4))
            parts = [self._digits(cells, name).zfill(width) for name, width in widths]
            code = "".join(parts) if all(part.strip("0") for part in parts) else ""
        return code, self._text(cells, "kecamatan"), self._text(cells, "desa")

    def _text(self, cells: Sequence[Cell], name: str) -> str:
        at = self._at.get(name)
        cell = cells[at] if at is not None else None
        return " ".join(str(cell).split()) if cell is not None else ""

    def _digits(self, cells: Sequence[Cell], name: str) -> str:
        return "".join(mark for mark in self._text(cells, name) if mark.isdigit())


class _Directory:
    """Finds the villages of one regency by code, or by district and name."""

    def __init__(self, regency: RegionCode) -> None:
        self._regency = regency
        self._districts = {_compact(district.name): district.code for district in regions_in(regency)}

    def find(self, place: _Place) -> RegionCode | None:
        code_text, district, village = place
        if code_text:
            return self._of_code(code_text)
        within = self._districts.get(_compact(district)) if district else self._regency
        found = find_villages(village, within) if village and within is not None else ()
        return found[0].code if len(found) == 1 else None

    def _of_code(self, text: str) -> RegionCode | None:
        try:
            code = RegionCode.from_text(text)
        except IdentifierError:
            return None
        is_here = code.level == RegionLevel.VILLAGE and code.is_within(self._regency) and is_known_region(code)
        return code if is_here else None


def _compact(name: str) -> str:
    return "".join(mark for mark in name.casefold() if mark.isalnum())
