"""Files of cases without a reporter."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a file belong to a case."""
    with op.batch_alter_table("uploads") as table:
        table.add_column(sa.Column("case_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_uploads_case_id_cases"), "cases", ["case_id"], ["id"])
    op.create_index(op.f("ix_uploads_case_id"), "uploads", ["case_id"])


def downgrade() -> None:
    """Forget which case they belong to; those files are forgotten."""
    op.execute("DELETE FROM uploads WHERE case_id IS NOT NULL")
    op.drop_index(op.f("ix_uploads_case_id"), "uploads")
    with op.batch_alter_table("uploads") as table:
        table.drop_constraint(op.f("fk_uploads_case_id_cases"), type_="foreignkey")
        table.drop_column("case_id")
