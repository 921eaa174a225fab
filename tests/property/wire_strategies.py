"""Hypothesis strategies for everything that travels: well-formed values of every shape, not believable ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from sync_protocol.codec import digest16
from sync_protocol.entries import Add, Change, Create, JournalEntry, Remove, Update, journal_start
from sync_protocol.feed import FULL, FeedEntry, Notice, Outcome, Put, Verdict
from sync_protocol.messages import (
    BlobPart,
    Clock,
    FeedRun,
    JournalRun,
    LostRun,
    Message,
    Position,
    SnapshotAsk,
    SnapshotPart,
)
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell
from sync_protocol.reconciling import CodedSymbol
from sync_protocol.snapshot import SnapshotRow

counts = st.integers(0, (1 << 63) - 1) | st.integers(0, 300)
signed = st.integers(-(1 << 63), (1 << 63) - 1)
tags = st.integers(1, 1 << 20) | st.integers(1, 300)
texts = st.text(max_size=12)
octets = st.binary(max_size=40)


def sized(size: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=size, max_size=size)


scalars = st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 64) - 1) | texts | octets
values: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 300) | texts, inner, max_size=3),
    max_leaves=6,
)
bodies = st.dictionaries(tags, values.filter(lambda value: value is not None), max_size=4).map(
    lambda body: {tag: body[tag] for tag in sorted(body)}
)

ids = sized(16)
changes: st.SearchStrategy[Change] = (
    st.builds(Create, ids, counts, bodies)
    | st.builds(Update, ids, tags, values, values)
    | st.builds(Add, ids, tags, values)
    | st.builds(Remove, ids, tags, values)
)
journal_entries = st.builds(
    JournalEntry,
    kind=counts,
    critical=st.booleans(),
    wall_ms=signed,
    offset_ms=st.none() | signed,
    seen_seq=counts,
    seen_head8=sized(8),
    after=st.none() | ids,
    first=st.none() | ids,
    body=octets,
)


@st.composite
def journal_runs(draw: st.DrawFn, replica_id: bytes) -> JournalRun:
    """Draw a run in which some entries name the entry before, as a writer's do."""
    base_seq = draw(counts)
    base_head = journal_start(replica_id) if base_seq == 0 else draw(sized(32))
    head, before = base_head, None
    entries: list[JournalEntry] = []
    for drawn in draw(st.lists(journal_entries, max_size=4)):
        after = before if before is not None and draw(st.booleans()) else drawn.after
        entry = JournalEntry(
            drawn.kind,
            drawn.critical,
            drawn.wall_ms,
            drawn.offset_ms,
            drawn.seen_seq,
            drawn.seen_head8,
            after,
            drawn.first,
            drawn.body,
        )
        before, head = entry.change_id(head), entry.head(head)
        entries.append(entry)
    return JournalRun(base_seq, base_head, tuple(entries))


@st.composite
def puts(draw: st.DrawFn) -> Put:
    """Draw a put: full with its body's own digest, full and derived, or with another body than the hub's."""
    level = draw(st.integers(0, 3))
    body = draw(st.none() | octets)
    digest = digest16(body) if level == FULL and body is not None else draw(ids)
    previous = draw(st.none() | ids)
    return Put(draw(counts), level, draw(ids), draw(counts), draw(counts), previous, digest, draw(octets), body)


def tuples(strategy: st.SearchStrategy[Any], max_size: int = 3) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=max_size).map(tuple)


outcomes = st.builds(Outcome, tuples(st.tuples(ids, counts, st.integers(0, 4))), texts, st.none() | ids)
exceptions = tuples(st.tuples(ids, outcomes))
verdicts = st.builds(Verdict, st.none() | sized(8), counts, st.none() | sized(8), exceptions)
notices = st.builds(Notice, counts, st.booleans(), values)
feed_entries = st.builds(FeedEntry, tuples(puts()), tuples(verdicts, 2), tuples(notices, 2))
positions = st.builds(Position, counts, st.binary(min_size=8, max_size=32))
tips = st.builds(Position, counts, sized(8))


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Draw a message with any set of its tags, and unknown ones."""
    replica_id = draw(sized(8))
    optional: dict[str, st.SearchStrategy[Any]] = {
        "protocol": counts,
        "answers": sized(16),
        "journal": journal_runs(replica_id),
        "feed": st.builds(FeedRun, positions, tuples(feed_entries), tuples(octets)),
        "feed_at": positions,
        "tips": tuples(tips),
        "safe": st.tuples(counts, counts),
        "lost": tuples(st.builds(LostRun, positions, tuples(feed_entries, 2), tuples(octets), exceptions), 2),
        "heads": tuples(positions),
        "realign": positions,
        "standing": counts,
        "clock": st.builds(Clock, signed, st.none() | signed, st.none() | signed),
        "budget": counts,
        "full_run": st.booleans(),
        "ack": st.tuples(sized(32), sized(64)),
        "snapshot": st.builds(SnapshotPart, ids, counts, counts, octets)
        | st.builds(SnapshotAsk, st.none() | ids, counts),
        "blobs_wanted": tuples(st.tuples(ids, counts)),
        "blobs": tuples(st.builds(BlobPart, ids, counts, counts, octets)),
        "reconcile": reconciliations(),
        "key_list": octets,
        "certificate": octets,
        "unknown": st.dictionaries(st.sampled_from([23, 24, 28, 99, 1 << 40]), values, max_size=3),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(optional)), max_size=5))
    return Message(
        district_code=draw(texts),
        village_id=draw(counts),
        replica_id=replica_id,
        number=draw(counts),
        **{name: draw(optional[name]) for name in sorted(chosen)},
    )


@st.composite
def reconciliations(draw: st.DrawFn) -> ReconcileAsk | ReconcileTell:
    """Draw either side's part of a reconciliation."""
    rows, key = tuple(draw(snapshot_rows())), draw(ids)
    if draw(st.booleans()):
        starts = draw(st.booleans())
        wanted = draw(tuples(sized(8)))
        at = None if starts else draw(positions)
        return ReconcileAsk(None if starts else key, at, draw(counts), draw(counts), wanted, rows)
    start, size = (draw(st.integers(0, 1 << 30)) for _ in range(2))
    numbers = st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 32) - 1), st.integers(0, 1 << 30)
    symbols = draw(tuples(st.builds(CodedSymbol, *numbers)))
    return ReconcileTell(key, draw(octets), start, size, symbols, rows)


@st.composite
def snapshot_rows(draw: st.DrawFn) -> list[SnapshotRow]:
    """Draw rows of different records."""
    rows: list[SnapshotRow] = []
    for record_id in draw(st.sets(ids, max_size=4)):
        level, body = draw(st.integers(0, 2)), draw(octets)
        digest = digest16(body) if level == FULL else draw(ids)
        rows.append(SnapshotRow(record_id, draw(counts), level, draw(counts), digest, body))
    return rows


@st.composite
def damaged(draw: st.DrawFn, originals: list[bytes]) -> bytes:
    """Draw bytes that were well formed before bits fell over, ends were cut or parts were doubled."""
    raw = bytearray(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(0, len(raw) - 1)))
        match draw(st.sampled_from(["flip", "cut", "double", "write"])):
            case "flip" if raw:
                raw[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del raw[at:]
            case "double":
                raw[at:at] = raw[at : at + draw(st.integers(1, 40))]
            case _:
                raw[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
    return bytes(raw)
