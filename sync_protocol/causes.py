"""Name what caused a version of a record (protocol 3.6): a change id, a decision, or the hub's own step."""

from __future__ import annotations

DISPATCHER = b"dispatcher"
"""What the dispatcher writes (protocol 12)."""

_CHANGE_ID_BYTES = 16


def is_change_id(cause: bytes) -> bool:
    """Tell whether a cause is the change id of a journal entry."""
    return len(cause) == _CHANGE_ID_BYTES


def decision_id(random16: bytes) -> bytes:
    """Return the id of a registrar's decision or edit; 16 random bytes are passed in."""
    return b"D" + random16


def is_decision(cause: bytes) -> bool:
    """Tell whether a cause is a registrar's decision or edit."""
    return len(cause) == _CHANGE_ID_BYTES + 1 and cause[:1] == b"D"


def loss_id(lost_digest: bytes) -> bytes:
    """Return the cause of what a give-back brought in against a later value (protocol 11.2)."""
    return b"loss" + lost_digest
