"""Reports of an organization, and of an inbox, by their label: which titles a post may not quote stands in the index.

A post waits for it, and what stands in the index alone is there in half the time.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index of inboxes, and widen that of own reports."""
    op.create_index("ix_inbox_items_label", "inbox_items", ["ceptoar", "label", "filed_at", "report_id", "number"])
    op.drop_index("ix_reports_sender_label", "reports")
    op.create_index("ix_reports_sender_label", "reports", ["organization_id", "label", "updated_at", "id", "versions"])


def downgrade() -> None:
    """Take it away, and make the other one what it was."""
    op.drop_index("ix_reports_sender_label", "reports")
    op.create_index("ix_reports_sender_label", "reports", ["organization_id", "label", "updated_at"])
    op.drop_index("ix_inbox_items_label", "inbox_items")
