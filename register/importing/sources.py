"""Open a population file: its bytes, its visible sheets and their rows of cells.

The only module that knows the spreadsheet library; .csv is ``csv_text``.  Which rows are a header or people is for
``reading`` and ``outlining``.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import python_calamine

from register.importing import csv_text
from register.importing.file_forms import FILE_BYTES_MAX, damaged, form_of, too_large
from register.importing.file_mapping import FileMapping
from register.importing.merging import with_merged_values
from schemas.errors import ImportFileError


def content_of(path: Path) -> bytes:
    """Return a file's bytes; raises ImportFileError file-missing, file-unreadable, file-too-large."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise too_large(path.name)
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ImportFileError(
            f"{path}: berkas tidak ada", code="file-missing", hint="Periksa nama dan letak berkas."
        ) from error
    except OSError as error:
        raise ImportFileError(
            f"{path}: berkas tidak dapat dibuka",
            code="file-unreadable",
            hint="Tutup berkas di program lain; periksa izin.",
        ) from error


class Source:
    """The sheets of a file; ``encoding`` and ``separator`` are known once a text file is open."""

    def __init__(self, content: bytes, name: str, mapping: FileMapping) -> None:
        self._content = content
        self._name = name
        self._mapping = mapping
        self.encoding = ""
        self.separator = ""

    def sheets(self) -> Iterator[tuple[str, Iterable[Sequence[object]]]]:
        """Yield the name and the rows of each visible sheet; raises ImportFileError for a damaged file."""
        if form_of(self._content, self._name) == "text":
            text, self.encoding = csv_text.decode(self._content, self._mapping.encoding)
            self.separator = self._mapping.separator or csv_text.separator_of(text)
            yield "", csv_text.iter_rows(text, self._name, self.separator)
            return
        try:
            book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(self._content))
        except python_calamine.CalamineError as error:
            raise damaged(self._name) from error
        with book:
            for position, about in enumerate(book.sheets_metadata):
                is_table = about.typ == python_calamine.SheetTypeEnum.WorkSheet
                # Hidden sheets of the template hold its code lists.
                if is_table and about.visible == python_calamine.SheetVisibleEnum.Visible:
                    yield about.name, self._rows(book, position, about.name)

    def _rows(self, book: python_calamine.CalamineWorkbook, position: int, sheet: str) -> Iterable[Sequence[object]]:
        try:
            found = book.get_sheet_by_index(position)
        except python_calamine.CalamineError as error:
            raise damaged(self._name, sheet) from error
        first_column = found.start[1] if found.start else 0
        return with_merged_values(found.iter_rows(), found.merged_cell_ranges or (), first_column)
