"""Phrases that secretariats keep for their editions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "phrases",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("texts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_phrases_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["saved_by"], ["accounts.id"], name=op.f("fk_phrases_saved_by_accounts")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_phrases")),
    )


def downgrade() -> None:
    """Forget phrases."""
    op.drop_table("phrases")
