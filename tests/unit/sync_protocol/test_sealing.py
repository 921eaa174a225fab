"""Keys, signatures, packing and seals: who could have made these bytes, and for whom (protocol 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import zstandard
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from schemas.errors import BadSignatureError, LimitExceededError, MalformedMessageError, UnknownKeyError
from sync_protocol import limits, sealing
from sync_protocol.codec import digest32, encode
from sync_protocol.enrolment import encode_request
from sync_protocol.packing import pack, unpack
from sync_protocol.sealing import (
    OpenedMessage,
    Purpose,
    SealingKey,
    SigningKey,
    VerifyKey,
    countersign,
    generate_sealing_key,
    key_id,
    open_enrolment,
    open_sealed,
    peek_receiver,
    seal,
    sign_object,
    verify_countersignature,
    verify_object,
)
from tests.vectors import samples

HUB_PUBLIC = samples.HUB_SEALING.public_bytes
SEALING_KEYS = {samples.HUB_SEALING.key_id: samples.HUB_SEALING}
DEVICES = {samples.DEVICE.key_id: samples.DEVICE.verify_key}
SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def known_device(key: bytes) -> VerifyKey:
    if key not in DEVICES:
        raise UnknownKeyError("no device of ours")
    return DEVICES[key]


def opened(raw: bytes, keys: Mapping[bytes, SealingKey] = SEALING_KEYS) -> OpenedMessage:
    return open_sealed(raw, sealing_keys=keys, verify_key_for=known_device)


def sealed_by_hand(plaintext: bytes, receiver: bytes | None = None) -> bytes:
    """Seal any plaintext to the hub, as only a hostile device would."""
    header = samples.HUB_SEALING.key_id
    public = sealing._public_sealing_key(HUB_PUBLIC)
    return b"KMP0" + header + SUITE.encrypt(plaintext, public, b"kampung/seal/0" + (receiver or header))


def signed_by_device(tree: list[Any], packed: bytes, key: SigningKey = samples.DEVICE) -> bytes:
    signed = encode(tree)
    return encode([signed, key.sign(signed), packed])


def header(packed: bytes, **other: Any) -> list[Any]:
    values = {
        "context": "kampung/message/0",
        "purpose": 1,
        "sender": samples.DEVICE.key_id,
        "receiver": samples.HUB_SEALING.key_id,
        "number": 4,
        "digest": digest32(packed),
        **other,
    }
    return list(values.values())


PACKED = b"\x00payload"


def test_a_message_made_by_hand_from_the_page_opens() -> None:
    message = opened(sealed_by_hand(signed_by_device(header(PACKED), PACKED)))
    expected = OpenedMessage(1, samples.DEVICE.key_id, samples.HUB_SEALING.key_id, 4, b"payload")
    assert message == expected


@pytest.mark.parametrize(
    "other",
    [
        {"context": "kampung/message/1"},
        {"purpose": -1},
        {"sender": "device"},
        {"receiver": None},
        {"number": True},
        {"digest": 5},
        {"trailing": 1},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_signed_part_of_another_form_is_malformed(other: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessageError):
        opened(sealed_by_hand(signed_by_device(header(PACKED, **other), PACKED)))


@pytest.mark.parametrize("plaintext", [b"", encode([]), encode([b"a", b"b"]), encode(["a", b"b", b"c"])])
def test_a_plaintext_of_another_form_is_malformed(plaintext: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        opened(sealed_by_hand(plaintext))


def test_a_message_sealed_again_for_another_receiver_does_not_pass() -> None:
    made_for_other = signed_by_device(header(PACKED, receiver=samples.DEVICE_SEALING.key_id), PACKED)
    with pytest.raises(BadSignatureError, match="another receiver"):
        opened(sealed_by_hand(made_for_other))


def test_a_message_that_names_another_sender_than_signed_it_does_not_pass() -> None:
    with pytest.raises(BadSignatureError):
        opened(sealed_by_hand(signed_by_device(header(PACKED), PACKED, samples.OTHER_HUB)))


def test_a_key_given_for_another_id_does_not_pass() -> None:
    raw = sealed_by_hand(signed_by_device(header(PACKED, sender=samples.HUB.key_id), PACKED))
    with pytest.raises(BadSignatureError, match="another key than it names"):
        open_sealed(raw, sealing_keys=SEALING_KEYS, verify_key_for=lambda _: samples.DEVICE.verify_key)


def test_a_payload_exchanged_after_signing_does_not_pass() -> None:
    with pytest.raises(BadSignatureError, match="another payload"):
        opened(sealed_by_hand(signed_by_device(header(PACKED), b"\x00another")))


def test_the_receiver_is_bound_into_the_seal() -> None:
    raw = sealed_by_hand(signed_by_device(header(PACKED), PACKED), receiver=samples.DEVICE_SEALING.key_id)
    with pytest.raises(BadSignatureError) as caught:
        opened(raw)
    assert caught.value.code == "seal-broken"


def test_a_sender_that_is_not_known_is_a_key_error() -> None:
    raw = seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.OTHER_HUB, receiver_public=HUB_PUBLIC)
    with pytest.raises(UnknownKeyError):
        opened(raw)


def test_a_message_for_another_key_is_a_key_error() -> None:
    raw = seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=HUB_PUBLIC)
    with pytest.raises(UnknownKeyError):
        opened(raw, {samples.DEVICE_SEALING.key_id: samples.DEVICE_SEALING})


def test_the_payload_is_verified_before_it_is_decompressed() -> None:
    bomb = b"\x01" + zstandard.ZstdCompressor().compress(bytes(limits.MESSAGE_BYTES_MAX + 1))
    with pytest.raises(BadSignatureError):
        opened(sealed_by_hand(signed_by_device(header(b"other"), bomb)))
    with pytest.raises(LimitExceededError):
        opened(sealed_by_hand(signed_by_device(header(bomb), bomb)))


def test_two_seals_of_one_message_differ_and_both_open() -> None:
    first, second = (
        seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=HUB_PUBLIC)
        for _ in range(2)
    )
    assert first != second
    assert opened(first) == opened(second)


def test_who_carries_a_message_learns_its_receiver_only() -> None:
    raw = seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=HUB_PUBLIC)
    assert peek_receiver(raw) == samples.HUB_SEALING.key_id
    assert samples.DEVICE.key_id not in raw


@pytest.mark.parametrize("raw", [b"", b"KMP0", b"KMP0" + bytes(7), b"KME0" + bytes(40), b"<html>" + bytes(40)])
def test_other_bytes_are_no_sealed_message(raw: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        peek_receiver(raw)


def test_what_is_sealed_is_bounded_on_both_ways() -> None:
    with pytest.raises(LimitExceededError):
        peek_receiver(b"KMP0" + bytes(limits.SEALED_BYTES_MAX))
    for size in (limits.MESSAGE_BYTES_MAX + 1, limits.SEALED_BYTES_MAX):
        noise = b"".join(digest32(n.to_bytes(4, "big")) for n in range(size // 32 + 1))[:size]
        with pytest.raises(LimitExceededError):
            seal(noise, purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=HUB_PUBLIC)


@pytest.mark.parametrize("public", [b"", HUB_PUBLIC[:-1], HUB_PUBLIC + b"\x00"])
def test_sealing_to_what_is_no_key_is_refused(public: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=public)


# --- enrolment requests ----------------------------------------------------------------------------------------------


def enrolment(payload: bytes, key: SigningKey = samples.DEVICE) -> bytes:
    return seal(payload, purpose=Purpose.ENROLMENT_REQUEST, number=0, signing_key=key, receiver_public=HUB_PUBLIC)


def test_a_request_opens_with_the_key_it_claims() -> None:
    payload = encode_request(samples.ENROLMENT_REQUEST)
    message = open_enrolment(enrolment(payload), sealing_keys=SEALING_KEYS)
    assert (message.payload, message.sender_key_id) == (payload, samples.DEVICE.key_id)


def test_a_request_signed_with_another_key_than_it_claims_does_not_open() -> None:
    raw = enrolment(encode_request(samples.ENROLMENT_REQUEST), samples.OTHER_HUB)
    with pytest.raises(BadSignatureError):
        open_enrolment(raw, sealing_keys=SEALING_KEYS)


def test_a_request_never_opens_as_a_message_of_a_known_device() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        opened(enrolment(encode_request(samples.ENROLMENT_REQUEST)))
    assert caught.value.code == "key-not-enrolled"


def test_a_sync_message_is_no_request() -> None:
    raw = seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=HUB_PUBLIC)
    with pytest.raises(MalformedMessageError):
        open_enrolment(raw, sealing_keys=SEALING_KEYS)


@pytest.mark.parametrize("payload", [encode([]), encode([1, 2, 3, b"short"]), encode("request"), b"\xc1"])
def test_a_request_without_a_key_is_malformed(payload: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        open_enrolment(enrolment(payload), sealing_keys=SEALING_KEYS)


def test_a_compressed_request_is_refused_unread() -> None:
    packed = b"\x01" + zstandard.ZstdCompressor().compress(encode_request(samples.ENROLMENT_REQUEST))
    raw = sealed_by_hand(signed_by_device(header(packed, purpose=2), packed))
    with pytest.raises(MalformedMessageError):
        open_enrolment(raw, sealing_keys=SEALING_KEYS)


# --- keys and signed objects -----------------------------------------------------------------------------------------


def test_ed25519_is_that_of_rfc_8032() -> None:
    # RFC 8032, section 7.1, test 2
    key = SigningKey.from_seed(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    signature = (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )
    assert key.verify_key.public_bytes.hex() == public
    assert key.sign(b"\x72").hex() == signature
    key.verify_key.verify(bytes.fromhex(signature), b"\x72")


def test_a_key_is_named_by_its_public_bytes() -> None:
    assert samples.DEVICE.key_id == key_id(samples.DEVICE.verify_key.public_bytes)
    assert len(samples.DEVICE.key_id) == 8
    assert samples.DEVICE.key_id != samples.HUB.key_id


def test_a_new_sealing_key_is_96_bytes_and_opens_what_is_sealed_to_it() -> None:
    private = generate_sealing_key()
    key = SealingKey.from_bytes(private)
    assert len(private) == sealing.SEALING_KEY_BYTES
    assert len(key.public_bytes) == sealing.SEALING_PUBLIC_BYTES
    assert generate_sealing_key() != private
    raw = seal(b"x", purpose=Purpose.SYNC, number=1, signing_key=samples.DEVICE, receiver_public=key.public_bytes)
    assert opened(raw, {key.key_id: SealingKey.from_bytes(private)}).payload == b"x"


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_verify_key_has_32_bytes(size: int) -> None:
    with pytest.raises(MalformedMessageError):
        VerifyKey(bytes(size))


def test_bytes_that_are_no_point_verify_nothing() -> None:
    with pytest.raises(BadSignatureError):
        VerifyKey(b"\xff" * 32).verify(bytes(64), b"x")


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65)])
def test_a_signature_of_any_other_bytes_does_not_hold(signature: bytes) -> None:
    with pytest.raises(BadSignatureError):
        samples.HUB.verify_key.verify(signature, b"x")


def test_a_signed_object_holds_its_payload_for_who_knows_the_key() -> None:
    raw = sign_object(b"payload", samples.HUB)
    assert verify_object(raw, {samples.HUB.key_id: samples.HUB.verify_key}) == b"payload"
    with pytest.raises(UnknownKeyError):
        verify_object(raw, {samples.ROOT.key_id: samples.ROOT.verify_key})
    with pytest.raises(MalformedMessageError):
        verify_object(encode([b"payload", samples.HUB.key_id]), {})


def test_an_acknowledgement_is_of_one_head_by_one_device() -> None:
    ack = countersign(samples.SIGNED_HEAD, samples.DEVICE)
    verify_countersignature(ack, samples.SIGNED_HEAD, samples.DEVICE.verify_key)
    with pytest.raises(BadSignatureError, match="another head"):
        verify_countersignature(ack, samples.SIGNED_HEAD + b"\x00", samples.DEVICE.verify_key)
    with pytest.raises(BadSignatureError):
        verify_countersignature(ack, samples.SIGNED_HEAD, samples.OTHER_HUB.verify_key)


# --- packing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 64 * 1024 + 1, 1024 * 1024 + 1])
def test_content_of_every_size_comes_back(size: int) -> None:
    assert unpack(pack(bytes(size)), size) == bytes(size)


def test_content_that_does_not_shrink_is_stored() -> None:
    assert pack(b"xyz") == b"\x00xyz"
    assert pack(bytes(1000))[:1] == b"\x01"


def test_nothing_larger_than_the_bound_is_unpacked() -> None:
    for packed in (b"\x00" + bytes(101), pack(bytes(101))):
        with pytest.raises(LimitExceededError):
            unpack(packed, 100)


def frame_that_lies(content: bytes) -> bytes:
    """Return a frame whose header states one byte less than it holds."""
    frame = bytearray(zstandard.ZstdCompressor().compress(content))
    assert frame[5] == len(content)
    frame[5] -= 1
    return bytes(frame)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x02abc", id="a form of tomorrow"),
        pytest.param(b"\x01", id="an empty frame"),
        pytest.param(b"\x01abc", id="no frame"),
        pytest.param(pack(bytes(99))[:-1], id="a truncated frame"),
        pytest.param(pack(bytes(99)) + b"x", id="a frame and more"),
        pytest.param(b"\x01" + frame_that_lies(bytes(99)), id="a frame that lies about its size"),
        pytest.param(
            b"\x01" + zstandard.ZstdCompressor(write_content_size=False).compress(bytes(99)),
            id="a frame of no stated size",
        ),
    ],
)
def test_other_packed_bytes_are_malformed(packed: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        unpack(packed, 100)
