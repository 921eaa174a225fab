"""Suggest places while one types: how this register spells them, then what the region table of Indonesia knows.

Decides the order only; whatever is typed is taken.  Without scripts a field offers the usual places of the register.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import func, select

from register.tables import HOUSEHOLD, LEVEL_FULL, METADATA, RESIDENT
from schemas.identifiers import RegionCode
from schemas.regions import Region, RegionKind, full_name, regions_in, search_above_villages, search_villages
from village_node.web.visits import Visit

VILLAGE, TOWN, ANYWHERE, HAMLET, STREET, COURT = "desa", "kota", "mana", "dusun", "alamat", "pengadilan"
"""What a field means by a place: a village by its code, where somebody is born, any place in words, or one of ours."""

KINDS = frozenset({VILLAGE, TOWN, ANYWHERE, HAMLET, STREET, COURT})

LETTERS_MIN, VILLAGE_LETTERS_MIN = 2, 3
SHOWN_MAX, USUAL_MAX, REMEMBERED_MAX = 10, 20, 300
_STEP_ENTRIES = {TOWN: 200, ANYWHERE: 200, HAMLET: 10, STREET: 10}
"""How many entries pass before spellings are counted anew: birth places take a look at everybody (35,000 in 45 ms)."""

_EVENT = METADATA.tables["vital_event"]
_COURTS = ("Pengadilan Agama", "Pengadilan Negeri")


def usual(visit: Visit, kind: str) -> list[str]:
    """Return the usual places of the register, for a field that has no scripts."""
    if kind == VILLAGE:
        return []
    if kind == COURT:
        return [f"{court} {_bare(own.name)}" for own in _own_regency(visit) for court in _COURTS]
    return _spelt_here(visit, kind)[:USUAL_MAX]


def suggested(visit: Visit, kind: str, typed: str) -> list[str]:
    """Return what a text may mean, the likeliest first, as it is filled in."""
    wanted = " ".join(typed.split())
    if "(" in wanted:
        return []
    if len(wanted) < (VILLAGE_LETTERS_MIN if kind == VILLAGE else LETTERS_MIN):
        return usual(visit, kind)
    return list(_each_once(_meant(visit, kind, wanted)))[:SHOWN_MAX]


def _meant(visit: Visit, kind: str, wanted: str) -> Iterator[str]:
    near = RegionCode.from_text(visit.desk.village_code)
    if kind not in (VILLAGE, COURT):
        yield from _beginning(_spelt_here(visit, kind), wanted)
    above = search_above_villages(wanted, near, limit=SHOWN_MAX) if kind in (VILLAGE, ANYWHERE, TOWN) else []
    if kind == VILLAGE:
        # Who typed a whole name means just that: Surabaya is no village.
        same = (one for one in above if _bare(one.name).casefold() == wanted.casefold() and not _is_district(one))
        yield from (one.name for one in same)
        yield from (full_name(one) for one in search_villages(wanted, near, limit=SHOWN_MAX))
    if kind in (VILLAGE, ANYWHERE):
        yield from (_with_parent(one) for one in above)
    if kind == TOWN:
        yield from (_bare(one.name) for one in above)
    if kind == COURT:
        court = next((one for one in _COURTS if wanted.casefold().startswith(one.casefold())), "")
        begun = wanted[len(court) :].strip()
        found = search_above_villages(begun, near, limit=SHOWN_MAX) if begun else _own_regency(visit)
        towns = [one for one in found if not _is_district(one)]
        yield from (f"{one} {_bare(town.name)}" for town in towns for one in ((court,) if court else _COURTS))


def _beginning(spelt: list[str], wanted: str) -> Iterator[str]:
    """Give the spellings that begin with a text, then those of which a later word does."""
    folded = wanted.casefold()
    yield from (one for one in spelt if one.casefold().startswith(folded))
    yield from (one for one in spelt if f" {folded}" in one.casefold())


def _each_once(texts: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for text in texts:
        if text.casefold() not in seen:
            seen.add(text.casefold())
            yield text


def _spelt_here(visit: Visit, kind: str) -> list[str]:
    """Return how the register spells its places, the commonest first."""
    state = visit.desk.state
    step = _STEP_ENTRIES[kind]
    version = (state.entry_count // step, state.feed_seq // step)
    return visit.office.remembered(f"places-{kind}", version, lambda: list(_each_once(_counted(visit, kind))))


def _counted(visit: Visit, kind: str) -> Iterator[str]:
    columns = {
        TOWN: (RESIDENT.c.birth_place,),
        HAMLET: (HOUSEHOLD.c.hamlet,),
        STREET: (HOUSEHOLD.c.address,),
        ANYWHERE: (_EVENT.c.place_to, _EVENT.c.place_from, _EVENT.c.place, RESIDENT.c.birth_place),
    }[kind]
    with visit.desk.book() as book:
        for column in columns:
            table: Any = column.table
            mine = (table.c.district_code == book.register.district_code) & (table.c.village_id == book.village_id)
            query = select(column).where(mine, table.c.level == LEVEL_FULL, column.is_not(None), column != "")
            query = query.group_by(column).order_by(func.count().desc(), column).limit(REMEMBERED_MAX)
            yield from book.register.connection.scalars(query)


def _own_regency(visit: Visit) -> tuple[Region, ...]:
    own = RegionCode.from_text(visit.desk.village_code)
    return tuple(one for one in regions_in(own.province) if own.is_within(one.code))


def _bare(name: str) -> str:
    """Return a regency or city as birth places name it, without what it is called."""
    return name.removeprefix("Kabupaten ").removeprefix("Kota ").removeprefix("Administrasi ")


def _is_district(one: Region) -> bool:
    return one.kind is RegionKind.DISTRICT


def _with_parent(one: Region) -> str:
    """Return a district with its regency, and a regency, city or province alone."""
    parent = one.code.parent
    if not _is_district(one) or parent is None:
        return one.name
    above = next((other.name for other in regions_in(parent.parent) if other.code == parent), "")
    return f"Kecamatan {one.name}, {above}"
