"""Decide cases and edit records with a registrar's authority (protocol 5.5).

A page names what the registrar saw; if it no longer holds, nothing is written and the page is shown again.  A decision
touches only changes that are still in review.  The shell writes the diary before it commits (protocol 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from schemas.errors import LimitExceededError
from sync_protocol import cases
from sync_protocol.admission import note_decided
from sync_protocol.entries import Change, Create, Update
from sync_protocol.feed import Outcome, Result, Verdict
from sync_protocol.overlay import created_body
from sync_protocol.registry import HUB_KINDS, Registry, keeps_whole
from sync_protocol.tables import REGISTRAR, Record, Stamp
from sync_protocol.timing import hub_eff


@dataclass(frozen=True, slots=True)
class Page:
    """What a registrar sees of a case: the proposals, and the registry's value of each field they touch."""

    proposals: tuple[bytes, ...]
    current: tuple[tuple[bytes, int, Any], ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One field of one record, as shown and as wanted."""

    record_id: bytes
    tag: int
    old: Any
    new: Any


def page_of(registry: Registry, case: Record) -> Page:
    """Return what the decision page of a case shows now."""
    proposals = cases.proposals_of(case)
    keys = sorted({(c.record_id, c.tag) for p in proposals for c in p.changes if not isinstance(c, Create)})
    return Page(
        tuple(proposal.change_id for proposal in proposals),
        tuple((record_id, tag, _current(registry, record_id, tag)) for record_id, tag in keys),
    )


def _current(registry: Registry, record_id: bytes, tag: int) -> Any:
    record = registry.record(registry.resolve(record_id))
    return None if record is None else record.body.get(tag)


@dataclass
class _Decision:
    """One decision while it is being written."""

    registry: Registry
    case: Record
    accepted: frozenset[bytes]
    decision_id: bytes
    results: dict[bytes, dict[tuple[bytes, int], int]] = field(default_factory=dict)
    last: dict[tuple[bytes, int], tuple[bytes, tuple[bytes, int]]] = field(default_factory=dict)

    def take(self, proposal: cases.Proposal) -> None:
        mine = self.results.setdefault(proposal.change_id, {})
        for change in proposal.changes:
            key = (change.record_id, change.tag)
            if proposal.origin == cases.FROM_ENTRY and not self._waits(proposal.change_id, key):
                continue
            taken = proposal.change_id in self.accepted and self._write(proposal, change, key)
            mine[key] = Result.ACCEPTED if taken else Result.REFUSED
        if not proposal.changes:  # an entry that could not be read: seen by a person, nothing to write
            whole = (self.case.record_id, 0)
            mine[whole] = Result.ACCEPTED if proposal.change_id in self.accepted else Result.REFUSED

    def _waits(self, change_id: bytes, key: tuple[bytes, int]) -> bool:
        outcome = self.registry.tables.outcomes.get(change_id)
        return outcome is not None and (*key, int(Result.IN_REVIEW)) in outcome.fields

    def _write(self, proposal: cases.Proposal, change: Change, key: tuple[bytes, int]) -> bool:
        registry = self.registry
        stamp = Stamp(hub_eff(registry.now_ms), proposal.change_id, REGISTRAR)
        if isinstance(change, Create):
            if registry.record(change.record_id) is not None or change.kind in HUB_KINDS:
                return False
            body = created_body(change, self.case.owner)
            registry.create(change.record_id, change.kind, body, stamp, self.decision_id)
            return True
        target = registry.resolve(change.record_id)
        record = registry.record(target)
        if record is None or not keeps_whole(registry, record, change):
            return False
        try:
            registry.write(target, change, stamp, self.decision_id)
        except LimitExceededError:
            return False  # protocol 10: the record has no room for it
        if isinstance(change, Update):
            place = (target, change.tag)
            if place in self.last:  # two accepted values of one field: the later one stands
                earlier, earlier_key = self.last[place]
                self.results[earlier][earlier_key] = Result.SUPERSEDED
            self.last[place] = (proposal.change_id, key)
        return True


def decide(
    registry: Registry, case_id: bytes, accepted: frozenset[bytes], shown: Page, decision_id: bytes, reason: str
) -> bool:
    """Accept the proposals named, refuse the others, close the case; False: show the page again.

    Commits the feed entries of every village that sees something.
    """
    case = registry.record(case_id)
    if case is None or not cases.is_open(case) or page_of(registry, case) != shown:
        return False
    decision = _Decision(registry, case, accepted, decision_id)
    for proposal in cases.proposals_of(case):
        decision.take(proposal)
    decided = tuple(
        (change_id, tuple((record_id, tag, int(r)) for (record_id, tag), r in sorted(fields.items())))
        for change_id, fields in sorted(decision.results.items())
    )
    case = registry.tables.records.need(case_id)
    cases.put_case(
        registry,
        case_id,
        case.owner,
        state=cases.CLOSED,
        proposals=cases.proposals_of(case),
        decided=cases.decided_of(case) + decided,
        reason=reason,
        cause=decision_id,
    )
    registry.tables.decisions_done[decision_id] = True
    told = told_outcomes(registry, decided)
    registry.commit({case.owner: [Verdict(None, 0, None, told)]}, hub_eff(registry.now_ms))
    return True


def told_outcomes(registry: Registry, decided: cases.Decided) -> tuple[tuple[bytes, Outcome], ...]:
    """Write decisions into the outcomes of their change ids; return what the authors are told."""
    told: dict[bytes, Outcome] = {}
    for change_id, fields in decided:
        outcome = note_decided(registry, change_id, fields)
        if outcome is not None:
            told[change_id] = outcome
    return tuple(told.items())


def edit(registry: Registry, edits: Sequence[Edit], decision_id: bytes) -> bool:
    """Write a registrar's edits of existing records, all or none; False: an ``old`` no longer holds, or the new value
    cannot be.

    Commits the feed entries of every village that sees something.  Raises LimitExceededError for a record that grows
    too large.
    """
    for one in edits:
        record = registry.record(one.record_id)
        change = Update(one.record_id, one.tag, one.old, one.new)
        if record is None or record.body.get(one.tag) != one.old or not keeps_whole(registry, record, change):
            return False
    stamp = Stamp(hub_eff(registry.now_ms), decision_id, REGISTRAR)
    for one in edits:
        registry.write(one.record_id, Update(one.record_id, one.tag, one.old, one.new), stamp, decision_id)
    registry.tables.decisions_done[decision_id] = True
    registry.commit(None, hub_eff(registry.now_ms))
    return True
