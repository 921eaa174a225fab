"""Replay the registrar's diary after a restore: decisions that no village had pulled (protocol 11.2).

Each item is done once, under the same rules as at first.  What does not hold any more is never dropped in silence: an
edit becomes a case, a decision whose outcome now differs becomes an inbox record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sync_protocol import cases
from sync_protocol.admission import put_inbox
from sync_protocol.decisions import Edit, Page, decide, edit
from sync_protocol.entries import Update
from sync_protocol.feed import Result
from sync_protocol.registry import Registry
from sync_protocol.timing import hub_eff


@dataclass(frozen=True, slots=True)
class DiaryEdit:
    """A registrar's edit as the diary keeps it."""

    decision_id: bytes
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class DiaryDecision:
    """A registrar's decision of a case as the diary keeps it."""

    decision_id: bytes
    case_id: bytes
    accepted: frozenset[bytes]
    page: Page
    reason: str = ""


def replay(registry: Registry, items: Sequence[DiaryEdit | DiaryDecision], *, is_last: bool) -> int:
    """Do again what the registry has lost; return how many items were done.

    Args:
        is_last: nothing more will be given back: what still does not hold is shown to people instead.
    """
    done = 0
    for item in items:
        if item.decision_id in registry.tables.decisions_done:
            continue
        if isinstance(item, DiaryEdit):
            held = edit(registry, item.edits, item.decision_id)
        else:
            held = decide(registry, item.case_id, item.accepted, item.page, item.decision_id, item.reason)
        done += held
        if not held and is_last:
            _show(registry, item)
    return done


def _show(registry: Registry, item: DiaryEdit | DiaryDecision) -> None:
    if isinstance(item, DiaryEdit):
        _show_edit(registry, item)
    else:
        _show_decision(registry, item)
    registry.commit(None, hub_eff(registry.now_ms))


def _show_edit(registry: Registry, item: DiaryEdit) -> None:
    """An edit whose ``old`` no longer holds becomes a case with the registrar as its author."""
    known = [one for one in item.edits if registry.record(registry.resolve(one.record_id)) is not None]
    if not known:
        return
    current = registry.tables.records.need(registry.resolve(known[0].record_id))
    differing = tuple(
        Update(one.record_id, one.tag, one.old, one.new)
        for one in known
        if registry.tables.records.need(registry.resolve(one.record_id)).body.get(one.tag) != one.new
    )
    if differing:
        proposal = cases.Proposal(item.decision_id, cases.FROM_DIARY, differing, "registrar's diary")
        case_id = cases.case_id_of(item.decision_id)
        cases.put_case(
            registry, case_id, current.owner, state=cases.OPEN, proposals=(proposal,), cause=item.decision_id
        )
    registry.tables.decisions_done[item.decision_id] = True


def _show_decision(registry: Registry, item: DiaryDecision) -> None:
    """Where a change id now has another outcome than the lost decision gave it, its author is told (protocol 11.6)."""
    case = registry.record(item.case_id)
    if case is None:
        return
    for change_id in item.page.proposals:
        outcome = registry.tables.outcomes.get(change_id)
        if outcome is None or not outcome.is_final:
            continue
        if (outcome.summary == Result.REFUSED) == (change_id in item.accepted):
            put_inbox(registry, case.owner, "decided-otherwise", change_id, b"", 0, item.decision_id)
