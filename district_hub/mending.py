"""Answer a node whose layer no log can bring up to date (protocol 14): symbols, records, and what only it holds.

Decides what one message of such a session does under the village's lock.  Keeps nothing between two messages.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace

from district_hub.snapshots import layer_rows
from district_hub.store import HubRegistry
from sync_protocol.feed import HeadObject, feed_log_id
from sync_protocol.giveback import is_on_chain
from sync_protocol.hub_side import HeadKeys
from sync_protocol.mending import take_given, tell
from sync_protocol.messages import Message, Position
from sync_protocol.reconcile_forms import KEY_BYTES, ReconcileAsk
from sync_protocol.snapshot import SnapshotRow


def reconciled(
    registry: HubRegistry, keys: HeadKeys, device_id: bytes, message: Message, reply: Message, budget: int
) -> Message:
    """Return the reply with what the node asks for; unchanged if it asks for nothing of the kind.

    Raises LimitExceededError for more symbols than any layer needs.
    """
    ask, village, tables = message.reconcile, message.village_id, registry.tables
    if not isinstance(ask, ReconcileAsk) or reply.snapshot is not None:
        return reply
    if any(one == village for one, _ in tables.feed.changed):
        return reply  # the rows are not written yet: the node asks again
    state = tables.villages.need(village)
    rows: Iterable[SnapshotRow] = ()
    if ask.given:
        at = message.feed_at
        if at is not None and not is_on_chain(registry, village, at.seq, at.head):
            take_given(registry, village, device_id, ask.given)
    else:
        rows = layer_rows(registry.connection, tables.district_code, village)
    log_id = feed_log_id(tables.district_code, village)
    signed = keys.sign(HeadObject(log_id, state.seq, state.head, state.fingerprint, state.hub_time_ms))
    at_tip, fresh_key = Position(state.seq, state.head), secrets.token_bytes(KEY_BYTES)
    told = tell(ask, rows, at_tip, signed, fresh_key, budget)
    return replace(reply, feed=None, heads=None, reconcile=told)
