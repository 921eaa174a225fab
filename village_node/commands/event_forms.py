"""Fill the form of an event from what was typed, and record it; loaded when a command runs.

What is left out stays at the form's own default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from schemas.errors import DataError
from schemas.fields import Kind
from village_node.commands.event_table import COMMON_ASKS, REPEATED, Ask, EventCommand, Reading
from village_node.commands.options import day_typed
from village_node.commands.record_names import household_named, people_named, person_named, relations_typed
from village_node.registration import AddressForm, Recorded
from village_node.registration.event_uses import EVENT_USES
from village_node.registration.typed_values import parse_day, parse_field

if TYPE_CHECKING:
    from village_node.desk import Desk

ADDRESS_PARTS = ("address", "hamlet", "rw", "rt", "postal_code")


def record(desk: Desk, command: EventCommand, typed: Mapping[str, Any], *, dry_run: bool) -> Recorded:
    """Record an event as typed; ``typed`` has texts, lists and flags by the form's field names, and "on".

    Raises DataError "value-missing", and as the reading of each option and the use case do.
    """
    use = EVENT_USES[command.name]
    values: dict[str, Any] = {command.day: day_typed(str(typed.get("on") or ""), desk)}
    for ask in (*command.asks, *COMMON_ASKS):
        text = typed.get(ask.field)
        if text:
            values[ask.field] = _read(desk, ask, text)
        elif ask.is_required:
            raise DataError(
                f"{ask.option or ask.field} belum diisi", code="value-missing", hint=ask.help, field=ask.field
            )
    if command.has_address:
        parts = {name: typed.get(f"address_{name}") or None for name in ADDRESS_PARTS}
        values["address"] = AddressForm(**parts)
    return use.record(desk, use.form(**values), dry_run=dry_run)


def _read(desk: Desk, ask: Ask, typed: Any) -> Any:
    if ask.reading in REPEATED:
        return _read_many(desk, ask, typed)
    match ask.reading:
        case Reading.DAY:
            return parse_day(typed, ask.field)
        case Reading.PERSON:
            return person_named(desk, typed)
        case Reading.HOUSEHOLD:
            return household_named(desk, typed)
        case Reading.EVENT_FIELD:
            return parse_field(Kind.VITAL_EVENT, ask.of or ask.field, typed)
        case Reading.RESIDENT_FIELD:
            return parse_field(Kind.RESIDENT, ask.of or ask.field, typed)
        case Reading.FLAG:
            return True
        case Reading.FLAG_OFF:
            return False
        case _:
            return typed


def _read_many(desk: Desk, ask: Ask, typed: list[str]) -> Any:
    match ask.reading:
        case Reading.PEOPLE:
            return people_named(desk, typed)
        case Reading.RELATIONS:
            return relations_typed(desk, typed)
        case _:
            return tuple(typed)
