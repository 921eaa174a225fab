"""Say fields and values of records in plain words, for a registrar's screen and for the morning report.

Tolerant: a code or a tag of a newer village is shown as its number, never refused (protocol 4.2).  Knows no page, no
colour and no rule; names of people and villages are looked up through what is passed in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from schemas.bodies import from_wire
from schemas.codes import CODE_LISTS
from schemas.fields import Kind, fields_by_tag, tag_of
from sync_protocol.tables import Record

NOTHING = "—"

_KIND_WORDS = {
    Kind.HOUSEHOLD: ("keluarga", "household"),
    Kind.RESIDENT: ("penduduk", "resident"),
    Kind.VITAL_EVENT: ("peristiwa", "event"),
    Kind.REQUEST: ("permohonan", "request"),
    Kind.LETTER: ("surat", "letter"),
    Kind.ATTACHMENT: ("lampiran", "attachment"),
    Kind.CASE: ("kasus", "case"),
    Kind.FLAG: ("tanda", "flag"),
    Kind.INBOX: ("pemberitahuan", "notice"),
}
_NAME, _NIK = tag_of(Kind.RESIDENT, "name"), tag_of(Kind.RESIDENT, "nik")
_FAMILY_NUMBER, _HEAD = tag_of(Kind.HOUSEHOLD, "family_number"), tag_of(Kind.HOUSEHOLD, "head_id")
_EVENT_KIND, _SUBJECT = tag_of(Kind.VITAL_EVENT, "event_kind"), tag_of(Kind.VITAL_EVENT, "subject_id")

RecordOf = Callable[[bytes], Record | None]


def kind_word(kind: int, language: str = "id") -> str:
    """Return what a kind of record is called."""
    try:
        return _KIND_WORDS[Kind(kind)][language == "en"]
    except ValueError:
        return f"kind {kind}" if language == "en" else f"jenis {kind}"


def field_label(kind: int, tag: int, language: str = "id") -> str:
    """Return a field's label; tag 0 is a whole new record (protocol 3.7)."""
    if tag == 0:
        return "whole new record" if language == "en" else "catatan baru utuh"
    field = fields_by_tag(kind).get(tag)
    if field is None:
        return f"field {tag}" if language == "en" else f"isian {tag}"
    return field.label_en if language == "en" else field.label_id


def value_words(
    kind: int,
    tag: int,
    value: Any,
    *,
    record_of: RecordOf = lambda _: None,
    village_names: Mapping[int, str] | None = None,
    language: str = "id",
) -> str:
    """Return a wire value as an officer reads it: codes as labels, days as dates, records and villages as names."""
    if value is None:
        return NOTHING
    field = fields_by_tag(kind).get(tag)
    if field is None:
        return value.hex() if isinstance(value, bytes) else str(value)
    shown = from_wire(field, value)
    if isinstance(shown, dt.date):
        return shown.strftime("%d-%m-%Y")
    if isinstance(shown, bool):
        return ("yes" if language == "en" else "ya") if shown else NOTHING
    if field.type == "code" and isinstance(shown, int):
        return CODE_LISTS[field.code_list].label(shown, language)
    if field.type == "village" and isinstance(shown, int):
        return (village_names or {}).get(shown, str(shown))
    if isinstance(shown, bytes):
        record = record_of(shown)
        return record_name(record, record_of, language=language) if record is not None else shown.hex()
    if isinstance(shown, list):
        names = [record_of(each) if isinstance(each, bytes) else None for each in shown]
        words = [
            record_name(record, record_of, language=language) if record is not None else _plain(each)
            for record, each in zip(names, shown, strict=True)
        ]
        return ", ".join(words)
    return str(shown)


def _plain(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)


def record_name(record: Record, record_of: RecordOf = lambda _: None, *, language: str = "id") -> str:
    """Return the name by which people know a record: a person's, a family's number and head, an event's subject."""
    body = record.body
    match record.kind:
        case Kind.RESIDENT:
            return str(body.get(_NAME) or body.get(_NIK) or record.record_id.hex())
        case Kind.HOUSEHOLD:
            number = body.get(_FAMILY_NUMBER)
            head = record_of(body[_HEAD]) if _HEAD in body else None
            parts = [f"{number:016d}" if isinstance(number, int) else "", record_name(head) if head else ""]
            return " ".join(filter(None, ["KK", *parts])) if any(parts) else f"KK {record.record_id.hex()}"
        case Kind.VITAL_EVENT:
            code = body.get(_EVENT_KIND)
            label = CODE_LISTS["event_kind"].label(code, language) if isinstance(code, int) else "?"
            subject = record_of(body[_SUBJECT]) if _SUBJECT in body else None
            return f"{label}: {record_name(subject)}" if subject else label
        case _:
            return f"{kind_word(record.kind, language)} {record.record_id.hex()}"
