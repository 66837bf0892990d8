"""The last requests of each key"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "key_requests",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("at_us", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", "at_us", name=op.f("pk_key_requests")),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("key_requests")
