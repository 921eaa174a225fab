"""The one message: required tags, forms, limits, and the short form of ``after`` (protocol 6.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol import limits
from sync_protocol.codec import decode, encode
from sync_protocol.entries import journal_start
from sync_protocol.messages import (
    JournalRun,
    Message,
    encode_message,
    message_digest,
    parse_message,
    resolve_after,
)
from tests.vectors import samples

REQUIRED: dict[int, Any] = {1: 0, 2: "35.10", 3: 7, 4: samples.REPLICA, 5: 1}
ID, HEAD8, HEAD32 = bytes(16), bytes(8), bytes(32)
ENTRY = [1, False, 5, None, 0, HEAD8, None, None, b"body"]


def changed(at: int, value: Any) -> list[Any]:
    return [*ENTRY[:at], value, *ENTRY[at + 1 :]]


def journal_with(*entries: list[Any]) -> list[Any]:
    return [3, HEAD32, list(entries)]


@pytest.mark.parametrize("tag", sorted(REQUIRED))
def test_a_message_says_whose_it_is(tag: int) -> None:
    tree = {key: value for key, value in REQUIRED.items() if key != tag}
    with pytest.raises(MalformedMessageError, match=f"tag {tag}"):
        parse_message(encode(tree))


def test_nil_is_absent() -> None:
    assert parse_message(encode({**REQUIRED, 6: None, 7: None})) == parse_message(encode(REQUIRED))


@pytest.mark.parametrize(
    ("tag", "value"),
    [
        (1, "0"),
        (2, 3510),
        (3, -1),
        (4, bytes(9)),
        (5, True),
        (6, bytes(15)),
        (7, []),
        (7, [0, HEAD8, []]),
        (7, journal_with([])),
        (7, journal_with(changed(0, -1))),
        (7, journal_with(changed(1, 0))),
        (7, journal_with(changed(2, 1 << 63))),
        (7, journal_with(changed(3, "0"))),
        (7, journal_with(changed(4, None))),
        (7, journal_with(changed(5, bytes(7)))),
        (7, journal_with(changed(6, 1))),
        (7, journal_with(changed(6, False))),
        (7, journal_with(changed(6, b""))),
        (7, journal_with(changed(7, 0))),
        (7, journal_with(changed(8, "body"))),
        (8, [0, HEAD32, []]),
        (8, [0, HEAD32, [[]], []]),
        (8, [0, HEAD32, [], [[]]]),
        (9, [0, bytes(7)]),
        (9, [0, bytes(33)]),
        (9, [-1, HEAD32]),
        (10, [[0]]),
        (10, {}),
        (11, [1, "2"]),
        (12, [[0, HEAD32, [], []]]),
        (13, [[0, HEAD32], []]),
        (14, 5),
        (15, "0"),
        (16, [1, None]),
        (16, [1, "x", None]),
        (17, -5),
        (18, 1),
        (19, [HEAD32, bytes(63)]),
        (20, [b"short", 1]),
        (20, [ID, 1, 2]),
        (21, [[HEAD8, 0]]),
        (22, [[ID, 0, 1, "x"]]),
        (26, "keys"),
        (27, 1),
    ],
)
def test_a_tag_of_another_form_refuses_the_message(tag: int, value: Any) -> None:
    with pytest.raises(MalformedMessageError):
        parse_message(encode({**REQUIRED, tag: value}))


@pytest.mark.parametrize("tree", [[], 5, {"protocol": 0}, {0: 1, **REQUIRED}, {True: 1}])
def test_anything_but_a_map_of_tags_is_malformed(tree: Any) -> None:
    with pytest.raises(MalformedMessageError):
        parse_message(encode(tree))


def test_a_newer_protocol_parses_for_the_caller_to_decide() -> None:
    assert parse_message(encode({**REQUIRED, 1: 9})).protocol == 9


def test_a_message_is_bounded_on_both_ways() -> None:
    message = samples.message(key_list=bytes(limits.MESSAGE_BYTES_MAX))
    with pytest.raises(LimitExceededError):
        encode_message(message)
    with pytest.raises(LimitExceededError):
        parse_message(bytes(limits.MESSAGE_BYTES_MAX + 1))


def test_one_oversized_entry_does_not_refuse_the_message() -> None:
    raw = encode({**REQUIRED, 7: journal_with(changed(8, bytes(limits.JOURNAL_ENTRY_BYTES_MAX + 1)))})
    run = parse_message(raw).journal
    assert run is not None
    assert len(run.entries) == 1


def test_an_entry_costs_no_bytes_for_the_entry_before_it() -> None:
    tree = decode(encode_message(samples.MESSAGES["tag journal"]))
    after = [entry[6] for entry in tree[7][2]]
    assert after[:6] == [None, 0, 0, 0, 0, 0]
    assert isinstance(after[6], bytes), "an entry issued again names what it came after at first"


def test_the_first_entry_of_a_run_names_the_entry_before_in_full() -> None:
    tree = decode(encode_message(samples.MESSAGES["journal from the middle"]))
    assert tree[7][2][0][6] == samples.journal()[2].after
    with pytest.raises(MalformedMessageError, match="first entry"):
        parse_message(encode({**REQUIRED, 7: journal_with(changed(6, 0))}))


def test_a_parsed_run_has_every_after_spelled_out() -> None:
    run = parse_message(encode_message(samples.MESSAGES["tag journal"])).journal
    assert run is not None
    assert resolve_after(run, run.base_head) == run.entries == samples.journal()


def test_a_run_of_another_base_is_refused() -> None:
    run = JournalRun(0, journal_start(samples.REPLICA), samples.journal())
    with pytest.raises(MalformedMessageError, match="does not continue"):
        resolve_after(run, HEAD32)


def test_a_run_from_0_starts_at_its_own_replica() -> None:
    message = samples.message(journal=JournalRun(0, journal_start(b"replica2"), samples.journal()))
    with pytest.raises(MalformedMessageError, match="first head"):
        parse_message(encode_message(message))


def test_tips_travel_with_8_bytes_of_head() -> None:
    message = parse_message(encode_message(samples.message(tips=((5, samples.octets("tip")),))))
    assert message.tips == ((5, samples.octets("tip")[:8]),)


def test_an_empty_message_holds_the_required_tags_only() -> None:
    assert sorted(decode(encode_message(samples.message()))) == sorted(REQUIRED)


def test_asking_for_evidence_with_no_heads_differs_from_not_asking() -> None:
    asked = parse_message(encode_message(samples.message(heads=())))
    assert asked.heads == ()
    assert parse_message(encode_message(samples.message())).heads is None


def test_known_tags_win_over_unknown_ones_of_the_same_number() -> None:
    odd = replace(samples.message(), unknown={5: 99})
    assert parse_message(encode_message(odd)) == samples.message()


def test_a_message_is_named_by_its_decompressed_bytes() -> None:
    raw = encode_message(samples.message())
    assert len(message_digest(raw)) == 16
    assert message_digest(raw) != message_digest(raw + b"\x00")


def test_every_field_of_a_message_is_in_a_vector() -> None:
    required = {"protocol", "district_code", "village_id", "replica_id", "number", "unknown"}
    assert set(samples.TAGS) | required == set(Message.__dataclass_fields__)
