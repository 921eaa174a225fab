"""Create the node's tables as first released: positions, journal, what is pending, the feed, messages.

One long function: a revision is a list, and is frozen once released.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("head"),
    )
    op.create_table(
        "feed_row",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("head_before", sa.LargeBinary(), nullable=False),
        sa.Column("signed_head", sa.LargeBinary(), nullable=True),
        sa.Column("replaced", sa.LargeBinary(), nullable=False),
        sa.Column("replaced_outcomes", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint_before", sa.LargeBinary(), nullable=False),
        sa.Column("hub_time_before_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "node_state",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("village_key", sa.LargeBinary(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("journal_seq", sa.Integer(), nullable=False),
        sa.Column("journal_head", sa.LargeBinary(), nullable=False),
        sa.Column("acked_seq", sa.Integer(), nullable=False),
        sa.Column("safe_seq", sa.Integer(), nullable=False),
        sa.Column("feed_seq", sa.Integer(), nullable=False),
        sa.Column("feed_head", sa.LargeBinary(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("hub_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("entry_count", sa.Integer(), nullable=False),
        sa.Column("last_change_id", sa.LargeBinary(), nullable=True),
        sa.Column("signed_head", sa.LargeBinary(), nullable=True),
        sa.Column("safe_feed_seq", sa.Integer(), nullable=False),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.Column("needs_update", sa.Boolean(), nullable=False),
        sa.Column("needs_full_run", sa.Boolean(), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("decided_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
    )
    op.create_table(
        "notice",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("feed_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "own_change",
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.LargeBinary(), nullable=True),
        sa.Column("result", sa.Integer(), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("decided_at_seq", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("change_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("own_change_open", "own_change", ["is_final", "ordinal"], unique=False)
    op.create_index("own_change_ordinal", "own_change", ["ordinal"], unique=False)
    op.create_index("own_change_result", "own_change", ["result", "ordinal"], unique=False)
    op.create_table(
        "own_entry",
        sa.Column("replica_id", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("critical", sa.Boolean(), nullable=False),
        sa.Column("wall_ms", sa.BigInteger(), nullable=False),
        sa.Column("offset_ms", sa.BigInteger(), nullable=True),
        sa.Column("seen_seq", sa.Integer(), nullable=False),
        sa.Column("seen_head8", sa.LargeBinary(), nullable=False),
        sa.Column("after", sa.LargeBinary(), nullable=True),
        sa.Column("first", sa.LargeBinary(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("replica_id", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "own_touch",
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.Column("is_create", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "ordinal"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pending",
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("record_id", "place"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sent_message",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("sent_message_at", "sent_message", ["sent_ms"], unique=False)
    op.create_table(
        "snapshot_part",
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("part"),
    )
    op.create_table(
        "sync_state",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("message_number", sa.Integer(), nullable=False),
        sa.Column("answered_number", sa.Integer(), nullable=False),
        sa.Column("message_bytes", sa.Integer(), nullable=False),
        sa.Column("last_try_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_contact_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_finished_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_reason", sa.String(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("key_list", sa.LargeBinary(), nullable=False),
        sa.Column("key_list_number", sa.Integer(), nullable=False),
        sa.Column("snapshot_digest", sa.LargeBinary(), nullable=True),
        sa.Column("snapshot_parts", sa.Integer(), nullable=False),
        sa.Column("is_snapshot_declined", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
    )
