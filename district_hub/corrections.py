"""Correct fields of a record, and merge two records of one person, with the district's authority (protocol 5.5).

Every edit names what the page showed; if that no longer holds nothing is written.  Merging sets ``merged_into`` plus
ordinary edits on the survivor, and a cycle is refused under both locks.  Not here: deciding cases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from district_hub.registrar import Registrar, need_reason, need_record, page_changed, registry_of, write_edits
from district_hub.store import HubStore
from schemas.bodies import from_wire, to_wire
from schemas.errors import RefusedError
from schemas.fields import TAG_CERTIFIED_AT, TAG_MERGED_INTO, TAG_OWNER, Kind, Policy, fields_by_name
from schemas.shapes import shape_of
from sync_protocol.decisions import Edit
from sync_protocol.registry import Registry, merged_into_self
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
                hint="See `kampung hub certify` and `kampung hub correct --merge-into`.",
            )
        shape_of(record.kind, {one.name: one.wanted})  # the right type and form, or DataError
        old, new = to_wire(field, one.shown), to_wire(field, one.wanted)
        if record.body.get(field.tag) != old:
            raise page_changed()
        if old != new:
            edits.append(Edit(record.record_id, field.tag, old, new))
    return edits


def merge(
    store: HubStore,
    loser_id: bytes,
    survivor_id: bytes,
    *,
    take: Iterable[str] = (),
    reason: str,
    registrar: Registrar,
    now_ms: int,
) -> None:
    """Say that two records are one person (or family): the survivor stands for both, references keep their ids.

    Args:
        take: names of fields whose value the survivor takes from the other record.

    RefusedError: "record-unknown", "merge-cycle", "merge-kinds", "merge-done", "field-unknown", "reason-missing".
    """
    reason = need_reason(reason)
    names = list(take)
    with registry_of(store, registrar, [loser_id, survivor_id], now_ms) as registry:
        loser = need_record(registry.record(loser_id), loser_id)
        survivor = need_record(registry.record(survivor_id), survivor_id)
        _refuse_bad_merge(registry, loser, survivor)
        edits = [Edit(loser_id, TAG_MERGED_INTO, None, survivor_id), *_taken(loser, survivor, names)]
        write_edits(registry, registrar, edits, reason=reason, verb="merge")


def _refuse_bad_merge(registry: Registry, loser: Record, survivor: Record) -> None:
    if merged_into_self(registry, loser.record_id, survivor.record_id):
        raise RefusedError(
            "these two already stand for each other: a merge in a circle has no survivor",
            code="merge-cycle",
            hint="Merge the other way round, or undo the earlier merge first.",
        )
    if loser.merged_into is not None or survivor.merged_into is not None:
        raise RefusedError(
            "one of the two is already merged into another record",
            code="merge-done",
            hint="Merge with the record that stands for it.",
        )
    if loser.kind != survivor.kind or loser.kind not in (Kind.RESIDENT, Kind.HOUSEHOLD):
        raise RefusedError(
            "only two people or two families can be one", code="merge-kinds", hint="Check the two record ids."
        )


def _taken(loser: Record, survivor: Record, names: Iterable[str]) -> list[Edit]:
    fields = fields_by_name(survivor.kind)
    edits = []
    for name in names:
        field = fields.get(name)
        if field is None or field.policy in (Policy.SET, Policy.SYSTEM) or field.tag in (TAG_OWNER, TAG_MERGED_INTO):
            raise RefusedError(
                f"{name} cannot be taken over",
                code="field-unknown",
                hint=f"Fields: {', '.join(fields)}",
            )
        old, new = survivor.body.get(field.tag), loser.body.get(field.tag)
        if old != new:
            edits.append(Edit(survivor.record_id, field.tag, old, new))
    return edits


def unmerge(store: HubStore, loser_id: bytes, *, reason: str, registrar: Registrar, now_ms: int) -> None:
    """Take a merge back: the record stands for itself again; raises RefusedError "not-merged"."""
    reason = need_reason(reason)
    with registry_of(store, registrar, [loser_id], now_ms) as registry:
        loser = need_record(registry.record(loser_id), loser_id)
        if loser.merged_into is None:
            raise RefusedError("this record is not merged", code="not-merged", hint="Check the record id.")
        edits = [Edit(loser_id, TAG_MERGED_INTO, loser.merged_into, None)]
        write_edits(registry, registrar, edits, reason=reason, verb="unmerge")


def shown_values(record: Record, names: Iterable[str]) -> Mapping[str, Any]:
    """Return what a page shows now of the named fields, as Python values; unknown names are absent."""
    fields = fields_by_name(record.kind)
    return {name: from_wire(fields[name], record.body.get(fields[name].tag)) for name in names if name in fields}
