"""Find what was built on an import since: later work on its records, what the district changed, what refers to them.

Only the records are looked at, so it does not matter who built, on which laptop.  Undoing is ``undoing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select

from register.by_key import chunks
from register.tables import INDEX_TABLES, LEVEL_FULL
from schemas.bodies import Body
from schemas.codes import code_list
from schemas.errors import RefusedError
from schemas.fields import TAG_MERGED_INTO, TAG_OWNER, TAG_VOID, Kind, fields_of, tag_of
from sync_protocol.entries import Change, Create, EntryKind, Update, parse_entry_body
from village_node.store import Working
from village_node.tables import IMPORT_SPAN, OWN_CHANGE, OWN_TOUCH
from village_node.unreadable import LISTED

_NAME, _NUMBER = tag_of(Kind.RESIDENT, "name"), tag_of(Kind.HOUSEHOLD, "family_number")
_EVENT_KIND = tag_of(Kind.VITAL_EVENT, "event_kind")
_KIND_WORDS = {
    Kind.HOUSEHOLD: "keluarga",
    Kind.RESIDENT: "orang",
    Kind.VITAL_EVENT: "peristiwa",
    Kind.REQUEST: "permohonan",
    Kind.LETTER: "surat",
}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A record of the batch that something was built on; ``name`` and ``what`` are for the officer."""

    record_id: bytes
    name: str
    what: str


@dataclass(slots=True)
class _Written:
    """What a batch wrote: bodies created, values of records brought back, the last entry that touched each record."""

    created: dict[bytes, Body] = field(default_factory=dict)
    revived: dict[bytes, Body] = field(default_factory=dict)
    last: dict[bytes, int] = field(default_factory=dict)

    def take(self, ordinal: int, changes: tuple[Change, ...]) -> None:
        """Take in one entry of the batch, in the order of writing."""
        for change in changes:
            self.last[change.record_id] = ordinal
            if isinstance(change, Create):
                self.created[change.record_id] = dict(change.body)
            elif isinstance(change, Update):
                if change.tag == TAG_VOID and change.new is None:
                    self.revived.setdefault(change.record_id, {})
                for brought in (self.created, self.revived):
                    if change.record_id in brought:
                        brought[change.record_id][change.tag] = change.new

    def brought_in(self, record_id: bytes) -> bool:
        """Tell whether the record is in the register by this batch."""
        return record_id in self.created or record_id in self.revived


def find_obstacles(working: Working, batch_id: bytes) -> list[Obstacle]:
    """Return the records of a batch that something was built on, each once, in the order of writing."""
    written = _Written()
    for first, last in _spans(working, mine=batch_id):
        for ordinal, changes in changes_of_span(working, first, last):
            written.take(ordinal, changes)
    found: dict[bytes, str] = {}
    for record_id, what in (
        *_later_entries(working, written),
        *_later_imports(working, batch_id, written),
        *_referring(working, written),
        *_changed_elsewhere(working, written),
    ):
        found.setdefault(record_id, what)
    order = {record_id: place for place, record_id in enumerate(written.last)}
    ids = sorted(found, key=order.__getitem__)
    return [
        Obstacle(record_id, name, found[record_id]) for record_id, name in zip(ids, _names(working, ids), strict=True)
    ]


def changes_of_span(working: Working, first: int, last: int) -> Iterator[tuple[int, tuple[Change, ...]]]:
    """Yield the own entries between two ordinals with their changes, in the order of writing.

    Raises RefusedError "import-damaged" if a disk has damaged one of them: what it wrote is not known any more.
    """
    query = select(OWN_CHANGE.c.ordinal, OWN_CHANGE.c.change_id).where(OWN_CHANGE.c.ordinal.between(first, last))
    rows = list(working.connection.execute(query.order_by(OWN_CHANGE.c.ordinal)))
    if not _damaged(working).isdisjoint(change_id for _, change_id in rows):
        raise RefusedError(
            "Sebagian catatan impor rusak di laptop ini, jadi impornya tidak dapat dibatalkan",
            code="import-damaged",
            hint="Tidak ada yang diubah. Betulkan orangnya satu per satu, atau impor berkas yang sudah dibetulkan.",
        )
    working.tables.own.prefetch([change_id for _, change_id in rows])
    for ordinal, change_id in rows:
        yield ordinal, parse_entry_body(working.tables.own.need(change_id).entry.body)[1]


def _spans(working: Working, *, mine: bytes | None = None, not_mine: bytes | None = None) -> list[tuple[int, int]]:
    is_wanted = IMPORT_SPAN.c.batch_id == mine if mine is not None else IMPORT_SPAN.c.batch_id != not_mine
    query = select(IMPORT_SPAN.c.first_ordinal, IMPORT_SPAN.c.last_ordinal).where(is_wanted)
    return [(row[0], row[1]) for row in working.connection.execute(query.order_by(IMPORT_SPAN.c.first_ordinal))]


def _later_entries(working: Working, written: _Written) -> Iterator[tuple[bytes, str]]:
    for chunk in chunks(written.last):
        touches = and_(
            OWN_TOUCH.c.record_id.in_(chunk), OWN_TOUCH.c.ordinal > min(map(written.last.__getitem__, chunk))
        )
        query = select(OWN_TOUCH.c.record_id, OWN_TOUCH.c.ordinal, OWN_TOUCH.c.change_id).where(touches)
        for record_id, ordinal, change_id in working.connection.execute(query.order_by(OWN_TOUCH.c.ordinal)):
            if ordinal > written.last[record_id]:
                yield record_id, _what(working, change_id)


def _what(working: Working, change_id: bytes) -> str:
    """Say what an entry was: the event it declared, or that it was a correction; or that nobody knows any more."""
    if change_id in _damaged(working):
        return "catatan yang rusak"
    own = working.tables.own.need(change_id)
    for change in parse_entry_body(own.entry.body)[1]:
        if isinstance(change, Create) and change.kind == Kind.VITAL_EVENT:
            return code_list("event_kind").label(change.body.get(_EVENT_KIND, 0)).lower()
    return "dibetulkan" if own.entry.kind == EntryKind.CORRECTION else "dicatat sesudahnya"


def _damaged(working: Working) -> set[bytes]:
    """Return the own entries that a disk has damaged: a handful at most."""
    return set(working.connection.scalars(LISTED))


def _later_imports(working: Working, batch_id: bytes, written: _Written) -> Iterator[tuple[bytes, str]]:
    begun = min(written.last.values(), default=0)
    for first, last in _spans(working, not_mine=batch_id):
        for ordinal, changes in changes_of_span(working, first, last) if last > begun else ():
            for change in changes:
                if ordinal > written.last.get(change.record_id, ordinal):
                    yield change.record_id, "diubah impor lain"


def _referring(working: Working, written: _Written) -> Iterator[tuple[bytes, str]]:
    """Yield the created records that a record from elsewhere names: a child of the family, a letter of the person."""
    for kind, table in INDEX_TABLES.items():
        for one in fields_of(kind):
            if one.type != "record" or one.name not in table.c or one.tag == TAG_MERGED_INTO:
                continue
            column = table.c[one.name]
            mine = and_(
                table.c.district_code == working.register.district_code, table.c.village_id == working.village_id
            )
            query = select(column, table.c.record_id).where(mine, column.is_not(None), table.c.void.is_(None))
            for named, record_id in working.connection.execute(query):
                if written.brought_in(named) and record_id not in written.last:
                    yield named, f"ada {_KIND_WORDS.get(Kind(kind), 'catatan')} lain"


def _changed_elsewhere(working: Working, written: _Written) -> Iterator[tuple[bytes, str]]:
    """Yield the created records that are no longer as the batch left them: the district or another laptop did it."""
    for chunk in chunks({**written.created, **written.revived}):
        for record_id, shown in working.shown(chunk).items():
            if shown is None:
                continue
            if shown.level != LEVEL_FULL:
                yield record_id, "sudah di desa lain"
            elif not _is_as_left(shown.body, written, record_id):
                yield record_id, "diubah kabupaten atau laptop lain"


def _is_as_left(body: Body, written: _Written, record_id: bytes) -> bool:
    if record_id in written.created:
        return _plain(body) == _plain(written.created[record_id])
    return all(body.get(tag) == value for tag, value in written.revived[record_id].items())


def _plain(body: Body) -> dict[int, Any]:
    return {tag: value for tag, value in body.items() if tag != TAG_OWNER and value is not None}


def _names(working: Working, ids: list[bytes]) -> Iterator[str]:
    """Yield what an officer calls each record."""
    for chunk in chunks(ids):
        shown = working.shown(list(chunk))
        for record_id in chunk:
            one = shown[record_id]
            body = one.body if one is not None else {}
            kind = Kind(one.kind) if one is not None else Kind.RESIDENT
            if kind == Kind.HOUSEHOLD:
                number = body.get(_NUMBER)
                yield f"keluarga {number:016d}" if number is not None else "keluarga tanpa nomor"
            elif kind == Kind.RESIDENT:
                yield str(body.get(_NAME, "tanpa nama"))
            else:
                yield _KIND_WORDS.get(kind, "catatan")
