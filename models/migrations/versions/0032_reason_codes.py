"""Why something was not taken, and why a round failed, also in codes."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("peers", "failure_codes"),
    ("pushes", "failure_codes"),
    ("peer_objects", "reason_codes"),
    ("push_refusals", "reason_codes"),
)


def upgrade() -> None:
    """Add the columns; what was written before has its sentence alone."""
    for table, column in _COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget the codes; the sentences stay."""
    for table, column in _COLUMNS:
        op.drop_column(table, column)
