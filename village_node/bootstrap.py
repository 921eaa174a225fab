"""Start a replica from a snapshot instead of a long feed: collect its parts, prove it, install it (protocol 9).

Decides when a snapshot is whole and whether it fits.  Parts outlive a broken session.  A snapshot that is damaged, or
that covers entries of this very database (it would not tell what became of each), is let go: the feed tells everything.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import delete, func, select

from register.database import upsert
from schemas.errors import RemoteProtocolError, TrustError
from sync_protocol.feed import HeadObject, feed_log_id
from sync_protocol.limits import SNAPSHOT_BYTES_MAX
from sync_protocol.messages import SnapshotPart
from sync_protocol.snapshot import Snapshot, open_snapshot, snapshot_digest
from sync_protocol.tables import Held
from village_node.store import NodeStore, Working
from village_node.tables import OWN_ENTRY, SNAPSHOT_PART

_log = logging.getLogger(__name__)


def take_part(store: NodeStore, working: Working, part: SnapshotPart) -> int:
    """Keep a part and, if it is the last one missing, install the snapshot; return how many records were installed.

    A part of another snapshot than the one begun begins anew; one that comes late or twice, or after a gap, changes
    nothing.
    """
    state, sync = working.tables.state, working.sync
    if state.feed_seq or state.acked_seq or sync.is_snapshot_declined:
        return 0
    if not part.offset + len(part.content) <= part.total <= SNAPSHOT_BYTES_MAX:
        _let_go(working, "part-out-of-range")
        return 0
    if (sync.snapshot_digest, sync.snapshot_parts) != (part.digest, part.total):
        working.connection.execute(delete(SNAPSHOT_PART))
        sync.snapshot_digest, sync.snapshot_parts = part.digest, part.total
    if part.offset != bytes_held(working):
        return 0
    # The columns are named for numbered parts: a part's number is its offset, their count the size of the whole.
    upsert(working.connection, SNAPSHOT_PART, [{"part": part.offset, "content": part.content}])
    if part.offset + len(part.content) < part.total:
        return 0
    contents = working.connection.scalars(select(SNAPSHOT_PART.c.content).order_by(SNAPSHOT_PART.c.part)).all()
    return _install_whole(store, working, b"".join(contents))


def _install_whole(store: NodeStore, working: Working, packed: bytes) -> int:
    state = working.tables.state
    try:
        if snapshot_digest(packed) != working.sync.snapshot_digest:
            raise RemoteProtocolError("the parts of a snapshot do not make it", code="snapshot-damaged")
        snapshot, head = open_snapshot(
            packed,
            verify_keys=store.hub_keys(working.sync),
            village_key=state.village_key,
            log_id=feed_log_id(state.district_code, state.village_id),
        )
    except (RemoteProtocolError, TrustError) as error:
        _let_go(working, error.code)
        return 0
    if _covers_own_entries(working, snapshot):
        _let_go(working, "covers-own-entries")
        return 0
    _install(working, snapshot, head)
    return len(snapshot.rows)


def _covers_own_entries(working: Working, snapshot: Snapshot) -> bool:
    own = set(working.connection.scalars(select(OWN_ENTRY.c.replica_id).distinct()))
    own.add(working.tables.state.replica_id)
    return any(replica_id in own and seq > 0 for replica_id, seq in snapshot.decided)


def _install(working: Working, snapshot: Snapshot, head: HeadObject) -> None:
    tables = working.tables
    for row in snapshot.rows:
        tables.layer[row.record_id] = Held(
            row.kind, row.level, row.version, row.record_digest, row.shown_digest, row.body
        )
    tables.state = replace(
        tables.state,
        feed_seq=head.seq,
        feed_head=head.head,
        fingerprint=head.fingerprint,
        hub_time_ms=head.hub_time_ms,
        signed_head=snapshot.signed_head,
    )
    _forget_parts(working)


def _let_go(working: Working, code: str) -> None:
    _log.warning("event=snapshot-let-go code=%s", code)
    working.sync.is_snapshot_declined = True
    _forget_parts(working)


def _forget_parts(working: Working) -> None:
    working.connection.execute(delete(SNAPSHOT_PART))
    working.sync.snapshot_digest, working.sync.snapshot_parts = None, 0


def bytes_held(working: Working) -> int:
    """Return how many bytes of a snapshot are here already."""
    size = working.connection.scalar(select(func.sum(func.length(SNAPSHOT_PART.c.content))))
    return int(size or 0)
