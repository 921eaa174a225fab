"""Invent believable villages: the same seed gives the same people everywhere, and none of them exists.

Decides households, people and how a file shows them, dirty rows included.  Never used for real data; reads no clock
(``today`` is passed in) and its chance comes from the seed alone.  Writing files is ``register.exporting``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from register.generator.details import add_details
from register.generator.dirt import Block, Fault, WrittenRow, soil
from register.generator.families import Person, build_family
from register.generator.rows import HEADERS, Cell, Row, row_of
from register.generator.vocabulary import HAMLETS, STREETS
from register.generator.world import FIRST_SERIAL, World
from schemas.identifiers import RegionCode

__all__ = ["HEADERS", "Cell", "Fault", "GeneratedHousehold", "GeneratedVillage", "Row", "generate_village"]

# All kinds of fault appear in any dirty file, however small the village.
_FAULTS_MIN = 7


@dataclass(frozen=True, slots=True)
class GeneratedHousehold:
    """A family: values by the field names of ``schemas.fields`` (no record ids), the head first among its members."""

    values: Mapping[str, Any]
    members: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class GeneratedVillage:
    """An invented village, as people and as the rows of a template file.

    ``faults`` tells by row number, as a person sees it (the header is row 1), what an import must reject.  A good row
    may hold a person of no household here: one who was added only so that a faulty row could repeat it.
    """

    code: RegionCode
    households: tuple[GeneratedHousehold, ...]
    rows: tuple[Row, ...]
    faults: Mapping[int, Fault]

    @property
    def resident_count(self) -> int:
        """How many people the village has, without those of dirty rows."""
        return sum(len(household.members) for household in self.households)

    @property
    def importable_count(self) -> int:
        """How many rows of the file an import must take."""
        return len(self.rows) - len(self.faults)


@dataclass(frozen=True, slots=True)
class _Hamlet:
    name: str
    rw: int
    neighbourhoods: int


def generate_village(
    seed: int,
    village_code: str,
    residents: int,
    *,
    today: dt.date,
    dirty: float = 0.0,
    is_varied: bool = False,
    has_number_cells: bool = True,
    first_serial: int = FIRST_SERIAL,
) -> GeneratedVillage:
    """Invent a village of exactly this many residents.

    Args:
        seed: any number; the village follows from seed, code and ``today`` alone.
        village_code: an official code, dotted or not.
        residents: how many people.
        today: the day on which ages are right.
        dirty: wrong rows to add, as a share of the residents; more than 0 gives each kind of fault at least once.
        is_varied: draw a legal spelling for every cell, instead of one plain spelling.
        has_number_cells: False for CSV, which has no number cells that Excel could have cut.
        first_serial: 9001 to 9999; villages of one district that share no number begin some hundreds apart.
    """
    code = RegionCode.from_text(village_code)
    world = World(seed, code, today, first_serial)
    hamlets = _hamlets(world, residents)
    households: list[GeneratedHousehold] = []
    left = residents
    while left > 0:
        members = build_family(world)[:left]
        left -= len(members)
        _complete(world, members)
        households.append(GeneratedHousehold(_household(world, hamlets, members), tuple(members)))
    blocks: list[Block] = [
        [WrittenRow(row_of(world, household.values, person, is_varied=is_varied)) for person in household.members]
        for household in households
    ]
    if dirty > 0 and blocks:
        count = max(_FAULTS_MIN, round(residents * dirty))
        homes = [dict(household.values) for household in households]
        soil(world, blocks, homes, count, is_varied=is_varied, has_numbers=has_number_cells)
    written = [row for block in blocks for row in block]
    return GeneratedVillage(
        code=code,
        households=tuple(households),
        rows=tuple(row.row for row in written),
        faults={number: row.fault for number, row in enumerate(written, start=2) if row.fault is not None},
    )


def _hamlets(world: World, residents: int) -> list[_Hamlet]:
    """Lay out four to seven hamlets, each with one to three RW of a size that fits the village."""
    names = world.chance.sample(HAMLETS, world.chance.randint(4, 7))
    neighbourhoods = max(1, min(9, residents // (len(names) * 2 * 150)))
    hamlets: list[_Hamlet] = []
    for name in names:
        for _ in range(world.chance.randint(1, 3)):
            hamlets.append(_Hamlet(name, len(hamlets) + 1, neighbourhoods + world.chance.randint(0, 2)))
    return hamlets


def _household(world: World, hamlets: list[_Hamlet], members: list[Person]) -> dict[str, Any]:
    hamlet = world.pick(hamlets)
    address = f"DUSUN {hamlet.name}"
    if world.happens(0.55):
        address = f"JL. {world.pick(STREETS)} NO. {world.chance.randint(1, 180)}"
    if world.happens(0.2):
        place = {
            "latitude": f"{-8.1 - world.chance.random() * 0.5:.6f}",
            "longitude": f"{114.0 + world.chance.random() * 0.4:.6f}",
        }
        for person in members:
            person.update(place)
    return {
        "family_number": world.family_number(),
        "address": address,
        "hamlet": hamlet.name,
        "rw": f"{hamlet.rw:03d}",
        "rt": f"{world.chance.randint(1, hamlet.neighbourhoods):03d}",
    }


def _complete(world: World, members: list[Person]) -> None:
    issued = {person["nik"] for person in members}
    for person in members:
        add_details(world, person)
    # Papers never name a number that was not issued after all.
    missing = issued - {person.get("nik") for person in members}
    for person in members:
        for side in ("father_nik", "mother_nik"):
            if person.get(side) in missing:
                del person[side]
