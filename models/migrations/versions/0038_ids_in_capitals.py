"""Objects whose ids hold capitals, by their small letters: a reference to them may be spelled either way."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index(
        "ix_objects_capitals",
        "objects",
        [sa.text("lower(stix_id)")],
        sqlite_where=sa.text("stix_id <> lower(stix_id)"),
        postgresql_where=sa.text("stix_id <> lower(stix_id)"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_objects_capitals", "objects")
