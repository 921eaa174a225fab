"""The laws of the wire (protocol 3-9), each with its sentence."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadSignatureError, RemoteProtocolError, TrustError, UnknownKeyError
from sync_protocol.codec import decode, decode_body, encode, encode_body
from sync_protocol.enrolment import (
    encode_answer,
    encode_invitation,
    encode_request,
    parse_answer,
    parse_invitation,
    parse_request,
    verify_certificate,
    verify_key_list,
)
from sync_protocol.entries import Change, JournalEntry, encode_entry_body, parse_entry_body
from sync_protocol.feed import FeedEntry, decode_feed_entry, encode_feed_entry, parse_head_payload
from sync_protocol.messages import Message, encode_message, parse_message
from sync_protocol.packing import pack, unpack
from sync_protocol.sealing import (
    Purpose,
    VerifyKey,
    open_enrolment,
    open_sealed,
    peek_receiver,
    seal,
    sign_object,
    verify_object,
)
from sync_protocol.snapshot import SnapshotRow, build_snapshot, parse_snapshot
from tests import decoder
from tests.property import wire_strategies as wire
from tests.vectors import samples

HUB_KEYS = {samples.HUB.key_id: samples.HUB.verify_key}
SEALING_KEYS = {samples.HUB_SEALING.key_id: samples.HUB_SEALING}
SEALED = seal(
    encode_message(samples.MESSAGES["tag feed"]),
    purpose=Purpose.SYNC,
    number=1,
    signing_key=samples.DEVICE,
    receiver_public=samples.HUB_SEALING.public_bytes,
)
SEALED_REQUEST = seal(
    encode_request(samples.ENROLMENT_REQUEST),
    purpose=Purpose.ENROLMENT_REQUEST,
    number=0,
    signing_key=samples.DEVICE,
    receiver_public=samples.HUB_SEALING.public_bytes,
)


def device(key_id: bytes) -> VerifyKey:
    if key_id != samples.DEVICE.key_id:
        raise UnknownKeyError("not a device of ours")
    return samples.DEVICE.verify_key


def open_sync(raw: bytes) -> object:
    return open_sealed(raw, sealing_keys=SEALING_KEYS, verify_key_for=device)


def open_request(raw: bytes) -> object:
    return open_enrolment(raw, sealing_keys=SEALING_KEYS)


# --- decode(encode(m)) = m -------------------------------------------------------------------------------------------


@given(wire.messages())
def test_messages(message: Message) -> None:
    """decode(encode(m)) = m, for every shape of message, unknown tags included."""
    raw = encode_message(message)
    assert parse_message(raw) == message
    assert encode_message(parse_message(raw)) == raw


@given(wire.values)
def test_values(value: Any) -> None:
    """decode(encode(v)) = v, and an independent reader agrees in both directions."""
    raw = encode(value)
    assert decode(raw) == value
    assert decoder.unpack(raw) == value


@given(wire.bodies)
def test_bodies(body: dict[int, Any]) -> None:
    """A body read and written again is the same bytes, unknown tags included."""
    raw = encode_body(body)
    assert decode_body(raw) == body
    assert encode_body(decode_body(raw)) == raw
    assert decoder.unpack(raw) == body


@given(wire.texts, st.lists(wire.changes, max_size=4))
def test_entry_bodies(officer: str, changes: list[Change]) -> None:
    """decode(encode(b)) = b, for every shape of change."""
    assert parse_entry_body(encode_entry_body(officer, tuple(changes))) == (officer, tuple(changes))


@given(wire.feed_entries)
def test_feed_entries(entry: FeedEntry) -> None:
    """A feed entry read back has the same parts, so the same header and the same head."""
    assert decode_feed_entry(encode_feed_entry(entry)) == entry


@given(wire.feed_entries, wire.sized(32))
def test_feed_heads(entry: FeedEntry, before: bytes) -> None:
    """Whoever has only the page computes the same head of a feed."""
    assert decoder.read_feed(before, [entry.to_wire()])[0]["head"] == entry.head(before)


@given(wire.journal_entries, wire.sized(32))
def test_journal_heads(drawn: JournalEntry, before: bytes) -> None:
    """Whoever has only the page computes the same head and change id of a journal."""
    entry = replace(drawn, body=encode_entry_body("Budi", ()))
    reading = decoder.read_journal(before, [[*decode(entry.header())[:8], entry.body]])[0]
    assert (reading["head"], reading["change_id"]) == (entry.head(before), entry.change_id(before))


@given(wire.snapshot_rows())
def test_snapshots(rows: list[SnapshotRow]) -> None:
    """decode(encode(s)) = s, with rows and replicas in the order of their ids."""
    decided = [(samples.REPLICA, 3), (b"another!", 0)]
    snapshot = parse_snapshot(build_snapshot(samples.SIGNED_HEAD, rows, decided))
    assert snapshot.rows == tuple(sorted(rows, key=lambda row: row.record_id))
    assert snapshot.decided == tuple(sorted(decided))


@given(st.binary(max_size=300))
def test_packing(content: bytes) -> None:
    """Unpacking gives what was packed, and packing costs at most one byte."""
    packed = pack(content)
    assert unpack(packed, 300) == content
    assert len(packed) <= len(content) + 1


@given(st.binary(max_size=60))
def test_sealing(payload: bytes) -> None:
    """What was sealed to us by a device we know opens to what it was."""
    raw = seal(
        payload,
        purpose=Purpose.SYNC,
        number=9,
        signing_key=samples.DEVICE,
        receiver_public=samples.HUB_SEALING.public_bytes,
    )
    message = open_sealed(raw, sealing_keys=SEALING_KEYS, verify_key_for=device)
    assert (message.payload, message.number, message.purpose) == (payload, 9, Purpose.SYNC)


# --- damaged and hostile bytes ---------------------------------------------------------------------------------------

PARSERS: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {
    "messages": (parse_message, [encode_message(message) for message in samples.MESSAGES.values()]),
    "feed entries": (decode_feed_entry, [encode_feed_entry(entry) for entry in samples.FEED]),
    "entry bodies": (parse_entry_body, [entry.body for entry in samples.journal()]),
    "bodies": (decode_body, [samples.PERSON_RAW, samples.STUB_RAW]),
    "signed objects": (lambda raw: verify_object(raw, HUB_KEYS), [samples.SIGNED_HEAD, samples.SIGNED_CERTIFICATE]),
    "head payloads": (parse_head_payload, [samples.HEAD.payload()]),
    "key lists": (lambda raw: verify_key_list(raw, samples.ROOT.verify_key), [samples.SIGNED_KEY_LIST]),
    "certificates": (lambda raw: verify_certificate(raw, HUB_KEYS), [samples.SIGNED_CERTIFICATE]),
    "invitations": (parse_invitation, [encode_invitation(samples.INVITATION)]),
    "requests": (parse_request, [encode_request(samples.ENROLMENT_REQUEST)]),
    "answers": (parse_answer, [encode_answer(answer) for answer in samples.ENROLMENT_ANSWERS.values()]),
    "snapshots": (parse_snapshot, [build_snapshot(samples.SIGNED_HEAD, samples.ROWS, [(samples.REPLICA, 5)])]),
    "packed bytes": (lambda raw: unpack(raw, 1 << 16), [pack(b"a" * 999), pack(b"a")]),
    "sealed messages": (open_sync, [SEALED, SEALED_REQUEST]),
    "sealed requests": (open_request, [SEALED, SEALED_REQUEST]),
    "receivers": (peek_receiver, [SEALED]),
}


def refuse_or_take(parse: Callable[[bytes], object], raw: bytes) -> None:
    with suppress(RemoteProtocolError, TrustError):
        parse(raw)


@pytest.mark.parametrize("name", sorted(PARSERS))
@given(data=st.data())
def test_damaged_bytes(name: str, data: st.DataObject) -> None:
    """No bytes crash a parser: damaged ones give a protocol or a trust error, or a value that is well formed."""
    parse, originals = PARSERS[name]
    refuse_or_take(parse, data.draw(wire.damaged(originals)))


@given(raw=st.binary(max_size=80))
def test_any_bytes(raw: bytes) -> None:
    """No bytes crash a parser: any ones give a protocol or a trust error, or a value that is well formed."""
    for parse, _ in PARSERS.values():
        refuse_or_take(parse, raw)


@given(tree=wire.values)
def test_any_values(tree: Any) -> None:
    """No well-encoded value crashes a parser, signed and sealed by who may sign and seal."""
    raw = encode(tree)
    for parse, _ in PARSERS.values():
        refuse_or_take(parse, raw)
    refuse_or_take(lambda signed: verify_certificate(signed, HUB_KEYS), sign_object(raw, samples.HUB))
    refuse_or_take(lambda signed: verify_key_list(signed, samples.ROOT.verify_key), sign_object(raw, samples.ROOT))
    refuse_or_take(parse_snapshot, b"\x00" + raw)


@given(tag=st.integers(1, 27), tree=wire.values)
def test_any_tag(tag: int, tree: Any) -> None:
    """A tag of a form that is not known refuses the message; what is taken is written again with the same meaning."""
    raw = encode({1: 0, 2: "35.10", 3: 7, 4: samples.REPLICA, 5: 1, tag: tree})
    try:
        message = parse_message(raw)
    except RemoteProtocolError:
        return
    assert parse_message(encode_message(message)) == message


@given(at=st.integers(0, len(SEALED) * 8 - 1))
def test_flipped_bit(at: int) -> None:
    """A sealed message with any flipped bit does not open."""
    raw = bytearray(SEALED)
    raw[at // 8] ^= 1 << at % 8
    with pytest.raises((RemoteProtocolError, TrustError)):
        open_sync(bytes(raw))


@given(payload=wire.octets, at=st.integers(0, 63), bit=st.integers(0, 7))
def test_flipped_signature(payload: bytes, at: int, bit: int) -> None:
    """A signature with any flipped bit does not hold."""
    signature = bytearray(samples.HUB.sign(payload))
    signature[at] ^= 1 << bit
    with pytest.raises(BadSignatureError):
        samples.HUB.verify_key.verify(bytes(signature), payload)
