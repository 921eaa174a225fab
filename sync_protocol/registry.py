"""Change the registry inside one transaction and cut it into feed entries (protocol 2.1, 3.6, 3.9, 12.2).

One ``commit`` turns what was put since the last one into at most one feed entry per village, in ascending village
order.  It decides nothing about conflicts (``admission``) and never reads a clock: hub time is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from schemas.bodies import Body
from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, Kind, Policy, policy_of, tag_of
from sync_protocol.codec import digest16, encode, encode_body, is_digest
from sync_protocol.entries import Add, Change, Remove, Update
from sync_protocol.feed import (
    F_MODULUS,
    FULL,
    STUB,
    FeedEntry,
    Notice,
    Put,
    Verdict,
    fingerprint_part,
)
from sync_protocol.limits import FEED_ENTRY_PUTS_BYTES_MAX
from sync_protocol.tables import FeedRow, Held, HubTables, Record, Stamp, Version

_STUB_NAMES = ("nik", "name", "sex", "life_status", "destination", "left_on")
_STUB_TAGS = frozenset(tag_of(Kind.RESIDENT, name) for name in _STUB_NAMES) | {TAG_OWNER}
_PUT_HEADER_BYTES = 160
HUB_KINDS = frozenset({Kind.CASE, Kind.FLAG, Kind.INBOX})
"""Kinds that only the hub writes."""
MERGE_DEPTH_MAX = 64
"""Longest chain of merges followed; cycles are refused when a merge is made."""


@dataclass
class Registry:
    """The working set of one hub transaction."""

    tables: HubTables
    now_ms: int
    before: dict[bytes, Record | None] = field(default_factory=dict)
    notices: dict[int, list[Notice]] = field(default_factory=dict)

    def record(self, record_id: bytes) -> Record | None:
        """Return a record as this transaction sees it."""
        return self.tables.records.get(record_id)

    def resolve(self, record_id: bytes) -> bytes:
        """Return the record that stands for this one after merges."""
        for _ in range(MERGE_DEPTH_MAX):
            record = self.tables.records.get(record_id)
            if record is None or record.merged_into is None:
                return record_id
            record_id = record.merged_into
        return record_id

    def put(self, record: Record, cause: bytes) -> Record:
        """Make a record's new version; a put of equal values keeps the version and only the provenance changes."""
        known = self.tables.records.get(record.record_id)
        before = self.before.setdefault(record.record_id, known)
        digest = digest16(encode_body(record.body))
        if before is not None and digest == before.digest:
            record = replace(
                record,
                version=before.version,
                digest=digest,
                previous_version=before.previous_version,
                previous_digest=before.previous_digest,
                cause=before.cause,
            )
        else:
            record = replace(
                record,
                version=(before.version if before else 0) + 1,
                digest=digest,
                previous_version=before.version if before else 0,
                previous_digest=before.digest if before else None,
                cause=cause,
            )
        self.tables.records[record.record_id] = record
        return record

    def write(self, record_id: bytes, change: Change, stamp: Stamp, cause: bytes) -> Record:
        """Apply one update, add or remove to a record that exists."""
        record = self.tables.records.need(record_id)
        body = changed_body(record.kind, record.body, change)
        return self.put(replace(record, body=body, stamps={**record.stamps, change.tag: stamp}), cause)

    def restamp(self, record_id: bytes, tag: int, stamp: Stamp) -> None:
        """Keep the greater stamp of a value that was already so (protocol 5.4)."""
        record = self.tables.records.need(record_id)
        held = record.stamp_of(tag)
        if (stamp.eff, stamp.change_id) > (held.eff, held.change_id):
            self.before.setdefault(record_id, record)
            self.tables.records[record_id] = replace(record, stamps={**record.stamps, tag: stamp})

    def create(self, record_id: bytes, kind: int, body: Body, stamp: Stamp, cause: bytes) -> Record:
        """Store a new record; the caller has set its owner."""
        return self.put(Record(record_id, kind, body, stamp), cause)

    def commit(self, verdicts: Mapping[int, Sequence[Verdict]] | None = None, eff: int = 0) -> None:
        """Append one feed entry to each village that sees something of what was put."""
        puts: dict[int, list[Put]] = {village: [] for village in verdicts or {}}
        for village in self.notices:
            puts.setdefault(village, [])
        for record_id, before in self.before.items():
            record = self.tables.records.need(record_id)
            if before is None or before.digest != record.digest:
                self._puts_of(record, before, puts)
        self.before = {}
        for village in sorted(puts):
            told = tuple((verdicts or {}).get(village, ()))
            notices = tuple(self.notices.pop(village, ()))
            *parts, last = _parts(puts[village])
            for part in parts:
                self._append(village, FeedEntry(part), eff)
            if last or told or notices:
                self._append(village, FeedEntry(last, told, notices), eff)

    def _puts_of(self, record: Record, before: Record | None, puts: dict[int, list[Put]]) -> None:
        raw = encode_body(record.body)
        self.tables.versions[record.record_id, record.digest] = Version(record.version, raw)
        puts.setdefault(record.owner, []).append(self._full_put(record, raw))
        if before is not None and before.owner != record.owner:
            # protocol 12.2: what remains at the old village is frozen at this moment
            stub = encode_body(self._departed(before, record))
            puts.setdefault(before.owner, []).append(replace(self._full_put(record, stub), level=STUB))
            left = (record.left | {before.owner}) - {record.owner}
            self.tables.records[record.record_id] = replace(record, left=left)

    @staticmethod
    def _full_put(record: Record, raw: bytes) -> Put:
        return Put(
            record.kind,
            FULL,
            record.record_id,
            record.version,
            record.previous_version,
            record.previous_digest,
            record.digest,
            record.cause,
            raw,
        )

    @staticmethod
    def _departed(before: Record, record: Record) -> Body:
        if record.kind != Kind.RESIDENT:
            return {TAG_OWNER: record.owner}
        stub = {tag: before.body[tag] for tag in _STUB_TAGS if tag in before.body}
        return {**stub, TAG_OWNER: record.owner}

    def _append(self, village_id: int, entry: FeedEntry, eff: int) -> None:
        state = self.tables.villages.need(village_id)
        total = state.fingerprint
        for put in entry.puts:
            old = self.tables.held.get((village_id, put.record_id))
            if old is not None:
                total -= fingerprint_part(state.key, put.record_id, old.version, old.shown_digest)
            shown = put.shown_digest
            total += fingerprint_part(state.key, put.record_id, put.version, shown)
            self.tables.held[village_id, put.record_id] = Held(
                put.kind, put.level, put.version, put.record_digest, shown, put.body or b""
            )
        head = entry.head(state.head)
        hub_time_ms = max(self.now_ms, state.hub_time_ms)
        state = replace(
            state,
            seq=state.seq + 1,
            head=head,
            fingerprint=total % F_MODULUS,
            eff_max=max(state.eff_max, eff),
            hub_time_ms=hub_time_ms,
        )
        self.tables.villages[village_id] = state
        self.tables.feed[village_id, state.seq] = FeedRow(entry, head, state.fingerprint, hub_time_ms, state.eff_max)


def _parts(puts: Sequence[Put]) -> list[tuple[Put, ...]]:
    """Cut puts into feed entries of a size that travels (protocol 10); the last one carries the verdicts."""
    parts: list[tuple[Put, ...]] = []
    part: list[Put] = []
    size = 0
    for put in puts:
        mine = len(put.body or b"") + _PUT_HEADER_BYTES
        if part and size + mine > FEED_ENTRY_PUTS_BYTES_MAX:
            parts.append(tuple(part))
            part, size = [], 0
        part.append(put)
        size += mine
    return [*parts, tuple(part)]


def changed_body(kind: int, body: Body, change: Change) -> Body:
    """Return a body after one change; a null value leaves the map (protocol 4.1)."""
    match change:
        case Update(_, tag, _, new) if policy_of(kind, tag) is not Policy.SET:
            return with_value(body, tag, new)
        case Update(_, tag, _, new):
            return with_value(body, tag, united_sets(body.get(tag), new))
        case Add(_, tag, element):
            added, removed = set_parts(body.get(tag))
            return with_value(body, tag, _united([*added, element], removed))
        case Remove(_, tag, element):
            added, removed = set_parts(body.get(tag))
            return with_value(body, tag, _united(added, [*removed, element]))
        case _:
            raise TypeError("a create does not change a body")


def with_value(body: Body, tag: int, value: Any) -> Body:
    """Return a body with one value changed; a null value leaves the map (protocol 4.1)."""
    changed = dict(body)
    if value is None:
        changed.pop(tag, None)
    else:
        changed[tag] = value
    return changed


def _united(added: list[Any], removed: list[Any]) -> list[Any]:
    return [_sorted_once(added), _sorted_once(removed)]


def _sorted_once(elements: list[Any]) -> list[Any]:
    return [element for _, element in sorted({encode(element): element for element in elements}.items())]


def set_parts(value: Any) -> tuple[list[Any], list[Any]]:
    """Return the added and the removed elements of a SET value of any form; a strange form counts as empty."""
    match value:
        case [list() as added, list() as removed]:
            return list(added), list(removed)
        case _:
            return [], []


def united_sets(one: Any, other: Any) -> list[Any]:
    """Return a SET value with everything that two values of it added and removed."""
    added, removed = set_parts(one)
    other_added, other_removed = set_parts(other)
    return _united(added + other_added, removed + other_removed)


def shown_elements(value: Any) -> list[Any]:
    """Return the elements of a SET value that are there: remove wins."""
    added, removed = set_parts(value)
    gone = {encode(element) for element in removed}
    return [element for element in added if encode(element) not in gone]


def merged_into_self(registry: Registry, record_id: bytes, target: bytes) -> bool:
    """Tell whether merging a record into the target would make a cycle."""
    return registry.resolve(target) == record_id or record_id == target


def keeps_whole(registry: Registry, record: Record, change: Change) -> bool:
    """Tell whether a person's yes may write a change: what must hold of the registry whatever anybody proposes."""
    if record.kind in HUB_KINDS:
        return False
    if not isinstance(change, Update):
        return policy_of(record.kind, change.tag) is Policy.SET
    if change.tag == TAG_OWNER:
        return type(change.new) is int and change.new in registry.tables.villages
    if change.tag == TAG_MERGED_INTO and change.new is not None:
        is_record = is_digest(change.new, 16) and registry.record(change.new) is not None
        return is_record and not merged_into_self(registry, record.record_id, change.new)
    return True
