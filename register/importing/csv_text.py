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
_HEADER_LINES_MAX = 30


def decode(content: bytes) -> str:
    """Return the text; every byte sequence is text in one of the encodings."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Five bytes mean nothing in Windows-1252; one stray character must not cost the whole list.
        return content.decode("cp1252", errors="replace")


def separator_of(text: str) -> str:
    """Return the separator under which the first lines name the most template columns."""
    lines = list(_first_lines(text))
    return max(SEPARATORS, key=lambda mark: max(known_header_count(_unquoted(line, mark)) for line in lines))


def _first_lines(text: str) -> Iterator[str]:
    start = io.StringIO(text[: 1 << 16])
    for _, line in zip(range(_HEADER_LINES_MAX), start, strict=False):
        yield line


def _unquoted(line: str, mark: str) -> list[str]:
    return [cell.strip().strip('"') for cell in line.split(mark)]


def iter_rows(text: str, name: str) -> Iterator[list[str]]:
    """Yield rows as a spreadsheet would number them; a quoted line break does not start a row.

    Raises ImportFileError file-truncated where a quote is never closed: the rest would vanish into one cell.
    """
    first, _, rest = text.partition("\n")
    mark = separator_of(text)
    if first.casefold().startswith("sep=") and len(first.strip()) == 5:
        # Excel's own hint; it does not show this line, so the next one is row 1.
        mark, text = first.strip()[-1], rest
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise damaged(name, f"tanda kutip keliru dekat baris {reader.line_num}") from error
        yield row
