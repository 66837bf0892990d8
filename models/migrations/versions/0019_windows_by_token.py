"""An index of windows by their token: who could read an object is asked from its grants to their holders.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Find the windows of a token without looking at all."""
    op.create_index("ix_token_windows_token", "token_windows", ["token_id"])


def downgrade() -> None:
    """Look at all windows again."""
    op.drop_index("ix_token_windows_token", table_name="token_windows")
