"""Encode and decode canonical MessagePack (protocol 4.1) and digest bytes (protocol 3.1).

Shortest forms only; maps have integer keys in rising order.  What was received is kept as bytes, never re-encoded to be
verified.  Any byte string gives a value or a MalformedMessageError, nothing else.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeGuard

import msgspec

from schemas.bodies import Body
from schemas.errors import LimitExceededError, MalformedMessageError
from sync_protocol.limits import BODY_BYTES_MAX, NESTING_MAX

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder()


def encode(value: Any) -> bytes:
    """Return the canonical bytes of nested arrays, maps, integers, text, bytes, booleans and nil."""
    return _ENCODER.encode(value)


def decode(raw: bytes, nesting_max: int = NESTING_MAX) -> Any:
    """Return the value of MessagePack bytes.

    Raises MalformedMessageError for anything that is not exactly one value, is nested deeper than ``nesting_max``, or
    holds a type that the protocol does not use (a float, a time, an extension, an array or nil as map key).
    """
    try:
        value = _DECODER.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise MalformedMessageError(f"not MessagePack: {error}") from error
    _check_form(value, nesting_max)
    return value


_SCALARS = frozenset({int, str, bytes, bool, type(None)})
_KEYS = frozenset({int, str, bytes})


def _check_form(value: Any, levels: int) -> None:
    if levels < 0:
        raise MalformedMessageError("nested too deeply")
    kind = type(value)
    if kind is list:
        items = value
    elif kind is dict:
        if not all(type(key) in _KEYS for key in value):
            raise MalformedMessageError("a map has a key of a type that is not used here")
        items = value.values()
    elif kind in _SCALARS:
        return
    else:
        raise MalformedMessageError("a value has a type that is not used here")
    for item in items:
        # Most items are scalars: no call for them, since a message holds up to a million.
        if type(item) not in _SCALARS:
            _check_form(item, levels - 1)


def is_count(value: Any) -> TypeGuard[int]:
    """Tell whether a value is a number, code or instant: an integer of 0 to 2^63-1, which a database can hold."""
    return type(value) is int and 0 <= value < 1 << 63


def is_signed(value: Any) -> TypeGuard[int]:
    """Tell whether a value is an integer of at most 64 bits with sign, such as a clock's offset."""
    return type(value) is int and -(1 << 63) <= value < 1 << 63


def is_digest(value: Any, size: int) -> TypeGuard[bytes]:
    """Tell whether a value is bytes of exactly this size: a digest, an id, a key or a signature."""
    return type(value) is bytes and len(value) == size


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

    Raises MalformedMessageError if it is not a canonical map of positive integer tags, LimitExceededError above
    128 KiB.
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
