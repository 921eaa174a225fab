"""An officer's desk: see records as they stand with the own work on top, and save an action as one journal entry.

Decides what may be written at all: records that are known here and have not left.  Rules of the register are the use
cases' (``registration``), merging is the hub's (protocol 5).  Saving is one transaction: journal, overlay and index.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import uuid_utils
from sqlalchemy import select

from register.areas import Area
from register.search import FoundResident, find_residents
from schemas.bodies import values_of
from schemas.errors import RefusedError
from sync_protocol import node_side
from sync_protocol.entries import Change, Create, EntryKind, parse_entry_body
from sync_protocol.feed import FULL
from sync_protocol.overlay import Shown
from sync_protocol.tables import NodeState, OwnEntry
from village_node import clock
from village_node.book import VillageBook
from village_node.clock import now_ms as clock_now_ms
from village_node.saved_forms import check_form, note_form
from village_node.store import NodeStore, Working
from village_node.tables import OWN_TOUCH

ENTRIES_PER_TRANSACTION = 200
"""Of an import: few enough that a power cut costs seconds of work, enough that the disk is not the limit."""

Batch = tuple[EntryKind, Sequence[Change]]


class Desk:
    """One officer at one village's register.

    Args:
        officer: the name that the journal keeps, at most 100 bytes.
        now_ms: this machine's clock.
        form_id: 16 bytes that name the form on the screen; what this desk saves first is saved once under that name.
    """

    def __init__(
        self,
        store: NodeStore,
        officer: str,
        now_ms: Callable[[], int] = clock_now_ms,
        *,
        form_id: bytes | None = None,
    ) -> None:
        self.store = store
        self.officer = officer
        self.now_ms = now_ms
        self._form_id = form_id

    @property
    def village_code(self) -> str:
        """Return the village's official code."""
        return self.store.config.village_code

    @property
    def village_name(self) -> str:
        """Return the village's name."""
        return self.store.config.village_name

    @property
    def is_practice(self) -> bool:
        """Tell whether the people here are invented."""
        return self.store.is_practice

    @property
    def state(self) -> NodeState:
        """Return the replica's state at this moment."""
        return self.store.state()

    def new_id(self) -> bytes:
        """Return a new record id: UUIDv7, so that records made one after the other lie together."""
        return uuid_utils.uuid7(nanoseconds=max(0, self.now_ms()) * 1_000_000).bytes

    def likely_ms(self) -> int:
        """Return the likely time: this machine's clock as the hub last corrected it, never before what the hub said."""
        state = self.state
        return clock.likely_ms(self.now_ms(), state.offset_ms, state.hub_time_ms)

    def today(self) -> dt.date:
        """Return the day in the village's time zone; never before the last hub time seen, whatever the clock says."""
        local_s = self.likely_ms() // 1000 + self.store.config.utc_offset_minutes * 60
        return (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=local_s)).date()

    # -- seeing

    def shown(self, record_id: bytes) -> Shown | None:
        """Return a record as shown, None if it is unknown here."""
        with self.store.reading() as working:
            return working.shown([record_id])[record_id]

    def shown_many(self, record_ids: Sequence[bytes]) -> dict[bytes, Shown]:
        """Return those of the records that are known here, as shown, in a few queries."""
        with self.store.reading() as working:
            found = working.shown(list(dict.fromkeys(record_ids)))
            return {record_id: shown for record_id, shown in found.items() if shown is not None}

    def values(self, record_id: bytes) -> dict[str, Any]:
        """Return a record's shown values by field name; empty if it is unknown."""
        shown = self.shown(record_id)
        return {} if shown is None else values_of(shown.kind, shown.body)

    def name(self, record_id: bytes) -> str:
        """Return a person's shown name; empty if it or the person is unknown."""
        return str(self.values(record_id).get("name") or "")

    @contextmanager
    def book(self) -> Iterator[VillageBook]:
        """Open the index of what is shown, for questions about many records; all answers are of one moment."""
        with self.store.reading() as working:
            yield VillageBook(working.register, working.village_id)

    def find(self, text: str, *, area: Area | None = None, limit: int = 20, offset: int = 0) -> list[FoundResident]:
        """Return the people whom an officer means by part of a name, a NIK or a family number."""
        with self.store.reading() as working:
            return find_residents(
                working.register, working.village_id, text, area=area or Area(), limit=limit, offset=offset
            )

    def entry_that_created(self, record_id: bytes) -> tuple[Change, ...]:
        """Return the changes of the own entry that created a record; empty if it is not in this journal.

        Entries of imports are not found so.
        """
        query = select(OWN_TOUCH.c.change_id).where(OWN_TOUCH.c.record_id == record_id, OWN_TOUCH.c.is_create)
        with self.store.reading() as working:
            change_id = working.connection.scalar(query.order_by(OWN_TOUCH.c.ordinal).limit(1))
        return self.entry_changes(change_id) if change_id is not None else ()

    def entry_changes(self, change_id: bytes) -> tuple[Change, ...]:
        """Return the changes of an own entry; empty if it is not in this journal."""
        with self.store.reading() as working:
            own = working.tables.own.get(change_id)
        return () if own is None else parse_entry_body(own.entry.body)[1]

    # -- writing

    def save(self, kind: EntryKind, changes: Sequence[Change]) -> OwnEntry:
        """Write one officer action: journal, overlay and index in one transaction; durable when this returns.

        Raises RefusedError "record-unknown", "record-left" or "entry-empty", LimitExceededError above the limits of an
        entry, StorageError; nothing is written then.
        """
        with self.store.transaction() as working:
            return self.append(working, kind, changes)

    def save_many(
        self,
        batches: Iterable[Batch],
        progress: Callable[[int], None] | None = None,
        *,
        noted: Callable[[Working, int, int], None] | None = None,
        per_transaction: int = ENTRIES_PER_TRANSACTION,
    ) -> int:
        """Write many actions, each its own entry, some hundred a transaction; return how many.

        Args:
            progress: told after each commit how many entries are durable so far.
            noted: called inside each transaction with the first ordinal and the number of its entries, so that the
                caller's own books are durable together with them.

        Raises as ``save`` does; what was committed before stays, and is what ``progress`` was last told.
        """
        done = 0
        remaining = iter(batches)
        while portion := list(islice(remaining, per_transaction)):
            with self.store.transaction() as working:
                _prefetch(working, [change.record_id for _, changes in portion for change in changes])
                first_ordinal = working.tables.state.entry_count + 1
                for kind, changes in portion:
                    self.append(working, kind, changes)
                if noted is not None:
                    noted(working, first_ordinal, len(portion))
            done += len(portion)
            if progress is not None:
                progress(done)
        return done

    def append(self, working: Working, kind: EntryKind, changes: Sequence[Change]) -> OwnEntry:
        """Write one action inside a transaction of the caller, who has looked something up in it; as ``save``.

        Raises AlreadySavedError for a form that was saved before: in the very transaction, so that neither two clicks
        at once nor a cut between saving and answering doubles anything.
        """
        if not changes:
            raise RefusedError("Tidak ada yang diubah", code="entry-empty")
        form_id, self._form_id = self._form_id, None
        if form_id is not None:
            check_form(working.connection, form_id)
        _check_writable(working, changes)
        wall_ms = max(0, self.now_ms())
        own = node_side.save(working.tables, int(kind), self.officer, tuple(changes), wall_ms=wall_ms)
        if form_id is not None:
            note_form(working.connection, form_id, own.change_id, wall_ms)
        return own


def _prefetch(working: Working, record_ids: list[bytes]) -> None:
    working.tables.layer.prefetch(record_ids)
    working.tables.pending.prefetch(record_ids)


def _check_writable(working: Working, changes: Sequence[Change]) -> None:
    """Refuse a change of a record that nobody here knows, or that has left the village."""
    tables = working.tables
    _prefetch(working, [change.record_id for change in changes])
    created: set[bytes] = set()
    for change in changes:
        held = tables.layer.get(change.record_id)
        if held is not None and held.level != FULL:
            raise RefusedError(
                "Data ini sudah tidak di desa ini dan tidak dapat diubah",
                code="record-left",
                hint="Orang yang datang kembali dicatat lewat pindah datang; kesalahan dilaporkan ke kabupaten.",
            )
        if isinstance(change, Create):
            created.add(change.record_id)
        elif held is None and change.record_id not in created and not tables.pending.get(change.record_id):
            raise RefusedError(
                "Data tidak ditemukan di desa ini", code="record-unknown", hint="Cari kembali orang atau keluarga."
            )
