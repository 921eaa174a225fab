"""Write the plan of an import as journal entries: one a family, in the plan's order, some hundred in one transaction.

A run that broke is simply repeated: what is there already plans as unchanged, so only the rest is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from register.importing import ImportPlan, PlannedHousehold
from sync_protocol.entries import Change, Create, EntryKind, Update
from village_node.importing.previewing import ImportDesk


def apply_import(desk: ImportDesk, plan: ImportPlan, progress: Callable[[int], None] | None = None) -> int:
    """Write a plan as one entry a family; return how many entries.

    ``progress`` is told after each transaction how many are durable.  Raises StorageError; what was committed stays,
    and importing the file again does the rest.
    """
    return desk.save_many(_entries(plan.households), progress)


def _entries(households: Iterable[PlannedHousehold]) -> Iterator[tuple[EntryKind, Sequence[Change]]]:
    for household in households:
        changes = changes_of(household)
        if changes:
            yield EntryKind.IMPORT, changes


def changes_of(household: PlannedHousehold) -> tuple[Change, ...]:
    """Return one family's part of a plan as changes of a journal entry."""
    creates = (Create(planned.record_id, planned.kind, planned.body) for planned in household.creates)
    updates = (Update(one.record_id, one.tag, one.old, one.new) for one in household.updates)
    return (*creates, *updates)
