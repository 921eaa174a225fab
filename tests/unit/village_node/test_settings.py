"""Settings of the office: defaults, limits, and what another version of the program wrote."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from schemas.errors import ConfigError, DataError
from village_node.laptop_tables import SETTING
from village_node.settings import DeskSettings, read, write
from village_node.store import NodeStore


@pytest.fixture
def store(tmp_path: Path, enrolled_folder: Path) -> Iterator[NodeStore]:
    with NodeStore.open(Path(shutil.copytree(enrolled_folder, tmp_path / "office"))) as opened:
        yield opened


def put(store: NodeStore, raw: str) -> None:
    with store.local_writing() as connection:
        connection.execute(insert(SETTING).values(key="desk", value_json=raw))


def get(store: NodeStore) -> DeskSettings:
    with store.local_reading() as connection:
        return read(connection, DeskSettings)


def test_what_was_never_set_has_its_default(store: NodeStore) -> None:
    assert get(store) == DeskSettings(idle_lock_minutes=15, paper="F4", language="id")


def test_what_was_set_is_there_after_a_restart(store: NodeStore) -> None:
    wanted = DeskSettings(idle_lock_minutes=5, language="en", paper="A4", backup_reminder_days=1, is_open_to_wifi=True)
    with store.local_writing() as connection:
        write(connection, DeskSettings())
        write(connection, wanted)
    with NodeStore.open(store.directory) as again:
        assert get(again) == wanted


@pytest.mark.parametrize("minutes", [0, -1, 241])
def test_a_value_outside_its_limits_is_not_written(store: NodeStore, minutes: int) -> None:
    with pytest.raises(DataError) as caught, store.local_writing() as connection:
        write(connection, DeskSettings(idle_lock_minutes=minutes))
    assert caught.value.code == "setting-value"
    assert get(store) == DeskSettings()


def test_a_field_of_a_newer_program_is_let_pass(store: NodeStore) -> None:
    put(store, '{"idle_lock_minutes": 7, "of_tomorrow": [1]}')
    assert get(store).idle_lock_minutes == 7


@pytest.mark.parametrize("raw", ["", "[]", '{"idle_lock_minutes": "lama"}', '{"paper": "B5"}'])
def test_a_damaged_value_is_told_and_not_guessed(store: NodeStore, raw: str) -> None:
    put(store, raw)
    with pytest.raises(ConfigError) as caught:
        get(store)
    assert caught.value.code == "setting-value"
