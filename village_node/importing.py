"""Preview and apply the import of a population spreadsheet at a village.

Decides how a plan becomes journal entries: one a family, in the plan's order, some hundred in one transaction.  A run
that broke is simply repeated: what is there already plans as unchanged, so only the rest is applied.  Reading and
planning are ``register.importing``; conflicts are shown and never applied.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from register.importing import ImportPlan, PlannedHousehold, plan_import, read_table
from schemas.bodies import Body
from sync_protocol.entries import Change, Create, EntryKind, Update
from sync_protocol.overlay import Shown
from sync_protocol.tables import NodeState
from village_node.registration.desk_port import DeskPort

_IDS_AT_ONCE = 500


class ImportDesk(DeskPort, Protocol):
    """What an import needs of a desk beyond what a use case does."""

    @property
    def state(self) -> NodeState:
        """Return the replica's state; its village key makes the record ids."""
        ...

    def shown_many(self, record_ids: Sequence[bytes], /) -> Mapping[bytes, Shown]:
        """Return those of the records that are known here, as shown."""
        ...

    def save_many(
        self, batches: Iterable[tuple[EntryKind, Sequence[Change]]], progress: Callable[[int], None] | None = None
    ) -> int:
        """Write many entries, each its own, some hundred in one transaction; return how many."""
        ...


@dataclass(frozen=True, slots=True)
class ShownRegister:
    """One village's register as planning asks for it: the registry with the village's unsent work on top."""

    desk: ImportDesk

    def by_ids(self, ids: Collection[bytes], /) -> dict[bytes, tuple[int, Body]]:
        """Return kind and body of the records that are here in full."""
        found: dict[bytes, tuple[int, Body]] = {}
        remaining = iter(ids)
        while chunk := list(islice(remaining, _IDS_AT_ONCE)):
            shown = self.desk.shown_many(chunk)
            found |= {record_id: (one.kind, one.body) for record_id, one in shown.items() if one.level == 0}
        return found

    def by_niks(self, niks: Collection[int], /) -> dict[int, bytes]:
        """Return the resident with each of these NIKs."""
        with self.desk.book() as book:
            found = book.residents_by_nik([f"{nik:016d}" for nik in niks])
        return {int(nik): record_id for nik, record_id in found.items()}

    def household_by_number(self, numbers: Collection[int], /) -> dict[int, bytes]:
        """Return the household with each of these family numbers."""
        with self.desk.book() as book:
            found = book.households_by_number([f"{number:016d}" for number in numbers])
        return {int(number): record_id for number, record_id in found.items()}

    def members_of(self, household_ids: Collection[bytes], /) -> dict[bytes, list[bytes]]:
        """Return the residents of each of these households, departed ones too."""
        with self.desk.book() as book:
            return book.member_ids(household_ids)


def preview_import(desk: ImportDesk, path: Path) -> ImportPlan:
    """Return what importing a file would do, and change nothing; raises ImportFileError for a file that is no table."""
    table = read_table(path)
    return plan_import(
        table, village_key=desk.state.village_key, file_digest=table.file_digest, existing=ShownRegister(desk)
    )


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


def plan_to_tree(plan: ImportPlan, *, problems_max: int | None = None) -> dict[str, Any]:
    """Return a plan as the JSON object that ``village import --json`` prints."""
    shown = plan.problems if problems_max is None else plan.problems[:problems_max]
    return {
        "rows": plan.rows,
        "new": plan.new,
        "changed": plan.changed,
        "unchanged": plan.unchanged,
        "conflict": plan.conflict,
        "rejected": plan.rejected,
        "families": len(plan.households),
        "problems": [
            {
                "row": problem.row,
                "field": problem.field,
                "value": problem.value,
                "code": problem.code,
                "message": problem.message,
                "remedy": problem.remedy,
                "severity": problem.severity,
                "file": problem.file,
                "sheet": problem.sheet,
            }
            for problem in shown
        ],
    }
