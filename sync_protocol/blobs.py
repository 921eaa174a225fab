"""Say what the file of an attachment is, and how its parts fit together again (protocol 15.4).

Decides when a record names a file that should exist, and which bytes of a part are new; where they are kept is the
shells'.  A file is found by a random id and believed by its digest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from schemas.bodies import Body
from schemas.fields import TAG_VOID, Kind, tag_of
from sync_protocol.codec import digest32
from sync_protocol.feed import FULL
from sync_protocol.parts import BlobPart

BLOB_ID_BYTES = 16
BLOB_BYTES_MAX = 16 * 1024 * 1024
"""One file: a scan of some pages; what claims to be larger is never asked for."""
PART_BYTES_MAX = 64 * 1024
ASKED_MAX = 32
"""Files that one message asks for or asks about, the oldest first."""

_BLOB_ID, _DIGEST, _SIZE = (tag_of(Kind.ATTACHMENT, name) for name in ("blob_id", "digest", "size_bytes"))


@dataclass(frozen=True, slots=True)
class BlobRef:
    """What an attachment record says of its file; ``digest`` has 32 bytes."""

    blob_id: bytes
    digest: bytes
    size: int


def blob_digest(content: bytes) -> bytes:
    """Return the digest by which a whole file is believed."""
    return digest32(content)


def blob_ref(kind: int, level: int, body: Body) -> BlobRef | None:
    """Return the file that a record in this state names; None for none, or for one that makes no sense."""
    if kind != Kind.ATTACHMENT or level != FULL or body.get(TAG_VOID) is not None:
        return None
    blob_id, digest = _octets(body.get(_BLOB_ID), BLOB_ID_BYTES), _octets(body.get(_DIGEST), 32)
    size = body.get(_SIZE)
    if blob_id is None or digest is None or type(size) is not int or not 0 < size <= BLOB_BYTES_MAX:
        return None
    return BlobRef(blob_id, digest, size)


def _octets(value: object, length: int) -> bytes | None:
    if not isinstance(value, str) or len(value) != 2 * length:
        return None
    try:
        return bytes.fromhex(value)
    except ValueError:
        return None


def new_bytes(part: BlobPart, held: int, total: int) -> bytes:
    """Return what a part adds to a file of which the first ``held`` bytes are there; empty if it does not fit on."""
    end = part.offset + len(part.content)
    if part.total != total or end > total or part.offset > held or end <= held:
        return b""
    return part.content[held - part.offset :]


def cut_parts(
    files: Iterable[tuple[bytes, int, int]], budget: int, read: Callable[[bytes, int, int], bytes]
) -> tuple[BlobPart, ...]:
    """Return parts of files, in their order, that hold at most ``budget`` bytes of content.

    Args:
        files: (blob id, offset to go on from, total).
        read: gives the bytes of a file from an offset, at most so many.
    """
    parts: list[BlobPart] = []
    for blob_id, offset, total in files:
        while offset < total and budget > 0:
            content = read(blob_id, offset, min(PART_BYTES_MAX, budget, total - offset))
            if not content:
                break
            parts.append(BlobPart(blob_id, offset, total, content))
            offset += len(content)
            budget -= len(content)
    return tuple(parts)
