"""Open, join, read and close cases: what waits for a person, as records of the proposing village (protocol 5.3).

A case shows its own village's side only.  Its id is derived, so that the same change opens the same case again after a
restore.  Deciding is in ``decisions``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from schemas.bodies import Body
from schemas.errors import MalformedMessageError
from schemas.fields import TAG_OWNER, Kind, tag_of
from sync_protocol.codec import digest32, encode
from sync_protocol.entries import Change, Create, Update, change_from_tree, change_to_tree
from sync_protocol.limits import CASE_JOIN_BYTES_MAX
from sync_protocol.registry import Registry
from sync_protocol.tables import Record, Stamp

TAG_STATE, TAG_PROPOSALS, TAG_DECIDED = (tag_of(Kind.CASE, name) for name in ("state", "proposals", "decided"))
TAG_REASON, TAG_ABOUT = tag_of(Kind.CASE, "reason"), tag_of(Kind.CASE, "about_id")
OPEN, CLOSED = 1, 2

FROM_ENTRY, FROM_LOSS, FROM_DIARY = 0, 1, 2
"""Origins of a proposal: a journal entry, a lost feed entry given back, the registrar's diary."""

Decided = tuple[tuple[bytes, tuple[tuple[bytes, int, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one change id asks for in a case, who typed it and when by his clock."""

    change_id: bytes
    origin: int
    changes: tuple[Change, ...]
    why: str
    officer: str = ""
    wall_ms: int = 0

    def to_tree(self) -> list[Any]:
        """Return the proposal as a case's body holds it."""
        changes = [change_to_tree(change) for change in self.changes]
        return [self.change_id, self.origin, changes, self.why, self.officer, self.wall_ms]


def case_id_of(change_id: bytes, record_id: bytes = b"", tag: int = 0) -> bytes:
    """Return the derived id of the case that a change opens; for a whole entry without record and tag."""
    return digest32(b"kampung/case/0" + change_id + (record_id + encode(tag) if record_id else b""))[:16]


def proposals_of(case: Record) -> tuple[Proposal, ...]:
    """Return the proposals of a case; a form of a newer version is left out, its bytes stay in the body."""
    found: list[Proposal] = []
    for item in case.body.get(TAG_PROPOSALS, ()):
        match item:
            case [
                bytes() as change_id,
                int() as origin,
                list() as trees,
                str() as why,
                str() as officer,
                int() as wall,
            ]:
                try:
                    changes = tuple(change_from_tree(tree) for tree in trees)
                except MalformedMessageError:
                    continue
                found.append(Proposal(change_id, origin, changes, why, officer, wall))
            case _:
                continue
    return tuple(found)


def decided_of(case: Record) -> Decided:
    """Return what a case has decided: (change id, ((record id, tag, result), ...)) in order of deciding."""
    return tuple((item[0], tuple((f[0], f[1], f[2]) for f in item[1])) for item in case.body.get(TAG_DECIDED, ()))


def is_open(case: Record) -> bool:
    """Tell whether a case still waits."""
    return case.body.get(TAG_STATE) == OPEN


def open_cases_on(registry: Registry, village: int, record_id: bytes, tag: int) -> list[Record]:
    """Return the village's open cases on a field: one, or more where it grew too large (protocol 10)."""
    return [
        case
        for case in open_cases_about(registry, village, record_id)
        if any(c.record_id == record_id and c.tag == tag for p in proposals_of(case) for c in p.changes)
    ]


def open_cases_about(registry: Registry, village: int, record_id: bytes) -> list[Record]:
    """Return the village's open cases that touch a record, in a fixed order."""
    return [case for case in cases_about(registry, village, record_id) if is_open(case)]


def cases_about(registry: Registry, village: int, record_id: bytes) -> list[Record]:
    """Return the village's cases, open and closed, that touch a record, in a fixed order."""
    ids = registry.tables.cases_about.get((village, record_id)) or frozenset()
    return [registry.tables.records.need(case_id) for case_id in sorted(ids)]


def open_case_proposing(registry: Registry, village: int, record_id: bytes, tag: int, value: Any) -> Record | None:
    """Return the village's open case that proposes exactly this value for this field (protocol 5.2, step 1)."""
    for case in open_cases_about(registry, village, record_id):
        for proposal in proposals_of(case):
            for change in proposal.changes:
                if isinstance(change, Update) and _proposes(change, record_id, tag, value):
                    return case
    return None


def _proposes(change: Update, record_id: bytes, tag: int, value: Any) -> bool:
    return (change.record_id, change.tag, change.new) == (record_id, tag, value)


def put_case(
    registry: Registry,
    case_id: bytes,
    village: int,
    *,
    state: int,
    proposals: Sequence[Proposal],
    decided: Decided = (),
    reason: str = "",
    cause: bytes,
) -> Record:
    """Store a case's new state and keep the index of cases in step."""
    known = registry.record(case_id)
    body: Body = dict(known.body) if known else {TAG_OWNER: village}
    body[TAG_STATE] = state
    body[TAG_PROPOSALS] = [proposal.to_tree() for proposal in proposals]
    if decided:
        body[TAG_DECIDED] = [[change_id, [list(f) for f in fields]] for change_id, fields in decided]
    if reason:
        body[TAG_REASON] = reason
    about = next((change.record_id for proposal in proposals for change in proposal.changes), None)
    if about is not None:
        body.setdefault(TAG_ABOUT, about)
    record = known or Record(case_id, Kind.CASE, body, Stamp(0, cause))
    record = registry.put(replace(record, body=body), cause)
    reindex(registry, record)
    return record


def reindex(registry: Registry, case: Record) -> None:
    """Enter a case under every record that it touches."""
    for record_id in {change.record_id for proposal in proposals_of(case) for change in proposal.changes}:
        key = (case.owner, record_id)
        ids = registry.tables.cases_about.get(key) or frozenset()
        if case.record_id not in ids:
            registry.tables.cases_about[key] = ids | {case.record_id}


def open_or_join(
    registry: Registry, village: int, proposal: Proposal, *, as_one: bool
) -> dict[tuple[bytes, int], bytes]:
    """Open cases for waiting changes, or join those already open on the same fields; return the case of each field.

    ``as_one``: an event's changes, or those of a quarantined entry, wait together in one case.
    """
    groups: list[tuple[Change, ...]]
    groups = [proposal.changes] if as_one else [(change,) for change in proposal.changes]
    placed: dict[tuple[bytes, int], bytes] = {}
    for changes in groups:
        part = replace(proposal, changes=changes)
        case_id = _joined(registry, village, part) or _opened(registry, village, part, as_one=as_one)
        placed.update({(change.record_id, change.tag): case_id for change in changes})
    return placed


def _joined(registry: Registry, village: int, part: Proposal) -> bytes | None:
    for change in part.changes:
        if isinstance(change, Create):
            continue
        for case in _candidates(registry, village, change):
            proposals = (*proposals_of(case), part)
            if len(encode([proposal.to_tree() for proposal in proposals])) <= CASE_JOIN_BYTES_MAX:
                put_case(registry, case.record_id, village, state=OPEN, proposals=proposals, cause=part.change_id)
                return case.record_id
    return None


def _candidates(registry: Registry, village: int, change: Change) -> list[Record]:
    """Return the open cases that a change may join: first the one that proposes its ``old`` (protocol 5.2, step 1)."""
    found = open_cases_on(registry, village, change.record_id, change.tag)
    if isinstance(change, Update):
        first = open_case_proposing(registry, village, change.record_id, change.tag, change.old)
        return found if first is None else [first, *(case for case in found if case.record_id != first.record_id)]
    return found


def _opened(registry: Registry, village: int, part: Proposal, *, as_one: bool) -> bytes:
    if as_one or not part.changes:
        case_id = case_id_of(part.change_id)
    else:
        case_id = case_id_of(part.change_id, part.changes[0].record_id, part.changes[0].tag)
    if registry.record(case_id) is None:  # else it came back by give-back, maybe decided
        put_case(registry, case_id, village, state=OPEN, proposals=(part,), cause=part.change_id)
    return case_id
