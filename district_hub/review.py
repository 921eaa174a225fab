"""Decide cases with the district's authority, one by one or many alike (protocol 5.5).

A decision names the page it was taken on; if that page no longer holds nothing is written.  Bulk decisions go village
by village, each case a decision of its own.  A merge that a village proposes is not accepted here: it needs two.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from district_hub.case_pages import kind_of, need_case
from district_hub.refusing import events_of, refusal_edits
from district_hub.registrar import (
    DIARY_DECIDE,
    Registrar,
    looking,
    need_reason,
    note,
    page_changed,
    registry_of,
    write_edits,
)
from district_hub.store import HubRegistry, HubStore
from schemas.errors import RefusedError, VillageSyncError
from schemas.fields import TAG_MERGED_INTO
from sync_protocol import cases, decisions
from sync_protocol.causes import decision_id
from sync_protocol.decisions import Page
from sync_protocol.entries import Update
from sync_protocol.registry import Registry
from sync_protocol.tables import Record


def decide(
    store: HubStore,
    case_id: bytes,
    accepted: frozenset[bytes],
    *,
    shown: Page,
    reason: str,
    registrar: Registrar,
    now_ms: int,
) -> None:
    """Accept the proposals named, refuse the others, and close the case, in one transaction.

    Raises RefusedError: "page-changed" if ``shown`` no longer holds, "reason-missing", "proposal-unknown",
    "case-unknown", "case-closed", "event-paired" or "event-built-upon" for an event that cannot be refused with it.
    """
    reason = need_reason(reason)
    with store.reading() as reader:
        looked = looking(reader)
        case = need_case(looked, case_id)
        targets = _targets(looked, case)
    with registry_of(store, registrar, [case_id, *targets], now_ms) as registry:
        decide_in(registry, case_id, accepted, shown=shown, reason=reason, registrar=registrar)


def decide_in(
    registry: HubRegistry, case_id: bytes, accepted: frozenset[bytes], *, shown: Page, reason: str, registrar: Registrar
) -> None:
    """Decide inside a transaction that is already open; raises as ``decide`` does.

    An event whose changes are refused is refused with them, and what it did is taken back (ADR 0008).
    """
    case = need_case(registry, case_id)
    if not cases.is_open(case):
        raise RefusedError(
            "this case is already decided", code="case-closed", hint="See the reason with `kampung hub review show`."
        )
    unknown = accepted - {proposal.change_id for proposal in cases.proposals_of(case)}
    if unknown:
        raise RefusedError(
            f"the case has no proposal {min(unknown).hex()}",
            code="proposal-unknown",
            hint="Take the ids from `kampung hub review show`.",
        )
    if any(_merges(proposal) for proposal in cases.proposals_of(case) if proposal.change_id in accepted):
        raise RefusedError(
            "merging two people needs a second person",
            code="second-person-needed",
            hint="Refuse this proposal, and propose the merge with `kampung hub merge propose`.",
        )
    refused = {proposal.change_id for proposal in cases.proposals_of(case)} - accepted
    # Worked out before anything is written: what cannot be taken back refuses the whole decision.
    taken_back = [edit for event in events_of(registry, refused) for edit in refusal_edits(registry, event, reason)]
    decision = decision_id(os.urandom(16))
    if not decisions.decide(registry, case_id, accepted, shown, decision, reason):
        raise page_changed()
    note(
        registry,
        registrar,
        kind=DIARY_DECIDE,
        decision=decision,
        verb="review",
        reason=reason,
        payload=[
            case_id,
            sorted(accepted),
            list(shown.proposals),
            [[record_id, tag, value] for record_id, tag, value in shown.current],
        ],
    )
    if taken_back:
        write_edits(registry, registrar, taken_back, reason=reason, verb="refuse")


def _merges(proposal: cases.Proposal) -> bool:
    return any(isinstance(change, Update) and change.tag == TAG_MERGED_INTO for change in proposal.changes)


def _targets(registry: Registry, case: Record) -> list[bytes]:
    """Return the records that accepting a proposal writes, so that their villages are locked (protocol 2.8)."""
    named = [change.record_id for proposal in cases.proposals_of(case) for change in proposal.changes]
    targets = (registry.resolve(record_id) for record_id in named)
    return [record_id for record_id in dict.fromkeys(targets) if registry.record(record_id) is not None]


@dataclass(frozen=True, slots=True)
class Choice:
    """One decision of a bulk: the case, the page it was taken on, the proposals to accept."""

    case_id: bytes
    shown: Page
    accepted: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Undecided:
    """A case of a bulk that was left alone, and why."""

    case_id: bytes
    error: VillageSyncError


def decide_many(
    store: HubStore, choices: Sequence[Choice], *, reason: str, registrar: Registrar, now_ms: int
) -> list[Undecided]:
    """Decide many cases, village by village; return those left alone because their page no longer holds.

    A fault in one village leaves the decisions of the villages before it in force.
    """
    reason = need_reason(reason)
    with store.reading() as reader:
        looked = looking(reader)
        by_village: dict[int, list[tuple[Choice, list[bytes]]]] = {}
        for choice in choices:
            case = need_case(looked, choice.case_id)
            by_village.setdefault(case.owner, []).append((choice, _targets(looked, case)))
    left: list[Undecided] = []
    for _, group in sorted(by_village.items()):
        ids = [record_id for choice, targets in group for record_id in (choice.case_id, *targets)]
        with registry_of(store, registrar, ids, now_ms) as registry:
            for choice, _ in group:
                try:
                    decide_in(
                        registry,
                        choice.case_id,
                        choice.accepted,
                        shown=choice.shown,
                        reason=reason,
                        registrar=registrar,
                    )
                except RefusedError as error:
                    left.append(Undecided(choice.case_id, error))
    return left


def equal_cases(registry: Registry, case_id: bytes, open_cases: Iterable[Record]) -> list[bytes]:
    """Return the open cases that ask exactly the same of the same field: one hamlet renamed in two hundred families.

    The case itself comes first.
    """
    wanted = question_of(registry, need_case(registry, case_id))
    alike = [case.record_id for case in open_cases if question_of(registry, case) == wanted]
    return [case_id, *sorted(record_id for record_id in alike if record_id != case_id)]


def question_of(registry: Registry, case: Record) -> list[Any]:
    """Return what a case asks: equal for equal cases, and for no two others."""
    asked: list[Any] = []
    for proposal in cases.proposals_of(case):
        for change in proposal.changes:
            if not isinstance(change, Update):
                return [case.record_id]  # only plain values are ever equal
            record = registry.record(registry.resolve(change.record_id))
            current = record.body.get(change.tag) if record is not None else None
            asked.append([kind_of(registry.record, change), change.tag, change.old, current, change.new])
    return asked or [case.record_id]
