"""Decide how a text file becomes rows of cells: its encoding, its separator, its quotes.

Encodings: UTF-8 with or without a mark, UTF-16 with its mark, else Windows-1252.  Separators: comma, semicolon or tab,
whichever shows most known headers.  Every cell stays text: what it means is for ``cells``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from register.importing.file_forms import damaged
from register.importing.mapping import known_header_count

SEPARATORS = ",;\t"
_HEADER_LINES_MAX = 60


def decode(content: bytes, encoding: str = "") -> tuple[str, str]:
    """Return the text and its encoding, the one given or the one found; every byte sequence is text in one of them."""
    if encoding:
        return content.decode(encoding, errors="replace").removeprefix("\ufeff"), encoding
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), "utf-16"
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; one stray character must not cost the whole list.
        return content.decode("cp1252", errors="replace"), "windows-1252"


def separator_of(text: str) -> str:
    """Return the separator that Excel's own hint names, or under which the first lines name the most columns.

    Where no line names any, the one that parts the lines into the most cells.
    """
    if hint := _hint(text):
        return hint
    lines = list(_first_lines(text))
    return max(SEPARATORS, key=lambda mark: _measure(lines, mark))


def _measure(lines: list[str], mark: str) -> tuple[int, int]:
    parted = [_unquoted(line, mark) for line in lines]
    return max(map(known_header_count, parted), default=0), max(map(len, parted), default=0)


def _first_lines(text: str) -> Iterator[str]:
    start = io.StringIO(text[: 1 << 16])
    for _, line in zip(range(_HEADER_LINES_MAX), start, strict=False):
        yield line


def _unquoted(line: str, mark: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(mark)]


def _hint(text: str) -> str:
    first = text.partition("\n")[0].strip()
    return first[-1] if first.casefold().startswith("sep=") and len(first) == 5 else ""


def iter_rows(text: str, name: str, separator: str) -> Iterator[list[str]]:
    """Yield rows as a spreadsheet would number them; a quoted line break does not start a row.

    Raises ImportFileError file-truncated where a quote is never closed: the rest would vanish into one cell.
    """
    if _hint(text):
        # Excel does not show the line of its own hint, so the next one is row 1.
        text = text.partition("\n")[2]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise damaged(name, f"tanda kutip keliru dekat baris {reader.line_num}") from error
        yield row
