"""The register's store: records as received, an index that no body can break, and databases of every age."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, Engine, Integer, MetaData, Table, create_engine, event, inspect, select, text
from sqlalchemy.exc import IntegrityError

from register.database import (
    REGISTER_HISTORY,
    History,
    _upgrade,
    migrate,
    open_engine,
    prepare_engine,
    reading,
    upsert,
    writing,
)
from register.migrations import HEAD
from register.names import prefix_end, words_of
from register.search import find_residents
from register.store import IndexItem, RegisterStore, StoredRecord, is_living
from register.tables import (
    HOUSEHOLD,
    INDEX_TABLES,
    LEVEL_ERASED,
    LEVEL_FULL,
    LEVEL_STUB,
    METADATA,
    NAME_WORD,
    RECORD,
    RESIDENT,
)
from schemas.bodies import body_of
from schemas.errors import DatabaseCorruptError, DiskFullError, FutureSchemaError, StorageError
from schemas.fields import Kind
from schemas.shapes import Resident

VILLAGE = 7


def record_id(number: int) -> bytes:
    return number.to_bytes(16, "big")


def person(number: int, name: str, village_id: int = VILLAGE, level: int = LEVEL_FULL, **values: object) -> IndexItem:
    return IndexItem(
        village_id, record_id(number), Kind.RESIDENT, level, body_of(Kind.RESIDENT, {"name": name, **values})
    )


def family(number: int, village_id: int = VILLAGE, **values: object) -> IndexItem:
    return IndexItem(village_id, record_id(number), Kind.HOUSEHOLD, LEVEL_FULL, body_of(Kind.HOUSEHOLD, values))


def stored(number: int, version: int = 1, village_id: int = VILLAGE) -> StoredRecord:
    body = f"body {number} {version}".encode()
    return StoredRecord(village_id, record_id(number), Kind.RESIDENT, LEVEL_FULL, version, bytes(16), body)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    with writing(engine) as connection:
        yield connection


@pytest.fixture
def store(connection: Connection) -> RegisterStore:
    return RegisterStore(connection, "35.10")


def words(connection: Connection) -> list[tuple[str, int]]:
    rows = connection.execute(select(NAME_WORD.c.word, NAME_WORD.c.record_id).order_by(NAME_WORD.c.word))
    return [(word, int.from_bytes(identity, "big")) for word, identity in rows]


class TestRecords:
    def test_a_record_comes_back_as_it_was_put(self, store: RegisterStore) -> None:
        store.put_records([stored(1), stored(2)])
        assert store.records(VILLAGE, [record_id(1), record_id(9)]) == {record_id(1): stored(1)}

    def test_a_newer_version_takes_the_place_of_an_older_one_even_in_one_call(self, store: RegisterStore) -> None:
        store.put_records([stored(1), stored(1, version=2)])
        store.put_records([stored(1, version=3)])
        assert store.records(VILLAGE, [record_id(1)])[record_id(1)].version == 3

    def test_one_id_stands_in_two_villages(self, store: RegisterStore) -> None:
        store.put_records([stored(1), stored(1, version=5, village_id=8)])
        assert store.records(8, [record_id(1)])[record_id(1)].version == 5
        assert store.village_ids() == [7, 8]

    def test_all_records_are_given_in_the_order_of_their_ids(self, store: RegisterStore) -> None:
        store.put_records(stored(number) for number in range(1200, 0, -1))
        assert [r.record_id for r in store.iter_records(VILLAGE)] == [record_id(n) for n in range(1, 1201)]
        assert len(store.records(VILLAGE, [record_id(n) for n in range(1, 1201)])) == 1200

    def test_a_removed_record_leaves_neither_row_nor_index(self, store: RegisterStore) -> None:
        store.put_records([stored(1)])
        store.index_bodies([person(1, "SITI")])
        store.remove_records(VILLAGE, [record_id(1), record_id(2)])
        assert store.village_ids() == []
        assert words(store.connection) == []


class TestIndex:
    def test_an_indexed_body_comes_back_as_a_shape(self, store: RegisterStore) -> None:
        store.index_bodies([person(1, "SITI AMINAH", nik="3510095205019001", birth_on=dt.date(2001, 5, 12), sex=2)])
        shape = store.shapes(Kind.RESIDENT, VILLAGE, [record_id(1)])[record_id(1)]
        assert shape == Resident(name="SITI AMINAH", nik="3510095205019001", birth_on=dt.date(2001, 5, 12), sex=2)

    def test_every_kind_with_a_table_is_indexed_and_others_are_passed_over(self, store: RegisterStore) -> None:
        items = [IndexItem(VILLAGE, record_id(kind), kind, LEVEL_FULL, {1: VILLAGE}) for kind in range(12)]
        store.index_bodies(items)
        for kind, table in INDEX_TABLES.items():
            assert store.connection.scalars(select(table.c.record_id)).all() == [record_id(kind)]

    def test_a_changed_name_changes_its_words_only(self, store: RegisterStore) -> None:
        store.index_bodies([person(1, "SITI AMINAH"), person(2, "AMINAH")])
        store.index_bodies([person(1, "SITI MA'RUF")])
        assert words(store.connection) == [("aminah", 2), ("maruf", 1), ("siti", 1)]

    def test_the_last_body_of_one_call_counts(self, store: RegisterStore) -> None:
        store.index_bodies([person(1, "SITI"), person(1, "SRI")])
        assert words(store.connection) == [("sri", 1)]

    def test_an_erased_record_leaves_no_trace_in_the_index(self, store: RegisterStore) -> None:
        store.index_bodies([person(1, "SITI"), family(2, address="JL. MELATI")])
        store.index_bodies([person(1, "", level=LEVEL_ERASED)])
        assert words(store.connection) == [("jl", 2), ("melati", 2)]
        assert store.shapes(Kind.RESIDENT, VILLAGE, [record_id(1)]) == {}

    def test_a_monstrous_name_is_cut_in_the_index_only(self, store: RegisterStore) -> None:
        store.index_bodies([person(1, "A" * 30_000), person(2, "B " * 9_000), person(3, "SITI " + "C" * 10_000)])
        assert len(store.shapes(Kind.RESIDENT, VILLAGE, [record_id(1)])[record_id(1)].model_dump()["name"]) == 500
        longest = max(len(key) for key in store.connection.scalars(select(NAME_WORD.c.all_words)))
        assert longest <= 500

    def test_two_people_may_carry_one_nik(self, store: RegisterStore) -> None:
        nik = "3510095205019001"
        store.index_bodies(
            [person(1, "SITI", nik=nik), person(2, "SRI", 8, nik=nik), person(3, "X", 9, nik=nik, void="x")]
        )
        assert store.holders([nik]) == {nik: [(7, record_id(1)), (8, record_id(2))]}
        assert store.holders([nik], village_id=8) == {nik: [(8, record_id(2))]}

    def test_families_are_found_by_number_and_people_by_family(self, store: RegisterStore) -> None:
        number = "3510090101099001"
        store.index_bodies(
            [
                family(50, family_number=number),
                family(51, family_number=number, void="salah"),
                person(1, "ANAK", household_id=record_id(50), relation=4),
                person(2, "AYAH", household_id=record_id(50), relation=1),
                person(3, "NENEK", household_id=record_id(50), relation=8, life_status=2),
            ]
        )
        assert store.families([number]) == {number: [(VILLAGE, record_id(50))]}
        assert list(store.members(VILLAGE, record_id(50))) == [record_id(2), record_id(1)]

    def test_rebuilding_gives_what_indexing_gave(self, store: RegisterStore) -> None:
        items = [person(1, "SITI AMINAH"), family(2, address="JL. MELATI", hamlet="KRAJAN"), person(3, "SRI", 8)]
        store.index_bodies(items)
        before = words(store.connection)
        store.index_bodies([person(4, "LAMA"), person(1, "LAIN")])
        store.rebuild_index(VILLAGE, items[:2])
        assert words(store.connection) == before

    def test_counts_leave_out_the_dead_the_departed_and_the_void(self, store: RegisterStore) -> None:
        store.put_records([stored(1), stored(2)])
        store.index_bodies(
            [person(1, "A"), person(2, "B", life_status=2), person(3, "C", level=LEVEL_STUB), person(4, "D", void="x")]
        )
        store.index_bodies([family(5), family(6, void="x"), family(7, merged_into=record_id(5))])
        counts = store.counts(VILLAGE)
        assert (counts.residents, counts.households, counts.records) == (1, 1, {Kind.RESIDENT: 2})


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, True),
        ({"life_status": 1}, True),
        ({"life_status": 2}, False),
        ({"life_status": 77}, False),
        ({"void": "ganda"}, False),
        ({"merged_into": record_id(1)}, False),
        ({"left_on": dt.date(2026, 1, 2)}, False),
        ({"left_on": dt.date(2026, 1, 2), "arrived_on": dt.date(2025, 1, 1)}, False),
        ({"left_on": dt.date(2026, 1, 2), "arrived_on": dt.date(2026, 3, 1)}, True),
    ],
)
def test_who_counts_as_a_resident(values: dict[str, object], expected: bool) -> None:
    assert is_living(values) is expected
    assert not is_living(values, LEVEL_STUB)


WIRE = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=9) | st.binary(max_size=17)


@given(
    bodies=st.lists(st.tuples(st.sampled_from([*INDEX_TABLES]), st.dictionaries(st.integers(0, 80), WIRE)), max_size=4)
)
def test_no_body_breaks_the_index(bodies: list[tuple[int, dict[int, object]]]) -> None:
    """Puts are checked for form, never by domain rules: an old node shows an unknown code as a code."""
    engine = open_engine("sqlite://")
    migrate(engine)
    with writing(engine) as connection:
        store = RegisterStore(connection, "35.10")
        store.index_bodies(IndexItem(1, record_id(n), kind, LEVEL_FULL, body) for n, (kind, body) in enumerate(bodies))
        for number, (kind, _) in enumerate(bodies):
            assert record_id(number) in store.shapes(kind, 1, [record_id(number)])
    engine.dispose()


class TestNames:
    @pytest.mark.parametrize("name", ["MA'RUF", "Ma’ruf", "MAʼRUF", "ma`ruf", "MÁRUF", "Maruf."])
    def test_marks_and_apostrophes_never_hide_a_person(self, name: str) -> None:
        assert words_of(name) == ("maruf",)

    @given(st.text(min_size=1, max_size=8), st.text(max_size=8))
    def test_a_prefix_range_holds_exactly_the_words_with_the_prefix(self, prefix: str, word: str) -> None:
        """Search finds every word that starts with what was typed, and no other."""
        if ord(prefix[-1]) < 0x10FFFF:
            assert (prefix <= word < prefix_end(prefix)) is word.startswith(prefix)


class TestDatabase:
    def test_settings_are_durable_and_patient(self, connection: Connection) -> None:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
        }
        assert pragmas == {"synchronous": 2, "journal_mode": "wal"}
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1

    def test_a_transaction_that_raises_leaves_nothing(self, engine: Engine) -> None:
        def fail_half_way() -> None:
            with writing(engine) as connection:
                RegisterStore(connection, "35.10").put_records([stored(1)])
                raise LookupError

        with pytest.raises(LookupError):
            fail_half_way()
        with reading(engine) as connection:
            assert list(RegisterStore(connection, "35.10").iter_records(VILLAGE)) == []

    def test_migrating_again_changes_nothing(self, engine: Engine) -> None:
        migrate(engine)
        with reading(engine) as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_register")) == HEAD

    def test_creating_all_gives_the_same_schema_as_the_revisions(self, tmp_path: Path) -> None:
        schemas = []
        for name in ("all.db", "steps.db"):
            engine = create_engine(f"sqlite:///{tmp_path / name}")
            prepare_engine(engine)
            if name == "steps.db":
                with writing(engine) as connection:
                    _upgrade(connection, REGISTER_HISTORY, None)
            migrate(engine)
            with reading(engine) as connection:
                rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"))
                schemas.append({name: " ".join(str(sql).split()) for name, sql in rows})
            engine.dispose()
        assert schemas[0] == schemas[1]
        assert set(METADATA.tables) <= set(schemas[0])

    def test_a_database_of_a_newer_version_is_refused_untouched(self, engine: Engine) -> None:
        with writing(engine) as connection:
            connection.execute(text("UPDATE alembic_register SET version_num = '9999'"))
        with pytest.raises(FutureSchemaError) as caught:
            migrate(engine)
        assert caught.value.code == "database-newer"
        with reading(engine) as connection:
            assert connection.scalar(text("SELECT version_num FROM alembic_register")) == "9999"

    def test_a_shell_brings_its_own_history(self, engine: Engine, tmp_path: Path) -> None:
        metadata = MetaData()
        Table("journal", metadata, Column("sequence", Integer, primary_key=True))
        migrate(engine, History("node", metadata, tmp_path, "0001"))
        assert {"journal", "alembic_node", "alembic_register"} <= set(inspect(engine).get_table_names())

    def test_the_newest_revision_is_the_one_written_down(self) -> None:
        from alembic.script import ScriptDirectory

        assert ScriptDirectory(str(REGISTER_HISTORY.script_location)).get_current_head() == HEAD

    def test_a_file_that_is_no_database_is_told_as_such(self, tmp_path: Path) -> None:
        path = tmp_path / "register.db"
        path.write_bytes(b"this was never a database" * 100)
        engine = open_engine(f"sqlite:///{path}")
        with pytest.raises(DatabaseCorruptError):
            migrate(engine)
        engine.dispose()

    def test_a_full_disk_is_told_as_such_and_changes_nothing(self, engine: Engine) -> None:
        def fill() -> None:
            with writing(engine) as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
                connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
                RegisterStore(connection, "35.10").put_records(stored(number) for number in range(5000))

        with pytest.raises(DiskFullError) as caught:
            fill()
        assert caught.value.code == "disk-full"
        with reading(engine) as connection:
            assert list(RegisterStore(connection, "35.10").iter_records(VILLAGE)) == []

    def test_a_database_in_use_elsewhere_is_told_as_busy(self, engine: Engine, tmp_path: Path) -> None:
        other = sqlite3.connect(tmp_path / "register.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout=1")
        with pytest.raises(StorageError) as caught, writing(engine):
            pass
        other.close()
        assert caught.value.code == "database-busy"

    def test_any_other_refusal_of_the_database_is_a_storage_error(self, connection: Connection) -> None:
        with pytest.raises(StorageError):
            connection.execute(text("SELECT * FROM nothing_here"))

    def test_a_broken_constraint_is_a_bug_and_stays_itself(self, connection: Connection) -> None:
        with pytest.raises(IntegrityError):
            connection.execute(text("INSERT INTO record (district_code) VALUES ('x')"))

    def test_overwriting_with_no_rows_does_nothing(self, connection: Connection) -> None:
        upsert(connection, RECORD, [])
        assert connection.execute(select(RECORD)).all() == []


def test_hamlets_and_numbers_have_an_index() -> None:
    names = {index.name for table in (RESIDENT, HOUSEHOLD) for index in table.indexes}
    assert names == {"resident_nik", "resident_name", "resident_household", "household_family_number", "household_area"}


def test_a_family_is_found_through_its_index(store: RegisterStore, connection: Connection) -> None:
    """Without the detour over ids, SQLite reads all residents of the village for each family's page."""
    asked: list[tuple[str, object]] = []
    event.listen(connection, "before_cursor_execute", lambda *of: asked.append((of[2], of[3])))
    store.members(VILLAGE, record_id(1))
    ((statement, values),) = asked
    plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]  # type: ignore[arg-type]
    assert any("INDEX resident_household" in step for step in plan), plan
    assert not any(step.endswith("PRIMARY KEY (district_code=? AND village_id=?)") for step in plan), plan


def test_an_index_whose_rebuilding_dies_half_way_serves_as_before(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'register.db'}")
    migrate(engine)
    with writing(engine) as connection:
        RegisterStore(connection, "35.10").rebuild_index(VILLAGE, [person(1, "SITI"), person(2, "BUDI")])

    def half() -> Iterator[IndexItem]:
        yield from (person(number, "LAIN") for number in range(1, 900))
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError), writing(engine) as connection:
        RegisterStore(connection, "35.10").rebuild_index(VILLAGE, half())
    with reading(engine) as connection:
        found = [one.record_id for one in find_residents(RegisterStore(connection, "35.10"), VILLAGE, "SITI")]
        assert found == [record_id(1)]
        assert find_residents(RegisterStore(connection, "35.10"), VILLAGE, "LAIN") == []
    engine.dispose()
