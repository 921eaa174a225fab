"""List what a village must look at: cases under review, doubled NIKs, values that did not become the registry's.

Decides the words.  Each matter says about whom, which field, what was written, by whom and why, what stands now, and
the district's reason: nothing is dropped in silence.  What is a matter at all is ``inbox_marks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.bodies import from_wire, values_of
from schemas.codes import code_list
from schemas.errors import ProtocolError
from schemas.fields import Kind, fields_by_tag
from sync_protocol.codec import decode_body
from sync_protocol.entries import Add, Change, Create, Update, parse_entry_body
from sync_protocol.overlay import Shown
from village_node.clock import local_time
from village_node.inbox_marks import (
    IN_REVIEW,
    NIK_TWICE,
    OVERWRITTEN,
    REFUSED,
    SUPERSEDED,
    UNREADABLE,
    UNREADABLE_RECEIVED,
    Mark,
    inbox_marks,
    key_of,
    unreadable_marks,
)
from village_node.registration.corrections import REASON_PREFIX
from village_node.status import entry_word
from village_node.store import NodeStore, Working

__all__ = [
    "IN_REVIEW",
    "NIK_TWICE",
    "UNREADABLE",
    "UNREADABLE_RECEIVED",
    "Matter",
    "inbox_marks",
    "inbox_to_lines",
    "inbox_to_tree",
    "key_of",
    "read_inbox",
    "unreadable_matters",
]

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
    seen: str | None = None
    """What the officer's form showed when it was opened; None where that is not known."""
    own_reason: str = ""
    """Why the officer wrote it."""

    @property
    def words(self) -> str:
        """Return what happened, in plain words."""
        return _WORDS.get(self.code, self.code)


def read_inbox(store: NodeStore) -> list[Matter]:
    """Return everything that a person should look at: what is damaged here, what is under review, then the rest."""
    marks = inbox_marks(store)
    with store.reading() as working:
        matters = list(_in_words(working, marks))
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
    return _in_words(working, list(unreadable_marks(working)))


def _in_words(working: Working, marks: list[Mark]) -> Iterator[Matter]:
    """Give what was found with names and values, everything looked up at once."""
    shown = working.shown(list({mark.about_id for mark in marks if mark.about_id is not None}))
    working.tables.own.prefetch([mark.change_id for mark in marks if mark.change_id is not None])
    for mark in marks:
        record = shown.get(mark.about_id) if mark.about_id is not None else None
        if mark.unreadable is not None:
            yield _unreadable(mark, record)
        elif mark.code == NIK_TWICE:
            nik = str(values_of(Kind.RESIDENT, record.body).get("nik", "")) if record is not None else ""
            yield Matter(
                NIK_TWICE, mark.about_id, _name(record), "NIK", nik, nik, mark.reason, source_id=mark.source_id
            )
        else:
            yield _of_field(working, mark, record)


def _unreadable(mark: Mark, record: Shown | None) -> Matter:
    one = mark.unreadable
    assert one is not None, "only what is damaged"
    return Matter(
        mark.code,
        mark.about_id,
        _name(record),
        "",
        entry_word(one.kind),
        "",
        "",
        mark.change_id,
        officer=one.officer,
        wall_ms=one.wall_ms,
        number=one.ordinal,
    )


def _of_field(working: Working, mark: Mark, record: Shown | None) -> Matter:
    """Return a matter about one field, with what the village wrote there, if this laptop has that entry."""
    own = _own_writing(working, mark.change_id)
    change = mark.change or _change_of(own.changes, mark.about_id, mark.tag)
    kind = record.kind if record is not None else 0
    wire = change.new if isinstance(change, Update) else None
    if isinstance(change, Create):
        wire = change.body.get(mark.tag)
    # An element of a set is not one value: its matter has the tag 0, and the field is told all the same.
    tag = mark.tag or (change.tag if change is not None else 0)
    field, stands = _field(working, record, mark.about_id, tag)
    return Matter(
        mark.code,
        mark.about_id,
        _name(record),
        field,
        _text(kind, mark.tag, wire),
        stands,
        mark.reason,
        mark.change_id,
        mark.tag,
        wire,
        own.officer,
        own.wall_ms,
        source_id=mark.source_id,
        decided_at_seq=mark.entry.decided_at_seq if mark.entry is not None else None,
        is_decided_case=mark.is_decided_case,
        seen=_text(kind, mark.tag, change.old) if isinstance(change, Update) else None,
        own_reason=own.reason,
    )


@dataclass(frozen=True, slots=True)
class _Writing:
    """What is known of an own entry."""

    officer: str = ""
    wall_ms: int | None = None
    changes: tuple[Change, ...] = ()
    reason: str = ""


def _own_writing(working: Working, change_id: bytes | None) -> _Writing:
    own = working.tables.own.get(change_id) if change_id is not None else None
    if own is None:
        return _Writing()
    try:
        officer, changes = parse_entry_body(own.entry.body)
    except ProtocolError:
        return _Writing(wall_ms=own.entry.wall_ms)
    notes = (one.element for one in changes if isinstance(one, Add) and isinstance(one.element, str))
    reason = next((one.removeprefix(REASON_PREFIX) for one in notes if one.startswith(REASON_PREFIX)), "")
    return _Writing(officer, own.entry.wall_ms, changes, reason)


def _change_of(changes: Iterable[Change], about_id: bytes | None, tag: int) -> Change | None:
    """Return the change of one field; of a record that the entry created, the creation."""
    for one in changes:
        if one.record_id == about_id and tag and (one.tag == tag or (isinstance(one, Create) and tag in one.body)):
            return one
    return None


def _name(record: Shown | None) -> str:
    if record is None:
        return "(tidak dikenal)"
    values: Mapping[str, Any] = values_of(record.kind, record.body)
    named = values.get("name") or values.get("service") or values.get("family_number")
    if record.kind == Kind.VITAL_EVENT and isinstance(values.get("event_kind"), int):
        named = code_list("event_kind").label(values["event_kind"])
    return str(named or "(tanpa nama)")


def _field(working: Working, record: Shown | None, record_id: bytes | None, tag: int) -> tuple[str, str]:
    """Return the label of a field and the registry's value of it, without the own work on top."""
    if record_id is None or record is None or tag == 0:
        return "", ""
    named = fields_by_tag(record.kind).get(tag)
    held = working.tables.layer.get(record_id)
    body = decode_body(held.body) if held is not None and held.body else {}
    return (named.label_id if named is not None else str(tag)), _text(record.kind, tag, body.get(tag))


def _text(kind: int, tag: int, value: Any) -> str:
    """Return a wire value as people read it."""
    field = fields_by_tag(kind).get(tag)
    if value is None or field is None:
        return "" if value is None else str(value)
    if field.code_list and isinstance(value, int):
        return code_list(field.code_list).label(value)
    read = from_wire(field, value)
    return read.hex() if isinstance(read, bytes) else str(read)
