"""Find what the inbox holds, each matter by what makes it just that one, before anything is put into words.

Decides nothing: everything is in the registry layer or in the own outcomes already (protocol 3.7, 5.3, 5.4, 12.3).
Counting needs no more than this, so the number in the frame and the list on the page come from one place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select

from register.tables import RECORD
from schemas.bodies import values_of
from schemas.fields import Kind
from sync_protocol.cases import decided_of, is_open, proposals_of
from sync_protocol.codec import decode_body
from sync_protocol.entries import Change, Update
from sync_protocol.feed import FULL, Result
from sync_protocol.tables import Record, Stamp
from village_node.entry_states import EntryState, Verdict, entry_states
from village_node.store import NodeStore, Working
from village_node.unreadable import UnreadableEntry, open_unreadable, unreadable_entries

_KINDS = (Kind.CASE, Kind.FLAG, Kind.INBOX)
_REFUSED_SHOWN_MAX = 500

UNREADABLE, IN_REVIEW, NIK_TWICE, OVERWRITTEN, SUPERSEDED, REFUSED = (
    "unreadable",
    "in-review",
    "nik-twice",
    "overwritten",
    "superseded",
    "refused",
)

UNREADABLE_RECEIVED = "unreadable-received"
"""The entry is damaged here, and the hub has it: its outcome is still to come."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One matter as it was found.

    Args:
        change: what the village wrote, where that is known without looking for it.
        entry: the own entry that was refused or lost.
        unreadable: the own entry that a disk has damaged.
        source_id: the case, flag or notice that tells of it; ``values`` are its fields.
        is_decided_case: a registrar closed a case about it.
    """

    code: str
    about_id: bytes | None
    tag: int = 0
    change_id: bytes | None = None
    reason: str = ""
    change: Change | None = None
    entry: EntryState | None = None
    unreadable: UnreadableEntry | None = None
    source_id: bytes | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    is_decided_case: bool = False


class Named(Protocol):
    """What makes a matter just that one."""

    @property
    def code(self) -> str: ...

    @property
    def about_id(self) -> bytes | None: ...

    @property
    def tag(self) -> int: ...

    @property
    def change_id(self) -> bytes | None: ...


def key_of(one: Named) -> str:
    """Return the name of a matter: the same matter has it on every visit."""
    parts = (one.code.encode(), one.about_id or b"", str(one.tag).encode(), one.change_id or b"")
    return hashlib.sha256(b"|".join(part.hex().encode() for part in parts)).hexdigest()[:24]


def inbox_marks(store: NodeStore) -> list[Mark]:
    """Return everything that is in the inbox, answered or not, in no order."""
    with store.reading() as working:
        records = list(_records(working))
        found = [mark for record in records for mark in _of_record(record)]
        found += unreadable_marks(working)
    return found + list(_own(store, _reasons(records)))


def unreadable_marks(working: Working) -> Iterator[Mark]:
    """Give the own entries that a disk has damaged."""
    for one in open_unreadable(unreadable_entries(working.connection)):
        code = UNREADABLE_RECEIVED if one.is_received else UNREADABLE
        yield Mark(code, one.about_id, change_id=one.change_id, unreadable=one)


def _records(working: Working) -> Iterator[Record]:
    mine = (
        (RECORD.c.district_code == working.register.district_code)
        & (RECORD.c.village_id == working.village_id)
        & RECORD.c.kind.in_(_KINDS)
        & (RECORD.c.level == FULL)
    )
    query = select(RECORD.c.record_id, RECORD.c.kind, RECORD.c.body).where(mine).order_by(RECORD.c.record_id)
    for record_id, kind, raw in working.connection.execute(query).all():
        yield Record(record_id, kind, decode_body(raw), Stamp(0, b""))


def _of_record(record: Record) -> Iterator[Mark]:
    values, source_id = values_of(record.kind, record.body), record.record_id
    match record.kind:
        case Kind.CASE if is_open(record):
            reason = str(values.get("reason", ""))
            for proposal in proposals_of(record):
                for change in proposal.changes:
                    yield Mark(
                        IN_REVIEW,
                        change.record_id,
                        _tag_of(change),
                        proposal.change_id,
                        reason,
                        change,
                        source_id=source_id,
                    )
        case Kind.FLAG if values.get("is_open"):
            where = "di desa lain" if values.get("elsewhere") else "di desa ini"
            yield Mark(NIK_TWICE, values.get("about_id"), reason=where, source_id=source_id, values=values)
        case Kind.INBOX:
            number, change_id = values.get("field_tag"), values.get("change_id")
            tag = number if isinstance(number, int) else 0
            notice = str(values.get("notice"))
            yield Mark(notice, values.get("about_id"), tag, change_id, source_id=source_id, values=values)
        case _:
            pass


def _reasons(records: Iterable[Record]) -> dict[bytes, str]:
    """Return what the registrar wrote when deciding, by change id; a verdict itself says only that it was decided."""
    found: dict[bytes, str] = {}
    for record in records:
        if record.kind == Kind.CASE and not is_open(record):
            reason = str(values_of(Kind.CASE, record.body).get("reason", ""))
            found |= {change_id: reason for change_id, _ in decided_of(record)}
    return found


def _own(store: NodeStore, reasons: Mapping[bytes, str]) -> Iterator[Mark]:
    """Give the fields of own entries that were refused or lost, with the hub's reason."""
    for verdict, code, result in (
        (Verdict.REFUSED, REFUSED, Result.REFUSED),
        (Verdict.SUPERSEDED, SUPERSEDED, Result.SUPERSEDED),
    ):
        for state in entry_states(store, verdict=verdict, limit=_REFUSED_SHOWN_MAX):
            outcome = state.outcome
            lost = {one[:2] for one in outcome.fields if one[2] == result} if outcome is not None else set()
            of_case = reasons.get(state.change_id)
            reason = of_case or (outcome.reason if outcome is not None else "")
            for change in state.changes:
                if (change.record_id, change.tag) in lost:
                    yield Mark(
                        code,
                        change.record_id,
                        _tag_of(change),
                        state.change_id,
                        reason,
                        change,
                        state,
                        is_decided_case=of_case is not None,
                    )


def _tag_of(change: Change) -> int:
    return change.tag if isinstance(change, Update) else 0
