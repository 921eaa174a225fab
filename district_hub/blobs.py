"""Take files of attachments in, say how much of each is here, serve them to villages in scope (protocol 15.4, 15.5).

Works after the village's entries are committed, in a transaction of its own: a file never holds up an entry.  Decides
which parts are kept: those of files that a record in the village's scope names, and a bounded amount of others, whose
record may still be on its way.  A file is believed when its digest is the record's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, insert, select, update

from district_hub.blob_tables import BLOB, BLOB_CHUNK, BLOB_REF
from register.database import upsert
from register.store import IndexItem
from schemas.fields import Kind
from sync_protocol.blobs import ASKED_MAX, BLOB_BYTES_MAX, PART_BYTES_MAX, blob_digest, blob_ref, cut_parts, new_bytes
from sync_protocol.feed import ERASED
from sync_protocol.parts import BlobPart

EARLY_BYTES_MAX = 32 * 1024 * 1024
"""Of one village, for files whose record has not come: a stick's files may be read in any order."""


def note_records(connection: Connection, district_code: str, items: Iterable[IndexItem]) -> None:
    """Note which files the records of villages name now; an erased record's file goes at once."""
    for item in items:
        if item.kind == Kind.ATTACHMENT:
            _note_record(connection, district_code, item)


def _note_record(connection: Connection, district_code: str, item: IndexItem) -> None:
    mine = and_(
        BLOB_REF.c.district_code == district_code,
        BLOB_REF.c.village_id == item.village_id,
        BLOB_REF.c.record_id == item.record_id,
    )
    before = connection.execute(select(BLOB_REF).where(mine)).first()
    ref = blob_ref(item.kind, item.level, dict(item.body))
    if ref is not None:
        stated = {"blob_id": ref.blob_id, "digest": ref.digest, "size_bytes": ref.size}
        is_same = before is not None and all(getattr(before, name) == value for name, value in stated.items())
        key = {"district_code": district_code, "village_id": item.village_id, "record_id": item.record_id}
        is_held = is_same and before is not None and before.is_held
        upsert(connection, BLOB_REF, [{**key, **stated, "is_needed": True, "is_held": is_held}])
    elif before is not None:
        connection.execute(update(BLOB_REF).where(mine).values(is_needed=False))
        if item.level == ERASED:
            _drop(connection, district_code, before.blob_id)


@dataclass(frozen=True, slots=True)
class IncompleteFile:
    """A record that waits for its file: ``held_bytes`` of ``size_bytes`` are here."""

    village_id: int
    record_id: bytes
    size_bytes: int
    held_bytes: int


class Blobs:
    """The files of one village's scope, in one transaction."""

    def __init__(self, connection: Connection, district_code: str, village_id: int) -> None:
        self.connection = connection
        self.district_code = district_code
        self.village_id = village_id

    def exchange(
        self, parts: Sequence[BlobPart], wanted: Sequence[tuple[bytes, int]], budget: int, now_ms: int
    ) -> tuple[tuple[tuple[bytes, int], ...], tuple[BlobPart, ...]]:
        """Take parts in; return (what the hub holds and lacks, parts for the village within a budget of bytes)."""
        told: dict[bytes, int] = {}
        for part in parts:
            told[part.blob_id] = self._take(part, now_ms)
        for one in self.incomplete():
            told.setdefault(one[0], one[1])
        return tuple(told.items()), self._served(wanted, budget)

    def incomplete(self) -> list[tuple[bytes, int]]:
        """Return what the village's records name and is not here, as (blob id, bytes held), the oldest record first."""
        open_refs = (self._of(BLOB_REF), BLOB_REF.c.village_id == self.village_id, BLOB_REF.c.is_held.is_(False))
        query = select(BLOB_REF).where(*open_refs, BLOB_REF.c.is_needed).order_by(BLOB_REF.c.record_id)
        found = []
        for ref in self.connection.execute(query.limit(ASKED_MAX)):
            held = self._settle(ref)
            if held < ref.size_bytes:
                found.append((ref.blob_id, held))
        return found

    # -- taking in

    def _take(self, part: BlobPart, now_ms: int) -> int:
        """Keep what a part adds; return how much of its file is here."""
        ref = self._ref(part.blob_id)
        blob = self._blob(part.blob_id)
        total = ref.size_bytes if ref is not None else part.total
        if total > BLOB_BYTES_MAX or (ref is None and blob is not None and blob.village_id != self.village_id):
            return 0
        if blob is not None and blob.size_bytes != total:
            if ref is None or self._is_believed(part.blob_id, blob):
                return 0
            # What came first was not what the record names.
            _drop(self.connection, self.district_code, part.blob_id)
            blob = None
        held = blob.held_bytes if blob is not None else 0
        content = new_bytes(part, held, total)
        if content and (ref is not None or self._early_bytes() + len(content) <= EARLY_BYTES_MAX):
            held = self._append(part.blob_id, total, held, content, now_ms)
        return self._settle(ref) if ref is not None else held

    def _append(self, blob_id: bytes, total: int, held: int, content: bytes, now_ms: int) -> int:
        key = {"district_code": self.district_code, "blob_id": blob_id}
        chunks = [
            {**key, "offset": held + start, "content": content[start : start + PART_BYTES_MAX]}
            for start in range(0, len(content), PART_BYTES_MAX)
        ]
        self.connection.execute(insert(BLOB_CHUNK), chunks)
        held += len(content)
        digest = blob_digest(self._content(blob_id)) if held == total else None
        stated = {"size_bytes": total, "held_bytes": held, "digest": digest, "received_ms": now_ms}
        upsert(self.connection, BLOB, [{**key, "village_id": self.village_id, **stated}])
        return held

    def _settle(self, ref: Row[Any]) -> int:
        """Return how much of a record's file is here; what turns out to be another file is dropped."""
        blob = self._blob(ref.blob_id)
        if blob is None:
            return 0
        is_whole = blob.digest is not None
        if blob.size_bytes != ref.size_bytes or (is_whole and blob.digest != ref.digest):
            if not self._is_believed(ref.blob_id, blob):
                _drop(self.connection, self.district_code, ref.blob_id)
            return 0
        if is_whole and not ref.is_held:
            same = (BLOB_REF.c.digest == ref.digest, BLOB_REF.c.size_bytes == ref.size_bytes)
            mine = and_(self._of(BLOB_REF), BLOB_REF.c.blob_id == ref.blob_id, *same)
            self.connection.execute(update(BLOB_REF).where(mine).values(is_held=True))
        return int(blob.held_bytes)

    def _is_believed(self, blob_id: bytes, blob: Row[Any]) -> bool:
        """Tell whether another record names just what is here; a false record must not cost it its file."""
        same = (BLOB_REF.c.digest == blob.digest, BLOB_REF.c.size_bytes == blob.size_bytes, BLOB_REF.c.is_needed)
        query = select(BLOB_REF.c.record_id).where(self._of(BLOB_REF), BLOB_REF.c.blob_id == blob_id, *same)
        return self.connection.scalar(query.limit(1)) is not None

    def _early_bytes(self) -> int:
        named = exists().where(BLOB_REF.c.district_code == BLOB.c.district_code, BLOB_REF.c.blob_id == BLOB.c.blob_id)
        query = select(func.sum(BLOB.c.held_bytes)).where(self._of(BLOB), BLOB.c.village_id == self.village_id, ~named)
        return int(self.connection.scalar(query) or 0)

    # -- serving

    def _served(self, wanted: Sequence[tuple[bytes, int]], budget: int) -> tuple[BlobPart, ...]:
        files = []
        for blob_id, offset in wanted[:ASKED_MAX]:
            ref = self._ref(blob_id)
            if ref is not None and ref.is_held and offset < ref.size_bytes:
                files.append((blob_id, offset, ref.size_bytes))
        return cut_parts(files, budget, self._read)

    def _read(self, blob_id: bytes, offset: int, size: int) -> bytes:
        mine = (self._of(BLOB_CHUNK), BLOB_CHUNK.c.blob_id == blob_id, BLOB_CHUNK.c.offset <= offset)
        query = select(BLOB_CHUNK.c.offset, BLOB_CHUNK.c.content).where(*mine)
        row = self.connection.execute(query.order_by(BLOB_CHUNK.c.offset.desc()).limit(1)).first()
        return b"" if row is None else bytes(row.content[offset - row.offset :][:size])

    def _content(self, blob_id: bytes) -> bytes:
        query = select(BLOB_CHUNK.c.content).where(self._of(BLOB_CHUNK), BLOB_CHUNK.c.blob_id == blob_id)
        return b"".join(self.connection.scalars(query.order_by(BLOB_CHUNK.c.offset)))

    # -- rows

    def _ref(self, blob_id: bytes) -> Row[Any] | None:
        """Return a reference in this village's scope: without one the village has no business with the file."""
        mine = (self._of(BLOB_REF), BLOB_REF.c.blob_id == blob_id, BLOB_REF.c.village_id == self.village_id)
        query = select(BLOB_REF).where(*mine, BLOB_REF.c.is_needed).order_by(BLOB_REF.c.record_id).limit(1)
        return self.connection.execute(query).first()

    def _blob(self, blob_id: bytes) -> Row[Any] | None:
        return self.connection.execute(select(BLOB).where(self._of(BLOB), BLOB.c.blob_id == blob_id)).first()

    def _of(self, table: Any) -> Any:
        return table.c.district_code == self.district_code


def incomplete_files(connection: Connection, district_code: str, village_id: int | None = None) -> list[IncompleteFile]:
    """Return the records whose file is not complete, by village and age."""
    held = func.coalesce(BLOB.c.held_bytes, 0)
    same = and_(BLOB.c.district_code == BLOB_REF.c.district_code, BLOB.c.blob_id == BLOB_REF.c.blob_id)
    query = (
        select(BLOB_REF.c.village_id, BLOB_REF.c.record_id, BLOB_REF.c.size_bytes, held)
        .select_from(BLOB_REF.outerjoin(BLOB, same))
        .where(BLOB_REF.c.district_code == district_code, BLOB_REF.c.is_needed, BLOB_REF.c.is_held.is_(False))
    )
    if village_id is not None:
        query = query.where(BLOB_REF.c.village_id == village_id)
    rows = connection.execute(query.order_by(BLOB_REF.c.village_id, BLOB_REF.c.record_id))
    return [IncompleteFile(*row) for row in rows]


def is_any_incomplete(connection: Connection, district_code: str, village_id: int) -> bool:
    """Tell whether a record of a village waits for its file."""
    mine = (BLOB_REF.c.district_code == district_code, BLOB_REF.c.village_id == village_id)
    query = select(BLOB_REF.c.record_id).where(*mine, BLOB_REF.c.is_held.is_(False), BLOB_REF.c.is_needed)
    return connection.scalar(query.limit(1)) is not None


def _drop(connection: Connection, district_code: str, blob_id: bytes) -> None:
    for table in (BLOB_CHUNK, BLOB):
        connection.execute(delete(table).where(table.c.district_code == district_code, table.c.blob_id == blob_id))
