"""Documents by which a device comes to be trusted: invitation, request, answer, six words (protocol 8.4-8.7).

Builds and parses them; decides nobody's enrolment and no expiry (the hub does, by its own clock).  The signed documents
among them, key list and certificate, are in ``certificates`` and can be had from here too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from schemas.errors import BadSignatureError, LimitExceededError, MalformedMessageError
from sync_protocol.certificates import (
    DeviceCertificate,
    KeyList,
    root_digest,
    sign_certificate,
    sign_key_list,
    verify_certificate,
    verify_key_list,
)
from sync_protocol.codec import decode, digest32, encode, is_count, is_digest
from sync_protocol.limits import INVITATION_BYTES_MAX
from sync_protocol.sealing import SEALING_PUBLIC_BYTES, SIGNING_KEY_BYTES
from sync_protocol.words import words_of

__all__ = [
    "DeviceCertificate",
    "EnrolmentAnswer",
    "EnrolmentRequest",
    "EnrolmentStatus",
    "Invitation",
    "KeyList",
    "authorise_request",
    "check_request_mac",
    "encode_answer",
    "encode_invitation",
    "encode_request",
    "parse_answer",
    "parse_invitation",
    "parse_request",
    "request_mac",
    "root_digest",
    "sign_certificate",
    "sign_key_list",
    "six_words",
    "verify_certificate",
    "verify_key_list",
]

_INVITATION = "kampung/invitation/0"


class EnrolmentStatus(IntEnum):
    """Where an enrolment stands (protocol 8.7)."""

    WAITING = 0
    APPROVED = 1
    REFUSED = 2


# --- invitation: a file that a person may read -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a village office needs in order to ask, once; the secret is all it is worth."""

    district_code: str
    village_code: str
    village_name: str
    hub_url: str
    invitation_id: bytes
    secret: bytes
    root_key: bytes
    key_list: bytes
    expires_ms: int


_TEXTS = ("district_code", "village_code", "village_name", "hub_url")
_OCTETS = {"invitation_id": 16, "secret": 32, "root_key": SIGNING_KEY_BYTES, "key_list": None}


def encode_invitation(invitation: Invitation) -> bytes:
    """Return the invitation file: JSON with base64 values."""
    tree: dict[str, Any] = {"kind": _INVITATION}
    tree |= {name: getattr(invitation, name) for name in _TEXTS}
    tree |= {name: base64.b64encode(getattr(invitation, name)).decode() for name in _OCTETS}
    tree["expires_ms"] = invitation.expires_ms
    return json.dumps(tree, ensure_ascii=False, indent=2).encode() + b"\n"


def parse_invitation(raw: bytes) -> Invitation:
    """Return the invitation of a file; its key list is not verified yet.

    Raises MalformedMessageError for any other bytes, LimitExceededError above 64 KiB.
    """
    if len(raw) > INVITATION_BYTES_MAX:
        raise LimitExceededError(f"an invitation has at most {INVITATION_BYTES_MAX} bytes")
    try:
        tree = json.loads(raw.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError("an invitation is not JSON") from error
    if not isinstance(tree, dict) or tree.get("kind") != _INVITATION or not is_count(tree.get("expires_ms")):
        raise MalformedMessageError("not an invitation of this version")
    values: dict[str, Any] = {"expires_ms": tree["expires_ms"]}
    for name in _TEXTS:
        if not isinstance(tree.get(name), str):
            raise MalformedMessageError(f"an invitation has no {name}")
        values[name] = tree[name]
    for name, size in _OCTETS.items():
        values[name] = _octets(tree.get(name), name, size)
    return Invitation(**values)


def _octets(value: Any, name: str, size: int | None) -> bytes:
    try:
        octets = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise MalformedMessageError(f"an invitation's {name} is not base64") from error
    if size is not None and len(octets) != size:
        raise MalformedMessageError(f"an invitation's {name} has another length than {size} bytes")
    return octets


# --- request and answer: payloads of sealed messages -----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentRequest:
    """A new device asks to be certified; the MAC proves that it holds the invitation's secret."""

    invitation_id: bytes
    village_code: str
    device_signing_key: bytes
    device_sealing_key: bytes
    replica_id: bytes
    program_version: str
    mac: bytes = b""


def request_mac(secret: bytes, request: EnrolmentRequest) -> bytes:
    """Return the 32 bytes by which a request shows the secret without telling it (protocol 8.5)."""
    rest = [
        request.invitation_id,
        request.village_code,
        request.device_signing_key,
        request.device_sealing_key,
        request.replica_id,
        request.program_version,
    ]
    return hashlib.blake2b(encode(rest), digest_size=32, key=secret).digest()


def authorise_request(request: EnrolmentRequest, secret: bytes) -> EnrolmentRequest:
    """Return the request with the MAC of the invitation's secret (32 bytes) in place of whatever it had."""
    return replace(request, mac=request_mac(secret, request))


def check_request_mac(request: EnrolmentRequest, secret: bytes) -> None:
    """Return if the request was made with this secret; raises BadSignatureError otherwise."""
    if not hmac.compare_digest(request_mac(secret, request), request.mac):
        raise BadSignatureError("a request was not made with the secret of its invitation", code="invitation-secret")


def encode_request(request: EnrolmentRequest) -> bytes:
    """Return the payload of an enrolment request."""
    return encode(
        [
            request.invitation_id,
            request.mac,
            request.village_code,
            request.device_signing_key,
            request.device_sealing_key,
            request.replica_id,
            request.program_version,
        ]
    )


def parse_request(raw: bytes) -> EnrolmentRequest:
    """Return the request of an opened payload; raises MalformedMessageError for any other form."""
    match decode(raw):
        case [invitation_id, mac, str() as village_code, signing, sealing, replica_id, str() as version, *_] if (
            is_digest(invitation_id, 16)
            and is_digest(mac, 32)
            and is_digest(signing, SIGNING_KEY_BYTES)
            and is_digest(sealing, SEALING_PUBLIC_BYTES)
            and is_digest(replica_id, 8)
        ):
            return EnrolmentRequest(
                invitation_id=invitation_id,
                mac=mac,
                village_code=village_code,
                device_signing_key=signing,
                device_sealing_key=sealing,
                replica_id=replica_id,
                program_version=version,
            )
        case _:
            raise MalformedMessageError("not an enrolment request")


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentAnswer:
    """What the hub says to a request; certificate and village key only when approved."""

    status: int
    certificate: bytes | None
    village_key: bytes | None
    key_list: bytes
    message: str


def encode_answer(answer: EnrolmentAnswer) -> bytes:
    """Return the payload of an enrolment answer."""
    return encode([answer.status, answer.certificate, answer.village_key, answer.key_list, answer.message])


def parse_answer(raw: bytes) -> EnrolmentAnswer:
    """Return the answer of an opened payload; raises MalformedMessageError for any other form."""
    match decode(raw):
        case [
            status,
            (bytes() | None) as certificate,
            village_key,
            bytes() as key_list,
            str() as message,
            *_,
        ] if is_count(status) and (village_key is None or is_digest(village_key, 32)):
            if status == EnrolmentStatus.APPROVED and (certificate is None or village_key is None):
                raise MalformedMessageError("an approval without certificate or village key")
            return EnrolmentAnswer(
                status=status, certificate=certificate, village_key=village_key, key_list=key_list, message=message
            )
        case _:
            raise MalformedMessageError("not an enrolment answer")


def six_words(device_signing_public: bytes, device_sealing_public: bytes, root_public: bytes) -> tuple[str, ...]:
    """Return the words that both ends of a telephone call must see (protocol 8.6)."""
    return words_of(digest32(b"kampung/words/0" + device_signing_public + device_sealing_public + root_public), 6)
