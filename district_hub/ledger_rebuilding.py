"""Write the ledger anew from the database, when the file is gone and so is every copy (protocol 8.9).

Decides what is assumed of what nobody knows any more: every invitation counts as used, so that none lets a second
laptop in; a device is revoked if the database says so.  A database older than the lost ledger may not know the newest
revocation: the person who asks for this must look at the list of devices.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path

from sqlalchemy import select

from district_hub.config import load_config
from district_hub.devices import Device
from district_hub.keys import open_keys
from district_hub.ledger import DEVICE_ENROLLED, DEVICE_REVOKED, INVITATION_USED, KEY_LIST, LEDGER_NAME, Ledger
from district_hub.store import HubStore
from district_hub.tables import INVITATION
from schemas.errors import RefusedError


def rebuild_ledger(directory: Path, now_ms: int) -> list[Device]:
    """Write the ledger of a hub anew; return the devices that it lets in, for a person to look at.

    Raises RefusedError "ledger-present" while there is one, ConfigError, StorageError.
    """
    config, keys = load_config(directory, os.environ), open_keys(directory)
    ledger = Ledger(directory / LEDGER_NAME, keys.root_key, keys.signing_key)
    if any(ledger):
        raise RefusedError(
            "this hub has a ledger: it is never written anew while a line of it can be read",
            code="ledger-present",
            hint="A damaged ledger is compared with its copies; keep the file.",
        )
    store = HubStore.open(directory, config)
    try:
        with store.reading() as reader:
            devices = reader.devices()
            mine = INVITATION.c.district_code == config.district_code
            invitations = list(reader.connection.execute(select(INVITATION).where(mine)))
    finally:
        store.close()
    ledger.append(KEY_LIST, {"number": keys.key_list.number, "key_list": keys.signed_key_list.hex()}, now_ms)
    for row in invitations:
        used_by = row.used_by.hex() if row.used_by is not None else ""
        ledger.append(INVITATION_USED, {"invitation_id": row.invitation_id.hex(), "device_id": used_by}, now_ms)
    for device in devices:
        detail = {
            "device_id": device.device_id.hex(),
            "replica_id": device.replica_id.hex(),
            "certificate": base64.b64encode(device.certificate).decode(),
        }
        ledger.append(DEVICE_ENROLLED, detail, device.issued_ms)
        if device.revoked_ms is not None:
            lost = {"device_id": device.device_id.hex(), "reason": device.revoked_reason}
            ledger.append(DEVICE_REVOKED, lost, device.revoked_ms)
    return [device for device in devices if device.revoked_ms is None]
