"""Make a database old: the same rows under the schema of an earlier revision, as in a laptop from a drawer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, MetaData, create_engine, insert, select
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2

from district_hub.store import HUB_HISTORY
from register.database import REGISTER_HISTORY, History, prepare_engine, writing
from tests.e2e.deeds import HUB, VILLAGE
from village_node.database import NODE_HISTORY
from village_node.keys import read_keys


def revisions(history: History) -> list[str]:
    """Return all revisions but the newest, oldest first."""
    scripts = ScriptDirectory(str(history.script_location))
    return [one.revision for one in reversed(list(scripts.walk_revisions()))][:-1]


def age_village(folder: Path, revision: str) -> None:
    """Bring a village's database back to an earlier revision."""
    key = read_keys(folder / VILLAGE).database_key

    def connect(path: Path) -> Any:
        connection = dbapi2.connect(str(path), check_same_thread=False)
        connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        return connection

    _age(folder / VILLAGE / "node.db", NODE_HISTORY, revision, connect, dbapi2)


def age_hub(folder: Path, revision: str) -> None:
    """Bring a hub's database back to an earlier revision."""
    _age(folder / HUB / "hub.db", HUB_HISTORY, revision, None, None)


def _age(path: Path, history: History, revision: str, connect: Callable[[Path], Any] | None, module: Any) -> None:
    fresh = path.with_suffix(".old")
    source, target = (_engine(one, connect, module) for one in (path, fresh))
    with source.connect() as old, writing(target) as new:
        _upgrade(new, REGISTER_HISTORY, "head")
        _upgrade(new, history, revision)
        _copy(old, new)
    for engine in (source, target):
        engine.dispose()
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
        fresh.with_name(fresh.name + side).unlink(missing_ok=True)
    fresh.replace(path)


def _engine(path: Path, connect: Callable[[Path], Any] | None, module: Any) -> Engine:
    if connect is None:
        engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    else:
        engine = create_engine("sqlite://", module=module, creator=lambda: connect(path), poolclass=NullPool)
    prepare_engine(engine)
    return engine


def _upgrade(connection: Connection, history: History, revision: str) -> None:
    scripts = ScriptDirectory(str(history.script_location))
    context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
    with Operations.context(context):
        for one in reversed(list(scripts.iterate_revisions(revision, "base"))):
            one.module.upgrade()
    context.stamp(scripts, revision)


def _copy(old: Connection, new: Connection) -> None:
    """Copy what both know; a column that the old revision lacks is lost, as it was never there."""
    ours, theirs = MetaData(), MetaData()
    ours.reflect(old)
    theirs.reflect(new)
    for table in theirs.sorted_tables:
        if table.name.startswith("alembic") or table.name not in ours.tables:
            continue
        names = [column.name for column in table.columns if column.name in ours.tables[table.name].columns]
        found = old.execute(select(*(ours.tables[table.name].c[name] for name in names))).mappings()
        if values := [dict(row) for row in found]:
            new.execute(insert(table), values)
