"""Correct fields of a record with the district's authority (protocol 5.5).

Every edit names what the page showed; if that no longer holds nothing is written.  Not here: deciding cases, merging
two records of one person (``merging``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from district_hub.registrar import Registrar, need_reason, need_record, page_changed, registry_of, write_edits
from district_hub.store import HubStore
from schemas.bodies import from_wire, to_wire
from schemas.errors import RefusedError
from schemas.fields import TAG_CERTIFIED_AT, TAG_MERGED_INTO, Kind, Policy, fields_by_name
from schemas.shapes import shape_of
from sync_protocol.decisions import Edit
from sync_protocol.tables import Record

_CORRECTABLE_KINDS = frozenset(
    {Kind.HOUSEHOLD, Kind.RESIDENT, Kind.VITAL_EVENT, Kind.REQUEST, Kind.LETTER, Kind.ATTACHMENT}
)


@dataclass(frozen=True, slots=True)
class Corrected:
    """One field of a correction, by name, in Python values: what the page showed and what is right."""

    name: str
    shown: Any
    wanted: Any


def correct(
    store: HubStore,
    record_id: bytes,
    corrections: Iterable[Corrected],
    *,
    reason: str,
    registrar: Registrar,
    now_ms: int,
) -> int:
    """Write a district's correction of one record; return how many fields changed.

    Raises RefusedError ("record-unknown", "field-unknown", "field-not-correctable", "page-changed", "reason-missing",
    "nothing-changed") and DataError for a value that is not what its field holds.
    """
    reason = need_reason(reason)
    wanted = list(corrections)
    also = [one.wanted for one in wanted if one.name == "owner" and isinstance(one.wanted, int)]
    with registry_of(store, registrar, [record_id], now_ms, also=also) as registry:
        record = need_record(registry.record(record_id), record_id)
        edits = _edits(record, wanted)
        if not edits:
            raise RefusedError(
                "the correction changes nothing", code="nothing-changed", hint="The registry has these values already."
            )
        write_edits(registry, registrar, edits, reason=reason, verb="correct")
    return len(edits)


def _edits(record: Record, corrections: Iterable[Corrected]) -> list[Edit]:
    if record.kind not in _CORRECTABLE_KINDS:
        raise RefusedError(
            "cases, flags and notices are not corrected by hand",
            code="field-not-correctable",
            hint="Decide a case with `kampung hub review decide`.",
        )
    fields = fields_by_name(record.kind)
    edits = []
    for one in corrections:
        field = fields.get(one.name)
        if field is None:
            raise RefusedError(
                f"{one.name} is no field of this kind of record",
                code="field-unknown",
                hint=f"Fields: {', '.join(fields)}",
            )
        if field.policy is Policy.SET or field.tag in (TAG_CERTIFIED_AT, TAG_MERGED_INTO) or one.name == "movers":
            raise RefusedError(
                f"{one.name} has a command of its own",
                code="field-not-correctable",
                hint="See `kampung hub certify` and `kampung hub merge propose`.",
            )
        shape_of(record.kind, {one.name: one.wanted})  # the right type and form, or DataError
        old, new = to_wire(field, one.shown), to_wire(field, one.wanted)
        if record.body.get(field.tag) != old:
            raise page_changed()
        if old != new:
            edits.append(Edit(record.record_id, field.tag, old, new))
    return edits


def shown_values(record: Record, names: Iterable[str]) -> Mapping[str, Any]:
    """Return what a page shows now of the named fields, as Python values; unknown names are absent."""
    fields = fields_by_name(record.kind)
    return {name: from_wire(fields[name], record.body.get(fields[name].tag)) for name in names if name in fields}
