"""Take a village's message in and answer it, at the hub (protocol 2.9, 6.2, 11).

Writes one village's feed.  Every authenticated entry is stored, whatever the device's standing; entries beyond a gap
wait; every branch of a fork is decided.  The shell has opened and verified the message and holds the village's lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from schemas.errors import MalformedMessageError, ProtocolError
from sync_protocol.admission import admit, touched_records
from sync_protocol.cases import case_id_of
from sync_protocol.codec import decode_body, encode, encode_body
from sync_protocol.entries import parse_entry_body
from sync_protocol.feed import ACCEPTED, FeedEntry, HeadObject, Put, Verdict, feed_log_id, feed_start
from sync_protocol.giveback import is_on_chain, take_back
from sync_protocol.journal_tree import check_journal, release, store
from sync_protocol.lost_runs import verified_evidence
from sync_protocol.messages import FeedRun, LostRun, Message, Position
from sync_protocol.overlay import derived_body
from sync_protocol.registry import Registry
from sync_protocol.tables import (
    ACTIVE,
    DECIDED,
    ORPHAN,
    RELEASED,
    REVOKED,
    HubTables,
    JournalRow,
    VillageState,
)

ANSWER_BYTES_MIN = 2048
"""An answer carries at least one feed entry, whatever the budget; below this a budget makes no progress."""

_LOADED_AT_ONCE = 250
"""Feed entries asked of the database in one query; a slow link's budget ends long before the feed does."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who an opened message is from: the device's key id, its village and its standing.

    ``is_late`` tells that a newer message of the device has been heard before: its entries count, and what it says of
    positions moves nothing back (protocol 6.3).
    """

    device_id: bytes
    village_id: int
    standing: int = ACTIVE
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class HeadKeys:
    """How the hub signs its heads and knows them again; deterministic, keys inside."""

    sign: Callable[[HeadObject], bytes]
    verify: Callable[[bytes], HeadObject]


def receive(tables: HubTables, message: Message, sender: Sender, keys: HeadKeys, now_ms: int) -> Message:
    """Take one opened message in and return the answer, without number and quoted digest (the shell adds them).

    Raises MalformedMessageError if the message is addressed to another district or claims another village than its
    sender's, or a journal head at another number than it has; TrustError if it speaks for another village's replica.
    Nothing is changed then.
    """
    if message.district_code != tables.district_code or message.village_id != sender.village_id:
        raise MalformedMessageError("the message is for another village or district", code="message-misaddressed")
    check_journal(tables, message, sender.village_id)
    registry = Registry(tables, now_ms)
    receipts = _hear_evidence(registry, message, sender, keys)
    store(tables, message, sender.village_id, sender.device_id, now_ms, quarantined=sender.standing == REVOKED)
    decide_waiting(registry, sender.village_id)
    return replace(_answer(registry, message, sender, keys), lost=receipts)


# -- evidence and suspension (protocol 11.1, 11.2)


def _hear_evidence(registry: Registry, message: Message, sender: Sender, keys: HeadKeys) -> tuple[LostRun, ...]:
    """Take back what the message offers; return the receipts: the position up to which each run has been taken."""
    tables, village = registry.tables, sender.village_id
    on_chain = _stands_on_chain(registry, message)
    receipts: list[LostRun] = []
    for lost in message.lost if sender.standing != REVOKED else ():
        evidence = verified_evidence(tables, village, lost, keys.verify)
        if evidence is not None and take_back(registry, village, evidence):
            end = Position(evidence.base_seq + len(evidence.entries), evidence.end_head)
            receipts.append(LostRun(end, (), ()))
    state = tables.villages.need(village)
    suspended = without_device(state, sender.device_id).suspended
    at = message.feed_at
    if not on_chain and sender.standing != REVOKED and at is not None and at.head not in tables.recovered:
        suspended |= {sender.device_id}
    if suspended != state.suspended and not sender.is_late:
        tables.villages[village] = replace(state, suspended=suspended)
    return tuple(receipts)


def _stands_on_chain(registry: Registry, message: Message) -> bool:
    at = message.feed_at
    return at is None or is_on_chain(registry, message.village_id, at.seq, at.head)


# -- what a person ends


def release_gap(registry: Registry, orphans: Iterable[JournalRow]) -> None:
    """A person says that the entries missing before these will never come: they are judged as they stand.

    Should they come after all, they are taken in and judged like any others; until then the hub does not acknowledge
    what follows them, so that a node which still holds them sends them.
    """
    for row in sorted(orphans, key=lambda orphan: (orphan.replica_id, orphan.seq, orphan.head)):
        known = registry.tables.journal.need(row.head)
        if known.state == ORPHAN:
            release(registry.tables, known)


def without_device(state: VillageState, device_id: bytes) -> VillageState:
    """Return a village's state without a device's suspension: it is back on the chain, or revoked (protocol 11.1)."""
    return replace(state, suspended=state.suspended - {device_id})


def write_off(registry: Registry, village: int) -> None:
    """A person ends a village's suspension: what those devices still hold will not come, or comes later as evidence."""
    state = registry.tables.villages.need(village)
    registry.tables.villages[village] = replace(state, suspended=frozenset())
    decide_waiting(registry, village)


# -- deciding


def decide_waiting(registry: Registry, village: int) -> None:
    """Admit every stored entry of a village that is not suspended, each as one feed entry, in the order stored."""
    tables = registry.tables
    heads = tables.waiting.get(village) or ()
    if not heads or tables.villages.need(village).suspended:
        return
    tables.journal.prefetch(heads)
    rows = [tables.journal.need(head) for head in heads]
    _prefetch(tables, village, rows)
    for row in rows:
        if row.head[:8] in tables.recovered_ranges and row.change_id not in tables.outcomes:
            tables.outcomes[row.change_id] = ACCEPTED  # a lost verdict covered it
        outcome = admit(registry, row)
        if row.state == RELEASED:  # a range would accept what is missing before it
            verdict = Verdict(None, 0, None, ((row.change_id, outcome),))
        else:
            tables.journal[row.head] = replace(row, state=DECIDED)
            exceptions = () if outcome == ACCEPTED else ((row.change_id, outcome),)
            verdict = Verdict(row.replica_id, row.seq, row.head[:8], exceptions)
        timing = tables.timings.get(row.change_id)
        registry.commit({village: [verdict]}, timing.eff if timing else 0)
    tables.waiting[village] = ()


def _prefetch(tables: HubTables, village: int, rows: list[JournalRow]) -> None:
    """Load what the entries touch in a few queries instead of one by one."""
    ids = touched_records(rows)
    tables.records.prefetch([*ids, *(case_id_of(row.change_id) for row in rows)])
    tables.held.prefetch([(village, record_id) for record_id in ids])
    tables.cases_about.prefetch([(village, record_id) for record_id in ids])
    change_ids = [row.change_id for row in rows]
    tables.outcomes.prefetch(change_ids)
    tables.timings.prefetch([*change_ids, *(row.entry.after for row in rows if row.entry.after)])
    tables.feed.prefetch([(village, row.entry.seen_seq) for row in rows if row.entry.seen_seq])
    tables.recovered_ranges.prefetch([row.head[:8] for row in rows])


# -- answering (protocol 6.2, 6.5, 11.3)


def _answer(registry: Registry, message: Message, sender: Sender, keys: HeadKeys) -> Message:
    tables, village = registry.tables, sender.village_id
    state = tables.villages.need(village)
    tips = sorted(tables.tips.get(message.replica_id) or ())
    answer = Message(
        district_code=tables.district_code,
        village_id=village,
        replica_id=message.replica_id,
        number=0,
        tips=tuple((seq, head[:8]) for seq, head in tips),
        standing=sender.standing,
    )
    if sender.standing != ACTIVE:
        return answer  # protocol 8.8: the lock notice, or the renewal that the shell adds
    answer = replace(answer, feed_at=Position(state.seq, state.head))
    at = message.feed_at
    if at is None:
        return answer
    if is_on_chain(registry, village, at.seq, at.head):
        return replace(
            answer, feed=_run(registry, message, Position(at.seq, _head_at(registry, village, at.seq)), keys)
        )
    base = _offered_base(registry, message, village)
    if at.head in tables.recovered and base is not None:
        return replace(answer, realign=at, feed=_run(registry, message, base, keys))
    return replace(answer, heads=_sampled_heads(registry, village))


def _head_at(registry: Registry, village: int, seq: int) -> bytes:
    if seq == 0:
        return feed_start(registry.tables.district_code, village)
    return registry.tables.feed.need((village, seq)).head


def _offered_base(registry: Registry, message: Message, village: int) -> Position | None:
    """Return the common position that the node names: a run without entries (protocol 6.1, tag 12)."""
    for lost in message.lost:
        if not lost.entries and is_on_chain(registry, village, lost.base.seq, lost.base.head):
            return Position(lost.base.seq, _head_at(registry, village, lost.base.seq))
    return None


def _sampled_heads(registry: Registry, village: int) -> tuple[tuple[int, bytes], ...]:
    """Return the hub's heads at n, n-1, n-2, n-4, ... so that the node can find the last common position."""
    seq = registry.tables.villages.need(village).seq
    places, back = [], 0
    while seq - back > 0:
        places.append(seq - back)
        back = back * 2 or 1
    return tuple((place, _head_at(registry, village, place)) for place in places)


def _run(registry: Registry, message: Message, base: Position, keys: HeadKeys) -> FeedRun:
    """Return the feed after a base within the node's byte budget, with the signed head of its end."""
    tables, village = registry.tables, message.village_id
    state = tables.villages.need(village)
    budget = max(message.budget, ANSWER_BYTES_MIN)
    entries: list[FeedEntry] = []
    size, seq = 0, base.seq
    while seq < state.seq:
        if (seq - base.seq) % _LOADED_AT_ONCE == 0:
            ahead = range(seq + 1, min(state.seq, seq + _LOADED_AT_ONCE) + 1)
            tables.feed.prefetch([(village, place) for place in ahead])
        entry = tables.feed.need((village, seq + 1)).entry
        if not message.full_run:
            entry = _shortened(registry, message, entry)
        size += len(encode(entry.to_wire()))
        if entries and size > budget:
            break
        entries.append(entry)
        seq += 1
    return FeedRun(base, tuple(entries), (_signed_head(registry, village, seq, keys),) if seq else ())


def _signed_head(registry: Registry, village: int, seq: int, keys: HeadKeys) -> bytes:
    row = registry.tables.feed.need((village, seq))
    log_id = feed_log_id(registry.tables.district_code, village)
    return keys.sign(HeadObject(log_id, seq, row.head, row.fingerprint, row.hub_time_ms))


def _shortened(registry: Registry, message: Message, entry: FeedEntry) -> FeedEntry:
    """Leave out bodies that the node can derive from its own journal (protocol 6.5)."""
    own = {verdict.head8 for verdict in entry.verdicts if verdict.replica_id == message.replica_id}
    if not own:
        return entry
    return replace(entry, puts=tuple(_shortened_put(registry, message, put, own) for put in entry.puts))


def _shortened_put(registry: Registry, message: Message, put: Put, own: set[bytes | None]) -> Put:
    tables = registry.tables
    for head in tables.places.get(put.cause) or ():
        row = tables.journal.need(head)
        if row.head[:8] in own and _derives(tables, message.village_id, row, put):
            return replace(put, body=None)
    return put


def _derives(tables: HubTables, village: int, row: JournalRow, put: Put) -> bool:
    before = None
    if put.previous_digest is not None:
        version = tables.versions.get((put.record_id, put.previous_digest))
        if version is None:
            return False
        before = decode_body(version.body)
    try:
        _, changes = parse_entry_body(row.entry.body)
    except ProtocolError:
        return False
    body = derived_body(put.record_id, put.kind, before, changes, village)
    return body is not None and encode_body(body) == put.body
