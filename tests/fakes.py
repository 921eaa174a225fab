"""A village laptop in memory with real keys: it enrols, seals, opens and checks everything as a real one does.

Its database is the dictionaries of ``tests.memory``; nothing of ``village_node`` is in it, so the hub is tested against
the protocol and not against our other shell.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

from district_hub.hub import Hub
from district_hub.receiver import Receiver
from sync_protocol import composing
from sync_protocol.certificates import KeyList, verify_certificate, verify_key_list
from sync_protocol.codec import digest16
from sync_protocol.enrolment import (
    EnrolmentAnswer,
    EnrolmentRequest,
    EnrolmentStatus,
    Invitation,
    authorise_request,
    encode_request,
    parse_answer,
    parse_invitation,
    six_words,
)
from sync_protocol.entries import Change, EntryKind
from sync_protocol.feed import HeadObject, feed_start, parse_head_payload
from sync_protocol.messages import Message, encode_message, message_digest, parse_message
from sync_protocol.sealing import (
    OpenedMessage,
    Purpose,
    SealingKey,
    SigningKey,
    VerifyKey,
    countersign,
    generate_sealing_key,
    open_sealed,
    seal,
    verify_object,
)
from sync_protocol.tables import NodeTables
from tests.memory import MemoryNode

NOW = 1_780_000_000_000


class FakeNode(MemoryNode):
    """A device of one village; ``seed`` makes its keys and replica ids, so that a test repeats."""

    def __init__(self, invitation: Invitation, seed: int = 1) -> None:
        self.invitation = invitation
        self.signing_key = SigningKey.from_seed(seed.to_bytes(32, "big"))
        self.sealing_key = SealingKey.from_bytes(generate_sealing_key())
        self.key_list: KeyList = verify_key_list(invitation.key_list, VerifyKey(invitation.root_key))
        replica_ids = (digest16(bytes([seed % 256, n % 256]))[:8] for n in itertools.count(1))
        super().__init__(0, self.signing_key.key_id, replica_ids)
        self.number = 0
        self.sent: dict[bytes, int] = {}
        self.certificate = b""

    # -- enrolment

    def request(self, **changes: Any) -> bytes:
        """Return the sealed enrolment request; ``changes`` spoil fields before the MAC is made."""
        request = EnrolmentRequest(
            invitation_id=self.invitation.invitation_id,
            village_code=self.invitation.village_code,
            device_signing_key=self.signing_key.verify_key.public_bytes,
            device_sealing_key=self.sealing_key.public_bytes,
            replica_id=self.state.replica_id,
            program_version="test",
        )
        secret = changes.pop("secret", self.invitation.secret)
        return seal(
            encode_request(authorise_request(replace(request, **changes), secret)),
            purpose=Purpose.ENROLMENT_REQUEST,
            number=0,
            signing_key=self.signing_key,
            receiver_public=self.key_list.hub_sealing_key,
        )

    @property
    def words(self) -> str:
        """The six words that the officer reads out."""
        return " ".join(
            six_words(self.signing_key.verify_key.public_bytes, self.sealing_key.public_bytes, self.invitation.root_key)
        )

    def take_enrolment(self, raw: bytes) -> EnrolmentAnswer:
        """Open an enrolment answer; become a replica of the village if it approves."""
        answer = parse_answer(self.open(raw, Purpose.ENROLMENT_ANSWER).payload)
        if answer.status == EnrolmentStatus.APPROVED:
            assert answer.certificate is not None
            assert answer.village_key is not None
            self.certificate = answer.certificate
            certificate = verify_certificate(answer.certificate, self.hub_keys)
            self.state = replace(
                self.state,
                district_code=certificate.district_code,
                village_id=certificate.village_id,
                village_key=answer.village_key,
                feed_head=feed_start(certificate.district_code, certificate.village_id),
            )
        return answer

    @property
    def hub_keys(self) -> dict[bytes, VerifyKey]:
        """The hub's verify keys, by id."""
        return {self.key_list.verify_key.key_id: self.key_list.verify_key}

    # -- sync

    def tables(self) -> NodeTables:
        """Return a fresh view of the database, with the hub's real signature checked."""
        tables = super().tables()
        tables.verify_head = self._verify_head
        return tables

    def _verify_head(self, raw: bytes) -> HeadObject:
        return parse_head_payload(verify_object(raw, self.hub_keys))

    def say(self, *changes: Change, kind: int = EntryKind.CORRECTION, wall_ms: int = NOW - 60_000) -> bytes:
        """Save one officer action and return its change id."""
        return self.save(kind, changes, wall_ms).change_id

    def next_message(self, journal_bytes_max: int = 1 << 20, **changes: Any) -> Message:
        """Return the next message, with ``changes`` to its fields."""
        self.number += 1
        signed = self.state.signed_head
        message = composing.compose(
            self.tables(), number=self.number, budget=1 << 20, journal_bytes_max=journal_bytes_max
        )
        ack = countersign(signed, self.signing_key) if signed is not None else None
        return replace(message, ack=ack, **changes)

    def sealed(self, message: Message | None = None) -> bytes:
        """Return a message sealed to the hub, the next one by default."""
        message = self.next_message() if message is None else message
        payload = encode_message(message)
        self.sent[message_digest(payload)] = message.number
        return self.seal_payload(payload, message.number)

    def seal_payload(self, payload: bytes, number: int) -> bytes:
        """Return any payload sealed to the hub."""
        return seal(
            payload,
            purpose=Purpose.SYNC,
            number=number,
            signing_key=self.signing_key,
            receiver_public=self.key_list.hub_sealing_key,
        )

    def open(self, raw: bytes, purpose: int = Purpose.SYNC) -> OpenedMessage:
        """Open what the hub sealed to this device."""
        opened = open_sealed(
            raw,
            sealing_keys={self.sealing_key.key_id: self.sealing_key},
            verify_key_for=lambda key_id: self.hub_keys[key_id],
        )
        assert opened.purpose == purpose
        return opened

    def take(self, raw: bytes) -> Message:
        """Open an answer, check that it answers a message of ours, take it in and return it."""
        reply = parse_message(self.open(raw).payload)
        assert reply.answers in self.sent
        if reply.certificate is not None:
            self.certificate = reply.certificate
        self.receive(reply)
        return reply

    def sync(self, receiver: Receiver, now_ms: int = NOW) -> Message:
        """Exchange one message."""
        return self.take(receiver.handle(self.sealed(), now_ms))


def enrolled(hub: Hub, village_code: str, seed: int = 1, now_ms: int = NOW) -> FakeNode:
    """Return a node that has gone through the whole enrolment at a hub."""
    _, path = hub.enrolment.invite(village_code, now_ms)
    node = FakeNode(read_invitation(path), seed)
    waiting = node.take_enrolment(hub.enrolment.receive(node.request(), now_ms))
    assert waiting.status == EnrolmentStatus.WAITING
    hub.enrolment.approve(node.device_id, node.words, now_ms)
    approved = node.take_enrolment(hub.enrolment.receive(node.request(), now_ms))
    assert approved.status == EnrolmentStatus.APPROVED
    return node


def read_invitation(path: Path) -> Invitation:
    """Return the invitation of a file."""
    return parse_invitation(path.read_bytes())
