"""Files of reports: those that are not filed yet, and those that were."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "uploads",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("announced", sa.LargeBinary(32), nullable=True),
        sa.Column("sha256", sa.LargeBinary(32), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label", sa.String(40), nullable=True),
        *_common(),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_uploads_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], name=op.f("fk_uploads_draft_id_drafts")),
        sa.ForeignKeyConstraint(["put_by"], ["accounts.id"], name=op.f("fk_uploads_put_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
    )
    for column in ("organization_id", "draft_id", "state"):
        op.create_index(op.f(f"ix_uploads_{column}"), "uploads", [column])
    op.create_table(
        "attachments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        *_common(),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_attachments_report_id_reports")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["report_versions.id"], name=op.f("fk_attachments_version_id_report_versions")
        ),
        sa.ForeignKeyConstraint(["audience_id"], ["audiences.id"], name=op.f("fk_attachments_audience_id_audiences")),
        sa.ForeignKeyConstraint(["put_by"], ["accounts.id"], name=op.f("fk_attachments_put_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    for column in ("report_id", "object_id", "state"):
        op.create_index(op.f(f"ix_attachments_{column}"), "attachments", [column])


def _common() -> list[sa.Column]:  # type: ignore[type-arg]
    return [
        sa.Column("sample", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("found", sa.String(200), nullable=False),
        sa.Column("scan_at", _TIME, nullable=True),
        sa.Column("scan_tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("put_by", sa.Uuid(), nullable=False),
        sa.Column("put_at", _TIME, nullable=False),
    ]


def downgrade() -> None:
    """Forget the files; what lies in the folder of files stays there."""
    op.drop_table("attachments")
    op.drop_table("uploads")
