"""Grants closed by DELETE, and the keys of repeated posts"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "closed_grants",
        sa.Column("feed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "token_id", "position", name=op.f("pk_closed_grants")),
    )
    op.create_index("ix_closed_grants_object", "closed_grants", ["object_id"], unique=False)

    op.create_table(
        "post_keys",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("status_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_post_keys_membership_id")),
        sa.PrimaryKeyConstraint("membership_id", "key", name=op.f("pk_post_keys")),
    )
    op.create_index(op.f("ix_post_keys_created_at"), "post_keys", ["created_at"], unique=False)


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index(op.f("ix_post_keys_created_at"), table_name="post_keys")
    op.drop_table("post_keys")
    op.drop_index("ix_closed_grants_object", table_name="closed_grants")
    op.drop_table("closed_grants")
