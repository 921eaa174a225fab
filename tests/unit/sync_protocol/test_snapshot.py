"""Snapshots: true to a signed head, or refused (protocol 9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import BadSignatureError, LimitExceededError, MalformedMessageError, RemoteProtocolError
from sync_protocol import limits
from sync_protocol.codec import digest16, digest32, encode
from sync_protocol.feed import feed_log_id
from sync_protocol.packing import pack
from sync_protocol.sealing import sign_object
from sync_protocol.snapshot import (
    SnapshotRow,
    build_snapshot,
    cut,
    open_snapshot,
    parse_snapshot,
    snapshot_digest,
    snapshot_fingerprint,
)
from tests.vectors import samples

HUB_KEYS = {samples.HUB.key_id: samples.HUB.verify_key}
ID, BODY = bytes(16), b"\x80"
ROW = [ID, 1, 0, 1, None, BODY]


def opened(packed: bytes, log_id: bytes = samples.LOG_ID) -> object:
    return open_snapshot(packed, verify_keys=HUB_KEYS, village_key=samples.VILLAGE_KEY, log_id=log_id)


def made(rows: tuple[SnapshotRow, ...] = samples.ROWS, head: bytes = samples.SIGNED_HEAD) -> bytes:
    return build_snapshot(head, rows, [(samples.REPLICA, 5)])


def test_rows_that_give_the_heads_f_are_taken() -> None:
    opened(made())
    assert snapshot_fingerprint(samples.ROWS, samples.VILLAGE_KEY) == samples.HEAD.fingerprint


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(samples.ROWS[1:], id="one missing"),
        pytest.param((replace(samples.ROWS[0], version=3), *samples.ROWS[1:]), id="another version"),
        pytest.param((*samples.ROWS[:1], replace(samples.ROWS[1], body=b"\x80"), samples.ROWS[2]), id="another stub"),
    ],
)
def test_rows_that_do_not_give_the_heads_f_are_refused(rows: tuple[SnapshotRow, ...]) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        opened(made(rows))
    assert caught.value.code == "fingerprint-differs"


def test_a_head_that_the_hub_did_not_sign_is_refused() -> None:
    forged = encode([samples.HEAD.payload(), samples.HUB.key_id, samples.OTHER_HUB.sign(samples.HEAD.payload())])
    with pytest.raises(BadSignatureError):
        opened(made(head=forged))


def test_a_snapshot_of_another_village_is_refused() -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        opened(made(), feed_log_id(samples.DISTRICT, samples.VILLAGE + 1))
    assert caught.value.code == "message-misaddressed"


def test_a_signed_object_that_is_no_head_is_refused() -> None:
    with pytest.raises(MalformedMessageError):
        opened(made(head=sign_object(b"\x80", samples.HUB)))


def wired(rows: Any, decided: Any = (), head: Any = b"head", name: str = "kampung/snapshot/0") -> bytes:
    return pack(encode([name, head, rows, decided]))


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(pack(b"\xc1"), id="no MessagePack"),
        pytest.param(pack(encode([])), id="an empty array"),
        pytest.param(wired([], name="kampung/snapshot/1"), id="another version"),
        pytest.param(wired([], head="head"), id="head a text"),
        pytest.param(wired([[]]), id="an empty row"),
        pytest.param(wired([[ID[1:], *ROW[1:]]]), id="record id short"),
        pytest.param(wired([[ID, -1, *ROW[2:]]]), id="negative kind"),
        pytest.param(wired([[ID, 1, 1, 1, b"short", BODY]]), id="digest short"),
        pytest.param(wired([[ID, 1, 1, 1, None, BODY]]), id="a stub without the digest of the record"),
        pytest.param(wired([[ID, 1, 0, 1, digest16(BODY), BODY]]), id="a full record with a digest"),
        pytest.param(wired([ROW, ROW]), id="a record twice"),
        pytest.param(wired([[b"\xff" * 16, *ROW[1:]], ROW]), id="rows not in order"),
        pytest.param(wired([ROW], [[b"short", 1]]), id="replica id short"),
        pytest.param(wired([ROW], [[bytes(8), -1]]), id="negative sequence"),
    ],
)
def test_another_form_is_malformed(packed: bytes) -> None:
    parse_snapshot(wired([ROW], [[bytes(8), 1]]))
    with pytest.raises(MalformedMessageError):
        parse_snapshot(packed)


def test_a_body_of_a_row_is_bounded() -> None:
    body = bytes(limits.BODY_BYTES_MAX + 1)
    with pytest.raises(LimitExceededError):
        parse_snapshot(wired([[*ROW[:4], None, body]]))


def test_a_snapshot_is_bounded() -> None:
    body = bytes(limits.SNAPSHOT_BYTES_MAX // 64)
    rows = [SnapshotRow(n.to_bytes(16, "big"), 1, 1, 1, ID, body) for n in range(65)]
    with pytest.raises(LimitExceededError):
        build_snapshot(b"head", rows, [])


def test_parts_put_together_are_the_whole() -> None:
    noise = b"".join(digest32(n.to_bytes(4, "big")) for n in range(70_000))
    parts: list[bytes] = []
    while (held := sum(len(part) for part in parts)) < len(noise):
        parts.append(cut(noise, held, 1000 if not parts else 1 << 30))
    assert b"".join(parts) == noise
    assert [len(part) for part in parts[:2]] == [1000, limits.SNAPSHOT_PART_BYTES_MAX]
    assert len(snapshot_digest(noise)) == 16


@pytest.mark.parametrize("offset", [-1, 1])
def test_bytes_beyond_the_end_are_refused(offset: int) -> None:
    assert cut(b"x", 0, 10) == b"x"
    with pytest.raises(LimitExceededError):
        cut(b"x", offset, 10)
