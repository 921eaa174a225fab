"""Add the imports of files: each batch, and which own entries it wrote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("batch_id", sa.LargeBinary(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=False),
        sa.Column("changed_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("families_done", sa.Integer(), nullable=False),
        sa.Column("families_total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id"),
    )
    op.create_table(
        "import_span",
        sa.Column("first_ordinal", sa.Integer(), nullable=False),
        sa.Column("last_ordinal", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first_ordinal"),
    )
    op.create_index("import_span_batch", "import_span", ["batch_id", "first_ordinal"], unique=False)
