"""Say what a closed code list is: numbers with labels, and the spellings that files use for them.

A list decides which number a text means; it never guesses, so a text with two possible meanings is refused.  Reading is
strict and showing is not: a number from a newer program is shown as "kode 99" (protocol 4.2).  Which lists exist is
``schemas.codes``; which cells mean "empty" is the importer's knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from schemas.errors import CodeError

# "08" and "8.0" are how spreadsheets write the code 8; "1.5" and "1-2" are no code.
_NUMBER = re.compile(r"0*([0-9]{1,6})(?:[.,]0+)?")

_SLASHES = re.compile(r"/+")

# A hint lists the choices as long as an officer can read them at a glance.
_HINT_CODES_MAX = 13


class Code:
    """One entry of a list: a permanent number, its label in two languages, other spellings of the label."""

    __slots__ = ("label_en", "label_id", "number", "spellings")

    def __init__(self, number: int, label_id: str, label_en: str, *spellings: str) -> None:
        self.number = number
        self.label_id = label_id
        self.label_en = label_en
        self.spellings = spellings

    def __repr__(self) -> str:
        return f"Code({self.number}, {self.label_id!r})"


class CodeList:
    """A closed list of codes; numbers are never reused, spellings are unique within the list.

    ``file_numbers`` narrows the numbers that a file may use where an official numbering differs from ours.
    """

    __slots__ = ("_by_loose_spelling", "_by_spelling", "_file_numbers", "codes", "name", "title_en", "title_id")

    def __init__(
        self,
        name: str,
        title_id: str,
        title_en: str,
        codes: Iterable[Code],
        *,
        file_numbers: dict[int, int] | None = None,
    ) -> None:
        self.name = name
        self.title_id = title_id
        self.title_en = title_en
        self.codes: dict[int, Code] = {}
        self._by_spelling: dict[str, int] = {}
        for code in codes:
            assert code.number not in self.codes, f"{name}: the number {code.number} is used twice"
            self.codes[code.number] = code
            for spelling in (code.label_id, *code.spellings):
                known = self._by_spelling.setdefault(_spelling_key(spelling), code.number)
                assert known == code.number, f"{name}: {spelling!r} means both {known} and {code.number}"
        # Punctuation is ignored only where that leaves one meaning.
        self._by_loose_spelling: dict[str, int | None] = {}
        for key, number in self._by_spelling.items():
            loose = key.replace("/", "")
            self._by_loose_spelling[loose] = number if self._by_loose_spelling.get(loose, number) == number else None
        self._file_numbers = {number: number for number in self.codes} if file_numbers is None else file_numbers

    def __contains__(self, number: object) -> bool:
        return number in self.codes

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes.values())

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        return f"CodeList({self.name!r}, {len(self)} codes)"

    def from_text(self, text: str) -> int:
        """Return the number that a cell means: an official number or any known spelling of a label.

        Raises CodeError "code-unknown".
        """
        number = _NUMBER.fullmatch(text.strip())
        found = self._file_numbers.get(int(number[1])) if number else self._from_spelling(_spelling_key(text))
        if found is None:
            raise self._refusal(text)
        return found

    def _from_spelling(self, key: str) -> int | None:
        found = self._by_spelling.get(key)
        return found if found is not None else self._by_loose_spelling.get(key.replace("/", ""))

    def from_int(self, number: int) -> int:
        """Return the number if it is one of ours; raises CodeError "code-unknown"."""
        if number not in self.codes:
            raise self._refusal(number)
        return number

    def label(self, number: int, language: str = "id") -> str:
        """Return the label in "id" or "en"; a number of a newer program is shown as a number."""
        code = self.codes.get(number)
        if code is None:
            return f"code {number}" if language == "en" else f"kode {number}"
        return code.label_en if language == "en" else code.label_id

    def _refusal(self, value: str | int) -> CodeError:
        shown = [
            f"{code.number} {code.label_id}" if code.number in self._file_numbers else code.label_id for code in self
        ][:_HINT_CODES_MAX]
        more = ", ..." if len(shown) < len(self) else ""
        return CodeError(
            f"{self.title_id}: {value!r} tidak ada dalam daftar",
            code="code-unknown",
            hint=f"Pilih salah satu: {', '.join(shown)}{more}",
            field=self.name,
            value=value,
        )


def _spelling_key(text: str) -> str:
    """Reduce what spellings differ by: case and spaces vanish, punctuation between words becomes one slash.

    The slash tells DIPLOMA I / II from DIPLOMA III.  A sign counts, since blood group A- is not A; a minus counts only
    at the end, since dashes elsewhere join words (LAKI-LAKI, D-1).
    """
    folded = text.casefold().strip()
    kept = (
        character if character.isalnum() or character == "+" else "/" for character in folded if not character.isspace()
    )
    words = _SLASHES.sub("/", "".join(kept)).strip("/")
    return words + "-" if words and folded[-1] in "-−" else words
