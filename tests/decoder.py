"""Read everything that travels, written from docs/protocol.md alone: the proof that the page suffices.

Knows the standard library, zstd and one HPKE, keys given; imports nothing of this project.  Signatures are shown, not
checked.  Bytes come out as "hex:...", so that every reading is JSON.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import zstandard
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, MLKEM768X25519PrivateKey, Suite

# --- MessagePack -----------------------------------------------------------------------------------------------------

_LONG = {"bytes": (0xC4, 0xC5, 0xC6), "text": (0xD9, 0xDA, 0xDB), "array": (0, 0xDC, 0xDD), "map": (0, 0xDE, 0xDF)}
_SHORT = {"text": (0xA0, 32), "array": (0x90, 16), "map": (0x80, 16)}
_SIZED = {first: (code, what) for what in _LONG for first, code in zip(_LONG[what], "BHI", strict=True) if first}
_NUMBERS = {0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q", 0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q"}


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, size: int) -> bytes:
        assert self.at + size <= len(self.raw), "truncated"
        self.at += size
        return self.raw[self.at - size : self.at]

    def number(self, code: str) -> int:
        return int(struct.unpack(">" + code, self.take(struct.calcsize(code)))[0])

    def value(self) -> Any:
        first = self.take(1)[0]
        if first <= 0x7F or first >= 0xE0:
            return first if first <= 0x7F else first - 256
        if first in _NUMBERS:
            return self.number(_NUMBERS[first])
        if first in {0xC0, 0xC2, 0xC3}:
            return {0xC0: None, 0xC2: False, 0xC3: True}[first]
        if first <= 0x8F:
            return self.sized("map", first - 0x80)
        if first <= 0x9F:
            return self.sized("array", first - 0x90)
        if first <= 0xBF:
            return self.sized("text", first - 0xA0)
        code, what = _SIZED[first]
        return self.sized(what, self.number(code))

    def sized(self, what: str, size: int) -> Any:
        if what == "map":
            return {self.value(): self.value() for _ in range(size)}
        if what == "array":
            return [self.value() for _ in range(size)]
        return self.take(size).decode() if what == "text" else self.take(size)


def unpack(raw: bytes) -> Any:
    reader = _Reader(raw)
    value = reader.value()
    assert reader.at == len(raw), "more than one value"
    return value


def pack(value: Any) -> bytes:
    """Encode what headers are made of (3.3, 3.6), shortest forms only."""
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        if -32 <= value <= 127:
            return struct.pack("b", value)
        for first, code in _NUMBERS.items():
            bits = 8 * struct.calcsize(code)
            if 0 <= value < 1 << bits if code.isupper() else -(1 << bits - 1) <= value < 0:
                return bytes([first]) + struct.pack(">" + code, value)
    if isinstance(value, bytes):
        return _length(len(value), "bytes") + value
    if isinstance(value, str):
        return _length(len(value.encode()), "text") + value.encode()
    if isinstance(value, list):
        return _length(len(value), "array") + b"".join(map(pack, value))
    return _length(len(value), "map") + b"".join(pack(key) + pack(item) for key, item in value.items())


def _length(size: int, what: str) -> bytes:
    short, below = _SHORT.get(what, (0, 0))
    if size < below:
        return bytes([short + size])
    fits = (x for x in zip(_LONG[what], "BHI", strict=True) if x[0] and size < 1 << 8 * struct.calcsize(x[1]))
    first, code = next(fits)
    return bytes([first]) + struct.pack(">" + code, size)


def h(raw: bytes, size: int = 32) -> bytes:
    return hashlib.blake2b(raw, digest_size=size).digest()


def shown(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, bytes):
        return "hex:" + value.hex()
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


def named(names: str, values: list[Any]) -> dict[str, Any]:
    return dict(zip(names.split(), values, strict=True))


# --- logs (3) --------------------------------------------------------------------------------------------------------


def read_journal(base_head: bytes, entries: list[list[Any]]) -> list[dict[str, Any]]:
    head, before, out = base_head, None, []
    for wired in entries:
        entry = named("kind critical wall_ms offset_ms seen_seq seen_head8 after first body", wired)
        if entry["after"] == 0:
            entry["after"] = before
        head = h(head + pack([*list(entry.values())[:8], h(entry["body"], 16)]))
        before = entry["first"] or head[:16]
        officer, changes = unpack(entry["body"])
        out.append({**entry, "head": head, "change_id": before, "officer": officer, "changes": changes})
    return out


def read_feed(base_head: bytes, entries: list[list[Any]]) -> list[dict[str, Any]]:
    head, out = base_head, []
    for wired_puts, verdicts, notices in entries:
        puts, headers = [], []
        for wired in wired_puts:
            put = named("kind level record_id version previous_version previous_digest cause record_digest body", wired)
            if put["record_digest"] is None:
                put["record_digest"] = h(put["body"], 16)
            shown_digest = None if put["level"] == 0 else h(put["body"] or b"", 16)
            headers.append([*wired[:6], put["record_digest"], put["cause"], shown_digest])
            puts.append(put)
        head = h(head + pack([headers, verdicts, notices]))
        out.append({"puts": puts, "verdicts": verdicts, "notices": notices, "head": head})
    return out


def read_signed(raw: bytes) -> dict[str, Any]:
    payload, key_id, signature = unpack(raw)
    return {"payload": unpack(payload), "key_id": key_id, "signature": signature}


# --- messages (6) ----------------------------------------------------------------------------------------------------

_TAGS = named(
    "protocol district_code village_id replica_id number answers journal feed feed_at tips safe lost heads realign "
    "standing clock budget full_run ack snapshot blobs_wanted blobs reconcile key_list certificate",
    [*range(1, 23), *range(25, 28)],
)


def read_message(raw: bytes) -> Any:
    tags = unpack(raw)
    out = {name: tags.pop(tag) for name, tag in _TAGS.items() if tag in tags}
    if "journal" in out:
        base_seq, base_head, entries = out["journal"]
        out["journal"] = [base_seq, base_head, read_journal(base_head, entries)]
    if "feed" in out:
        base_seq, base_head, entries, heads = out["feed"]
        out["feed"] = [base_seq, base_head, read_feed(base_head, entries), [read_signed(head) for head in heads]]
    for run in out.get("lost", []):
        run[2:4] = [read_feed(run[1], run[2]), [read_signed(head) for head in run[3]]]
    for name in {"key_list", "certificate"} & set(out):
        out[name] = read_signed(out[name])
    return shown({**out, "unknown": tags} if tags else out)


# --- sealed messages (7), snapshot (9) ----------------------------------------------------------------------------


def unfold(packed: bytes) -> bytes:
    """Undo 7.4."""
    return zstandard.ZstdDecompressor().decompress(packed[1:]) if packed[0] else packed[1:]


def open_sealed(raw: bytes, private_key: bytes) -> dict[str, Any]:
    assert raw[:4] == b"KMP0"
    mlkem = MLKEM768PrivateKey.from_seed_bytes(private_key[:64])
    x25519 = X25519PrivateKey.from_private_bytes(private_key[64:])
    suite = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
    plaintext = suite.decrypt(raw[12:], MLKEM768X25519PrivateKey(mlkem, x25519), b"kampung/seal/0" + raw[4:12])
    signed, signature, packed = unpack(plaintext)
    out = named("context purpose sender_key_id receiver_key_id number payload_digest", unpack(signed))
    assert out["payload_digest"] == h(packed)
    return {**out, "signature": signature, "payload": unfold(packed)}


def read_snapshot(packed: bytes) -> Any:
    context, head, rows, decided = unpack(unfold(packed))
    return shown({"context": context, "head": read_signed(head), "rows": rows, "decided": decided})
