"""Read whom a letter is about and whom it lists, as somebody names them on a command line.

Decides that a letter's own audience says where to look: among families, the departed or the living.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import DataError

if TYPE_CHECKING:
    from village_node.desk import Desk
    from village_node.letters import Listed

_DETAILS = ("nik", "birth_place", "birth_on", "address", "religion", "occupation", "father")


def subject_named(desk: Desk, service: str, text: str) -> bytes:
    """Return the person or family a letter is about; raises as ``person_named`` or ``household_named``."""
    from schemas.services import Audience, all_services
    from village_node.commands.record_names import household_named, person_named
    from village_node.letters.subjects import AFTER_DEATH

    found = all_services().get(service.strip().upper())
    audience = found.audience if found is not None else Audience.PERSON
    if audience is Audience.FAMILY:
        return household_named(desk, text)
    return person_named(desk, text, is_living=audience not in AFTER_DEATH)


def listed_typed(desk: Desk, people: list[str] | None, by_hand: list[str] | None) -> tuple[Listed, ...] | None:
    """Return the people named with --person and --by-hand, None if nobody is.

    Raises DataError "listed-form", and as ``person_named``.
    """
    from village_node.commands.record_names import person_named
    from village_node.letters import Listed

    if not people and not by_hand:
        return None
    found = []
    for pair in people or ():
        name, relation = _parted(pair)
        found.append(Listed(record_id=person_named(desk, name), relation=relation))
    for one in by_hand or ():
        first, *details = one.split(";")
        name, relation = _parted(first)
        known = dict(_parted(detail) for detail in details if detail.strip())
        if set(known) - set(_DETAILS):
            raise _unreadable(one)
        found.append(
            Listed(
                name=name,
                relation=relation,
                nik=known.get("nik", ""),
                birth_place=known.get("birth_place", ""),
                birth_on=known.get("birth_on", ""),
                address=known.get("address", ""),
                religion=known.get("religion", ""),
                occupation=known.get("occupation", ""),
                father=known.get("father", ""),
            )
        )
    return tuple(found)


def _parted(text: str) -> tuple[str, str]:
    before, equals, after = text.partition("=")
    if not equals or not before.strip():
        raise _unreadable(text)
    return before.strip(), after.strip()


def _unreadable(text: str) -> DataError:
    return DataError(
        f"Orang dalam surat tidak terbaca: {text!r}",
        code="listed-form",
        hint=f"Tulis ORANG=HUBUNGAN; keterangan lain sesudah titik koma: {', '.join(_DETAILS)}.",
        field="people",
        value=text,
    )
