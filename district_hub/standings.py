"""Decide what an enrolled device may do: certify, renew, revoke, reinstate, and replay the ledger (protocol 8.3, 8.8).

Only the hub judges expiry, by its own clock.  A revocation is in the ledger before it is in the database, so a restored
database never revives a stolen laptop.  Who gets in at all is ``enrolment``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row

from district_hub.config import HubConfig
from district_hub.devices import Device, load_device, load_devices, save_devices
from district_hub.keys import HubKeys, load_village_keys
from district_hub.ledger import DEVICE_ENROLLED, DEVICE_MARKED, DEVICE_REINSTATED, DEVICE_REVOKED, Ledger
from district_hub.store import HubStore
from register.database import writing
from schemas.errors import RefusedError
from sync_protocol.enrolment import DeviceCertificate, sign_certificate, verify_certificate
from sync_protocol.feed import Notice
from sync_protocol.hub_side import decide_waiting, without_device
from sync_protocol.sealing import key_id

DAY_MS = 86_400_000
NOTICE_LEDGER = 1
"""Kind of notice that carries a ledger record (protocol 3.8)."""


class Standings:
    """Certificates and revocations of one hub's devices."""

    def __init__(self, config: HubConfig, store: HubStore, keys: HubKeys, ledger: Ledger) -> None:
        self.config = config
        self.store = store
        self.keys = keys
        self.ledger = ledger

    def certified(
        self, connection: Connection, request: Row[Any], village_code: str, village_name: str, now_ms: int
    ) -> Device:
        """Return the device of an enrolment request with its first certificate; the caller writes it."""
        others = load_devices(connection, self.store.district_code)
        certificate = DeviceCertificate(
            district_code=self.store.district_code,
            village_id=request.village_id,
            village_code=village_code,
            village_name=village_name,
            device_signing_key=request.signing_key,
            device_sealing_key=request.sealing_key,
            replica_mark=_next_mark(others, request.village_id),
            issued_ms=now_ms,
            expires_ms=now_ms + self.config.certificate_days * DAY_MS,
            serial=_next_serial(others),
        )
        device = self._device(certificate, sign_certificate(certificate, self.keys.signing_key))
        return replace(device, replica_id=request.replica_id, program_version=request.program_version)

    def marked(self, connection: Connection, device: Device, now_ms: int) -> Device:
        """Return a device with a certificate whose replica mark is new; the caller writes it (protocol 15.3).

        The ledger has it first, so that a restored hub gives no mark a second time.
        """
        others = load_devices(connection, self.store.district_code)
        certificate = replace(
            verify_certificate(device.certificate, self.keys.verify_keys),
            replica_mark=_next_mark(others, device.village_id),
            serial=_next_serial(others),
        )
        signed = sign_certificate(certificate, self.keys.signing_key)
        detail = {"device_id": device.device_id.hex(), "certificate": base64.b64encode(signed).decode()}
        self.ledger.append(DEVICE_MARKED, detail, now_ms)
        return replace(device, certificate=signed, replica_mark=certificate.replica_mark, serial=certificate.serial)

    def renewed(self, connection: Connection, device: Device, now_ms: int) -> Device:
        """Return a device with a certificate that starts now; the caller writes it (protocol 8.8)."""
        certificate = replace(
            verify_certificate(device.certificate, self.keys.verify_keys),
            issued_ms=now_ms,
            expires_ms=now_ms + self.config.certificate_days * DAY_MS,
            serial=_next_serial(load_devices(connection, self.store.district_code)),
        )
        return replace(
            device,
            certificate=sign_certificate(certificate, self.keys.signing_key),
            serial=certificate.serial,
            issued_ms=certificate.issued_ms,
            expires_ms=certificate.expires_ms,
        )

    def _device(self, certificate: DeviceCertificate, signed: bytes) -> Device:
        return Device(
            device_id=key_id(certificate.device_signing_key),
            village_id=certificate.village_id,
            signing_key=certificate.device_signing_key,
            sealing_key=certificate.device_sealing_key,
            replica_mark=certificate.replica_mark,
            certificate=signed,
            serial=certificate.serial,
            issued_ms=certificate.issued_ms,
            expires_ms=certificate.expires_ms,
            key_list_number=self.keys.key_list.number,
        )

    def revoke(self, device_id: bytes, reason: str, now_ms: int) -> Device:
        """Lock a device out: its work is still taken in, as cases; ledger first (protocol 8.8, 8.9).

        Raises RefusedError "device-unknown".
        """
        return self._set_revoked(DEVICE_REVOKED, device_id, reason, now_ms)

    def reinstate(self, device_id: bytes, reason: str, now_ms: int) -> Device:
        """Let a revoked device in again.  Raises RefusedError "device-unknown"."""
        return self._set_revoked(DEVICE_REINSTATED, device_id, reason, now_ms)

    def _set_revoked(self, kind: str, device_id: bytes, reason: str, now_ms: int) -> Device:
        with self.store.reading() as reader:
            village_id = _known(load_device(reader.connection, self.store.district_code, device_id)).village_id
        with self.store.village_transaction(village_id, now_ms) as registry:
            device = _known(load_device(registry.connection, self.store.district_code, device_id))
            detail = {"device_id": device_id.hex(), "reason": reason}
            record = self.ledger.append(kind, detail, now_ms)
            is_out = kind == DEVICE_REVOKED
            device = replace(device, revoked_ms=now_ms if is_out else None, revoked_reason=reason if is_out else "")
            save_devices(registry.connection, self.store.district_code, [device])
            if is_out:  # protocol 11.1: what it holds is not waited for any more
                state = registry.tables.villages.need(village_id)
                registry.tables.villages[village_id] = without_device(state, device_id)
                decide_waiting(registry, village_id)
            registry.notices[village_id] = [Notice(NOTICE_LEDGER, critical=False, payload=record.line.decode())]
            registry.commit()
        return device

    def replay(self, directory: Path) -> None:
        """Make the database agree with the ledger and the villages' keys, which a restore does not take back."""
        with self.store.reading() as reader:
            villages = {village.village_id for village in reader.villages()}
            devices = {device.device_id: device for device in reader.devices()}
        for village in load_village_keys(directory):
            if village.village_id not in villages:
                self.store.add_village(village.village_id, village.code, village.name, village.key)
        wanted = dict(devices)
        for record in self.ledger:
            self._replay_one(record.kind, record.detail, record.at_ms, wanted)
        changed = [device for device_id, device in wanted.items() if devices.get(device_id) != device]
        if changed:
            with writing(self.store.engine) as connection:
                save_devices(connection, self.store.district_code, changed)

    def _replay_one(self, kind: str, detail: Mapping[str, Any], at_ms: int, wanted: dict[bytes, Device]) -> None:
        device_id = bytes.fromhex(detail.get("device_id", ""))
        if kind == DEVICE_ENROLLED and device_id not in wanted:
            signed = base64.b64decode(detail["certificate"])
            device = self._device(verify_certificate(signed, self.keys.verify_keys), signed)
            wanted[device_id] = replace(device, replica_id=bytes.fromhex(detail["replica_id"]))
        elif kind == DEVICE_MARKED and device_id in wanted:
            signed = base64.b64decode(detail["certificate"])
            newer = self._device(verify_certificate(signed, self.keys.verify_keys), signed)
            if newer.serial > wanted[device_id].serial:
                kept = ("certificate", "replica_mark", "serial", "issued_ms", "expires_ms")
                wanted[device_id] = replace(wanted[device_id], **{name: getattr(newer, name) for name in kept})
        elif kind == DEVICE_REVOKED and device_id in wanted:
            wanted[device_id] = replace(wanted[device_id], revoked_ms=at_ms, revoked_reason=detail["reason"])
        elif kind == DEVICE_REINSTATED and device_id in wanted:
            wanted[device_id] = replace(wanted[device_id], revoked_ms=None, revoked_reason="")


def _next_mark(others: list[Device], village_id: int) -> str:
    """Return a mark that no replica of a village had: devices are never taken out, and marks only grow."""
    marks = [int(other.replica_mark) for other in others if other.village_id == village_id]
    return str(max(marks, default=0) + 1)


def _next_serial(others: list[Device]) -> int:
    return max((other.serial for other in others), default=0) + 1


def _known(device: Device | None) -> Device:
    if device is None:
        raise RefusedError("this device is not enrolled here", code="device-unknown", hint="See `kampung hub devices`.")
    return device
