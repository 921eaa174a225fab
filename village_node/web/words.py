"""Say things in the officer's language: texts, days, moments, numbers (Indonesian by default, English on request).

Indonesian is what the templates are written in; ``translations/en/*.po`` holds the English of each text, one file an
area of the desk, read as it is.  Dates and numbers follow the language's own custom (Unicode CLDR through Babel).
This module alone knows Babel.
"""

from __future__ import annotations

import datetime as dt
import functools
from pathlib import Path
from typing import Any, Literal

from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from schemas.errors import VillageSyncError
from village_node.web.labels import english_labels
from village_node.web.raised_texts import RaisedTexts

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")

CATALOGUES = Path(__file__).parent / "translations"

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@functools.cache
def catalogue(language: str) -> dict[str, str]:
    """Return the texts of a language by their Indonesian; none for Indonesian itself."""
    texts: dict[str, str] = {}
    for path in sorted((CATALOGUES / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and isinstance(message.id, str) and isinstance(message.string, str):
                    texts[message.id] = message.string
    return texts


@functools.cache
def raised_texts(language: str) -> RaisedTexts:
    """Return how a language says what is raised."""
    return RaisedTexts(catalogue(language))


class Words:
    """One language, in one village's time zone."""

    def __init__(self, language: Language, utc_offset_minutes: int) -> None:
        self.language: Language = language
        self._texts = catalogue(language)
        self._raised = raised_texts(language)
        self._zone = dt.timezone(dt.timedelta(minutes=utc_offset_minutes))

    def __call__(self, text: str, **values: Any) -> str:
        """Return a text in this language, with its ``%(name)s`` filled in."""
        found = self._texts.get(text, text)
        return found % values if values else found

    # -- what others say in Indonesian

    def raised(self, text: str) -> str:
        """Return what was raised or warned of, values and all, in this language."""
        return text if self.language == "id" else self._raised.say(text)

    def in_full(self, error: VillageSyncError) -> str:
        """Return what went wrong and what to do next, as one text in this language."""
        return f"{self.raised(error.message)}. {self.raised(error.hint)}".strip()

    def label(self, text: str) -> str:
        """Return a label of a field, a code or a choice in this language."""
        return self._texts.get(text) or (english_labels().get(text, text) if self.language == "en" else text)

    # -- numbers and days

    def number(self, value: float) -> str:
        """Return a number with this language's separators."""
        return format_decimal(value, locale=self.language)

    def day(self, value: dt.date | None) -> str:
        """Return a day as people write it: 25 November 2026; empty for none."""
        return "" if value is None else format_date(value, "d MMMM y", locale=self.language)

    def day_short(self, value: dt.date | None) -> str:
        """Return a day without its year: 25 Nov."""
        return "" if value is None else format_date(value, "d MMM", locale=self.language)

    def month(self, value: dt.date) -> str:
        """Return a day's month: November 2026."""
        return format_date(value, "MMMM y", locale=self.language)

    def weekday(self, value: dt.date) -> str:
        """Return a day with its name: Rabu, 25 November 2026."""
        return format_date(value, "EEEE, d MMMM y", locale=self.language)

    def local(self, instant_ms: int) -> dt.datetime:
        """Return an instant in the village's time zone."""
        return (_EPOCH + dt.timedelta(milliseconds=instant_ms)).astimezone(self._zone)

    def clock(self, instant_ms: int) -> str:
        """Return the time of day: 21.14 in Indonesian, 21:14 in English."""
        return self.local(instant_ms).strftime("%H.%M" if self.language == "id" else "%H:%M")

    def moment(self, instant_ms: int | None, now_ms: int) -> str:
        """Return when something was or will be, near times in words: hari ini 09.12, kemarin 21.14, 2 Jun 08.31."""
        if instant_ms is None:
            return self("belum pernah")
        day, today = self.local(instant_ms).date(), self.local(now_ms).date()
        named = {0: self("hari ini"), -1: self("kemarin"), 1: self("besok")}.get((day - today).days)
        if named is None and day.year == today.year:
            named = self.day_short(day)
        return f"{named or self.day(day)} {self.clock(instant_ms)}"

    def age(self, born: dt.date | None, today: dt.date) -> str:
        """Return an age as the counter says it: years, months under two years, days under three months."""
        if born is None or born > today:
            return ""
        days = (today - born).days
        if days < 90:
            return self("%(n)s hari", n=days)
        months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
        return self("%(n)s bulan", n=months) if months < 24 else self("%(n)s tahun", n=months // 12)


def spaced(number: str | None) -> str:
    """Return a NIK or family number as people read it aloud, 4-4-4-4; anything else as it is."""
    text = number or ""
    return " ".join(text[start : start + 4] for start in range(0, 16, 4)) if len(text) == 16 else text
