"""Lay out where the hub keeps the files of attachments, beside its other tables (protocol 15.4, 15.5).

A reference is what a record in a village's scope says; a blob is what arrived, whoever may name it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Table
from sqlmodel import Field

from district_hub.tables import METADATA, HubBase


class BlobRefRow(HubBase, table=True):
    """What one attachment record says of its file, in one village's scope.

    ``is_needed``: the record is in force and at level full; ``is_held``: the whole file is here, digest checked.
    """

    __tablename__: ClassVar[Any] = "blob_ref"
    __table_args__: ClassVar[Any] = (
        Index("blob_ref_blob", "district_code", "blob_id"),
        Index("blob_ref_open", "district_code", "village_id", "is_held"),
    )

    district_code: str = Field(primary_key=True)
    village_id: int = Field(primary_key=True)
    record_id: bytes = Field(primary_key=True)
    blob_id: bytes
    digest: bytes
    size_bytes: int
    is_needed: bool
    is_held: bool


class BlobRow(HubBase, table=True):
    """A file as far as it arrived, and from which village; ``digest`` is known when all of it is here."""

    __tablename__: ClassVar[Any] = "blob"
    __table_args__: ClassVar[Any] = (Index("blob_village", "district_code", "village_id"),)

    district_code: str = Field(primary_key=True)
    blob_id: bytes = Field(primary_key=True)
    village_id: int
    size_bytes: int
    held_bytes: int
    digest: bytes | None
    received_ms: int = Field(sa_type=BigInteger)


class BlobChunkRow(HubBase, table=True):
    """Bytes of a file from an offset on."""

    __tablename__: ClassVar[Any] = "blob_chunk"

    district_code: str = Field(primary_key=True)
    blob_id: bytes = Field(primary_key=True)
    offset: int = Field(primary_key=True)
    content: bytes


BLOB_REF: Table = METADATA.tables["blob_ref"]
BLOB: Table = METADATA.tables["blob"]
BLOB_CHUNK: Table = METADATA.tables["blob_chunk"]
