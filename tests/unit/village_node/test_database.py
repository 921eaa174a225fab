"""The node's database: encrypted, durable, at one schema, and plain about what is wrong with a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from register.database import _upgrade, prepare_engine, reading, writing
from schemas.errors import DatabaseCorruptError, DiskFullError, FutureSchemaError, StorageError
from village_node.database import NODE_HISTORY, open_database
from village_node.tables import METADATA

KEY = bytes(range(32))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_database(tmp_path / "node.db", KEY, must_exist=False)
    yield opened
    opened.dispose()


def test_the_file_shows_nothing(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE TABLE secret AS SELECT 'SITI AMINAH' AS name")
    engine.dispose()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not content.startswith(b"SQLite format 3")
    assert b"SITI AMINAH" not in content


def test_a_commit_is_durable(engine: Engine) -> None:
    with reading(engine) as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_another_key_or_a_damaged_file_is_told_as_corrupt(engine: Engine, tmp_path: Path) -> None:
    engine.dispose()
    with pytest.raises(DatabaseCorruptError):
        open_database(tmp_path / "node.db", bytes(32))
    (tmp_path / "other.db").write_bytes(b"this was never a database" * 1000)
    with pytest.raises(DatabaseCorruptError) as caught:
        open_database(tmp_path / "other.db", KEY)
    assert caught.value.hint


def test_a_file_that_is_gone_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        open_database(tmp_path / "node.db", KEY)
    assert caught.value.code == "database-missing"
    assert not (tmp_path / "node.db").exists()


def test_the_database_of_a_newer_program_is_refused(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_node SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(FutureSchemaError):
        open_database(tmp_path / "node.db", KEY)


def test_a_full_disk_is_told_as_such(engine: Engine) -> None:
    def fill() -> None:
        with writing(engine) as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            connection.exec_driver_sql("CREATE TABLE big AS SELECT zeroblob(1000000) AS x")

    with pytest.raises(DiskFullError):
        fill()


def test_creating_all_gives_the_same_schema_as_the_revisions(tmp_path: Path) -> None:
    schemas = []
    for name in ("all.db", "steps.db"):
        made = create_engine(f"sqlite:///{tmp_path / name}")
        prepare_engine(made)
        with writing(made) as connection:
            if name == "steps.db":
                _upgrade(connection, NODE_HISTORY, None)
            else:
                METADATA.create_all(connection)
        with reading(made) as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%'"))
            schemas.append({name: " ".join(str(sql).split()) for name, sql in rows})
        made.dispose()
    assert schemas[0] == schemas[1]
    assert set(METADATA.tables) <= set(schemas[0])


def test_the_newest_revision_is_the_one_written_down() -> None:
    from alembic.script import ScriptDirectory

    assert ScriptDirectory(str(NODE_HISTORY.script_location)).get_current_head() == NODE_HISTORY.head
