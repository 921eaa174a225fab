"""The test vectors: written again they are the same, and an independent reader finds in them what we put in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.errors import RemoteProtocolError, TrustError
from sync_protocol.enrolment import (
    check_request_mac,
    parse_answer,
    parse_invitation,
    parse_request,
    verify_certificate,
    verify_key_list,
)
from sync_protocol.feed import decode_feed_entry, parse_head_payload
from sync_protocol.messages import encode_message, parse_message
from sync_protocol.sealing import OpenedMessage, Purpose, VerifyKey, open_enrolment, open_sealed, verify_object
from sync_protocol.snapshot import open_snapshot
from tests import decoder
from tests.vectors import generate, samples

Case = dict[str, Any]
RECORDED = generate.load("recorded")
MESSAGES = generate.load("messages")
LOGS = generate.load("logs")
DOCUMENTS = {case["name"]: case for case in generate.load("documents")}
NEGATIVES = generate.load("negatives")
SEALING_KEYS = {samples.HUB_SEALING.key_id: samples.HUB_SEALING}
BOTH_SEALING_KEYS = {**SEALING_KEYS, samples.DEVICE_SEALING.key_id: samples.DEVICE_SEALING}
SENDERS = {key.key_id: key.verify_key for key in (samples.HUB, samples.DEVICE)}


def names(cases: list[Case]) -> list[str]:
    return [case["name"] for case in cases]


def sender(key_id: bytes) -> VerifyKey:
    return SENDERS[key_id]


def opened(case: Case) -> OpenedMessage:
    raw = generate.raw_of(case)
    if case["purpose"] == Purpose.ENROLMENT_REQUEST:
        return open_enrolment(raw, sealing_keys=BOTH_SEALING_KEYS)
    return open_sealed(raw, sealing_keys=BOTH_SEALING_KEYS, verify_key_for=sender)


@pytest.mark.parametrize("name", ["keys", "logs", "messages", "documents", "negatives"])
def test_vectors_written_again_are_the_same(name: str) -> None:
    written = json.loads(json.dumps(generate.generate(RECORDED)[name]))
    assert written == generate.load(name)


@pytest.mark.parametrize("case", MESSAGES, ids=names(MESSAGES))
def test_messages_parse_to_what_they_were_made_of(case: Case) -> None:
    raw = generate.raw_of(case)
    assert parse_message(raw) == samples.MESSAGES[case["name"]]
    assert encode_message(parse_message(raw)) == raw


@pytest.mark.parametrize("case", MESSAGES, ids=names(MESSAGES))
def test_the_independent_decoder_finds_the_same_in_each_message(case: Case) -> None:
    assert decoder.read_message(generate.raw_of(case)) == case["reading"]


def test_the_independent_decoder_finds_the_same_heads_in_both_logs() -> None:
    journal = decoder.read_message(encode_message(samples.MESSAGES["tag journal"]))["journal"][2]
    feed = decoder.read_message(encode_message(samples.MESSAGES["tag feed"]))["feed"][2]
    heads = [entry["head"] for entry in (*journal, *feed)]
    assert heads == ["hex:" + case["head"] for case in LOGS]


def test_kept_feed_entries_read_back() -> None:
    wires = [bytes.fromhex(case["wire"]) for case in LOGS if "wire" in case]
    assert tuple(decode_feed_entry(wire) for wire in wires) == samples.FEED


@pytest.mark.parametrize("name", [name for name, case in DOCUMENTS.items() if case["form"] in {"signed", "plain"}])
def test_the_independent_decoder_finds_the_same_in_each_document(name: str) -> None:
    case = DOCUMENTS[name]
    raw = generate.raw_of(case)
    reading = decoder.read_signed(raw) if case["form"] == "signed" else decoder.unpack(raw)
    assert decoder.shown(reading) == case["reading"]


def test_documents_read_back() -> None:
    raw = {name: generate.raw_of(case) for name, case in DOCUMENTS.items() if "hex" in case}
    hub = {samples.HUB.key_id: samples.HUB.verify_key}
    assert parse_head_payload(verify_object(raw["head object"], hub)) == samples.HEAD
    assert verify_key_list(raw["key list"], samples.ROOT.verify_key) == samples.KEY_LIST
    assert verify_certificate(raw["certificate"], hub) == samples.CERTIFICATE
    assert parse_invitation(raw["invitation"]) == samples.INVITATION
    assert parse_request(raw["request"]) == samples.ENROLMENT_REQUEST
    check_request_mac(parse_request(raw["request"]), samples.SECRET)
    for name, answer in samples.ENROLMENT_ANSWERS.items():
        assert parse_answer(raw[f"answer, {name}"]) == answer


SEALED = [case for case in RECORDED if case["form"] == "sealed"]


@pytest.mark.parametrize("case", SEALED, ids=names(SEALED))
def test_recorded_messages_open(case: Case) -> None:
    message = opened(case)
    found = (message.purpose, message.number, message.sender_key_id.hex(), message.payload.hex())
    assert found == (case["purpose"], case["number"], case["sender"], case["payload"])


@pytest.mark.parametrize("case", SEALED, ids=names(SEALED))
def test_the_independent_decoder_opens_recorded_messages(case: Case) -> None:
    private = {key["name"]: key["seed"] for key in generate.load("keys")}[case["receiver"]]
    message = decoder.open_sealed(generate.raw_of(case), bytes.fromhex(private))
    found = (message["purpose"], message["number"], message["sender_key_id"].hex(), message["payload"].hex())
    assert found == (case["purpose"], case["number"], case["sender"], case["payload"])


def test_the_recorded_snapshot_opens() -> None:
    case = next(case for case in RECORDED if case["form"] == "snapshot")
    packed = generate.raw_of(case)
    hub = {samples.HUB.key_id: samples.HUB.verify_key}
    snapshot, head = open_snapshot(packed, verify_keys=hub, village_key=samples.VILLAGE_KEY, log_id=samples.LOG_ID)
    assert set(snapshot.rows) == set(samples.ROWS)
    assert snapshot.decided == ((samples.REPLICA, 5),)
    assert head == samples.HEAD
    assert decoder.unfold(packed).hex() == case["payload"]
    assert decoder.read_snapshot(packed) == case["reading"]


READERS: dict[str, Callable[[bytes], object]] = {
    "sealed": lambda raw: open_sealed(raw, sealing_keys=SEALING_KEYS, verify_key_for=sender),
    "message": parse_message,
    "signed": lambda raw: verify_object(raw, {samples.ROOT.key_id: samples.ROOT.verify_key}),
}


@pytest.mark.parametrize("case", NEGATIVES, ids=names(NEGATIVES))
def test_what_must_be_refused_is_refused_with_its_code(case: Case) -> None:
    with pytest.raises((RemoteProtocolError, TrustError)) as caught:
        READERS[case["read_as"]](generate.raw_of(case))
    assert caught.value.code == case["code"]
