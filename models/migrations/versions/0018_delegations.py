"""Delegates of approvers, and reminders of waiting proposals."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("delegate_id", sa.Uuid(), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_delegations_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(
            ["approver_id"], ["memberships.id"], name=op.f("fk_delegations_approver_id_memberships")
        ),
        sa.ForeignKeyConstraint(
            ["delegate_id"], ["memberships.id"], name=op.f("fk_delegations_delegate_id_memberships")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegations")),
    )
    op.create_index(op.f("ix_delegations_organization_id"), "delegations", ["organization_id"])
    op.add_column("proposals", sa.Column("reminders", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("proposals", "reminders")
    op.drop_index(op.f("ix_delegations_organization_id"), table_name="delegations")
    op.drop_table("delegations")
