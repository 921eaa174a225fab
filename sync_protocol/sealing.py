"""Sign, seal and open: the one place where bytes from outside become trusted (protocol 7, 3.10).

Longer than a module should be, because cryptography has one home.
Decides which bytes a key vouches for, never what they mean.  Opening goes in the order of protocol 7.1: open, verify,
decompress under a bound; the caller parses.  Verification raises, it never returns a truth value.

HPKE draws its own randomness and takes no seed, so sealing and ``generate_sealing_key`` are the exception to "no random
source in this package".  Signing is deterministic; signing seeds are drawn by the shells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Self

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from schemas.errors import BadSignatureError, LimitExceededError, MalformedMessageError, UnknownKeyError
from sync_protocol.codec import decode, digest32, encode, is_count, is_digest
from sync_protocol.limits import MESSAGE_BYTES_MAX, SEALED_BYTES_MAX
from sync_protocol.packing import STORED, pack, unpack

MAGIC = b"KMP0"
HEADER_BYTES = len(MAGIC) + 8
"""What a sealed message shows to everyone: magic and the id of the key it is sealed to."""
SIGNING_KEY_BYTES = 32
SIGNATURE_BYTES = 64
_MLKEM_SEED_BYTES = 64
_MLKEM_PUBLIC_BYTES = 1184
SEALING_KEY_BYTES = _MLKEM_SEED_BYTES + 32
"""A private sealing key: ML-KEM-768 seed, then X25519 key."""
SEALING_PUBLIC_BYTES = _MLKEM_PUBLIC_BYTES + 32
"""A public sealing key: ML-KEM-768, then X25519."""

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class Purpose(IntEnum):
    """What a sealed message is for; it is signed, so a message of one purpose never passes for another."""

    SYNC = 1
    ENROLMENT_REQUEST = 2
    ENROLMENT_ANSWER = 3


def key_id(public_bytes: bytes) -> bytes:
    """Return the 8 bytes by which a public key is named (protocol 7.5)."""
    return digest32(b"kampung/key/0" + public_bytes)[:8]


class VerifyKey:
    """An Ed25519 public key that is trusted for something; whoever holds one has decided that."""

    __slots__ = ("_key", "key_id", "public_bytes")

    def __init__(self, public_bytes: bytes) -> None:
        if len(public_bytes) != SIGNING_KEY_BYTES:
            raise MalformedMessageError("a verify key has 32 bytes")
        self.public_bytes = public_bytes
        self.key_id = key_id(public_bytes)
        self._key = Ed25519PublicKey.from_public_bytes(public_bytes)

    def verify(self, signature: bytes, signed: bytes) -> None:
        """Return if the key made this signature over exactly these bytes; raises BadSignatureError otherwise."""
        try:
            self._key.verify(signature, signed)
        except InvalidSignature as error:
            raise BadSignatureError("a signature does not hold") from error


class SigningKey:
    """An Ed25519 private key made from a seed of 32 random bytes."""

    __slots__ = ("_key", "verify_key")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verify_key = VerifyKey(key.public_key().public_bytes_raw())

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        """Return the key of this seed; ValueError unless it has 32 bytes."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def key_id(self) -> bytes:
        """Return the id of the public half."""
        return self.verify_key.key_id

    def sign(self, payload: bytes) -> bytes:
        """Return the signature, 64 bytes, the same each time."""
        return self._key.sign(payload)


class SealingKey:
    """The private half of a pair that messages are sealed to: ML-KEM-768 with X25519."""

    __slots__ = ("_key", "key_id", "public_bytes")

    def __init__(self, mlkem_key: MLKEM768PrivateKey, x25519_key: X25519PrivateKey) -> None:
        self._key = MLKEM768X25519PrivateKey(mlkem_key, x25519_key)
        self.public_bytes = mlkem_key.public_key().public_bytes_raw() + x25519_key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public_bytes)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Return the key of its 96 private bytes; ValueError for any other length."""
        mlkem_seed, x25519_bytes = raw[:_MLKEM_SEED_BYTES], raw[_MLKEM_SEED_BYTES:]
        return cls(MLKEM768PrivateKey.from_seed_bytes(mlkem_seed), X25519PrivateKey.from_private_bytes(x25519_bytes))

    def open(self, sealed: bytes) -> bytes:
        """Return the plaintext of HPKE bytes; raises BadSignatureError if they were changed or are for another key."""
        try:
            return _SUITE.decrypt(sealed, self._key, _seal_context(self.key_id))
        except (InvalidTag, ValueError) as error:
            raise BadSignatureError("a seal is broken", code="seal-broken") from error


def generate_sealing_key() -> bytes:
    """Return the 96 private bytes of a new sealing key, drawn by the cryptography library (see the module's top)."""
    return MLKEM768PrivateKey.generate().private_bytes_raw() + X25519PrivateKey.generate().private_bytes_raw()


def _seal_context(receiver_key_id: bytes) -> bytes:
    return b"kampung/seal/0" + receiver_key_id


# --- signed objects (heads, key lists, certificates) -----------------------------------------------------------------


def sign_object(payload: bytes, signing_key: SigningKey) -> bytes:
    """Return the bytes of ``[payload, key id, signature]``; the payload names what it is in its first item."""
    return encode([payload, signing_key.key_id, signing_key.sign(payload)])


def verify_object(raw: bytes, verify_keys: Mapping[bytes, VerifyKey]) -> bytes:
    """Return the payload of a signed object, to be parsed by the reader of its kind.

    Raises MalformedMessageError, UnknownKeyError (no such key id in ``verify_keys``) or BadSignatureError.
    """
    match decode(raw):
        case [bytes() as payload, bytes() as signer, bytes() as signature]:
            if signer not in verify_keys:
                raise UnknownKeyError(f"an object is signed with key {signer.hex()}, which is not known here")
            verify_keys[signer].verify(signature, payload)
            return payload
        case _:
            raise MalformedMessageError("not a signed object")


def countersign(head_object: bytes, signing_key: SigningKey) -> tuple[bytes, bytes]:
    """Return (digest, signature), a node's acknowledgement of an encoded signed head object (message tag 19)."""
    digest = digest32(head_object)
    return digest, signing_key.sign(_ack_payload(digest))


def verify_countersignature(ack: tuple[bytes, bytes], head_object: bytes, verify_key: VerifyKey) -> None:
    """Return if ``ack`` is this device's acknowledgement of this head object; raises BadSignatureError otherwise."""
    digest, signature = ack
    if digest != digest32(head_object):
        raise BadSignatureError("an acknowledgement names another head")
    verify_key.verify(signature, _ack_payload(digest))


def _ack_payload(digest: bytes) -> bytes:
    return encode(["kampung/ack/0", digest])


# --- sealed messages -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """What a sealed message held, after its seal, its sender and its size were checked."""

    purpose: int
    sender_key_id: bytes
    receiver_key_id: bytes
    number: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Unverified:
    """The parts of an opened message whose sender is not yet proven."""

    signed: bytes
    signature: bytes
    packed: bytes
    purpose: int
    sender_key_id: bytes
    receiver_key_id: bytes
    number: int
    packed_digest: bytes


def seal(payload: bytes, *, purpose: int, number: int, signing_key: SigningKey, receiver_public: bytes) -> bytes:
    """Return the sealed message (protocol 7.2, 7.3) for the holder of a sealing key's private half.

    Raises LimitExceededError above 8 MiB of payload or 4 MiB sealed, MalformedMessageError for a public key of a wrong
    form.
    """
    if len(payload) > MESSAGE_BYTES_MAX:
        raise LimitExceededError(f"a payload has {len(payload)} bytes, at most {MESSAGE_BYTES_MAX} are allowed")
    receiver = key_id(receiver_public)
    # The verify key of an enrolment request is inside it, so it is never compressed (see open_enrolment).
    packed = STORED + payload if purpose == Purpose.ENROLMENT_REQUEST else pack(payload)
    signed = encode(["kampung/message/0", purpose, signing_key.key_id, receiver, number, digest32(packed)])
    plaintext = encode([signed, signing_key.sign(signed), packed])
    sealed = _SUITE.encrypt(plaintext, _public_sealing_key(receiver_public), _seal_context(receiver))
    raw = MAGIC + receiver + sealed
    if len(raw) > SEALED_BYTES_MAX:
        raise LimitExceededError(f"a sealed message has {len(raw)} bytes, at most {SEALED_BYTES_MAX} are allowed")
    return raw


def _public_sealing_key(public_bytes: bytes) -> MLKEM768X25519PublicKey:
    try:
        mlkem_key = MLKEM768PublicKey.from_public_bytes(public_bytes[:_MLKEM_PUBLIC_BYTES])
        x25519_key = X25519PublicKey.from_public_bytes(public_bytes[_MLKEM_PUBLIC_BYTES:])
    except ValueError as error:
        raise MalformedMessageError("not a public sealing key") from error
    return MLKEM768X25519PublicKey(mlkem_key, x25519_key)


def peek_receiver(raw: bytes) -> bytes:
    """Return the key id that a message claims to be sealed to; nothing of it is proven.

    Raises MalformedMessageError if it is not a sealed message, LimitExceededError above 4 MiB.
    """
    if len(raw) > SEALED_BYTES_MAX:
        raise LimitExceededError(f"a sealed message has {len(raw)} bytes, at most {SEALED_BYTES_MAX} are allowed")
    if raw[:4] != MAGIC or len(raw) < HEADER_BYTES:
        raise MalformedMessageError("not a sealed message of this protocol")
    return raw[len(MAGIC) : HEADER_BYTES]


def open_sealed(
    raw: bytes, *, sealing_keys: Mapping[bytes, SealingKey], verify_key_for: Callable[[bytes], VerifyKey]
) -> OpenedMessage:
    """Return the message of a sender that is known here.

    ``verify_key_for`` takes a key id and gives its verify key or raises UnknownKeyError.  An enrolment request has a
    sender that nobody knows yet: it raises UnknownKeyError here and is read by ``open_enrolment``.

    Raises MalformedMessageError, LimitExceededError, UnknownKeyError or BadSignatureError.
    """
    message = _unseal(raw, sealing_keys)
    if message.purpose == Purpose.ENROLMENT_REQUEST:
        raise UnknownKeyError("an enrolment request comes from a device that is not known yet", code="key-not-enrolled")
    return _verify(message, verify_key_for(message.sender_key_id))


def open_enrolment(raw: bytes, *, sealing_keys: Mapping[bytes, SealingKey]) -> OpenedMessage:
    """Return an enrolment request, verified with the signing key that it claims for its new device (protocol 8.5).

    This proves only that the sender holds the key it asks to enrol.  The claimed key is read before anything is
    verified; that is safe because a request is stored, not compressed, and only its fourth item is looked at.

    Raises as ``open_sealed`` does; MalformedMessageError for a message of another purpose.
    """
    message = _unseal(raw, sealing_keys)
    if message.purpose != Purpose.ENROLMENT_REQUEST or message.packed[:1] != STORED:
        raise MalformedMessageError("not an enrolment request")
    match decode(message.packed[1:]):
        case [_, _, _, claimed_key, *_] if is_digest(claimed_key, SIGNING_KEY_BYTES):
            verify_key = VerifyKey(claimed_key)
        case _:
            raise MalformedMessageError("an enrolment request names no signing key")
    return _verify(message, verify_key)


def _unseal(raw: bytes, sealing_keys: Mapping[bytes, SealingKey]) -> _Unverified:
    receiver = peek_receiver(raw)
    if receiver not in sealing_keys:
        raise UnknownKeyError(f"a message is sealed to key {receiver.hex()}, which is not ours")
    match decode(sealing_keys[receiver].open(raw[HEADER_BYTES:])):
        case [bytes() as signed, bytes() as signature, bytes() as packed]:
            message = _parse_signed(decode(signed), signed, signature, packed)
        case _:
            raise MalformedMessageError("a sealed message does not hold [signed, signature, payload]")
    if message.receiver_key_id != receiver:
        # Someone to whom it was sealed has sealed it again, to us.
        raise BadSignatureError("a message was made for another receiver", code="receiver-other")
    return message


def _parse_signed(tree: Any, signed: bytes, signature: bytes, packed: bytes) -> _Unverified:
    match tree:
        case ["kampung/message/0", purpose, bytes() as sender, bytes() as receiver, number, bytes() as digest] if (
            is_count(purpose) and is_count(number)
        ):
            return _Unverified(signed, signature, packed, purpose, sender, receiver, number, digest)
        case _:
            raise MalformedMessageError("the signed part of a message has a form that is not known here")


def _verify(message: _Unverified, verify_key: VerifyKey) -> OpenedMessage:
    verify_key.verify(message.signature, message.signed)
    if message.sender_key_id != verify_key.key_id:
        raise BadSignatureError("a message is signed with another key than it names")
    if message.packed_digest != digest32(message.packed):
        raise BadSignatureError("a message holds another payload than was signed")
    return OpenedMessage(
        message.purpose,
        message.sender_key_id,
        message.receiver_key_id,
        message.number,
        unpack(message.packed, MESSAGE_BYTES_MAX),
    )
