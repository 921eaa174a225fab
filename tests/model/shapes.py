"""Shapes and policies of the executable protocol model: what travels and what is kept, without bytes, keys or tables.

A head is a hash of a prefix, a body is a dict of field names, a signature is the fact that only the model's hub makes a
feed entry.  Change ids start with "c", decision ids with "d".
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

IDENTITY, LATEST, SET = "identity", "latest", "set"
POLICY = {
    "name": IDENTITY,
    "nik": IDENTITY,
    "status": IDENTITY,
    "void": IDENTITY,
    "state": IDENTITY,
    "owner": IDENTITY,
    "phone": LATEST,
    "job": LATEST,
    "notes": SET,
    "certified": "system",
}
TICKS = 1000
"""An effective time is hub time times TICKS, plus ticks."""

Body = dict[str, Any]
Key = tuple[str, str]
"""A record id and a field; "*" is a whole create."""


@dataclass(frozen=True)
class Create:
    rid: str
    kind: str
    body: Body


@dataclass(frozen=True)
class Update:
    """For SET fields ``new`` is ("add" or "remove", element) and ``old`` is unused."""

    rid: str
    field: str
    old: Any
    new: Any


Op = Create | Update


def key_of(op: Op) -> Key:
    return (op.rid, op.field if isinstance(op, Update) else "*")


@dataclass(frozen=True)
class Entry:
    """``seen`` is the (feed position, head) that the writer had; ``after`` the writer's entry before."""

    cid: str
    ops: tuple[Op, ...]
    event: bool
    wall: int
    seen: tuple[int, str]
    after: str | None


@dataclass(frozen=True)
class Slot:
    """An entry at its place in one replica's journal."""

    replica: str
    seq: int
    prev: str
    head: str
    entry: Entry


@dataclass(frozen=True)
class Put:
    """``view`` is ("full", body, merged_into) or ("stub", body); ``digest`` is of the whole record."""

    rid: str
    kind: str
    ver: int
    prev: str
    digest: str
    owner: str
    cause: str
    view: tuple[Any, ...]


@dataclass(frozen=True)
class Outcome:
    fields: tuple[tuple[Key, str], ...]

    @property
    def kind(self) -> str:
        results = {result for _, result in self.fields}
        return next((k for k in ("review", "refused", "superseded") if k in results), "accepted")


ACCEPTED = Outcome(())


@dataclass(frozen=True)
class Verdict:
    """Replica "": final outcomes by change id; else a range, with exceptions."""

    replica: str
    upto: int
    head: str
    outcomes: dict[str, Outcome]


@dataclass(frozen=True)
class FeedEntry:
    head: str
    time: int
    puts: tuple[Put, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class Stamp:
    eff: int = 0
    cid: str = ""
    source: str = "village"
    timed: bool = True


@dataclass(frozen=True)
class Record:
    rid: str
    kind: str
    owner: str
    body: Body
    stamp: Stamp = Stamp()
    merged_into: str | None = None
    left: frozenset[str] = frozenset()
    ver: int = 0
    digest: str = ""
    prev: str = ""
    cause: str = ""
    stamps: dict[str, Stamp] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    cid: str
    ops: tuple[Op, ...]


Position = tuple[int, str]
Lost = tuple[Position, tuple[FeedEntry, ...], dict[str, Outcome]]


@dataclass
class Message:
    village: str
    device: str = ""
    replica: str = ""
    slots: tuple[Slot, ...] = ()
    feed_at: Position = (0, "")
    lost: tuple[Lost, ...] = ()
    base: Position = (0, "")
    run: tuple[FeedEntry, ...] = ()
    tips: tuple[tuple[int, str], ...] = ()
    heads: tuple[str, ...] | None = None
    realign: Position | None = None


def h(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def canon(body: Body) -> tuple[Any, ...]:
    def shape(name: str, value: Any) -> Any:
        return (tuple(sorted(value[0])), tuple(sorted(value[1]))) if POLICY.get(name) == SET else value

    return tuple(sorted((name, repr(shape(name, value))) for name, value in body.items() if value is not None))


def entry_head(prev: str, entry: Entry) -> str:
    return h("j", prev, entry.cid, entry.seen)


def feed_head(prev: str, puts: tuple[Put, ...], verdicts: tuple[Verdict, ...]) -> str:
    told = [(v.replica, v.upto, v.head, sorted((c, o.fields) for c, o in v.outcomes.items())) for v in verdicts]
    return h("f", prev, [(p.kind, p.rid, p.ver, p.prev, p.digest, p.owner, p.cause) for p in puts], told)


def apply_value(name: str, current: Any, new: Any) -> Any:
    if POLICY.get(name) != SET:
        return new
    adds, removes = current or (frozenset(), frozenset())
    verb, element = new
    return (adds | {element}, removes) if verb == "add" else (adds, removes | {element})
