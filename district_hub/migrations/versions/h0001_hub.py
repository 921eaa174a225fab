"""Create the hub's own tables as first released: feeds, journals, provenance, history, devices, proofs.

One long function: a revision is a list, and is frozen once released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "case_about",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "village_id", "record_id", "case_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_index",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("about_id", sa.LargeBinary(), nullable=True),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "case_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("case_index_open", "case_index", ["district_code", "is_open", "village_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("decision_id", sa.LargeBinary(), nullable=False),
        sa.Column("registrar", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "decision_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "device",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("device_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("signing_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
        sa.Column("replica_mark", sa.String(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("revoked_ms", sa.BigInteger(), nullable=True),
        sa.Column("revoked_reason", sa.String(), nullable=False),
        sa.Column("key_list_number", sa.Integer(), nullable=False),
        sa.Column("received_number", sa.BigInteger(), nullable=False),
        sa.Column("sent_number", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("feed_seq", sa.BigInteger(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "device_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("device_village", "device", ["district_code", "village_id"], unique=False)
    op.create_table(
        "enrolment_request",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("device_id", sa.LargeBinary(), nullable=False),
        sa.Column("invitation_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("signing_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealing_key", sa.LargeBinary(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("program_version", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "device_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feed_entry",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("hub_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("eff_max", sa.BigInteger(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "village_id", "seq"),
    )
    op.create_table(
        "filed_head",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("signed_head", sa.LargeBinary(), nullable=False),
        sa.Column("countersignature", sa.LargeBinary(), nullable=False),
        sa.Column("filed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "village_id", "device_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "invitation",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("invitation_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_by", sa.LargeBinary(), nullable=True),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("district_code", "invitation_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal_entry",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.Column("device_id", sa.LargeBinary(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("is_quarantined", sa.Boolean(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "head"),
    )
    op.create_index("journal_entry_change", "journal_entry", ["district_code", "change_id"], unique=False)
    op.create_index(
        "journal_entry_place", "journal_entry", ["district_code", "village_id", "replica_id", "seq"], unique=False
    )
    op.create_table(
        "lineage",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("lineage", sa.LargeBinary(), nullable=False),
        sa.Column("parent", sa.LargeBinary(), nullable=True),
        sa.Column("parent_ordinal", sa.BigInteger(), nullable=False),
        sa.Column("tip_ordinal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "lineage"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "meta",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "orphan",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "previous", "head"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outcome",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "change_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "provenance",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Integer(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous_version", sa.BigInteger(), nullable=False),
        sa.Column("previous_digest", sa.LargeBinary(), nullable=True),
        sa.Column("cause", sa.LargeBinary(), nullable=False),
        sa.Column("stamp", sa.LargeBinary(), nullable=False),
        sa.Column("stamps", sa.LargeBinary(), nullable=True),
        sa.Column("left_villages", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("district_code", "record_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recovered",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "head"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "replica",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("tips", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "replica_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "safe_point",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("backed_up_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "village_id", "replica_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "timing",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.Column("eff", sa.BigInteger(), nullable=False),
        sa.Column("is_timed", sa.Boolean(), nullable=False),
        sa.Column("lineage", sa.LargeBinary(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "change_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "version",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("feed_seq", sa.BigInteger(), nullable=False),
        sa.Column("written_ms", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "record_id", "version"),
    )
    op.create_index("version_place", "version", ["district_code", "village_id", "feed_seq"], unique=False)
    op.create_table(
        "village",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("eff_max", sa.BigInteger(), nullable=False),
        sa.Column("hub_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("suspended", sa.LargeBinary(), nullable=False),
        sa.Column("waiting", sa.LargeBinary(), nullable=False),
        sa.Column("dispatched_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "village_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("village_code", "village", ["district_code", "code"], unique=True)
