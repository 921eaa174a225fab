"""Hold the small view of a database that a message can depend on, and collect what must be written back.

A shelf is one table seen as a mapping: values are loaded by key through a function that is passed in, changed here, and
handed to the shell as ``changes``, which it commits in one transaction.  Nothing here knows SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.bodies import Body
from schemas.fields import TAG_CERTIFIED_AT, TAG_MERGED_INTO, TAG_OWNER, TAG_VOID
from sync_protocol.entries import JournalEntry
from sync_protocol.feed import FeedEntry, HeadObject, Notice, Outcome

K = TypeVar("K")
V = TypeVar("V")

VILLAGE, REGISTRAR = 0, 1
"""Sources of a stamp: who wrote a value."""

ORPHAN, WAITING, DECIDED, RELEASED = 0, 1, 2, 3
"""States of a journal row at the hub: beyond a gap, stored and not judged, judged, judged beyond a gap that a person
gave up."""

ACTIVE, REVOKED, EXPIRED = 0, 1, 2
"""Standings of a device (protocol 6.1, tag 15)."""


class Shelf(Generic[K, V]):
    """One table as a mapping: read through ``load``, written back from ``changed``."""

    def __init__(self, load: Callable[[Collection[K]], Mapping[K, V]]) -> None:
        self._load = load
        self._values: dict[K, V | None] = {}
        self.changed: dict[K, V | None] = {}

    def prefetch(self, keys: Collection[K]) -> None:
        """Load many keys at once; those already here are not asked for again."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self._values]
        if wanted:
            found = self._load(wanted)
            for key in wanted:
                self._values[key] = found.get(key)

    def get(self, key: K) -> V | None:
        """Return the value of a key, None if the table does not hold it."""
        if key not in self._values:
            self.prefetch((key,))
        return self._values[key]

    def need(self, key: K) -> V:
        """Return a value that must be there; KeyError is a bug of the caller."""
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: K) -> bool:
        return self.get(key) is not None

    def __setitem__(self, key: K, value: V) -> None:
        self._values[key] = value
        self.changed[key] = value

    def discard(self, key: K) -> None:
        """Take a key out; the shell deletes its row (``changed`` holds None)."""
        self._values[key] = None
        self.changed[key] = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a field's value came from; history of the hub, never in a body."""

    eff: int
    change_id: bytes
    source: int = VILLAGE
    timed: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """The registry's own copy of a record: values, version pair, provenance.

    ``previous`` is the (number, digest) before; ``left`` the villages that keep a frozen stub of it.
    """

    record_id: bytes
    kind: int
    body: Body
    stamp: Stamp
    version: int = 0
    digest: bytes = b""
    previous_version: int = 0
    previous_digest: bytes | None = None
    cause: bytes = b""
    stamps: Mapping[int, Stamp] = field(default_factory=dict)
    left: frozenset[int] = frozenset()

    @property
    def owner(self) -> int:
        """Return the village that may write the record."""
        return int(self.body[TAG_OWNER])

    @property
    def merged_into(self) -> bytes | None:
        """Return the record that stands for this one since a merge."""
        return self.body.get(TAG_MERGED_INTO)

    @property
    def is_certified(self) -> bool:
        """Tell whether the district has certified the record."""
        return self.body.get(TAG_CERTIFIED_AT) is not None

    @property
    def is_void(self) -> bool:
        """Tell whether the record is annulled."""
        return self.body.get(TAG_VOID) is not None

    def stamp_of(self, tag: int) -> Stamp:
        """Return the stamp of a field: its own, else that of the record's creation."""
        return self.stamps.get(tag, self.stamp)


@dataclass(frozen=True, slots=True)
class Held:
    """What one village holds of a record in its registry layer."""

    kind: int
    level: int
    version: int
    record_digest: bytes
    shown_digest: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class VillageState:
    """The hub's state of one village's feed; ``suspended`` names devices that showed a lost head."""

    village_id: int
    key: bytes
    seq: int
    head: bytes
    fingerprint: int = 0
    eff_max: int = 0
    hub_time_ms: int = 0
    suspended: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One feed entry at the hub, with the state after it."""

    entry: FeedEntry
    head: bytes
    fingerprint: int
    hub_time_ms: int
    eff_max: int


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One journal entry at the hub, at its place in the tree of its replica's heads."""

    replica_id: bytes
    village_id: int
    seq: int
    head: bytes
    previous: bytes
    entry: JournalEntry
    change_id: bytes
    device_id: bytes
    received_ms: int
    state: int = ORPHAN
    quarantined: bool = False


@dataclass(frozen=True, slots=True)
class Timing:
    """The effective time of a change id and its place in its writer's chain of ``after``."""

    eff: int
    timed: bool
    lineage: bytes
    ordinal: int


@dataclass(frozen=True, slots=True)
class Lineage:
    """A stretch of entries that follow each other; a fork starts a new one at its parent's ordinal."""

    parent: bytes | None
    parent_ordinal: int
    tip_ordinal: int


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a record, found by (record id, digest): the common ancestor of a give-back."""

    version: int
    body: bytes


@dataclass
class HubTables:
    """Everything of the hub's database that the protocol reads and writes, as shelves.

    ``records``, ``recovered`` and ``journal`` are by id or head; ``feed`` by (village, sequence); ``places`` gives the
    journal heads at which a change id stands; ``cases_about`` the cases of a village that touch a record;
    ``versions`` old bodies by (record id, digest); ``recovered_ranges`` the head8 of verdicts taken back.
    """

    district_code: str
    records: Shelf[bytes, Record]
    held: Shelf[tuple[int, bytes], Held]
    villages: Shelf[int, VillageState]
    feed: Shelf[tuple[int, int], FeedRow]
    journal: Shelf[bytes, JournalRow]
    places: Shelf[bytes, frozenset[bytes]]
    orphans_after: Shelf[bytes, frozenset[bytes]]
    waiting: Shelf[int, tuple[bytes, ...]]
    tips: Shelf[bytes, frozenset[tuple[int, bytes]]]
    outcomes: Shelf[bytes, Outcome]
    timings: Shelf[bytes, Timing]
    lineages: Shelf[bytes, Lineage]
    cases_about: Shelf[tuple[int, bytes], frozenset[bytes]]
    versions: Shelf[tuple[bytes, bytes], Version]
    recovered: Shelf[bytes, bool]
    recovered_ranges: Shelf[bytes, bool]
    decisions_done: Shelf[bytes, bool]


@dataclass(frozen=True, slots=True)
class OwnEntry:
    """One entry of a replica's own journal, in the order of saving; ``replica_id`` is the chain it stands in."""

    ordinal: int
    replica_id: bytes
    seq: int
    previous: bytes
    head: bytes
    change_id: bytes
    entry: JournalEntry

    @property
    def is_whole(self) -> bool:
        """Tell whether the entry is byte for byte what was saved, and stands behind the one it names."""
        return self.proves(self.change_id) and self.entry.head(self.previous) == self.head

    def proves(self, change_id: bytes) -> bool:
        """Tell whether the entry's own bytes prove that it is what was saved under a change id.

        A change id is the beginning of the head at first issue, so it proves a first issue even where the stored head
        was lost; an entry issued again is proved by its stored head.
        """
        try:
            head = self.entry.head(self.previous)
        except TypeError:
            return False  # a damaged row may hold values of any type
        if self.entry.first is None:
            return head[:16] == change_id
        return self.entry.first == change_id and head == self.head


@dataclass(frozen=True, slots=True)
class NodeState:
    """A replica's positions: its journal's end, what the hub has of it, the feed it stands on."""

    district_code: str
    village_id: int
    village_key: bytes
    replica_id: bytes
    journal_seq: int
    journal_head: bytes
    acked_seq: int
    safe_seq: int
    feed_seq: int
    feed_head: bytes
    fingerprint: int
    hub_time_ms: int
    entry_count: int = 0
    last_change_id: bytes | None = None
    signed_head: bytes | None = None
    safe_feed_seq: int = 0
    standing: int = 0
    needs_update: bool = False
    needs_full_run: bool = False
    offset_ms: int | None = None
    decided_seq: int = 0


@dataclass(frozen=True, slots=True)
class NodeFeedRow:
    """One feed entry at a node: kept until safe, with what it replaced, so that a realign can take it back."""

    entry: FeedEntry
    head: bytes
    head_before: bytes
    signed_head: bytes | None
    replaced: tuple[tuple[bytes, Held | None], ...]
    replaced_outcomes: tuple[tuple[bytes, Outcome | None], ...]
    fingerprint_before: int
    hub_time_before_ms: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A signed run that does not fit this feed: kept, offered to the hub, never applied (protocol 11.4)."""

    base_seq: int
    base_head: bytes
    entries: tuple[FeedEntry, ...]
    signed_heads: tuple[bytes, ...]
    outcomes: tuple[tuple[bytes, Outcome], ...] = ()

    def entry_heads(self) -> list[bytes]:
        """Return the head after each entry."""
        heads, head = [], self.base_head
        for entry in self.entries:
            head = entry.head(head)
            heads.append(head)
        return heads

    @property
    def end_head(self) -> bytes:
        """Return the head after the last entry; of the base if there is none."""
        return self.entry_heads()[-1] if self.entries else self.base_head


@dataclass
class NodeTables:
    """Everything of a node's database that the protocol reads and writes.

    ``own`` is by change id (the entry's newest place), ``journal`` by (replica, sequence), ``pending`` the change ids
    without a final outcome that touch a record, in the order of saving; ``undecided`` lists every change id without a
    final outcome.  ``told`` and ``heard`` collect what the officer must see: own outcomes that are not "accepted", and
    notices; ``unreadable`` the change ids whose entries a disk has damaged, which are not issued again.  ``copies``
    gives every place where an entry may be read.  ``evidence`` is by the head of its last entry.
    """

    state: NodeState
    layer: Shelf[bytes, Held]
    outcomes: Shelf[bytes, Outcome]
    feed: Shelf[int, NodeFeedRow]
    journal: Shelf[tuple[bytes, int], OwnEntry]
    own: Shelf[bytes, OwnEntry]
    pending: Shelf[bytes, tuple[bytes, ...]]
    undecided: Callable[[], tuple[bytes, ...]]
    evidence: dict[bytes, Evidence]
    verify_head: Callable[[bytes], HeadObject]
    told: list[tuple[bytes, Outcome]] = field(default_factory=list)
    heard: list[Notice] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    copies: Callable[[bytes], Iterable[OwnEntry]] = lambda _: ()
