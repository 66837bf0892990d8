"""Publishers' signing keys, manifests of submissions, collections that take only what is signed."""

import sqlalchemy as sa
from alembic import op

import models.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signing_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=3000), nullable=False),
        sa.Column("thumbprint", sa.String(length=100), nullable=False),
        sa.Column("began_at", models.types.Moment(timezone=True), nullable=False),
        sa.Column("ends_at", models.types.Moment(timezone=True), nullable=True),
        sa.Column("revoked_at", models.types.Moment(timezone=True), nullable=True),
        sa.Column("revoked_from", models.types.Moment(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_signing_keys_organization_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signing_keys")),
        sa.UniqueConstraint("organization_id", "thumbprint", name=op.f("uq_signing_keys_organization_id_thumbprint")),
    )
    op.create_table(
        "submission_manifests",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", models.types.Moment(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organizations.id"],
            name=op.f("fk_submission_manifests_organization_id_organizations"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "nonce", name=op.f("pk_submission_manifests")),
    )
    op.add_column("collections", sa.Column("needs_signature", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("collections", "needs_signature")
    op.drop_table("submission_manifests")
    op.drop_table("signing_keys")
