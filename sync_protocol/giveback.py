"""Take lost feed entries back as evidence (protocol 11.2): nothing is appended, everything is admitted anew.

Works on one village inside the hub's transaction.  The caller has verified that the run's heads follow from its base
and that the last one bears the hub's own signature.  Erasures and revocations come from the ledger, before this runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, Kind, Policy, policy_of
from sync_protocol import cases
from sync_protocol.admission import put_inbox
from sync_protocol.causes import is_change_id, is_decision, loss_id
from sync_protocol.codec import decode_body
from sync_protocol.decisions import told_outcomes
from sync_protocol.entries import Update
from sync_protocol.feed import ACCEPTED, FULL, STUB, FeedEntry, Outcome, Put, Result, Verdict
from sync_protocol.registry import Registry, changed_body
from sync_protocol.tables import REGISTRAR, VILLAGE, Evidence, Record, Stamp, Version
from sync_protocol.timing import hub_eff


def take_back(registry: Registry, village: int, run: Evidence) -> bool:
    """Take a verified run back, each entry once, and commit what it changes as new feed entries.

    Returns False for a run whose base is neither on the hub's chain nor taken back before: it is left alone, and the
    hub asks for heads again.
    """
    if not _is_anchored(registry, village, run):
        return False
    fresh = list(_fresh(registry, village, run))
    work = _GiveBack(registry, village)
    work.remember_decided(put for entry in fresh for put in entry.puts)
    for entry in fresh:
        # a body left out for its author (protocol 6.5) comes again with the author's journal, and is decided then
        is_whole = not any(put.level == FULL and put.body is None for put in entry.puts)
        for verdict in entry.verdicts:
            work.take_verdict(verdict, is_whole=is_whole)
    for change_id, outcome in run.outcomes:
        work.mark(change_id, outcome)
    for entry in fresh:
        for put in entry.puts:
            work.mark_cause(put)
    for entry in fresh:
        for put in entry.puts:
            work.take_put(put)
    told = tuple(work.told.items()) if fresh else ()
    registry.commit({village: [Verdict(None, 0, None, told)]} if told else None, hub_eff(registry.now_ms))
    return True


def _is_anchored(registry: Registry, village: int, run: Evidence) -> bool:
    return is_on_chain(registry, village, run.base_seq, run.base_head) or run.base_head in registry.tables.recovered


def is_on_chain(registry: Registry, village: int, seq: int, head: bytes) -> bool:
    """Tell whether a position is one of the hub's own feed; position 0 always is."""
    if seq == 0:
        return True
    row = registry.tables.feed.get((village, seq))
    return row is not None and row.head == head


def _fresh(registry: Registry, village: int, run: Evidence) -> Iterable[FeedEntry]:
    head = run.base_head
    for offset, entry in enumerate(run.entries):
        head = entry.head(head)
        on_chain = is_on_chain(registry, village, run.base_seq + offset + 1, head)
        if not on_chain and head not in registry.tables.recovered:
            registry.tables.recovered[head] = True
            yield entry


def _returned_key(cause: bytes) -> bytes:
    """Return the key under which ``recovered`` remembers a cause; heads have 32 bytes, so the two never meet."""
    return b"cause" + cause


@dataclass
class _GiveBack:
    registry: Registry
    village: int
    decided_before: set[bytes] = field(default_factory=set)
    told: dict[bytes, Outcome] = field(default_factory=dict)

    def remember_decided(self, puts: Iterable[Put]) -> None:
        """Note which causes the hub has decided again since the loss; their lost puts are not applied twice.

        A cause that waits here for a person is not decided, and one known only from evidence was not decided again.
        """
        tables = self.registry.tables
        for put in puts:
            outcome = tables.outcomes.get(put.cause)
            is_decided = (outcome is not None and outcome.is_final) or put.cause in tables.decisions_done
            if is_decided and _returned_key(put.cause) not in tables.recovered:
                self.decided_before.add(put.cause)

    def take_verdict(self, verdict: Verdict, *, is_whole: bool) -> None:
        if is_whole and verdict.replica_id is not None and verdict.head8 is not None:
            self.registry.tables.recovered_ranges[verdict.head8] = True
        for change_id, outcome in verdict.exceptions:
            self.mark(change_id, outcome)

    def mark(self, change_id: bytes, lost: Outcome) -> None:
        """A lost verdict: a final outcome beats ``in review``, otherwise the hub's own stands (protocol 11.6)."""
        outcomes = self.registry.tables.outcomes
        mine = outcomes.get(change_id)
        undecided = mine is not None and not mine.is_final
        if mine is None or (undecided and lost.summary in (Result.REFUSED, Result.SUPERSEDED)):
            outcomes[change_id] = lost
            self._known_from_evidence(change_id)
        elif lost.is_final and lost.summary != mine.summary:
            put_inbox(self.registry, self.village, "decided-otherwise", change_id, b"", 0, loss_id(change_id))
        self.told[change_id] = outcomes.need(change_id)

    def mark_cause(self, put: Put) -> None:
        """The cause of a lost put is decided, maybe another village's: marked, not told here."""
        tables = self.registry.tables
        if put.level == FULL and put.body is None:
            return
        if is_change_id(put.cause) and put.kind != Kind.INBOX and put.cause not in tables.outcomes:
            tables.outcomes[put.cause] = ACCEPTED
            self._known_from_evidence(put.cause)
        elif is_decision(put.cause) and put.cause not in tables.decisions_done:
            tables.decisions_done[put.cause] = True
            self._known_from_evidence(put.cause)

    def _known_from_evidence(self, cause: bytes) -> None:
        """Its further puts may come with a later run, from another replica or in the next part."""
        self.registry.tables.recovered[_returned_key(cause)] = True

    def take_put(self, put: Put) -> None:
        """Bring one lost version in: adopt it, or its differences; flags are derived anew (protocol 11.2)."""
        record = self.registry.record(put.record_id)
        if put.level == FULL and put.body is not None:  # the next lost version's common ancestor
            versions, key = self.registry.tables.versions, (put.record_id, put.record_digest)
            versions[key] = versions.get(key) or Version(put.version, put.body)
        redecided = put.cause in self.decided_before and put.kind != Kind.CASE and record is not None
        is_same = record is not None and (record.digest == put.record_digest or record.kind != put.kind)
        if put.kind == Kind.FLAG or redecided or is_same:
            return
        if put.level == STUB:
            self._take_departure(put, record)
        elif put.body is not None:
            lost = Record(
                put.record_id,
                put.kind,
                decode_body(put.body),
                self._stamp(put),
                put.version,
                put.record_digest,
                put.previous_version,
                put.previous_digest,
                put.cause,
            )
            self._take_full(put, record, lost)

    def _take_departure(self, put: Put, record: Record | None) -> None:
        """It had left: the stub tells the new owner, the body is the one before."""
        owner = decode_body(put.body or b"\x80").get(TAG_OWNER)
        if record is not None and record.owner == self.village and isinstance(owner, int) and owner != record.owner:
            self.registry.put(replace(record, body={**record.body, TAG_OWNER: owner}), put.cause)

    def _take_full(self, put: Put, record: Record | None, lost: Record) -> None:
        if put.kind == Kind.CASE:
            returned = self._still_waiting(lost) if cases.is_open(lost) else cases.proposals_of(lost)
            if record is None and (returned or not cases.is_open(lost)):
                self._adopt(put, None, lost)
                self._set_case(put, lost, returned)
            elif record is not None:
                self._case_back(put, record, lost, returned)
        elif record is None or (record.version, record.digest) == (put.previous_version, put.previous_digest):
            self._adopt(put, record, lost)
        else:
            self._differences(put, record, lost)

    def _stamp(self, put: Put) -> Stamp:
        """A given-back value is untimed until its entry is known, and keeps its author's authority."""
        return Stamp(0, put.cause, REGISTRAR if is_decision(put.cause) else VILLAGE, timed=False)

    def _adopt(self, put: Put, record: Record | None, lost: Record) -> None:
        stamps = dict(record.stamps) if record else {}
        if record is not None:
            changed = {tag for tag in {*lost.body, *record.body} if record.body.get(tag) != lost.body.get(tag)}
            stamps |= dict.fromkeys(changed, self._stamp(put))
            lost = replace(lost, left=record.left, stamp=record.stamp)
        self.registry.put(replace(lost, stamps=stamps), put.cause)
        if put.kind == Kind.CASE:
            cases.reindex(self.registry, self.registry.tables.records.need(put.record_id))

    # -- cases come back without what has been decided meanwhile

    def _still_waiting(self, lost: Record) -> tuple[cases.Proposal, ...]:
        return tuple(p for p in cases.proposals_of(lost) if p.origin != cases.FROM_ENTRY or self._waits(p))

    def _waits(self, proposal: cases.Proposal) -> bool:
        outcome = self.registry.tables.outcomes.get(proposal.change_id)
        return outcome is not None and not outcome.is_final

    def _set_case(self, put: Put, case: Record, proposals: Sequence[cases.Proposal]) -> None:
        if proposals != cases.proposals_of(case):
            state = cases.OPEN if cases.is_open(case) else cases.CLOSED
            decided = cases.decided_of(case)
            cases.put_case(
                self.registry,
                case.record_id,
                self.village,
                state=state,
                proposals=proposals,
                decided=decided,
                cause=put.cause,
            )

    def _case_back(self, put: Put, record: Record, lost: Record, returned: Sequence[cases.Proposal]) -> None:
        mine, decided = cases.proposals_of(record), cases.decided_of(record)
        if not cases.is_open(lost):
            if cases.is_open(record):
                lost_decided = cases.decided_of(lost)
                done = {change_id for change_id, _ in lost_decided}
                rest = tuple(p for p in mine if p.change_id not in done)
                self._put_case(put, rest or mine, decided + lost_decided, open_=bool(rest))
                self.told.update(told_outcomes(self.registry, lost_decided))
            return
        keep = mine if cases.is_open(record) else ()
        known = {change_id for change_id, _ in decided} | {proposal.change_id for proposal in keep}
        extra = tuple(p for p in returned if p.change_id not in known)
        if extra:
            self._put_case(put, (*keep, *extra), decided, open_=True)

    def _put_case(self, put: Put, proposals: Sequence[cases.Proposal], decided: cases.Decided, *, open_: bool) -> None:
        cases.put_case(
            self.registry,
            put.record_id,
            self.village,
            state=cases.OPEN if open_ else cases.CLOSED,
            proposals=proposals,
            decided=decided,
            cause=put.cause,
        )

    # -- a version that was overtaken comes back as its differences

    def _differences(self, put: Put, record: Record, lost: Record) -> None:
        ancestor = self.registry.tables.versions.get((put.record_id, put.previous_digest or b""))
        base = decode_body(ancestor.body) if ancestor else {}
        conflicts: list[Update] = []
        for tag in sorted({*base, *lost.body}):  # a value that was taken away is a difference too
            value, old, now = lost.body.get(tag), base.get(tag), record.body.get(tag)
            if value in (old, now):
                continue
            change = Update(put.record_id, tag, old, value)
            authority = now == old or policy_of(record.kind, tag) is Policy.SET
            if authority or (tag == TAG_MERGED_INTO and now is None):
                body = changed_body(record.kind, record.body, change)
                record = replace(record, body=body, stamps={**record.stamps, tag: self._stamp(put)})
            else:
                conflicts.append(change)
        self.registry.put(record, put.cause)
        if conflicts:
            self._conflict_case(put, tuple(conflicts))

    def _conflict_case(self, put: Put, conflicts: tuple[Update, ...]) -> None:
        cause = loss_id(put.record_digest)
        case_id = cases.case_id_of(cause)
        if self.registry.record(case_id) is None:
            proposal = cases.Proposal(put.record_digest, cases.FROM_LOSS, conflicts, "before-after-restore")
            cases.put_case(
                self.registry, case_id, self.village, state=cases.OPEN, proposals=(proposal,), cause=put.cause
            )
