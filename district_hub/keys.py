"""Keep the hub's keys in files: root, signing and sealing key, key list, and the villages' keys (protocol 8.1, 8.2).

Every file is the owner's only.  An unattended key file protects nothing against someone who holds this machine: the
root key belongs on a stick in a safe, away from here (``root.key`` and ``root-next.key`` may be moved away; the hub
opens without them).  The villages' file stands outside the database because a restored database must not give a village
another key or another id.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from district_hub.durable_files import append_line, make_private_directory, write_private
from schemas.errors import ConfigError
from sync_protocol.enrolment import KeyList, root_digest, sign_key_list, verify_key_list
from sync_protocol.feed import HeadObject, parse_head_payload
from sync_protocol.hub_side import HeadKeys
from sync_protocol.sealing import (
    SealingKey,
    SigningKey,
    VerifyKey,
    generate_sealing_key,
    sign_object,
    verify_object,
)

KEYS_DIRECTORY = "keys"
_ROOT, _NEXT_ROOT, _ROOT_PUBLIC = "root.key", "root-next.key", "root.pub"
_SIGNING, _SEALING, _KEY_LIST, _VILLAGES = "signing.key", "sealing.key", "key-list", "villages"
_NOTE = """\
root.key and root-next.key sign key lists and nothing else. They belong on a stick in a safe, not here:
move them away after `kampung hub init`; the hub works without them. Losing both means enrolling every village anew.
The other files are needed every day. Whoever can read them can speak for this hub.
Back them up apart from the database.
"""


@dataclass(frozen=True, slots=True)
class HubKeys:
    """The hub's keys while it runs; the root's private half is never among them.

    ``retired_sealing_keys`` still open what laptops seal that have not heard of the newest key list.
    """

    root_key: VerifyKey
    signing_key: SigningKey
    sealing_key: SealingKey
    key_list: KeyList
    signed_key_list: bytes
    retired_sealing_keys: tuple[SealingKey, ...] = ()

    @property
    def sealing_keys(self) -> Mapping[bytes, SealingKey]:
        """The keys that messages may be sealed to, by id."""
        return {key.key_id: key for key in (*self.retired_sealing_keys, self.sealing_key)}

    @property
    def verify_keys(self) -> Mapping[bytes, VerifyKey]:
        """The keys whose signatures count as this hub's own, by id."""
        return {self.signing_key.key_id: self.signing_key.verify_key}

    def head_keys(self) -> HeadKeys:
        """Return how heads are signed and known again (protocol 3.10)."""
        return HeadKeys(self._sign_head, self._verify_head)

    def _sign_head(self, head: HeadObject) -> bytes:
        return sign_object(head.payload(), self.signing_key)

    def _verify_head(self, raw: bytes) -> HeadObject:
        return parse_head_payload(verify_object(raw, self.verify_keys))


def create_keys(directory: Path, district_code: str, now_ms: int) -> HubKeys:
    """Draw a new hub's keys, sign key list 1 and write all of it; what is there already is never overwritten.

    Raises ConfigError "hub-exists".
    """
    folder = directory / KEYS_DIRECTORY
    if (folder / _SIGNING).exists():
        raise ConfigError(f"{folder} already holds keys; they are never overwritten", code="hub-exists")
    make_private_directory(folder)
    root_seed, next_seed, signing_seed = (os.urandom(32) for _ in range(3))
    root, signing = SigningKey.from_seed(root_seed), SigningKey.from_seed(signing_seed)
    sealing_raw = generate_sealing_key()
    key_list = KeyList(
        number=1,
        district_code=district_code,
        hub_signing_key=signing.verify_key.public_bytes,
        hub_sealing_key=SealingKey.from_bytes(sealing_raw).public_bytes,
        next_root_digest=root_digest(SigningKey.from_seed(next_seed).verify_key.public_bytes),
        issued_ms=now_ms,
    )
    (folder / "README").write_text(_NOTE, encoding="utf-8")
    for name, content in (
        (_ROOT, root_seed),
        (_NEXT_ROOT, next_seed),
        (_ROOT_PUBLIC, root.verify_key.public_bytes),
        (_SEALING, sealing_raw),
        (_KEY_LIST, sign_key_list(key_list, root)),
        # Last, because its presence says that the others are there.
        (_SIGNING, signing_seed),
    ):
        write_private(folder / name, content.hex().encode() + b"\n")
    return open_keys(directory)


def open_keys(directory: Path) -> HubKeys:
    """Read a hub's keys.

    Raises ConfigError "keys-missing" or "keys-unreadable"; BadSignatureError if the key list is not the root's.
    """
    folder = directory / KEYS_DIRECTORY
    root_key = VerifyKey(_read(folder / _ROOT_PUBLIC, 32))
    signing_key = SigningKey.from_seed(_read(folder / _SIGNING, 32))
    sealing_key = SealingKey.from_bytes(_read(folder / _SEALING, 96))
    signed_key_list = _read(folder / _KEY_LIST)
    key_list = verify_key_list(signed_key_list, root_key)
    if key_list.hub_signing_key != signing_key.verify_key.public_bytes:
        raise ConfigError(f"{folder}: the key list is another hub's", code="keys-unreadable")
    return HubKeys(root_key, signing_key, sealing_key, key_list, signed_key_list)


def _read(path: Path, size: int | None = None) -> bytes:
    try:
        content = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path} is missing", code="keys-missing", hint="Copy the keys folder back from where it is kept."
        ) from error
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as a key", code="keys-unreadable") from error
    if size is not None and len(content) != size:
        raise ConfigError(f"{path} has {len(content)} bytes, not {size}", code="keys-unreadable")
    return content


# -- the villages' keys


@dataclass(frozen=True, slots=True)
class VillageKey:
    """A village's internal id and key, given once and never again; the code and name are those at that time."""

    village_id: int
    code: str
    name: str
    key: bytes


def load_village_keys(directory: Path) -> list[VillageKey]:
    """Return the villages' keys in the order given; a torn last line, from a power cut, was never told anyone."""
    path = directory / KEYS_DIRECTORY / _VILLAGES
    if not path.exists():
        return []
    whole, _, _ = path.read_bytes().rpartition(b"\n")
    try:
        trees = [json.loads(line) for line in whole.splitlines()]
        return [VillageKey(tree["id"], tree["code"], tree["name"], bytes.fromhex(tree["key"])) for tree in trees]
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} is damaged", code="keys-unreadable", hint="Copy it back from its backup.") from error


def add_village_key(directory: Path, code: str, name: str) -> VillageKey:
    """Give a village an internal id and draw its key, durably, before anything else knows of them."""
    known = load_village_keys(directory)
    made = VillageKey(max((one.village_id for one in known), default=0) + 1, code, name, os.urandom(32))
    tree = {"id": made.village_id, "code": code, "name": name, "key": made.key.hex()}
    path = directory / KEYS_DIRECTORY / _VILLAGES
    whole = path.read_bytes().rpartition(b"\n")[0] + b"\n" if known else b""
    append_line(path, json.dumps(tree, ensure_ascii=False).encode(), at=len(whole))
    return made
