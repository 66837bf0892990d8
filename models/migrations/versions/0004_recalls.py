"""Recalls, their notices and answers"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recalls",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label", sa.String(40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_recalls_made_by_accounts")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_recalls_report_id_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
    )
    op.create_index(op.f("ix_recalls_report_id"), "recalls", ["report_id"])
    op.create_table(
        "recall_notices",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("stix_id", sa.String(length=150), nullable=False),
        sa.Column("version_us", sa.BigInteger(), nullable=False),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_notices_recall_id_recalls")),
        sa.PrimaryKeyConstraint("recall_id", "stix_id", name=op.f("pk_recall_notices")),
    )
    op.create_index("ix_recall_notices_stix", "recall_notices", ["stix_id"])
    op.create_table(
        "recall_answers",
        sa.Column("recall_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"], name=op.f("fk_recall_answers_answered_by_accounts")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_recall_answers_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recall_answers_recall_id_recalls")),
        sa.PrimaryKeyConstraint("recall_id", "organization_id", name=op.f("pk_recall_answers")),
    )


def downgrade() -> None:
    op.drop_table("recall_answers")
    op.drop_index("ix_recall_notices_stix", table_name="recall_notices")
    op.drop_table("recall_notices")
    op.drop_index(op.f("ix_recalls_report_id"), table_name="recalls")
    op.drop_table("recalls")
