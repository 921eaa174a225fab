"""Feed entries: puts, verdicts, notices, heads and F (protocol 3.6-3.10)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import MalformedMessageError
from sync_protocol.codec import digest16, encode
from sync_protocol.feed import (
    ACCEPTED,
    ERASED,
    STUB,
    FeedEntry,
    Outcome,
    Put,
    Result,
    decode_feed_entry,
    feed_entry_from_wire,
    feed_log_id,
    feed_start,
    fingerprint_part,
    parse_head_payload,
)
from tests.vectors import samples

ID = bytes(16)
BODY = b"\x81\x01\x07"
FULL_PUT = [1, 0, ID, 2, 1, ID, ID, None, BODY]
VERDICT = [bytes(8), 5, bytes(8), [[ID, 3, [[ID, 3, 3]], "why", ID]]]


def outcome(*results: int) -> Outcome:
    return Outcome(tuple((ID, tag, result) for tag, result in enumerate(results, 1)))


@pytest.mark.parametrize(
    ("results", "summary"),
    [
        ((), Result.ACCEPTED),
        ((0, 0), Result.ACCEPTED),
        ((0, 1), Result.SUPERSEDED),
        ((1, 2), Result.REFUSED),
        ((3, 2, 1, 0), Result.IN_REVIEW),
    ],
)
def test_an_entrys_outcome_is_the_gravest_of_its_fields(results: tuple[int, ...], summary: Result) -> None:
    assert outcome(*results).summary == summary


def test_only_what_is_in_review_is_not_final() -> None:
    assert ACCEPTED.is_final
    assert outcome(1, 2).is_final
    assert not outcome(0, 3).is_final


def test_a_full_puts_digest_is_computed_by_the_receiver() -> None:
    put = feed_entry_from_wire([[FULL_PUT], [], []]).puts[0]
    assert put.record_digest == digest16(BODY) == put.shown_digest
    assert put.header()[-1] is None


def test_a_stub_shows_the_digest_of_what_is_shown() -> None:
    stub = Put(1, STUB, ID, 2, 1, None, bytes(16), ID, BODY)
    assert stub.shown_digest == digest16(BODY)
    assert stub.header()[-1] == digest16(BODY)
    erased = replace(stub, level=ERASED, body=None)
    assert erased.shown_digest == digest16(b"")


def changed(tree: list[Any], at: int, value: Any) -> list[Any]:
    return [*tree[:at], value, *tree[at + 1 :]]


@pytest.mark.parametrize(
    "put",
    [
        pytest.param([], id="nothing"),
        pytest.param(FULL_PUT[:-1], id="too short"),
        pytest.param(changed(FULL_PUT, 0, "1"), id="kind a text"),
        pytest.param(changed(FULL_PUT, 1, False), id="level a boolean"),
        pytest.param(changed(FULL_PUT, 2, ID[1:]), id="record id short"),
        pytest.param(changed(FULL_PUT, 3, 1 << 63), id="version beyond a database"),
        pytest.param(changed(FULL_PUT, 5, b"short"), id="previous digest short"),
        pytest.param(changed(FULL_PUT, 6, None), id="no cause"),
        pytest.param(changed(FULL_PUT, 7, bytes(16)), id="digest of another body"),
        pytest.param(changed(FULL_PUT, 7, b"short"), id="digest short"),
        pytest.param(changed(FULL_PUT, 8, None), id="neither body nor digest"),
        pytest.param(changed(FULL_PUT, 8, "body"), id="body a text"),
        pytest.param(changed(FULL_PUT, 1, STUB), id="stub without the digest of the whole"),
    ],
)
def test_a_put_of_another_form_is_malformed(put: list[Any]) -> None:
    with pytest.raises(MalformedMessageError):
        feed_entry_from_wire([[put], [], []])


def test_a_digest_beside_its_own_body_is_taken() -> None:
    entry = feed_entry_from_wire([[changed(FULL_PUT, 7, digest16(BODY))], [], []])
    assert entry == feed_entry_from_wire([[FULL_PUT], [], []])


@pytest.mark.parametrize(
    "verdict",
    [
        pytest.param([], id="nothing"),
        pytest.param(changed(VERDICT, 0, b"short"), id="replica short"),
        pytest.param(changed(VERDICT, 1, -1), id="negative sequence"),
        pytest.param(changed(VERDICT, 2, bytes(9)), id="head not 8 bytes"),
        pytest.param(changed(VERDICT, 3, [[]]), id="empty exception"),
        pytest.param(changed(VERDICT, 3, [[ID, 0, [[ID, 3, 3]], "", None]]), id="summary not that of the fields"),
        pytest.param(changed(VERDICT, 3, [[ID, 0, [[ID, 3]], "", None]]), id="field without outcome"),
        pytest.param(changed(VERDICT, 3, [[ID, 0, [], 7, None]]), id="reason a number"),
        pytest.param(changed(VERDICT, 3, [[ID, 0, [], "", b"case"]]), id="case id short"),
    ],
)
def test_a_verdict_of_another_form_is_malformed(verdict: list[Any]) -> None:
    feed_entry_from_wire([[], [VERDICT], []])
    with pytest.raises(MalformedMessageError):
        feed_entry_from_wire([[], [verdict], []])


@pytest.mark.parametrize("entry", [None, [], [[], []], [[], [], [], []], [[], [], [[1, 0, None]]], [[], [], [[1]]]])
def test_an_entry_or_notice_of_another_form_is_malformed(entry: Any) -> None:
    with pytest.raises(MalformedMessageError):
        decode_feed_entry(encode(entry))


def test_each_village_has_a_feed_of_its_own() -> None:
    assert feed_log_id("35.10", 7) == b"kampung/feed/0/35.10/\x00\x00\x00\x07"
    assert feed_start("35.10", 7) != feed_start("35.10", 8)
    assert feed_start("35.10", 7) != feed_start("35.11", 7)


def test_the_head_depends_on_each_part_of_an_entry() -> None:
    entry = samples.FEED[1]
    others = [
        FeedEntry(entry.puts[1:], entry.verdicts, entry.notices),
        FeedEntry(entry.puts, entry.verdicts[1:], entry.notices),
        FeedEntry(entry.puts, entry.verdicts, entry.notices[1:]),
    ]
    heads = {each.head(bytes(32)) for each in (entry, *others)}
    assert len(heads) == 4


def test_a_body_may_be_left_out_without_changing_the_head() -> None:
    entry = samples.FEED[0]
    bare = FeedEntry(tuple(replace(put, body=None) for put in entry.puts))
    assert bare.head(bytes(32)) == entry.head(bytes(32))
    assert decode_feed_entry(encode(bare.to_wire())).head(bytes(32)) == entry.head(bytes(32))


def test_f_counts_record_version_and_shown_digest_under_the_villages_key() -> None:
    part = fingerprint_part(samples.VILLAGE_KEY, ID, 1, ID)
    assert 0 <= part < 1 << 128
    others = [(samples.SECRET, ID, 1, ID), (samples.VILLAGE_KEY, bytes([1] * 16), 1, ID)]
    others += [(samples.VILLAGE_KEY, ID, 2, ID), (samples.VILLAGE_KEY, ID, 1, bytes([1] * 16))]
    assert part not in {fingerprint_part(*other) for other in others}


@pytest.mark.parametrize(
    "tree",
    [
        None,
        ["kampung/head/1", b"log", 1, bytes(32), bytes(16), 1],
        ["kampung/head/0", b"log", -1, bytes(32), bytes(16), 1],
        ["kampung/head/0", b"log", 1, bytes(31), bytes(16), 1],
        ["kampung/head/0", b"log", 1, bytes(32), bytes(17), 1],
    ],
)
def test_anything_but_a_head_object_is_malformed(tree: Any) -> None:
    assert parse_head_payload(samples.HEAD.payload()) == samples.HEAD
    with pytest.raises(MalformedMessageError):
        parse_head_payload(encode(tree))
