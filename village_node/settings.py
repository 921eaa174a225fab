"""Keep what this office has set in its own database: each group of settings is one shape under one key.

Decides the desk's own settings with their limits, and how any shape is read and written.  What was never set has its
built-in default; a field that a newer program wrote is let pass.  Settings are the laptop's: they never travel.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeVar

import msgspec
from sqlalchemy import Connection, select

from register.database import upsert
from schemas.errors import ConfigError, DataError
from village_node.laptop_tables import SETTING


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A group of settings: a subclass states its ``key``, and a default for every field."""

    key: ClassVar[str]


class DeskSettings(Settings, frozen=True, kw_only=True):
    """The settings of the desk itself; ``backup_reminder_days`` 0 never reminds."""

    key: ClassVar[str] = "desk"

    idle_lock_minutes: Annotated[int, msgspec.Meta(ge=1, le=240)] = 15
    language: Literal["id", "en"] = "id"
    paper: Literal["F4", "A4"] = "F4"
    backup_reminder_days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 7
    view_log_months: Annotated[int, msgspec.Meta(ge=3, le=120)] = 24
    is_open_to_wifi: bool = False


Shape = TypeVar("Shape", bound=Settings)


def read(connection: Connection, shape: type[Shape]) -> Shape:
    """Return a group of settings, its defaults where nothing was set; raises ConfigError "setting-value"."""
    raw = connection.scalar(select(SETTING.c.value_json).where(SETTING.c.key == shape.key))
    if raw is None:
        return shape()
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.MsgspecError as error:
        raise ConfigError(
            f"Setelan {shape.key!r} tidak dapat dibaca: {error}",
            code="setting-value",
            hint="Simpan lagi setelan ini dari halaman Setelan.",
        ) from error


def write(connection: Connection, settings: Settings) -> None:
    """Write a group of settings in the caller's transaction; raises DataError "setting-value" outside its limits."""
    raw = msgspec.json.encode(settings)
    try:
        # A struct is not checked when it is made; what could not be read back must not be written.
        msgspec.json.decode(raw, type=type(settings))
    except msgspec.ValidationError as error:
        raise DataError(f"Setelan tidak dapat dipakai: {error}", code="setting-value") from error
    upsert(connection, SETTING, [{"key": settings.key, "value_json": raw.decode()}])
