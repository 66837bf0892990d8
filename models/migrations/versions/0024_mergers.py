"""Mergers of organizations."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mergers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("into_id", sa.Uuid(), nullable=False),
        sa.Column("reports_agreed_by", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_mergers_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["into_id"], ["organizations.id"], name=op.f("fk_mergers_into_id_organizations")),
        sa.ForeignKeyConstraint(
            ["reports_agreed_by"], ["accounts.id"], name=op.f("fk_mergers_reports_agreed_by_accounts")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_mergers_made_by_accounts")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_mergers_decided_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mergers")),
    )
    op.create_index(op.f("ix_mergers_organization_id"), "mergers", ["organization_id"])
    op.create_index(op.f("ix_mergers_into_id"), "mergers", ["into_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_mergers_into_id"), table_name="mergers")
    op.drop_index(op.f("ix_mergers_organization_id"), table_name="mergers")
    op.drop_table("mergers")
