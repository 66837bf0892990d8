"""Peers, and what they sent that waits or was refused"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "peers",
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
        sa.Column("floor", sa.String(40), nullable=False),
        sa.Column("let_on", sa.String(40), nullable=True),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("every_minutes", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("added_after", sa.String(length=40), nullable=False),
        sa.Column("next_page", sa.Text(), nullable=False),
        sa.Column("reached", sa.String(length=40), nullable=False),
        sa.Column("pulled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["feed"], ["collections.feed"], name=op.f("fk_peers_feed")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_peers_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peers")),
        sa.UniqueConstraint("name", name=op.f("uq_peers_name")),
    )
    op.create_index("ix_peers_due", "peers", ["due_at"])
    op.create_table(
        "peer_objects",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("peer_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("stix_id", sa.String(length=150), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(40), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_peer_objects_decided_by")),
        sa.ForeignKeyConstraint(["peer_id"], ["peers.id"], name=op.f("fk_peer_objects_peer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_objects")),
        sa.UniqueConstraint("peer_id", "digest", name=op.f("uq_peer_objects_peer_id_digest")),
    )
    op.create_index("ix_peer_objects_state", "peer_objects", ["peer_id", "state", "id"])


def downgrade() -> None:
    op.drop_table("peer_objects")
    op.drop_table("peers")
