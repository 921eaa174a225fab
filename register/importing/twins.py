"""Decide which rows of one file speak of the same person, and what happens to them.

The same NIK with the same name and birth date is one person written twice: the first row counts.  The same NIK on
different people is nobody's until a person has looked: every such row is rejected.  People without a NIK are apart by
themselves; only the same family, name and birth date make them one.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from register.importing.rows import BIRTH_ON, FAMILY_NUMBER, NAME, NIK_NUMBER, TEMPORARY_FAMILY_NUMBER, ParsedRow

PersonKey = tuple[str, str, int]
"""Family number (real or temporary), folded name, birth date."""


def fold_name(name: str) -> str:
    """Return the form in which names are compared: letters and digits only, without case and accents.

    >>> fold_name("Ma'ruf  H.")
    'marufh'
    """
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name)
    return "".join(mark for mark in name.casefold() if mark.isalnum())


def person_key(row: ParsedRow) -> PersonKey | None:
    """Return what identifies a person without a NIK, or None if the row says too little."""
    number = row.family.get(FAMILY_NUMBER) or row.family.get(TEMPORARY_FAMILY_NUMBER)
    name, birth_on = row.person.get(NAME), row.person.get(BIRTH_ON)
    if number is None or name is None or birth_on is None:
        return None
    return str(number), fold_name(name), birth_on


def reject_twins(rows: Sequence[ParsedRow]) -> None:
    """Reject rows that repeat a person or dispute a NIK, naming the other row in each."""
    by_nik: dict[int, list[ParsedRow]] = defaultdict(list)
    by_key: dict[PersonKey, ParsedRow] = {}
    for row in rows:
        nik = row.person.get(NIK_NUMBER)
        if nik is not None:
            by_nik[nik].append(row)
    for nik, sharing in by_nik.items():
        if len(sharing) > 1:
            _judge_nik(nik, sharing)
    for row in rows:
        if row.is_rejected or NIK_NUMBER in row.person:
            continue
        key = person_key(row)
        if key is not None and (first := by_key.setdefault(key, row)) is not row:
            row.add_problem("person-twice-in-file", "nama", row.person[NAME], other=shown_place(first, row))


def _judge_nik(nik: int, sharing: list[ParsedRow]) -> None:
    first = sharing[0]
    if any(not _is_same_person(first, other) for other in sharing[1:]):
        for row in sharing:
            others = ", ".join(shown_place(other, row) for other in sharing if other is not row)
            row.add_problem("nik-twice-in-file", "nik", nik, other=others)
        return
    kept = next((row for row in sharing if not row.is_rejected), first)
    for row in sharing:
        if row is not kept:
            row.add_problem("person-twice-in-file", "nik", nik, other=shown_place(kept, row))


def _is_same_person(one: ParsedRow, other: ParsedRow) -> bool:
    if fold_name(one.person.get(NAME, "")) != fold_name(other.person.get(NAME, "")):
        return False
    # A date that could not be read in a row already rejected neither confirms nor denies.
    dates = {row.person[BIRTH_ON] for row in (one, other) if BIRTH_ON in row.person}
    return len(dates) <= 1


def shown_place(of: ParsedRow, seen_from: ParsedRow) -> str:
    """Return a row's number, with its sheet if it stands on another one."""
    elsewhere = of.place.sheet != seen_from.place.sheet
    return f"{of.place.row} ({of.place.sheet})" if elsewhere else str(of.place.row)


def warn_of_lookalikes(rows: Iterable[ParsedRow]) -> None:
    """Warn where someone without a NIK has the name and birth date of another row: perhaps entered twice."""
    seen: dict[tuple[str, int], list[ParsedRow]] = defaultdict(list)
    for row in rows:
        if not row.is_rejected and NAME in row.person and BIRTH_ON in row.person:
            seen[fold_name(row.person[NAME]), row.person[BIRTH_ON]].append(row)
    for alike in seen.values():
        for row in alike if len(alike) > 1 else ():
            if NIK_NUMBER not in row.person:
                other = next(other for other in alike if other is not row)
                row.add_problem("person-maybe-twice", "nama", row.person[NAME], other=shown_place(other, row))
