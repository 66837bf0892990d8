"""Common events, to which secretariats link reports of their members."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "common_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_common_events_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["opened_by"], ["accounts.id"], name=op.f("fk_common_events_opened_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_common_events")),
    )
    op.create_table(
        "common_event_links",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("linked_by", sa.Uuid(), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["common_events.id"], name=op.f("fk_common_event_links_event_id_common_events")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_common_event_links_report_id_reports")),
        sa.ForeignKeyConstraint(["linked_by"], ["accounts.id"], name=op.f("fk_common_event_links_linked_by_accounts")),
        sa.PrimaryKeyConstraint("event_id", "report_id", name=op.f("pk_common_event_links")),
    )


def downgrade() -> None:
    """Forget events."""
    op.drop_table("common_event_links")
    op.drop_table("common_events")
