"""Spoil extra rows in the ways files are really wrong, and say which error each row must give.

A wrong row is always an additional person, so that the good people of a village stay the same however dirty its file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from register.generator.details import add_details
from register.generator.families import Family, Person
from register.generator.rows import Row, row_of
from register.generator.world import World
from schemas.codes import MaritalStatus

_OTHER_RELATIVE = 9


@dataclass(frozen=True, slots=True)
class Fault:
    """What an import must say about a row: header of the template and stable code."""

    header: str
    code: str


@dataclass(frozen=True, slots=True)
class WrittenRow:
    """A row of the file to be, with what is wrong about it."""

    row: Row
    fault: Fault | None = None


Block = list[WrittenRow]
"""The rows of one household, which stand together in a file."""


def soil(
    world: World,
    blocks: Sequence[Block],
    households: Sequence[Person],
    count: int,
    *,
    is_varied: bool,
    has_numbers: bool,
) -> None:
    """Add at least ``count`` wrong rows to random blocks, every kind of fault in turn.

    ``has_numbers`` is False for a file without number cells (CSV), where Excel's cut cannot be told apart.
    """
    faults = [fault for fault in _FAULTS if has_numbers or fault is not _cut_by_excel]
    for index in range(count):
        place = world.chance.randrange(len(blocks))
        faults[index % len(faults)](_Spoiler(world, blocks[place], households[place], is_varied=is_varied))


class _Spoiler:
    """One block to which one fault is added."""

    def __init__(self, world: World, block: Block, household: Person, *, is_varied: bool) -> None:
        self.world = world
        self.block = block
        self.household = household
        self.is_varied = is_varied

    def lodger(self) -> Row:
        """Write an additional adult relative of the family, still correct."""
        family = Family(self.world)
        sex = self.world.pick((1, 2))
        person = family.add(sex, self.world.birthday(20, 60), _OTHER_RELATIVE, MaritalStatus.SINGLE)
        nik = person["nik"]
        add_details(self.world, person)
        person["nik"] = nik
        return row_of(self.world, self.household, person, is_varied=self.is_varied)

    def add(self, row: Row, header: str, code: str) -> None:
        self.block.append(WrittenRow(row, Fault(header, code)))


def _impossible_date(spoiler: _Spoiler) -> None:
    spoiler.add({**spoiler.lodger(), "tanggallahir": "31-02-2001"}, "tanggallahir", "date-impossible")


def _short_nik(spoiler: _Spoiler) -> None:
    row = spoiler.lodger()
    spoiler.add({**row, "nik": _digits(row)[:15]}, "nik", "nik-format")


def _cut_by_excel(spoiler: _Spoiler) -> None:
    row = spoiler.lodger()
    spoiler.add({**row, "nik": int(_digits(row)[:15] + "0")}, "nik", "nik-cut-by-excel")


def _unknown_code(spoiler: _Spoiler) -> None:
    header, text = spoiler.world.pick((("pekerjaan_id", "PENJAGA MERCUSUAR"), ("agama_id", "ISLAMM")))
    spoiler.add({**spoiler.lodger(), header: text}, header, "code-unknown")


def _missing_name(spoiler: _Spoiler) -> None:
    row = spoiler.lodger()
    del row["nama"]
    spoiler.add(row, "nama", "name-missing")


def _person_twice(spoiler: _Spoiler) -> None:
    row = spoiler.lodger()
    spoiler.block.append(WrittenRow(row))
    spoiler.add(dict(row), "nik", "person-twice-in-file")


def _nik_twice(spoiler: _Spoiler) -> None:
    one, other = spoiler.lodger(), spoiler.lodger()
    for row in (one, {**other, "nik": one["nik"]}):
        spoiler.add(row, "nik", "nik-twice-in-file")


_FAULTS: tuple[Callable[[_Spoiler], None], ...] = (
    _impossible_date,
    _short_nik,
    _cut_by_excel,
    _unknown_code,
    _missing_name,
    _person_twice,
    _nik_twice,
)


def _digits(row: Row) -> str:
    return "".join(character for character in str(row["nik"]) if character.isdigit())
