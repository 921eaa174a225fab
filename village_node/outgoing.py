"""Make the next sealed message and remember that it was made (protocol 6, 7: commit, then speak).

Decides what a message carries besides the protocol's own: clock, acknowledgement of the newest head, a wish for a
snapshot.  The caller commits before a byte of it leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import delete, insert

from sync_protocol import composing
from sync_protocol.messages import BlobPart, Clock, JournalRun, Message, SnapshotAsk, encode_message, message_digest
from sync_protocol.reconcile_forms import ReconcileAsk
from sync_protocol.sealing import Purpose, countersign, seal
from village_node.blobs import BlobSender, files_wanted
from village_node.bootstrap import bytes_held
from village_node.replica_marks import is_without_mark
from village_node.store import NodeStore, Working
from village_node.tables import SENT_MESSAGE

QUESTION_BYTES_MAX = 4 * 1024
"""A journal up to this size is sent again rather than asked about: the question would cost as much."""
KEPT_MS = 400 * 24 * 3600 * 1000
"""How long a sent message is remembered: a stick may lie in a drawer for a year."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One sealed message; ``sent_ms`` is this machine's clock as the message states it.

    ``is_question``: it only asks how much of the journal is there, because the answer to the one before never came.
    """

    raw: bytes
    number: int
    sent_ms: int
    entry_count: int
    asks_snapshot: bool
    blob_count: int = 0
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many bytes of journal a message may hold, how many the answer may have; before compression.

    ``blob_bytes`` of attached files, once no journal is left; with 0 the message only asks how much of them is there.
    """

    journal_bytes: int
    answer_bytes: int
    blob_bytes: int = 0


def make_message(
    store: NodeStore,
    working: Working,
    budgets: Budgets,
    *,
    carrier: str,
    now_ms: int,
    by_file: bool = False,
    blobs: BlobSender | None = None,
    mending: tuple[ReconcileAsk, SnapshotAsk | None] | None = None,
) -> Outgoing:
    """Return the next message, numbered and noted as sent; it may leave once the transaction is committed.

    Args:
        by_file: the answer comes later, maybe more than once: no derived bodies, no snapshot (protocol 6.5).
        mending: what a message asks that mends the layer; it carries neither journal nor evidence (protocol 14.5).
        blobs: what is to be sent of attached files; with it the message also says which files are wanted.

    Raises LimitExceededError if the evidence alone is larger than a message may be, RefusedError "practice".
    """
    store.must_be_real()
    sync, keys = working.sync, store.keys
    reconcile, snapshot = mending or (None, None)
    # Once more only what did not arrive, though the line broke before the hub could say what did.
    is_unsure = not by_file and sync.message_number > sync.answered_number
    sync.message_number += 1
    message = composing.compose(
        working.tables,
        number=sync.message_number,
        budget=budgets.answer_bytes,
        journal_bytes_max=budgets.journal_bytes,
    )
    asks = not by_file and reconcile is None and wants_snapshot(working)
    signed_head = working.tables.state.signed_head
    # A snapshot tells nothing of entries that it covers itself, so none is sent before it is here or declined.
    is_question = is_unsure and _is_long(message.journal)
    journal = None if asks or reconcile is not None or is_question else message.journal
    message = replace(
        message,
        clock=Clock(now_ms),
        ack=countersign(signed_head, keys.signing) if signed_head is not None else None,
        full_run=message.full_run or by_file,
        snapshot=_ask(working) if asks else snapshot,
        journal=journal,
        lost=message.lost if reconcile is None else (),
        reconcile=reconcile,
        # Empty: this replica has no mark of its own yet and asks for one (protocol 15.3).
        certificate=b"" if is_without_mark(store, working) else None,
        blobs=_parts(blobs, budgets, has_journal=message.journal is not None) if blobs is not None and not asks else (),
        blobs_wanted=files_wanted(working.connection) if blobs is not None and not asks else (),
    )
    return replace(_sealed(store, working, message, carrier, now_ms), is_question=is_question)


def _is_long(run: JournalRun | None) -> bool:
    return run is not None and sum(len(entry.body) for entry in run.entries) > QUESTION_BYTES_MAX


def _parts(blobs: BlobSender, budgets: Budgets, *, has_journal: bool) -> tuple[BlobPart, ...]:
    """Return what travels of attached files: content only when no entry is left to send (protocol 15.4)."""
    if budgets.blob_bytes and not has_journal:
        return blobs.parts(budgets.blob_bytes)
    return blobs.questions() if not budgets.blob_bytes else ()


def wants_snapshot(working: Working) -> bool:
    """Tell whether this replica starts from nothing (protocol 9.2)."""
    state = working.tables.state
    return state.feed_seq == 0 and state.acked_seq == 0 and not working.sync.is_snapshot_declined


def _ask(working: Working) -> SnapshotAsk:
    return SnapshotAsk(working.sync.snapshot_digest, bytes_held(working))


def _sealed(store: NodeStore, working: Working, message: Message, carrier: str, now_ms: int) -> Outgoing:
    payload = encode_message(message)
    raw = seal(
        payload,
        purpose=Purpose.SYNC,
        number=message.number,
        signing_key=store.keys.signing,
        receiver_public=store.key_list(working.sync).hub_sealing_key,
    )
    row = {"digest": message_digest(payload), "number": message.number, "carrier": carrier, "sent_ms": now_ms}
    working.connection.execute(insert(SENT_MESSAGE).values(**row))
    old = (SENT_MESSAGE.c.sent_ms < now_ms - KEPT_MS, SENT_MESSAGE.c.number < working.sync.answered_number)
    working.connection.execute(delete(SENT_MESSAGE).where(*old))
    entries = len(message.journal.entries) if message.journal is not None else 0
    return Outgoing(raw, message.number, now_ms, entries, message.snapshot is not None, len(message.blobs))
