"""Check what an officer typed, before any record is looked at: dates, names of newborns, texts that must be there.

Hard limits are those of the law for new entries only (Permendagri 73/2022 for names); what is merely unusual becomes a
caution of the draft.  Older people keep the names they have.
"""

from __future__ import annotations

import datetime as dt
import unicodedata

from schemas.errors import DataError
from village_node.registration.draft import EntryDraft

NAME_LETTERS_MAX = 60  # with spaces, Permendagri 73/2022 art. 4(2)
NAME_WORDS_RECOMMENDED = 2
_APOSTROPHES = "'’ʼ-"


def required(value: str | None, name: str, label: str) -> str:
    """Return a text that must be there, trimmed; raises DataError "value-missing"."""
    text = " ".join((value or "").split())
    if not text:
        raise DataError(f"{label} belum diisi", code="value-missing", hint=f"Isi {label.lower()}.", field=name)
    return text


def check_newborn_name(draft: EntryDraft, typed: str) -> str:
    """Return a newborn's name as it will be recorded (Permendagri 73/2022 art. 4-5).

    Raises DataError name-too-long, name-digits, name-abbreviation or name-letters.
    """
    name = unicodedata.normalize("NFC", required(typed, "name", "Nama"))
    if len(name) > NAME_LETTERS_MAX:
        raise _name_error("name-too-long", f"Nama lebih dari {NAME_LETTERS_MAX} huruf", "Singkatkan nama.", name)
    if any(character.isdigit() for character in name):
        raise _name_error("name-digits", "Nama tidak boleh memakai angka", "Tulis nama dengan huruf.", name)
    if "." in name:
        raise _name_error("name-abbreviation", "Nama tidak boleh disingkat", "Tulis nama lengkap tanpa titik.", name)
    if not all(_is_name_character(character) for character in name):
        raise _name_error("name-letters", "Nama hanya memakai huruf Latin", "Hapus tanda baca dan lambang.", name)
    if len(name.split()) < NAME_WORDS_RECOMMENDED:
        draft.caution("name-one-word", "name", "Nama sebaiknya paling sedikit dua kata.")
    if any(character in _APOSTROPHES for character in name):
        draft.caution("name-punctuation", "name", "Tanda baca dalam nama dapat ditolak saat akta diterbitkan.")
    return name


def _is_name_character(character: str) -> bool:
    is_latin = character.isalpha() and "LATIN" in unicodedata.name(character, "")
    return is_latin or character == " " or character in _APOSTROPHES


def _name_error(code: str, message: str, hint: str, name: str) -> DataError:
    return DataError(message, code=code, hint=hint, field="name", value=name)


def check_not_future(day: dt.date, today: dt.date, name: str, label: str) -> None:
    """Refuse a day that has not come yet; raises DataError "date-in-future"."""
    if day > today:
        raise DataError(
            f"{label} {day:%d-%m-%Y} belum terjadi (hari ini {today:%d-%m-%Y})",
            code="date-in-future",
            hint="Periksa tanggal, dan jam komputer ini dengan `kampung doctor`.",
            field=name,
            value=day,
        )


def check_order(earlier: dt.date | None, later: dt.date, name: str, message: str) -> None:
    """Refuse a day that lies before what must come first; raises DataError "date-order"."""
    if earlier is not None and later < earlier:
        raise DataError(
            f"{message} ({earlier:%d-%m-%Y})",
            code="date-order",
            hint="Cocokkan kedua tanggal dengan dokumennya.",
            field=name,
            value=later,
        )
