"""The model's hub: it receives messages, decides what they bring, and takes lost feed entries back."""

from __future__ import annotations

from dataclasses import replace

from tests.model.admission import Held
from tests.model.office import Office
from tests.model.shapes import (
    ACCEPTED,
    POLICY,
    SET,
    TICKS,
    FeedEntry,
    Message,
    Op,
    Outcome,
    Position,
    Proposal,
    Put,
    Record,
    Stamp,
    Update,
    Verdict,
    h,
)


class Hub(Office):
    # -- receiving

    def receive(self, m: Message) -> Message:
        v = m.village
        n, head = m.feed_at
        on_chain = n == 0 or (n <= len(self.feeds[v]) and self.feeds[v][n - 1].head == head)
        for base, run, own in m.lost:
            self.take_back(v, base, run, own)
        showing = self.suspended.get(v, frozenset()) - {m.device}
        proven = not on_chain and not self.recovered.get(head)
        self.suspended[v] = showing | {m.device} if proven else showing
        self._store(v, m)
        self._decide_held(v)
        tips = tuple(sorted((self.journal[tip].seq, tip) for tip in self.tips.get(m.replica, ())))
        answer = Message(v, replica=m.replica, feed_at=m.feed_at, tips=tips)
        heads = tuple(entry.head for entry in self.feeds[v])
        if on_chain:
            answer.base, answer.run = m.feed_at, tuple(self.feeds[v][n:])
            return answer
        common = next((base for base, run, _ in m.lost if run[-1].head == head), None)
        if self.recovered.get(head) and common and (not common[0] or heads[common[0] - 1 : common[0]] == (common[1],)):
            answer.realign, answer.base, answer.run = m.feed_at, common, tuple(self.feeds[v][common[0] :])
        else:
            answer.heads = heads
        return answer

    def _store(self, v: str, m: Message) -> None:
        for slot in m.slots:
            if slot.head in self.journal or slot.head in self.orphans:
                continue
            if slot.prev != h("journal", slot.replica) and slot.prev not in self.journal:
                self.orphans[slot.head] = (slot, v, self.time)
                continue
            todo: list[Held] = [(slot, v, self.time)]
            while todo:  # and everything that stood behind the gap it closes
                held = todo.pop(0)
                one = held[0]
                self.journal[one.head] = one
                self.tips[one.replica] = (self.tips.get(one.replica, frozenset()) - {one.prev}) | {one.head}
                self.held[one.head] = held
                behind = [other for other in self.orphans.values() if other[0].prev == one.head]
                behind = sorted(behind, key=lambda other: other[0].entry.cid)
                todo += [self.orphans.pop(other[0].head) for other in behind]

    def _decide_held(self, v: str) -> None:
        if self.suspended.get(v):
            return
        for head, (slot, village, received) in list(self.held.items()):
            if village != v:
                continue
            del self.held[head]
            entry = slot.entry
            if self.recovered_ranges.get(head):
                self.outcomes.setdefault(entry.cid, ACCEPTED)
            outcome = self.admit(v, entry, received)
            exceptions = {} if outcome == ACCEPTED else {entry.cid: outcome}
            self._commit({v: [Verdict(slot.replica, slot.seq, slot.head, exceptions)]}, self.eff.get(entry.cid, 0))

    def write_off(self) -> None:
        self.suspended = {v: frozenset() for v in self.suspended}
        for v in self.feeds:
            self._decide_held(v)

    # -- give-back

    def take_back(self, v: str, base: Position, run: tuple[FeedEntry, ...], own: dict[str, Outcome]) -> None:
        heads = [entry.head for entry in self.feeds[v]]
        if base[0] and base[1] not in heads and not self.recovered.get(base[1]):
            return
        fresh = [entry for entry in run if entry.head not in heads and not self.recovered.get(entry.head)]
        told: dict[str, Outcome] = {}
        causes = {put.cause for entry in fresh for put in entry.puts}
        decided = {c for c in causes if self._is_decided(c) and not self.returned.get(c)}
        for entry in fresh:
            self.recovered[entry.head] = True
            for verdict in entry.verdicts:
                if verdict.replica:
                    self.recovered_ranges[verdict.head] = True
                for cid, outcome in verdict.outcomes.items():
                    self._mark(cid, outcome, told)
        for cid, outcome in own.items():
            self._mark(cid, outcome, told)
        puts = [put for entry in fresh for put in entry.puts]
        for put in puts:
            self._mark_cause(put.cause)
        for put in puts:
            if put.view[0] == "full":  # the next lost version's common ancestor
                version = Record(put.rid, put.kind, v, put.view[1], merged_into=put.view[2], digest=put.digest)
                self.bodies.setdefault(put.digest, version)
            if put.cause not in decided or put.kind == "case" or put.rid not in self.registry:
                self._put_back(v, put, told)
        self._commit({v: [Verdict("", 0, "", told)]} if fresh and told else None, self.time * TICKS)

    def _mark_cause(self, cause: str) -> None:
        if cause.startswith("c") and cause not in self.outcomes:
            self.outcomes[cause] = ACCEPTED
            self.returned[cause] = True
        elif cause.startswith("d") and cause not in self.decisions_done:
            self.decisions_done[cause] = self.returned[cause] = True

    def _is_decided(self, cause: str) -> bool:
        outcome = self.outcomes.get(cause)
        return (outcome is not None and outcome.kind != "review") or cause in self.decisions_done

    def _mark(self, cid: str, lost: Outcome, told: dict[str, Outcome]) -> None:
        mine = self.outcomes.get(cid)
        if mine is None or (mine.kind == "review" and lost.kind not in ("review", "accepted")):
            self.outcomes[cid] = lost
            self.returned[cid] = True
        told[cid] = self.outcomes[cid]

    def _put_back(self, v: str, put: Put, told: dict[str, Outcome]) -> None:
        record = self.registry.get(put.rid)
        before = self.bodies.get(put.prev)
        if put.view[0] == "stub":
            if record is not None and record.owner == v and put.digest != record.digest:
                self._put(replace(record, owner=put.owner, left=record.left | {v}), put.cause)
            return
        stamp = Stamp(0, put.cause, "registrar" if put.cause.startswith("d") else "village", timed=False)
        merged = put.view[2]
        lost = Record(put.rid, put.kind, v, put.view[1], stamp, merged, ver=put.ver, digest=put.digest, prev=put.prev)
        if record is not None and (record.digest == put.digest or record.kind != put.kind):
            return
        if put.kind == "case":
            self._case_back(put, record, lost, told)
        elif record is None or (record.digest, record.ver) == (put.prev, put.ver - 1):
            self._adopt(record, lost, put.cause)
        else:
            self._differences(v, record, before, lost, put)

    def _adopt(self, record: Record | None, lost: Record, cause: str) -> None:
        if record is not None:
            names = {*lost.body, *record.body}
            changed = {name for name in names if record.body.get(name) != lost.body.get(name)}
            left = record.left | ({record.owner} if record.owner != lost.owner else set())
            stamps = {**record.stamps, **dict.fromkeys(changed, lost.stamp)}
            lost = replace(lost, left=left, stamps=stamps, stamp=record.stamp)
        self._put(lost, cause)

    def _waits(self, p: Proposal) -> bool:
        outcome = self.outcomes.get(p.cid)
        return outcome is not None and outcome.kind == "review"

    def _case_back(self, put: Put, record: Record | None, lost: Record, told: dict[str, Outcome]) -> None:
        proposals = lost.body["proposals"]
        is_open = lost.body["state"] == "open"
        if is_open:
            proposals = tuple(p for p in proposals if p.cid[0] != "c" or self._waits(p))
        if record is None:
            if proposals or not is_open:
                self._put(replace(lost, body={**lost.body, "proposals": proposals}), put.cause)
            return
        body = record.body
        if not is_open:
            if body["state"] == "open":
                done = {cid for cid, _ in lost.body["decided"]}
                rest = tuple(p for p in body["proposals"] if p.cid not in done)
                state = {"state": "open" if rest else "closed", "proposals": rest or body["proposals"]}
                self._put(replace(record, body={**state, "decided": body["decided"] + lost.body["decided"]}), put.cause)
                told.update(self._note_decided(dict(lost.body["decided"])))
            return
        keep = body["proposals"] if body["state"] == "open" else ()
        known = {cid for cid, _ in body["decided"]} | {p.cid for p in keep}
        extra = tuple(p for p in proposals if p.cid not in known)
        if extra:
            self._put(replace(record, body={**body, "state": "open", "proposals": (*keep, *extra)}), put.cause)

    def _differences(self, v: str, record: Record, before: Record | None, lost: Record, put: Put) -> None:
        base = before.body if before is not None else {}
        conflicts: list[Op] = []
        for name, value in sorted(lost.body.items()):
            old, now = base.get(name), record.body.get(name)
            if value in (old, now):
                continue
            if POLICY.get(name) == SET:
                adds, removes = now or (frozenset(), frozenset())
                both = (adds | value[0], removes | value[1])
                stamps = {**record.stamps, name: lost.stamp}
                record = replace(record, body={**record.body, name: both}, stamps=stamps)
            elif now == old:
                stamps = {**record.stamps, name: lost.stamp}
                record = replace(record, body={**record.body, name: value}, stamps=stamps)
            else:
                conflicts.append(Update(put.rid, name, old, value))
        if lost.merged_into and not record.merged_into:
            record = replace(record, merged_into=lost.merged_into)
        base_owner = before.owner if before is not None else None
        if lost.owner not in (base_owner, record.owner):
            if record.owner == base_owner:
                record = replace(record, owner=lost.owner, left=record.left | {record.owner})
            else:
                conflicts.append(Update(put.rid, "owner", base_owner, lost.owner))
        self._put(record, put.cause)
        case_id = "lost:" + put.digest
        if conflicts and case_id not in self.registry:
            body = {"state": "open", "decided": (), "proposals": (Proposal("lost:" + put.digest, tuple(conflicts)),)}
            self._put(Record(case_id, "case", v, body), put.cause)
