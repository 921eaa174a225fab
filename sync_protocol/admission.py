"""Admit journal entries into the registry (protocol 2.2-2.4, 2.8, 5.2-5.4).

Pure: the registry's working set comes in, the same set changed goes out.  It judges each change once, lands creates,
lets events wait as a whole, and turns what waits into cases.  It does not cut feed entries (``registry.commit`` does)
and does not know messages.  It is longer than most modules so that the order of protocol 5.2 is read in one place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from schemas.errors import LimitExceededError, ProtocolError
from schemas.fields import TAG_OWNER, Kind, Policy, policy_of
from sync_protocol import cases
from sync_protocol.codec import digest32, encode
from sync_protocol.entries import Change, Create, EntryKind, Update, parse_entry_body
from sync_protocol.feed import ACCEPTED, Outcome, Result
from sync_protocol.overlay import created_body, is_reserved
from sync_protocol.registry import HUB_KINDS, Registry
from sync_protocol.tables import REGISTRAR, VILLAGE, JournalRow, Record, Stamp, Timing
from sync_protocol.timing import is_in_past, time_entry

REASON_RULE = "rule"
REASON_REVOKED = "device-revoked"
REASON_UNREADABLE = "unreadable"
REASON_UNKNOWN_KIND = "unknown-kind"


class Judgement(Enum):
    """What one change is found to be."""

    APPLY = "apply"
    SAME = "same"
    LOSE = "lose"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class _Case:
    """The entry under judgement."""

    row: JournalRow
    timing: Timing
    changes: tuple[Change, ...]
    officer: str

    @property
    def village(self) -> int:
        return self.row.village_id

    @property
    def is_event(self) -> bool:
        return self.row.entry.kind == EntryKind.EVENT

    @property
    def stamp(self) -> Stamp:
        return Stamp(self.timing.eff, self.row.change_id, VILLAGE, self.timing.timed)


def touched_records(rows: Iterable[JournalRow]) -> list[bytes]:
    """Return the record ids that entries name, so that a shell can load them in one query."""
    found: dict[bytes, None] = {}
    for row in rows:
        try:
            _, changes = parse_entry_body(row.entry.body)
        except ProtocolError:
            continue
        found.update(dict.fromkeys(change.record_id for change in changes))
    return list(found)


def admit(registry: Registry, row: JournalRow) -> Outcome:
    """Judge one journal entry and write what it decides; a change id already decided gets its first outcome again."""
    known = registry.tables.outcomes.get(row.change_id)
    if known is not None:
        return known  # protocol 2.2
    timing = time_entry(registry.tables, row.village_id, row.entry, row.change_id, row.received_ms)
    outcome = _admit_new(registry, row, timing)
    registry.tables.outcomes[row.change_id] = outcome
    _meet_returned_cases(registry, row, outcome)
    return registry.tables.outcomes.need(row.change_id)


def _admit_new(registry: Registry, row: JournalRow, timing: Timing) -> Outcome:
    try:
        officer, changes = parse_entry_body(row.entry.body)
        reason = REASON_RULE if row.entry.kind in EntryKind._value2member_map_ else REASON_UNKNOWN_KIND
    except ProtocolError:
        # protocol 2.9: stored raw as a case, and the chain goes on
        officer, changes, reason = "", (), REASON_UNREADABLE
    under = _Case(row, timing, changes, officer)
    if row.quarantined:
        return _wait_whole(registry, under, REASON_REVOKED)
    if reason != REASON_RULE:
        return _wait_whole(registry, under, reason)
    return _judge_all(registry, under)


def _wait_whole(registry: Registry, under: _Case, reason: str) -> Outcome:
    row = under.row
    proposal = cases.Proposal(row.change_id, cases.FROM_ENTRY, under.changes, reason, under.officer, row.entry.wall_ms)
    case_id = cases.case_id_of(row.change_id)
    if registry.record(case_id) is None:
        cases.put_case(registry, case_id, row.village_id, state=cases.OPEN, proposals=(proposal,), cause=row.change_id)
    fields = tuple((change.record_id, change.tag, int(Result.IN_REVIEW)) for change in under.changes)
    return Outcome(_once(fields or ((case_id, 0, int(Result.IN_REVIEW)),)), reason, case_id)


def _judge_all(registry: Registry, under: _Case) -> Outcome:
    waits: list[Change] = []
    updates = _land_creates(registry, under, waits)
    judged = [(change, _judge(registry, under, change)) for change in updates]
    judged = _second_target_waits(registry, judged)
    waiting = [change for change, found in judged if found is Judgement.WAIT]
    if under.is_event and (waiting or waits):
        waiting = [change for change, _ in judged]  # protocol 2.4: an event waits as one
        judged = []
    waits += waiting
    results = _write_judged(registry, under, judged, waits)
    case_id: bytes | None = None
    if waits:
        proposal = cases.Proposal(
            under.row.change_id,
            cases.FROM_ENTRY,
            tuple(waits),
            REASON_RULE,
            under.officer,
            under.row.entry.wall_ms,
        )
        placed = cases.open_or_join(registry, under.village, proposal, as_one=under.is_event)
        results.update({(change.record_id, change.tag): Result.IN_REVIEW for change in waits})
        case_id = placed[waits[0].record_id, waits[0].tag]
    if all(result == Result.ACCEPTED for result in results.values()):
        return ACCEPTED
    fields = tuple((record_id, tag, int(result)) for (record_id, tag), result in sorted(results.items()))
    return Outcome(fields, REASON_RULE, case_id)


def _once(fields: tuple[tuple[bytes, int, int], ...]) -> tuple[tuple[bytes, int, int], ...]:
    return tuple(sorted(dict.fromkeys(fields)))


def _land_creates(registry: Registry, under: _Case, waits: list[Change]) -> list[Change]:
    """Store new records; return the updates to judge, those of repeated creates among them (protocol 2.4)."""
    updates: list[Change] = []
    for change in under.changes:
        if not isinstance(change, Create):
            updates.append(change)
            continue
        known = registry.record(change.record_id)
        if change.kind in HUB_KINDS or (known is not None and known.owner != under.village):
            waits.append(change)  # protocol 2.8: nothing of the other village's record is told
        elif known is None:
            updates += _create(registry, under, change)
        else:
            updates += [
                Update(change.record_id, tag, None, value)
                for tag, value in change.body.items()
                if tag != TAG_OWNER and known.cause != under.row.change_id
            ]
    return updates


def _create(registry: Registry, under: _Case, change: Create) -> list[Change]:
    """Land a create without the values that only the hub may set; those wait as updates, so none is dropped."""
    body = created_body(change, under.village)
    registry.create(change.record_id, change.kind, body, under.stamp, under.row.change_id)
    return [
        Update(change.record_id, tag, None, value)
        for tag, value in change.body.items()
        if tag != TAG_OWNER and is_reserved(change.kind, tag)
    ]


def _judge(registry: Registry, under: _Case, change: Change) -> Judgement:
    record = registry.record(registry.resolve(change.record_id))
    if record is None or record.owner != under.village:
        return Judgement.WAIT
    policy = policy_of(record.kind, change.tag)
    if is_reserved(record.kind, change.tag) or record.kind in HUB_KINDS:
        return Judgement.WAIT
    if policy is Policy.SET:
        return Judgement.APPLY
    if not isinstance(change, Update):
        return Judgement.WAIT  # an add to a field that is no set here
    if cases.open_case_proposing(registry, under.village, change.record_id, change.tag, change.old) is not None:
        return Judgement.WAIT
    if policy is Policy.LATEST:
        return _judge_latest(registry, under, record, change)
    return _judge_identity(under, record, change)


def _judge_identity(under: _Case, record: Record, change: Update) -> Judgement:
    current = record.body.get(change.tag)
    if record.is_certified and not under.is_event and current != change.new:
        return Judgement.WAIT
    if current == change.old:
        return Judgement.APPLY
    return Judgement.SAME if current == change.new else Judgement.WAIT


def _judge_latest(registry: Registry, under: _Case, record: Record, change: Update) -> Judgement:
    current, held = record.body.get(change.tag), record.stamp_of(change.tag)
    if current == change.new:
        return Judgement.SAME
    chains = current == change.old
    if held.source == REGISTRAR:
        return Judgement.APPLY if chains else Judgement.WAIT
    if not (under.timing.timed and held.timed):
        seen = chains or is_in_past(registry.tables, held.change_id, under.timing)
        return Judgement.APPLY if seen else Judgement.WAIT
    mine = (under.timing.eff, under.row.change_id)
    return Judgement.APPLY if mine > (held.eff, held.change_id) else Judgement.LOSE


def _second_target_waits(registry: Registry, judged: list[tuple[Change, Judgement]]) -> list[tuple[Change, Judgement]]:
    """After a merge one entry may name one field twice, under two addresses: the second waits (protocol 5.2)."""
    taken: set[tuple[bytes, int]] = set()
    out: list[tuple[Change, Judgement]] = []
    for change, found in judged:
        target = (registry.resolve(change.record_id), change.tag)
        again = target in taken and isinstance(change, Update)
        taken.add(target)
        out.append((change, Judgement.WAIT if again else found))
    return out


def _write_judged(
    registry: Registry, under: _Case, judged: Sequence[tuple[Change, Judgement]], waits: list[Change]
) -> dict[tuple[bytes, int], Result]:
    """Write what applies; a change that its record has no room for (protocol 10) waits, an event's with all of them."""
    results: dict[tuple[bytes, int], Result] = {}
    told: list[tuple[bytes, bytes, int]] = []
    before: dict[bytes, Record] = {}
    for change, found in judged:
        if found is Judgement.WAIT:
            continue
        record = registry.tables.records.need(registry.resolve(change.record_id))
        before.setdefault(record.record_id, record)
        if found is Judgement.APPLY:
            try:
                registry.write(record.record_id, change, under.stamp, under.row.change_id)
            except LimitExceededError:
                if under.is_event:
                    for unwritten in before.values():
                        registry.tables.records[unwritten.record_id] = unwritten
                    waits += [each for each, _ in judged]
                    return {}
                waits.append(change)
                continue
            overwritten = _overwritten(record, change)
            if overwritten is not None:
                told.append((overwritten, change.record_id, change.tag))
        elif found is Judgement.SAME and _may_restamp(record, change):
            registry.restamp(record.record_id, change.tag, under.stamp)
        results[change.record_id, change.tag] = Result.SUPERSEDED if found is Judgement.LOSE else Result.ACCEPTED
    for change_id, record_id, tag in told:
        put_inbox(registry, under.village, "overwritten", change_id, record_id, tag, under.row.change_id)
    return results


def _overwritten(record: Record, change: Change) -> bytes | None:
    """Return the change id whose concurrent LATEST value this one replaces; its author is told (protocol 5.4)."""
    if not isinstance(change, Update) or policy_of(record.kind, change.tag) is not Policy.LATEST:
        return None
    current = record.body.get(change.tag)
    return None if current is None or current == change.old else record.stamp_of(change.tag).change_id


def _may_restamp(record: Record, change: Change) -> bool:
    latest = policy_of(record.kind, change.tag) is Policy.LATEST
    return latest and record.stamp_of(change.tag).source == VILLAGE


def put_inbox(
    registry: Registry, village: int, notice: str, change_id: bytes, record_id: bytes, tag: int, cause: bytes
) -> None:
    """Tell a village's officers something about one of their changes, as a record, once."""
    names = {"notice": 16, "about_id": 17, "change_id": 18, "field_tag": 19}
    inbox_id = digest32(b"kampung/inbox/0" + village.to_bytes(4, "big") + encode([notice, change_id, record_id, tag]))[
        :16
    ]
    if registry.record(inbox_id) is None:
        body = {TAG_OWNER: village, names["notice"]: notice, names["about_id"]: record_id}
        body |= {names["change_id"]: change_id, names["field_tag"]: tag}
        registry.create(inbox_id, Kind.INBOX, body, Stamp(0, cause, REGISTRAR), cause)


def _meet_returned_cases(registry: Registry, row: JournalRow, outcome: Outcome) -> None:
    """An entry re-admitted after a loss meets its own returned case and that case's decision (protocol 11.2)."""
    touched = {record_id for record_id, _, _ in outcome.fields}
    found = {case.record_id: case for r in touched for case in cases.cases_about(registry, row.village_id, r)}
    whole = registry.record(cases.case_id_of(row.change_id))
    if whole is not None:
        found[whole.record_id] = whole
    for _, case in sorted(found.items()):
        for change_id, fields in cases.decided_of(case):
            if change_id == row.change_id:
                note_decided(registry, change_id, fields)


def note_decided(registry: Registry, change_id: bytes, fields: Sequence[tuple[bytes, int, int]]) -> Outcome | None:
    """Write what a case decided of one change id into its outcome: only fields still in review change."""
    outcome = registry.tables.outcomes.get(change_id)
    if outcome is None or not fields:
        return None
    merged = {(record_id, tag): result for record_id, tag, result in outcome.fields}
    for record_id, tag, result in fields:
        if merged.get((record_id, tag)) == Result.IN_REVIEW:
            merged[record_id, tag] = result
    decided = Outcome(
        tuple((record_id, tag, result) for (record_id, tag), result in sorted(merged.items())),
        "decided",
        outcome.case_id,
    )
    registry.tables.outcomes[change_id] = decided
    return decided
