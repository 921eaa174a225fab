"""Which file a record names, and how parts fit on (protocol 15.4)."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.bodies import body_of
from schemas.fields import Kind
from sync_protocol.blobs import BLOB_BYTES_MAX, PART_BYTES_MAX, BlobRef, blob_digest, blob_ref, cut_parts, new_bytes
from sync_protocol.feed import ERASED, FULL, STUB
from sync_protocol.parts import BlobPart

CONTENT = bytes(range(200))
VALUES = {"blob_id": "07" * 16, "digest": blob_digest(CONTENT).hex(), "size_bytes": 200}


def test_a_record_names_its_file_by_id_digest_and_size() -> None:
    body = body_of(Kind.ATTACHMENT, VALUES)
    assert blob_ref(Kind.ATTACHMENT, FULL, body) == BlobRef(b"\x07" * 16, blob_digest(CONTENT), 200)
    assert blob_ref(Kind.RESIDENT, FULL, body) is None
    assert blob_ref(Kind.ATTACHMENT, STUB, body) is None
    assert blob_ref(Kind.ATTACHMENT, ERASED, {}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"blob_id": None},
        {"blob_id": 7},
        {"blob_id": "07"},
        {"blob_id": "zz" * 16},
        {"digest": "07" * 16},
        {"size_bytes": 0},
        {"size_bytes": "200"},
        {"size_bytes": True},
        {"size_bytes": BLOB_BYTES_MAX + 1},
        {"void": "salah"},
    ],
)
def test_a_record_that_makes_no_sense_names_no_file(change: dict[str, Any]) -> None:
    assert blob_ref(Kind.ATTACHMENT, FULL, body_of(Kind.ATTACHMENT, VALUES | change)) is None


@pytest.mark.parametrize(
    ("offset", "length", "total", "added"),
    [(50, 50, 200, 50), (0, 80, 200, 30), (0, 50, 200, 0), (60, 50, 200, 0), (50, 50, 201, 0), (50, 151, 200, 0)],
)
def test_only_bytes_that_fit_on_are_new(offset: int, length: int, total: int, added: int) -> None:
    part = BlobPart(b"\x07" * 16, offset, total, (CONTENT + b"!")[offset : offset + length])
    assert new_bytes(part, 50, 200) == CONTENT[50 : 50 + added]


def test_parts_stay_within_the_budget_and_end_where_nothing_is_held() -> None:
    asked: list[tuple[bytes, int, int]] = []

    def read(blob_id: bytes, offset: int, size: int) -> bytes:
        asked.append((blob_id, offset, size))
        return b"" if blob_id == b"gone" else bytes(size)

    files = [(b"gone", 0, 10), (b"one", 5, 10), (b"two", 0, 2 * PART_BYTES_MAX), (b"three", 0, 10)]
    parts = cut_parts(files, PART_BYTES_MAX + 20, read)
    assert [(part.blob_id, part.offset, len(part.content)) for part in parts] == [
        (b"one", 5, 5),
        (b"two", 0, PART_BYTES_MAX),
        (b"two", PART_BYTES_MAX, 15),
    ]
    assert cut_parts(files, 0, read) == ()
    assert asked[0] == (b"gone", 0, 10)
