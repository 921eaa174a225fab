"""Mend this node's registry layer over a live connection, when no log says how it differs from the hub's (protocol 14).

Decides the order: reconcile; where too much differs, take a snapshot; hand over what only this laptop holds; only then
replace rows and stand at the hub's position.  Nothing here is kept between two runs: a line that breaks begins again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import delete

from schemas.errors import LimitExceededError, RemoteProtocolError
from sync_protocol.codec import digest16
from sync_protocol.feed import FULL, feed_log_id
from sync_protocol.limits import SNAPSHOT_BYTES_MAX
from sync_protocol.mending import Mended, Mending, install
from sync_protocol.messages import SnapshotAsk, SnapshotPart
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell
from sync_protocol.snapshot import SnapshotRow, open_snapshot, snapshot_digest
from village_node.keys import new_replica_id
from village_node.store import NodeStore
from village_node.tables import FEED_ROW

Told = ReconcileTell | SnapshotPart | None
Exchange = Callable[[ReconcileAsk, SnapshotAsk | None], Told]
"""Sends one message of the session and returns what the hub answered to it; commits before and after."""

_log = logging.getLogger(__name__)


def mend(store: NodeStore, exchange: Exchange, *, gives: bool) -> bool:
    """Bring the layer to the hub's; False if this hub cannot tell how, and then nothing is changed.

    Args:
        gives: this node does not stand on the hub's feed, so what only it holds is handed over first.

    Raises TransportError for a line that breaks, TrustError for what the hub did not sign.
    """
    try:
        mended = _mended(store, exchange, gives=gives)
    except RemoteProtocolError as error:
        # The session goes on without: both logs may be whole, and the hub's own night looks at its tables.
        _log.warning("event=layer-not-mended code=%s", error.code)
        return False
    if mended is None:
        return False
    issued_again = _install(store, mended)
    _log.warning(
        "event=layer-mended seq=%d records=%d dropped=%d issued_again=%d",
        mended.head.seq,
        len(mended.rows),
        len(mended.dropped),
        issued_again,
    )
    return True


def _mended(store: NodeStore, exchange: Exchange, *, gives: bool) -> Mended | None:
    mending = _begun(store, gives=gives)
    try:
        while not mending.is_done:
            told = exchange(mending.ask(), None)
            if not isinstance(told, ReconcileTell):
                return None
            mending.hear(told)
    except LimitExceededError as error:
        _log.info("event=mending-by-snapshot code=%s", error.code)
        if not _by_snapshot(store, mending, exchange):
            return None
    return mending.mended(store.state().village_key)


def _begun(store: NodeStore, *, gives: bool) -> Mending:
    with store.reading() as working:
        layer = {
            one.record_id: (one.version, digest16(one.body))
            for one in working.register.iter_records(working.village_id)
        }
        sync = working.sync

    def row_of(record_id: bytes) -> SnapshotRow | None:
        with store.reading() as working:
            held = working.tables.layer.need(record_id)
        if held.level == FULL and digest16(held.body) != held.record_digest:
            return None
        return SnapshotRow(record_id, held.kind, held.level, held.version, held.record_digest, held.body)

    return Mending(layer, row_of, lambda raw: store.verify_head(raw, sync), gives)


def _by_snapshot(store: NodeStore, mending: Mending, exchange: Exchange) -> bool:
    packed, digest = bytearray(), None
    while True:
        ask = ReconcileAsk(None, None, 0, 0)
        told = exchange(ask, SnapshotAsk(digest, len(packed)))
        if not isinstance(told, SnapshotPart) or not told.content or told.total > SNAPSHOT_BYTES_MAX:
            return False
        if told.digest != digest:
            digest, packed = told.digest, bytearray()
        if told.offset != len(packed):
            return False
        packed += told.content
        if len(packed) >= told.total:
            break
    state, sync = store.state(), store.sync_state()
    if snapshot_digest(bytes(packed)) != digest:
        raise RemoteProtocolError("the parts of a snapshot do not make it", code="snapshot-damaged")
    snapshot, _ = open_snapshot(
        bytes(packed),
        verify_keys=store.hub_keys(sync),
        village_key=state.village_key,
        log_id=feed_log_id(state.district_code, state.village_id),
    )
    mending.take_all(snapshot.rows, snapshot.signed_head)
    while not mending.is_done:
        told = exchange(mending.ask(), None)
        if not isinstance(told, ReconcileTell):
            return False
        mending.hear(told)
    return True


def _install(store: NodeStore, mended: Mended) -> int:
    with store.transaction() as working:
        working.connection.execute(delete(FEED_ROW))
        tables = working.tables
        tables.layer.prefetch([*(row.record_id for row in mended.rows), *mended.dropped])
        return install(tables, mended, new_replica_id())
