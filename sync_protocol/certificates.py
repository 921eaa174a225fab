"""Signed documents that tell whose keys are whose: key list and device certificate (protocol 8.1-8.3).

Builds, signs and verifies them; decides no expiry (the hub does, by its own clock) and which number is newest (whoever
holds an older one does).  Trailing items that a newer version adds are let pass: a document is kept as the bytes that
were signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.errors import MalformedMessageError
from sync_protocol.codec import decode, digest32, encode, is_count, is_digest
from sync_protocol.sealing import (
    SEALING_PUBLIC_BYTES,
    SIGNING_KEY_BYTES,
    SigningKey,
    VerifyKey,
    sign_object,
    verify_object,
)

_KEY_LIST = "kampung/keys/0"
_CERTIFICATE = "kampung/device/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """The hub's public keys as the district root vouches for them; the number only grows."""

    number: int
    district_code: str
    hub_signing_key: bytes
    hub_sealing_key: bytes
    next_root_digest: bytes
    issued_ms: int

    @property
    def verify_key(self) -> VerifyKey:
        """Return the key that the hub's signatures are checked with."""
        return VerifyKey(self.hub_signing_key)


def sign_key_list(key_list: KeyList, root_key: SigningKey) -> bytes:
    """Return the signed bytes of a key list."""
    payload = [
        _KEY_LIST,
        key_list.number,
        key_list.district_code,
        key_list.hub_signing_key,
        key_list.hub_sealing_key,
        key_list.next_root_digest,
        key_list.issued_ms,
    ]
    return sign_object(encode(payload), root_key)


def verify_key_list(raw: bytes, root_key: VerifyKey) -> KeyList:
    """Return the key list that this root key signed.

    Raises MalformedMessageError, UnknownKeyError (another root) or BadSignatureError.
    """
    match decode(verify_object(raw, {root_key.key_id: root_key})):
        case [str(name), number, str() as district_code, signing, sealing, next_root, issued_ms, *_] if (
            name == _KEY_LIST
            and is_count(number)
            and is_digest(signing, SIGNING_KEY_BYTES)
            and is_digest(sealing, SEALING_PUBLIC_BYTES)
            and is_digest(next_root, 32)
            and is_count(issued_ms)
        ):
            return KeyList(
                number=number,
                district_code=district_code,
                hub_signing_key=signing,
                hub_sealing_key=sealing,
                next_root_digest=next_root,
                issued_ms=issued_ms,
            )
        case _:
            raise MalformedMessageError("not a key list")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCertificate:
    """The hub's word that a device is one of a village's; only the hub judges its expiry."""

    district_code: str
    village_id: int
    village_code: str
    village_name: str
    device_signing_key: bytes
    device_sealing_key: bytes
    replica_mark: str
    issued_ms: int
    expires_ms: int
    serial: int


def sign_certificate(certificate: DeviceCertificate, hub_key: SigningKey) -> bytes:
    """Return the signed bytes of a certificate."""
    payload = [
        _CERTIFICATE,
        certificate.district_code,
        certificate.village_id,
        certificate.village_code,
        certificate.village_name,
        certificate.device_signing_key,
        certificate.device_sealing_key,
        certificate.replica_mark,
        certificate.issued_ms,
        certificate.expires_ms,
        certificate.serial,
    ]
    return sign_object(encode(payload), hub_key)


def verify_certificate(raw: bytes, verify_keys: Mapping[bytes, VerifyKey]) -> DeviceCertificate:
    """Return the certificate that one of the hub's keys signed.

    Raises MalformedMessageError, UnknownKeyError or BadSignatureError.
    """
    match decode(verify_object(raw, verify_keys)):
        case [
            str(name),
            str() as district_code,
            village_id,
            str() as village_code,
            str() as village_name,
            signing,
            sealing,
            str() as replica_mark,
            issued_ms,
            expires_ms,
            serial,
            *_,
        ] if (
            name == _CERTIFICATE
            and is_digest(signing, SIGNING_KEY_BYTES)
            and is_digest(sealing, SEALING_PUBLIC_BYTES)
            and all(is_count(value) for value in (village_id, issued_ms, expires_ms, serial))
        ):
            return DeviceCertificate(
                district_code=district_code,
                village_id=village_id,
                village_code=village_code,
                village_name=village_name,
                device_signing_key=signing,
                device_sealing_key=sealing,
                replica_mark=replica_mark,
                issued_ms=issued_ms,
                expires_ms=expires_ms,
                serial=serial,
            )
        case _:
            raise MalformedMessageError("not a device certificate")


def root_digest(root_public: bytes) -> bytes:
    """Return the digest under which a key list announces the next root key."""
    return digest32(root_public)
