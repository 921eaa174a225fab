"""Encode and decode canonical MessagePack (protocol 4.1) and digest bytes (protocol 3.1).

Shortest forms only; maps have integer keys in rising order.  What was received is kept as bytes, never re-encoded to be
verified.  Any byte string gives a value or a MalformedMessageError, nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from schemas.bodies import Body
from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol.limits import BODY_BYTES_MAX, NESTING_MAX

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder()


def encode(value: Any) -> bytes:
    """Return the canonical bytes of nested arrays, maps, integers, text, bytes, booleans and nil."""
    return _ENCODER.encode(value)


def decode(raw: bytes) -> Any:
    """Return the value of MessagePack bytes.

    Raises MalformedMessageError for anything that is not exactly one value, or is nested deeper than 16.
    """
    try:
        value = _DECODER.decode(raw)
        _check_depth(value, 0)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, TypeError, ValueError, OverflowError) as error:
        raise MalformedMessageError(f"not MessagePack: {error}") from error
    return value


def _check_depth(value: Any, depth: int) -> None:
    if depth > NESTING_MAX:
        raise MalformedMessageError("nested too deeply")
    if isinstance(value, list):
        for item in value:
            if isinstance(item, list | dict):
                _check_depth(item, depth + 1)
    elif isinstance(value, dict):
        for item in value.values():
            if isinstance(item, list | dict):
                _check_depth(item, depth + 1)


def encode_body(body: Body) -> bytes:
    """Return the canonical bytes of a record body: tags sorted, nulls absent.

    Raises LimitExceededError above 128 KiB.
    """
    raw = _ENCODER.encode({tag: body[tag] for tag in sorted(body) if body[tag] is not None})
    if len(raw) > BODY_BYTES_MAX:
        raise LimitExceededError(f"a record body has {len(raw)} bytes, at most {BODY_BYTES_MAX} are allowed")
    return raw


def decode_body(raw: bytes) -> Body:
    """Return the tagged values of a record body, unknown tags included.

    Raises MalformedMessageError if it is not a canonical map of positive integer tags; LimitExceededError above 128 KiB.
    """
    if len(raw) > BODY_BYTES_MAX:
        raise LimitExceededError(f"a record body has {len(raw)} bytes, at most {BODY_BYTES_MAX} are allowed")
    body = decode(raw)
    if not isinstance(body, dict) or not all(type(tag) is int and tag > 0 for tag in body):
        raise MalformedMessageError("a record body is not a map of tags")
    if _ENCODER.encode({tag: body[tag] for tag in sorted(body) if body[tag] is not None}) != raw:
        raise MalformedMessageError("a record body is not canonical")
    return body


def digest16(raw: bytes) -> bytes:
    """Return BLAKE2b-128: digests of bodies, messages and change-id material."""
    return hashlib.blake2b(raw, digest_size=16).digest()


def digest32(raw: bytes) -> bytes:
    """Return BLAKE2b-256, the H of protocol 3.1."""
    return hashlib.blake2b(raw, digest_size=32).digest()


def keyed_digest16(key: bytes, raw: bytes) -> bytes:
    """Return BLAKE2b-128 keyed with at most 64 bytes."""
    return hashlib.blake2b(raw, digest_size=16, key=key).digest()
