"""Find the record that somebody named on a command line: by id, NIK, family number or an unambiguous search.

Decides when a name is clear enough: one living hit, else one hit at all; otherwise the candidates are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from schemas.errors import DataError, RefusedError
from schemas.fields import Kind

if TYPE_CHECKING:
    from village_node.desk import Desk

_ID = re.compile(r"[0-9a-fA-F]{32}")
_CANDIDATES_SHOWN_MAX = 5


def person_named(desk: Desk, text: str, *, is_living: bool = True) -> bytes:
    """Return the person somebody means, among the living first or, for a letter of death, among the departed.

    Raises RefusedError person-unknown or person-ambiguous with candidates.
    """
    if _ID.fullmatch(text):
        return bytes.fromhex(text)
    with desk.book() as book:
        meant = book.people(text, is_living=is_living, limit=_CANDIDATES_SHOWN_MAX + 1)
        found = meant or book.people(text, limit=_CANDIDATES_SHOWN_MAX + 1)
    exact = [one for one in found if one.resident.nik == text.strip()]
    found = exact or found
    if len(found) == 1:
        return found[0].record_id
    if not found:
        raise RefusedError(
            f"Tidak ada orang yang cocok dengan {text!r}", code="person-unknown", hint="Periksa ejaannya."
        )
    listed = [_line(one.resident.name, one.resident.birth_on, one.resident.nik or one.record_id.hex()) for one in found]
    raise _ambiguous("person-ambiguous", text, listed)


def people_named(desk: Desk, texts: Iterable[str]) -> tuple[bytes, ...]:
    """Return the people somebody means, in order."""
    return tuple(person_named(desk, text) for text in texts)


def household_named(desk: Desk, text: str) -> bytes:
    """Return the family somebody means, by id, family number, one of its people, or address.

    Raises RefusedError household-unknown or household-ambiguous.
    """
    if _ID.fullmatch(text):
        record_id = bytes.fromhex(text)
        shown = desk.shown(record_id)
        home = desk.values(record_id).get("household_id") if shown is not None and shown.kind == Kind.RESIDENT else None
        return record_id if home is None else bytes(home)
    with desk.book() as book:
        by_number = book.households_by_number([text.strip()])
        if by_number:
            return by_number[text.strip()]
        holders = [home for one in book.people(text, is_living=True, limit=2) if (home := one.resident.household_id)]
        if len(set(holders)) == 1:
            return holders[0]
        found = book.families(text, limit=_CANDIDATES_SHOWN_MAX + 1)
    if len(found) == 1:
        return found[0].record_id
    if not found:
        raise RefusedError(
            f"Tidak ada keluarga yang cocok dengan {text!r}", code="household-unknown", hint="Pakai No. KK."
        )
    listed = [
        _line(one.head.name if one.head else None, one.household.address, one.household.family_number or "-")
        for one in found
    ]
    raise _ambiguous("household-ambiguous", text, listed)


def record_named(desk: Desk, text: str) -> bytes:
    """Return a person or a family: an id or family number first, then a person."""
    if _ID.fullmatch(text):
        return bytes.fromhex(text)
    with desk.book() as book:
        by_number = book.households_by_number([text.strip()])
    return by_number[text.strip()] if by_number else person_named(desk, text)


def id_typed(text: str, what: str) -> bytes:
    """Return a record id typed in full; raises DataError "record-id-format"."""
    if not _ID.fullmatch(text.strip()):
        raise DataError(
            f"{what} disebut dengan 32 huruf dan angka",
            code="record-id-format",
            hint="Salin dari daftarnya, misalnya `kampung village event list`.",
            field="id",
            value=text,
        )
    return bytes.fromhex(text.strip())


def relations_typed(desk: Desk, pairs: Iterable[str]) -> dict[bytes, int]:
    """Return relations typed as PERSON=RELATION; raises DataError "relation-form" or "code-unknown"."""
    from village_node.registration.typed_values import parse_field

    found: dict[bytes, int] = {}
    for pair in pairs:
        name, equals, relation = pair.partition("=")
        if not equals:
            raise DataError(
                f"{pair!r} tidak berbentuk ORANG=HUBUNGAN",
                code="relation-form",
                hint="Misalnya 3510...=ANAK.",
                field="relation",
                value=pair,
            )
        found[person_named(desk, name)] = parse_field(Kind.RESIDENT, "relation", relation)
    return found


def _line(name: str | None, *details: Any) -> str:
    return ", ".join(str(part) for part in (name or "(tanpa nama)", *details) if part is not None)


def _ambiguous(code: str, text: str, listed: Sequence[str]) -> RefusedError:
    shown = "; ".join(listed[:_CANDIDATES_SHOWN_MAX])
    more = "; ..." if len(listed) > _CANDIDATES_SHOWN_MAX else ""
    return RefusedError(f"Beberapa cocok dengan {text!r}", code=code, hint=f"Sebutkan salah satu: {shown}{more}")
