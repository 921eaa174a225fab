"""Declare a table as read from a file: typed cells under mapped columns, and what was left out of it.

No rule lives here.  What a cell means is for ``cells``; how the table was found is told by ``detection``.
"""

from __future__ import annotations

from dataclasses import dataclass

from register.importing.conventions import Cell
from register.importing.mapping import HeaderMap

__all__ = ["Cell", "RawRow", "RawSheet", "RawTable", "Skipped"]


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: its number from 1 as a person sees it, and a cell for each mapped column."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that is no person: ``why`` is footer, after-end or note; ``text`` is what stands in it."""

    number: int
    why: str
    text: str


@dataclass(frozen=True, slots=True)
class RawSheet:
    """A table of one sheet; ``name`` is empty for a text file, and two tables of one sheet share it.

    ``families`` counts the families that stand in blocks of their own; 0 means that each row names its family.
    """

    name: str
    header_row: int
    header_map: HeaderMap
    rows: tuple[RawRow, ...]
    header_last_row: int = 0
    layout: str = ""
    families: int = 0
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawTable:
    """A file as read: its sheets with a header, the sheets without one, and the BLAKE2b-256 of its bytes.

    ``encoding`` and ``separator`` are empty for a workbook.
    """

    file: str
    file_digest: bytes
    sheets: tuple[RawSheet, ...]
    ignored_sheets: tuple[str, ...]
    encoding: str = ""
    separator: str = ""
