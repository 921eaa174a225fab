"""Answer a message: the one pure function of the protocol, the same on both sides.

``answer(view, message) -> (changes, message')``.  The view is the small part of a database that the message can depend
on, with the keys and times that are passed in.  The caller commits ``changes`` in one transaction and only then sends
``message'``.  Raises before it hands anything over to commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sync_protocol import composing, hub_side, node_side
from sync_protocol.messages import Message
from sync_protocol.tables import HubTables, NodeTables, Shelf


@dataclass(frozen=True, slots=True)
class HubView:
    """What the hub looks at: its tables, who asks, its own head keys and hub time."""

    tables: HubTables
    sender: hub_side.Sender
    keys: hub_side.HeadKeys
    now_ms: int


@dataclass(frozen=True, slots=True)
class NodeView:
    """What a node looks at: its tables, the number and budgets of its next message, 8 random bytes in reserve."""

    tables: NodeTables
    number: int
    budget: int
    journal_bytes_max: int
    new_replica_id: bytes


Changes = Mapping[str, Mapping[Any, Any]]
"""By shelf, what must be written: a value, or None for a row to delete.  A node's ``state`` is in its tables."""


def answer(view: HubView | NodeView, message: Message) -> tuple[Changes, Message]:
    """Take a message in; return what to commit and what to send after that.

    Raises TrustError or RemoteProtocolError for hostile or damaged content; nothing may be committed then.
    """
    if isinstance(view, HubView):
        reply = hub_side.receive(view.tables, message, view.sender, view.keys, view.now_ms)
        return changes_of(view.tables), reply
    node_side.take_answer(view.tables, message, view.new_replica_id)
    reply = composing.compose(
        view.tables, number=view.number, budget=view.budget, journal_bytes_max=view.journal_bytes_max
    )
    return changes_of(view.tables), reply


def changes_of(tables: HubTables | NodeTables) -> Changes:
    """Return what was written to the shelves of a working set, by the shelf's name."""
    shelves = {name: value for name, value in vars(tables).items() if isinstance(value, Shelf)}
    return {name: shelf.changed for name, shelf in shelves.items() if shelf.changed}
