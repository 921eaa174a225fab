"""Outline a file before it is read: its columns with samples and what each is read as, also where too little is known.

A person decides with it what no header tells (``file_mapping``).  A file that cannot be imported as it stands has an
outline all the same: where no header is known, the row that looks most like one is taken as a guess.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from register.importing.cell_types import text_of
from register.importing.detection import Detection
from register.importing.file_mapping import FileMapping
from register.importing.headers import Header, header_row
from register.importing.mapping import (
    HeaderMap,
    first_of_name,
    fold_header,
    known_header_count,
    map_headers,
    missing_columns,
)
from register.importing.reading import header_of
from register.importing.scanning import FIRST_ROWS, has_family_blocks
from register.importing.sources import Source, content_of

SAMPLES_MAX = 3
_SAMPLE_LENGTH_MAX = 40
_SAMPLE_ROWS = 40
_KNOWN_MIN = 2
_BY_DETECTION = FileMapping()

Standing = Literal["read", "unknown", "repeated", "not-kept"]
"""What becomes of a column: read; not understood; feeds what another one feeds; known or decided not to be kept."""


@dataclass(frozen=True, slots=True)
class OutlinedColumn:
    """One column: its header as the file has it, the template's header that it is read as, texts that stand in it."""

    header: str
    meaning: str
    standing: Standing
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The columns of a file, those of all its sheets together, by header.

    ``header_row`` is that of the first sheet that has one, ``is_guess`` tells that nothing in it is known, ``missing``
    are the columns without which nobody can be told from another.
    """

    sheets: tuple[str, ...]
    header_row: int
    is_guess: bool
    columns: tuple[OutlinedColumn, ...]
    missing: tuple[str, ...]

    @property
    def headers(self) -> frozenset[str]:
        """Return the folded names of columns: files of one make have the same ones, in whatever order and number."""
        folded = {fold_header(one.header) for one in self.columns}
        return frozenset(first_of_name(one.header, folded) for one in self.columns)

    def settled(self, detection: Detection) -> Outline:
        """Return the outline with what the cells decided once the file was read."""
        read = {one.header: one.meaning for sheet in detection.sheets for one in sheet.columns}
        left = {header for sheet in detection.sheets for header in sheet.not_kept}
        columns = tuple(
            replace(one, meaning=read[one.header], standing="read")
            if one.header in read
            else replace(one, standing="not-kept")
            if one.header in left
            else one
            for one in self.columns
        )
        return replace(self, columns=columns, missing=())


@dataclass(frozen=True, slots=True)
class _Sheet:
    header: Header
    is_guess: bool
    columns: tuple[OutlinedColumn, ...]
    missing: tuple[str, ...]


def outline_file(path: Path | str, mapping: FileMapping | None = None) -> Outline:
    """Return the columns of a file; raises ImportFileError for one that cannot be opened."""
    chosen = mapping or _BY_DETECTION
    names: list[str] = []
    sheets: list[_Sheet] = []
    for name, rows in Source(content_of(Path(path)), Path(path).name, chosen).sheets():
        names.append(name)
        if not chosen.sheets or name in chosen.sheets:
            sheets += _sheets_of(rows, chosen)
    known = [one for one in sheets if not one.is_guess] or sheets[:1]
    columns: dict[str, OutlinedColumn] = {}
    for one in known:
        for column in one.columns:
            columns.setdefault(fold_header(column.header), column)
    is_enough = any(not one.missing for one in known)
    missing = () if is_enough or not known else min((one.missing for one in known), key=len)
    return Outline(
        tuple(name for name in names if name),
        known[0].header.first if known else 0,
        bool(known) and known[0].is_guess,
        tuple(columns.values()),
        missing,
    )


def _sheets_of(rows: Iterable[Sequence[object]], mapping: FileMapping) -> Iterator[_Sheet]:
    numbered = list(islice(enumerate(rows, start=1), FIRST_ROWS + _SAMPLE_ROWS))
    start = numbered[:FIRST_ROWS]
    header = header_of(start, mapping)
    # One known word alone may as well be the value of a person.
    is_guess = header is None or (not mapping.header_row and known_header_count(header.texts) < _KNOWN_MIN)
    if is_guess:
        filled = [(number, cells) for number, cells in start if any(text_of(cell) for cell in cells)]
        header = header_row(*max(filled, key=_likeness)) if filled else None
    if header is None:
        return
    header_map = map_headers(header.texts, mapping.columns_by_folded_header())
    chosen = mapping.family_blocks
    blocks = (not is_guess and has_family_blocks(start, header, header_map)) if chosen is None else chosen
    below = [cells for number, cells in numbered if number > header.last]
    missing = missing_columns(header_map, has_family_blocks=blocks)
    yield _Sheet(header, is_guess, tuple(_columns(header, header_map, below)), missing)


def _likeness(row: tuple[int, Sequence[object]]) -> tuple[int, int]:
    """Return how much a row looks like a header: texts without digits, the first row of several alike."""
    texts = [text for cell in row[1] if (text := text_of(cell))]
    return sum(1 for text in texts if not any(mark.isdigit() for mark in text)), -row[0]


def _columns(header: Header, header_map: HeaderMap, below: Sequence[Sequence[object]]) -> Iterator[OutlinedColumn]:
    meanings: Mapping[int, str] = {one.position: one.column.header for one in header_map.columns}
    for position, cell in enumerate(header.texts):
        text = cell.strip()
        if not text:
            continue
        standing: Standing = (
            "read"
            if position in meanings
            else "not-kept"
            if text in header_map.unused
            else "repeated"
            if text in header_map.repeated
            else "unknown"
        )
        yield OutlinedColumn(text, meanings.get(position, ""), standing, _samples(position, below))


def _samples(position: int, rows: Iterable[Sequence[object]]) -> tuple[str, ...]:
    texts = dict.fromkeys(
        text[:_SAMPLE_LENGTH_MAX] for cells in rows if position < len(cells) and (text := text_of(cells[position]))
    )
    return tuple(islice(texts, SAMPLES_MAX))
