"""Invitation, request, answer, certificate, key list, six words: how a device comes to be trusted (protocol 8)."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from schemas.errors import BadSignatureError, LimitExceededError, MalformedMessageError, UnknownKeyError
from sync_protocol import limits
from sync_protocol.codec import decode, digest32, encode
from sync_protocol.enrolment import (
    EnrolmentRequest,
    EnrolmentStatus,
    authorise_request,
    check_request_mac,
    encode_answer,
    encode_invitation,
    encode_request,
    parse_answer,
    parse_invitation,
    parse_request,
    root_digest,
    sign_certificate,
    sign_key_list,
    six_words,
    verify_certificate,
    verify_key_list,
)
from sync_protocol.sealing import sign_object
from sync_protocol.words import WORDS, words_of
from tests.vectors import samples

HUB_KEYS = {samples.HUB.key_id: samples.HUB.verify_key}
ROOT = samples.ROOT.verify_key


def changed(tree: list[Any], at: int, value: Any) -> list[Any]:
    return [*tree[:at], value, *tree[at + 1 :]]


# --- key list and certificate ----------------------------------------------------------------------------------------

KEY_LIST_TREE: list[Any] = decode(decode(samples.SIGNED_KEY_LIST)[0])
CERTIFICATE_TREE: list[Any] = decode(decode(samples.SIGNED_CERTIFICATE)[0])


def test_a_key_list_is_believed_if_this_root_signed_it() -> None:
    assert verify_key_list(sign_key_list(samples.KEY_LIST, samples.ROOT), ROOT) == samples.KEY_LIST
    with pytest.raises(UnknownKeyError):
        verify_key_list(sign_key_list(samples.KEY_LIST, samples.OTHER_HUB), ROOT)


def test_a_key_list_gives_the_hubs_verify_key() -> None:
    samples.KEY_LIST.verify_key.verify(samples.HUB.sign(b"x"), b"x")


def test_a_key_list_announces_the_next_root_key() -> None:
    assert samples.KEY_LIST.next_root_digest == root_digest(samples.NEXT_ROOT.verify_key.public_bytes)


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, "kampung/keys/1"), (1, -1), (2, 3510), (3, bytes(31)), (4, bytes(1215)), (5, bytes(16)), (6, "now")],
)
def test_a_key_list_of_another_form_is_malformed(at: int, value: Any) -> None:
    with pytest.raises(MalformedMessageError):
        verify_key_list(sign_object(encode(changed(KEY_LIST_TREE, at, value)), samples.ROOT), ROOT)


def test_a_certificate_is_believed_if_the_hub_signed_it() -> None:
    assert verify_certificate(sign_certificate(samples.CERTIFICATE, samples.HUB), HUB_KEYS) == samples.CERTIFICATE
    with pytest.raises(UnknownKeyError):
        verify_certificate(sign_certificate(samples.CERTIFICATE, samples.OTHER_HUB), HUB_KEYS)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, "kampung/device/1"),
        (1, None),
        (2, "7"),
        (3, 3510142003),
        (4, b"name"),
        (5, bytes(33)),
        (6, bytes(32)),
        (7, 1),
        (8, -5),
        (9, None),
        (10, True),
    ],
)
def test_a_certificate_of_another_form_is_malformed(at: int, value: Any) -> None:
    with pytest.raises(MalformedMessageError):
        verify_certificate(sign_object(encode(changed(CERTIFICATE_TREE, at, value)), samples.HUB), HUB_KEYS)


def test_a_head_never_passes_for_a_certificate_or_a_key_list() -> None:
    with pytest.raises(MalformedMessageError):
        verify_certificate(samples.SIGNED_HEAD, HUB_KEYS)
    with pytest.raises(MalformedMessageError):
        verify_key_list(samples.SIGNED_HEAD, samples.HUB.verify_key)


def test_items_that_a_newer_version_adds_are_let_pass() -> None:
    longer = sign_object(encode([*CERTIFICATE_TREE, "of tomorrow"]), samples.HUB)
    assert verify_certificate(longer, HUB_KEYS) == samples.CERTIFICATE
    longer = sign_object(encode([*KEY_LIST_TREE, 1]), samples.ROOT)
    assert verify_key_list(longer, ROOT) == samples.KEY_LIST


# --- invitation ------------------------------------------------------------------------------------------------------

INVITATION_TREE: dict[str, Any] = json.loads(encode_invitation(samples.INVITATION))


def test_an_invitation_is_a_file_that_a_person_can_read() -> None:
    text = encode_invitation(replace(samples.INVITATION, village_name="Désa")).decode()
    assert '"village_name": "Désa"' in text
    assert text.endswith("\n")
    assert parse_invitation(text.encode()).village_name == "Désa"


@pytest.mark.parametrize("name", sorted(INVITATION_TREE))
def test_an_invitation_lacks_nothing(name: str) -> None:
    with pytest.raises(MalformedMessageError):
        parse_invitation(json.dumps({key: value for key, value in INVITATION_TREE.items() if key != name}).encode())


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "kampung/invitation/1"},
        {"expires_ms": 1.5},
        {"expires_ms": "tomorrow"},
        {"village_code": 35},
        {"secret": "AAAA"},
        {"secret": "not base64!"},
        {"secret": "sécret"},
        {"invitation_id": 5},
        {"key_list": None},
    ],
)
def test_an_invitation_of_another_form_is_malformed(other: dict[str, Any]) -> None:
    with pytest.raises(MalformedMessageError):
        parse_invitation(json.dumps({**INVITATION_TREE, **other}).encode())


@pytest.mark.parametrize("raw", [b"", b"[]", b"\xff\xfe{}", b"<html>", b"[" * 60_000, b"1" * 5000])
def test_other_files_are_no_invitations(raw: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        parse_invitation(raw)


def test_an_invitation_is_bounded() -> None:
    with pytest.raises(LimitExceededError):
        parse_invitation(encode_invitation(samples.INVITATION) + b" " * limits.INVITATION_BYTES_MAX)


# --- request and answer ----------------------------------------------------------------------------------------------

REQUEST_TREE: list[Any] = decode(encode_request(samples.ENROLMENT_REQUEST))


def test_a_request_shows_the_secret_of_its_invitation() -> None:
    check_request_mac(samples.ENROLMENT_REQUEST, samples.SECRET)
    with pytest.raises(BadSignatureError) as caught:
        check_request_mac(samples.ENROLMENT_REQUEST, bytes(32))
    assert caught.value.code == "invitation-secret"


@pytest.mark.parametrize("name", [field.name for field in fields(EnrolmentRequest) if field.name != "mac"])
def test_the_mac_covers_every_part_of_a_request(name: str) -> None:
    value = getattr(samples.ENROLMENT_REQUEST, name)
    other: Any = value + "x" if isinstance(value, str) else bytes(len(value))
    with pytest.raises(BadSignatureError):
        check_request_mac(replace(samples.ENROLMENT_REQUEST, **{name: other}), samples.SECRET)


def test_authorising_again_changes_nothing() -> None:
    assert authorise_request(samples.ENROLMENT_REQUEST, samples.SECRET) == samples.ENROLMENT_REQUEST


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, bytes(15)), (1, bytes(16)), (2, 35), (3, bytes(31)), (4, bytes(32)), (5, bytes(16)), (6, None)],
)
def test_a_request_of_another_form_is_malformed(at: int, value: Any) -> None:
    assert parse_request(encode(REQUEST_TREE)) == samples.ENROLMENT_REQUEST
    with pytest.raises(MalformedMessageError):
        parse_request(encode(changed(REQUEST_TREE, at, value)))


@pytest.mark.parametrize("name", sorted(samples.ENROLMENT_ANSWERS))
def test_answers_read_back(name: str) -> None:
    answer = samples.ENROLMENT_ANSWERS[name]
    assert parse_answer(encode_answer(answer)) == answer
    assert EnrolmentStatus(answer.status).name.lower() == name


@pytest.mark.parametrize(
    ("at", "value"),
    [(0, -1), (1, "certificate"), (1, None), (2, bytes(31)), (2, None), (3, None), (4, b"text")],
)
def test_an_answer_of_another_form_is_malformed(at: int, value: Any) -> None:
    tree = decode(encode_answer(samples.ENROLMENT_ANSWERS["approved"]))
    with pytest.raises(MalformedMessageError):
        parse_answer(encode(changed(tree, at, value)))


# --- six words -------------------------------------------------------------------------------------------------------


def test_there_are_2048_different_words_of_five_plain_letters() -> None:
    assert len(WORDS) == len(set(WORDS)) == 2048
    assert all(len(word) == 5 and word.isascii() and word.isalpha() and word.islower() for word in WORDS)


def test_the_list_of_words_never_changes() -> None:
    assert digest32(" ".join(WORDS).encode()).hex()[:16] == "b9406399a5299dc3"


def test_no_word_is_one_that_an_officer_would_not_say() -> None:
    rude = (
        *("anjing", "anjir", "asu", "babi", "bajing", "bangsat", "bego", "budak", "bugil", "bunuh", "cacat", "coli"),
        *("curi", "gila", "goblok", "haram", "hantu", "itil", "jalang", "jancuk", "janda", "jembut", "kafir", "kimak"),
        *("kontol", "lonte", "mati", "mayat", "memek", "monyet", "najis", "ngentot", "pantat", "pelir", "perek"),
        *("puki", "setan", "sundal", "tahi", "tetek", "tipu", "titit", "tolol"),
    )
    assert [word for word in WORDS if any(bad in word for bad in rude)] == []


def test_each_11_bits_are_one_word() -> None:
    assert words_of(bytes(9), 6) == (WORDS[0],) * 6
    assert words_of(b"\xff" * 9, 6) == (WORDS[2047],) * 6
    assert words_of((0b00000000001_00000000010 << 10).to_bytes(4, "big"), 2) == (WORDS[1], WORDS[2])


def test_six_words_depend_on_both_device_keys_and_the_root() -> None:
    keys = (samples.DEVICE.verify_key.public_bytes, samples.DEVICE_SEALING.public_bytes, ROOT.public_bytes)
    words = six_words(*keys)
    assert len(words) == 6
    for at in range(3):
        other = [*keys]
        other[at] = bytes(len(keys[at]))
        assert six_words(other[0], other[1], other[2]) != words
