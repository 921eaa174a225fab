"""Take an import back: annul what the batch brought, set back what it changed, as ordinary entries.

Decides the order (the last entry first) and what is left alone: a value that has changed since, a record that was never
taken in.  Whether anything was built on the batch is ``obstacles``; then nothing at all is taken back.  Each
transaction forgets the part of the batch that it took back, so an undo that was killed is simply repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select

from register.importing.undone import undone_reason
from schemas.errors import RefusedError
from schemas.fields import TAG_VOID
from sync_protocol.entries import Change, Create, EntryKind, Update
from sync_protocol.overlay import Shown
from village_node.desk import Desk
from village_node.importing.batches import Batch, BatchState, batch_of, write_batch
from village_node.importing.obstacles import Obstacle, changes_of_span, find_obstacles
from village_node.store import Working
from village_node.tables import IMPORT_SPAN

_NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did: records annulled, values set back, values left alone since they have changed, entries."""

    annulled: int = 0
    set_back: int = 0
    left_alone: int = 0
    entries: int = 0

    def __add__(self, other: Undone) -> Undone:
        """Return the sum of two parts."""
        return Undone(
            self.annulled + other.annulled,
            self.set_back + other.set_back,
            self.left_alone + other.left_alone,
            self.entries + other.entries,
        )


def undo_batch(
    desk: Desk, batch: Batch, progress: Callable[[int], None] | None = None, *, dry_run: bool = False
) -> Undone:
    """Take a batch back; return what was done, or what would be for a trial run, which writes nothing.

    ``progress`` is told after each transaction how many entries are durable.  Raises RefusedError "import-undone" for
    one that is undone already, "import-built-upon" if something was built on it: then nothing is changed; StorageError.
    """
    if dry_run:
        with desk.store.reading() as working:
            _check(working, batch)
            return _total([_take_back(desk, working, batch, span) for span in reversed(_spans(working, batch))])
    with desk.store.transaction() as working:
        batch = _check(working, batch)
        write_batch(working.connection, replace(batch, state=BatchState.UNDOING, changed_ms=desk.now_ms()))
    done = Undone()
    while True:
        with desk.store.transaction() as working:
            spans = _spans(working, batch)
            if not spans:
                write_batch(working.connection, replace(batch, state=BatchState.UNDONE, changed_ms=desk.now_ms()))
                return done
            part = _take_back(desk, working, batch, spans[-1])
            working.connection.execute(delete(IMPORT_SPAN).where(IMPORT_SPAN.c.first_ordinal == spans[-1][0]))
        done += part
        if progress is not None:
            progress(done.entries)


def _check(working: Working, batch: Batch) -> Batch:
    """Return the batch as it is now, if it can be undone."""
    batch = batch_of(working.connection, batch.batch_id) or batch
    if batch.state == BatchState.UNDONE:
        raise RefusedError(
            f"Impor {batch.file_name} sudah dibatalkan",
            code="import-undone",
            hint="Impor berkas yang sudah dibetulkan, atau lihat `kampung village import --batches`.",
        )
    # Half undone, what it annulled so far would look like something built on it; it was checked when it began.
    if batch.state != BatchState.UNDOING and (found := find_obstacles(working, batch.batch_id)):
        raise _built_upon(batch, found)
    return batch


def _built_upon(batch: Batch, found: Sequence[Obstacle]) -> RefusedError:
    named = "; ".join(f"{one.name} ({one.what})" for one in found[:_NAMED_MAX])
    more = f"; dan {len(found) - _NAMED_MAX:,} lainnya" if len(found) > _NAMED_MAX else ""
    return RefusedError(
        f"Impor {batch.file_name} tidak dapat dibatalkan, {len(found):,} catatan sudah dipakai: {named}{more}",
        code="import-built-upon",
        hint="Tidak ada yang diubah. Betulkan orangnya satu per satu, atau impor berkas yang sudah dibetulkan.",
    )


def _spans(working: Working, batch: Batch) -> list[tuple[int, int]]:
    """Return the first and last ordinals of what the batch wrote and still stands, in the order of writing."""
    query = select(IMPORT_SPAN.c.first_ordinal, IMPORT_SPAN.c.last_ordinal)
    rows = working.connection.execute(query.where(IMPORT_SPAN.c.batch_id == batch.batch_id))
    return sorted((row[0], row[1]) for row in rows)


def _take_back(desk: Desk, working: Working, batch: Batch, span: tuple[int, int]) -> Undone:
    """Append the entries that take a span back, the last one first."""
    reason = undone_reason(batch.file_name)
    done = Undone()
    entries = [changes for _, changes in changes_of_span(working, *span)]
    working.shown(list(dict.fromkeys(change.record_id for changes in entries for change in changes)))
    for changes in reversed(entries):
        shown = working.shown(list(dict.fromkeys(change.record_id for change in changes)))
        part, back = _turned_round(changes, shown, reason)
        if back:
            desk.append(working, EntryKind.IMPORT, back)
            part = replace(part, entries=1)
        done += part
    return done


def _turned_round(
    changes: Sequence[Change], shown: dict[bytes, Shown | None], reason: str
) -> tuple[Undone, tuple[Change, ...]]:
    back: list[Change] = []
    annulled = set_back = left_alone = 0
    for change in reversed(changes):
        record = shown.get(change.record_id)
        if record is None or record.level:
            left_alone += 1
        elif isinstance(change, Create):
            if TAG_VOID not in record.body:
                back.append(Update(change.record_id, TAG_VOID, None, reason))
                annulled += 1
        elif isinstance(change, Update):
            if record.body.get(change.tag) == change.new:
                back.append(Update(change.record_id, change.tag, change.new, change.old))
                set_back += 1
            else:
                left_alone += 1
    return Undone(annulled, set_back, left_alone), tuple(back)


def _total(parts: Sequence[Undone]) -> Undone:
    return sum(parts, Undone())
