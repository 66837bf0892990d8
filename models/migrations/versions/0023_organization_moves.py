"""Moves of organizations to another sector or CEPTOAR."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organization_moves",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=True),
        sa.Column("ceptoar", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_organization_moves_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_organization_moves_made_by_accounts")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["accounts.id"], name=op.f("fk_organization_moves_decided_by_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organization_moves")),
    )
    op.create_index(op.f("ix_organization_moves_organization_id"), "organization_moves", ["organization_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_organization_moves_organization_id"), table_name="organization_moves")
    op.drop_table("organization_moves")
