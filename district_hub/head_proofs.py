"""Prove a village's feed: its chain, the hub's signature, and the heads that its devices have countersigned.

What holds here is the proof of the morning report (protocol 3.2, 3.9, 3.10).  Decides nothing and writes
nothing; F of the rows is checked by ``nightly``.
"""

from __future__ import annotations

from district_hub.reading import HubReader, VillageSummary
from schemas.errors import VillageSyncError
from sync_protocol.codec import digest32
from sync_protocol.feed import HeadObject, feed_log_id, feed_start
from sync_protocol.hub_side import HeadKeys
from sync_protocol.sealing import VerifyKey, verify_countersignature
from sync_protocol.tables import FeedRow

CHAIN_ENTRIES_MAX = 500
"""Entries of one feed that one night checks, from its end: what is older was checked on the nights before."""


def broken_head(reader: HubReader, village: VillageSummary, keys: HeadKeys) -> str:
    """Return what does not hold of a feed's end, empty if all does."""
    state = village.state
    if state.seq == 0:
        return ""
    first = max(1, state.seq - CHAIN_ENTRIES_MAX + 1)
    head = feed_start(reader.district_code, village.village_id)
    if first > 1:
        before = reader.feed(village.village_id, first - 1)
        if before is None:
            return f"feed-gap: entry {first - 1} is missing"
        head = before.head
    rows = reader.loader.feed([(village.village_id, seq) for seq in range(first, state.seq + 1)])
    for seq in range(first, state.seq + 1):
        row = rows.get((village.village_id, seq))
        if row is None:
            return f"feed-gap: entry {seq} is missing"
        head = row.entry.head(head)
        if row.head != head:
            return f"head-differs: entry {seq} does not follow from the one before"
    newest = rows[village.village_id, state.seq]
    if (newest.head, newest.fingerprint) != (state.head, state.fingerprint):
        return "head-differs: the village's state is not that of its newest entry"
    wanted = _head_object(reader, village.village_id, state.seq, newest)
    if keys.verify(keys.sign(wanted)) != wanted:
        return "signature-bad: the hub's own signature does not verify"
    return ""


def filed_position(reader: HubReader, village: VillageSummary, keys: HeadKeys) -> int:
    """Return the newest position that a standing device has countersigned and that is on the hub's chain, else 0."""
    devices = {one.device_id: one for one in reader.devices(village.village_id) if one.revoked_ms is None}
    for filed in sorted(reader.filed_heads(village.village_id), key=lambda filed: filed.seq, reverse=True):
        device = devices.get(filed.device_id)
        row = reader.feed(village.village_id, filed.seq)
        if device is None or row is None:
            continue
        try:
            ack = (digest32(filed.signed_head), filed.countersignature)
            verify_countersignature(ack, filed.signed_head, VerifyKey(device.signing_key))
            signed = keys.verify(filed.signed_head)
        except VillageSyncError:
            continue  # filed before a key change or damaged: an older one may still prove something
        if signed == _head_object(reader, village.village_id, filed.seq, row):
            return filed.seq
    return 0


def _head_object(reader: HubReader, village_id: int, seq: int, row: FeedRow) -> HeadObject:
    log_id = feed_log_id(reader.district_code, village_id)
    return HeadObject(log_id, seq, row.head, row.fingerprint, row.hub_time_ms)
