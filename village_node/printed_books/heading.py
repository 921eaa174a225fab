"""Say what stands around a printed book: village, month, the day it holds for, who signs, and on which paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from register.books.month import Month
from schemas.errors import DataError
from village_node.accounts import Officer, Role
from village_node.config import NodeConfig
from village_node.letters.content import day_in_words, village_in_words
from village_node.printed_books.forms import PAPERS

Paper = Literal["F4", "A4", "A3"]

SECRETARY = "Sekretaris Desa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """What is around the table; a signer without a name is a line to write on.

    Args:
        notes: what does not fit into the form, said below the table.
    """

    village: dict[str, str]
    hamlet: str = ""
    month: Month
    today: dt.date
    head: tuple[str, str]
    secretary: str = ""
    officer: str = ""
    paper: Paper = "F4"
    is_practice: bool = False
    notes: Sequence[str] = field(default=())

    @property
    def as_at(self) -> dt.date:
        """Return the last day that the book holds: the month's end, or today while the month goes on."""
        return min(self.month.last, self.today)

    def to_tree(self, *, is_at_end: bool) -> dict[str, Any]:
        """Return it as the page's template reads it; ``is_at_end`` for a book of a day rather than of a month."""
        of = self.village
        kind = of["kind"].capitalize()
        month = day_in_words(self.month.first).split(" ", 1)[1]
        place = (
            ("Dusun", self.hamlet),
            (kind, of["name"]),
            ("Kecamatan", of["subdistrict"]),
            *_regency(of["regency"]),
            ("Provinsi", of["province"]),
        )
        until = "Keadaan pada" if is_at_end else "Sampai dengan"
        return {
            "author": f"Pemerintah {of['kind']} {of['name']}",
            "place": [[label, name] for label, name in place if name],
            "time": [["Bulan", month], [until, day_in_words(self.as_at)]],
            "printed": f"Dicetak {day_in_words(self.today)}{f', {self.officer}' if self.officer else ''}",
            "foot": f"{kind} {of['name']} · {month}",
            "notes": list(self.notes),
            "practice": self.is_practice,
            "signers": [
                {"above": "Mengetahui,", "title": f"{self.head[1]} {of['name']}", "name": self.head[0]},
                {"above": f"{of['name']}, {day_in_words(self.today)}", "title": SECRETARY, "name": self.secretary},
            ],
        }


def _regency(name: str) -> tuple[tuple[str, str], ...]:
    """Split "Kabupaten Banyuwangi" into label and name."""
    kind, _, rest = name.partition(" ")
    return ((kind, rest),) if rest else (("Kabupaten", name),)


def heading_of(
    config: NodeConfig,
    month: Month,
    today: dt.date,
    *,
    paper: str,
    hamlet: str = "",
    officers: Sequence[Officer] = (),
    officer: str = "",
    is_practice: bool = False,
) -> Heading:
    """Return the heading of a village's book; the secretary is the one active account of that role, if there is one.

    Raises DataError "paper-unknown".
    """
    if paper not in PAPERS:
        raise DataError(
            f"Kertas {paper!r} tidak dikenal", code="paper-unknown", hint=f"Pilih {', '.join(PAPERS)}.", field="paper"
        )
    secretaries = [one.display_name for one in officers if one.role is Role.SECRETARY and one.is_active]
    return Heading(
        village=village_in_words(config.village_code, config.village_name),
        hamlet=hamlet,
        month=month,
        today=today,
        head=(" ".join(config.letter_signer.split()), config.letter_signer_title),
        secretary=secretaries[0] if len(secretaries) == 1 else "",
        officer=officer,
        paper=paper,  # type: ignore[arg-type]  # one of PAPERS
        is_practice=is_practice,
    )
