"""Undo a registrar's decision: an ordinary edit back that quotes it, where what it wrote still stands (protocol 5.5).

Nothing is unmade: the decision stays in the history, and undoing it is another one with a reason of its own.  A value
that somebody has changed since is left alone and told.  A record that the decision created, and nobody has changed, is
annulled; elements of sets stay.  A case stays closed: its villages have been told, and read the new values.  Not here:
taking back a merge (``unmerging``), which has more to give back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Row, select

from district_hub.reading import HubReader
from district_hub.registrar import Registrar, need_reason, need_record, registry_of, write_edits
from district_hub.store import HubStore
from district_hub.tables import DECISION, VERSION
from schemas.errors import RefusedError
from schemas.fields import TAG_MERGED_INTO, TAG_VOID, Policy, policy_of
from sync_protocol.codec import decode_body
from sync_protocol.decisions import Edit
from sync_protocol.registry import HUB_KINDS
from sync_protocol.tables import Record


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision of the history: who decided what, when and why."""

    decision_id: bytes
    registrar: str
    action: str
    reason: str
    decided_ms: int


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A field that undoing left as it is; ``why`` is a code."""

    record_id: bytes
    kind: int
    tag: int
    why: str


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing a decision wrote: the edits back, and the fields left alone."""

    decision: DecisionLine
    edits: tuple[Edit, ...]
    left: tuple[LeftAlone, ...]


def list_decisions(reader: HubReader, *, limit: int = 50) -> list[DecisionLine]:
    """Return the newest decisions first."""
    query = select(DECISION).where(DECISION.c.district_code == reader.district_code)
    newest = query.order_by(DECISION.c.decided_ms.desc(), DECISION.c.decision_id).limit(limit)
    return [_line_of(row) for row in reader.connection.execute(newest)]


def undo_decision(store: HubStore, decision_id: bytes, *, reason: str, registrar: Registrar, now_ms: int) -> Undone:
    """Write back what a decision changed, wherever its values still stand, as one decision that quotes it.

    Raises RefusedError: "decision-unknown", "decision-merge" for a merge, "nothing-to-undo" if nothing of it stands,
    "reason-missing".
    """
    reason = need_reason(reason)
    with store.reading() as reader:
        line = _need_decision(reader, decision_id)
        touched = _touched(reader, decision_id)
    if line.action == "merge":
        raise RefusedError(
            "a merge is taken back as a merge", code="decision-merge", hint="Use `kampung hub unmerge RECORD`."
        )
    with registry_of(store, registrar, touched, now_ms) as registry:
        reader = HubReader(registry.connection, store.district_code)
        edits: list[Edit] = []
        left: list[LeftAlone] = []
        for record_id in touched:
            record = need_record(registry.record(record_id), record_id)
            for found in _back(reader, record, decision_id, line):
                if isinstance(found, Edit):
                    edits.append(found)
                else:
                    left.append(found)
        if not edits:
            raise RefusedError(
                "nothing of this decision still stands",
                code="nothing-to-undo",
                hint="What it wrote was changed since: see `kampung hub history`.",
            )
        quoted = f"{reason} (undoes {line.action} {decision_id.hex()[:10]} by {line.registrar}: {line.reason})"
        write_edits(registry, registrar, edits, reason=quoted, verb="undo")
    return Undone(line, tuple(edits), tuple(left))


def _need_decision(reader: HubReader, decision_id: bytes) -> DecisionLine:
    mine = (DECISION.c.district_code == reader.district_code, DECISION.c.decision_id == decision_id)
    row = reader.connection.execute(select(DECISION).where(*mine)).first()
    if row is None:
        raise RefusedError(
            f"there is no decision {decision_id.hex()}",
            code="decision-unknown",
            hint="List them with `kampung hub decisions`.",
        )
    return _line_of(row)


def _line_of(row: Row[tuple[object, ...]]) -> DecisionLine:
    return DecisionLine(*(getattr(row, name) for name in DecisionLine.__slots__))


def _touched(reader: HubReader, decision_id: bytes) -> list[bytes]:
    """Return the records of which the decision made a version, cases and other words of the hub left out."""
    mine = (VERSION.c.district_code == reader.district_code, VERSION.c.cause == decision_id)
    query = select(VERSION.c.record_id).where(*mine, VERSION.c.kind.not_in(HUB_KINDS)).distinct()
    return sorted(reader.connection.scalars(query))


def _back(reader: HubReader, record: Record, decision_id: bytes, line: DecisionLine) -> Iterator[Edit | LeftAlone]:
    """Give the edit back of every field that the decision changed, or why it is left alone."""
    mine = (VERSION.c.district_code == reader.district_code, VERSION.c.record_id == record.record_id)
    rows = reader.connection.execute(select(VERSION).where(*mine).order_by(VERSION.c.version)).all()
    made = next(row for row in rows if row.cause == decision_id)
    before = _body_before(rows, made.version)
    if before is None:
        if record.is_void or rows[-1].cause != decision_id:
            yield LeftAlone(record.record_id, record.kind, TAG_VOID, "changed-since")
        else:
            words = f"{line.action} {decision_id.hex()[:10]}"
            yield Edit(record.record_id, TAG_VOID, None, f"undone: {words}")
        return
    after = decode_body(made.body) if made.body else {}
    for tag in sorted({*before, *after}):
        old, new = before.get(tag), after.get(tag)
        if old == new:
            continue
        held = record.body.get(tag)
        if policy_of(record.kind, tag) is Policy.SET or tag == TAG_MERGED_INTO:
            yield LeftAlone(record.record_id, record.kind, tag, "stays")
        elif held != new:
            yield LeftAlone(record.record_id, record.kind, tag, "changed-since")
        else:
            yield Edit(record.record_id, tag, held, old)


def _body_before(rows: Iterable[Row[tuple[object, ...]]], version: int) -> dict[int, object] | None:
    earlier = [row for row in rows if row.version < version]
    return (decode_body(earlier[-1].body) if earlier[-1].body else {}) if earlier else None
