"""Read the settings of one village node: built-in values, then ``node.toml``, then the environment.

Decides which settings exist, their units and their limits; unknown keys are errors that name the key.  Secrets are not
settings (``keys``), positions neither (the database).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any

from schemas.errors import ConfigError
from village_node.durable import replace_file

CONFIG_FILE = "node.toml"
DATABASE_FILE = "node.db"
STICK_FOLDER = "sticks"

_HOURS_MIN, _HOURS_MAX = -12 * 60, 14 * 60


def _setting(default: Any = MISSING, *, env: str = "", why: str = "") -> Any:
    return (
        field(metadata={"env": env, "why": why})
        if default is MISSING
        else field(default=default, metadata={"env": env, "why": why})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """The settings of one village node."""

    district_code: str = _setting(why="the hub's region, such as 35.10")
    village_code: str = _setting(why="official code of the village")
    village_name: str = _setting(why="as the invitation states it")
    hub_url: str = _setting(env="KAMPUNG_HUB_URL", why="where the hub listens; empty for a village without a network")
    utc_offset_minutes: int = _setting(420, why="time zone of the office: 420 WIB, 480 WITA, 540 WIT")
    letter_signer: str = _setting("", why="who signs letters; empty: each letter names its signer")
    letter_signer_title: str = _setting("Kepala Desa", why="office of the one who signs")
    night_starts_minute: int = _setting(60, why="local minute of the day at which the nightly window opens")
    night_minutes: int = _setting(240, why="length of the window over which villages are spread")
    connect_timeout_s: float = _setting(15.0, why="VSAT needs some round trips to connect")
    read_timeout_s: float = _setting(120.0, why="a hub that takes in a large import may be silent that long")


def load_config(directory: Path, environment: Mapping[str, str] | None = None) -> NodeConfig:
    """Return the settings of a node's directory.

    Raises ConfigError "not-enrolled" without a file, "config-unknown", "config-value" or "config-missing".
    """
    return NodeConfig(**{name: value for name, (value, _) in config_origins(directory, environment).items()})


def config_origins(directory: Path, environment: Mapping[str, str] | None = None) -> dict[str, tuple[Any, str]]:
    """Return each setting with its value and where the value comes from; raises as ``load_config``."""
    path = directory / CONFIG_FILE
    stated = _read(path)
    known = {one.name: one for one in fields(NodeConfig)}
    for name in stated:
        if name not in known:
            raise ConfigError(
                f"{path.name}: kunci {name!r} tidak dikenal",
                code="config-unknown",
                hint=f"Kunci yang ada: {', '.join(sorted(known))}.",
            )
    origins: dict[str, tuple[Any, str]] = {}
    for name, one in known.items():
        variable = one.metadata["env"]
        if environment is not None and variable and environment.get(variable):
            value, origin = environment[variable], variable
        elif name in stated:
            value, origin = stated[name], path.name
        elif one.default is not MISSING:
            value, origin = one.default, "bawaan"
        else:
            raise ConfigError(f"{path.name}: kunci {name!r} tidak ada", code="config-missing", hint=one.metadata["why"])
        origins[name] = (_checked(path, name, str(one.type), value), origin)
    return origins


def write_config(directory: Path, config: NodeConfig) -> None:
    """Write the settings that an enrolment decides; the others keep their built-in values until someone writes them."""
    lines = ["# Setelan simpul desa. `kampung config show` menjelaskan setiap kunci."]
    for one in fields(NodeConfig):
        value = getattr(config, one.name)
        if one.default is MISSING or value != one.default:
            lines.append(f"{one.name} = {_toml(value)}")
    replace_file(directory / CONFIG_FILE, ("\n".join(lines) + "\n").encode())


def _toml(value: Any) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{"".join(c if c.isprintable() else " " for c in escaped)}"'
    return str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(
            f"Folder ini belum menjadi simpul desa: {path.parent}",
            code="not-enrolled",
            hint="Jalankan `kampung village init` dengan berkas undangan dari kabupaten.",
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name} tidak dapat dibaca: {error}", code="config-file") from error


def _checked(path: Path, name: str, kind: str, value: Any) -> Any:
    if kind == "float" and type(value) is int:
        value = float(value)
    fits = type(value).__name__ == kind
    limits = {
        "utc_offset_minutes": (_HOURS_MIN, _HOURS_MAX),
        "night_starts_minute": (0, 1439),
        "night_minutes": (1, 1440),
        "connect_timeout_s": (0.1, 600.0),
        "read_timeout_s": (0.1, 3600.0),
    }
    low, high = limits.get(name, (None, None))
    if not fits or (low is not None and high is not None and not low <= value <= high):
        wanted = kind if low is None else f"{kind}, {low} sampai {high}"
        raise ConfigError(f"{path.name}: {name} = {value!r} tidak dapat dipakai ({wanted})", code="config-value")
    return value
