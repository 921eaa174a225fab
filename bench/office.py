"""Make an enrolled village node for measurements, with keys drawn for it and no hub behind it."""

from __future__ import annotations

from pathlib import Path

from sync_protocol.certificates import DeviceCertificate, KeyList, root_digest, sign_certificate, sign_key_list
from sync_protocol.sealing import SealingKey, SigningKey, generate_sealing_key
from village_node.config import NodeConfig, write_config
from village_node.keys import NodeKeys, write_keys
from village_node.store import NodeStore

DISTRICT_CODE, VILLAGE_CODE, VILLAGE_NAME = "35.10", "35.10.09.2004", "Setail"
NOW_MS = 1_795_000_000_000
_YEAR_MS = 365 * 86_400_000


def make_office(directory: Path) -> None:
    """Enrol a node in an empty directory, as a district would have done."""
    directory.mkdir(parents=True)
    root, hub = SigningKey.from_seed(b"r" * 32), SigningKey.from_seed(b"h" * 32)
    keys = NodeKeys.draw(root.verify_key.public_bytes)
    key_list = KeyList(
        number=1,
        district_code=DISTRICT_CODE,
        hub_signing_key=hub.verify_key.public_bytes,
        hub_sealing_key=SealingKey.from_bytes(generate_sealing_key()).public_bytes,
        next_root_digest=root_digest(b"n" * 32),
        issued_ms=NOW_MS,
    )
    certificate = DeviceCertificate(
        district_code=DISTRICT_CODE,
        village_id=1,
        village_code=VILLAGE_CODE,
        village_name=VILLAGE_NAME,
        device_signing_key=keys.signing.verify_key.public_bytes,
        device_sealing_key=keys.sealing.public_bytes,
        replica_mark="A",
        issued_ms=NOW_MS,
        expires_ms=NOW_MS + _YEAR_MS,
        serial=1,
    )
    enrolled = keys.enrolled(sign_certificate(certificate, hub), sign_key_list(key_list, root), b"v" * 32)
    config = NodeConfig(
        district_code=DISTRICT_CODE, village_code=VILLAGE_CODE, village_name=VILLAGE_NAME, hub_url="http://127.0.0.1:9"
    )
    write_config(directory, config)
    write_keys(directory, enrolled)
    NodeStore.create(directory, config, enrolled, certificate).close()
