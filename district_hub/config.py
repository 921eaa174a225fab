"""Configure a hub: one TOML file in its directory, then the environment; unknown keys are errors.

Decides defaults, units and where each value came from (``config show``).  Paths are relative to the hub's directory.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import ConfigError

CONFIG_NAME = "hub.toml"
_ENVIRONMENT = "KAMPUNG_HUB_"


WIB_MINUTES = 420
"""Western Indonesian Time, until a district of another zone is founded or somebody writes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubConfig:
    """Everything that may differ between two hubs."""

    district_code: str
    district_name: str = ""
    database_url: str = "sqlite:///hub.db"
    public_url: str = "http://127.0.0.1:8350"
    host: str = "127.0.0.1"
    port: int = 8350
    invitation_days: int = 14
    certificate_days: int = 400
    nightly_hour: int = 1
    nightly_minute: int = 30
    silent_days: int = 7
    backup_days: int = 35
    timezone_minutes: int = WIB_MINUTES
    snapshot_entries_min: int = 64
    answer_bytes_max: int = 2 * 1024 * 1024

    def database_url_in(self, directory: Path) -> str:
        """Return the database's URL; a relative SQLite path is inside the hub's directory."""
        prefix = "sqlite:///"
        if not self.database_url.startswith(prefix):
            return self.database_url
        return prefix + str(directory.resolve() / self.database_url.removeprefix(prefix))


class Origin(NamedTuple):
    """A configured value and where it came from: ``default``, ``file`` or ``environment``."""

    value: Any
    origin: str


# What each number may be; texts are free.
_RANGES = {
    "port": (0, 65_535),
    "invitation_days": (1, 365),
    "certificate_days": (1, 3_650),
    "nightly_hour": (0, 23),
    "nightly_minute": (0, 59),
    "silent_days": (1, 365),
    "backup_days": (1, 3_650),
    "timezone_minutes": (-720, 840),
    "snapshot_entries_min": (0, 1_000_000),
    "answer_bytes_max": (4_096, 2 * 1024 * 1024),
}


def config_origins(directory: Path, environment: Mapping[str, str] | None = None) -> dict[str, Origin]:
    """Return every setting with its value and its origin.

    Raises ConfigError that names the key and the file.
    """
    path = directory / CONFIG_NAME
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"there is no hub in {directory}", code="hub-missing", hint="Make one with `kampung hub init`."
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", code="config-unreadable") from error
    known = {field.name: field for field in fields(HubConfig)}
    for name in written:
        if name not in known:
            raise ConfigError(
                f"{path}: unknown key {name!r}", code="config-unknown-key", hint=f"Known keys: {', '.join(known)}."
            )
    found: dict[str, Origin] = {}
    for name, field in known.items():
        if (text := (environment or {}).get(_ENVIRONMENT + name.upper())) is not None:
            found[name] = Origin(_checked(name, text if name not in _RANGES else _number(name, text)), "environment")
        elif name in written:
            found[name] = Origin(_checked(name, written[name]), "file")
        elif field.default is not MISSING:
            found[name] = Origin(field.default, "default")
        else:
            raise ConfigError(f"{path}: {name} is missing", code="config-missing-key")
    return found


def load_config(directory: Path, environment: Mapping[str, str] | None = None) -> HubConfig:
    """Return the configuration of a hub directory; raises ConfigError."""
    return HubConfig(**{name: found.value for name, found in config_origins(directory, environment).items()})


def write_config(directory: Path, config: HubConfig) -> None:
    """Write the settings that differ from the defaults; what is not written follows the program's next version."""
    lines = [
        # A JSON string is a TOML string too.
        f"{field.name} = {json.dumps(value, ensure_ascii=False)}"
        for field in fields(config)
        if (value := getattr(config, field.name)) != field.default
    ]
    (directory / CONFIG_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConfigError(f"{_ENVIRONMENT}{name.upper()} is not a number: {text!r}", code="config-value") from error


def _checked(name: str, value: Any) -> Any:
    limits = _RANGES.get(name)
    if limits is None:
        if not isinstance(value, str):
            raise ConfigError(f"{name} must be text, not {value!r}", code="config-value")
    elif type(value) is not int or not limits[0] <= value <= limits[1]:
        raise ConfigError(
            f"{name} must be a number from {limits[0]} to {limits[1]}, not {value!r}", code="config-value"
        )
    return value
