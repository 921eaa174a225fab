"""What the two sides say to each other in a reconciliation without a log, and its wire form (protocol 14.5).

Shapes and bytes only; what is asked and told when is ``mending``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.errors import MalformedMessageError
from sync_protocol.codec import is_count, is_digest
from sync_protocol.forms import position_from_wire
from sync_protocol.parts import Position
from sync_protocol.reconciling import DIGEST_BYTES, CodedSymbol, symbols_from_wire, symbols_to_wire
from sync_protocol.snapshot import SnapshotRow, row_from_wire, row_to_wire

KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class ReconcileAsk:
    """The node: symbols from ``start`` on, or the records of ``wanted`` digests, or versions that only it holds.

    Without a key it begins; afterwards it names the key and the position that the hub told.
    """

    key: bytes | None
    at: Position | None
    start: int
    count: int
    wanted: tuple[bytes, ...] = ()
    given: tuple[SnapshotRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ReconcileTell:
    """The hub: the session's key, its signed head there, the size of its set, and symbols or records."""

    key: bytes
    signed_head: bytes
    start: int
    size: int
    symbols: tuple[CodedSymbol, ...] = ()
    rows: tuple[SnapshotRow, ...] = ()


def reconcile_from_wire(value: Any) -> ReconcileAsk | ReconcileTell:
    """Return either side's part: the hub's has a signed head, the node's has none."""
    match value:
        case [key, at, start, count, bytes() as wanted, list() as given] if (
            (key is None) == (at is None)
            and (key is None or is_digest(key, KEY_BYTES))
            and is_count(start)
            and is_count(count)
            and len(wanted) % DIGEST_BYTES == 0
        ):
            digests = tuple(wanted[n : n + DIGEST_BYTES] for n in range(0, len(wanted), DIGEST_BYTES))
            place = None if at is None else position_from_wire(at)
            return ReconcileAsk(key, place, start, count, digests, tuple(row_from_wire(row) for row in given))
        case [key, bytes() as signed_head, symbols, list() as rows] if is_digest(key, KEY_BYTES):
            start, found = symbols_from_wire(symbols)
            taken = tuple(row_from_wire(row) for row in rows)
            return ReconcileTell(key, signed_head, start, symbols[1], tuple(found), taken)
        case _:
            raise MalformedMessageError("a reconciliation has a form that is not known here")


def reconcile_to_wire(part: ReconcileAsk | ReconcileTell) -> list[Any]:
    """Return either side's part as its array."""
    if isinstance(part, ReconcileAsk):
        at = list(part.at) if part.at is not None else None
        given = [row_to_wire(row) for row in part.given]
        return [part.key, at, part.start, part.count, b"".join(part.wanted), given]
    symbols = symbols_to_wire(part.symbols, part.size, part.start)
    return [part.key, part.signed_head, symbols, [row_to_wire(row) for row in part.rows]]
