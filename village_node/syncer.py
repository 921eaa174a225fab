"""Bring a village and the hub together in one session over a live connection (protocol 6.2).

Decides the order (make a message, commit, send, take the answer in, commit, again), when a session is over, and how
much a message may hold on this link.  Attached files come after both logs (protocol 15.4).  That there is no network,
that somebody else syncs, or that the hub holds back are results, not errors; every message stands for itself.
A little longer than most modules: a session is one object, and its steps share its counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from schemas.errors import BadSignatureError, HubBusyError, HubUnreachableError, TransportError, VillageSyncError
from sync_protocol.messages import SnapshotAsk, SnapshotPart
from sync_protocol.reconcile_forms import ReconcileAsk, ReconcileTell
from sync_protocol.tables import REVOKED, NodeState
from village_node import clock
from village_node.blobs import BLOB_BYTES_PER_MESSAGE, BlobSender, blob_progress, is_anything_left
from village_node.bootstrap import bytes_held
from village_node.carriers import LINE_BROKEN, Carrier
from village_node.incoming import RoundTrip, TakenIn, take_in
from village_node.journal_mending import mend_journal
from village_node.lock import SYNC_LOCK_FILE, held_lock
from village_node.mending import mend
from village_node.outgoing import Budgets, Outgoing, make_message, wants_snapshot
from village_node.proof import is_layer_whole
from village_node.rows import SyncState
from village_node.session_words import REASONS
from village_node.store import NodeStore

MESSAGE_BYTES_START = 64 * 1024
MESSAGE_BYTES_MIN = 4 * 1024
MESSAGE_BYTES_MAX = 2 * 1024 * 1024
"""Before compression; well under what a sealed message may have, and little memory on an old laptop."""
CROSSING_MS = 20_000
"""How long a message should take at most: shorter than the patience of a bad line, and what is lost when it breaks."""
BREAK_WAIT_S = 1.0
"""Before a session goes on after its line broke."""
ROUNDS_MAX = 500
LOOKED_OVER_MS = 12 * 3600 * 1000
"""Adding up every row takes a tenth of a second: once a night, not whenever a link comes up."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What one session did; ``code`` is a key of ``session_words.REASONS``."""

    rounds: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    entries_sent: int = 0
    entries_applied: int = 0
    code: str = "done"

    @property
    def finished(self) -> bool:
        """Tell whether both logs are where the session wanted them."""
        return self.code == "done"

    @property
    def reason(self) -> str:
        """Return why the session ended, for the officer."""
        return REASONS[self.code]


def synchronise(
    store: NodeStore,
    carrier: Carrier,
    *,
    now_ms: Callable[[], int] = clock.now_ms,
    elapsed_ms: Callable[[], int] = clock.elapsed_ms,
    progress: Callable[[SyncResult], None] | None = None,
    rounds_max: int = ROUNDS_MAX,
    wait_s: Callable[[float], None] = time.sleep,
) -> SyncResult:
    """Run one session; one at a time per node, across processes.

    A line that breaks again before anything got through ends it.

    Raises TrustError or RemoteProtocolError for a hub that is not ours or speaks nonsense, RefusedError "practice",
    StorageError; every exchange that was completed before stays.
    """
    store.must_be_real()
    with held_lock(store.directory / SYNC_LOCK_FILE) as is_mine:
        if not is_mine:
            return SyncResult(code="already-running")
        mend_journal(store, everything=_is_due(store.sync_state().last_finished_ms, now_ms()))
        session = _Session(store, carrier, now_ms, elapsed_ms, progress, wait_s)
        try:
            code = session.run(rounds_max)
        except VillageSyncError as error:
            session.note(error.code)
            raise
        session.note(code)
        return session.result(code)


class _Session:
    """One session: its targets and its counts."""

    def __init__(
        self,
        store: NodeStore,
        carrier: Carrier,
        now_ms: Callable[[], int],
        elapsed_ms: Callable[[], int],
        progress: Callable[[SyncResult], None] | None,
        wait_s: Callable[[float], None],
    ) -> None:
        self.store, self.carrier, self.progress = store, carrier, progress
        self.now_ms, self.elapsed_ms, self.wait_s = now_ms, elapsed_ms, wait_s
        self.has_moved_since_break = self.was_question = False
        self.message_bytes_max = MESSAGE_BYTES_MAX
        self.breaks = self.rounds = self.bytes_up = self.bytes_down = self.sent = self.applied = 0
        self.feed_target: int | None = None
        self.was_journal_there = False
        self.must_mend = self.is_apart = self.has_mended = False
        self.last_finished_ms = store.sync_state().last_finished_ms
        # Before content: how much arrived before the line broke is the hub's to say.
        self.asks_first = True
        self.journal_target = store.state().journal_seq

    def result(self, code: str) -> SyncResult:
        return SyncResult(self.rounds, self.bytes_up, self.bytes_down, self.sent, self.applied, code)

    def run(self, rounds_max: int) -> str:
        """Exchange messages until both targets are reached or nothing moves; return why it ended."""
        while self.rounds < rounds_max:
            before = self._position()
            try:
                taken = self._exchange_mended()
            except HubBusyError:
                return "busy"
            except TransportError as error:
                is_first = error.code == LINE_BROKEN and self.breaks == 0
                if not (self.has_moved_since_break or is_first):
                    return "offline"
                self.breaks, self.has_moved_since_break = self.breaks + 1, False
                self.wait_s(BREAK_WAIT_S)
                continue
            state = self.store.state()
            has_moved = self.has_moved_since_break = self._position() != before or self.was_question
            code = self._ended(state, taken)
            if code == "done" and self._must_be_looked_over() and not is_layer_whole(self.store):
                self.must_mend, code, has_moved = True, None, True
            if code == "done" and self._goes_on_with_files(has_moved=has_moved):
                code = None
                has_moved = True
            if code is not None:
                return code
            if self.progress is not None:
                self.progress(self.result("unfinished"))
            if not has_moved:
                if self.has_mended or not taken.is_apart:
                    return "held-back"
                self.must_mend = self.is_apart = True
        return "unfinished"

    def _ended(self, state: NodeState, taken: TakenIn) -> str | None:
        is_journal_there = state.acked_seq >= min(self.journal_target, state.journal_seq)
        # Verdicts on what this session sends are wanted too; what others do meanwhile is not news (protocol 6.2).
        if taken.hub_seq is not None and (self.feed_target is None or not self.was_journal_there):
            self.feed_target = taken.hub_seq
        self.was_journal_there = is_journal_there
        if state.standing == REVOKED:
            return "locked" if is_journal_there else None
        if state.needs_update and is_journal_there:
            return "needs-update"
        if taken.asks_again or taken.is_apart or self.feed_target is None or not is_journal_there:
            return None
        return "done" if state.feed_seq >= self.feed_target else None

    def _goes_on_with_files(self, *, has_moved: bool) -> bool:
        """Tell whether attached files are worth another round: the logs are done, so files never fail a session."""
        was_question, self.asks_first = self.asks_first, False
        with self.store.reading() as working:
            return (has_moved or was_question) and is_anything_left(working.connection)

    def _position(self) -> Any:
        """Return everything that a round may move; if none of it does, another round would not either."""
        with self.store.reading() as working:
            state, sync = working.tables.state, working.sync
            return (
                (state.replica_id, state.acked_seq, state.feed_seq, state.feed_head, state.needs_full_run),
                (state.standing, tuple(working.tables.evidence), sync.certificate, sync.key_list_number),
                (wants_snapshot(working), bytes_held(working), blob_progress(working.connection)),
            )

    # -- one round

    def _exchange_mended(self) -> TakenIn:
        """Do one round; mend the layer first where no log can bring it on, or where its rows do not give F."""
        if self.must_mend and not self.has_mended:
            self._mend(gives=self.is_apart)
        try:
            return self._exchange()
        except BadSignatureError as error:
            if error.code != "fingerprint-differs" or self.has_mended or not self._mend(gives=False):
                raise
            return self._exchange()

    def _must_be_looked_over(self) -> bool:
        """Tell whether the rows themselves should be added up: once a night, before a session is called done."""
        return _is_due(self.last_finished_ms, self.now_ms()) and not self.has_mended

    def _mend(self, *, gives: bool) -> bool:
        """Mend once a session; False if this hub cannot."""
        self.has_mended = True
        return mend(self.store, self._exchange_for_mending, gives=gives)

    def _exchange_for_mending(
        self, ask: ReconcileAsk, snapshot: SnapshotAsk | None
    ) -> ReconcileTell | SnapshotPart | None:
        with self.store.transaction() as working:
            size, now_ms = _message_bytes(working.sync), self.now_ms()
            outgoing = make_message(
                self.store,
                working,
                Budgets(size, size),
                carrier=self.carrier.name,
                now_ms=now_ms,
                mending=(ask, snapshot),
            )
        return take_in(self.store, self._carried(outgoing), mends=True).told

    def _carried(self, outgoing: Outgoing) -> bytes:
        self.rounds += 1
        self.bytes_up += len(outgoing.raw)
        raw = self.carrier.exchange(outgoing.raw)
        self.bytes_down += len(raw)
        return raw

    def _exchange(self) -> TakenIn:
        outgoing, sync = self._prepare()
        started_ms = self.elapsed_ms()
        try:
            raw = self._carried(outgoing)
        except TransportError as error:
            if error.code != HubUnreachableError.code:
                # What broke off is too large, or the line is bad: smaller pieces help with either.
                size = max(MESSAGE_BYTES_MIN, _message_bytes(sync) // 2)
                self.message_bytes_max = min(self.message_bytes_max, size * 3 // 2)
                self._set_message_bytes(size)
            raise
        took_ms = self.elapsed_ms() - started_ms
        acked_before = self.store.state().acked_seq
        taken = take_in(self.store, raw, trip=RoundTrip(outgoing.sent_ms, outgoing.sent_ms + took_ms))
        self.was_question = outgoing.is_question and taken.is_fresh
        self._count(outgoing, taken, acked_before)
        self._adapt(_message_bytes(sync), took_ms, taken, has_files=outgoing.blob_count > 0)
        return taken

    def _prepare(self) -> tuple[Outgoing, SyncState]:
        """Make the next message and commit that it exists; only then may it be sent."""
        with self.store.transaction() as working:
            now_ms = self.now_ms()
            working.sync.last_try_ms = now_ms
            size = _message_bytes(working.sync)
            budgets = Budgets(size, size, 0 if self.asks_first else min(size, BLOB_BYTES_PER_MESSAGE))
            blobs = BlobSender(working.connection)
            outgoing = make_message(self.store, working, budgets, carrier=self.carrier.name, now_ms=now_ms, blobs=blobs)
            return outgoing, working.sync

    def _count(self, outgoing: Outgoing, taken: TakenIn, acked_before: int) -> None:
        acked = self.store.state().acked_seq
        self.sent += min(outgoing.entry_count, max(0, acked - acked_before))
        self.applied += taken.applied

    def _adapt(self, size: int, took_ms: int, taken: TakenIn, *, has_files: bool) -> None:
        """Let the next message take about as long as one should."""
        state = self.store.state()
        wants_more = has_files or state.acked_seq < state.journal_seq or (taken.hub_seq or 0) > state.feed_seq
        if took_ms > CROSSING_MS:
            self._set_message_bytes(max(MESSAGE_BYTES_MIN, size * CROSSING_MS // took_ms))
        elif wants_more and took_ms < CROSSING_MS // 2:
            # At most four times at once: a measurement of a small message promises too much for a large one.
            if size >= self.message_bytes_max:  # the break may have been a matter of chance
                self.message_bytes_max = min(MESSAGE_BYTES_MAX, size + size // 4)
            grown = min(size * min(4, CROSSING_MS // max(1, took_ms)), self.message_bytes_max)
            self._set_message_bytes(max(size, grown))

    def _set_message_bytes(self, size: int) -> None:
        with self.store.transaction() as working:
            working.sync.message_bytes = size

    def note(self, code: str) -> None:
        """Write down how the session ended, for the status."""
        now_ms = self.now_ms()
        with self.store.transaction() as working:
            working.sync.last_reason = code
            if self.bytes_down:
                working.sync.last_contact_ms = now_ms
            if code == "done":
                working.sync.last_finished_ms = now_ms


def _is_due(last_ms: int | None, now_ms: int) -> bool:
    """Tell whether everything should be looked over again."""
    return last_ms is None or not 0 <= now_ms - last_ms < LOOKED_OVER_MS


def _message_bytes(sync: SyncState) -> int:
    return sync.message_bytes or MESSAGE_BYTES_START
