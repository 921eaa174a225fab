"""Add the files of attachments: what records say of them, what has arrived, their bytes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "blob_ref",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("blob_id", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("is_needed", sa.Boolean(), nullable=False),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "village_id", "record_id"),
    )
    op.create_index("blob_ref_blob", "blob_ref", ["district_code", "blob_id"], unique=False)
    op.create_index("blob_ref_open", "blob_ref", ["district_code", "village_id", "is_held"], unique=False)
    op.create_table(
        "blob",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("blob_id", sa.LargeBinary(), nullable=False),
        sa.Column("village_id", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("held_bytes", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "blob_id"),
    )
    op.create_index("blob_village", "blob", ["district_code", "village_id"], unique=False)
    op.create_table(
        "blob_chunk",
        sa.Column("district_code", sa.String(), nullable=False),
        sa.Column("blob_id", sa.LargeBinary(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("district_code", "blob_id", "offset"),
    )
