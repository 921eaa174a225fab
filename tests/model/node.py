"""The model's village node: a journal per replica id, a registry layer that is a function of the feed, an overlay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.model.shapes import (
    ACCEPTED,
    Create,
    Entry,
    FeedEntry,
    Lost,
    Message,
    Outcome,
    Position,
    Slot,
    apply_value,
    entry_head,
    feed_head,
    h,
    key_of,
)


class Node:
    def __init__(self, name: str, village: str, ids: Callable[[str], str]) -> None:
        self.name, self.village, self.device, self.ids = name, village, "dev-" + name, ids
        self.saved: list[Entry] = []
        self.chains: dict[str, list[Slot]] = {}
        self.feed: list[FeedEntry] = []
        self.evidence: list[Lost] = []
        self.layer: dict[str, tuple[str, tuple[Any, ...]]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.acked = 0
        self.replica = ""
        self.new_replica()

    def copy(self) -> Node:
        other = object.__new__(Node)
        other.__dict__ = dict(self.__dict__)
        for key in ("saved", "feed", "evidence"):
            setattr(other, key, list(getattr(self, key)))
        other.chains = {k: list(v) for k, v in self.chains.items()}
        other.layer, other.outcomes = dict(self.layer), dict(self.outcomes)
        return other

    @property
    def journal(self) -> list[Slot]:
        return self.chains[self.replica]

    def new_replica(self) -> None:
        self.replica = self.ids("r-" + self.village)
        self.chains[self.replica] = []
        self.acked = 0
        self.reissue()

    def reissue(self) -> None:
        """Everything without a final verdict, in the order of saving, under the same change ids (protocol 2.2)."""
        here = {slot.entry.cid for slot in self.journal}
        for entry in self.saved:
            outcome = self.outcomes.get(entry.cid)
            if entry.cid not in here and (outcome is None or outcome.kind == "review"):
                self._append(entry)

    def _append(self, entry: Entry) -> None:
        prev = self.journal[-1].head if self.journal else h("journal", self.replica)
        self.journal.append(Slot(self.replica, len(self.journal) + 1, prev, entry_head(prev, entry), entry))

    def position(self) -> Position:
        return (len(self.feed), self.feed[-1].head) if self.feed else (0, h("feed", self.village))

    def save(self, cid: str, ops: tuple[Any, ...], *, event: bool, wall: int, seen: Position | None) -> None:
        entry = Entry(cid, ops, event, wall, seen or self.position(), self.saved[-1].cid if self.saved else None)
        self.saved.append(entry)
        self._append(entry)

    def shown(self) -> dict[str, dict[str, Any]]:
        out = {rid: dict(view[1]) for rid, (_, view) in self.layer.items() if view[0] == "full"}
        for entry in self.saved:
            outcome = self.outcomes.get(entry.cid)
            if outcome is not None and outcome.kind != "review":
                continue
            waiting = None if outcome is None else {key for key, result in outcome.fields if result == "review"}
            for op in entry.ops:
                if isinstance(op, Create):
                    if op.rid not in self.layer and op.rid not in out and (waiting is None or key_of(op) in waiting):
                        out[op.rid] = dict(op.body)
                elif op.rid in out and (waiting is None or key_of(op) in waiting):
                    out[op.rid][op.field] = apply_value(op.field, out[op.rid].get(op.field), op.new)
        return out

    def message(self, limit: int | None = None) -> Message:
        slots = tuple(self.journal[self.acked :][:limit])
        at = self.position()
        return Message(self.village, self.device, self.replica, slots=slots, feed_at=at, lost=tuple(self.evidence))

    def receive(self, m: Message) -> None:
        before = self.position()
        if m.replica == self.replica:
            self._acknowledged(m.tips)
        if m.heads is not None:
            self._offer(m.heads)
        elif m.realign is not None:
            if m.realign == before:
                self._realign(m)
        else:
            self._extend(m.base, m.run)

    def _acknowledged(self, tips: tuple[tuple[int, str], ...]) -> None:
        mine = {(slot.seq, slot.head) for slot in self.journal}
        if any(tip not in mine for tip in tips):  # restored or cloned (protocol 11.5)
            self.new_replica()
        else:
            self.acked = max((seq for seq, _ in tips), default=0)

    def _offer(self, hub_heads: tuple[str, ...]) -> None:
        n = len(self.feed)
        while n and (n > len(hub_heads) or hub_heads[n - 1] != self.feed[n - 1].head):
            n -= 1
        before = self._rebuilt(self.feed[:n])
        own = {e.cid: self.outcomes[e.cid] for e in self.saved if self.outcomes.get(e.cid) != before.get(e.cid)}
        self._add_evidence(n, tuple(self.feed[n:]), own)

    def _rebuilt(self, feed: list[FeedEntry]) -> dict[str, Outcome]:
        """Return the outcomes that follow from a feed prefix."""
        other = self.copy()
        other.feed, other.layer, other.outcomes = [], {}, {}
        for entry in feed:
            other._apply(entry)
        return other.outcomes

    def _add_evidence(self, base: int, run: tuple[FeedEntry, ...], own: dict[str, Outcome]) -> None:
        if run:
            self.evidence = [lost for lost in self.evidence if lost[1][-1].head != run[-1].head]
            self.evidence.append(((base, self.feed[base - 1].head if base else ""), run, own))

    def _realign(self, m: Message) -> None:
        n = m.base[0]
        if n > len(self.feed) or (n and self.feed[n - 1].head != m.base[1]):
            return
        kept, self.feed, self.layer, self.outcomes, self.evidence = self.feed[:n], [], {}, {}, []
        for entry in kept:
            self._apply(entry)
        self._extend(m.base, m.run)
        self.reissue()

    def _extend(self, base: Position, run: tuple[FeedEntry, ...]) -> None:
        n = base[0]
        if n > len(self.feed) or (n and self.feed[n - 1].head != base[1]):
            return  # a gap, or it follows another branch
        for offset, entry in enumerate(run):
            at = n + offset
            if at >= len(self.feed):
                self._apply(entry)
            elif self.feed[at].head != entry.head:
                self._add_evidence(at, run[offset:], {})
                return

    def _apply(self, entry: FeedEntry) -> None:
        assert entry.head == feed_head(self.position()[1], entry.puts, entry.verdicts), "head does not follow"
        self.feed.append(entry)
        for put in entry.puts:
            self.layer[put.rid] = (put.kind, put.view)
        own = {saved.cid for saved in self.saved}
        for verdict in entry.verdicts:
            for cid, outcome in verdict.outcomes.items():
                if cid in own:
                    self.outcomes[cid] = outcome
            chain = self.chains.get(verdict.replica, [])
            if verdict.replica and len(chain) >= verdict.upto and chain[verdict.upto - 1].head == verdict.head:
                for slot in chain[: verdict.upto]:
                    self.outcomes.setdefault(slot.entry.cid, ACCEPTED)
