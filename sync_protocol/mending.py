"""Bring a registry layer to the hub's when no log says how the two differ (protocol 14).

The node streams the hub's coded symbols until it knows the difference, fetches the records that it lacks, hands over
the versions that only it holds, and then stands at the hub's position.  The hub keeps nothing between two messages: a
session is a key and a position, and one that moved begins anew.  Versions that only a node holds prove nothing by
themselves: the hub lands what it does not know at all and shows a person the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from itertools import islice

from schemas.errors import LimitExceededError, MalformedMessageError, RemoteProtocolError
from schemas.fields import TAG_OWNER, Kind, Policy, policy_of
from sync_protocol import cases
from sync_protocol.causes import loss_id
from sync_protocol.codec import decode_body, encode
from sync_protocol.entries import Update
from sync_protocol.feed import F_MODULUS, FULL, HeadObject, fingerprint_part
from sync_protocol.hub_side import decide_waiting, without_device
from sync_protocol.limits import CASE_JOIN_BYTES_MAX
from sync_protocol.messages import Position
from sync_protocol.node_side import take_replica_id, undecided_changes
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell
from sync_protocol.reconciling import DIGEST_BYTES, Reconciler, coded_symbols, symbols_max
from sync_protocol.registry import Registry
from sync_protocol.snapshot import SnapshotRow, row_to_wire
from sync_protocol.tables import VILLAGE, Held, NodeTables, Record, Stamp
from sync_protocol.timing import hub_eff

SYMBOLS_FIRST, SYMBOLS_AT_ONCE_MAX, SYMBOLS_END = 64, 4096, 1 << 16
_SYMBOL_BYTES = 13
_SNAPSHOT_BYTES_PER_RECORD = 150
"""About what a record costs in a packed snapshot: symbols that cost more than that are not worth taking."""
WANTED_AT_ONCE_MAX = 2048
BEGINNINGS_MAX = 5
"""A hub whose feed moves under every session is busy; the next sync tries again."""


def layer_digest(key: bytes, record_id: bytes, version: int, shown_digest: bytes) -> bytes:
    """Return the 8 bytes that stand for one record of a layer in a session (protocol 14.2)."""
    named = record_id + version.to_bytes(8, "big") + shown_digest
    return blake2b(named, key=key, digest_size=DIGEST_BYTES).digest()


# -- at the hub


def tell(
    ask: ReconcileAsk, rows: Iterable[SnapshotRow], at: Position, signed_head: bytes, fresh_key: bytes, budget: int
) -> ReconcileTell:
    """Return what a node asks for of the layer's rows at the hub's position, or the beginning of a new session.

    Raises LimitExceededError far beyond what any layer needs.
    """
    goes_on = ask.key is not None and ask.at == at
    key = ask.key if ask.key is not None and goes_on else fresh_key
    held = {layer_digest(key, row.record_id, row.version, row.shown_digest): row for row in rows}
    if goes_on and ask.wanted:
        wanted = [held[digest] for digest in ask.wanted if digest in held]
        return ReconcileTell(key, signed_head, 0, len(held), (), _within(wanted, budget))
    start = ask.start if goes_on else 0
    if start > SYMBOLS_END:
        raise LimitExceededError("more coded symbols are asked for than any layer needs", code="too-different")
    count = max(1, min(ask.count, SYMBOLS_AT_ONCE_MAX, budget // _SYMBOL_BYTES))
    symbols = tuple(islice(coded_symbols(held.keys(), key), start, start + count))
    return ReconcileTell(key, signed_head, start, len(held), symbols)


def _within(rows: Iterable[SnapshotRow], budget: int) -> tuple[SnapshotRow, ...]:
    """Return as many rows as fit into so many bytes, at least one."""
    size = 0
    found: list[SnapshotRow] = []
    for row in rows:
        size += len(encode(row_to_wire(row)))
        if found and size > budget:
            break
        found.append(row)
    return tuple(found)


def take_given(registry: Registry, village: int, device_id: bytes, given: Iterable[SnapshotRow]) -> None:
    """Take in what only a node holds: its device has given back, so what waits is decided first (protocol 14.4)."""
    villages = registry.tables.villages
    villages[village] = without_device(villages.need(village), device_id)
    decide_waiting(registry, village)
    for row in given:
        if row.level == FULL and row.kind not in (Kind.FLAG, Kind.INBOX, Kind.CASE):
            _take_row(registry, village, row)
    registry.commit(None, hub_eff(registry.now_ms))


def _take_row(registry: Registry, village: int, row: SnapshotRow) -> None:
    lost = decode_body(row.body)
    if (row.record_id, row.record_digest) in registry.tables.versions:
        return  # an older version of the hub's own
    record, cause = registry.record(row.record_id), loss_id(row.record_digest)
    values = {tag: value for tag, value in lost.items() if policy_of(row.kind, tag) is not Policy.SYSTEM}
    if record is None and lost.get(TAG_OWNER) == village:
        body = {**values, TAG_OWNER: village}
        registry.put(Record(row.record_id, row.kind, body, Stamp(0, cause, VILLAGE, timed=False)), cause)
        return
    # A village sees its own side only (protocol 5.3): of another one's record the case names no present value.
    now = record.body if record is not None and record.owner == village else {}
    differing = tuple(
        Update(row.record_id, tag, now.get(tag), value)
        for tag, value in sorted(values.items())
        if now.get(tag) != value
    )
    for number, part in enumerate(_portions(differing)):
        case_id = cases.case_id_of(cause) if number == 0 else cases.case_id_of(cause, row.record_id, part[0].tag)
        if registry.record(case_id) is None:
            proposal = cases.Proposal(row.record_digest, cases.FROM_LOSS, part, "before-after-restore")
            cases.put_case(registry, case_id, village, state=cases.OPEN, proposals=(proposal,), cause=cause)


def _portions(differing: Iterable[Update]) -> Iterator[tuple[Update, ...]]:
    """Give what one case has room for each (protocol 10); a field too large for both its values goes with one."""
    part: list[Update] = []
    size = 0
    for update in differing:
        cost = len(encode([update.old, update.new]))
        one = update if cost <= CASE_JOIN_BYTES_MAX else replace(update, old=None)
        if part and size + cost > CASE_JOIN_BYTES_MAX:
            yield tuple(part)
            part, size = [], 0
        part.append(one)
        size += cost
    if part:
        yield tuple(part)


# -- at the node


@dataclass(frozen=True, slots=True)
class Mended:
    """What brings a layer to the hub's position: rows to put, ids to drop, the signed head and F there."""

    head: HeadObject
    signed_head: bytes
    rows: tuple[SnapshotRow, ...]
    dropped: tuple[bytes, ...]


@dataclass
class Mending:
    """One reconciliation at a node, from ask to ask.

    Args:
        layer: (version, shown digest) of every record of the layer, by its id.
        row_of: a record of the layer in full; None for one that is damaged, of which there is nothing to give.
        verify: a head object's check against the hub's keys.
        gives: hand over what only this node holds; not needed where it stands on the hub's own feed.
        bytes_max: how much is handed over at once.
    """

    layer: Mapping[bytes, tuple[int, bytes]]
    row_of: Callable[[bytes], SnapshotRow | None]
    verify: Callable[[bytes], HeadObject]
    gives: bool
    bytes_max: int = 64 * 1024
    beginnings: int = 0
    _key: bytes | None = None
    _signed_head: bytes = b""
    _own: dict[bytes, bytes] = field(default_factory=dict)
    _reconciler: Reconciler | None = None
    _symbols: int = 0
    _wanted: set[bytes] | None = None
    _rows: list[SnapshotRow] = field(default_factory=list)
    _only_ours: list[bytes] = field(default_factory=list)
    _to_give: list[SnapshotRow] = field(default_factory=list)
    _giving: int = 0

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to ask or to give."""
        return self._wanted is not None and not self._wanted and not self._to_give

    def ask(self) -> ReconcileAsk:
        """Return what to send next."""
        if self._key is None:
            return ReconcileAsk(None, None, 0, SYMBOLS_FIRST)
        head = self.verify(self._signed_head)
        at = Position(head.seq, head.head)
        if self._wanted is None:
            return ReconcileAsk(self._key, at, self._symbols, max(SYMBOLS_FIRST, self._symbols))
        if self._wanted:
            return ReconcileAsk(self._key, at, 0, 0, tuple(sorted(self._wanted)[:WANTED_AT_ONCE_MAX]))
        given = _within(self._to_give, self.bytes_max)
        self._giving = len(given)
        return ReconcileAsk(self._key, at, 0, 0, (), given)

    def hear(self, told: ReconcileTell) -> None:
        """Take an answer in.

        Raises LimitExceededError "too-different" where a snapshot is cheaper, RemoteProtocolError "hub-moves" if the
        hub's position never stands still, MalformedMessageError for an answer to something else.
        """
        if self._giving:
            self._to_give, self._giving = self._to_give[self._giving :], 0
            return
        if (told.key, told.signed_head) != (self._key, self._signed_head):
            self._begin(told)
        if self._wanted is None:
            self._take_symbols(told)
        else:
            self._take_rows(told, self._wanted)

    def take_all(self, rows: Iterable[SnapshotRow], signed_head: bytes) -> None:
        """Take the hub's whole layer instead: the rows of a snapshot that was opened and checked."""
        theirs = {row.record_id: row for row in rows}
        self._signed_head, self._wanted, self._giving = signed_head, set(), 0
        self._key = self._key or bytes(16)  # what is given names a session, though no symbols are asked any more
        self._rows = [row for row in theirs.values() if self.layer.get(row.record_id) != _named(row)]
        same = {row.record_id for row in theirs.values()} - {row.record_id for row in self._rows}
        self._only_ours = [record_id for record_id in self.layer if record_id not in same]
        self._to_give = self._givable()

    def mended(self, village_key: bytes) -> Mended:
        """Return the result; raises RemoteProtocolError "fingerprint-differs" if it is not what the hub signed."""
        head = self.verify(self._signed_head)
        put = {row.record_id: _named(row) for row in self._rows}
        dropped = tuple(record_id for record_id in self._only_ours if record_id not in put)
        after = {record_id: named for record_id, named in self.layer.items() if record_id not in dropped} | put
        total = sum(fingerprint_part(village_key, record_id, *named) for record_id, named in after.items())
        if total % F_MODULUS != head.fingerprint:
            raise RemoteProtocolError("a mended layer does not give the hub's F", code="fingerprint-differs")
        return Mended(head, self._signed_head, tuple(self._rows), dropped)

    def _begin(self, told: ReconcileTell) -> None:
        if told.start:
            raise MalformedMessageError("a reconciliation does not begin with the first symbol")
        self.beginnings += 1
        if self.beginnings > BEGINNINGS_MAX:
            raise RemoteProtocolError("the hub's feed moves under every reconciliation", code="hub-moves")
        self.verify(told.signed_head)
        self._key, self._signed_head = told.key, told.signed_head
        self._own = {layer_digest(told.key, record_id, *named): record_id for record_id, named in self.layer.items()}
        cap = symbols_max(len(self._own), told.size, told.size * _SNAPSHOT_BYTES_PER_RECORD)
        self._reconciler = Reconciler(self._own.keys(), told.key, cap)
        self._symbols, self._wanted, self._rows = 0, None, []

    def _take_symbols(self, told: ReconcileTell) -> None:
        if told.start != self._symbols or not told.symbols or self._reconciler is None:
            raise MalformedMessageError("coded symbols do not follow those before")
        self._symbols += len(told.symbols)
        difference = self._reconciler.take(told.symbols)
        if difference is not None:
            self._wanted = set(difference.only_theirs)
            self._only_ours = sorted(self._own[digest] for digest in difference.only_ours)
            self._to_give = self._givable()

    def _givable(self) -> list[SnapshotRow]:
        rows = map(self.row_of, self._only_ours) if self.gives else ()
        return [row for row in rows if row is not None]

    def _take_rows(self, told: ReconcileTell, wanted: set[bytes]) -> None:
        found = {layer_digest(told.key, row.record_id, row.version, row.shown_digest): row for row in told.rows}
        if not found or not found.keys() <= wanted:
            raise MalformedMessageError("the records of a reconciliation are not those asked for")
        wanted.difference_update(found)
        self._rows += found.values()


def _named(row: SnapshotRow) -> tuple[int, bytes]:
    return row.version, row.shown_digest


def install(tables: NodeTables, mended: Mended, new_replica_id: bytes) -> int:
    """Stand at the hub's position; return how many own entries are issued again.

    The shell forgets every stored feed entry in the same transaction.  What the passed-over entries said of own work
    is not known here, so work that the hub has and that has no final outcome is issued again (protocol 2.2).
    """
    for row in mended.rows:
        tables.layer[row.record_id] = Held(
            row.kind, row.level, row.version, row.record_digest, row.shown_digest, row.body
        )
    for record_id in mended.dropped:
        tables.layer.discard(record_id)
    tables.evidence = {key: run for key, run in tables.evidence.items() if run.entries}
    state = tables.state = replace(
        tables.state,
        feed_seq=mended.head.seq,
        feed_head=mended.head.head,
        fingerprint=mended.head.fingerprint,
        hub_time_ms=mended.head.hub_time_ms,
        signed_head=mended.signed_head,
        needs_full_run=False,
        decided_seq=0,
    )
    open_entries = [tables.own.get(change_id) for change_id in undecided_changes(tables)]
    # An entry whose row is gone may well be at the hub.
    is_known = any(
        own is None or own.replica_id != state.replica_id or own.seq <= state.acked_seq for own in open_entries
    )
    return take_replica_id(tables, new_replica_id) if is_known else 0
