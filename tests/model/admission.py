"""The model's admission: what one journal entry does to the registry, over dicts of frozen values.

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
    Op,
    Outcome,
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


class Admitting:
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

    def _note_decided(self, decided: dict[str, Any]) -> dict[str, Outcome]:
        told = {}
        for cid, results in decided.items():
            outcome = self.outcomes.get(cid)
            if outcome is not None and results:
                merged = dict(outcome.fields)
                merged.update({key: result for key, result in results if merged.get(key) == "review"})
                self.outcomes[cid] = told[cid] = Outcome(tuple(sorted(merged.items())))
        return told
