"""Decide what is a NIK, a family card number or a region code, once, at the edge.

Only the form is a hard rule: sixteen digits of which the first is not 0 (PP 37/2007 art. 37), or a region code of one
of four lengths.  What the digits say about place, date and sex is a hint: a NIK is for life (PP 40/2019 art. 30(2)), so
a corrected birth date, a court's change of sex or a split district leave a valid number that disagrees with its owner.
Deliberately not here: uniqueness (a flag of the hub), the list of existing regions (``schemas.regions``), and reading
cells (the importer; ``digits_of`` is its first step).  Protocol 4.2: the numbers travel as unsigned integers.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Self

from schemas.errors import IdentifierError

_NUMBER16 = re.compile(r"[1-9][0-9]{15}")
_REGION = re.compile(r"[1-9][0-9](?:\.[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{4})?)?)?")
_REGION_DIGITS = re.compile(r"([0-9]{2})([0-9]{2})?([0-9]{2})?([0-9]{4})?")

# What people and programs put between or around the digits of a number; letters stay, so that they are noticed.
_SEPARATORS = frozenset("'`´‘’\"“”.-–/_")

# Women's day of birth is written with 40 added (PP 37/2007 art. 37).
_FEMALE_DAY_OFFSET = 40

MALE, FEMALE = 1, 2


class RegionLevel(IntEnum):
    """The four levels of the official region code."""

    PROVINCE = 1
    REGENCY = 2
    DISTRICT = 3
    VILLAGE = 4


class RegionCode(str):
    """An official region code in its dotted form; it is well formed, but the region need not exist.

    >>> RegionCode.from_text("3510092004").parent
    RegionCode('35.10.09')
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        """Accept the dotted form only; raises IdentifierError "region-format"."""
        if not _REGION.fullmatch(text):
            raise IdentifierError(
                f"Kode wilayah {text!r} tidak berbentuk 35, 35.10, 35.10.09 atau 35.10.09.2004",
                code="region-format",
                hint="Tulis kode wilayah resmi dengan titik, misalnya 35.10.09.2004.",
                field="region",
                value=text,
            )
        return super().__new__(cls, text)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Parse the dotted form or bare digits (2, 4, 6 or 10 of them).

        Raises IdentifierError "region-format" for anything else.
        """
        parts = _REGION_DIGITS.fullmatch(text.strip())
        return cls(".".join(filter(None, parts.groups())) if parts else text.strip())

    @classmethod
    def from_int(cls, number: int) -> Self:
        """Parse the integer form of the wire; raises IdentifierError "region-format"."""
        return cls.from_text(str(number))

    def to_int(self) -> int:
        """Return the digits as an integer; no region code starts with 0, so the length survives."""
        return int(self.digits)

    @property
    def digits(self) -> str:
        """The code without its dots."""
        return self.replace(".", "")

    @property
    def level(self) -> RegionLevel:
        """How deep the code reaches."""
        return RegionLevel(self.count(".") + 1)

    @property
    def parent(self) -> RegionCode | None:
        """The region one level up; None for a province."""
        head, dot, _ = self.rpartition(".")
        return RegionCode(head) if dot else None

    @property
    def province(self) -> RegionCode:
        """The province the region lies in."""
        return RegionCode(self[:2])

    def is_within(self, other: RegionCode) -> bool:
        """Tell whether this region is the other one or lies inside it."""
        return self == other or self.startswith(f"{other}.")

    def __repr__(self) -> str:
        return f"RegionCode({str(self)!r})"


class _Number16(str):
    """Sixteen digits that do not start with 0: place (6), date (6), serial (4)."""

    __slots__ = ()
    _code: ClassVar[str]
    _field: ClassVar[str]
    _title: ClassVar[str]

    def __new__(cls, text: str) -> Self:
        """Accept exactly sixteen digits; raises IdentifierError "nik-format" or "family-number-format"."""
        if not _NUMBER16.fullmatch(text):
            raise IdentifierError(
                f"{cls._title} {text!r} bukan 16 angka yang tidak diawali 0",
                code=cls._code,
                hint=f"Cocokkan {cls._title} dengan kartu atau dokumen aslinya; kosongkan bila belum terbit.",
                field=cls._field,
                value=text,
            )
        return super().__new__(cls, text)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Parse exactly sixteen digits; raises IdentifierError like the constructor."""
        return cls(text)

    @classmethod
    def from_int(cls, number: int) -> Self:
        """Parse the integer form of the wire; raises IdentifierError like the constructor."""
        return cls(str(number))

    def to_int(self) -> int:
        """Return the number as the unsigned integer that travels (it fits in 64 bits)."""
        return int(self)

    @property
    def region(self) -> RegionCode:
        """The district of first registration, as it was coded then; it may no longer exist."""
        return RegionCode(f"{self[0:2]}.{self[2:4]}.{self[4:6]}")

    @property
    def serial(self) -> int:
        """The running number of that district and date, 0 to 9999; offices start at 1."""
        return int(self[12:])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"


class NIK(_Number16):
    """A population identification number that is well formed; whether it is true is for people to judge.

    >>> NIK.from_text("3510095708859001").birth_date_hint(2026)
    datetime.date(1985, 8, 17)
    """

    __slots__ = ()
    _code = "nik-format"
    _field = "nik"
    _title = "NIK"

    @property
    def sex_hint(self) -> int | None:
        """What the day says: 1 male, 2 female (codes of the list ``sex``), None if it is no day."""
        day = int(self[6:8])
        if 1 <= day <= 31:
            return MALE
        return FEMALE if 1 <= day - _FEMALE_DAY_OFFSET <= 31 else None

    def birth_date_hint(self, today_year: int) -> dt.date | None:
        """Return the latest date up to ``today_year`` that the digits can mean, or None if they mean no date."""
        return _date_hint(self, today_year)


class FamilyNumber(_Number16):
    """A family card number (No. KK) that is well formed; Dukcapil issues it, we never compute one.

    >>> FamilyNumber.from_text("3510091202129001").recorded_on_hint(2026)
    datetime.date(2012, 2, 12)
    """

    __slots__ = ()
    _code = "family-number-format"
    _field = "family_number"
    _title = "No. KK"

    def recorded_on_hint(self, today_year: int) -> dt.date | None:
        """Return the latest recording date up to ``today_year`` the digits can mean, or None if they mean no date."""
        return _date_hint(self, today_year)


def _date_hint(number: str, today_year: int) -> dt.date | None:
    day, month, year_in_century = int(number[6:8]), int(number[8:10]), int(number[10:12])
    # Only two digits of the year are written: take the latest year that ends so and is not in the future.
    year = today_year - (today_year - year_in_century) % 100
    try:
        return dt.date(year, month, day - _FEMALE_DAY_OFFSET if day > _FEMALE_DAY_OFFSET else day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class IdentifierWarning:
    """Something about a well-formed number that a person should look at; it never blocks an entry."""

    code: str
    field: str
    message: str


def nik_warnings(
    nik: NIK,
    *,
    birth_on: dt.date | None = None,
    sex: int | None = None,
    known_region: Callable[[RegionCode], bool] | None = None,
) -> tuple[IdentifierWarning, ...]:
    """List what the digits of a NIK say differently from its owner; what is None is not compared.

    ``sex`` is a code of the list ``sex``; ``known_region`` is ``schemas.regions.is_known_region`` or a stand-in.
    Codes: nik-region-unknown, nik-birth-date-mismatch, nik-sex-mismatch, nik-serial-zero.
    """
    found: list[IdentifierWarning] = []
    if known_region is not None and not known_region(nik.region):
        found.append(_warning("nik-region-unknown", f"Kode wilayah {nik.region} pada NIK tidak dikenal"))
    # Year 2000 has all days that any year has, so an impossible date here is impossible in every century.
    if _date_hint(nik[:10] + "00", 2000) is None:
        found.append(_warning("nik-birth-date-mismatch", f"NIK memuat tanggal yang tidak ada: {nik[6:12]}"))
    elif birth_on is not None and f"{birth_on:%d%m}{birth_on.year % 100:02d}" != _birth_digits(nik):
        said = "-".join((_birth_digits(nik)[:2], nik[8:10], nik[10:12]))
        found.append(
            _warning("nik-birth-date-mismatch", f"NIK menyebut tanggal lahir {said}, data {birth_on:%d-%m-%Y}")
        )
    if sex is not None and nik.sex_hint not in (None, sex):
        said = "laki-laki" if nik.sex_hint == MALE else "perempuan"
        found.append(_warning("nik-sex-mismatch", f"NIK menyebut {said}, data berbeda"))
    if nik.serial == 0:
        found.append(_warning("nik-serial-zero", "Nomor urut NIK 0000; angka terakhir mungkin hilang di lembar kerja"))
    return tuple(found)


def _warning(code: str, message: str) -> IdentifierWarning:
    return IdentifierWarning(code, "nik", message)


def _birth_digits(nik: NIK) -> str:
    day = int(nik[6:8])
    return f"{day - _FEMALE_DAY_OFFSET if day > _FEMALE_DAY_OFFSET else day:02d}{nik[8:12]}"


def digits_of(text: str) -> str:
    """Drop what surrounds the digits of a number in files: quotes, dots, dashes, spaces, unprintable characters.

    Letters stay, so that ``3,51E+15`` does not become a number; digits of other scripts become ASCII.

    >>> digits_of("'35.1009.5708.85\u00a09001")
    '3510095708859001'
    """
    if text.isascii() and text.isdigit():
        return text
    return "".join(_cleaned(character) for character in text)


def _cleaned(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    dropped = character in _SEPARATORS or unicodedata.category(character)[0] in "ZC"
    return "" if dropped else character


def is_missing_number(text: str) -> bool:
    """Tell whether a cell says "no number yet": blank or zeros only, once ``digits_of`` has cleaned it.

    Such a person has no NIK; one filler shared by many must never match them to each other.
    """
    return not text.strip("0")


def is_temporary_number(text: str) -> bool:
    """Tell whether the text is a village's own stand-in: sixteen digits that start with 0 (practice, not law).

    >>> is_temporary_number("0351009200400017"), is_temporary_number("0")
    (True, False)
    """
    is_digits = len(text) == 16 and text.isascii() and text.isdigit()
    return is_digits and text[0] == "0" and not is_missing_number(text)
