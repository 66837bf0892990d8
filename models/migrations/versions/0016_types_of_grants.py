"""The type of each grant's object, with an index, so that a page of one type walks past nothing else"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("grants", sa.Column("type", sa.String(length=100), nullable=False, server_default=""))
    op.execute("UPDATE grants SET type = (SELECT o.type FROM objects o WHERE o.id = grants.object_id)")
    op.create_index("uq_grants_type", "grants", ["feed", "token_id", "type", "position"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_grants_type", table_name="grants")
    op.drop_column("grants", "type")
