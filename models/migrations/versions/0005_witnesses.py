"""Witnesses, their cosignatures, the log's keys, and declared losses"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "witnesses",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("vkey", sa.String(length=2200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("removed_at", MOMENT, nullable=True),
        sa.Column("shard", sa.String(length=40), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("cosigned_at", MOMENT, nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("problem_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_witnesses")),
        sa.UniqueConstraint("name", name=op.f("uq_witnesses_name")),
    )
    op.create_table(
        "cosignatures",
        sa.Column("shard", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("witness_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("cosigned_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("shard", "size", "witness_id", name=op.f("pk_cosignatures")),
    )
    op.create_table(
        "log_keys",
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", sa.Integer(), nullable=False),
        sa.Column("from_shard", sa.String(length=40), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("until_shard", sa.String(length=40), nullable=True),
        sa.Column("retired_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("public", name=op.f("pk_log_keys")),
    )
    op.create_table(
        "log_recoveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.String(length=40), nullable=False),
        sa.Column("stored_size", sa.BigInteger(), nullable=False),
        sa.Column("witnessed", sa.String(length=400), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("requested_by", sa.String(length=200), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("approved_by", sa.String(length=200), nullable=True),
        sa.Column("approved_at", MOMENT, nullable=True),
        sa.Column("opened", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_recoveries")),
    )


def downgrade() -> None:
    for table in ("log_recoveries", "log_keys", "cosignatures", "witnesses"):
        op.drop_table(table)
