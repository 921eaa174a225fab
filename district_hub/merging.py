"""Merge two records of one person (or family) and take a merge back: two people decide, nothing is lost (protocol 5.5).

One registrar proposes on the page he sees, another confirms while that page still holds.  A merge sets ``merged_into``
plus ordinary edits on the survivor; references keep their ids and resolve at reading; a cycle is refused under both
locks.  Not here: what was written to the merged record since, and its way back (``unmerging``); finding who may be
twice (``lookalikes``).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from district_hub.registrar import Registrar, looking, need_reason, need_record, page_changed, registry_of, write_edits
from district_hub.store import HubRegistry, HubStore
from district_hub.tables import MERGE_PROPOSAL
from register.database import writing
from schemas.errors import RefusedError
from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, Kind, Policy, fields_by_name
from sync_protocol.codec import digest16
from sync_protocol.decisions import Edit
from sync_protocol.registry import Registry, merged_into_self
from sync_protocol.tables import Record

PROPOSAL_ID_BYTES = 8


class ProposalState(IntEnum):
    """Where a proposed merge stands."""

    WAITING = 0
    CONFIRMED = 1
    DECLINED = 2


@dataclass(frozen=True, slots=True)
class MergeProposal:
    """A merge that one registrar proposes; ``page`` names the versions of both records that he saw."""

    proposal_id: bytes
    loser_id: bytes
    survivor_id: bytes
    take: tuple[str, ...]
    reason: str
    page: bytes
    proposed_by: str
    proposed_ms: int
    state: ProposalState
    decided_by: str
    decided_ms: int | None


def propose_merge(
    store: HubStore,
    loser_id: bytes,
    survivor_id: bytes,
    *,
    take: Iterable[str] = (),
    reason: str,
    registrar: Registrar,
    now_ms: int,
) -> MergeProposal:
    """Propose that two records are one; nothing is merged before a second person confirms.

    Args:
        take: names of fields whose value the survivor takes from the other record.

    Raises RefusedError: "record-unknown", "merge-cycle", "merge-kinds", "merge-done", "field-unknown",
    "reason-missing", "merge-proposed" if the pair waits already.
    """
    reason = need_reason(reason)
    names = tuple(dict.fromkeys(take))
    with store.reading() as reader:
        looked = looking(reader)
        loser, survivor = _pair(looked, loser_id, survivor_id)
        _taken(loser, survivor, names)
    page = _page_of(loser, survivor)
    made = MergeProposal(
        os.urandom(PROPOSAL_ID_BYTES),
        *(loser_id, survivor_id, names, reason, page, registrar.name, now_ms),
        *(ProposalState.WAITING, "", None),
    )
    with writing(store.engine) as connection:
        _refuse_second_proposal(connection, store.district_code, made)
        if not registrar.is_rehearsal:
            connection.execute(insert(MERGE_PROPOSAL), _values_of(store.district_code, made))
    return made


def confirm_merge(store: HubStore, proposal_id: bytes, *, registrar: Registrar, now_ms: int) -> MergeProposal:
    """Merge what was proposed, as a second person, under both locks.

    Raises RefusedError: "second-person-needed", "proposal-unknown", "proposal-decided", "page-changed" if one of the
    two records has changed since it was proposed, and what ``propose_merge`` raises about the two.
    """
    proposal = need_proposal(store, proposal_id)
    if _is_same_person(proposal.proposed_by, registrar.name):
        raise RefusedError(
            "who proposes a merge does not confirm it",
            code="second-person-needed",
            hint="Let a second registrar confirm it under a name of his own.",
        )
    with registry_of(store, registrar, [proposal.loser_id, proposal.survivor_id], now_ms) as registry:
        _decide(registry, store.district_code, proposal, ProposalState.CONFIRMED, registrar.name)
        loser, survivor = _pair(registry, proposal.loser_id, proposal.survivor_id)
        if _page_of(loser, survivor) != proposal.page:
            raise page_changed()
        reason = f"{proposal.reason} (proposed by {proposal.proposed_by})"
        merge_edits = [Edit(loser.record_id, TAG_MERGED_INTO, None, survivor.record_id)]
        merge_edits += _taken(loser, survivor, proposal.take)
        write_edits(registry, registrar, merge_edits, reason=reason, verb="merge")
    return proposal


def decline_merge(store: HubStore, proposal_id: bytes, *, registrar: Registrar, now_ms: int) -> None:
    """Drop a proposed merge; anybody may, who proposed it too.

    Raises RefusedError "proposal-unknown" or "proposal-decided".
    """
    proposal = need_proposal(store, proposal_id)
    with registry_of(store, registrar, (), now_ms) as registry:
        _decide(registry, store.district_code, proposal, ProposalState.DECLINED, registrar.name)


def list_proposals(store: HubStore, *, everything: bool = False) -> list[MergeProposal]:
    """Return the merges that wait for a second person, oldest first; with ``everything`` decided ones too."""
    query = select(MERGE_PROPOSAL).where(MERGE_PROPOSAL.c.district_code == store.district_code)
    if not everything:
        query = query.where(MERGE_PROPOSAL.c.state == ProposalState.WAITING)
    with store.reading() as reader:
        rows = reader.connection.execute(query.order_by(MERGE_PROPOSAL.c.proposed_ms, MERGE_PROPOSAL.c.proposal_id))
        return [_proposal_of(row) for row in rows]


def need_proposal(store: HubStore, proposal_id: bytes) -> MergeProposal:
    """Return a proposed merge; raises RefusedError "proposal-unknown"."""
    found = [one for one in list_proposals(store, everything=True) if one.proposal_id == proposal_id]
    if not found:
        raise RefusedError(
            f"there is no proposed merge {proposal_id.hex()}",
            code="proposal-unknown",
            hint="List them with `kampung hub merge list`.",
        )
    return found[0]


def _decide(
    registry: HubRegistry, district_code: str, proposal: MergeProposal, state: ProposalState, name: str
) -> None:
    mine = (MERGE_PROPOSAL.c.district_code == district_code, MERGE_PROPOSAL.c.proposal_id == proposal.proposal_id)
    statement = update(MERGE_PROPOSAL).where(*mine, MERGE_PROPOSAL.c.state == ProposalState.WAITING)
    values = {"state": int(state), "decided_by": name, "decided_ms": registry.now_ms}
    if registry.connection.execute(statement.values(**values)).rowcount != 1:
        raise RefusedError(
            "this merge is already decided", code="proposal-decided", hint="See `kampung hub merge list --all`."
        )


def _refuse_second_proposal(connection: Connection, district_code: str, made: MergeProposal) -> None:
    mine = (MERGE_PROPOSAL.c.district_code == district_code, MERGE_PROPOSAL.c.state == ProposalState.WAITING)
    ids = [made.loser_id, made.survivor_id]
    pair = (MERGE_PROPOSAL.c.loser_id.in_(ids), MERGE_PROPOSAL.c.survivor_id.in_(ids))
    waiting = connection.scalar(select(MERGE_PROPOSAL.c.proposal_id).where(*mine, *pair))
    if waiting is not None:
        raise RefusedError(
            f"this merge waits already, as {waiting.hex()}",
            code="merge-proposed",
            hint="Let a second person confirm it, or decline it first.",
        )


def _is_same_person(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _values_of(district_code: str, made: MergeProposal) -> dict[str, Any]:
    values = {name: getattr(made, name) for name in MergeProposal.__slots__}
    return {"district_code": district_code, **values, "take": ",".join(made.take), "state": int(made.state)}


def _proposal_of(row: Row[Any]) -> MergeProposal:
    values = {name: getattr(row, name) for name in MergeProposal.__slots__}
    take = tuple(filter(None, row.take.split(",")))
    return MergeProposal(**{**values, "take": take, "state": ProposalState(row.state)})


# -- the merge itself


def _pair(registry: Registry, loser_id: bytes, survivor_id: bytes) -> tuple[Record, Record]:
    loser = need_record(registry.record(loser_id), loser_id)
    survivor = need_record(registry.record(survivor_id), survivor_id)
    if merged_into_self(registry, loser_id, survivor_id):
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
    return loser, survivor


def _page_of(loser: Record, survivor: Record) -> bytes:
    """Name what the one who proposes sees of the two: another value, another name."""
    return digest16(loser.digest + survivor.digest)


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
