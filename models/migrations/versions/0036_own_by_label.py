"""Own reports by their label, for the titles that a report which is filed may not name: mostly few are stricter."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_reports_sender_label", "reports", ["organization_id", "label", "updated_at"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_reports_sender_label", "reports")
