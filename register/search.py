"""Find people and families by what an officer types: part of a name, a NIK, a family number, an address.

Every typed word must begin some word of the name, in any order; words that match whole come first, then the alphabet.
Digits are a NIK or a family number, from four on.  Deliberately not here: similar-sounding names (the duplicate finder)
and who may see what.  A village answers from one range of an index; for a district each of its villages is asked so.
A little longer than most modules: the queries share one scope, and none of them makes sense alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, case, exists, select

from register.areas import EVERYWHERE, Area
from register.by_key import CHUNK_ROWS
from register.names import prefix_end, words_of
from register.store import RegisterStore, shape_columns, shape_of_row
from register.tables import HOUSEHOLD, NAME_WORD, RESIDENT
from schemas.codes import Relation
from schemas.fields import Kind
from schemas.identifiers import digits_of
from schemas.shapes import Household, Resident

DIGITS_MIN = 4  # fewer digits of a number match half a village
WORDS_TYPED_MAX = 6
LIMIT_MAX = CHUNK_ROWS

_Key = tuple[int, bytes]
_Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class FoundResident:
    """A person that was found, with the family if it is indexed; departed and dead people have ``is_living`` False."""

    village_id: int
    record_id: bytes
    level: int
    is_living: bool
    resident: Resident
    household: Household | None


@dataclass(frozen=True, slots=True)
class FoundHousehold:
    """A family that was found, with its head if the head is indexed."""

    village_id: int
    record_id: bytes
    level: int
    household: Household
    head: Resident | None


def find_residents(
    store: RegisterStore,
    village_id: int | None,
    text: str,
    *,
    area: Area = EVERYWHERE,
    is_living: bool | None = None,
    limit: int = 20,
    offset: int = 0,
) -> list[FoundResident]:
    """Return the people whom a text means, best first; an empty text lists everybody by name.

    ``village_id`` None searches the whole district; ``is_living`` narrows to residents (True) or to others (False).
    """
    wanted = offset + min(limit, LIMIT_MAX)
    search = _Search(store, village_id, area)
    return search.load_residents(search.resident_keys(text, is_living, wanted)[offset:wanted])


def find_households(
    store: RegisterStore,
    village_id: int | None,
    text: str,
    *,
    area: Area = EVERYWHERE,
    limit: int = 20,
    offset: int = 0,
) -> list[FoundHousehold]:
    """Return the families whom a text means: by number, by their people (heads first), then by words of the address."""
    wanted = offset + min(limit, LIMIT_MAX)
    search = _Search(store, village_id, area)
    return search.load_households(search.household_keys(text, wanted)[offset:wanted])


class _Search:
    """One search: its scope, and the queries of which each gives keys in order of rank."""

    def __init__(self, store: RegisterStore, village_id: int | None, area: Area) -> None:
        self.store = store
        self.village_id = village_id
        self.area = area

    def resident_keys(self, text: str, is_living: bool | None, wanted: int) -> list[_Key]:
        condition: list[_Condition] = [] if is_living is None else [RESIDENT.c.is_living.is_(is_living)]
        number = _number_of(text)
        if number:
            return self._by_number(number, condition, wanted)
        words = words_of(text)[:WORDS_TYPED_MAX]
        if words:
            return self._by_words(Kind.RESIDENT, words, condition, wanted)
        return self._best(wanted, lambda village_id: self._all_by_name(village_id, condition, wanted))

    def household_keys(self, text: str, wanted: int) -> list[_Key]:
        number, words = _number_of(text), words_of(text)[:WORDS_TYPED_MAX]
        if not number and not words:
            return self._best(wanted, lambda village_id: self._all_by_area(village_id, wanted))
        keys: list[_Key] = []
        if number:
            keys += self._family_keys(number, self._in_area(self.village_id), wanted)
        if len(keys) < wanted:
            # A family has some ten people at most in view: enough of them give enough families.
            people = self.load_residents(self.resident_keys(text, is_living=True, wanted=min(2 * wanted, LIMIT_MAX)))
            people.sort(key=lambda found: found.resident.relation != Relation.HEAD)
            keys += [
                (found.village_id, found.resident.household_id)
                for found in people
                if found.resident.household_id is not None
            ]
        if words and len(set(keys)) < wanted:
            keys += self._by_words(Kind.HOUSEHOLD, words, [], wanted)
        return list(dict.fromkeys(keys))

    def _family_keys(self, number: str, condition: list[_Condition], wanted: int) -> list[_Key]:
        columns = (HOUSEHOLD.c.family_number, HOUSEHOLD.c.village_id, HOUSEHOLD.c.record_id)
        query = select(*columns).where(
            self._in_scope(HOUSEHOLD), _starts(HOUSEHOLD.c.family_number, number), *condition
        )
        return [(row[1], row[2]) for row in self.store.connection.execute(query.order_by(*columns).limit(wanted))]

    def _by_number(self, number: str, condition: list[_Condition], wanted: int) -> list[_Key]:
        """A NIK first, then the members of a family."""
        connection = self.store.connection
        key = (RESIDENT.c.village_id, RESIDENT.c.record_id)
        people = self._people_where(self.village_id, condition)
        by_nik = select(RESIDENT.c.nik, *key).where(_starts(RESIDENT.c.nik, number), *people)
        keys = [(row[1], row[2]) for row in connection.execute(by_nik.order_by(RESIDENT.c.nik, *key).limit(wanted))]
        if len(keys) < wanted:
            families = self._family_keys(number, [], wanted)
            # One query a village: the index of members starts with it.
            for village_id, ids in _by_village(families).items():
                mine = (self.store.within_families(village_id, ids), *people)
                members = select(*key).where(*mine).order_by(RESIDENT.c.household_id, RESIDENT.c.relation, *key)
                keys += [(row[0], row[1]) for row in connection.execute(members.limit(wanted))]
        return list(dict.fromkeys(keys))[:wanted]

    def _by_words(self, kind: Kind, words: tuple[str, ...], condition: list[_Condition], wanted: int) -> list[_Key]:
        # The longest word is met by the fewest people; what they are called otherwise stands in the same row.
        pivot = max(words, key=len)
        others = [word for word in words if word != pivot]
        padded = " " + NAME_WORD.c.all_words + " "
        if others:
            whole = [case((padded.contains(f" {word} "), 0), else_=1) for word in words]
            rank: ColumnElement[Any] = sum(whole[1:], whole[0])
        else:
            rank = NAME_WORD.c.word
        columns = (rank, NAME_WORD.c.all_words, NAME_WORD.c.record_id)

        def one_village(village_id: int) -> Iterator[tuple[Any, _Key]]:
            query = select(*columns).where(
                *self._in_village(NAME_WORD, village_id),
                NAME_WORD.c.kind == int(kind),
                _starts(NAME_WORD.c.word, pivot),
                *(padded.contains(f" {word}") for word in others),
                *self._word_condition(kind, village_id, condition),
            )
            return self._distinct(query.order_by(*columns), village_id, wanted)

        return self._best(wanted, one_village)

    def _word_condition(self, kind: Kind, village_id: int, condition: list[_Condition]) -> list[_Condition]:
        """What else must hold of the record of a word; looked up for each hit, so that the order of words stands."""
        if self.area == EVERYWHERE and not condition:
            return []
        table = RESIDENT if kind == Kind.RESIDENT else HOUSEHOLD
        same = and_(_same_place(table, NAME_WORD), table.c.record_id == NAME_WORD.c.record_id)
        within = self._people_where(village_id, condition) if kind == Kind.RESIDENT else self._in_area(village_id)
        return [exists().where(same, *within).correlate(NAME_WORD)]

    def _distinct(self, query: Select[Any], village_id: int, wanted: int) -> Iterator[tuple[Any, _Key]]:
        """Give the first hits, each record once: one letter may begin several words of one name."""
        asked = 2 * wanted
        while True:
            rows = self.store.connection.execute(query.limit(asked)).all()
            first: dict[bytes, Any] = {}
            for row in rows:
                first.setdefault(row[2], tuple(row[:2]))
            if len(first) >= wanted or len(rows) < asked:
                return ((rank, (village_id, record_id)) for record_id, rank in first.items())
            asked *= 4

    def _all_by_name(self, village_id: int, condition: list[_Condition], wanted: int) -> Iterator[tuple[Any, _Key]]:
        columns = (RESIDENT.c.name, RESIDENT.c.record_id)
        query = select(*columns).where(*self._in_village(RESIDENT, village_id))
        query = query.where(*self._people_where(village_id, condition)).order_by(*columns).limit(wanted)
        return (((row[0] or "",), (village_id, row[1])) for row in self.store.connection.execute(query))

    def _all_by_area(self, village_id: int, wanted: int) -> Iterator[tuple[Any, _Key]]:
        columns = [HOUSEHOLD.c[name] for name in ("hamlet", "rw", "rt", "record_id")]
        query = select(*columns).where(*self._in_village(HOUSEHOLD, village_id), *self._in_area(village_id))
        rows = self.store.connection.execute(query.order_by(*columns).limit(wanted))
        return ((tuple(part or "" for part in row[:3]), (village_id, row[3])) for row in rows)

    def _best(self, wanted: int, ask: Callable[[int], Iterable[tuple[Any, _Key]]]) -> list[_Key]:
        """Ask each village in scope for its best, and keep the best of all."""
        villages = self.store.village_ids() if self.village_id is None else [self.village_id]
        hits = [hit for village_id in villages for hit in ask(village_id)]
        return [key for _, key in sorted(hits)[:wanted]]

    def _people_where(self, village_id: int | None, condition: list[_Condition]) -> list[_Condition]:
        within = self._in_area(village_id)
        if within:
            families = select(HOUSEHOLD.c.record_id).where(self._in_scope(HOUSEHOLD, village_id), *within)
            within = [RESIDENT.c.household_id.in_(families)]
        return [self._in_scope(RESIDENT, village_id), *condition, *within]

    def _in_area(self, village_id: int | None) -> list[_Condition]:
        parts = self.area.places()
        words = words_of(self.area.address)[:WORDS_TYPED_MAX]
        if words:
            pivot, padded = max(words, key=len), " " + NAME_WORD.c.all_words
            at_address = select(NAME_WORD.c.record_id).where(
                self._in_scope(NAME_WORD, village_id),
                NAME_WORD.c.kind == int(Kind.HOUSEHOLD),
                _starts(NAME_WORD.c.word, pivot),
                *(padded.contains(f" {word}") for word in words if word != pivot),
            )
            parts.append(HOUSEHOLD.c.record_id.in_(at_address))
        return parts

    def _in_village(self, table: Table, village_id: int) -> tuple[_Condition, _Condition]:
        return table.c.district_code == self.store.district_code, table.c.village_id == village_id

    def _in_scope(self, table: Table, village_id: int | None = None) -> _Condition:
        village_id = self.village_id if village_id is None else village_id
        if village_id is None:
            return table.c.district_code == self.store.district_code
        return and_(*self._in_village(table, village_id))

    def load_residents(self, keys: list[_Key]) -> list[FoundResident]:
        people = self._load(RESIDENT, (RESIDENT.c.level, RESIDENT.c.is_living), Kind.RESIDENT, keys)
        homes = [(key[0], shape.household_id) for key, (_, shape) in people.items() if shape.household_id]
        families = self._load(HOUSEHOLD, (), Kind.HOUSEHOLD, homes)
        found = []
        for key in keys:
            if key in people:
                (level, living), shape = people[key]
                _, household = families.get((key[0], shape.household_id), ((), None))
                found.append(FoundResident(*key, level, living, shape, household))
        return found

    def load_households(self, keys: list[_Key]) -> list[FoundHousehold]:
        families = self._load(HOUSEHOLD, (HOUSEHOLD.c.level,), Kind.HOUSEHOLD, keys)
        heads = self._load(
            RESIDENT,
            (),
            Kind.RESIDENT,
            [(key[0], shape.head_id) for key, (_, shape) in families.items() if shape.head_id],
        )
        found = []
        for key in keys:
            if key in families:
                (level,), shape = families[key]
                _, head = heads.get((key[0], shape.head_id), ((), None))
                found.append(FoundHousehold(*key, level, shape, head))
        return found

    def _load(
        self, table: Table, columns: tuple[ColumnElement[Any], ...], kind: Kind, keys: list[_Key]
    ) -> dict[_Key, tuple[tuple[Any, ...], Any]]:
        """Return the wanted columns and the shape of each key that is indexed."""
        found: dict[_Key, tuple[tuple[Any, ...], Any]] = {}
        for village_id, ids in _by_village(keys).items():
            query = select(table.c.record_id, *columns, *shape_columns(kind))
            query = query.where(*self._in_village(table, village_id), table.c.record_id.in_(ids))
            for row in self.store.connection.execute(query):
                end = 1 + len(columns)
                found[village_id, row[0]] = (tuple(row[1:end]), shape_of_row(kind, row[end:]))
        return found


def _number_of(text: str) -> str:
    """Return the digits of a typed number, empty if it is none."""
    digits = digits_of(text)
    return digits if digits.isascii() and digits.isdigit() and len(digits) >= DIGITS_MIN else ""


def _by_village(keys: Iterable[_Key]) -> dict[int, list[bytes]]:
    ids: dict[int, list[bytes]] = defaultdict(list)
    for village_id, record_id in dict.fromkeys(keys):
        ids[village_id].append(record_id)
    return ids


def _starts(column: ColumnElement[Any], prefix: str) -> _Condition:
    return and_(column >= prefix, column < prefix_end(prefix))


def _same_place(one: Table, other: Table) -> _Condition:
    return and_(one.c.district_code == other.c.district_code, one.c.village_id == other.c.village_id)
