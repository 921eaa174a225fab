"""The model's hub: admission, cases, registrars, dispatcher and give-back over dicts of frozen values.

Rules are named as in docs/protocol.md.  The driver sets ``time``; a case's name comes from ``name_case``, so that the
model and the real code call the same case by the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from tests.model.shapes import (
    ACCEPTED,
    LATEST,
    POLICY,
    SET,
    TICKS,
    Create,
    Entry,
    FeedEntry,
    Key,
    Message,
    Op,
    Outcome,
    Position,
    Proposal,
    Put,
    Record,
    Slot,
    Stamp,
    Update,
    Verdict,
    apply_value,
    canon,
    feed_head,
    h,
    key_of,
)

Held = tuple[Slot, str, int]
"""A slot, its village, and when it was received."""

NameCase = Callable[[str, Key | None], str]


class Hub:
    TABLES = (
        "registry", "feeds", "views", "journal", "tips", "outcomes", "past", "eff", "timed", "feed_eff", "bodies",
        "orphans", "held", "suspended", "recovered", "returned", "decisions_done", "recovered_ranges",
    )  # fmt: skip

    def __init__(self, villages: Iterable[str], name_case: NameCase) -> None:
        self.time = 1
        self.name_case = name_case
        self.registry: dict[str, Record] = {}
        self.feeds: dict[str, list[FeedEntry]] = {v: [] for v in villages}
        self.views: dict[str, dict[str, Any]] = {v: {} for v in self.feeds}
        self.journal: dict[str, Slot] = {}
        self.tips: dict[str, frozenset[str]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.past: dict[str, frozenset[str]] = {}
        self.eff: dict[str, int] = {}
        self.timed: dict[str, bool] = {}
        self.feed_eff: dict[str, int] = {}
        self.bodies: dict[str, Record] = {}
        self.orphans: dict[str, Held] = {}
        self.held: dict[str, Held] = {}
        self.suspended: dict[str, frozenset[str]] = {}
        self.recovered: dict[str, bool] = {}
        self.returned: dict[str, bool] = {}  # causes known from evidence only
        self.recovered_ranges: dict[str, bool] = {}
        self.decisions_done: dict[str, bool] = {}
        self.diary: list[tuple[Any, ...]] = []  # outside the database
        self.before: dict[str, Record | None] = {}  # of the records that the present transaction has put

    def snapshot(self) -> dict[str, Any]:
        return {name: self._copied(getattr(self, name)) for name in self.TABLES}

    def restore(self, snapshot: dict[str, Any]) -> None:
        for name in self.TABLES:
            setattr(self, name, self._copied(snapshot[name]))

    @staticmethod
    def _copied(table: dict[str, Any]) -> dict[str, Any]:
        return {k: list(v) if isinstance(v, list) else dict(v) if isinstance(v, dict) else v for k, v in table.items()}

    # -- transactions

    def head_of(self, v: str) -> str:
        return self.feeds[v][-1].head if self.feeds[v] else h("feed", v)

    def view(self, record: Record, v: str) -> tuple[Any, ...] | None:
        if record.owner == v:
            return ("full", record.body, record.merged_into)
        if v in record.left:
            held = self.views[v].get(record.rid)
            if held and held[1][0] == "stub":
                return tuple(held[1])  # frozen at leaving
            return ("stub", {"destination": record.owner})
        return None

    def _put(self, record: Record, cause: str) -> None:
        """A new version of a record; a transaction makes at most one."""
        old = self.before.setdefault(record.rid, self.registry.get(record.rid))
        digest = h(record.rid, canon(record.body), record.owner, record.merged_into)
        if old and digest == old.digest:
            same = replace(record, ver=old.ver, digest=old.digest, prev=old.prev, cause=old.cause)
            self.registry[record.rid] = same
            return
        new = replace(record, ver=(old.ver if old else 0) + 1, prev=old.digest if old else "", digest=digest)
        self.registry[record.rid] = self.bodies[digest] = replace(new, cause=cause)

    def _commit(self, verdicts: dict[str, list[Verdict]] | None = None, eff: int = 0) -> None:
        self.before = {}
        for v in sorted(self.feeds):
            puts = []
            for rid, record in self.registry.items():
                view = self.view(record, v)
                if view and self.views[v].get(rid) != (record.kind, view):
                    self.views[v][rid] = (record.kind, view)
                    owner, cause = record.owner, record.cause
                    puts.append(Put(rid, record.kind, record.ver, record.prev, record.digest, owner, cause, view))
            told = tuple((verdicts or {}).get(v, ()))
            if puts or told:
                prev = self.head_of(v)
                head = feed_head(prev, tuple(puts), told)
                self.feeds[v].append(FeedEntry(head, self.time, tuple(puts), told))
                self.feed_eff[head] = max(self.feed_eff.get(prev, 0), eff)

    def resolve(self, rid: str) -> str:
        seen: set[str] = set()
        while rid in self.registry and self.registry[rid].merged_into and rid not in seen:
            seen.add(rid)
            rid = str(self.registry[rid].merged_into)
        return rid

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

    # -- admission

    def admit(self, village: str, e: Entry, received: int) -> Outcome:
        if e.cid in self.outcomes:
            return self.outcomes[e.cid]
        self._time_entry(village, e, received)
        stamp = Stamp(self.eff[e.cid], e.cid, "village", self.timed[e.cid])
        results: dict[Key, str] = {}
        waits: list[Op] = []
        judged = self._judged(village, e, self._land_creates(village, e, stamp, waits))
        waiting = [op for op, found in judged if found == "wait"]
        if e.event and (waits or waiting):
            waiting, judged = [op for op, _ in judged], []
        waits += waiting
        for op, found in judged:
            rid = self.resolve(op.rid)
            results[key_of(op)] = "superseded" if found == "lose" else "accepted"
            if found == "apply":
                self._write(rid, op, stamp, e.cid)
            elif found == "same":
                self._restamp(rid, op, stamp)
        results |= {key_of(op): "review" for op in waits}
        if waits:
            self._open_cases(village, e, waits)
        is_plain = all(result == "accepted" for result in results.values())
        self.outcomes[e.cid] = ACCEPTED if is_plain else Outcome(tuple(sorted(results.items())))
        self._meet_returned_cases(e.cid)
        return self.outcomes[e.cid]

    def _land_creates(self, village: str, e: Entry, stamp: Stamp, waits: list[Op]) -> list[Update]:
        updates: list[Update] = []
        for op in e.ops:
            if isinstance(op, Update):
                updates.append(op)
                continue
            known = self.registry.get(op.rid)
            if known is None:
                self._put(Record(op.rid, op.kind, village, dict(op.body), stamp), e.cid)
            elif known.owner != village:
                waits.append(op)
            elif known.cause != e.cid:
                updates += [Update(op.rid, name, None, value) for name, value in sorted(op.body.items())]
        return updates

    def _time_entry(self, v: str, e: Entry, received: int) -> None:
        n, head = e.seen
        feed = self.feeds[v]
        seen = 0 if n == 0 else feed[n - 1].time if n <= len(feed) and feed[n - 1].head == head else None
        timed = seen is not None and seen * TICKS <= e.wall * TICKS <= (received + 1) * TICKS - 1
        self.past[e.cid] = (self.past.get(e.after, frozenset()) if e.after else frozenset()) | {e.cid}
        before = self.eff.get(e.after, 0) if e.after else 0
        causal = max(before, self.feed_eff.get(head, 0) if seen is not None and n else 0)
        self.eff[e.cid] = max(e.wall * TICKS if timed else (seen or 0) * TICKS, causal + 1)
        self.timed[e.cid] = timed

    def _judged(self, village: str, e: Entry, updates: list[Update]) -> list[tuple[Update, str]]:
        taken: set[Key] = set()
        out = []
        for u in updates:
            found = self._judge(village, u, e)
            target = (self.resolve(u.rid), u.field)
            out.append((u, "wait" if target in taken and POLICY[u.field] != SET else found))
            taken.add(target)
        return out

    def _judge(self, village: str, u: Update, e: Entry) -> str:
        record = self.registry.get(self.resolve(u.rid))
        if record is None or record.owner != village:
            return "wait"
        if POLICY[u.field] == SET:
            return "apply"
        if self._case_proposing(village, u) is not None:
            return "wait"
        current = record.body.get(u.field)
        if POLICY[u.field] == LATEST:
            return self._judge_latest(record, u, e)
        if record.body.get("certified") is not None and not e.event and current != u.new:
            return "wait"
        if current == u.old:
            return "apply"
        return "same" if current == u.new else "wait"

    def _judge_latest(self, record: Record, u: Update, e: Entry) -> str:
        current, stamp = record.body.get(u.field), record.stamps.get(u.field, record.stamp)
        if current == u.new:
            return "same"
        if stamp.source == "registrar":
            return "apply" if current == u.old else "wait"
        if not (self.timed[e.cid] and stamp.timed):
            return "apply" if current == u.old or stamp.cid in self.past[e.cid] else "wait"
        return "apply" if (self.eff[e.cid], e.cid) > (stamp.eff, stamp.cid) else "lose"

    def _write(self, rid: str, u: Update, stamp: Stamp, cause: str) -> None:
        record = self.registry[rid]
        if u.field == "owner":
            self._put(replace(record, owner=u.new, left=(record.left | {record.owner}) - {u.new}), cause)
            return
        body = {**record.body, u.field: apply_value(u.field, record.body.get(u.field), u.new)}
        self._put(replace(record, body=body, stamps={**record.stamps, u.field: stamp}), cause)

    def _restamp(self, rid: str, u: Update, stamp: Stamp) -> None:
        record = self.registry[rid]
        held = record.stamps.get(u.field, record.stamp)
        greater = (stamp.eff, stamp.cid) > (held.eff, held.cid)
        if POLICY[u.field] == LATEST and held.source != "registrar" and greater:
            self.registry[rid] = replace(record, stamps={**record.stamps, u.field: stamp})

    # -- cases

    def open_cases(self, village: str | None = None) -> list[Record]:
        return [
            r
            for _, r in sorted(self.registry.items())
            if r.kind == "case" and r.body["state"] == "open" and village in (None, r.owner)
        ]

    def _case_proposing(self, village: str, u: Update) -> Record | None:
        for case in self.open_cases(village):
            for p in case.body["proposals"]:
                if any(isinstance(o, Update) and (o.rid, o.field, o.new) == (u.rid, u.field, u.old) for o in p.ops):
                    return case
        return None

    def _case_on(self, village: str, op: Op) -> Record | None:
        """The open case that a change joins: the one that proposes its ``old``, else the first on its field."""
        if isinstance(op, Create):
            return None
        first = self._case_proposing(village, op) if POLICY[op.field] != SET else None
        on = [
            c
            for c in self.open_cases(village)
            if any(key_of(o) == key_of(op) for p in c.body["proposals"] for o in p.ops)
        ]
        return first or next(iter(on), None)

    def _open_cases(self, village: str, e: Entry, waits: list[Op]) -> None:
        for ops in [waits] if e.event else [[op] for op in waits]:
            proposal = Proposal(e.cid, tuple(ops))
            joined = next((case for op in ops if (case := self._case_on(village, op)) is not None), None)
            if joined is not None:
                body = {**joined.body, "proposals": (*joined.body["proposals"], proposal)}
                self._put(replace(joined, body=body), e.cid)
                continue
            rid = self.name_case(e.cid, None if e.event else key_of(ops[0]))
            if rid not in self.registry:
                body = {"state": "open", "proposals": (proposal,), "decided": ()}
                self._put(Record(rid, "case", village, body), e.cid)

    def _meet_returned_cases(self, cid: str) -> None:
        for record in list(self.registry.values()):
            if record.kind == "case":
                for decided, results in record.body["decided"]:
                    if decided == cid:
                        self._note_decided({cid: results})

    # -- registrars

    def page(self, case_id: str) -> tuple[Any, ...]:
        case = self.registry[case_id]
        keys = sorted({key_of(o) for p in case.body["proposals"] for o in p.ops if isinstance(o, Update)})
        return (tuple(p.cid for p in case.body["proposals"]), tuple((key, repr(self._current(key))) for key in keys))

    def _current(self, key: Key) -> Any:
        record = self.registry.get(self.resolve(key[0]))
        if record is None:
            return None
        return record.owner if key[1] == "owner" else record.body.get(key[1])

    def decide(
        self, case_id: str, accept: frozenset[str], page: tuple[Any, ...], did: str, *, log: bool = True
    ) -> bool:
        case = self.registry.get(case_id)
        if case is None or case.kind != "case" or case.body["state"] != "open" or self.page(case_id) != page:
            return False
        if log:
            self.diary.append((did, "decide", case_id, accept, page))
        final: dict[str, dict[Key, str]] = {}
        last: dict[Key, tuple[str, Key]] = {}
        for p in case.body["proposals"]:
            final.setdefault(p.cid, {})
            for op in p.ops:
                key = key_of(op)
                if p.cid[0] == "c" and dict(self.outcomes[p.cid].fields).get(key) != "review":
                    continue
                taken = p.cid in accept and self._accept(case, p.cid, op, did)
                if taken and isinstance(op, Update) and POLICY[op.field] != SET:
                    target = (self.resolve(op.rid), op.field)
                    if target in last:
                        earlier, earlier_key = last[target]
                        final[earlier][earlier_key] = "superseded"
                    last[target] = (p.cid, key)
                final[p.cid][key] = "accepted" if taken else "refused"
        decided = tuple(sorted((cid, tuple(sorted(results.items()))) for cid, results in final.items()))
        case = self.registry[case_id]
        body = {**case.body, "state": "closed", "decided": case.body["decided"] + decided}
        self._put(replace(case, body=body), did)
        self.decisions_done[did] = True
        self._commit({case.owner: [Verdict("", 0, "", self._note_decided(dict(decided)))]}, self.time * TICKS)
        return True

    def _accept(self, case: Record, cid: str, op: Op, did: str) -> bool:
        stamp = Stamp(self.time * TICKS, cid, "registrar")
        if isinstance(op, Create):
            if op.rid in self.registry:
                return False
            self._put(Record(op.rid, op.kind, case.owner, dict(op.body), stamp), did)
            return True
        rid = self.resolve(op.rid)
        if rid not in self.registry:
            return False
        self._write(rid, op, stamp, did)
        return True

    def _note_decided(self, decided: dict[str, Any]) -> dict[str, Outcome]:
        told = {}
        for cid, results in decided.items():
            outcome = self.outcomes.get(cid)
            if outcome is not None and results:
                merged = dict(outcome.fields)
                merged.update({key: result for key, result in results if merged.get(key) == "review"})
                self.outcomes[cid] = told[cid] = Outcome(tuple(sorted(merged.items())))
        return told

    def edit(self, rid: str, name: str, old: Any, new: Any, did: str, *, log: bool = True) -> bool:
        record = self.registry.get(rid)
        if record is None or record.body.get(name) != old:
            return False
        if log:
            self.diary.append((did, "edit", rid, name, old, new))
        self._write(rid, Update(rid, name, old, new), Stamp(self.time * TICKS, did, "registrar"), did)
        self.decisions_done[did] = True
        self._commit(None, self.time * TICKS)
        return True

    def replay_diary(self, *, last: bool) -> None:
        for item in self.diary:
            did, what, *rest = item
            if did in self.decisions_done:
                continue
            if what == "edit":
                rid, name, old, new = rest
                if not self.edit(rid, name, old, new, did, log=False) and last:
                    self._diary_case(did, rid, name, old, new)
            else:
                case_id, accept, page = rest
                self.decide(case_id, accept, page, did, log=False)

    def _diary_case(self, did: str, rid: str, name: str, old: Any, new: Any) -> None:
        record = self.registry.get(self.resolve(rid))
        if record is None:
            return
        if record.body.get(name) != new:
            proposal = Proposal("diary:" + did, (Update(rid, name, old, new),))
            body = {"state": "open", "decided": (), "proposals": (proposal,)}
            self._put(Record(self.name_case(did, None), "case", record.owner, body), did)
        self.decisions_done[did] = True
        self._commit(None, self.time * TICKS)

    # -- dispatcher

    def dispatch(self) -> None:
        events = sorted(rid for rid, r in self.registry.items() if r.kind == "event")
        for out_id in events:
            out = self.registry[out_id]
            person = self.registry.get(self.resolve(out.body.get("person", "")))
            if out.body.get("type") != "leave" or out.body.get("paired") or person is None or person.owner != out.owner:
                continue
            for arrival_id in events:
                arrival = self.registry[arrival_id]
                newcomer = self.registry.get(arrival.body.get("person", ""))
                if (
                    arrival.body.get("type") == "arrive"
                    and not arrival.body.get("paired")
                    and arrival.owner == out.body["to"]
                    and newcomer is not None
                    and newcomer.merged_into is None
                    and newcomer.owner == arrival.owner
                    and newcomer.rid != person.rid
                    and person.body.get("nik")
                    and newcomer.body.get("nik") == person.body["nik"]
                ):
                    self._hand_over(out, arrival, person, newcomer)
                    break

    def _hand_over(self, out: Record, arrival: Record, person: Record, newcomer: Record) -> None:
        body = {**person.body, "status": "alive"}
        self._put(replace(person, owner=arrival.owner, body=body, left=person.left | {out.owner}), "dispatcher")
        self._put(replace(newcomer, merged_into=person.rid), "dispatcher")
        for event in (out, arrival):
            self._put(replace(event, body={**event.body, "paired": True}), "dispatcher")
        self._commit(None, self.time * TICKS)

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
            if put.cause.startswith("c") and put.cause not in self.outcomes:
                self.outcomes[put.cause] = ACCEPTED
                self.returned[put.cause] = True
            elif put.cause.startswith("d") and put.cause not in self.decisions_done:
                self.decisions_done[put.cause] = self.returned[put.cause] = True
        for put in puts:
            if put.cause not in decided or put.kind == "case" or put.rid not in self.registry:
                self._put_back(v, put, told)
        self._commit({v: [Verdict("", 0, "", told)]} if fresh and told else None, self.time * TICKS)

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
        self.bodies.setdefault(put.digest, lost)
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
