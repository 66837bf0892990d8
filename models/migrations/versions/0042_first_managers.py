"""Letters to first managers that wait for a second administrator."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add who confirmed a letter, and whether it waits for that; letters of before do not."""
    with op.batch_alter_table("invitations") as table:
        table.add_column(sa.Column("waits_for_second", sa.Boolean(), nullable=True))
        table.add_column(sa.Column("confirmed_by", sa.Uuid(), nullable=True))
        table.create_foreign_key(op.f("fk_invitations_confirmed_by_accounts"), "accounts", ["confirmed_by"], ["id"])


def downgrade() -> None:
    """Take both away; letters that wait open nothing any more."""
    op.execute("DELETE FROM invitations WHERE waits_for_second")
    with op.batch_alter_table("invitations") as table:
        table.drop_constraint(op.f("fk_invitations_confirmed_by_accounts"), type_="foreignkey")
        table.drop_column("confirmed_by")
        table.drop_column("waits_for_second")
