"""Collect the changes of one officer action, with the old value the form showed, and save them as one entry.

Decides the form of a change (protocol 2.3): only what differs travels, each with what was shown.  Checks types and
codes through ``schemas``; the rules of each event are in its own module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.bodies import body_of, to_wire, values_of
from schemas.codes import EventKind, EventState, Sex, code_list
from schemas.errors import DataError, RefusedError
from schemas.fields import Field, Kind, fields_by_name
from schemas.shapes import shape_of
from sync_protocol.entries import Add, Change, Create, EntryKind, Update
from village_node.registration.desk_port import DeskPort


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the officer should look at; it never stops the entry (flag, never block)."""

    code: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class PaperState:
    """A paper that an event needs, by its code of ``schemas.papers``."""

    code: str
    label: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a use case did: ``change_id`` is None for a trial run, or if there was nothing to change."""

    change_id: bytes | None
    event_id: bytes | None
    created: tuple[bytes, ...]
    changes: tuple[Change, ...]
    cautions: tuple[Caution, ...]
    papers: tuple[PaperState, ...] = ()


@dataclass
class EntryDraft:
    """The changes of one action so far; nothing is written before ``save``."""

    desk: DeskPort
    event_id: bytes | None = None
    cautions: list[Caution] = field(default_factory=list)
    papers: list[PaperState] = field(default_factory=list)
    _creates: dict[bytes, Create] = field(default_factory=dict)
    _updates: dict[tuple[bytes, int], Update] = field(default_factory=dict)
    _adds: list[Add] = field(default_factory=list)

    def caution(self, code: str, name: str, message: str) -> None:
        """Note something to look at."""
        self.cautions.append(Caution(code, name, message))

    def create(self, kind: Kind, values: Mapping[str, Any], record_id: bytes | None = None) -> bytes:
        """Add a new record and return its id; nulls and blanks are left out.

        Raises DataError for a value of the wrong form, CodeError for a code that is not in its list.
        """
        clean = checked_values(kind, values)
        new_id = record_id if record_id is not None else self.desk.new_id()
        self._creates[new_id] = Create(new_id, int(kind), body_of(kind, clean))
        return new_id

    def declare(self, event_kind: EventKind, values: Mapping[str, Any]) -> bytes:
        """Add a vital event: declared by the village, entered today; an entry is named after its first one."""
        stated = {**values, "event_kind": int(event_kind), "state": int(EventState.DECLARED)}
        event_id = self.create(Kind.VITAL_EVENT, {**stated, "entered_on": self.desk.today()})
        if self.event_id is None:
            self.event_id = event_id
        return event_id

    def update(self, record_id: bytes, wanted: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> None:
        """Change fields of a record that exists; what equals the shown value does not travel.

        Args:
            wanted: new values by field name; None empties a field.
            shown: what the form showed, if it was opened earlier; else what is shown now.
        """
        record = self.desk.shown(record_id)
        if record is None:
            raise RefusedError("Data tidak ditemukan", code="record-unknown", hint="Cari kembali orang atau keluarga.")
        names = fields_by_name(record.kind)
        clean = checked_values(record.kind, wanted)
        for name in wanted:
            one = _writable(names, name)
            seen = record.body.get(one.tag) if shown is None else to_wire(one, shown.get(name))
            self._put(Update(record_id, one.tag, seen, to_wire(one, clean.get(name))))
        if record.kind == Kind.RESIDENT and clean.get("sex") == Sex.MALE and "pregnancy" not in wanted:
            # What is known of a woman only does not stay on somebody recorded as a man.
            tag = names["pregnancy"].tag
            self._put(Update(record_id, tag, record.body.get(tag), None))

    def change(self, update: Update) -> None:
        """Add an update whose wire values are known already."""
        self._put(update)

    def _put(self, update: Update) -> None:
        key = (update.record_id, update.tag)
        earlier = self._updates.pop(key, None)
        old = update.old if earlier is None else earlier.old
        if old != update.new:
            self._updates[key] = Update(update.record_id, update.tag, old, update.new)

    def note(self, record_id: bytes, name: str, element: Any) -> None:
        """Add an element to a set, of a record that this very draft creates too."""
        created = self._creates.get(record_id)
        shown = self.desk.shown(record_id) if created is None else None
        kind = created.kind if created is not None else shown.kind if shown is not None else int(Kind.RESIDENT)
        self._adds.append(Add(record_id, fields_by_name(kind)[name].tag, element))

    def touched(self) -> tuple[bytes, ...]:
        """Return the existing records that the draft updates."""
        return tuple(dict.fromkeys(update.record_id for update in self._updates.values()))

    def after(self, record_id: bytes) -> dict[str, Any]:
        """Return the values an existing record will have, by field name."""
        record = self.desk.shown(record_id)
        if record is None:
            return {}
        body = dict(record.body)
        for update in self._updates.values():
            if update.record_id == record_id:
                body[update.tag] = update.new
        return values_of(record.kind, {tag: value for tag, value in body.items() if value is not None})

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return all changes: creates first, in the order of drafting."""
        return (*self._creates.values(), *self._updates.values(), *self._adds)

    def save(self, kind: EntryKind, *, dry_run: bool = False) -> Recorded:
        """Write the entry, unless this is a trial run or nothing changes."""
        changes = self.changes
        change_id = None
        if changes and not dry_run:
            change_id = self.desk.save(kind, changes).change_id
        return Recorded(
            change_id, self.event_id, tuple(self._creates), changes, tuple(self.cautions), tuple(self.papers)
        )


def checked_values(kind: int, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return named values without nulls, texts trimmed and in NFC, after checking form and codes.

    Raises DataError with ``field`` set.
    """
    names = fields_by_name(kind)
    clean: dict[str, Any] = {}
    for name, value in values.items():
        one = _writable(names, name)
        trimmed = _tidy(value)
        if trimmed is None:
            continue
        if one.type == "code":
            _check_code(one, trimmed)
        clean[name] = trimmed
    try:
        shape_of(kind, clean)
    except DataError as error:
        if not error.hint and error.field in names:
            error.hint = f"Periksa isian {names[error.field].label_id}."
        raise
    return clean


def _writable(names: Mapping[str, Field], name: str) -> Field:
    found = names.get(name)
    if found is None:
        raise DataError(
            f"Isian {name!r} tidak dikenal",
            code="field-unknown",
            hint=f"Isian yang ada: {', '.join(sorted(names))}.",
            field=name,
        )
    return found


def _check_code(one: Field, value: Any) -> None:
    if not isinstance(value, int):
        raise DataError(f"{one.label_id}: isi dengan kode angka", code="shape", field=one.name, value=value)
    try:
        code_list(one.code_list).from_int(value)
    except DataError as error:
        error.field = one.name
        raise


def _tidy(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(unicodedata.normalize("NFC", value).split()) or None
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(value) or None
    return value
