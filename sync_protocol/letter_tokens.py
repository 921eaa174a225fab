"""Seal a letter's few public facts into a token for its QR code, and check it offline (protocol 15).

Decides what a stranger who scans a letter may see: kind, number, date and village, never a person.  Whether the letter
was revoked since is not in it and cannot be known offline.  Reads and writes no file; text comes and goes.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.errors import MalformedMessageError, UnknownKeyError
from sync_protocol.certificates import DeviceCertificate, KeyList, verify_certificate, verify_key_list
from sync_protocol.codec import decode, encode, is_count, is_digest
from sync_protocol.sealing import SIGNATURE_BYTES, SigningKey, VerifyKey, sign_object, verify_object

PREFIX = "KMPS:"
"""Begins every token; all of it is of the QR alphabet of capitals and digits, which needs the smallest code."""
TOKEN_ID_BYTES = 8
TOKEN_LETTERS_MAX = 600
PUBLISHED_BYTES_MAX = 16 * 1024 * 1024
_LETTER = "kampung/letter/0"
_PUBLISHED = "kampung/published-keys/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSeal:
    """What a token says of a letter; ``token_id`` are random bytes, ``issued_days`` days since 1970-01-01."""

    template: str
    number: str
    issued_days: int
    village_id: int
    token_id: bytes


@dataclass(frozen=True, slots=True)
class CheckedLetter:
    """A token that holds: the device that signed, and since when it is locked, None if it is not."""

    seal: LetterSeal
    certificate: DeviceCertificate
    revoked_ms: int | None


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """What a district publishes so that anybody can check its letters: each device's certificate, by key id."""

    key_list: KeyList
    published_ms: int
    devices: Mapping[bytes, tuple[DeviceCertificate, int | None]]


def letter_token(seal: LetterSeal, signing_key: SigningKey) -> str:
    """Return the text for the QR code of a letter, signed by the device that issued it."""
    facts = [seal.template, seal.number, seal.issued_days, seal.village_id, seal.token_id]
    signature = signing_key.sign(_signed(facts))
    raw = encode([*facts, signing_key.key_id, signature])
    return PREFIX + base64.b32encode(raw).decode().rstrip("=")


def check_letter_token(text: str, keys: PublishedKeys) -> CheckedLetter:
    """Return what a scanned token says, proven by the district's published keys.

    Raises MalformedMessageError "token-form" for anything else, UnknownKeyError "letter-key-unknown" for a device that
    the keys do not list, BadSignatureError for a token that was changed or copied to another village.
    """
    seal, signer, facts, signature = _parsed(text)
    if signer not in keys.devices:
        raise UnknownKeyError(
            "the letter is signed by a device that these keys do not list",
            code="letter-key-unknown",
            hint="Fetch the district's newest key file, or ask the village office by telephone.",
        )
    certificate, revoked_ms = keys.devices[signer]
    VerifyKey(certificate.device_signing_key).verify(signature, _signed(facts))
    if certificate.village_id != seal.village_id:
        raise MalformedMessageError("a letter names another village than its device has", code="token-form")
    return CheckedLetter(seal, certificate, revoked_ms)


def _signed(facts: list[object]) -> bytes:
    return encode([_LETTER, *facts])


def token_of(text: str) -> str:
    """Return a token as it was printed, from what a scanner or a person typed; proves nothing.

    Raises MalformedMessageError "token-form" for anything else.

    >>> token_of(" kmps:ab cd ")
    'KMPS:ABCD'
    """
    compact = "".join(text.split()).upper()
    if not compact.startswith(PREFIX) or len(compact) > TOKEN_LETTERS_MAX:
        raise MalformedMessageError("not a letter's token", code="token-form", hint=f"It begins with {PREFIX}")
    return compact


def _parsed(text: str) -> tuple[LetterSeal, bytes, list[object], bytes]:
    compact = token_of(text)
    letters = compact.removeprefix(PREFIX)
    try:
        tree = decode(base64.b32decode(letters + "=" * (-len(letters) % 8)))
    except (binascii.Error, ValueError, MalformedMessageError) as error:
        raise MalformedMessageError("a letter's token is damaged", code="token-form", hint="Scan it again.") from error
    match tree:
        case [str(template), str(number), days, village_id, token_id, signer, signature] if (
            is_count(days)
            and is_count(village_id)
            and is_digest(token_id, TOKEN_ID_BYTES)
            and is_digest(signer, 8)
            and is_digest(signature, SIGNATURE_BYTES)
        ):
            seal = LetterSeal(
                template=template, number=number, issued_days=days, village_id=village_id, token_id=token_id
            )
            return seal, signer, tree[:5], signature
        case _:
            raise MalformedMessageError("not a letter's token", code="token-form")


# -- the file that a district publishes


def published_keys(
    root_key: bytes,
    signed_key_list: bytes,
    devices: Iterable[tuple[bytes, int | None]],
    published_ms: int,
    hub_key: SigningKey,
) -> str:
    """Return the key file as JSON text.

    Args:
        devices: each signed certificate and when the device was locked out, None if it was not.
    """
    listed = [[certificate, revoked_ms] for certificate, revoked_ms in devices]
    signed = sign_object(encode([_PUBLISHED, published_ms, listed]), hub_key)
    tree = {"kind": _PUBLISHED}
    for name, raw in (("root_key", root_key), ("key_list", signed_key_list), ("devices", signed)):
        tree[name] = base64.b64encode(raw).decode()
    return json.dumps(tree, indent=1) + "\n"


def read_published_keys(text: str, root_key: bytes = b"") -> PublishedKeys:
    """Return the keys of a published file, each proven down from the root key in it.

    Args:
        root_key: that of the only district whose file is taken; without it, the reader decides whose file it is.

    Raises MalformedMessageError "keys-form", UnknownKeyError ("keys-foreign" for another root) or BadSignatureError.
    """
    root, key_list_raw, signed = _parts_of(text)
    if root_key and root != root_key:
        raise UnknownKeyError(
            "these are the keys of another district", code="keys-foreign", hint="Fetch keys.json from the own district."
        )
    key_list = verify_key_list(key_list_raw, VerifyKey(root))
    hub_keys = {key_list.verify_key.key_id: key_list.verify_key}
    match decode(verify_object(signed, hub_keys)):
        case [str(name), published_ms, list() as listed] if name == _PUBLISHED and is_count(published_ms):
            certificates = [_device(one, hub_keys) for one in listed]
        case _:
            raise _no_keys()
    by_id = {VerifyKey(one.device_signing_key).key_id: (one, revoked_ms) for one, revoked_ms in certificates}
    return PublishedKeys(key_list, published_ms, by_id)


def _device(tree: object, hub_keys: Mapping[bytes, VerifyKey]) -> tuple[DeviceCertificate, int | None]:
    match tree:
        case [bytes() as certificate, (None | int()) as revoked_ms]:
            return verify_certificate(certificate, hub_keys), revoked_ms
        case _:
            raise _no_keys()


def _parts_of(text: str) -> tuple[bytes, bytes, bytes]:
    if len(text) > PUBLISHED_BYTES_MAX:
        raise _no_keys()
    try:
        tree = json.loads(text)
        root, key_list, signed = (base64.b64decode(tree[name], validate=True) for name in _PARTS)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _no_keys() from error
    return root, key_list, signed


_PARTS = ("root_key", "key_list", "devices")


def _no_keys() -> MalformedMessageError:
    return MalformedMessageError(
        "this is not a district's key file", code="keys-form", hint="Fetch keys.json from the district again."
    )
