"""Whether a person's API keys are to outlive a reset: said by who asks for it."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was asked for before says nothing, and then they do not."""
    op.add_column("reset_requests", sa.Column("keep_keys", sa.Boolean(), nullable=True))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("reset_requests", "keep_keys")
