"""Hold a district's records and their index: the only place that reads and writes the register's rows.

Decides how records are stored and how bodies become index rows and name words, in bulk, on SQLite and PostgreSQL alike.
Deliberately not here: decoding of bodies (they come as maps of tag to value), transactions (the caller's), rules and
search.  Protocol 4: a record is stored exactly as received; the index holds what fits, so no body can break it.
A little longer than most modules: records and index are written by the same few private steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Table, and_, bindparam, delete, func, select

from register.by_key import CHUNK_ROWS, chunks, delete_by_key, rows_by_key
from register.database import upsert
from register.names import words_of
from register.residency import residents_now
from register.tables import HOUSEHOLD, INDEX_TABLES, LEVEL_ERASED, LEVEL_FULL, NAME_WORD, RECORD, RESIDENT
from schemas.fields import Kind, fields_of
from schemas.shapes import Shape, plain_values, shape_type

_ALIVE = 1  # code list life_status

_WORD_FIELDS: dict[int, tuple[str, ...]] = {Kind.RESIDENT: ("name",), Kind.HOUSEHOLD: ("address", "hamlet")}

# PostgreSQL refuses an index entry beyond 2,704 bytes.  No honest value comes near; the body keeps what was received.
_INDEXED_LETTERS_MAX = {"name": 500, "hamlet": 150, "rw": 150, "rt": 150}

_COLUMNS: dict[int, tuple[str, ...]] = {
    kind: tuple(field.name for field in fields_of(kind) if field.name in table.c)
    for kind, table in INDEX_TABLES.items()
}


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """One record of the registry layer: ``digest`` has 16 bytes, ``body`` is as received, levels as in ``tables``."""

    village_id: int
    record_id: bytes
    kind: int
    level: int
    version: int
    digest: bytes
    body: bytes


class IndexItem(NamedTuple):
    """One decoded body to index; ``body`` maps wire tags to wire values."""

    village_id: int
    record_id: bytes
    kind: int
    level: int
    body: Mapping[int, Any]


@dataclass(frozen=True, slots=True)
class Counts:
    """What a village holds: residents as the books count them, families in force, and records of each kind."""

    residents: int
    households: int
    records: Mapping[int, int]


def is_living(values: Mapping[str, Any], level: int = LEVEL_FULL) -> bool:
    """Tell whether a person with these named values counts as a resident of the village now.

    Not known to be dead counts as alive; a void, merged or departed person does not count.
    """
    if level != LEVEL_FULL or values.get("void") is not None or values.get("merged_into") is not None:
        return False
    if values.get("life_status") not in {None, _ALIVE}:
        return False
    left, arrived = values.get("left_on"), values.get("arrived_on")
    return left is None or (arrived is not None and arrived >= left)


class RegisterStore:
    """The register of one district on one connection; the caller owns the transaction.

    Args:
        connection: from ``register.database.writing`` or ``reading``, or ``session.connection()``.
        district_code: the dotted code of the hub's region, such as 35.10.
    """

    def __init__(self, connection: Connection, district_code: str) -> None:
        self.connection = connection
        self.district_code = district_code

    def put_records(self, rows: Iterable[StoredRecord]) -> None:
        """Store records; a newer version takes the place of an older one, in the order given."""
        for chunk in chunks(rows):
            newest = {(row.village_id, row.record_id): row for row in chunk}
            values = [
                {"district_code": self.district_code} | {name: getattr(row, name) for name in StoredRecord.__slots__}
                for row in newest.values()
            ]
            upsert(self.connection, RECORD, values)

    def remove_records(self, village_id: int, ids: Collection[bytes]) -> None:
        """Take records and their index out of a village's view; an unknown id does nothing."""
        delete_by_key(self.connection, RECORD, RECORD.c.record_id, ids, self._of_village(RECORD, village_id))
        self.drop_index(village_id, ids)

    def records(self, village_id: int, ids: Collection[bytes]) -> dict[bytes, StoredRecord]:
        """Return the records of a village by id; unknown ids are absent."""
        mine = self._of_village(RECORD, village_id)
        rows = rows_by_key(self.connection, _RECORD_COLUMNS, RECORD.c.record_id, ids, mine)
        return {row.record_id: StoredRecord(*row) for row in rows}

    def iter_records(self, village_id: int) -> Iterator[StoredRecord]:
        """Give the records of a village in the order of their ids, without loading all at once."""
        last = b""
        while True:
            asked = {"of_district": self.district_code, "of_village": village_id, "last": last}
            rows = self.connection.execute(_RECORDS_AFTER, asked).all()
            yield from (StoredRecord(*row) for row in rows)
            if len(rows) < CHUNK_ROWS:
                return
            last = rows[-1].record_id

    def index_bodies(self, items: Iterable[IndexItem]) -> None:
        """Make the index show these bodies; an erased record, or a kind without a table, leaves no row."""
        for chunk in chunks(items):
            erased: dict[int, list[bytes]] = defaultdict(list)
            by_kind: dict[int, dict[tuple[int, bytes], IndexItem]] = defaultdict(dict)
            for item in chunk:
                if item.kind not in INDEX_TABLES:
                    continue
                if item.level == LEVEL_ERASED:
                    erased[item.village_id].append(item.record_id)
                else:
                    by_kind[item.kind][item.village_id, item.record_id] = item
            for kind, newest in by_kind.items():
                rows = [self._index_row(item) for item in newest.values()]
                if kind in _WORD_FIELDS:
                    self._refresh_words(kind, rows)
                upsert(self.connection, INDEX_TABLES[kind], rows)
            for village_id, ids in erased.items():
                self.drop_index(village_id, ids)

    def drop_index(self, village_id: int, ids: Collection[bytes]) -> None:
        """Take records out of the index; their stored versions stay."""
        for chunk in chunks(ids):
            for kind in _WORD_FIELDS:
                words = self._words(kind, village_id, chunk)
                self._delete_words([key for found in words.values() for key in found])
            for table in INDEX_TABLES.values():
                mine = self._of_village(table, village_id)
                delete_by_key(self.connection, table, table.c.record_id, chunk, mine)

    def rebuild_index(self, village_id: int, items: Iterable[IndexItem]) -> None:
        """Throw a village's index away and make it again from all its bodies."""
        for table in (NAME_WORD, *INDEX_TABLES.values()):
            self.connection.execute(delete(table).where(self._in_village(table, village_id)))
        self.index_bodies(items)

    def counts(self, village_id: int) -> Counts:
        """Count what a village holds; a void or merged family is not in force."""
        residents = and_(self._in_village(RESIDENT, village_id), residents_now())
        in_force = and_(
            self._in_village(HOUSEHOLD, village_id),
            HOUSEHOLD.c.level == LEVEL_FULL,
            HOUSEHOLD.c.void.is_(None),
            HOUSEHOLD.c.merged_into.is_(None),
        )
        per_kind = (
            select(RECORD.c.kind, func.count()).where(self._in_village(RECORD, village_id)).group_by(RECORD.c.kind)
        )
        return Counts(
            residents=self._count(RESIDENT, residents),
            households=self._count(HOUSEHOLD, in_force),
            records={row[0]: row[1] for row in self.connection.execute(per_kind)},
        )

    def village_ids(self) -> list[int]:
        """Return the villages that have people, families or other indexed or stored records, in ascending order."""
        found: set[int] = set()
        for table in (RECORD, RESIDENT):
            mine = table.c.district_code == self.district_code
            # Each step of the recursion is one seek: the cost is that of the villages, not of the rows.
            walk = select(func.min(table.c.village_id).label("id")).where(mine).cte("walk", recursive=True)
            after = select(func.min(table.c.village_id)).where(mine, table.c.village_id > walk.c.id).scalar_subquery()
            walk = walk.union_all(select(after).where(walk.c.id.is_not(None)))
            found.update(self.connection.scalars(select(walk.c.id).where(walk.c.id.is_not(None))))
        return sorted(found)

    def shapes(self, kind: int, village_id: int, ids: Collection[bytes]) -> dict[bytes, Shape]:
        """Return indexed records of a kind as shapes (their sets are in the bodies only), by id."""
        table = INDEX_TABLES[kind]
        columns = (table.c.record_id, *shape_columns(kind))
        mine = self._of_village(table, village_id)
        rows = rows_by_key(self.connection, columns, table.c.record_id, ids, mine)
        return {row[0]: shape_of_row(kind, row[1:]) for row in rows}

    def members(self, village_id: int, household_id: bytes) -> dict[bytes, Shape]:
        """Return the residents who now belong to a family, by id, in the order of relation and age."""
        mine = and_(self.within_families(village_id, [household_id]), RESIDENT.c.is_living)
        query = select(RESIDENT.c.record_id, *shape_columns(Kind.RESIDENT)).where(mine)
        query = query.order_by(RESIDENT.c.relation, RESIDENT.c.birth_on, RESIDENT.c.record_id)
        return {row[0]: shape_of_row(Kind.RESIDENT, row[1:]) for row in self.connection.execute(query)}

    def within_families(self, village_id: int, household_ids: Collection[bytes]) -> ColumnElement[bool]:
        """Return the condition that somebody's record names one of these families.

        The ids come from the index alone: asked for in one, SQLite reads all residents of the village instead.
        """
        ids = select(RESIDENT.c.record_id).where(
            self._in_village(RESIDENT, village_id), RESIDENT.c.household_id.in_(household_ids)
        )
        return and_(self._in_village(RESIDENT, village_id), RESIDENT.c.record_id.in_(ids))

    def holders(self, niks: Collection[str], village_id: int | None = None) -> dict[str, list[tuple[int, bytes]]]:
        """Return the living people who carry each NIK as (village id, record id), in the whole district by default."""
        living = RESIDENT.c.is_living
        return self._by_number(RESIDENT, "nik", niks, village_id, living)

    def families(self, numbers: Collection[str], village_id: int | None = None) -> dict[str, list[tuple[int, bytes]]]:
        """Return the families that carry each family number as (village id, record id)."""
        in_force = and_(HOUSEHOLD.c.level == LEVEL_FULL, HOUSEHOLD.c.void.is_(None))
        return self._by_number(HOUSEHOLD, "family_number", numbers, village_id, in_force)

    def _by_number(
        self, table: Table, name: str, numbers: Collection[str], village_id: int | None, condition: Any
    ) -> dict[str, list[tuple[int, bytes]]]:
        column = table.c[name]
        found: dict[str, list[tuple[int, bytes]]] = defaultdict(list)
        for chunk in chunks(numbers):
            mine = and_(table.c.district_code == self.district_code, column.in_(chunk), condition)
            if village_id is not None:
                mine = and_(mine, table.c.village_id == village_id)
            query = select(column, table.c.village_id, table.c.record_id).where(mine)
            for number, village, record_id in self.connection.execute(
                query.order_by(column, table.c.village_id, table.c.record_id)
            ):
                found[number].append((village, record_id))
        return dict(found)

    def _index_row(self, item: IndexItem) -> dict[str, Any]:
        values = plain_values(item.kind, item.body)
        row: dict[str, Any] = {name: values.get(name) for name in _COLUMNS[item.kind]}
        for name, letters_max in _INDEXED_LETTERS_MAX.items():
            if row.get(name):
                row[name] = row[name][:letters_max]
        row |= {
            "district_code": self.district_code,
            "village_id": item.village_id,
            "record_id": item.record_id,
            "level": item.level,
        }
        if item.kind == Kind.RESIDENT:
            row["is_living"] = is_living(row, item.level)
        return row

    def _refresh_words(self, kind: int, rows: list[dict[str, Any]]) -> None:
        """Change the words of rows that are about to be written; most edits do not touch a name, and cost a look-up."""
        ids: dict[int, list[bytes]] = defaultdict(list)
        for row in rows:
            ids[row["village_id"]].append(row["record_id"])
        before = {village_id: self._words(kind, village_id, mine) for village_id, mine in ids.items()}
        gone: list[dict[str, Any]] = []
        fresh: list[dict[str, Any]] = []
        for row in rows:
            village_id, record_id = row["village_id"], row["record_id"]
            old = before[village_id].get(record_id, [])
            new = self._word_rows(kind, village_id, record_id, [row[name] for name in _WORD_FIELDS[kind]])
            if old != new:
                gone += old
                fresh += new
        self._delete_words(gone)
        upsert(self.connection, NAME_WORD, fresh)

    def _words(self, kind: int, village_id: int, ids: Collection[bytes]) -> dict[bytes, list[dict[str, Any]]]:
        """Return the word rows that indexed records have; they follow from their index rows."""
        table = INDEX_TABLES[kind]
        columns = (table.c.record_id, *(table.c[name] for name in _WORD_FIELDS[kind]))
        mine = self._of_village(table, village_id)
        rows = rows_by_key(self.connection, columns, table.c.record_id, ids, mine)
        return {row[0]: self._word_rows(kind, village_id, row[0], row[1:]) for row in rows}

    def _word_rows(
        self, kind: int, village_id: int, record_id: bytes, texts: Iterable[str | None]
    ) -> list[dict[str, Any]]:
        words = words_of(*texts)
        shared = {
            "district_code": self.district_code,
            "village_id": village_id,
            "kind": int(kind),
            "all_words": " ".join(words),
            "record_id": record_id,
        }
        return [{**shared, "word": word} for word in words]

    def _delete_words(self, keys: list[dict[str, Any]]) -> None:
        if keys:
            named = [{f"key_{name}": value for name, value in key.items()} for key in keys]
            self.connection.execute(_DELETE_WORD, named)

    def _in_village(self, table: Table, village_id: int) -> Any:
        return and_(table.c.district_code == self.district_code, table.c.village_id == village_id)

    def _of_village(self, table: Table, village_id: int) -> dict[Column[Any], Any]:
        return {table.c.district_code: self.district_code, table.c.village_id: village_id}

    def _count(self, table: Table, condition: Any) -> int:
        return self.connection.scalar(select(func.count()).select_from(table).where(condition)) or 0


def shape_columns(kind: int) -> list[Column[Any]]:
    """Return the columns of a kind's index table from which ``shape_of_row`` makes a shape."""
    return [INDEX_TABLES[kind].c[name] for name in _COLUMNS[kind]]


def shape_of_row(kind: int, values: Iterable[Any]) -> Shape:
    """Return the values of ``shape_columns`` as the shape of their kind; its sets are None."""
    return shape_type(kind).model_construct(**dict(zip(_COLUMNS[kind], values, strict=True)))


_RECORD_COLUMNS = tuple(
    RECORD.c[name] for name in ("village_id", "record_id", "kind", "level", "version", "digest", "body")
)

_RECORDS_AFTER = (
    select(*_RECORD_COLUMNS)
    .where(
        RECORD.c.district_code == bindparam("of_district"),
        RECORD.c.village_id == bindparam("of_village"),
        RECORD.c.record_id > bindparam("last"),
    )
    .order_by(RECORD.c.record_id)
    .limit(CHUNK_ROWS)
)

_DELETE_WORD = delete(NAME_WORD).where(*(column == bindparam(f"key_{column.name}") for column in NAME_WORD.primary_key))
