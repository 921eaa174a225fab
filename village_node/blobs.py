"""Keep the files of attachments in the village's database, send them on, take in what comes (protocol 15.4, 15.5).

Decides what is sent: after the journal, the oldest record first, from where the hub said it stands.  Content lies in
the encrypted database, never beside it.  Which record a file belongs to follows from the shown records.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select, update

from register.store import IndexItem
from schemas.fields import Kind
from sync_protocol.blobs import ASKED_MAX, BlobRef, blob_digest, blob_ref, cut_parts, new_bytes
from sync_protocol.feed import ERASED
from sync_protocol.parts import BlobPart
from village_node.tables import BLOB, BLOB_CHUNK

BLOB_BYTES_PER_MESSAGE = 128 * 1024
"""Over a live line: what is lost with a message that does not arrive must be small beside a file."""


# -- which files there should be


def note_records(connection: Connection, items: Iterable[IndexItem]) -> None:
    """Note which files the shown records name now; a file that no record wants is sent no more, an erased one goes."""
    for item in items:
        if item.kind == Kind.ATTACHMENT:
            _note_record(connection, item)


def forget_records(connection: Connection, record_ids: Iterable[bytes]) -> None:
    """Note that records are known no more: nobody wants their files."""
    for record_id in record_ids:
        connection.execute(update(BLOB).where(BLOB.c.record_id == record_id).values(is_needed=False))


def _note_record(connection: Connection, item: IndexItem) -> None:
    ref = blob_ref(item.kind, item.level, dict(item.body))
    others = BLOB.c.record_id == item.record_id
    if ref is not None:
        others &= BLOB.c.blob_id != ref.blob_id
        _note_ref(connection, item.record_id, ref)
    connection.execute(update(BLOB).where(others).values(is_needed=False))
    if item.level == ERASED:
        gone = select(BLOB.c.blob_id).where(BLOB.c.record_id == item.record_id)
        connection.execute(delete(BLOB_CHUNK).where(BLOB_CHUNK.c.blob_id.in_(gone)))
        connection.execute(update(BLOB).where(BLOB.c.record_id == item.record_id).values(held_bytes=0))


def _note_ref(connection: Connection, record_id: bytes, ref: BlobRef) -> None:
    mine = BLOB.c.blob_id == ref.blob_id
    if connection.scalar(select(BLOB.c.blob_id).where(mine)) is None:
        connection.execute(insert(BLOB).values(**_row(record_id, ref)))
    else:
        connection.execute(update(BLOB).where(mine, BLOB.c.is_needed.is_(False)).values(is_needed=True))


def keep_file(connection: Connection, record_id: bytes, ref: BlobRef, content: bytes) -> None:
    """Keep a whole file that was attached here."""
    connection.execute(insert(BLOB).values(**_row(record_id, ref)))
    append_bytes(connection, ref.blob_id, 0, content)


def _row(record_id: bytes, ref: BlobRef) -> dict[str, object]:
    return {
        "blob_id": ref.blob_id,
        "record_id": record_id,
        "digest": ref.digest,
        "size_bytes": ref.size,
        "is_needed": True,
        "held_bytes": 0,
        "hub_bytes": 0,
    }


def append_bytes(connection: Connection, blob_id: bytes, held: int, content: bytes) -> None:
    """Add bytes at the end of what is held."""
    step = 64 * 1024
    chunks = [
        {"blob_id": blob_id, "offset": held + start, "content": content[start : start + step]}
        for start in range(0, len(content), step)
    ]
    connection.execute(insert(BLOB_CHUNK), chunks)
    connection.execute(update(BLOB).where(BLOB.c.blob_id == blob_id).values(held_bytes=held + len(content)))


def read_bytes(connection: Connection, blob_id: bytes, offset: int, size: int) -> bytes:
    """Return bytes of a file from an offset; shorter at the end of a chunk, empty beyond what is held."""
    query = select(BLOB_CHUNK.c.offset, BLOB_CHUNK.c.content).where(
        BLOB_CHUNK.c.blob_id == blob_id, BLOB_CHUNK.c.offset <= offset
    )
    row = connection.execute(query.order_by(BLOB_CHUNK.c.offset.desc()).limit(1)).first()
    return b"" if row is None else bytes(row.content[offset - row.offset :][:size])


def whole_file(connection: Connection, blob_id: bytes) -> bytes:
    """Return everything that is held of a file."""
    query = select(BLOB_CHUNK.c.content).where(BLOB_CHUNK.c.blob_id == blob_id).order_by(BLOB_CHUNK.c.offset)
    return b"".join(connection.scalars(query))


# -- sending


class BlobSender:
    """What the hub still lacks, as it said; goes on from message to message, so that one continues the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        query = select(BLOB.c.blob_id, BLOB.c.hub_bytes, BLOB.c.size_bytes).where(*_TO_SEND).order_by(BLOB.c.record_id)
        self._left: dict[bytes, tuple[int, int]] = {
            blob_id: (offset, total) for blob_id, offset, total in connection.execute(query.limit(ASKED_MAX))
        }

    def __bool__(self) -> bool:
        return bool(self._left)

    def questions(self) -> tuple[BlobPart, ...]:
        """Return empty parts: how much of each of these files is there?"""
        return tuple(BlobPart(blob_id, offset, total, b"") for blob_id, (offset, total) in self._left.items())

    def parts(self, budget: int) -> tuple[BlobPart, ...]:
        """Return the next parts within a budget of bytes."""
        files = [(blob_id, offset, total) for blob_id, (offset, total) in self._left.items()]
        parts = cut_parts(files, budget, lambda *where: read_bytes(self._connection, *where))
        for part in parts:
            self._left[part.blob_id] = (part.offset + len(part.content), part.total)
        self._left = {blob_id: (offset, total) for blob_id, (offset, total) in self._left.items() if offset < total}
        return parts


_TO_SEND = (BLOB.c.is_needed, BLOB.c.held_bytes == BLOB.c.size_bytes, BLOB.c.hub_bytes < BLOB.c.size_bytes)
_TO_FETCH = (BLOB.c.is_needed, BLOB.c.held_bytes < BLOB.c.size_bytes)


def files_wanted(connection: Connection) -> tuple[tuple[bytes, int], ...]:
    """Return what this laptop lacks as (blob id, offset), the oldest record first."""
    query = select(BLOB.c.blob_id, BLOB.c.held_bytes).where(*_TO_FETCH).order_by(BLOB.c.record_id).limit(ASKED_MAX)
    return tuple((blob_id, offset) for blob_id, offset in connection.execute(query))


def blob_progress(connection: Connection) -> tuple[int, int]:
    """Return bytes that the hub has and bytes that are here: a round that moves neither moves no file."""
    row = connection.execute(select(func.sum(BLOB.c.hub_bytes), func.sum(BLOB.c.held_bytes))).one()
    return row[0] or 0, row[1] or 0


def is_anything_left(connection: Connection) -> bool:
    """Tell whether a file is still to be sent or fetched."""
    query = select(BLOB.c.blob_id).where((_TO_SEND[0] & _TO_SEND[1] & _TO_SEND[2]) | (_TO_FETCH[0] & _TO_FETCH[1]))
    return connection.scalar(query.limit(1)) is not None


# -- taking in


def take_parts(connection: Connection, parts: Iterable[BlobPart]) -> None:
    """Keep parts of files that a record here names; a file that turns out to be another is dropped and asked again."""
    for part in parts:
        row = connection.execute(select(BLOB).where(BLOB.c.blob_id == part.blob_id, BLOB.c.is_needed)).first()
        content = new_bytes(part, row.held_bytes, row.size_bytes) if row is not None else b""
        if row is None or not content:
            continue
        append_bytes(connection, part.blob_id, row.held_bytes, content)
        is_whole = row.held_bytes + len(content) == row.size_bytes
        if is_whole and blob_digest(whole_file(connection, part.blob_id)) != row.digest:
            connection.execute(delete(BLOB_CHUNK).where(BLOB_CHUNK.c.blob_id == part.blob_id))
            connection.execute(update(BLOB).where(BLOB.c.blob_id == part.blob_id).values(held_bytes=0))
        elif is_whole:
            # It came from the hub.
            connection.execute(update(BLOB).where(BLOB.c.blob_id == part.blob_id).values(hub_bytes=row.size_bytes))


def note_at_hub(connection: Connection, held: Iterable[tuple[bytes, int]]) -> None:
    """Believe the hub on how much of each file it holds, even if that is less than it had."""
    for blob_id, offset in held:
        mine = (BLOB.c.blob_id == blob_id, BLOB.c.size_bytes >= offset, BLOB.c.hub_bytes != offset)
        connection.execute(update(BLOB).where(*mine).values(hub_bytes=offset))
