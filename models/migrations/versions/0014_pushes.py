"""Pushes: other servers to which an organization's view is sent, their answers, and what they did not take"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pushes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("key_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("proxy", sa.String(length=500), nullable=False),
        sa.Column("ca_file", sa.String(length=500), nullable=False),
        sa.Column("pin", sa.String(length=95), nullable=False),
        sa.Column("highest", sa.String(40), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("sending_until", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agreed_by"], ["accounts.id"], name=op.f("fk_pushes_agreed_by")),
        sa.ForeignKeyConstraint(["feed"], ["collections.feed"], name=op.f("fk_pushes_feed")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_pushes_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.UniqueConstraint("name", name=op.f("uq_pushes_name")),
    )
    op.create_index("ix_pushes_due", "pushes", ["due_at"])
    op.create_table(
        "push_receipts",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("push_id", sa.Uuid(), nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("status_id", sa.String(length=100), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["push_id"], ["pushes.id"], name=op.f("fk_push_receipts_push_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_receipts")),
    )
    op.create_index("ix_push_receipts_push", "push_receipts", ["push_id", "id"])
    op.create_table(
        "push_refusals",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("receipt_id", SERIAL, nullable=False),
        sa.Column("stix_id", sa.String(length=150), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["receipt_id"], ["push_receipts.id"], name=op.f("fk_push_refusals_receipt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_refusals")),
    )
    op.create_index(op.f("ix_push_refusals_receipt_id"), "push_refusals", ["receipt_id"])


def downgrade() -> None:
    op.drop_table("push_refusals")
    op.drop_table("push_receipts")
    op.drop_table("pushes")
