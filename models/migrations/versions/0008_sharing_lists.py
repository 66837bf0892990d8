"""Named lists, and organizations that let others name them"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sharing_lists",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_sharing_lists_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["accounts.id"], name=op.f("fk_sharing_lists_made_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_lists")),
    )
    op.create_index(op.f("ix_sharing_lists_organization_id"), "sharing_lists", ["organization_id"])
    op.create_table(
        "sharing_list_members",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("list_id", sa.Uuid(), nullable=False),
        sa.Column("token", sa.String(length=100), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["list_id"], ["sharing_lists.id"], name=op.f("fk_sharing_list_members_list_id_sharing_lists")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_list_members")),
    )
    op.create_index("ix_sharing_list_members_list", "sharing_list_members", ["list_id"])
    op.add_column("organizations", sa.Column("findable", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("organizations", "findable")
    op.drop_index("ix_sharing_list_members_list", table_name="sharing_list_members")
    op.drop_table("sharing_list_members")
    op.drop_index(op.f("ix_sharing_lists_organization_id"), table_name="sharing_lists")
    op.drop_table("sharing_lists")
