"""Two village offices for one suite of tests: a desk in memory, and the real desk over a real store.

Both can ``put`` and ``change`` records as the registry would.  In the one in memory, shown records are dictionaries and
the index is the register's own on an SQLite in memory.  ``check_old`` is the law every save is held to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from register.database import migrate, prepare_engine, writing
from register.store import IndexItem, RegisterStore
from schemas.bodies import Body, body_of, values_of
from schemas.fields import TAG_OWNER, Kind
from sync_protocol.codec import digest16, encode_body
from sync_protocol.entries import Add, Change, Create, EntryKind, Remove, Update, encode_entry_body, parse_entry_body
from sync_protocol.feed import FULL
from sync_protocol.overlay import Shown, created_body
from sync_protocol.registry import changed_body
from sync_protocol.tables import Held, OwnEntry
from tests.node_ground import DISTRICT, NOW_MS, VILLAGE, VILLAGE_CODE
from village_node.book import VillageBook
from village_node.desk import Desk
from village_node.registration.desk_port import DeskPort
from village_node.store import NodeStore

TODAY = dt.date(2026, 11, 18)


def memory_engine() -> Engine:
    """Return an empty register in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    prepare_engine(engine)
    migrate(engine)
    return engine


class Office(DeskPort, Protocol):
    """A desk whose village a test can furnish."""

    checks_old: bool
    """Whether each save is held to protocol 2.3; a test of a form opened earlier turns it off."""

    @property
    def entries(self) -> list[FakeEntry]:
        """Return what was saved so far."""
        ...

    def put(self, kind: Kind, record_id: bytes | None = None, *, level: int = FULL, **values: Any) -> bytes:
        """Place a record as the registry would, and return its id."""
        ...

    def change(self, record_id: bytes, **values: Any) -> None:
        """Change a record as the registry would."""
        ...


def check_old(desk: DeskPort, changes: Iterable[Change]) -> None:
    """Hold saved updates to protocol 2.3: ``old`` is what the officer saw, and nothing equal travels."""
    for change in changes:
        if isinstance(change, Update):
            shown = desk.shown(change.record_id)
            assert shown is not None, change
            assert change.old == shown.body.get(change.tag), (change, shown.body)
            assert change.old != change.new, change


@dataclass(frozen=True)
class FakeEntry:
    """One saved entry, as it would travel."""

    kind: EntryKind
    body: bytes
    change_id: bytes

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return the changes, read back from the bytes."""
        return parse_entry_body(self.body)[1]


class FakeDesk:
    """An office in memory; ``day`` is today."""

    def __init__(self, day: dt.date = TODAY) -> None:
        self.day = day
        self.checks_old = True
        self.entries: list[FakeEntry] = []
        self.shown_records: dict[bytes, Shown] = {}
        self._engine = memory_engine()
        self._next_id = 0

    village_code = VILLAGE_CODE
    village_name = "Sumberagung"

    def shown(self, record_id: bytes) -> Shown | None:
        return self.shown_records.get(record_id)

    def shown_many(self, record_ids: Sequence[bytes]) -> dict[bytes, Shown]:
        return {one: self.shown_records[one] for one in record_ids if one in self.shown_records}

    def values(self, record_id: bytes) -> dict[str, Any]:
        shown = self.shown(record_id)
        return {} if shown is None else values_of(shown.kind, shown.body)

    @contextmanager
    def book(self) -> Iterator[VillageBook]:
        with self._engine.connect() as connection:
            yield VillageBook(RegisterStore(connection, DISTRICT), VILLAGE)

    def entry_that_created(self, record_id: bytes) -> tuple[Change, ...]:
        for entry in self.entries:
            if any(isinstance(change, Create) and change.record_id == record_id for change in entry.changes):
                return entry.changes
        return ()

    def entry_changes(self, change_id: bytes) -> tuple[Change, ...]:
        return next((entry.changes for entry in self.entries if entry.change_id == change_id), ())

    def save(self, kind: EntryKind, changes: Sequence[Change]) -> FakeEntry:
        assert changes, "an entry without changes is never saved"
        self.check_old(changes)
        number = len(self.entries) + 1
        entry = FakeEntry(kind, encode_entry_body("SITI", tuple(changes)), number.to_bytes(16, "big"))
        self.entries.append(entry)
        self._show(entry.changes)
        return entry

    def save_many(
        self,
        batches: Iterable[tuple[EntryKind, Sequence[Change]]],
        progress: Callable[[int], None] | None = None,
    ) -> int:
        done = 0
        for kind, changes in batches:
            self.save(kind, changes)
            done += 1
            if progress is not None:
                progress(done)
        return done

    def new_id(self) -> bytes:
        self._next_id += 1
        return self._next_id.to_bytes(16, "big")

    def today(self) -> dt.date:
        return self.day

    def check_old(self, changes: Iterable[Change]) -> None:
        if self.checks_old:
            check_old(self, changes)

    # -- making a village without going through use cases

    def put(self, kind: Kind, record_id: bytes | None = None, *, level: int = FULL, **values: Any) -> bytes:
        """Place a record as the registry would, and return its id."""
        new_id = record_id if record_id is not None else self.new_id()
        body = {**body_of(kind, values), TAG_OWNER: VILLAGE}
        self._keep({new_id: Shown(kind, level, body)})
        return new_id

    def change(self, record_id: bytes, **values: Any) -> None:
        """Change a shown record as the registry would."""
        shown = self.shown_records[record_id]
        body = body_of(shown.kind, {**values_of(shown.kind, shown.body), **values})
        self._keep({record_id: Shown(shown.kind, shown.level, body)})

    def _show(self, changes: Iterable[Change]) -> None:
        fresh: dict[bytes, Shown] = {}
        for change in changes:
            match change:
                case Create(record_id, kind):
                    assert record_id not in self.shown_records, "a create has a new id"
                    fresh[record_id] = Shown(kind, FULL, created_body(change, VILLAGE))
                case Update(record_id) | Add(record_id) | Remove(record_id):
                    before = fresh.get(record_id) or self.shown_records[record_id]
                    fresh[record_id] = Shown(before.kind, before.level, changed_body(before.kind, before.body, change))
        self._keep(fresh)

    def _keep(self, fresh: dict[bytes, Shown]) -> None:
        self.shown_records |= fresh
        with writing(self._engine) as connection:
            RegisterStore(connection, DISTRICT).index_bodies(
                IndexItem(VILLAGE, record_id, shown.kind, shown.level, shown.body) for record_id, shown in fresh.items()
            )


class RealDesk(Desk):
    """The real desk, with the doors that tests need."""

    def __init__(self, store: NodeStore) -> None:
        super().__init__(store, "SITI", lambda: NOW_MS)
        self.checks_old = True
        self.entries: list[FakeEntry] = []

    def save(self, kind: EntryKind, changes: Sequence[Change]) -> OwnEntry:
        if self.checks_old:
            check_old(self, changes)
        own = super().save(kind, changes)
        self.entries.append(FakeEntry(kind, own.entry.body, own.change_id))
        return own

    def put(self, kind: Kind, record_id: bytes | None = None, *, level: int = FULL, **values: Any) -> bytes:
        new_id = record_id if record_id is not None else self.new_id()
        body = {**body_of(kind, values), TAG_OWNER: VILLAGE}
        self._hold(new_id, kind, level, body)
        return new_id

    def change(self, record_id: bytes, **values: Any) -> None:
        shown = self.shown(record_id)
        assert shown is not None
        self._hold(record_id, shown.kind, shown.level, body_of(shown.kind, {**self.values(record_id), **values}))

    def _hold(self, record_id: bytes, kind: int, level: int, body: Body) -> None:
        raw = encode_body(body)
        with self.store.transaction() as working:
            working.tables.layer[record_id] = Held(kind, level, 1, digest16(raw), digest16(raw), raw)
