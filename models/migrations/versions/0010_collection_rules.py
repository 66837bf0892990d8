"""What a collection takes: types, and from whom"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns; what is there takes what it took."""
    with op.batch_alter_table("collections") as table:
        table.add_column(sa.Column("types", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("ceptoar_only", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take the columns away."""
    with op.batch_alter_table("collections") as table:
        table.drop_column("ceptoar_only")
        table.drop_column("types")
