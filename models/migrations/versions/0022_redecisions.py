"""Deciding again what was published: runs, and the cases that they change."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "redecisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("examined", sa.Integer(), nullable=False),
        sa.Column("gaining", sa.Integer(), nullable=False),
        sa.Column("losing", sa.Integer(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=False),
        sa.Column("previewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["policy"], ["policy_versions.version"], name=op.f("fk_redecisions_policy_policy_versions")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_redecisions_made_by_accounts")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_redecisions_decided_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redecisions")),
    )
    op.create_table(
        "redecision_cases",
        sa.Column("redecision_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("collection", sa.String(length=200), nullable=False),
        sa.Column("form", sa.String(40), nullable=True),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("objects", sa.Integer(), nullable=False),
        sa.Column("gains", DOCUMENT, nullable=False),
        sa.Column("losses", DOCUMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["redecision_id"], ["redecisions.id"], name=op.f("fk_redecision_cases_redecision_id_redecisions")
        ),
        sa.PrimaryKeyConstraint("redecision_id", "place", name=op.f("pk_redecision_cases")),
    )


def downgrade() -> None:
    op.drop_table("redecision_cases")
    op.drop_table("redecisions")
