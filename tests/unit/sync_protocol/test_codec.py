"""Canonical MessagePack: what decodes, what is refused, and why a body is one byte string only (protocol 4.1)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol import limits
from sync_protocol.codec import (
    decode,
    decode_body,
    digest16,
    digest32,
    encode,
    encode_body,
    is_count,
    is_digest,
    is_signed,
    keyed_digest16,
)

FLOAT = b"\xcb" + bytes(8)
TIME = b"\xd6\xff" + bytes(4)
EXTENSION = b"\xd4\x05x"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\xc1", id="the byte that is never used"),
        pytest.param(b"\x01\x02", id="two values"),
        pytest.param(b"\xa2\xff\xfe", id="text that is not UTF-8"),
        pytest.param(b"\xdd\xff\xff\xff\xff", id="an array of four billion that is not there"),
        pytest.param(b"\x91" * 100_000 + b"\xc0", id="deeper than the stack"),
        pytest.param(FLOAT, id="a float"),
        pytest.param(b"\x91" + TIME, id="a time in an array"),
        pytest.param(b"\x81\x01" + EXTENSION, id="an extension in a map"),
        pytest.param(b"\x81\x91\x01\x02", id="an array as key"),
        pytest.param(b"\x81\xc0\x02", id="nil as key"),
        pytest.param(b"\x81\x80\x02", id="a map as key"),
    ],
)
def test_anything_but_one_value_of_the_types_in_use_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        decode(raw)


def test_sixteen_levels_are_taken_and_seventeen_are_not() -> None:
    deep: Any = 0
    for _ in range(limits.NESTING_MAX):
        deep = [deep]
    assert decode(encode([deep])) == [deep]
    with pytest.raises(MalformedMessageError, match="deeply"):
        decode(encode([[deep]]))
    with pytest.raises(MalformedMessageError, match="deeply"):
        decode(encode({1: {2: deep}}))


def test_a_body_is_sorted_and_has_no_nulls() -> None:
    raw = encode_body({9: "x", 2: None, 3: 1})
    assert raw == encode({3: 1, 9: "x"})
    assert decode_body(raw) == {3: 1, 9: "x"}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(encode([1]), id="an array"),
        pytest.param(encode({"a": 1}), id="a name as tag"),
        pytest.param(encode({0: 1}), id="tag 0"),
        pytest.param(encode({-1: 1}), id="a negative tag"),
        pytest.param(encode({2: 1, 1: 1}), id="tags not sorted"),
        pytest.param(encode({1: None}), id="a null"),
        pytest.param(b"\x81\x01\xcd\x00\x01", id="an integer longer than it must be"),
        pytest.param(b"\x82\x01\x01\x01\x01", id="a tag twice"),
    ],
)
def test_a_body_that_is_not_canonical_is_malformed(raw: bytes) -> None:
    with pytest.raises(MalformedMessageError):
        decode_body(raw)


def test_a_body_is_bounded_on_both_ways() -> None:
    body = {1: b"x" * limits.BODY_BYTES_MAX}
    with pytest.raises(LimitExceededError):
        encode_body(body)
    with pytest.raises(LimitExceededError):
        decode_body(encode(body))


@pytest.mark.parametrize(("value", "counts", "signs"), [
    (0, True, True), ((1 << 63) - 1, True, True), (1 << 63, False, False), (-1, False, True), (-(1 << 63), False, True),
    (-(1 << 63) - 1, False, False), (True, False, False), ("1", False, False), (None, False, False),
])  # fmt: skip
def test_numbers_fit_a_database_and_booleans_are_none(value: Any, counts: bool, signs: bool) -> None:
    assert (is_count(value), is_signed(value)) == (counts, signs)


def test_digests_have_their_size_and_type() -> None:
    assert is_digest(bytes(8), 8)
    assert not is_digest(bytes(9), 8)
    assert not is_digest("12345678", 8)


def test_digests_are_blake2b() -> None:
    assert digest32(b"").hex() == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
    assert digest16(b"").hex() == "cae66941d9efbd404e4d88758ea67670"
    assert keyed_digest16(b"key", b"") != digest16(b"")
