"""Add letter numbers, the files of attachments, and whose replica mark the certificate states."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("sync_state", sa.Column("mark_replica_id", sa.LargeBinary(), nullable=True))
    op.create_table(
        "letter_number",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mark", "year"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "blob",
        sa.Column("blob_id", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("is_needed", sa.Boolean(), nullable=False),
        sa.Column("held_bytes", sa.Integer(), nullable=False),
        sa.Column("hub_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("blob_id"),
    )
    op.create_index("blob_record", "blob", ["record_id"], unique=False)
    op.create_table(
        "blob_chunk",
        sa.Column("blob_id", sa.LargeBinary(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("blob_id", "offset"),
    )
