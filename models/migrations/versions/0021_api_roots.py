"""API roots that an administrator adds, each with some of the collections.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Doors beside the root `hub`; what is there stays under that one."""
    op.create_table(
        "api_roots",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_ja", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("max_content_length", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_api_roots")),
    )
    op.create_table(
        "api_root_collections",
        sa.Column("root", sa.String(length=40), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["root"], ["api_roots.name"], name=op.f("fk_api_root_collections_root_api_roots")),
        sa.ForeignKeyConstraint(["feed"], ["collections.feed"], name=op.f("fk_api_root_collections_feed_collections")),
        sa.PrimaryKeyConstraint("root", "feed", name=op.f("pk_api_root_collections")),
    )
    op.add_column("collections", sa.Column("outside_hub", sa.Boolean(), nullable=True))
    op.add_column("post_statuses", sa.Column("feed", sa.Integer(), nullable=True))


def downgrade() -> None:
    """One root again, which holds all collections."""
    op.drop_column("post_statuses", "feed")
    op.drop_column("collections", "outside_hub")
    op.drop_table("api_root_collections")
    op.drop_table("api_roots")
