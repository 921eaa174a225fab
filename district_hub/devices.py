"""Keep enrolled devices: their keys, certificate, standing and message numbers (protocol 6.3, 8.3, 8.8).

Reads and writes rows; who may enrol is in ``enrolment``, what a standing means in ``receiver``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection

from district_hub.tables import DEVICE
from register.by_key import rows_by_key
from register.database import upsert
from sync_protocol.tables import ACTIVE, EXPIRED, REVOKED


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One enrolled device; ``device_id`` is the id of its signing key.

    ``received_number`` is the greatest message number heard from it, ``sent_number`` the last one used towards it,
    ``key_list_number`` the newest key list it is known to hold, ``feed_seq`` where it last said it stands.
    """

    device_id: bytes
    village_id: int
    signing_key: bytes
    sealing_key: bytes
    replica_mark: str
    certificate: bytes
    serial: int
    issued_ms: int
    expires_ms: int
    revoked_ms: int | None = None
    revoked_reason: str = ""
    key_list_number: int = 0
    received_number: int = 0
    sent_number: int = 0
    last_seen_ms: int = 0
    feed_seq: int = 0
    replica_id: bytes = b""
    program_version: str = ""

    def standing(self, now_ms: int) -> int:
        """Return the standing (protocol 6.1, tag 15) at this hub time."""
        if self.revoked_ms is not None:
            return REVOKED
        return EXPIRED if now_ms > self.expires_ms else ACTIVE


_NAMES = tuple(field.name for field in fields(Device))
_COLUMNS = tuple(DEVICE.c[name] for name in _NAMES)


def load_devices(
    connection: Connection, district_code: str, *, device_id: bytes | None = None, village_id: int | None = None
) -> list[Device]:
    """Return devices in the order of village and replica mark."""
    asked = {DEVICE.c.device_id: device_id, DEVICE.c.village_id: village_id}
    named = {column: value for column, value in asked.items() if value is not None}
    rows = rows_by_key(connection, _COLUMNS, DEVICE.c.district_code, (district_code,), named)
    found = [Device(**dict(zip(_NAMES, row, strict=True))) for row in rows]
    return sorted(found, key=lambda device: (device.village_id, device.serial))


def load_device(connection: Connection, district_code: str, device_id: bytes) -> Device | None:
    """Return one device, None if it is not enrolled here."""
    return next(iter(load_devices(connection, district_code, device_id=device_id)), None)


def save_devices(connection: Connection, district_code: str, devices: Iterable[Device]) -> None:
    """Write devices as they are now."""
    rows: list[dict[str, Any]] = [{"district_code": district_code, **asdict(device)} for device in devices]
    upsert(connection, DEVICE, rows)
