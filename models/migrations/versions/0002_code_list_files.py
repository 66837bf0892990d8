"""The code lists as their files say them, so that they can be edited"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from models.codelists import shipped_documents

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    files = op.create_table(
        "code_list_files",
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("list", "version", name=op.f("pk_code_list_files")),
    )
    # A hub that has begun holds the lists that shipped; one that is being made lays them itself, later.
    if op.get_bind().execute(sa.text("SELECT 1 FROM code_items")).first() is not None:
        for each in shipped_documents():
            row = {"list": each["list"], "version": each["version"], "body": each, "loaded_at": sa.func.now()}
            op.execute(files.insert().values(row))


def downgrade() -> None:
    op.drop_table("code_list_files")
