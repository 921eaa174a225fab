"""Lay out what only the hub holds: feeds, journals, provenance, history, outcomes, devices, cases, proofs.

Beside the register's tables, in the same database (protocol 2.9, 3, 5, 8, 11).  Every key begins with the district, so
that a national operator can spread many districts over one cluster.  Bodies are bytes as received; what a column does
not need to be asked for is kept as one canonical MessagePack value.  A record's newest body is not repeated here: it is
the register's ``record`` row of its owner village.  A little longer than most modules: it is a list.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import BigInteger, Index, Table
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

# Clustered by key saves a second copy of the key per row; tables with large bodies do better with rowids.
_CLUSTERED: dict[str, Any] = {"sqlite_with_rowid": False}


class HubBase(SQLModel, registry=registry()):
    """Base of the hub's own tables, with metadata of its own, so that node and hub live in one process."""


class _InDistrict(HubBase):
    district_code: str = Field(primary_key=True)


class VillageRow(_InDistrict, table=True):
    """A village and the state of its feed; locking this row is locking the village (protocol 2.8).

    ``fingerprint`` is F, 16 bytes big-endian; ``suspended`` the 8-byte ids of devices that showed a lost head;
    ``dispatched_seq`` up to where the dispatcher has looked.
    """

    __tablename__: ClassVar[Any] = "village"
    __table_args__: ClassVar[Any] = (
        Index("village_code", "district_code", "code", unique=True),
        _CLUSTERED,
    )

    village_id: int = Field(primary_key=True)
    code: str
    name: str
    key: bytes
    seq: int = Field(sa_type=BigInteger)
    head: bytes
    fingerprint: bytes
    eff_max: int = Field(sa_type=BigInteger)
    hub_time_ms: int = Field(sa_type=BigInteger)
    suspended: bytes
    waiting: bytes
    dispatched_seq: int = Field(sa_type=BigInteger)


class ProvenanceRow(_InDistrict, table=True):
    """Where a record's values came from: stamps, the version pair, the villages that keep a stub of it."""

    __tablename__: ClassVar[Any] = "provenance"
    __table_args__: ClassVar[Any] = _CLUSTERED

    record_id: bytes = Field(primary_key=True)
    kind: int
    owner: int
    version: int = Field(sa_type=BigInteger)
    digest: bytes
    previous_version: int = Field(sa_type=BigInteger)
    previous_digest: bytes | None
    cause: bytes
    stamp: bytes
    stamps: bytes | None
    left_villages: bytes | None


class VersionRow(_InDistrict, table=True):
    """Every version of every record, with the feed entry that brought it: history, audit, common ancestors."""

    __tablename__: ClassVar[Any] = "version"
    __table_args__: ClassVar[Any] = (Index("version_place", "district_code", "village_id", "feed_seq"),)

    record_id: bytes = Field(primary_key=True)
    version: int = Field(primary_key=True, sa_type=BigInteger)
    kind: int
    village_id: int
    feed_seq: int = Field(sa_type=BigInteger)
    written_ms: int = Field(sa_type=BigInteger)
    cause: bytes
    digest: bytes
    body: bytes


class FeedEntryRow(_InDistrict, table=True):
    """One feed entry of one village, bodies included, with the state after it."""

    __tablename__: ClassVar[Any] = "feed_entry"

    village_id: int = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    head: bytes
    fingerprint: bytes
    hub_time_ms: int = Field(sa_type=BigInteger)
    eff_max: int = Field(sa_type=BigInteger)
    entry: bytes


class JournalEntryRow(_InDistrict, table=True):
    """One journal entry at its place in the tree of its replica's heads; the same change id may stand at several."""

    __tablename__: ClassVar[Any] = "journal_entry"
    __table_args__: ClassVar[Any] = (
        Index("journal_entry_change", "district_code", "change_id"),
        Index("journal_entry_place", "district_code", "village_id", "replica_id", "seq"),
    )

    head: bytes = Field(primary_key=True)
    replica_id: bytes
    village_id: int
    seq: int = Field(sa_type=BigInteger)
    previous: bytes
    change_id: bytes
    device_id: bytes
    received_ms: int = Field(sa_type=BigInteger)
    state: int
    is_quarantined: bool
    header: bytes
    body: bytes


class OrphanRow(_InDistrict, table=True):
    """A journal entry beyond a gap, by the head it waits for."""

    __tablename__: ClassVar[Any] = "orphan"
    __table_args__: ClassVar[Any] = _CLUSTERED

    previous: bytes = Field(primary_key=True)
    head: bytes = Field(primary_key=True)
    village_id: int


class ReplicaRow(_InDistrict, table=True):
    """A replica's journal as the hub has it: the ends of its branches."""

    __tablename__: ClassVar[Any] = "replica"
    __table_args__: ClassVar[Any] = _CLUSTERED

    replica_id: bytes = Field(primary_key=True)
    village_id: int
    tips: bytes


class OutcomeRow(_InDistrict, table=True):
    """What became of a change id; ``outcome`` is empty for a plain "accepted"."""

    __tablename__: ClassVar[Any] = "outcome"
    __table_args__: ClassVar[Any] = _CLUSTERED

    change_id: bytes = Field(primary_key=True)
    outcome: bytes


class TimingRow(_InDistrict, table=True):
    """The effective time of a change id and its place in its writer's chain (protocol 5.4)."""

    __tablename__: ClassVar[Any] = "timing"
    __table_args__: ClassVar[Any] = _CLUSTERED

    change_id: bytes = Field(primary_key=True)
    eff: int = Field(sa_type=BigInteger)
    is_timed: bool
    lineage: bytes
    ordinal: int = Field(sa_type=BigInteger)


class LineageRow(_InDistrict, table=True):
    """A stretch of entries that follow each other; a fork starts a new one."""

    __tablename__: ClassVar[Any] = "lineage"
    __table_args__: ClassVar[Any] = _CLUSTERED

    lineage: bytes = Field(primary_key=True)
    parent: bytes | None
    parent_ordinal: int = Field(sa_type=BigInteger)
    tip_ordinal: int = Field(sa_type=BigInteger)


class CaseAboutRow(_InDistrict, table=True):
    """A case of a village touches a record; cases are never taken out."""

    __tablename__: ClassVar[Any] = "case_about"
    __table_args__: ClassVar[Any] = _CLUSTERED

    village_id: int = Field(primary_key=True)
    record_id: bytes = Field(primary_key=True)
    case_id: bytes = Field(primary_key=True)


class CaseRow(_InDistrict, table=True):
    """Index of cases for the review list; the case itself is a record of its village."""

    __tablename__: ClassVar[Any] = "case_index"
    __table_args__: ClassVar[Any] = (
        Index("case_index_open", "district_code", "is_open", "village_id"),
        _CLUSTERED,
    )

    case_id: bytes = Field(primary_key=True)
    village_id: int
    is_open: bool
    about_id: bytes | None
    opened_ms: int = Field(sa_type=BigInteger)


class RecoveredRow(_InDistrict, table=True):
    """A lost feed entry that was taken back (its head, 32 bytes), or a lost verdict's head8 (protocol 11.2)."""

    __tablename__: ClassVar[Any] = "recovered"
    __table_args__: ClassVar[Any] = _CLUSTERED

    head: bytes = Field(primary_key=True)


class DecisionRow(_InDistrict, table=True):
    """A registrar's decision or edit: who, why, when."""

    __tablename__: ClassVar[Any] = "decision"
    __table_args__: ClassVar[Any] = _CLUSTERED

    decision_id: bytes = Field(primary_key=True)
    registrar: str
    action: str
    reason: str
    decided_ms: int = Field(sa_type=BigInteger)


class DeviceRow(_InDistrict, table=True):
    """An enrolled device and how far its talk with the hub is; ``device_id`` is the id of its signing key."""

    __tablename__: ClassVar[Any] = "device"
    __table_args__: ClassVar[Any] = (
        Index("device_village", "district_code", "village_id"),
        _CLUSTERED,
    )

    device_id: bytes = Field(primary_key=True)
    village_id: int
    signing_key: bytes
    sealing_key: bytes
    replica_mark: str
    certificate: bytes
    serial: int
    issued_ms: int = Field(sa_type=BigInteger)
    expires_ms: int = Field(sa_type=BigInteger)
    revoked_ms: int | None = Field(sa_type=BigInteger)
    revoked_reason: str
    key_list_number: int
    received_number: int = Field(sa_type=BigInteger)
    sent_number: int = Field(sa_type=BigInteger)
    last_seen_ms: int = Field(sa_type=BigInteger)
    feed_seq: int = Field(sa_type=BigInteger)
    replica_id: bytes
    program_version: str


class InvitationRow(_InDistrict, table=True):
    """An invitation to enrol, usable once; the ledger has the last word on whether it was used."""

    __tablename__: ClassVar[Any] = "invitation"
    __table_args__: ClassVar[Any] = _CLUSTERED

    invitation_id: bytes = Field(primary_key=True)
    village_id: int
    secret: bytes
    created_ms: int = Field(sa_type=BigInteger)
    expires_ms: int = Field(sa_type=BigInteger)
    used_by: bytes | None
    used_ms: int | None = Field(sa_type=BigInteger)


class EnrolmentRequestRow(_InDistrict, table=True):
    """A device that asks to be certified; ``device_id`` is the id of the signing key that it claims."""

    __tablename__: ClassVar[Any] = "enrolment_request"
    __table_args__: ClassVar[Any] = _CLUSTERED

    device_id: bytes = Field(primary_key=True)
    invitation_id: bytes
    village_id: int
    signing_key: bytes
    sealing_key: bytes
    replica_id: bytes
    program_version: str
    words: str
    status: int
    message: str
    asked_ms: int = Field(sa_type=BigInteger)


class FiledHeadRow(_InDistrict, table=True):
    """A signed head that a node has countersigned: the proof of the morning report."""

    __tablename__: ClassVar[Any] = "filed_head"
    __table_args__: ClassVar[Any] = _CLUSTERED

    village_id: int = Field(primary_key=True)
    device_id: bytes = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_type=BigInteger)
    signed_head: bytes
    countersignature: bytes
    filed_ms: int = Field(sa_type=BigInteger)


class SafePointRow(_InDistrict, table=True):
    """Up to where a verified backup holds a village's feed (empty replica id) or a replica's journal."""

    __tablename__: ClassVar[Any] = "safe_point"
    __table_args__: ClassVar[Any] = _CLUSTERED

    village_id: int = Field(primary_key=True)
    replica_id: bytes = Field(primary_key=True)
    seq: int = Field(sa_type=BigInteger)
    backed_up_ms: int = Field(sa_type=BigInteger)


class MetaRow(_InDistrict, table=True):
    """A few named values of the whole hub: whether it is mute, the results of nightly runs."""

    __tablename__: ClassVar[Any] = "meta"
    __table_args__: ClassVar[Any] = _CLUSTERED

    name: str = Field(primary_key=True)
    value: str


class MergeProposalRow(_InDistrict, table=True):
    """Two records that a registrar calls one: it waits for a second person; ``page`` names what the first one saw."""

    __tablename__: ClassVar[Any] = "merge_proposal"
    __table_args__: ClassVar[Any] = _CLUSTERED

    proposal_id: bytes = Field(primary_key=True)
    loser_id: bytes
    survivor_id: bytes
    take: str
    reason: str
    page: bytes
    proposed_by: str
    proposed_ms: int = Field(sa_type=BigInteger)
    state: int
    decided_by: str
    decided_ms: int | None = Field(sa_type=BigInteger)


class NumberBlockRow(_InDistrict, table=True):
    """A range of NIKs or family numbers that the ministry granted; ``next_number`` is beyond the end when used up."""

    __tablename__: ClassVar[Any] = "number_block"
    __table_args__: ClassVar[Any] = _CLUSTERED

    block_id: int = Field(primary_key=True)
    kind: int
    first_number: int = Field(sa_type=BigInteger)
    last_number: int = Field(sa_type=BigInteger)
    next_number: int = Field(sa_type=BigInteger)
    source: str
    entered_by: str
    entered_ms: int = Field(sa_type=BigInteger)


class NumberIssuedRow(_InDistrict, table=True):
    """A number that was issued, to whom and by which decision; the row stays whatever becomes of the record."""

    __tablename__: ClassVar[Any] = "number_issued"
    __table_args__: ClassVar[Any] = _CLUSTERED

    kind: int = Field(primary_key=True)
    number: int = Field(primary_key=True, sa_type=BigInteger)
    record_id: bytes
    decision_id: bytes
    issued_by: str
    issued_ms: int = Field(sa_type=BigInteger)


METADATA = HubBase.metadata


def _table(name: str) -> Table:
    return METADATA.tables[name]


VILLAGE = _table("village")
PROVENANCE = _table("provenance")
VERSION = _table("version")
FEED_ENTRY = _table("feed_entry")
JOURNAL_ENTRY = _table("journal_entry")
ORPHAN = _table("orphan")
REPLICA = _table("replica")
OUTCOME = _table("outcome")
TIMING = _table("timing")
LINEAGE = _table("lineage")
CASE_ABOUT = _table("case_about")
CASE_INDEX = _table("case_index")
RECOVERED = _table("recovered")
DECISION = _table("decision")
DEVICE = _table("device")
INVITATION = _table("invitation")
ENROLMENT_REQUEST = _table("enrolment_request")
FILED_HEAD = _table("filed_head")
SAFE_POINT = _table("safe_point")
META = _table("meta")
MERGE_PROPOSAL = _table("merge_proposal")
NUMBER_BLOCK = _table("number_block")
NUMBER_ISSUED = _table("number_issued")
