"""Questions about reports, and their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("stix_id", sa.String(length=150), nullable=True),
        sa.Column("asker_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("shown", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("passed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ending", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_inquiries_report_id_reports")),
        sa.ForeignKeyConstraint(["asker_id"], ["organizations.id"], name=op.f("fk_inquiries_asker_id_organizations")),
        sa.ForeignKeyConstraint(["asked_by"], ["accounts.id"], name=op.f("fk_inquiries_asked_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index(op.f("ix_inquiries_report_id"), "inquiries", ["report_id"])
    op.create_index(op.f("ix_inquiries_asker_id"), "inquiries", ["asker_id"])
    op.create_table(
        "inquiry_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("inquiry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["inquiry_id"], ["inquiries.id"], name=op.f("fk_inquiry_messages_inquiry_id_inquiries")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_inquiry_messages_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_inquiry_messages_written_by_accounts")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_inquiry_messages_decided_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry_messages")),
        sa.UniqueConstraint("inquiry_id", "number", name=op.f("uq_inquiry_messages_inquiry_id_number")),
    )


def downgrade() -> None:
    op.drop_table("inquiry_messages")
    op.drop_index(op.f("ix_inquiries_asker_id"), table_name="inquiries")
    op.drop_index(op.f("ix_inquiries_report_id"), table_name="inquiries")
    op.drop_table("inquiries")
