"""Suggest whom a letter lists, from what the register knows: heirs, the surviving spouse, the parents of a child.

Decides nothing: a suggestion is what the records make likely, and the officer says who it is.  The register knows each
person's place in one family and the numbers of the parents, not marriages and descent in general.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.codes import Relation, Sex
from schemas.errors import IdentifierError
from schemas.identifiers import NIK
from schemas.services import Audience, ServiceDefinition
from village_node.letters.couples import FATHER, MOTHER
from village_node.letters.subjects import LetterSubject, is_dead_here
from village_node.registration.desk_port import DeskPort
from village_node.registration.subjects import Family, Person, known_family, person_of

_R = Relation
_SPOUSES = frozenset({_R.HUSBAND, _R.WIFE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Somebody whom a letter lists: of the register by ``record_id``, or set by hand with a name and what is known.

    ``birth_on`` is as typed; ``father`` is the father's name, which letters of a marriage state.
    """

    relation: str = ""
    record_id: bytes | None = None
    name: str = ""
    nik: str = ""
    birth_place: str = ""
    birth_on: str = ""
    address: str = ""
    religion: str = ""
    occupation: str = ""
    father: str = ""


def relatives(desk: DeskPort, service: ServiceDefinition, about: LetterSubject) -> list[Listed]:
    """Return whom the register makes likely for a letter; empty if it lists nobody, or nobody is known."""
    if service.audience is Audience.CHILD:
        return list(_parents(desk, about.person))
    if service.audience is Audience.PERMISSION:
        return [one for one in _parents(desk, about.person) if not _has_died(desk, one.record_id)]
    if service.audience not in {Audience.HEIRS, Audience.SPOUSE}:
        return []
    found = dict(_survivors(desk, about.person))
    if service.audience is Audience.SPOUSE:
        return [Listed(record_id=key, relation=word) for key, word in found.items() if word in ("Suami", "Istri")][:1]
    return [Listed(record_id=key, relation=word) for key, word in found.items()]


def _survivors(desk: DeskPort, dead: Person) -> Iterator[tuple[bytes, str]]:
    family = known_family(desk, dead.household_id)
    for one in family.members if family is not None else ():
        word = _relation_to(dead, one)
        if word:
            yield one.record_id, word
    number = dead.values.get("nik")
    if not number:
        return
    with desk.book() as book:
        children = book.children(str(number))
    for child_id in children:
        if person_of(desk, child_id).is_living:
            yield child_id, "Anak"


def _relation_to(dead: Person, other: Person) -> str:
    """Return what somebody of the same family is to the one who died, empty if their places do not tell."""
    mine, theirs = dead.values.get("relation"), other.values.get("relation")
    is_couple = (mine, theirs) == (_R.HEAD, _R.HEAD) or {mine, theirs} & _SPOUSES
    if mine == _R.HEAD or mine in _SPOUSES:
        if theirs == _R.CHILD:
            return "Anak"
        if is_couple and theirs in {_R.HEAD, *_SPOUSES} and dead.values.get("sex") != other.values.get("sex"):
            return "Istri" if other.values.get("sex") == Sex.FEMALE else "Suami"
    if mine == _R.HEAD and theirs == _R.PARENT:
        return MOTHER if other.values.get("sex") == Sex.FEMALE else FATHER
    if mine == _R.CHILD and (theirs == _R.HEAD or theirs in _SPOUSES):
        return MOTHER if other.values.get("sex") == Sex.FEMALE else FATHER
    if mine == _R.PARENT and theirs == _R.HEAD:
        return "Anak"
    return ""


def _parents(desk: DeskPort, child: Person) -> Iterator[Listed]:
    family = known_family(desk, child.household_id) if child.values.get("relation") == _R.CHILD else None
    for word, side, sex in ((FATHER, "father", Sex.MALE), (MOTHER, "mother", Sex.FEMALE)):
        name, number = child.values.get(f"{side}_name"), child.values.get(f"{side}_nik")
        known = _with_number(desk, number) or _in_family(family, name, sex)
        if known is not None and known != child.record_id:
            yield Listed(record_id=known, relation=word)
        elif name:
            # A number that no office issued stays where it was found: no letter shows it.
            yield Listed(name=str(name), nik=str(number) if _is_issued(number) else "", relation=word)


def _has_died(desk: DeskPort, record_id: bytes | None) -> bool:
    return record_id is not None and is_dead_here(person_of(desk, record_id))


def _is_issued(number: object) -> bool:
    try:
        return bool(NIK.from_text(str(number)))
    except IdentifierError:
        return False


def _with_number(desk: DeskPort, number: object) -> bytes | None:
    if not number:
        return None
    with desk.book() as book:
        ids = book.with_nik(str(number))
    found = [person_of(desk, one) for one in ids]
    fitting = [one for one in found if one.is_living or is_dead_here(one)]
    return fitting[0].record_id if len(fitting) == 1 else None


def _in_family(family: Family | None, name: object, sex: Sex) -> bytes | None:
    """Return the head or spouse of this sex whom the child's record names; a stepfather has another name."""
    for one in family.members if family is not None and name else ():
        is_couple = one.values.get("relation") in {_R.HEAD, *_SPOUSES}
        if is_couple and one.values.get("sex") == sex and str(name).casefold() == one.name.casefold():
            return one.record_id
    return None
