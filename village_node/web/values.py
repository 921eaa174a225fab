"""Show a record's values as people read them: label, value in words, old value, sign.

Decides which fields of a person a page shows and in which order; the labels are those of ``schemas.fields``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.bodies import from_wire, values_of
from schemas.fields import Field, fields_by_name, fields_by_tag
from sync_protocol.codec import decode_body
from sync_protocol.overlay import Shown
from sync_protocol.tables import NodeState
from village_node.store import NodeStore
from village_node.web.people import label, sign_of
from village_node.web.words import Words, spaced


@dataclass(frozen=True, slots=True)
class ValueRow:
    """One field of a record; ``old`` is the registry's value where the village's own differs from it."""

    name: str
    label: str
    value: str
    old: str | None
    sign: str


IDENTITY: tuple[str, ...] = (
    "nik",
    "name",
    "birth_place",
    "birth_on",
    "sex",
    "religion",
    "marital_status",
    "education",
    "occupation",
    "citizenship",
    "father_name",
    "mother_name",
    "phone",
)
"""What a person's page always shows."""

_NEVER = frozenset({"owner", "household_id", "void", "merged_into", "notes", "attachments", "head_id", "certified_at"})


def values_shown(shown: Shown) -> dict[str, Any]:
    """Return every field of a record's kind by name, None where nothing is known: what templates read."""
    return dict.fromkeys(fields_by_name(shown.kind)) | values_of(shown.kind, shown.body)


def in_words(field: Field, value: Any, words: Words) -> str:
    """Return a value as people read it; empty for none."""
    if value is None:
        return ""
    if field.type == "code" and isinstance(value, int):
        return words.label(label(field.code_list, value))
    if isinstance(value, dt.date):
        return words.day(value)
    if field.type == "number16":
        return spaced(str(value))
    return value.hex() if isinstance(value, bytes) else str(value)


def wire_in_words(kind: int, tag: int, value: Any, words: Words) -> str:
    """Return a value of an entry or a body as people read it."""
    field = fields_by_tag(kind).get(tag)
    if field is None:
        return "" if value is None else str(value)
    return in_words(field, from_wire(field, value), words) if value is not None else ""


def value_rows(
    store: NodeStore, record_id: bytes, shown: Shown, state: NodeState, words: Words, names: Sequence[str] = ()
) -> list[ValueRow]:
    """Return fields of a record as rows: the named ones always, else every other one that is filled in."""
    with store.reading() as working:
        held = working.tables.layer.get(record_id)
    registry: Mapping[int, Any] = decode_body(held.body) if held is not None and held.body else {}
    values, fields = values_of(shown.kind, shown.body), fields_by_name(shown.kind)
    wanted = names or [name for name in values if name not in _NEVER and name not in IDENTITY and name in fields]
    rows = []
    for name in wanted:
        field = fields[name]
        if field.type in {"set", "record"} or (not names and values.get(name) in (None, "")):
            continue
        is_own = field.tag in shown.waiting or field.tag in shown.in_review
        old = wire_in_words(shown.kind, field.tag, registry.get(field.tag), words) if is_own and held else None
        value = in_words(field, values.get(name), words)
        rows.append(
            ValueRow(
                name,
                words.label(field.label_id),
                value,
                old if old != value else None,
                sign_of(shown, state, {field.tag}),
            )
        )
    return rows
