"""Write the plan of an import as journal entries: one a family, in the plan's order, some hundred in one transaction.

A run that broke is simply repeated: what is there already plans as unchanged, so only the rest is applied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from register.importing import ImportPlan, PlannedCreate, PlannedHousehold, PlannedUpdate
from register.importing.undone import revived
from schemas.fields import TAG_VOID
from sync_protocol.entries import Change, Create, EntryKind, Update
from village_node.importing.implied_events import accepted_event, opening_event
from village_node.importing.previewing import ImportDesk


def apply_import(desk: ImportDesk, plan: ImportPlan, progress: Callable[[int], None] | None = None) -> int:
    """Write a plan as one entry a family; return how many entries.

    ``progress`` is told after each transaction how many are durable.  Raises StorageError; what was committed stays,
    and importing the file again does the rest.
    """
    return desk.save_many(entries_of(desk, plan.households), progress)


def entries_of(
    desk: ImportDesk, households: Iterable[PlannedHousehold]
) -> Iterator[tuple[EntryKind, Sequence[Change]]]:
    """Yield the entries of a plan, one a family or part of one."""
    village_key = desk.state.village_key
    for household in households:
        changes = changes_of(desk, household, village_key)
        if changes:
            yield EntryKind.IMPORT, changes


def changes_of(desk: ImportDesk, household: PlannedHousehold, village_key: bytes) -> tuple[Change, ...]:
    """Return one family's part of a plan as changes of a journal entry, with the events that it implies."""
    creates = [Create(planned.record_id, planned.kind, planned.body) for planned in household.creates]
    events = [event for planned in household.creates if (event := opening_event(planned, village_key)) is not None]
    accepted = [one for one in household.updates if one.implied_event is not None]
    found = [change for one in accepted for change in _events_of(desk, one, household.updates, village_key)]
    updates = [Update(one.record_id, one.tag, one.old, one.new) for one in household.updates]
    return (*creates, *events, *found, *updates)


def _events_of(
    desk: ImportDesk, implying: PlannedUpdate, updates: Sequence[PlannedUpdate], village_key: bytes
) -> Iterator[Change]:
    shown = desk.shown(implying.record_id)
    after = dict(shown.body) if shown is not None else {}
    after |= {one.tag: one.new for one in updates if one.record_id == implying.record_id}
    after = {tag: value for tag, value in after.items() if value is not None}
    if implying.tag != TAG_VOID:
        yield accepted_event(implying, after, desk.new_id(), desk.today())
        return
    # Somebody of an undone import comes in again: so does the event, under the id that it had.
    person = PlannedCreate(implying.record_id, implying.kind, after, implying.implied_event)
    event = opening_event(person, village_key)
    assert event is not None, "only a status implies an event"
    known = desk.shown(event.record_id)
    if known is None:
        yield event
        return
    for one in revived(event.record_id, event.kind, known.body, event.body):
        yield Update(one.record_id, one.tag, one.old, one.new)
