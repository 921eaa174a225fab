"""List what a village must look at: cases under review, doubled NIKs, values that did not become the registry's.

Decides nothing: everything here is in the registry layer or in the own outcomes already (protocol 3.7, 5.3, 5.4, 12.3).
Each matter says about whom, which field, what was written, what stands now, and why: nothing is dropped in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from register.tables import RECORD
from schemas.bodies import from_wire, values_of
from schemas.codes import code_list
from schemas.fields import Kind, fields_by_tag
from sync_protocol.cases import decided_of, is_open, proposals_of
from sync_protocol.codec import decode_body
from sync_protocol.entries import Change, Update
from sync_protocol.feed import FULL, Result
from sync_protocol.overlay import Shown
from sync_protocol.tables import Record, Stamp
from village_node.clock import local_time
from village_node.entry_states import Verdict, entry_states
from village_node.status import entry_word
from village_node.store import NodeStore, Working
from village_node.unreadable import open_unreadable, unreadable_entries

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

_WORDS = {
    UNREADABLE: "catatan ini rusak di laptop sebelum sampai ke kabupaten",
    UNREADABLE_RECEIVED: "catatan ini rusak di laptop; kabupaten sudah menerimanya",
    IN_REVIEW: "sedang ditinjau kabupaten",
    NIK_TWICE: "NIK ini juga dipakai orang lain",
    OVERWRITTEN: "ditimpa oleh perubahan yang lebih baru",
    SUPERSEDED: "kalah oleh perubahan yang lebih baru",
    REFUSED: "tidak diterima kabupaten",
    "decided-otherwise": "diputuskan lain sesudah pemulihan di kabupaten",
}


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing to look at; ``written`` is the value that an officer wrote, ``stands`` the registry's now.

    ``source_id`` is the case, flag or notice that tells of it, ``decided_at_seq`` the feed position of the verdict, and
    ``is_decided_case`` says that a registrar closed a case about it.
    """

    code: str
    about_id: bytes | None
    name: str
    field: str
    written: str
    stands: str
    reason: str
    change_id: bytes | None = None
    tag: int = 0
    wire: Any = None
    """The value that was written, as it travels."""
    officer: str = ""
    wall_ms: int | None = None
    number: int = 0
    """The number of the own entry, where an entry as a whole is meant."""
    source_id: bytes | None = None
    decided_at_seq: int | None = None
    is_decided_case: bool = False

    @property
    def words(self) -> str:
        """Return what happened, in plain words."""
        return _WORDS.get(self.code, self.code)


def read_inbox(store: NodeStore) -> list[Matter]:
    """Return everything that a person should look at: what is damaged here, what is under review, then the rest."""
    with store.reading() as working:
        records = list(_records(working))
        matters = [
            replace(matter, source_id=record.record_id) for record in records for matter in _matters(working, record)
        ]
        matters += unreadable_matters(working)
    matters += _own(store, _reasons(records))
    order = list(_WORDS)
    return sorted(
        matters, key=lambda one: (order.index(one.code) if one.code in _WORDS else len(order), one.number, one.name)
    )


def inbox_to_tree(matters: list[Matter]) -> list[dict[str, Any]]:
    """Return matters as JSON objects."""
    return [
        {
            "code": one.code,
            "record": one.about_id.hex() if one.about_id is not None else None,
            "name": one.name,
            "field": one.field,
            "written": one.written,
            "stands": one.stands,
            "reason": one.reason,
            "change": one.change_id.hex() if one.change_id is not None else None,
            "number": one.number or None,
            "officer": one.officer,
            "wall_ms": one.wall_ms,
        }
        for one in matters
    ]


def inbox_to_lines(matters: list[Matter], utc_offset_minutes: int = 0) -> list[str]:
    """Return matters as lines for the officer, times by the village's clock."""
    lines = []
    for one in matters:
        field = f", {one.field}" if one.field else ""
        values = f": ditulis {one.written or '(kosong)'}, di kabupaten {one.stands or '(kosong)'}" if one.field else ""
        reason = f" ({one.reason})" if one.reason else ""
        number = f" (nomor {one.number}, {one.written}{_when_and_who(one, utc_offset_minutes)})" if one.number else ""
        lines.append(f"{one.name}{field}{values} - {one.words}{reason}{number}")
    return lines


def _when_and_who(matter: Matter, utc_offset_minutes: int) -> str:
    parts = [matter.officer]
    if matter.wall_ms is not None:
        parts.insert(0, f"{local_time(matter.wall_ms, utc_offset_minutes):%d-%m-%Y %H:%M}")
    return "".join(f", {part}" for part in parts if part)


def unreadable_matters(working: Working) -> Iterator[Matter]:
    """Give the own entries that a disk has damaged, with all that is still known of them."""
    for one in open_unreadable(unreadable_entries(working.connection)):
        name, _ = _shown(working, one.about_id)
        code = UNREADABLE_RECEIVED if one.is_received else UNREADABLE
        yield Matter(
            code,
            one.about_id,
            name,
            "",
            entry_word(one.kind),
            "",
            "",
            one.change_id,
            officer=one.officer,
            wall_ms=one.wall_ms,
            number=one.ordinal,
        )


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


def _matters(working: Working, record: Record) -> Iterator[Matter]:
    values = values_of(record.kind, record.body)
    match record.kind:
        case Kind.CASE if is_open(record):
            for proposal in proposals_of(record):
                for change in proposal.changes:
                    yield _of_change(working, change, IN_REVIEW, str(values.get("reason", "")), proposal.change_id)
        case Kind.FLAG if values.get("is_open"):
            about = values.get("about_id")
            where = "di desa lain" if values.get("elsewhere") else "di desa ini"
            name, shown = _shown(working, about)
            nik = str(values_of(Kind.RESIDENT, shown.body).get("nik", "")) if shown is not None else ""
            yield Matter(NIK_TWICE, about, name, "NIK", nik, nik, where)
        case Kind.INBOX:
            about, tag = values.get("about_id"), values.get("field_tag")
            name, shown = _shown(working, about)
            field, stands = _field(working, about, shown, tag)
            change_id = values.get("change_id")
            number = tag if isinstance(tag, int) else 0
            yield Matter(str(values.get("notice")), about, name, field, "", stands, "", change_id, number)
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


def _own(store: NodeStore, reasons: Mapping[bytes, str]) -> Iterator[Matter]:
    """Give the fields of own entries that were refused or lost, with the hub's reason."""
    for verdict, code, result in (
        (Verdict.REFUSED, REFUSED, Result.REFUSED),
        (Verdict.SUPERSEDED, SUPERSEDED, Result.SUPERSEDED),
    ):
        for state in entry_states(store, verdict=verdict, limit=_REFUSED_SHOWN_MAX):
            outcome = state.outcome
            lost = {field[:2] for field in outcome.fields if field[2] == result} if outcome is not None else set()
            of_case = reasons.get(state.change_id)
            reason = of_case or (outcome.reason if outcome is not None else "")
            with store.reading() as working:
                for change in state.changes:
                    if (change.record_id, change.tag) in lost:
                        matter = _of_change(working, change, code, reason, state.change_id)
                        yield replace(
                            matter,
                            officer=state.officer,
                            wall_ms=state.wall_ms,
                            decided_at_seq=state.decided_at_seq,
                            is_decided_case=of_case is not None,
                        )


def _of_change(working: Working, change: Change, code: str, reason: str, change_id: bytes) -> Matter:
    name, shown = _shown(working, change.record_id)
    field, stands = _field(working, change.record_id, shown, change.tag)
    kind = shown.kind if shown is not None else 0
    written = _text(kind, change.tag, change.new) if isinstance(change, Update) else ""
    tag, wire = (change.tag, change.new) if isinstance(change, Update) else (0, None)
    return Matter(code, change.record_id, name, field, written, stands, reason, change_id, tag, wire)


def _shown(working: Working, record_id: bytes | None) -> tuple[str, Shown | None]:
    shown = working.shown([record_id])[record_id] if record_id is not None else None
    if shown is None:
        return "(tidak dikenal)", None
    values = values_of(shown.kind, shown.body)
    named = values.get("name") or values.get("service") or values.get("family_number")
    if shown.kind == Kind.VITAL_EVENT and isinstance(values.get("event_kind"), int):
        named = code_list("event_kind").label(values["event_kind"])
    return str(named or "(tanpa nama)"), shown


def _field(working: Working, record_id: bytes | None, shown: Shown | None, tag: Any) -> tuple[str, str]:
    """Return the label of a field and the registry's value of it, without the own work on top."""
    if record_id is None or shown is None or not isinstance(tag, int) or tag == 0:
        return "", ""
    named = fields_by_tag(shown.kind).get(tag)
    held = working.tables.layer.get(record_id)
    body = decode_body(held.body) if held is not None and held.body else {}
    return (named.label_id if named is not None else str(tag)), _text(shown.kind, tag, body.get(tag))


def _text(kind: int, tag: int, value: Any) -> str:
    """Return a wire value as people read it."""
    field = fields_by_tag(kind).get(tag)
    if value is None or field is None:
        return "" if value is None else str(value)
    if field.code_list and isinstance(value, int):
        return code_list(field.code_list).label(value)
    read = from_wire(field, value)
    return read.hex() if isinstance(read, bytes) else str(read)
