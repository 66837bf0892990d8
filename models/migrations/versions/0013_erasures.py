"""Erasures: asked for by one person, approved by another."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.String(length=40), nullable=False),
        sa.Column("log_index", sa.BigInteger(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_erasures_asked_by_accounts")),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.id"], name=op.f("fk_erasures_approved_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
    )
    op.create_index("ix_erasures_leaf", "erasures", ["shard", "log_index"])


def downgrade() -> None:
    op.drop_index("ix_erasures_leaf", table_name="erasures")
    op.drop_table("erasures")
