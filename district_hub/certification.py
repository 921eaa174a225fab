"""Certify records: the district vouches for one, for a selection, or for a whole imported village (protocol 5.2).

Sets ``certified_at`` in as many feed entries as the limits need, each in a transaction of its own, so that a village
can sync meanwhile and a cut continues where it stopped.  Idempotent: what is certified already stays as it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence

from district_hub.reading import HubReader
from district_hub.registrar import Registrar, registry_of, today_days, write_edits
from district_hub.store import HubRegistry, HubStore
from register.areas import Area
from register.search import LIMIT_MAX, find_residents
from register.tables import LEVEL_FULL
from schemas.fields import TAG_CERTIFIED_AT, Kind
from sync_protocol.codec import encode_body
from sync_protocol.decisions import Edit
from sync_protocol.tables import Record

RECORDS_PER_ENTRY_MAX = 100
BYTES_PER_ENTRY_MAX = 200 * 1024
"""Bodies in one feed entry; leaves room for headers below the protocol's limit of 256 KiB."""

CERTIFIABLE_KINDS = frozenset({Kind.HOUSEHOLD, Kind.RESIDENT, Kind.VITAL_EVENT})


def certify(
    store: HubStore,
    record_ids: Sequence[bytes],
    *,
    registrar: Registrar,
    now_ms: int,
    reason: str = "",
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    offset_minutes: int = 7 * 60,
) -> int:
    """Certify records; return how many were certified now.  Void, merged and unknown records are left alone.

    Args:
        progress: told (looked at, all) after each transaction.
    """
    ids = list(dict.fromkeys(record_ids))
    done = certified = 0
    for village_id, batch in _batches(store, ids):
        today = today_days(now_ms, offset_minutes)
        with registry_of(store, registrar, (), now_ms, also=[village_id]) as registry:
            certified += _certify_batch(registry, batch, village_id, today, registrar, reason)
        done += len(batch)
        progress(done, len(ids))
    if done < len(ids):
        progress(len(ids), len(ids))
    return certified


def certify_village(
    store: HubStore,
    village_id: int,
    *,
    registrar: Registrar,
    now_ms: int,
    reason: str = "",
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> int:
    """Certify every family and person whom a village's register holds in full; return how many were certified now."""
    with store.reading() as reader:
        ids = certifiable_in(reader, village_id)
    return certify(store, ids, registrar=registrar, now_ms=now_ms, reason=reason, progress=progress)


def certifiable_in(reader: HubReader, village_id: int) -> list[bytes]:
    """Return the families and people of a village that are not certified yet, families first."""
    found = (record for kind in (Kind.HOUSEHOLD, Kind.RESIDENT) for record in reader.records_of_kind(village_id, kind))
    return [record.record_id for record in found if is_certifiable(record)]


def certifiable_found(
    reader: HubReader, village_id: int | None, text: str, *, hamlet: str | None = None
) -> list[bytes]:
    """Return what a search finds and is not certified yet: people as ``hub find`` shows them, each family first.

    ``village_id`` None searches the district.  Stubs of the departed are left out: they belong to another village.
    """
    found: dict[bytes, None] = {}
    for start in itertools.count(0, LIMIT_MAX):
        people = find_residents(
            reader.register, village_id, text, area=Area(hamlet=hamlet), limit=LIMIT_MAX, offset=start
        )
        for one in people:
            if one.level == LEVEL_FULL:
                found.update(dict.fromkeys(filter(None, (one.resident.household_id, one.record_id))))
        if len(people) < LIMIT_MAX:
            break
    records = reader.records(list(found))
    return [record_id for record_id in found if record_id in records and is_certifiable(records[record_id])]


def _batches(store: HubStore, ids: Sequence[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Cut ids into batches of one village that fit one feed entry each."""
    with store.reading() as reader:
        known = reader.records(ids)
    records = [known[record_id] for record_id in ids if record_id in known and is_certifiable(known[record_id])]
    by_village: dict[int, list[Record]] = {}
    for record in records:
        by_village.setdefault(record.owner, []).append(record)
    for village_id, found in sorted(by_village.items()):
        for batch in _cut(found):
            yield village_id, batch


def _cut(records: Iterable[Record]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for record in records:
        weight = len(encode_body(record.body)) + 160  # the put's header, roughly
        if batch and (len(batch) == RECORDS_PER_ENTRY_MAX or size + weight > BYTES_PER_ENTRY_MAX):
            yield batch
            batch, size = [], 0
        batch.append(record.record_id)
        size += weight
    if batch:
        yield batch


def is_certifiable(record: Record) -> bool:
    """Tell whether certifying a record would change it."""
    standing = not record.is_void and record.merged_into is None and not record.is_certified
    return record.kind in CERTIFIABLE_KINDS and standing


def _certify_batch(
    registry: HubRegistry, batch: Sequence[bytes], village_id: int, today: int, registrar: Registrar, reason: str
) -> int:
    registry.tables.records.prefetch(batch)
    registry.tables.held.prefetch([(village_id, record_id) for record_id in batch])
    # read again under the lock: what changed meanwhile is certified as it is now, what left the village is not
    found = [record for record in map(registry.record, batch) if record is not None]
    edits = [
        Edit(record.record_id, TAG_CERTIFIED_AT, None, today)
        for record in found
        if record.owner == village_id and is_certifiable(record)
    ]
    if edits:
        write_edits(registry, registrar, edits, reason=reason, verb="certify")
    return len(edits)
