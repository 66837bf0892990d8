"""Where the last version of a report stands on its way to others, kept beside it; and what lists are found by."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_FILL = """
    UPDATE inbox_items SET status = CASE
        WHEN EXISTS (SELECT 1 FROM proposals p WHERE p.version_id = inbox_items.version_id AND p.state = 'waiting')
            THEN 'waiting'
        WHEN EXISTS (SELECT 1 FROM proposals p WHERE p.version_id = inbox_items.version_id AND p.state = 'embargoed')
            THEN 'embargoed'
        WHEN EXISTS (SELECT 1 FROM proposals p WHERE p.version_id = inbox_items.version_id AND p.state = 'approved')
            THEN 'published'
        WHEN EXISTS (SELECT 1 FROM proposals p WHERE p.version_id = inbox_items.version_id AND p.state = 'refused')
            THEN 'refused'
        ELSE 'new' END
"""


def upgrade() -> None:
    """Add the column and fill it from the proposals."""
    op.create_index(op.f("ix_proposals_version_id"), "proposals", ["version_id"])
    op.create_index(op.f("ix_proposals_state"), "proposals", ["state"])
    op.create_index("ix_reports_sender", "reports", ["organization_id", "updated_at"])
    op.create_index("ix_reports_sender_state", "reports", ["organization_id", "state", "updated_at"])
    op.drop_index(op.f("ix_reports_organization_id"), "reports")
    op.add_column("inbox_items", sa.Column("status", sa.String(40), server_default="new", nullable=False))
    op.execute(_FILL)
    op.create_index("ix_inbox_items_status", "inbox_items", ["ceptoar", "status", "filed_at", "exercise"])


def downgrade() -> None:
    """Forget the column."""
    op.drop_index("ix_inbox_items_status", "inbox_items")
    op.drop_column("inbox_items", "status")
    op.create_index(op.f("ix_reports_organization_id"), "reports", ["organization_id"])
    op.drop_index("ix_reports_sender_state", "reports")
    op.drop_index("ix_reports_sender", "reports")
    op.drop_index(op.f("ix_proposals_state"), "proposals")
    op.drop_index(op.f("ix_proposals_version_id"), "proposals")
