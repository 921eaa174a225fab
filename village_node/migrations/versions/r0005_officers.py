"""Add what belongs to this laptop alone: officers, sessions, the view log, settings, the practice mark."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "officer",
        sa.Column("officer_id", sa.LargeBinary(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("scope_rt", sa.String(), nullable=False),
        sa.Column("scope_rw", sa.String(), nullable=False),
        sa.Column("scope_hamlet", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("failed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("officer_id"),
        sa.UniqueConstraint("name_key"),
    )
    op.create_table(
        "desk_session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("officer_id", sa.LargeBinary(), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.Column("failed_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_desk_session_officer_id", "desk_session", ["officer_id"], unique=False)
    op.create_table(
        "account_step",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("ix_account_step_at_ms", "account_step", ["at_ms"], unique=False)
    op.create_table(
        "record_view",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=True),
        sa.Column("officer_id", sa.LargeBinary(), nullable=False),
        sa.Column("officer", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("viewed_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("record_view_record", "record_view", ["record_id", "viewed_ms"], unique=False)
    op.create_index("record_view_at", "record_view", ["viewed_ms"], unique=False)
    op.create_table(
        "setting",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value_json", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_table(
        "practice_mark",
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
    )
