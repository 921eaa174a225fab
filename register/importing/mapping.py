"""Decide which column of a file feeds which field, by its header alone.

Columns may stand in any order and may be partial.  A header matches after folding case and dropping everything that is
not a letter or digit; failing that, after writing out the usual abbreviations, so that "Tmpt.Lhr" is "tempat lahir".
What is not known is returned as unknown, for a person to see; a header with many meanings ("STATUS") is returned with
its candidates and never guessed here (``conventions``).  The columns themselves are in ``columns``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from register.importing.columns import (
    BIRTH,
    COLUMNS,
    MANY_MEANINGS,
    MORE_COLUMNS,
    NOT_KEPT,
    OWN_COLUMNS,
    PLACES,
    RT_RW,
    TemplateColumn,
)
from register.importing.conventions import USUAL, Convention

__all__ = [
    "COLUMNS",
    "HeaderMap",
    "MappedColumn",
    "TemplateColumn",
    "column_named",
    "first_of_name",
    "fold_header",
    "known_header_count",
    "map_headers",
    "meaning_of",
    "missing_columns",
    "told_apart",
]

_DROPPED = re.compile(r"[\W_]+")
_REMARK = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NUMBERING = re.compile(r"^\s*\(?\d{1,3}[a-z]?\s*[).:\s]\s*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

_ABBREVIATIONS = {
    spelling: word
    for word, spellings in {
        "tanggal": "tgl tg tggl",
        "tempat": "tmpt tmp tpt tempt",
        "lahir": "lhr lhir",
        "nomor": "no nmr nomer num",
        "golongan": "gol g",
        "darah": "drh",
        "pendidikan": "pddk pend pddkn pndidikan",
        "pekerjaan": "pkrjn pkj pek pkrjaan kerja",
        "jenis": "jns jn",
        "kelamin": "klmn klmin",
        "status": "stat sts",
        "kawin": "kwn perkawinan nikah pernikahan",
        "hubungan": "hub hubung",
        "keluarga": "kel klg klrg kluarga",
        "akhir": "akh terakhir",
        "akta": "akte",
        "lengkap": "lgkp lkp",
        "cerai": "crai perceraian",
        "dalam": "dlm",
        "dengan": "dgn dg",
        "kecamatan": "kec",
        "dusun": "dsn",
        "paspor": "pasport passport",
        "alamat": "almt alm",
        "nama": "nm",
        "agama": "agm",
    }.items()
    for spelling in spellings.split()
}
How = Literal["header", "cells", "chosen", "block"]
_FILLERS = frozenset({"dan", "di", "yang", "ybs"})


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of a file that we read: its position (from 0), the header as the file has it, what it feeds.

    A value that stands above a family and not in a column has the position -1.  ``how`` tells what decided the meaning.
    """

    position: int
    header: str
    column: TemplateColumn
    how: How = "header"
    convention: Convention = USUAL


@dataclass(frozen=True, slots=True)
class OpenColumn:
    """A column whose header has many meanings; the cells decide."""

    position: int
    header: str
    candidates: tuple[TemplateColumn, ...]


@dataclass(frozen=True, slots=True)
class HeaderMap:
    """What became of one header row; the texts are headers as the file has them.

    ``unknown`` are not read, ``repeated`` feed a field that an earlier column feeds, ``unused`` are known and not kept.
    """

    columns: tuple[MappedColumn, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    unused: tuple[str, ...] = ()
    open: tuple[OpenColumn, ...] = ()

    @property
    def field_names(self) -> frozenset[str]:
        """Names of the fields that some column feeds."""
        return frozenset(mapped.column.field_name for mapped in self.columns)

    @property
    def is_own(self) -> bool:
        """Whether these are the columns of our complete export."""
        return any(mapped.column.header == "resident.record_id" for mapped in self.columns)


def fold_header(header: str) -> str:
    """Return the form in which headers are compared.

    >>> fold_header("No. KK *")
    'nokk'
    """
    return _DROPPED.sub("", header.casefold())


_NUMBERED = re.compile(r"(.+) \(ke-\d+\)")


def told_apart(headers: Iterable[str]) -> tuple[str, ...]:
    """Return headers of which no two are the same: the second of a name, from the left, is told to be the second.

    >>> told_apart(["Nama", "NIK", "NAMA", ""])
    ('Nama', 'NIK', 'NAMA (ke-2)', '')
    """
    counts = Counter[str]()
    found = []
    for header in headers:
        folded = fold_header(header)
        counts[folded] += 1
        found.append(f"{header.strip()} (ke-{counts[folded]})" if folded and counts[folded] > 1 else header)
    return tuple(found)


def first_of_name(header: str, folded: Collection[str]) -> str:
    """Return the folded header of the first column of this name; ``folded`` are those that there are."""
    numbered = _NUMBERED.fullmatch(header)
    first = fold_header(numbered[1]) if numbered is not None else ""
    return first if first in folded else fold_header(header)


def _write_out(header: str) -> str:
    words = (word.casefold() for word in _WORD.findall(header))
    return "".join(_ABBREVIATIONS.get(word, word) for word in words if word not in _FILLERS)


_Meaning = TemplateColumn | tuple[TemplateColumn, ...] | None
"""A column, several candidates, or None for a column that is known and not kept."""


@cache
def _columns_by_name() -> dict[str, TemplateColumn]:
    return {column.header: column for column in (*COLUMNS, *MORE_COLUMNS, RT_RW, BIRTH, *PLACES, *OWN_COLUMNS)}


def column_named(header: str) -> TemplateColumn | None:
    """Return the column of this exact name, as in the template."""
    return _columns_by_name().get(header)


@cache
def _known() -> tuple[dict[str, _Meaning], dict[str, _Meaning]]:
    """Return the meanings by folded header, and by written-out header where that has one meaning."""
    exact: dict[str, _Meaning] = {}
    loose: dict[str, list[_Meaning]] = {}
    named: list[tuple[str, _Meaning]] = [(header, None) for header in NOT_KEPT]
    by_name = _columns_by_name()
    named += [(header, tuple(by_name[name] for name in names)) for header, names in MANY_MEANINGS.items()]
    named += [(header, column) for column in by_name.values() for header in (column.header, *column.synonyms)]
    for header, meaning in named:
        folded = header.casefold() if isinstance(meaning, TemplateColumn) and meaning.is_own else fold_header(header)
        assert exact.setdefault(folded, meaning) == meaning, f"{header} means two columns"
        found = loose.setdefault(_write_out(header), [])
        if meaning not in found:
            found.append(meaning)
    return exact, {spelling: found[0] for spelling, found in loose.items() if len(found) == 1}


_UNKNOWN = ()
_OWN_PREFIXES = ("resident.", "household.")


@lru_cache(maxsize=4096)
def meaning_of(header: str) -> _Meaning:
    """Return what a header means; an unknown one is an empty tuple, one that is known and not kept is None."""
    exact, loose = _known()
    own = header.strip().casefold()
    if own.startswith(_OWN_PREFIXES):
        return exact.get(own)
    bare = _REMARK.sub(" ", header)
    for text in dict.fromkeys((header, bare, _NUMBERING.sub("", bare))):
        folded = fold_header(text)
        if folded in exact:
            return exact[folded]
    return loose.get(_write_out(bare), _UNKNOWN)


def known_header_count(cells: Iterable[object]) -> int:
    """Count the distinct columns that a row of cells names: the measure of a header row."""
    found = {meaning_of(cell) for cell in cells if isinstance(cell, str) and 0 < len(cell) <= _HEADER_LENGTH_MAX}
    return len(found - {None, _UNKNOWN})


_HEADER_LENGTH_MAX = 60


def map_headers(cells: Sequence[object], chosen: Mapping[str, str] | None = None) -> HeaderMap:
    """Map a header row; of two columns that feed the same field the one that a person chose is read, else the first.

    ``chosen`` gives the template's header by folded header, where a person has said it; empty means: do not read.
    """
    texts = {fold_header(str(cell)) for cell in cells if cell is not None}
    claimed = {name for header, name in (chosen or {}).items() if name and header in texts}
    columns: list[MappedColumn] = []
    unknown: list[str] = []
    repeated: list[str] = []
    unused: list[str] = []
    open_columns: list[OpenColumn] = []
    taken: set[str] = set()
    for position, cell in enumerate(cells):
        header = "" if cell is None else str(cell).strip()
        if not header:
            continue
        # A decision about a name holds for every column of it that has none of its own.
        name = next((one for one in (fold_header(header), first_of_name(header, texts)) if one in (chosen or {})), None)
        is_chosen = name is not None
        meaning = column_named(chosen[name]) if chosen and name is not None else meaning_of(header)
        if meaning is None:
            unused.append(header)
        elif isinstance(meaning, tuple):
            if meaning:
                open_columns.append(OpenColumn(position, header, meaning))
            else:
                unknown.append(header)
        elif meaning.header in taken or (not is_chosen and meaning.header in claimed):
            repeated.append(header)
        else:
            taken.add(meaning.header)
            columns.append(MappedColumn(position, header, meaning, "chosen" if is_chosen else "header"))
    return HeaderMap(tuple(columns), tuple(unknown), tuple(repeated), tuple(unused), tuple(open_columns))


def missing_columns(header_map: HeaderMap, *, has_family_blocks: bool = False) -> tuple[str, ...]:
    """Name the template columns without which no person can be told from another; empty if there are enough.

    A full list needs a name and a NIK or a family number; a mass update needs a NIK and one more column.
    """
    names = header_map.field_names
    if "nik" in names and len(header_map.columns) > 1:
        return ()
    missing = [] if "name" in names else ["nama"]
    if not names & {"nik", "family_number"} and not has_family_blocks:
        missing.append("nik / no_kk")
    return tuple(missing)
