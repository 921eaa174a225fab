"""Lay out what a village node holds beside the register: positions, its own journal, the feed, what is pending.

Decides where each shelf of ``sync_protocol.tables.NodeTables`` lies at rest (protocol 1.3, 2.6).  The registry layer is
the register's ``record`` table; the register's index tables show the registry with the village's own work on top.
Deliberately not here: reading and writing (``shelves``, ``flushing``) and what can be computed from these rows.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Table
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}

THE_ROW = 1
"""Key of the tables that have exactly one row: a node's database belongs to one replica."""


class NodeBase(SQLModel, registry=registry()):
    """Base of the node's tables, with metadata of its own, so that node and hub live in one process."""


class NodeStateRow(NodeBase, table=True):
    """The replica's positions; the columns are the fields of ``NodeState``."""

    __tablename__: ClassVar[Any] = "node_state"

    row: int = Field(default=THE_ROW, primary_key=True)
    district_code: str
    village_id: int
    village_key: bytes
    replica_id: bytes
    journal_seq: int
    journal_head: bytes
    acked_seq: int
    safe_seq: int
    feed_seq: int
    feed_head: bytes
    fingerprint: bytes
    hub_time_ms: int = Field(sa_type=BigInteger)
    entry_count: int
    last_change_id: bytes | None = None
    signed_head: bytes | None = None
    safe_feed_seq: int
    standing: int
    needs_update: bool
    needs_full_run: bool
    offset_ms: int | None = Field(default=None, sa_type=BigInteger)
    decided_seq: int


class SyncStateRow(NodeBase, table=True):
    """What the syncer must remember between runs; ``answered_number`` is the newest own message with an answer."""

    __tablename__: ClassVar[Any] = "sync_state"

    row: int = Field(default=THE_ROW, primary_key=True)
    message_number: int = 0
    answered_number: int = 0
    message_bytes: int = 0
    last_try_ms: int | None = Field(default=None, sa_type=BigInteger)
    last_contact_ms: int | None = Field(default=None, sa_type=BigInteger)
    last_finished_ms: int | None = Field(default=None, sa_type=BigInteger)
    last_reason: str = ""
    certificate: bytes = b""
    key_list: bytes = b""
    key_list_number: int = 0
    snapshot_digest: bytes | None = None
    snapshot_parts: int = 0
    is_snapshot_declined: bool = False
    mark_replica_id: bytes | None = None


class OwnEntryRow(NodeBase, table=True):
    """One entry of a journal of this database: of the present replica id, or of one it had before."""

    __tablename__: ClassVar[Any] = "own_entry"
    __table_args__: ClassVar[Any] = _CLUSTERED

    replica_id: bytes = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    ordinal: int
    previous: bytes
    head: bytes
    change_id: bytes
    kind: int
    critical: bool
    wall_ms: int = Field(sa_type=BigInteger)
    offset_ms: int | None = Field(default=None, sa_type=BigInteger)
    seen_seq: int
    seen_head8: bytes
    after: bytes | None = None
    first: bytes | None = None
    body: bytes


class OwnChangeRow(NodeBase, table=True):
    """One own change id: the newest place of its entry, and what became of it; ``outcome`` is None while unknown.

    ``decided_at_seq`` is a feed position that holds the outcome.
    """

    __tablename__: ClassVar[Any] = "own_change"
    __table_args__: ClassVar[Any] = (
        Index("own_change_ordinal", "ordinal"),
        Index("own_change_open", "is_final", "ordinal"),
        Index("own_change_result", "result", "ordinal"),
        _CLUSTERED,
    )

    change_id: bytes = Field(primary_key=True)
    ordinal: int
    replica_id: bytes
    seq: int
    outcome: bytes | None = None
    result: int | None = None
    is_final: bool = False
    decided_at_seq: int | None = None


class OwnTouchRow(NodeBase, table=True):
    """Which own entries wrote a record, imports left out: they would be most rows, and nobody asks."""

    __tablename__: ClassVar[Any] = "own_touch"
    __table_args__: ClassVar[Any] = _CLUSTERED

    record_id: bytes = Field(primary_key=True)
    ordinal: int = Field(primary_key=True)
    change_id: bytes
    is_create: bool


class DamagedEntryRow(NodeBase, table=True):
    """One own entry that a disk has damaged, as far as it is known; ``body`` are the damaged bytes (protocol 11.7)."""

    __tablename__: ClassVar[Any] = "damaged_entry"

    change_id: bytes = Field(primary_key=True)
    ordinal: int
    replica_id: bytes
    seq: int
    kind: int
    wall_ms: int | None = Field(default=None, sa_type=BigInteger)
    officer: str
    about_id: bytes | None = None
    body: bytes
    is_received: bool


class PendingRow(NodeBase, table=True):
    """The own change ids without a final outcome that touch a record, in the order of saving."""

    __tablename__: ClassVar[Any] = "pending"
    __table_args__: ClassVar[Any] = _CLUSTERED

    record_id: bytes = Field(primary_key=True)
    place: int = Field(primary_key=True)
    change_id: bytes


class FeedRowRow(NodeBase, table=True):
    """One applied feed entry, with what it replaced, so that a realign can take it back (protocol 11.3)."""

    __tablename__: ClassVar[Any] = "feed_row"

    seq: int = Field(primary_key=True)
    entry: bytes
    head: bytes
    head_before: bytes
    signed_head: bytes | None = None
    replaced: bytes
    replaced_outcomes: bytes
    fingerprint_before: bytes
    hub_time_before_ms: int = Field(sa_type=BigInteger)


class EvidenceRow(NodeBase, table=True):
    """A signed run that does not fit this feed, by the head of its last entry (protocol 11.4)."""

    __tablename__: ClassVar[Any] = "evidence"

    head: bytes = Field(primary_key=True)
    run: bytes


class NoticeRow(NodeBase, table=True):
    """A notice that the feed brought, as the officer must hear it (protocol 3.8)."""

    __tablename__: ClassVar[Any] = "notice"

    number: int | None = Field(default=None, primary_key=True)
    kind: int
    critical: bool
    payload: bytes
    feed_seq: int


class SentMessageRow(NodeBase, table=True):
    """A message that was sent: an answer that comes as a file is matched with it by digest (protocol 6.4)."""

    __tablename__: ClassVar[Any] = "sent_message"
    __table_args__: ClassVar[Any] = (Index("sent_message_at", "sent_ms"),)

    digest: bytes = Field(primary_key=True)
    number: int
    carrier: str
    sent_ms: int = Field(sa_type=BigInteger)


class SnapshotPartRow(NodeBase, table=True):
    """One received part of a snapshot that is not complete yet (protocol 9)."""

    __tablename__: ClassVar[Any] = "snapshot_part"

    part: int = Field(primary_key=True)
    content: bytes


class LetterNumberRow(NodeBase, table=True):
    """The last number taken of one year under one replica mark; one counter for all kinds of letter."""

    __tablename__: ClassVar[Any] = "letter_number"
    __table_args__: ClassVar[Any] = _CLUSTERED

    mark: str = Field(primary_key=True)
    year: int = Field(primary_key=True)
    last: int


class BlobRow(NodeBase, table=True):
    """The file of an attachment record: how much of it is here, and how much the hub said it holds."""

    __tablename__: ClassVar[Any] = "blob"
    __table_args__: ClassVar[Any] = (Index("blob_record", "record_id"),)

    blob_id: bytes = Field(primary_key=True)
    record_id: bytes
    digest: bytes
    size_bytes: int
    is_needed: bool = True
    held_bytes: int = 0
    hub_bytes: int = 0


class BlobChunkRow(NodeBase, table=True):
    """Bytes of a file from an offset on."""

    __tablename__: ClassVar[Any] = "blob_chunk"

    blob_id: bytes = Field(primary_key=True)
    offset: int = Field(primary_key=True)
    content: bytes


class ImportBatchRow(NodeBase, table=True):
    """One file imported here, read in one way; the columns are the fields of ``Batch``."""

    __tablename__: ClassVar[Any] = "import_batch"

    batch_id: bytes = Field(primary_key=True)
    file_name: str
    officer: str
    started_ms: int = Field(sa_type=BigInteger)
    changed_ms: int = Field(sa_type=BigInteger)
    state: str
    families_done: int
    families_total: int


class ImportSpanRow(NodeBase, table=True):
    """Own entries, by their ordinals, that one transaction of an import wrote and that are not undone."""

    __tablename__: ClassVar[Any] = "import_span"
    __table_args__: ClassVar[Any] = (Index("import_span_batch", "batch_id", "first_ordinal"),)

    first_ordinal: int = Field(primary_key=True)
    last_ordinal: int
    batch_id: bytes


class SavedFormRow(NodeBase, table=True):
    """A form of the screen that was saved, so that a second click saves nothing."""

    __tablename__: ClassVar[Any] = "saved_form"

    form_id: bytes = Field(primary_key=True)
    change_id: bytes
    saved_ms: int = Field(sa_type=BigInteger, index=True)


class FormDraftRow(NodeBase, table=True):
    """A guided form that an officer has begun and not saved; ``answers`` is JSON of texts by question."""

    __tablename__: ClassVar[Any] = "form_draft"

    draft_id: bytes = Field(primary_key=True)
    officer: str = Field(index=True)
    form: str
    title: str
    step: str
    answers: str
    begun_ms: int = Field(sa_type=BigInteger)
    changed_ms: int = Field(sa_type=BigInteger)


METADATA = NodeBase.metadata

NODE_STATE: Table = METADATA.tables["node_state"]
SYNC_STATE: Table = METADATA.tables["sync_state"]
OWN_ENTRY: Table = METADATA.tables["own_entry"]
OWN_CHANGE: Table = METADATA.tables["own_change"]
NEWEST_PLACE = (OWN_ENTRY.c.replica_id == OWN_CHANGE.c.replica_id) & (OWN_ENTRY.c.seq == OWN_CHANGE.c.seq)
"""Joins an own change with the row that holds it now: an entry issued again stands in several."""
OWN_TOUCH: Table = METADATA.tables["own_touch"]
DAMAGED_ENTRY: Table = METADATA.tables["damaged_entry"]
PENDING: Table = METADATA.tables["pending"]
FEED_ROW: Table = METADATA.tables["feed_row"]
EVIDENCE: Table = METADATA.tables["evidence"]
NOTICE: Table = METADATA.tables["notice"]
SENT_MESSAGE: Table = METADATA.tables["sent_message"]
SNAPSHOT_PART: Table = METADATA.tables["snapshot_part"]
LETTER_NUMBER: Table = METADATA.tables["letter_number"]
BLOB: Table = METADATA.tables["blob"]
BLOB_CHUNK: Table = METADATA.tables["blob_chunk"]
IMPORT_BATCH: Table = METADATA.tables["import_batch"]
IMPORT_SPAN: Table = METADATA.tables["import_span"]
SAVED_FORM: Table = METADATA.tables["saved_form"]
FORM_DRAFT: Table = METADATA.tables["form_draft"]
