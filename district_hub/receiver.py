"""Turn a village's sealed bytes into sealed bytes: open, take in, commit, answer (protocol 6, 7.1, 8.8).

Knows no HTTP and no file.  Opens, verifies, decompresses and parses outside the village's lock; then one transaction;
then the answer is sealed, and only after the commit does it exist.  Whatever the device's standing, its work is stored.
What crosses villages is done afterwards through ``after_commit``; its failure never costs the village its answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from district_hub.blobs import Blobs, is_any_incomplete
from district_hub.clock import now_ms as read_clock
from district_hub.config import HubConfig
from district_hub.devices import Device, load_device, save_devices
from district_hub.keys import HubKeys
from district_hub.mending import reconciled
from district_hub.reading import HubReader
from district_hub.recovery import note_loss
from district_hub.snapshots import Snapshots
from district_hub.standings import Standings
from district_hub.store import HubRegistry, HubStore
from district_hub.tables import FILED_HEAD
from register.database import upsert, writing
from schemas.errors import BadSignatureError, MalformedMessageError, UnknownKeyError, VillageSyncError
from sync_protocol.answer import HubView, answer
from sync_protocol.feed import HeadObject, feed_log_id
from sync_protocol.hub_side import ANSWER_BYTES_MIN, Sender
from sync_protocol.messages import Clock, Message, SnapshotAsk, encode_message, message_digest, parse_message
from sync_protocol.sealing import (
    OpenedMessage,
    Purpose,
    VerifyKey,
    open_sealed,
    peek_receiver,
    seal,
    verify_countersignature,
)
from sync_protocol.tables import ACTIVE, EXPIRED, REVOKED

_log = logging.getLogger(__name__)

AfterCommit = Callable[[HubStore, int, int], None]
"""Called with the store, the village that was received and the time, after each commit."""


@dataclass(frozen=True, slots=True)
class _Received:
    """An opened message of a known device, before the lock."""

    opened: OpenedMessage
    message: Message
    device: Device


class Receiver:
    """The hub's end of every conversation; use it from any thread."""

    def __init__(
        self,
        store: HubStore,
        keys: HubKeys,
        standings: Standings,
        snapshots: Snapshots,
        config: HubConfig,
        *,
        after_commit: AfterCommit | None = None,
        clock: Callable[[], int] = read_clock,
    ) -> None:
        self.store = store
        self.clock = clock
        self.keys = keys
        self._standings = standings
        self._snapshots = snapshots
        self._config = config
        self._after_commit = after_commit

    def handle(self, raw: bytes, now_ms: int | None = None) -> bytes:
        """Take one sealed message in and return the sealed answer; the key list in clear for a seal that is not ours.

        ``now_ms`` is for messages that come as files: their clock says nothing.  Raises RemoteProtocolError or
        TrustError for hostile or damaged bytes, UnknownKeyError "device-unknown" for a device that is not enrolled
        here, HubBusyError "hub-mute" while a restored hub waits to be resumed, StorageError; nothing is changed then.
        """
        if peek_receiver(raw) not in self.keys.sealing_keys:
            return self.keys.signed_key_list  # protocol 8.2: the one answer in clear
        at_ms = self.clock() if now_ms is None else now_ms
        received = self._open(raw)
        # what comes back after a loss may belong to another village by now: then all are locked (protocol 2.8)
        is_loss = any(run.entries for run in received.message.lost)
        villages = None if is_loss else (received.device.village_id,)
        with self.store.registry_transaction(villages, at_ms) as registry:
            device, reply = self._take_in(registry, received, at_ms)
        reply = self._with_files(device, received.message, reply, at_ms)
        sent_ms = self.clock() if now_ms is None else now_ms
        sealed = self._sealed(received, device, reply, received_ms=at_ms, sent_ms=sent_ms)
        self._go_on(device.village_id, at_ms)
        return sealed

    def _open(self, raw: bytes) -> _Received:
        devices: dict[bytes, Device] = {}

        def verify_key_for(device_id: bytes) -> VerifyKey:
            self.store.need_voice()
            with self.store.reading() as reader:
                device = load_device(reader.connection, self.store.district_code, device_id)
            if device is None:
                raise UnknownKeyError(f"device {device_id.hex()} is not enrolled here", code="device-unknown")
            devices[device_id] = device
            return VerifyKey(device.signing_key)

        opened = open_sealed(raw, sealing_keys=self.keys.sealing_keys, verify_key_for=verify_key_for)
        if opened.purpose != Purpose.SYNC:
            raise MalformedMessageError("not a sync message", code="purpose-other")
        message = parse_message(opened.payload)
        if message.number != opened.number:
            raise MalformedMessageError("a message states another number than was signed", code="number-differs")
        return _Received(opened, message, devices[opened.sender_key_id])

    # -- under the lock

    def _take_in(self, registry: HubRegistry, received: _Received, at_ms: int) -> tuple[Device, Message]:
        device = load_device(registry.connection, self.store.district_code, received.device.device_id)
        assert device is not None, "devices are never taken out"
        message = received.message
        is_late = message.number < device.received_number
        sender = Sender(device.device_id, device.village_id, device.standing(at_ms), is_late)
        bounded = replace(message, budget=min(message.budget, self._config.answer_bytes_max))
        _, reply = answer(HubView(registry.tables, sender, self.keys.head_keys(), at_ms), bounded)
        if sender.standing == EXPIRED:
            device = self._standings.renewed(registry.connection, device, at_ms)
            reply = replace(reply, certificate=device.certificate)
        elif sender.standing == ACTIVE:
            if registry.tables.villages.need(device.village_id).suspended:
                note_loss(registry.connection, self.store.district_code, at_ms)
            self._file_head(registry, device, message, at_ms)
            if message.certificate is not None:
                device = self._standings.marked(registry.connection, device, at_ms)
                reply = replace(reply, certificate=device.certificate)
            reply = self._with_snapshot(registry, device, message, reply)
            budget = bounded.budget or self._config.answer_bytes_max
            reply = reconciled(registry, self.keys.head_keys(), device.device_id, message, reply, budget)
        device = _heard(device, message, at_ms, holds=self._key_list_held(device, received), is_late=is_late)
        save_devices(registry.connection, self.store.district_code, [device])
        return device, replace(
            reply,
            number=device.sent_number,
            answers=message_digest(received.opened.payload),
            safe=self._safe(registry, message) if sender.standing == ACTIVE else None,
            key_list=self.keys.signed_key_list if device.key_list_number < self.keys.key_list.number else None,
        )

    def _key_list_held(self, device: Device, received: _Received) -> int:
        """Return the newest key list that the device is known to hold: it has sealed to that one's key."""
        current = self.keys.key_list
        is_newest = received.opened.receiver_key_id == self.keys.sealing_key.key_id
        return current.number if is_newest else device.key_list_number

    def _safe(self, registry: HubRegistry, message: Message) -> tuple[int, int] | None:
        reader = HubReader(registry.connection, self.store.district_code)
        return reader.safe_point(message.village_id, message.replica_id)

    def _with_snapshot(self, registry: HubRegistry, device: Device, message: Message, reply: Message) -> Message:
        """Give a part of a snapshot instead of a long feed to a replica that starts from nothing (protocol 9.2)."""
        ask = message.snapshot
        state = registry.tables.villages.need(device.village_id)
        starts = message.feed_at is not None and message.feed_at.seq == 0
        is_worth_it = starts and state.seq > self._config.snapshot_entries_min
        if not isinstance(ask, SnapshotAsk) or not (is_worth_it or message.reconcile is not None):
            return reply
        bytes_max = max(ANSWER_BYTES_MIN, min(message.budget, self._config.answer_bytes_max))
        part = self._snapshots.part(registry, registry.connection, device.village_id, ask, bytes_max)
        return replace(reply, feed=None, heads=None, snapshot=part)

    def _file_head(self, registry: HubRegistry, device: Device, message: Message, at_ms: int) -> None:
        """File the signed head that the device has countersigned; one that does not hold is not worth refusing work."""
        at = message.feed_at
        if message.ack is None or at is None or at.seq == 0:
            return
        row = registry.tables.feed.get((device.village_id, at.seq))
        if row is None or row.head != at.head:
            return
        log_id = feed_log_id(self.store.district_code, device.village_id)
        head = HeadObject(log_id, at.seq, row.head, row.fingerprint, row.hub_time_ms)
        signed = self.keys.head_keys().sign(head)
        try:
            verify_countersignature(message.ack, signed, VerifyKey(device.signing_key))
        except BadSignatureError:
            _log.warning("event=ack-not-held device=%s seq=%d", device.device_id.hex(), at.seq)
            return
        filed = {
            "district_code": self.store.district_code,
            "village_id": device.village_id,
            "device_id": device.device_id,
            "seq": at.seq,
            "signed_head": signed,
            "countersignature": message.ack[1],
            "filed_ms": at_ms,
        }
        upsert(registry.connection, FILED_HEAD, [filed])

    # -- after the commit

    def _with_files(self, device: Device, message: Message, reply: Message, at_ms: int) -> Message:
        """Take attached files in and add what the village lacks of them, in a transaction of its own."""
        standing = device.standing(at_ms)
        if standing == REVOKED or (not message.blobs and not message.blobs_wanted and not self._lacks_files(device)):
            return reply
        budget = 0
        if standing == ACTIVE and message.blobs_wanted:
            budget = min(message.budget, self._config.answer_bytes_max) - len(encode_message(reply))
        with writing(self.store.engine) as connection:
            blobs = Blobs(connection, self.store.district_code, device.village_id)
            told, parts = blobs.exchange(message.blobs, message.blobs_wanted, budget, at_ms)
        return replace(reply, blobs_wanted=told, blobs=parts)

    def _lacks_files(self, device: Device) -> bool:
        with self.store.reading() as reader:
            return is_any_incomplete(reader.connection, self.store.district_code, device.village_id)

    def _sealed(self, received: _Received, device: Device, reply: Message, *, received_ms: int, sent_ms: int) -> bytes:
        asked = received.message.clock
        echo_ms = asked.sent_ms if asked is not None else None
        held_ms = max(0, sent_ms - received_ms) if asked is not None else None
        return seal(
            encode_message(replace(reply, clock=Clock(sent_ms, echo_ms, held_ms))),
            purpose=Purpose.SYNC,
            number=reply.number,
            signing_key=self.keys.signing_key,
            receiver_public=device.sealing_key,
        )

    def _go_on(self, village_id: int, at_ms: int) -> None:
        if self._after_commit is None:
            return
        try:
            self._after_commit(self.store, village_id, at_ms)
        except VillageSyncError as error:
            # Derived and idempotent (protocol 12.1): the next message or the night does it again.
            _log.warning("event=dispatch-failed village=%d code=%s", village_id, error.code)


def _heard(device: Device, message: Message, at_ms: int, *, holds: int, is_late: bool) -> Device:
    """Return the device after a message; a late one moves nothing but the count of answers (protocol 6.3)."""
    device = replace(device, sent_number=device.sent_number + 1, last_seen_ms=max(device.last_seen_ms, at_ms))
    if is_late:
        return device
    return replace(
        device,
        received_number=message.number,
        key_list_number=max(device.key_list_number, holds),
        feed_seq=message.feed_at.seq if message.feed_at is not None else device.feed_seq,
        replica_id=message.replica_id,
    )
