"""The real desk on the real database, with ids that follow from the seed and everything shown at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select

from sync_protocol.entries import Change, EntryKind
from sync_protocol.overlay import Shown
from sync_protocol.tables import OwnEntry
from tests.simulation.whole.chance import Source
from village_node.desk import Desk
from village_node.store import NodeStore, Working
from village_node.tables import OWN_TOUCH


class SimulatedDesk(Desk):
    """One officer at one laptop; ``fresh`` are the entries that he was not told of yet."""

    def __init__(self, store: NodeStore, officer: str, now_ms: Callable[[], int], ids: Source) -> None:
        super().__init__(store, officer, now_ms)
        self._ids, self._made = ids, 0
        self._cache: dict[bytes, Shown] | None = None
        self.entries: list[OwnEntry] = []
        self.fresh: list[tuple[OwnEntry, tuple[Change, ...]]] = []

    def new_id(self) -> bytes:
        self._made += 1
        # As UUIDv7 does: ids of one laptop grow with its clock, and books order a day's events by them.
        return self.now_ms().to_bytes(6, "big") + self._made.to_bytes(4, "big") + self._ids.take(6)

    def append(self, working: Working, kind: EntryKind, changes: Sequence[Change]) -> OwnEntry:
        own = super().append(working, kind, changes)
        self._cache = None
        self.entries.append(own)
        self.fresh.append((own, tuple(changes)))
        return own

    def shown(self, record_id: bytes) -> Shown | None:
        return self.shown_records.get(record_id)  # without a transaction for each of many people

    def forget(self) -> None:
        """Look again: the database has changed behind this desk."""
        self._cache = None
        self.fresh.clear()

    @property
    def shown_records(self) -> dict[bytes, Shown]:
        """Return everything that is shown, by id."""
        if self._cache is None:
            with self.store.reading() as working:
                stored = {one.record_id for one in working.register.iter_records(working.village_id)}
                own = set(working.connection.scalars(select(OWN_TOUCH.c.record_id).distinct()))
                found = working.shown(sorted(stored | own))
                self._cache = {record_id: one for record_id, one in sorted(found.items()) if one is not None}
        return self._cache
