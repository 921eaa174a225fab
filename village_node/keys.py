"""Keep the secrets of one device in one file: database key, signing seed, sealing key and, once enrolled, its papers.

Decides where they lie (``keys/node.key``, for its owner only) and that a half-written file never takes the place of a
whole one.  What it does not protect: whoever can read this file, lying beside the database on one disk, can read the
database.  It keeps out a finder of the database or of a backup alone, not a thief of the whole unattended laptop; for
that there is revocation at the hub (protocol 8.8), and disk encryption.  Cryptography is ``sync_protocol.sealing``'s.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Self

from schemas.errors import ConfigError
from sync_protocol.sealing import SealingKey, SigningKey, VerifyKey, generate_sealing_key
from village_node.database import KEY_BYTES
from village_node.durable import replace_file

KEY_FOLDER = "keys"
KEY_FILE = "node.key"
REPLICA_ID_BYTES = 8
_SEED_BYTES = 32
_KIND = "kampung/node-key/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeKeys:
    """The secrets of one device; ``certificate``, ``key_list`` and ``village_key`` are empty until it is enrolled.

    The papers are those of the enrolment: newer ones that a sync brings are kept in the database.
    """

    database_key: bytes
    signing_seed: bytes
    sealing_key: bytes
    replica_id: bytes
    root_key: bytes
    certificate: bytes = b""
    key_list: bytes = b""
    village_key: bytes = b""

    @classmethod
    def draw(cls, root_key: bytes) -> Self:
        """Return new keys, drawn at random, for a device that will trust this district root."""
        return cls(
            database_key=secrets.token_bytes(KEY_BYTES),
            signing_seed=secrets.token_bytes(_SEED_BYTES),
            sealing_key=generate_sealing_key(),
            replica_id=new_replica_id(),
            root_key=root_key,
        )

    @property
    def is_enrolled(self) -> bool:
        """Tell whether the district has certified this device."""
        return bool(self.certificate)

    @property
    def signing(self) -> SigningKey:
        """Return the key that signs this device's messages."""
        return SigningKey.from_seed(self.signing_seed)

    @property
    def sealing(self) -> SealingKey:
        """Return the key that answers are sealed to."""
        return SealingKey.from_bytes(self.sealing_key)

    @property
    def root(self) -> VerifyKey:
        """Return the district's root key."""
        return VerifyKey(self.root_key)

    def enrolled(self, certificate: bytes, key_list: bytes, village_key: bytes) -> NodeKeys:
        """Return the keys with the papers of the enrolment."""
        return replace(self, certificate=certificate, key_list=key_list, village_key=village_key)


def new_replica_id() -> bytes:
    """Return 8 random bytes: a replica id belongs to one copy of one database."""
    return secrets.token_bytes(REPLICA_ID_BYTES)


def key_path(directory: Path) -> Path:
    """Return where a node keeps its keys."""
    return directory / KEY_FOLDER / KEY_FILE


def write_keys(directory: Path, keys: NodeKeys) -> None:
    """Write the key file, whole or not at all, readable by its owner only."""
    path = key_path(directory)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    tree = {"kind": _KIND} | {
        field.name: base64.b64encode(getattr(keys, field.name)).decode() for field in fields(NodeKeys)
    }
    replace_file(path, json.dumps(tree, indent=1).encode() + b"\n", mode=0o600)


def read_keys(directory: Path) -> NodeKeys:
    """Return the keys of a node's directory.

    Raises ConfigError "not-enrolled" if there are none, "key-file" if the file is damaged.
    """
    path = key_path(directory)
    try:
        tree = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise not_enrolled(directory) from error
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    try:
        if tree.get("kind") != _KIND:
            raise _damaged(path)
        return NodeKeys(**{field.name: base64.b64decode(tree[field.name], validate=True) for field in fields(NodeKeys)})
    except (KeyError, TypeError, AttributeError, binascii.Error, ValueError) as error:
        raise _damaged(path) from error


def not_enrolled(directory: Path) -> ConfigError:
    """Return the error of a folder whose enrolment has not begun, or is not approved yet."""
    if key_path(directory).exists():
        return ConfigError(
            "Pendaftaran laptop ini belum disetujui kabupaten",
            code="not-enrolled",
            hint="Bacakan enam kata lewat telepon, lalu jalankan `kampung village init --resume`.",
        )
    return ConfigError(
        f"Folder ini belum menjadi simpul desa: {directory}",
        code="not-enrolled",
        hint="Jalankan `kampung village init` dengan berkas undangan dari kabupaten.",
    )


def is_private(directory: Path) -> bool:
    """Tell whether only the owner can read the key file and its folder; always so where there are no such bits."""
    if os.name == "nt":
        return True
    path = key_path(directory)
    return not (path.stat().st_mode & 0o077) and not (path.parent.stat().st_mode & 0o077)


def _damaged(path: Path) -> ConfigError:
    return ConfigError(
        f"Berkas kunci rusak: {path}",
        code="key-file",
        hint="Pulihkan berkas kunci dari cadangan, atau daftarkan ulang laptop ini.",
    )
