"""The hub's settings: each is told with its origin, and a wrong one is named before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from district_hub.config import CONFIG_NAME, HubConfig, config_origins, load_config, write_config
from schemas.errors import ConfigError


def test_what_was_written_is_what_is_loaded(tmp_path: Path) -> None:
    config = HubConfig(district_code="35.10", district_name='Banyuwangi "Kota"', port=9000)
    write_config(tmp_path, config)
    assert load_config(tmp_path, {}) == config
    assert "invitation_days" not in (tmp_path / CONFIG_NAME).read_text()


def test_every_value_is_told_with_its_origin(tmp_path: Path) -> None:
    write_config(tmp_path, HubConfig(district_code="35.10"))
    found = config_origins(tmp_path, {"KAMPUNG_HUB_PORT": "9001", "KAMPUNG_HUB_DIR": "elsewhere"})
    assert found["district_code"] == ("35.10", "file")
    assert found["port"] == (9001, "environment")
    assert found["backup_days"] == (35, "default")


@pytest.mark.parametrize(
    ("text", "environment", "code"),
    [
        ('district_code = "35.10"\nprot = 1\n', {}, "config-unknown-key"),
        ("port = 1\n", {}, "config-missing-key"),
        ("district_code = 35\n", {}, "config-value"),
        ('district_code = "35.10"\nport = "1"\n', {}, "config-value"),
        ('district_code = "35.10"\nport = 70000\n', {}, "config-value"),
        ('district_code = "35.10"\nport = true\n', {}, "config-value"),
        ('district_code = "35.10"\n', {"KAMPUNG_HUB_PORT": "many"}, "config-value"),
        ("district_code = \n", {}, "config-unreadable"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, environment: dict[str, str], code: str) -> None:
    (tmp_path / CONFIG_NAME).write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, environment)
    assert caught.value.code == code


def test_a_folder_without_a_hub_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path, {})
    assert caught.value.code == "hub-missing"
    assert "hub init" in caught.value.hint


@pytest.mark.sqlite
def test_a_relative_database_is_inside_the_hubs_folder_and_another_stays_as_it_is(tmp_path: Path) -> None:
    config = HubConfig(district_code="35.10")
    assert config.database_url_in(tmp_path) == f"sqlite:///{tmp_path / 'hub.db'}"
    other = HubConfig(district_code="35.10", database_url="postgresql+psycopg://hub@db/hub")
    assert other.database_url_in(tmp_path) == "postgresql+psycopg://hub@db/hub"
