"""Seals: the entry of an operation commits to the rows that it wrote.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of seals."""
    op.create_table(
        "audit_seals",
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("row_key", sa.String(length=300), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=True),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("table_name", "row_key", "number", name=op.f("pk_audit_seals")),
    )
    op.create_index("ix_audit_seals_entry", "audit_seals", ["entry_id"])


def downgrade() -> None:
    """Remove it; entries that commit to seals can no longer be compared with rows."""
    op.drop_index("ix_audit_seals_entry", table_name="audit_seals")
    op.drop_table("audit_seals")
