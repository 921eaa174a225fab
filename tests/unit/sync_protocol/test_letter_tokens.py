"""A letter's QR token is proven offline by the keys that the district publishes, and shows no personal data."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from schemas.errors import BadSignatureError, MalformedMessageError, UnknownKeyError, VillageSyncError
from sync_protocol.certificates import DeviceCertificate, KeyList, sign_certificate, sign_key_list
from sync_protocol.codec import encode
from sync_protocol.letter_tokens import (
    PREFIX,
    LetterSeal,
    check_letter_token,
    letter_token,
    published_keys,
    read_published_keys,
)
from sync_protocol.sealing import SigningKey, sign_object

ROOT, HUB, DEVICE, OTHER = (SigningKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3, 4))
SEAL = LetterSeal(
    template="domicile-1", number="470/012.1/2026", issued_days=20_775, village_id=7, token_id=b"8 random"
)
KEY_LIST = sign_key_list(
    KeyList(
        number=1,
        district_code="35.10",
        hub_signing_key=HUB.verify_key.public_bytes,
        hub_sealing_key=bytes(1216),
        next_root_digest=bytes(32),
        issued_ms=5,
    ),
    ROOT,
)


def certificate(device: SigningKey = DEVICE, village_id: int = 7) -> bytes:
    made = DeviceCertificate(
        district_code="35.10",
        village_id=village_id,
        village_code="35.10.01.2001",
        village_name="Sumberagung",
        device_signing_key=device.verify_key.public_bytes,
        device_sealing_key=bytes(1216),
        replica_mark="1",
        issued_ms=5,
        expires_ms=6,
        serial=1,
    )
    return sign_certificate(made, HUB)


def keys_text(*devices: tuple[bytes, int | None]) -> str:
    return published_keys(ROOT.verify_key.public_bytes, KEY_LIST, devices, 99, HUB)


def test_a_printed_token_verifies_offline() -> None:
    keys = read_published_keys(keys_text((certificate(), None), (certificate(OTHER, 8), 77)))
    checked = check_letter_token(letter_token(SEAL, DEVICE), keys)
    assert checked.seal == SEAL
    assert (checked.certificate.village_name, checked.revoked_ms) == ("Sumberagung", None)
    assert (keys.published_ms, keys.key_list.district_code) == (99, "35.10")
    locked = check_letter_token(letter_token(replace(SEAL, village_id=8), OTHER), keys)
    assert locked.revoked_ms == 77


def test_a_token_is_read_however_it_was_typed() -> None:
    keys = read_published_keys(keys_text((certificate(), None)))
    token = letter_token(SEAL, DEVICE)
    assert check_letter_token(f"  {token[:30].lower()}\n{token[30:]} ", keys).seal == SEAL


def test_a_token_fits_a_small_code_and_its_alphabet() -> None:
    token = letter_token(SEAL, DEVICE)
    assert len(token) < 220
    assert set(token) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


def test_a_token_for_another_village_or_of_an_unknown_device_does_not_hold() -> None:
    keys = read_published_keys(keys_text((certificate(), None)))
    with pytest.raises(MalformedMessageError, match="another village"):
        check_letter_token(letter_token(replace(SEAL, village_id=8), DEVICE), keys)
    with pytest.raises(UnknownKeyError) as error:
        check_letter_token(letter_token(SEAL, OTHER), keys)
    assert error.value.code == "letter-key-unknown"


def test_every_changed_token_is_refused() -> None:
    keys = read_published_keys(keys_text((certificate(), None)))
    token = letter_token(SEAL, DEVICE)
    for at in range(len(token)):
        spoiled = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        if spoiled != token:
            with pytest.raises(VillageSyncError):
                check_letter_token(spoiled, keys)
    forged = encode(["domicile-1", "470/013.1/2026", 20_775, 7, b"8 random", DEVICE.key_id, bytes(64)])
    with pytest.raises(BadSignatureError):
        check_letter_token(PREFIX + base64.b32encode(forged).decode(), keys)


@pytest.mark.parametrize("text", ["", "KMPS:", "KMPS:1", "KMPS:AE", "https://example.org/3510", "KMPS:" + "A" * 700])
def test_what_is_no_token_is_said_to_be_none(text: str) -> None:
    with pytest.raises(MalformedMessageError) as error:
        check_letter_token(text, read_published_keys(keys_text()))
    assert error.value.code == "token-form"


def spoiled_keys() -> list[str]:
    good = json.loads(keys_text((certificate(), None)))
    odd = base64.b64encode(sign_object(encode(["kampung/published-keys/0", 1, [[certificate()]]]), HUB)).decode()
    other = base64.b64encode(sign_object(encode(["kampung/other/0"]), HUB)).decode()
    return [
        "",
        "[]",
        "{}",
        "{" * 20_000,
        "x" * (16 * 1024 * 1024 + 1),
        json.dumps(good | {"root_key": "**"}),
        json.dumps(good | {"devices": odd}),
        json.dumps(good | {"devices": other}),
    ]


@pytest.mark.parametrize("number", range(8))
def test_what_is_no_key_file_is_refused(number: int) -> None:
    with pytest.raises(MalformedMessageError) as error:
        read_published_keys(spoiled_keys()[number])
    assert error.value.code == "keys-form"


def test_a_key_file_of_another_root_is_refused() -> None:
    other = published_keys(OTHER.verify_key.public_bytes, KEY_LIST, (), 99, HUB)
    with pytest.raises(UnknownKeyError):
        read_published_keys(other)
    with pytest.raises(UnknownKeyError):
        read_published_keys(published_keys(ROOT.verify_key.public_bytes, KEY_LIST, (), 99, OTHER))


def test_keys_of_another_district_are_taken_only_by_a_reader_who_does_not_mind() -> None:
    with pytest.raises(UnknownKeyError) as caught:
        read_published_keys(keys_text(), OTHER.verify_key.public_bytes)
    assert caught.value.code == "keys-foreign"
    assert read_published_keys(keys_text(), ROOT.verify_key.public_bytes).published_ms == 99
