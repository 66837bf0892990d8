"""Entries by the first position that they gave: the search looks every two seconds for what it does not hold yet."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_audit_entries_first",
        "audit_entries",
        ["first_position"],
        sqlite_where=sa.text("first_position IS NOT NULL"),
        postgresql_where=sa.text("first_position IS NOT NULL"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_audit_entries_first", "audit_entries")
