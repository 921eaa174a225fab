"""Open an answer of the hub and take it in, in one transaction (protocol 6.3, 6.4, 7.1, 8, 9).

Decides whether an answer may move cursors, clock and keys: only one to a newer own message than any answered before.
What it says of entries is ``sync_protocol.node_side``'s; nothing of a hostile or damaged answer is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import select

from schemas.errors import MalformedMessageError, RemoteProtocolError, UnknownKeyError
from sync_protocol import node_side
from sync_protocol.certificates import verify_certificate, verify_key_list
from sync_protocol.messages import Clock, Message, SnapshotPart, parse_message
from sync_protocol.reconcile_forms import ReconcileTell
from sync_protocol.sealing import MAGIC, Purpose, VerifyKey, open_sealed
from sync_protocol.tables import ACTIVE, EXPIRED, NodeState
from village_node.blobs import note_at_hub, take_parts
from village_node.bootstrap import take_part
from village_node.keys import new_replica_id
from village_node.store import NodeStore, Working
from village_node.tables import SENT_MESSAGE

ROUND_TRIP_MS_MAX = 60_000
"""A longer round trip says too little about the hub's clock to correct ours by it."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """This machine's clock when a message left and when its answer came; only a live connection has one."""

    sent_ms: int
    received_ms: int


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What an answer did; ``hub_seq`` is the end of the hub's feed as it told, None if it did not.

    ``is_apart``: the hub does not know the feed position this node stands on, and asks for evidence (protocol 11).
    ``told``: what a message that mends the layer was answered (protocol 14).
    """

    applied: int
    asks_again: bool
    hub_seq: int | None
    is_fresh: bool
    is_apart: bool = False
    told: ReconcileTell | SnapshotPart | None = None


def take_in(store: NodeStore, raw: bytes, *, trip: RoundTrip | None = None, mends: bool = False) -> TakenIn:
    """Take one answer in, or raise and change nothing.

    Args:
        mends: it answers a message that mends the layer, so a snapshot's part is for that.

    Raises UnknownKeyError or BadSignatureError for what the hub did not seal for this device, RemoteProtocolError
    "answer-unsolicited" for an answer to a message that this database did not send, MalformedMessageError,
    LimitExceededError, RefusedError "practice", StorageError.
    """
    store.must_be_real()
    if not raw.startswith(MAGIC):
        return _take_key_list(store, raw)
    with store.transaction() as working:
        message = _opened(store, working, raw)
        number = _number_answered(working, message)
        is_fresh = number > working.sync.answered_number
        before = working.tables.state
        told = _told(message) if mends else None
        if told is not None:
            _check_address(before, message)
            taken = node_side.Taken()
        elif isinstance(message.snapshot, SnapshotPart):
            _check_address(before, message)
            applied = take_part(store, working, message.snapshot)
            taken = node_side.Taken(applied, asks_again=applied == 0)
        else:
            if message.feed is not None and message.feed.entries:
                # This program may understand what its forerunner did not; if not, the run says so again.
                working.tables.state = replace(before, needs_update=False)
            taken = node_side.take_answer(working.tables, message, new_replica_id())
        if is_fresh:
            working.sync.answered_number = number
            note_at_hub(working.connection, message.blobs_wanted)
            _hear(store, working, message, trip)
        else:
            working.tables.state = _kept_cursors(before, working.tables.state)
        take_parts(working.connection, message.blobs)
        hub_seq = message.feed_at.seq if message.feed_at is not None else None
        asks_again = taken.asks_again or message.standing == EXPIRED
        return TakenIn(taken.applied, asks_again, hub_seq, is_fresh, message.heads is not None, told)


def _opened(store: NodeStore, working: Working, raw: bytes) -> Message:
    sealing, known = store.keys.sealing, store.hub_keys(working.sync)

    def verify_key_for(sender: bytes) -> VerifyKey:
        if sender not in known:
            raise UnknownKeyError(
                "Jawaban ditandatangani kunci yang tidak dikenal",
                hint="Telepon kabupaten: apakah kunci mereka baru saja diganti?",
            )
        return known[sender]

    opened = open_sealed(raw, sealing_keys={sealing.key_id: sealing}, verify_key_for=verify_key_for)
    if opened.purpose != Purpose.SYNC:
        raise MalformedMessageError("not an answer to a sync message")
    return parse_message(opened.payload)


def _number_answered(working: Working, message: Message) -> int:
    query = select(SENT_MESSAGE.c.number).where(SENT_MESSAGE.c.digest == message.answers)
    number: int | None = working.connection.scalar(query) if message.answers is not None else None
    if number is None:
        raise RemoteProtocolError(
            "Jawaban ini bukan untuk kiriman laptop ini",
            code="answer-unsolicited",
            hint="Jawaban lama atau milik salinan lain; ekspor kiriman baru.",
        )
    return number


def _told(message: Message) -> ReconcileTell | SnapshotPart | None:
    """Return what the hub says to a message that mends the layer; None from a hub that does not know such."""
    for part in (message.reconcile, message.snapshot):
        if isinstance(part, ReconcileTell | SnapshotPart):
            return part
    return None


def _check_address(state: NodeState, message: Message) -> None:
    if message.district_code != state.district_code or message.village_id != state.village_id:
        raise MalformedMessageError("the answer is for another village or district", code="message-misaddressed")


def _kept_cursors(before: NodeState, after: NodeState) -> NodeState:
    """Return the state after an answer that is late or came twice: it moves nothing back (protocol 6.3)."""
    kept = replace(after, standing=before.standing, safe_feed_seq=max(before.safe_feed_seq, after.safe_feed_seq))
    if after.replica_id != before.replica_id:
        return kept
    acked = max(before.acked_seq, after.acked_seq)
    return replace(kept, acked_seq=acked, safe_seq=min(acked, max(before.safe_seq, after.safe_seq)))


# -- what only a fresh answer may change: clock, keys, papers


def _hear(store: NodeStore, working: Working, message: Message, trip: RoundTrip | None) -> None:
    offset = _offset_ms(message.clock, trip)
    if offset is not None:
        working.tables.state = replace(working.tables.state, offset_ms=offset)
    if message.key_list is not None:
        _keep_key_list(store, working, message.key_list)
    if message.certificate is not None:
        _keep_certificate(store, working, message)
    if message.standing == ACTIVE and message.snapshot is None and working.tables.state.feed_seq == 0:
        # Asked or not: the hub has no snapshot for this start, so the journal and the feed go their way.
        working.sync.is_snapshot_declined = True


def _offset_ms(clock: Clock | None, trip: RoundTrip | None) -> int | None:
    """Return how far the hub's clock is ahead of ours, from a live round trip that names our own time."""
    if clock is None or trip is None or clock.echo_ms != trip.sent_ms:
        return None
    held_ms = clock.held_ms or 0
    on_the_way_ms = trip.received_ms - trip.sent_ms - held_ms
    if held_ms < 0 or not 0 <= on_the_way_ms <= ROUND_TRIP_MS_MAX:
        return None
    return clock.sent_ms + on_the_way_ms // 2 - trip.received_ms


def _keep_certificate(store: NodeStore, working: Working, message: Message) -> None:
    """Keep a renewed certificate; one for other keys or another village is none of ours."""
    raw = message.certificate or b""
    new, old = verify_certificate(raw, store.hub_keys(working.sync)), store.certificate(working.sync)
    same = ("device_signing_key", "device_sealing_key", "village_id", "district_code")
    if any(getattr(new, name) != getattr(old, name) for name in same):
        raise MalformedMessageError("a certificate is for another device", code="certificate-other")
    if new.serial >= old.serial:
        working.sync.certificate = raw
        if new.replica_mark != old.replica_mark:
            working.sync.mark_replica_id = message.replica_id


def _take_key_list(store: NodeStore, raw: bytes) -> TakenIn:
    """Take the one answer that comes in clear: the keys that the hub has now (protocol 8.2)."""
    with store.transaction() as working:
        is_newer = _keep_key_list(store, working, raw)
        return TakenIn(0, asks_again=is_newer, hub_seq=None, is_fresh=is_newer)


def _keep_key_list(store: NodeStore, working: Working, raw: bytes) -> bool:
    found = verify_key_list(raw, store.keys.root)
    if found.district_code != working.tables.state.district_code:
        raise MalformedMessageError("a key list is of another district", code="message-misaddressed")
    if found.number <= working.sync.key_list_number:
        return False
    working.sync.key_list, working.sync.key_list_number = raw, found.number
    return True
