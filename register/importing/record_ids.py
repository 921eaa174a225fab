"""Derive the ids of imported records from what is stable about a row, keyed with the village's key.

The same file imported on two laptops of one village gives the same people and families; without the key an id tells
nothing about a NIK.  Each use has its own domain, so no two kinds of key can meet.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

RECORD_ID_BYTES = 16


class Domain(StrEnum):
    """What a record id is derived from; the texts are permanent."""

    PERSON_NIK = "person-nik"
    PERSON_FAMILY_NAME_BIRTH = "person-family-name-birth"
    PERSON_ROW = "person-row"
    FAMILY_NUMBER = "household-number"
    FAMILY_TEMPORARY = "household-temporary-number"
    FAMILY_OF_PERSON = "household-of-person"
    FAMILY_NUMBER_AGAIN = "household-number-again"
    EVENT_OF_PERSON = "event-of-person"


def derive_record_id(village_key: bytes, domain: Domain, *parts: str | int | bytes) -> bytes:
    """Return the 16-byte id of these parts; every part is framed by its length, so parts cannot run together.

    ``village_key`` is 1 to 64 bytes.
    """
    assert 0 < len(village_key) <= hashlib.blake2b.MAX_KEY_SIZE, "village_key is 1 to 64 bytes"
    digest = hashlib.blake2b(key=village_key, digest_size=RECORD_ID_BYTES, person=b"kampung-import")
    for part in (domain.value, *parts):
        encoded = part if isinstance(part, bytes) else str(part).encode()
        digest.update(len(encoded).to_bytes(4, "big"))
        digest.update(encoded)
    return digest.digest()
