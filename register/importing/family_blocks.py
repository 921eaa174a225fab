"""Decide what stands above a family in a list that is printed family by family: its number, its address, its village.

The lists write it in four ways: "No. KK : 35..." in one cell, a label with its value in a cell to the right, a row of
labels above a row of values, or such rows for every family under labels printed once a page.  An address that holds its
parts ("DUSUN X, RT:001, RW:002, Kodepos:68481") is taken apart here.  Which rows are people is for ``scanning``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from register.importing.cell_types import text_of
from schemas.identifiers import digits_of

Labelled = dict[str, str]
"""Column of the template (or a place) to text, as the file has it."""

FAMILY_COLUMNS = ("no_kk", "alamat", "dusun", "rw", "rt", "kode_pos", "desa", "kecamatan")
"""What a block can say, in the order in which it is appended to a person's cells."""

PLACE_COLUMNS = frozenset({"desa", "kecamatan", "kabupaten", "provinsi"})
"""Said once a page: it neither begins a family nor ends one."""

_HEAD_NAME = "nama_kk"
_NOT_KEPT = ""

_LABELS: dict[str, str] = {
    r"NO(?:MOR)?\.?\s*(?:KK|KARTU\s+KELUARGA)|NKK": "no_kk",
    r"NAMA\.?\s*(?:KK|KEP(?:ALA|\.)?\s*KELUARGA)|KEPALA\s+KELUARGA": _HEAD_NAME,
    r"NO(?:MOR)?\.?\s*BLANGKO\s*KK|(?:TGL\.?|TANGGAL)\s*CETAK\s*KK|TELP(?:ON)?\.?|TELEPON|JUMLAH\s+ANGGOTA": _NOT_KEPT,
    r"ALAMAT": "alamat",
    r"(?:NAMA\s+)?DUSUN|LINGKUNGAN": "dusun",
    r"(?:NO\.?\s*)?RT\s*/\s*RW": "rt_rw",
    r"(?:NO\.?\s*)?RT": "rt",
    r"(?:NO\.?\s*)?RW": "rw",
    r"KODE\s*POS": "kode_pos",
    r"PROP?INSI|PROVINSI": "provinsi",
    r"KABUPATEN(?:\s*/\s*KOTA)?|KOTA": "kabupaten",
    r"KECAMATAN|KEC\.?": "kecamatan",
    r"DESA(?:\s*/\s*KEL(?:URAHAN)?\.?)?|KELURAHAN(?:\s*/\s*DESA)?|KEL\.?\s*/\s*DESA": "desa",
}
_NAMES = tuple(_LABELS.values())
_ANY = "|".join(f"({spelling})" for spelling in _LABELS)
_LABEL = re.compile(rf"\s*(?:{_ANY})\s*[:.]*\s*", re.IGNORECASE)
_INLINE = re.compile(rf"(?<![\w/])(?:{_ANY})\s*:", re.IGNORECASE)
_HAMLET_PART = re.compile(r"(?:DUSUN|DSN|LINGKUNGAN)(?:\s*\.\s*|\s+)(?P<name>\S.*)", re.IGNORECASE)
_AREAS = re.compile(
    r"[\s,;/]*\bRT\s*[.:]?\s*(?:(?P<rt>\d{1,3})\s*[/,]?\s*RW\s*[.:]?\s*(?P<rw>\d{1,3})"
    r"|/\s*RW\s*[.:]?\s*(?P<rt2>\d{1,3})\s*/\s*(?P<rw2>\d{1,3}))\b",
    re.IGNORECASE,
)
_POSTAL = re.compile(r"\d{5}")
_PAIR = re.compile(r"\s*([^/]*)/([^/]*)")


def label_of(cell: object) -> str | None:
    """Return what a cell that is only a label stands for, None if it is not one."""
    if not isinstance(cell, str) or len(cell) > 40:
        return None
    found = _LABEL.fullmatch(text_of(cell))
    return _name(found) if found else None


def _name(found: re.Match[str]) -> str:
    assert found.lastindex is not None, "one of the spellings matched"
    return _NAMES[found.lastindex - 1]


def inline_labels(text: str) -> Labelled:
    """Return the labelled pieces of one cell; the piece before the first label is an address.

    >>> inline_labels("Alamat : JL. MELATI, Nama Dusun : KRAJAN, RT/RW : 003/001")
    {'alamat': 'JL. MELATI', 'dusun': 'KRAJAN', 'rt_rw': '003/001'}
    """
    found = list(_INLINE.finditer(text))
    if not found:
        return {}
    pieces: Labelled = {}
    if before := _stripped(text[: found[0].start()]):
        pieces["alamat"] = before
    for at, label in enumerate(found):
        end = found[at + 1].start() if at + 1 < len(found) else len(text)
        pieces.setdefault(_name(label), _stripped(text[label.end() : end]))
    return pieces


def _stripped(text: str) -> str:
    return text_of(text).strip(" ,;:")


def labelled_in(cells: Sequence[object]) -> tuple[Labelled, dict[str, int]]:
    """Return what a row says in labels with a value beside or inside them, and where its bare labels stand."""
    said: Labelled = {}
    bare: dict[str, int] = {}
    filled = [(at, cell) for at, cell in enumerate(cells) if cell not in (None, "") and text_of(cell)]
    for index, (at, cell) in enumerate(filled):
        label = label_of(cell)
        if label is None:
            if isinstance(cell, str):
                for name, text in inline_labels(text_of(cell)).items():
                    said.setdefault(name, text)
            continue
        value, has_colon = _beside(filled, index)
        if value is None and not has_colon:
            bare.setdefault(label, at)
        else:
            said.setdefault(label, value or "")
    if any(name != "alamat" for name in said) or (said and not bare):
        return said, bare
    return {}, bare


def _beside(filled: Sequence[tuple[int, object]], index: int) -> tuple[str | None, bool]:
    """Return the value to the right of a label, and whether a colon says that there should be one."""
    has_colon = text_of(filled[index][1]).endswith(":")
    for _, cell in filled[index + 1 :]:
        text = text_of(cell)
        if label_of(cell) is not None:
            break
        if text == ":":
            has_colon = True
            continue
        if has_colon or text.startswith(":"):
            return value_text(cell).lstrip(": "), True
        break
    return None, has_colon


def values_below(cells: Sequence[object], places: Mapping[str, int]) -> Labelled:
    """Return the values that stand in a row under bare labels."""
    return {name: value_text(cells[at]) for name, at in places.items() if at < len(cells)}


def value_text(cell: object) -> str:
    """Return a value as text; a long number keeps the sign that a spreadsheet stored it, and may have cut it."""
    if isinstance(cell, int | float) and is_number16(cell):
        return f"{int(cell)}.0"
    return text_of(cell)


def is_number16(cell: object) -> bool:
    """Tell whether a cell holds sixteen digits, in whatever wrapping."""
    if isinstance(cell, float):
        return cell.is_integer() and 10**15 <= cell < 10**16
    if isinstance(cell, str):
        digits = digits_of(cell)
        return len(digits) == 16 and digits.isdigit()
    return isinstance(cell, int) and 10**15 <= cell < 10**16


def settle(said: Labelled) -> Labelled:
    """Take apart what belongs apart: RT from RW, and the parts that an address holds; blanks go."""
    parts = {name: text for name, text in said.items() if name not in {_NOT_KEPT, _HEAD_NAME}}
    if address := parts.pop("alamat", ""):
        for name, text in split_address(address).items():
            if not parts.get(name):
                parts[name] = text
    if (pair := _PAIR.fullmatch(parts.pop("rt_rw", ""))) is not None:
        for name, text in zip(("rt", "rw"), pair.groups(), strict=True):
            parts.setdefault(name, text.strip())
    if "kode_pos" in parts:
        postal = _POSTAL.search(parts["kode_pos"])
        parts["kode_pos"] = postal[0] if postal else ""
    return {name: text for name, text in parts.items() if text.strip(" -")}


def split_address(address: str) -> Labelled:
    """Take an address apart: its hamlet, RT, RW and postal code go to their own columns.

    >>> split_address("DUSUN KRAJAN, RT:001, RW:002, Kodepos:68481,-")
    {'dusun': 'KRAJAN', 'rt': '001', 'rw': '002', 'kode_pos': '68481,-'}
    """
    pieces = inline_labels(address) or {"alamat": text_of(address)}
    rest: list[str] = []
    for piece in pieces.pop("alamat", "").split(","):
        text = piece.strip()
        hamlet = _HAMLET_PART.fullmatch(text)
        if hamlet and not pieces.get("dusun"):
            pieces = {"dusun": hamlet["name"], **pieces}
        elif text.strip(" -"):
            rest.append(text)
    if rest:
        pieces = {"alamat": ", ".join(rest), **pieces}
    return {name: text for name, text in pieces.items() if name not in {_NOT_KEPT, _HEAD_NAME}}


def split_flat_address(address: str, *, areas: bool) -> Labelled:
    """Take the hamlet out of an address of a list that has no column for it, and RT and RW if ``areas``.

    >>> split_flat_address("JL. MELATI 7 RT 003/RW 001, DUSUN KRAJAN", areas=True)
    {'rt': '003', 'rw': '001', 'dusun': 'KRAJAN', 'alamat': 'JL. MELATI 7'}
    """
    parts: Labelled = {}
    text = address
    if areas and (found := _AREAS.search(text)):
        parts = {"rt": found["rt"] or found["rt2"], "rw": found["rw"] or found["rw2"]}
        text = text[: found.start()] + text[found.end() :]
    rest: list[str] = []
    for piece in text.split(","):
        hamlet = _HAMLET_PART.fullmatch(piece.strip())
        if hamlet and "dusun" not in parts:
            parts["dusun"] = hamlet["name"]
        elif piece.strip():
            rest.append(piece.strip())
    return {**parts, "alamat": ", ".join(rest)} if parts else {}
