"""Write the protocol's test vectors from fixed keys and times; `--record` also seals and packs anew.

What is sealed or compressed cannot be made twice alike (HPKE draws randomness, zstd versions differ): it is recorded
once in recorded.json and only opened afterwards.  Everything else is written again and compared by the tests.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sync_protocol.codec import decode, encode
from sync_protocol.enrolment import encode_answer, encode_invitation, encode_request, six_words
from sync_protocol.entries import JournalEntry, change_to_tree, journal_start, parse_entry_body
from sync_protocol.feed import FeedEntry, encode_feed_entry
from sync_protocol.messages import Message, encode_message
from sync_protocol.packing import unpack
from sync_protocol.reconcile_forms import reconcile_to_wire
from sync_protocol.sealing import HEADER_BYTES, Purpose, SealingKey, SigningKey, seal, sign_object
from sync_protocol.snapshot import build_snapshot, row_to_wire
from tests.vectors import samples as s

FOLDER = Path(__file__).resolve().parent
Case = dict[str, Any]


def shown(value: Any) -> Any:
    """Return a value as JSON holds it: bytes as "hex:...", dataclasses by the names of their fields."""
    if isinstance(value, bytes):
        return "hex:" + value.hex()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: shown(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list | tuple) else value


def raw_of(case: Case) -> bytes:
    """Return the bytes of a case."""
    return bytes.fromhex(case["hex"])


# --- what a reader must find -----------------------------------------------------------------------------------------


def journal_reading(base_head: bytes, entries: tuple[JournalEntry, ...]) -> list[Any]:
    """Return entries with their heads, change ids and opened bodies."""
    head, out = base_head, []
    for entry in entries:
        change_id, head = entry.change_id(head), entry.head(head)
        officer, changes = parse_entry_body(entry.body)
        trees = [change_to_tree(change) for change in changes]
        out.append({**shown(entry), **shown({"head": head, "change_id": change_id}), "officer": officer})
        out[-1]["changes"] = shown(trees)
    return out


def feed_reading(base_head: bytes, entries: tuple[FeedEntry, ...]) -> list[Any]:
    """Return entries with their heads; verdicts and notices are the same on the wire and in the chain."""
    head, out = base_head, []
    for entry in entries:
        head = entry.head(head)
        verdicts = [verdict.header() for verdict in entry.verdicts]
        notices = [[notice.kind, notice.critical, notice.payload] for notice in entry.notices]
        out.append({"puts": shown(entry.puts), **shown({"verdicts": verdicts, "notices": notices, "head": head})})
    return out


def signed_reading(raw: bytes) -> Any:
    """Return a signed object opened."""
    payload, key_id, signature = decode(raw)
    return shown({"payload": decode(payload), "key_id": key_id, "signature": signature})


def message_reading(message: Message) -> Any:
    """Return the tags of a message by name, empty ones left out."""
    out: dict[str, Any] = {}
    for field in dataclasses.fields(message):
        value = getattr(message, field.name)
        absent = field.default if field.default is not dataclasses.MISSING else {}
        if value != absent or field.name in {"protocol", "district_code", "village_id", "replica_id", "number"}:
            out[field.name] = value
    readings: dict[str, Any] = {}
    if (journal := message.journal) is not None:
        entries = journal_reading(journal.base_head, journal.entries)
        readings["journal"] = [journal.base_seq, shown(journal.base_head), entries]
    if (feed := message.feed) is not None:
        heads = [signed_reading(head) for head in feed.heads]
        readings["feed"] = [*shown(feed.base), feed_reading(feed.base.head, feed.entries), heads]
    if message.lost:
        readings["lost"] = [
            [
                *shown(run.base),
                feed_reading(run.base.head, run.entries),
                [signed_reading(head) for head in run.heads],
                shown([[x, o.summary, o.fields, o.reason, o.case_id] for x, o in run.outcomes]),
            ]
            for run in message.lost
        ]
    for name in ("clock", "snapshot"):
        if name in out:
            readings[name] = list(shown(out[name]).values())
    if message.reconcile is not None:
        readings["reconcile"] = shown(reconcile_to_wire(message.reconcile))
    if message.blobs:
        readings["blobs"] = [list(shown(blob).values()) for blob in message.blobs]
    for name in ("key_list", "certificate"):
        if name in out:
            readings[name] = signed_reading(out[name])
    return {**shown(out), **readings}


# --- the files -------------------------------------------------------------------------------------------------------


def keys() -> list[Case]:
    """Return every key that the vectors are made with."""
    signing: dict[str, SigningKey] = {
        name: getattr(s, name.upper().replace(" ", "_")) for name in ("root", "next root", "hub", "other hub", "device")
    }
    made: list[Case] = [
        {
            "name": name,
            "seed": s.octets(name).hex(),
            "public": key.verify_key.public_bytes.hex(),
            "id": key.key_id.hex(),
        }
        for name, key in signing.items()
    ]
    sealing: dict[str, tuple[bytes, SealingKey]] = {
        "hub sealing": (s.HUB_SEALING_BYTES, s.HUB_SEALING),
        "device sealing": (s.DEVICE_SEALING_BYTES, s.DEVICE_SEALING),
    }
    for name, (private, key) in sealing.items():
        made.append({"name": name, "seed": private.hex(), "public": key.public_bytes.hex(), "id": key.key_id.hex()})
    return [*made, {"name": "village key", "seed": s.VILLAGE_KEY.hex()}, {"name": "secret", "seed": s.SECRET.hex()}]


def logs() -> list[Case]:
    """Return both logs entry by entry: header, body or wire form, head."""
    made: list[Case] = []
    head = journal_start(s.REPLICA)
    for n, entry in enumerate(s.journal(), 1):
        change_id, head = entry.change_id(head), entry.head(head)
        case = {"name": f"journal {n}", "header": entry.header().hex(), "body": entry.body.hex(), "head": head.hex()}
        made.append({**case, "change_id": change_id.hex()})
    head = s.FEED_START
    for n, put_entry in enumerate(s.FEED, 1):
        head = put_entry.head(head)
        case = {"name": f"feed {n}", "header": put_entry.header().hex(), "wire": encode_feed_entry(put_entry).hex()}
        made.append({**case, "head": head.hex()})
    return made


def messages() -> list[Case]:
    """Return each message's bytes and what a reader must find in them."""
    return [
        {"name": name, "hex": encode_message(message).hex(), "reading": message_reading(message)}
        for name, message in s.MESSAGES.items()
    ]


def documents() -> list[Case]:
    """Return head object, key list, certificate and the documents of enrolment."""
    words = six_words(s.DEVICE.verify_key.public_bytes, s.DEVICE_SEALING.public_bytes, s.ROOT.verify_key.public_bytes)
    signed = {"head object": s.SIGNED_HEAD, "key list": s.SIGNED_KEY_LIST, "certificate": s.SIGNED_CERTIFICATE}
    plain = {"request": encode_request(s.ENROLMENT_REQUEST)}
    plain |= {f"answer, {name}": encode_answer(answer) for name, answer in s.ENROLMENT_ANSWERS.items()}
    return [
        *(
            {"name": name, "form": "signed", "hex": raw.hex(), "reading": signed_reading(raw)}
            for name, raw in signed.items()
        ),
        *(
            {"name": name, "form": "plain", "hex": raw.hex(), "reading": shown(decode(raw))}
            for name, raw in plain.items()
        ),
        {"name": "invitation", "form": "json", "hex": encode_invitation(s.INVITATION).hex()},
        {"name": "six words", "form": "words", "words": list(words)},
    ]


def recorded() -> list[Case]:
    """Return what cannot be made twice alike; called by `--record` only."""
    to_hub = {"signing_key": s.DEVICE, "receiver_public": s.HUB_SEALING.public_bytes}
    to_device = {"signing_key": s.HUB, "receiver_public": s.DEVICE_SEALING.public_bytes}
    everything = encode_message(s.MESSAGES["everything"])
    request, answer = encode_request(s.ENROLMENT_REQUEST), encode_answer(s.ENROLMENT_ANSWERS["approved"])
    snapshot = build_snapshot(s.SIGNED_HEAD, s.ROWS, [(s.REPLICA, 5)])
    sealed: list[tuple[str, int, bytes, dict[str, Any], str]] = [
        ("sync to the hub", Purpose.SYNC, everything, to_hub, "hub sealing"),
        ("sync to the device", Purpose.SYNC, encode_message(s.MESSAGES["empty"]), to_device, "device sealing"),
        ("enrolment request", Purpose.ENROLMENT_REQUEST, request, to_hub, "hub sealing"),
        ("enrolment answer", Purpose.ENROLMENT_ANSWER, answer, to_device, "device sealing"),
    ]
    made: list[Case] = []
    for number, (name, purpose, payload, keys_used, receiver) in enumerate(sealed, 1):
        raw = seal(payload, purpose=purpose, number=number, **keys_used)
        case: Case = {"name": name, "form": "sealed", "receiver": receiver, "purpose": int(purpose), "number": number}
        made.append(
            {**case, "sender": keys_used["signing_key"].key_id.hex(), "payload": payload.hex(), "hex": raw.hex()}
        )
    unpacked = unpack(snapshot, 1 << 20)
    reading = {
        "context": "kampung/snapshot/0",
        "head": signed_reading(s.SIGNED_HEAD),
        "rows": sorted([shown(row_to_wire(row)) for row in s.ROWS]),
        "decided": [shown([s.REPLICA, 5])],
    }
    made.append(
        {"name": "snapshot", "form": "snapshot", "payload": unpacked.hex(), "hex": snapshot.hex(), "reading": reading}
    )
    return made


def negatives(records: list[Case]) -> list[Case]:
    """Return bytes that must be refused, how they are read and the code of the refusal."""
    sealed = raw_of(next(case for case in records if case["name"] == "enrolment request"))
    to_device = raw_of(next(case for case in records if case["name"] == "sync to the device"))
    message = encode_message(s.MESSAGES["tag feed"])
    wrong_type = encode({**decode(encode_message(s.MESSAGES["empty"])), 5: "five"})
    put = s.FEED[0].to_wire()
    put[0][0][7] = s.octets("digest of another body", 16)
    beside = encode({**decode(encode_message(s.MESSAGES["empty"])), 8: [0, s.FEED_START, [put], []]})
    forged = encode([*decode(s.SIGNED_KEY_LIST)[:2], s.OTHER_HUB.sign(b"another payload")])
    middle = HEADER_BYTES + (len(sealed) - HEADER_BYTES) // 2
    cases: list[tuple[str, str, bytes, str]] = [
        ("sealed, one bit flipped in the ciphertext", "sealed", flipped(sealed, middle), "seal-broken"),
        ("sealed, one bit flipped in the encapsulated key", "sealed", flipped(sealed, HEADER_BYTES), "seal-broken"),
        ("sealed, one bit flipped in the receiver", "sealed", flipped(sealed, 5), "key-unknown"),
        ("sealed, one bit flipped in the magic", "sealed", flipped(sealed, 0), "message-malformed"),
        ("sealed, truncated", "sealed", sealed[:-1], "seal-broken"),
        ("sealed, header only", "sealed", sealed[:HEADER_BYTES], "seal-broken"),
        ("sealed, to another receiver", "sealed", to_device, "key-unknown"),
        ("message, truncated", "message", message[:-1], "message-malformed"),
        ("message, followed by a byte", "message", message + b"\x00", "message-malformed"),
        ("message, a text as number", "message", wrong_type, "message-malformed"),
        ("message, an array", "message", encode([1]), "message-malformed"),
        ("message, no replica", "message", encode({1: 0, 2: "35.10", 3: 7, 5: 1}), "message-malformed"),
        ("message, a digest beside another body", "message", beside, "message-malformed"),
        ("message, a float", "message", b"\x81\x01\xcb" + bytes(8), "message-malformed"),
        ("message, nested 17 deep", "message", encode({99: nested(17)}), "message-malformed"),
        ("signed object of another hub's key", "signed", sign_object(b"x", s.OTHER_HUB), "key-unknown"),
        ("signed object with another signature", "signed", forged, "signature-bad"),
        ("signed object, truncated", "signed", s.SIGNED_KEY_LIST[:-1], "message-malformed"),
    ]
    return [{"name": name, "read_as": how, "hex": raw.hex(), "code": code} for name, how, raw, code in cases]


def nested(depth: int) -> Any:
    """Return an empty array in so many arrays."""
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def flipped(raw: bytes, at: int) -> bytes:
    """Return bytes with one bit changed."""
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def load(name: str) -> list[Case]:
    """Return the cases of a vector file."""
    cases: list[Case] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return cases


def generate(records: list[Case]) -> dict[str, list[Case]]:
    """Return every file that is written again, by name."""
    return {
        "keys": keys(),
        "logs": logs(),
        "messages": messages(),
        "documents": documents(),
        "negatives": negatives(records),
    }


def _write(name: str, cases: list[Case]) -> None:
    text = json.dumps(cases, indent=1, ensure_ascii=False)
    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Write the files; `--record` seals anew."""
    if "--record" in sys.argv[1:]:
        _write("recorded", recorded())
    for name, cases in generate(load("recorded")).items():
        _write(name, cases)
        print(f"{name}.json: {len(cases)} cases")


if __name__ == "__main__":
    main()
