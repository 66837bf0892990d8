"""Embargoes on reports."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "embargoes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_embargoes_report_id_reports")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_embargoes_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_embargoes_set_by_accounts")),
        sa.ForeignKeyConstraint(["ended_by"], ["accounts.id"], name=op.f("fk_embargoes_ended_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_embargoes")),
    )
    op.create_index(op.f("ix_embargoes_report_id"), "embargoes", ["report_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_embargoes_report_id"), table_name="embargoes")
    op.drop_table("embargoes")
