"""Wishes to grant again, found by their object: the ledger and every recall ask so."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_regrants_object", "regrants", ["object_id"])


def downgrade() -> None:
    op.drop_index("ix_regrants_object", table_name="regrants")
