"""A village node on real disk, enrolled with a district made of fixed keys, and a hub of dictionaries to talk to.

The hub takes the real road: it opens, answers and seals real bytes over ``tests.memory``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from schemas.errors import HubUnreachableError
from sync_protocol import hub_side
from sync_protocol.answer import HubView, answer
from sync_protocol.certificates import DeviceCertificate, KeyList, root_digest, sign_certificate, sign_key_list
from sync_protocol.feed import HeadObject, feed_log_id, parse_head_payload
from sync_protocol.messages import (
    Clock,
    Message,
    SnapshotAsk,
    SnapshotPart,
    encode_message,
    message_digest,
    parse_message,
)
from sync_protocol.sealing import (
    Purpose,
    SealingKey,
    SigningKey,
    VerifyKey,
    generate_sealing_key,
    open_sealed,
    peek_receiver,
    seal,
    sign_object,
    verify_object,
)
from sync_protocol.snapshot import SnapshotRow, build_snapshot, cut, snapshot_digest
from sync_protocol.tables import ACTIVE, EXPIRED, VillageState
from tests.memory import MemoryHub, write_back
from village_node.carriers import LINE_BROKEN
from village_node.config import NodeConfig, write_config
from village_node.keys import NodeKeys, write_keys
from village_node.store import NodeStore

DISTRICT = "35.10"
VILLAGE = 7
VILLAGE_CODE = "35.10.01.2001"
NOW_MS = 1_795_000_000_000
DAY_MS = 24 * 3600 * 1000


def seed(name: str) -> bytes:
    """Return 32 fixed bytes."""
    return hashlib.blake2b(name.encode(), digest_size=32).digest()


class FakeDistrict:
    """The keys of a district, and a hub of dictionaries that answers sealed messages."""

    def __init__(
        self,
        villages: tuple[int, ...] = (VILLAGE,),
        *,
        village_code: str = VILLAGE_CODE,
        village_name: str = "Sumberagung",
    ) -> None:
        self.village_code, self.village_name = village_code, village_name
        self.root = SigningKey.from_seed(seed("root"))
        self.signing = SigningKey.from_seed(seed("hub"))
        self.sealing = SealingKey.from_bytes(generate_sealing_key())
        self.key_list_number = 1
        self.hub = MemoryHub(villages)
        self.now_ms = NOW_MS
        self.devices: dict[bytes, tuple[DeviceCertificate, int]] = {}
        self.number = 0
        self.safe: tuple[int, int] | None = None
        self.heads = hub_side.HeadKeys(
            lambda head: sign_object(head.payload(), self.signing),
            lambda raw: parse_head_payload(verify_object(raw, {self.signing.key_id: self.signing.verify_key})),
        )
        self.received: list[Message] = []
        self.change_answer: Callable[[Message], Message] = lambda message: message
        self.snapshots_from: int | None = None

    def key_list(self) -> bytes:
        """Return the signed key list."""
        content = KeyList(
            number=self.key_list_number,
            district_code=DISTRICT,
            hub_signing_key=self.signing.verify_key.public_bytes,
            hub_sealing_key=self.sealing.public_bytes,
            next_root_digest=root_digest(seed("next root")),
            issued_ms=NOW_MS,
        )
        return sign_key_list(content, self.root)

    def certify(self, keys: NodeKeys, village: int = VILLAGE, serial: int = 1) -> bytes:
        """Return a certificate for a device's keys, which the hub knows from now on."""
        certificate = DeviceCertificate(
            district_code=DISTRICT,
            village_id=village,
            village_code=self.village_code,
            village_name=self.village_name,
            device_signing_key=keys.signing.verify_key.public_bytes,
            device_sealing_key=keys.sealing.public_bytes,
            replica_mark="A",
            issued_ms=NOW_MS,
            expires_ms=NOW_MS + 365 * DAY_MS,
            serial=serial,
        )
        self.devices[keys.signing.key_id] = (certificate, ACTIVE)
        return sign_certificate(certificate, self.signing)

    def set_standing(self, keys: NodeKeys, standing: int) -> None:
        """Change a device's standing."""
        certificate, _ = self.devices[keys.signing.key_id]
        self.devices[keys.signing.key_id] = (certificate, standing)

    def village_key(self, village: int = VILLAGE) -> bytes:
        """Return the key of F."""
        key: bytes = self.hub.database["villages"][village].key
        return key

    def handle(self, raw: bytes, now_ms: int | None = None) -> bytes:
        """Answer a sealed message; the key list in clear if it is sealed to a key that is gone."""
        self.now_ms = now_ms or self.now_ms
        if peek_receiver(raw) != self.sealing.key_id:
            return self.key_list()
        opened = open_sealed(
            raw,
            sealing_keys={self.sealing.key_id: self.sealing},
            verify_key_for=lambda device: VerifyKey(self.devices[device][0].device_signing_key),
        )
        certificate, standing = self.devices[opened.sender_key_id]
        message = parse_message(opened.payload)
        self.received.append(message)
        reply = self._receive(message, opened.sender_key_id, standing)
        if standing == EXPIRED:
            reply = replace(reply, certificate=sign_certificate(replace(certificate, serial=9), self.signing))
            self.devices[opened.sender_key_id] = (replace(certificate, serial=9), ACTIVE)
        return self.sealed(reply, certificate)

    def _receive(self, message: Message, device: bytes, standing: int) -> Message:
        tables = self.hub.tables()
        sender = hub_side.Sender(device, message.village_id, standing)
        self.now_ms += 1
        _, reply = answer(HubView(tables, sender, self.heads, self.now_ms), message)
        write_back(tables, self.hub.database)
        self.number += 1
        echo = message.clock.sent_ms if message.clock is not None else None
        reply = replace(
            reply,
            number=self.number,
            answers=message_digest(encode_message(message)),
            clock=Clock(self.now_ms, echo, 0),
            safe=self.safe,
        )
        state: VillageState = tables.villages.need(message.village_id)
        is_long = self.snapshots_from is not None and state.seq >= self.snapshots_from and standing == ACTIVE
        if isinstance(message.snapshot, SnapshotAsk) and is_long:
            reply = replace(
                reply, feed=None, snapshot=self.snapshot_part(message.snapshot, message.budget, message.village_id)
            )
        return self.change_answer(reply)

    def snapshot_part(self, ask: SnapshotAsk, budget: int, village: int = VILLAGE) -> SnapshotPart:
        """Return a part of the snapshot at the feed's tip."""
        packed = self.snapshot(village)
        digest = snapshot_digest(packed)
        offset = ask.offset if ask.digest == digest else 0
        return SnapshotPart(digest, offset, len(packed), cut(packed, offset, budget))

    def snapshot(self, village: int = VILLAGE) -> bytes:
        """Return the packed snapshot of a village at the feed's tip."""
        state: VillageState = self.hub.database["villages"][village]
        rows = [
            SnapshotRow(record_id, held.kind, held.level, held.version, held.record_digest, held.body)
            for (owner, record_id), held in self.hub.database["held"].items()
            if owner == village
        ]
        row = self.hub.database["feed"][village, state.seq]
        head = HeadObject(feed_log_id(DISTRICT, village), state.seq, row.head, row.fingerprint, row.hub_time_ms)
        decided = [
            (replica, max(seq for seq, _ in tips)) for replica, tips in self.hub.database["tips"].items() if tips
        ]
        return build_snapshot(self.heads.sign(head), rows, decided)

    def sealed(self, reply: Message, certificate: DeviceCertificate) -> bytes:
        """Return an answer sealed to a device."""
        return seal(
            encode_message(reply),
            purpose=Purpose.SYNC,
            number=reply.number,
            signing_key=self.signing,
            receiver_public=certificate.device_sealing_key,
        )


def enrolled(directory: Path, district: FakeDistrict, village: int = VILLAGE) -> NodeStore:
    """Return the open store of a newly enrolled node."""
    directory.mkdir(parents=True, exist_ok=True)
    keys = NodeKeys.draw(district.root.verify_key.public_bytes)
    raw = district.certify(keys, village)
    certificate, _ = district.devices[keys.signing.key_id]
    keys = keys.enrolled(raw, district.key_list(), district.village_key(village))
    config = NodeConfig(
        district_code=DISTRICT,
        village_code=district.village_code,
        village_name=district.village_name,
        hub_url="http://127.0.0.1:9",
    )
    write_config(directory, config)
    write_keys(directory, keys)
    return NodeStore.create(directory, config, keys, certificate)


class HubCarrier:
    """A carrier straight into the hub; ``is_online``, ``lose_answers`` and numbered breaks make the network bad."""

    name = "fake"
    measures_time = True

    def __init__(self, district: FakeDistrict) -> None:
        self.district = district
        self.is_online = True
        self.lose_answers = 0
        self.break_before, self.break_after = set[int](), set[int]()
        self.exchanges = 0

    def exchange(self, request: bytes) -> bytes:
        """Bring a message to the hub and its answer back, or fail as a network does."""
        if not self.is_online:
            raise HubUnreachableError("no network")
        self.exchanges += 1
        if self.exchanges in self.break_before:
            raise HubUnreachableError("the line broke before the hub had it", code=LINE_BROKEN)
        reply = self.district.handle(request)
        if self.exchanges in self.break_after:
            raise HubUnreachableError("the line broke before the answer came", code=LINE_BROKEN)
        if self.lose_answers:
            self.lose_answers -= 1
            raise HubUnreachableError("the answer was lost")
        return reply
