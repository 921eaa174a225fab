"""Write, send and take in at a village node (protocol 2.2, 2.6, 6.2, 6.5, 11.3-11.5).

Works on the node's shelves; the shell commits their changes in one transaction and only then sends.
Every run is checked against its heads and its signed head before anything of it is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from schemas.errors import BadSignatureError, MalformedMessageError
from sync_protocol.applying import Applied, SignedHead, apply_entry, roll_back
from sync_protocol.entries import Change, JournalEntry, encode_entry_body, journal_start
from sync_protocol.feed import feed_log_id
from sync_protocol.lost_runs import given_back, head_at, offer
from sync_protocol.messages import FeedRun, Message, Position
from sync_protocol.tables import ACTIVE, Evidence, NodeTables, OwnEntry


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer did: entries applied, whether the node must ask again at once."""

    applied: int = 0
    asks_again: bool = False


# -- writing


def save(
    tables: NodeTables, kind: int, officer: str, changes: tuple[Change, ...], *, wall_ms: int, critical: bool = True
) -> OwnEntry:
    """Append one officer action to the journal and the overlay; return its place.

    Raises LimitExceededError above 64 KiB or 100 records; nothing is written then.
    """
    state = tables.state
    body = encode_entry_body(officer, changes)
    entry = JournalEntry(
        kind,
        critical,
        wall_ms,
        state.offset_ms,
        state.feed_seq,
        state.feed_head[:8],
        state.last_change_id,
        None,
        body,
    )
    own = _append(tables, entry, tables.state.entry_count + 1)
    for record_id in dict.fromkeys(change.record_id for change in changes):
        tables.pending[record_id] = (*(tables.pending.get(record_id) or ()), own.change_id)
    tables.state = replace(tables.state, entry_count=own.ordinal, last_change_id=own.change_id)
    return own


def _append(tables: NodeTables, entry: JournalEntry, ordinal: int) -> OwnEntry:
    state = tables.state
    head = entry.head(state.journal_head)
    own = OwnEntry(
        ordinal,
        state.replica_id,
        state.journal_seq + 1,
        state.journal_head,
        head,
        entry.first if entry.first is not None else head[:16],
        entry,
    )
    tables.journal[state.replica_id, own.seq] = own
    tables.own[own.change_id] = own
    tables.state = replace(state, journal_seq=own.seq, journal_head=head)
    return own


def take_replica_id(tables: NodeTables, replica_id: bytes) -> int:
    """Become a new replica: start a new journal and issue again every entry without a final outcome (protocol 2.2).

    Returns how many were issued again; what a disk has damaged is not, but goes to ``tables.unreadable``.  All of it is
    one transaction of the shell.
    """
    tables.state = replace(
        tables.state,
        replica_id=replica_id,
        journal_seq=0,
        journal_head=journal_start(replica_id),
        acked_seq=0,
        safe_seq=0,
        decided_seq=0,
    )
    return _issue_again(tables, replica_id)


def _issue_again(tables: NodeTables, replica_id: bytes) -> int:
    """Append every undecided entry that does not stand in this replica's journal, in the order of saving."""
    elsewhere: list[tuple[bytes, OwnEntry]] = []
    for change_id in undecided_changes(tables):
        own = tables.own.get(change_id)
        if own is not None and own.replica_id == replica_id:
            continue
        readable = own if own is not None and own.proves(change_id) else _copy_of(tables, change_id)
        if readable is None:
            tables.unreadable.append(change_id)
        else:
            elsewhere.append((change_id, readable))
    for change_id, own in sorted(elsewhere, key=lambda one: one[1].ordinal):
        _append(tables, replace(own.entry, first=change_id), own.ordinal)
    return len(elsewhere)


def _copy_of(tables: NodeTables, change_id: bytes) -> OwnEntry | None:
    """Return an entry from another place, such as the journal it was first issued in; its newest place is damaged."""
    return next((own for own in tables.copies(change_id) if own.proves(change_id)), None)


def undecided_changes(tables: NodeTables) -> list[bytes]:
    """Return the own change ids without a final outcome, without those that can no longer be read."""

    def is_open(change_id: bytes) -> bool:
        outcome = tables.outcomes.get(change_id)
        return (outcome is None or not outcome.is_final) and change_id not in tables.unreadable

    return [change_id for change_id in tables.undecided() if is_open(change_id)]


# -- taking in


def take_answer(tables: NodeTables, answer: Message, new_replica_id: bytes) -> Taken:
    """Take one opened answer of the hub in.

    Args:
        new_replica_id: 8 random bytes, used only if the answer shows that this database is a restored or cloned copy.

    Raises TrustError or RemoteProtocolError for a run that its heads do not prove; nothing may be committed then.
    """
    state = tables.state
    if answer.district_code != state.district_code or answer.village_id != state.village_id:
        raise MalformedMessageError("the answer is for another village or district", code="message-misaddressed")
    tables.state = replace(state, standing=answer.standing)
    before = Position(state.feed_seq, state.feed_head)
    if answer.replica_id == state.replica_id:
        _acknowledged(tables, answer, new_replica_id)
    if answer.standing != ACTIVE:
        return Taken()
    is_more_to_give = given_back(tables, [receipt.base for receipt in answer.lost])
    if answer.heads is not None:
        if not is_more_to_give:
            offer(tables, answer.heads)
        return Taken(asks_again=bool(tables.evidence))
    if answer.realign is not None and answer.feed is not None:
        if answer.realign != before:
            return Taken()  # the node has moved on since: a late duplicate (protocol 11.3)
        return _realign(tables, answer.feed)
    if answer.feed is not None:
        return _extend(tables, answer.feed)
    return Taken()


def _acknowledged(tables: NodeTables, answer: Message, new_replica_id: bytes) -> None:
    state = tables.state
    for seq, head8 in answer.tips:
        own = tables.journal.get((state.replica_id, seq)) if seq else None
        if seq > state.journal_seq or own is None or own.head[: len(head8)] != head8:
            # protocol 11.5: the hub holds a branch of this id that is not here: restored or cloned
            take_replica_id(tables, new_replica_id)
            return
    # the hub says what it has: after a rollback of its own that may be less than before (protocol 2.5)
    acked = max((seq for seq, _ in answer.tips), default=0)
    safe_feed, safe = answer.safe if answer.safe is not None else (state.safe_feed_seq, state.safe_seq)
    tables.state = replace(state, acked_seq=acked, safe_seq=min(safe, acked), safe_feed_seq=safe_feed)


def _realign(tables: NodeTables, run: FeedRun) -> Taken:
    """Drop the feed above the common position, follow the hub, send again what has no verdict (protocol 11.3)."""
    if not _is_held(tables, run.base):
        return Taken()
    _checked_heads(tables, run)
    roll_back(tables, run.base.seq)
    _forget_common_position(tables)
    taken = _extend(tables, run)
    # the hub's next tips tell what of this journal it has lost; what stands only in a former one is issued again
    _issue_again(tables, tables.state.replica_id)
    return replace(taken, asks_again=True)


def _forget_common_position(tables: NodeTables) -> None:
    """It was named for the position that the node stood on; from another one it gives back anew, outcomes included."""
    tables.evidence = {key: run for key, run in tables.evidence.items() if run.entries}


def _is_held(tables: NodeTables, at: Position) -> bool:
    return at.seq <= tables.state.feed_seq and head_at(tables, at.seq) == at.head


def _extend(tables: NodeTables, run: FeedRun) -> Taken:
    if not run.entries or not _is_held(tables, run.base):
        return Taken()  # nothing new, a gap, or it follows another branch
    heads, signed = _checked_heads(tables, run)
    _prefetch(tables, run)
    start, told, heard = tables.state.feed_seq, len(tables.told), len(tables.heard)
    for offset, (entry, head) in enumerate(zip(run.entries, heads, strict=True)):
        seq = run.base.seq + offset + 1
        if seq <= start:
            if head_at(tables, seq) not in (None, head):
                base = run.base if offset == 0 else Position(seq - 1, heads[offset - 1])
                tables.evidence[heads[-1]] = Evidence(base.seq, base.head, run.entries[offset:], run.heads)
                return Taken(asks_again=True)  # protocol 11.4
            continue
        is_last = offset == len(run.entries) - 1
        applied = apply_entry(tables, entry, head, signed if is_last else None)
        if applied is Applied.UNDERIVED:
            roll_back(tables, start)  # nothing of a run whose bodies do not follow stays (protocol 6.5)
            del tables.told[told:], tables.heard[heard:]
            tables.state = replace(tables.state, needs_full_run=True)
            return Taken(asks_again=True)
        if applied is Applied.NEEDS_UPDATE:
            tables.state = replace(tables.state, needs_update=True)
            return Taken(tables.state.feed_seq - start)
    if tables.state.feed_seq > start:
        tables.state = replace(tables.state, needs_full_run=False, needs_update=False)
        _forget_common_position(tables)
    return Taken(tables.state.feed_seq - start)


def _prefetch(tables: NodeTables, run: FeedRun) -> None:
    """Load in a few queries what the run touches; else every put and every decided entry asks for its own row."""
    puts = [put for entry in run.entries for put in entry.puts]
    verdicts = [verdict for entry in run.entries for verdict in entry.verdicts]
    state = tables.state
    own_end = max((one.up_to for one in verdicts if one.replica_id == state.replica_id), default=state.decided_seq)
    places = [(state.replica_id, seq) for seq in range(state.decided_seq + 1, min(own_end, state.journal_seq) + 1)]
    tables.journal.prefetch(places)
    own = [one.change_id for one in map(tables.journal.get, places) if one is not None]
    change_ids = [*(put.cause for put in puts), *own]
    tables.own.prefetch(change_ids)
    tables.outcomes.prefetch(change_ids)
    record_ids = [put.record_id for put in puts]
    tables.layer.prefetch(record_ids)
    tables.pending.prefetch(record_ids)


def _checked_heads(tables: NodeTables, run: FeedRun) -> tuple[list[bytes], SignedHead]:
    """Return the heads of a run and its last signed head object, after checking that they belong together.

    Raises BadSignatureError if the last head is not signed by the hub for this very feed.
    """
    heads, head = [], run.base.head
    for entry in run.entries:
        head = entry.head(head)
        heads.append(head)
    log_id = feed_log_id(tables.state.district_code, tables.state.village_id)
    for raw in run.heads:
        signed = tables.verify_head(raw)
        if signed.log_id == log_id and signed.seq == run.base.seq + len(heads) and signed.head == head:
            return heads, SignedHead(signed, raw)
    raise BadSignatureError("a feed run does not end in a head that the hub has signed", code="head-unsigned")
