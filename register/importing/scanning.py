"""Decide which rows of a sheet are people: not titles, repeated headers, column numbers, family blocks or footers.

A row that looks like nobody but has cells under mapped columns is kept, so that it is rejected with its reason; what is
left out as a footer or note is listed.  In a list that is printed family by family, each person gets the values of the
block above (``family_blocks``).  What a column means is settled afterwards (``settling``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from register.importing.cell_types import CellTyper, text_of
from register.importing.family_blocks import (
    FAMILY_COLUMNS,
    PLACE_COLUMNS,
    Labelled,
    is_number16,
    label_of,
    labelled_in,
    settle,
    value_text,
    values_below,
)
from register.importing.file_forms import ROWS_MAX, too_large
from register.importing.footers import is_end_mark, is_footer
from register.importing.headers import Header, header_row, is_numbering, repeats
from register.importing.mapping import HeaderMap, known_header_count, map_headers
from register.importing.raw_table import Cell, RawRow, Skipped
from schemas.codes import code_list
from schemas.errors import CodeError

Cells = Sequence[object]

FIRST_ROWS = 60
"""Rows among which the header is looked for; a family form has twenty rows above it."""

_SKIPPED_KEPT_MAX = 200
_PERSON_CELLS_MIN = 3
_PERSON_CELLS_IN_FOOTER_MIN = 5
_HEADER_SHARE = 0.6
_NONE_YET = frozenset({"", "-", "0", "--"})


@dataclass(slots=True)
class Segment:
    """Rows under one header; ``positions`` are those of the cells kept, ``blocks`` tells that block values follow."""

    header: Header
    header_map: HeaderMap
    blocks: bool
    rows: list[RawRow] = field(default_factory=list)
    families: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def positions(self) -> list[int]:
        """Positions in the file of the cells that a row keeps, open columns included."""
        mapped = (column.position for column in self.header_map.columns)
        return [*mapped, *(column.position for column in self.header_map.open)]


def has_family_blocks(rows: Iterable[tuple[int, Cells]], header: Header, header_map: HeaderMap) -> bool:
    """Tell whether families stand above their members, from the first rows of a sheet."""
    if "family_number" in header_map.field_names:
        return False
    name_at = next((one.position for one in header_map.columns if one.column.field_name == "name"), -1)
    nik_at = next((one.position for one in header_map.columns if one.column.field_name == "nik"), -1)
    for number, cells in rows:
        if header.first <= number <= header.last:
            continue
        said, bare = labelled_in(cells)
        if "no_kk" in said or "no_kk" in bare:
            return True
        if number > header.last and _bare_number_at(cells, name_at, nik_at) is not None:
            return True
    return False


def _places(header_map: HeaderMap) -> list[tuple[int, str]]:
    return [(mapped.position, mapped.column.header) for mapped in header_map.columns]


def _bare_number_at(cells: Cells, name_at: int, nik_at: int) -> int | None:
    """Return where a family number stands in a row that is no person, with no label at all."""
    if 0 <= name_at < len(cells) and text_of(cells[name_at]):
        return None
    found = [at for at, cell in enumerate(cells) if is_number16(cell)]
    return found[0] if len(found) == 1 and found[0] != nik_at else None


class SheetScanner:
    """Takes the rows of one sheet in order; ``segments`` are the tables found, one for each different header."""

    def __init__(self, file: str, header: Header, header_map: HeaderMap, *, blocks: bool) -> None:
        self._file = file
        self._type = CellTyper()
        self._blocks = blocks
        self._block: Labelled = {}
        self._block_cells: tuple[Cell, ...] | None = None
        self._place: Labelled = {}
        self._label_places: dict[str, int] = {}
        self._awaits_values = False
        self._members_seen = False
        self._in_footer = False
        self._ended = False
        self.segments: list[Segment] = []
        self._begin(header, header_map)

    def _begin(self, header: Header, header_map: HeaderMap) -> None:
        self._segment = Segment(header, header_map, self._blocks)
        self.segments.append(self._segment)
        self._positions = self._segment.positions
        fields = {mapped.column.field_name: mapped.position for mapped in header_map.columns}
        self._name_at, self._nik_at = fields.get("name", -1), fields.get("nik", -1)
        self._kk_at = fields.get("family_number", -1)
        self._readers = self._code_readers()

    def _code_readers(self) -> dict[int, Callable[[str], int]]:
        return {
            index: code_list(mapped.column.field.code_list).from_text
            for index, mapped in enumerate(self._segment.header_map.columns)
            if mapped.column.field is not None and mapped.column.field.type == "code"
        }

    def take(self, number: int, cells: Cells) -> None:
        """Take one row of the sheet."""
        if number > ROWS_MAX + FIRST_ROWS:
            raise too_large(self._file)
        header = self._segment.header
        if header.first <= number <= header.last:
            return
        is_plain = number > header.last and not self._ended and not self._awaits_values
        if is_plain and self._is_plainly_a_person(cells):
            self._add(number, cells)
            return
        if any(text_of(cell) for cell in cells):
            self._take_other(number, cells, is_above=number < header.first)

    def _is_plainly_a_person(self, cells: Cells) -> bool:
        """Tell most people at a glance: a name with letters and a NIK of sixteen digits."""
        width = len(cells)
        if not (0 <= self._name_at < width and 0 <= self._nik_at < width):
            return False
        name, nik = cells[self._name_at], cells[self._nik_at]
        if not (isinstance(name, str) and name[:1].isalpha() and is_number16(nik)):
            return False
        return not self._blocks or label_of(name) is None

    def _take_other(self, number: int, cells: Cells, *, is_above: bool) -> None:
        texts = [text_of(cell) for cell in cells if text_of(cell)]
        if self._ended or is_end_mark(texts[0]):
            self._skip(number, "after-end", texts if self._ended else [])
            self._ended = True
        elif self._is_of_the_header(number, cells) or (self._blocks and self._takes_family(cells)):
            self._in_footer = False
        elif is_above:
            self._note_place(cells)
        elif self._is_person(cells, texts):
            self._in_footer = False
            self._add(number, cells)
        elif not self._continues(cells):
            self._judge(number, cells, texts)

    def _is_of_the_header(self, number: int, cells: Cells) -> bool:
        return is_numbering(cells) or repeats(self._segment.header, cells) or self._takes_new_header(number, cells)

    def _takes_new_header(self, number: int, cells: Cells) -> bool:
        current = self._segment.header_map
        needed = max(4, _HEADER_SHARE * len(current.columns))
        if known_header_count(cells) < needed or any(is_number16(cell) for cell in cells):
            return False
        header = header_row(number, cells)
        found = map_headers(header.texts)
        if number > self._segment.header.last and _places(found) != _places(current):
            self._begin(header, found)
        return True

    def _is_person(self, cells: Cells, texts: Sequence[str]) -> bool:
        if any(0 <= at < len(cells) and is_number16(cells[at]) for at in (self._nik_at, self._kk_at)):
            return True
        if all(is_footer(text) for text in texts):
            return False
        filled = sum(1 for at in self._positions if at < len(cells) and text_of(cells[at]))
        if self._in_footer:
            return filled >= _PERSON_CELLS_IN_FOOTER_MIN
        has_name = 0 <= self._name_at < len(cells) and bool(text_of(cells[self._name_at]))
        return filled >= _PERSON_CELLS_MIN + (not has_name)

    def _judge(self, number: int, cells: Cells, texts: Sequence[str]) -> None:
        """Leave out a row that is a footer or note; keep one that may be a person with too little said."""
        if self._in_footer or any(is_footer(text) for text in texts):
            self._in_footer = True
            self._skip(number, "footer", texts)
        elif self._blocks or self._note_place(cells):
            self._skip(number, "note", texts)
        else:
            self._add(number, cells)

    def _note_place(self, cells: Cells) -> bool:
        """Keep what a title says about the village; tell whether it said anything."""
        said, _ = labelled_in(cells)
        found = {name: text for name, text in said.items() if name in PLACE_COLUMNS}
        self._place.update(found)
        return bool(found) and not any(name not in PLACE_COLUMNS for name in said)

    def _skip(self, number: int, why: str, texts: Sequence[str]) -> None:
        if texts and len(self._segment.skipped) < _SKIPPED_KEPT_MAX:
            self._segment.skipped.append(Skipped(number, why, " | ".join(texts)[:120]))

    # --- families ---------------------------------------------------------------------------------------------------

    def _takes_family(self, cells: Cells) -> bool:
        if self._takes_values_below(cells):
            return True
        if self._is_plainly_a_person(cells):
            return False
        said, bare = labelled_in(cells)
        if "no_kk" in bare and "no_kk" not in said:
            self._label_places, self._awaits_values = bare, True
            return True
        at = _bare_number_at(cells, self._name_at, self._nik_at) if "no_kk" not in said else None
        if at is not None:
            said = {**said, "no_kk": value_text(cells[at])}
        self._say(said)
        return bool(said) or len(bare) > 1

    def _takes_values_below(self, cells: Cells) -> bool:
        at = self._label_places.get("no_kk", len(cells))
        if at >= len(cells) or label_of(cells[at]) is not None:
            return False
        # A row of values fills no more cells than there are labels; a person fills many.
        is_short = sum(1 for cell in cells if text_of(cell)) <= len(self._label_places) + 1
        is_first, self._awaits_values = self._awaits_values and is_short, False
        is_number = is_number16(cells[at]) and is_short
        values = values_below(cells, self._label_places)
        is_none_yet = is_first and text_of(cells[at]) in _NONE_YET and any(values.values())
        if not is_number and not is_none_yet:
            return False
        if at == self._nik_at and not is_first:
            return False
        # An address may stand beside its label's column; its own labels tell it.
        beside, _ = labelled_in(cells)
        self._say({"no_kk": "", **beside, **{name: text for name, text in values.items() if text}})
        return True

    def _say(self, said: Labelled) -> None:
        places = {name: text for name, text in said.items() if name in PLACE_COLUMNS}
        self._place.update(places)
        family = {name: text for name, text in said.items() if name not in PLACE_COLUMNS}
        if not family:
            return
        other = family.get("no_kk") and self._block.get("no_kk") not in {None, "", family["no_kk"]}
        if self._members_seen or other or not self._segment.families:
            self._block, self._members_seen = {}, False
            self._segment.families += 1
        for name, text in family.items():
            if text or name not in self._block:
                self._block[name] = text
        self._block_cells = None

    def _values_of_block(self) -> tuple[Cell, ...]:
        if self._block_cells is None:
            settled = {**self._place, **settle(self._block)}
            self._block_cells = tuple(settled.get(name) or None for name in FAMILY_COLUMNS)
        return self._block_cells

    # --- people -----------------------------------------------------------------------------------------------------

    def _add(self, number: int, cells: Cells) -> None:
        width = len(cells)
        kept = tuple(self._type(cells[at]) if at < width else None for at in self._positions)
        if all(cell is None for cell in kept):
            return
        self._members_seen = True
        self._segment.rows.append(RawRow(number, kept + self._values_of_block() if self._blocks else kept))

    def _continues(self, cells: Cells) -> bool:
        """Tell whether a row only ends codes that a page break cut in two, and put them together."""
        if not self._blocks or not self._segment.rows:
            return False
        last = self._segment.rows[-1]
        joined = list(last.cells)
        filled = {index: text_of(cells[at]) for index, at in enumerate(self._positions) if at < len(cells)}
        filled = {index: text for index, text in filled.items() if text}
        for index, text in filled.items():
            begun, whole = text_of(last.cells[index]), f"{text_of(last.cells[index])} {text}"
            if not begun or not self._reads(index, whole) or self._reads(index, begun):
                return False
            joined[index] = whole
        self._segment.rows[-1] = RawRow(last.number, tuple(joined))
        return bool(filled)

    def _reads(self, index: int, text: str) -> bool:
        """Tell whether a column of codes knows a text."""
        try:
            self._readers[index](text)
        except (KeyError, CodeError):
            return False
        return True
