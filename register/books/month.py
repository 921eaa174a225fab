"""Say what a month of the books is: a calendar month in the village's time zone, written 2026-11."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from schemas.errors import DataError

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """One month; ``number`` is 1 to 12."""

    year: int
    number: int

    @classmethod
    def of(cls, day: dt.date) -> Month:
        """Return the month of a day."""
        return cls(day.year, day.month)

    @classmethod
    def from_text(cls, text: str) -> Month:
        """Read a month typed as 2026-11; raises DataError "month-format".

        >>> Month.from_text("2026-2").last
        datetime.date(2026, 2, 28)
        """
        match = _MONTH.fullmatch(text.strip())
        if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) == 0:
            raise DataError(
                f"Bulan {text!r} tidak dikenali",
                code="month-format",
                hint="Tulis tahun-bulan, misalnya 2026-11.",
                field="month",
                value=text,
            )
        return cls(int(match[1]), int(match[2]))

    @property
    def first(self) -> dt.date:
        """Return the first day."""
        return dt.date(self.year, self.number, 1)

    @property
    def last(self) -> dt.date:
        """Return the last day."""
        if (self.year, self.number) == (dt.MAXYEAR, 12):
            return dt.date.max
        return self.next.first - dt.timedelta(days=1)

    @property
    def next(self) -> Month:
        """Return the month after."""
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, dt.date) and (day.year, day.month) == (self.year, self.number)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"
