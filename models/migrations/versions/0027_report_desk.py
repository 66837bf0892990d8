"""The report desk: drafts field by field, what authorities were told, and which systems are an organization's own."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("near_miss", sa.Boolean(), nullable=False),
        sa.Column("saves", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_drafts_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_drafts_report_id_reports")),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_drafts_made_by_accounts")),
        sa.ForeignKeyConstraint(["saved_by"], ["accounts.id"], name=op.f("fk_drafts_saved_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index(op.f("ix_drafts_organization_id"), "drafts", ["organization_id"])
    op.create_table(
        "draft_values",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("save", sa.Integer(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_draft_values_draft_id_drafts")),
        sa.ForeignKeyConstraint(["saved_by"], ["accounts.id"], name=op.f("fk_draft_values_saved_by_accounts")),
        sa.PrimaryKeyConstraint("draft_id", "name", "version", name=op.f("pk_draft_values")),
    )
    op.create_table(
        "authority_notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("authority", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=100), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("next_due", sa.Date(), nullable=True),
        sa.Column("noted_by", sa.Uuid(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_authority_notices_report_id_reports")),
        sa.ForeignKeyConstraint(["noted_by"], ["accounts.id"], name=op.f("fk_authority_notices_noted_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority_notices")),
    )
    op.create_index(op.f("ix_authority_notices_report_id"), "authority_notices", ["report_id"])
    op.create_table(
        "own_systems",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("lines", sa.Text(), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_own_systems_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["saved_by"], ["accounts.id"], name=op.f("fk_own_systems_saved_by_accounts")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_own_systems")),
    )


def downgrade() -> None:
    op.drop_table("own_systems")
    op.drop_index(op.f("ix_authority_notices_report_id"), table_name="authority_notices")
    op.drop_table("authority_notices")
    op.drop_table("draft_values")
    op.drop_index(op.f("ix_drafts_organization_id"), table_name="drafts")
    op.drop_table("drafts")
