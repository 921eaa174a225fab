"""Say what the use cases need of an officer's desk: read what is shown, write one entry.

``village_node.desk.Desk`` is the real one; tests bring one in memory.  No rule lives here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sync_protocol.entries import Change, EntryKind
from sync_protocol.overlay import Shown
from village_node.book import VillageBook


class SavedEntry(Protocol):
    """What saving tells: the change id names the entry for ever (protocol 2.2)."""

    @property
    def change_id(self) -> bytes:
        """Return the id of the entry."""
        ...


class DeskPort(Protocol):
    """One officer at one village's register; what is shown is the registry with the village's own work on top."""

    @property
    def village_code(self) -> str:
        """Return the village's official code."""
        ...

    def shown(self, record_id: bytes, /) -> Shown | None:
        """Return a record as shown, None if it is unknown here."""
        ...

    def values(self, record_id: bytes, /) -> dict[str, Any]:
        """Return a record's shown values by field name; empty if it is unknown."""
        ...

    def book(self) -> AbstractContextManager[VillageBook]:
        """Open the index of what is shown, for questions about many records."""
        ...

    def entry_that_created(self, record_id: bytes, /) -> tuple[Change, ...]:
        """Return the changes of the own journal entry that created a record; empty if it is not in this journal."""
        ...

    def entry_changes(self, change_id: bytes, /) -> tuple[Change, ...]:
        """Return the changes of an own journal entry; empty if it is not in this journal."""
        ...

    def save(self, kind: EntryKind, changes: Sequence[Change], /) -> SavedEntry:
        """Write one entry in one transaction."""
        ...

    def new_id(self) -> bytes:
        """Make a record id."""
        ...

    def today(self) -> dt.date:
        """Return the day in the village's time zone, never before the last hub time seen."""
        ...
