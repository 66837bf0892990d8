"""The secretariat's inbox: how reports are handled, calls, cases without a reporter, shifts; and the situation board."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)

# What lay there before: the newest version that the secretariat sees, with no hint; what was closed by a final report
# or a near miss is closed, so that nobody begins with the years before.
_FILL = """
    INSERT INTO inbox_items (report_id, ceptoar, exercise, version_id, number, label, first_at, filed_at, hint,
        unconfirmed, state, assigned_to, priority, tags, waiting_for, reason, merged_into, changed_at)
    SELECT r.id, r.ceptoar, r.exercise, v.id, v.number, v.label,
        (SELECT min(f.filed_at) FROM report_versions f WHERE f.report_id = r.id AND f.label <> 'TLP:RED'),
        v.filed_at, 0, {false}, CASE WHEN v.kind IN ('final', 'near_miss') THEN 'closed' ELSE 'new' END,
        NULL, 0, '', '', '', NULL, v.filed_at
    FROM reports r JOIN report_versions v ON v.report_id = r.id
    WHERE v.label <> 'TLP:RED' AND NOT EXISTS (
        SELECT 1 FROM report_versions n
        WHERE n.report_id = r.id AND n.number > v.number AND n.label <> 'TLP:RED'
    )
"""


def upgrade() -> None:
    """Make the tables, and lay every report into its secretariat's inbox."""
    op.create_table(
        "inbox_items",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("ceptoar", sa.String(40), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("filed_at", _TIME, nullable=False),
        sa.Column("hint", sa.SmallInteger(), nullable=False),
        sa.Column("unconfirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("assigned_to", sa.Uuid(), nullable=True),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("tags", sa.Text(), nullable=False),
        sa.Column("waiting_for", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_inbox_items_report_id_reports")),
        sa.ForeignKeyConstraint(["ceptoar"], ["ceptoars.code"], name=op.f("fk_inbox_items_ceptoar_ceptoars")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["report_versions.id"], name=op.f("fk_inbox_items_version_id_report_versions")
        ),
        sa.ForeignKeyConstraint(["assigned_to"], ["accounts.id"], name=op.f("fk_inbox_items_assigned_to_accounts")),
        sa.ForeignKeyConstraint(["merged_into"], ["reports.id"], name=op.f("fk_inbox_items_merged_into_reports")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_inbox_items")),
    )
    op.create_index("ix_inbox_items_handling", "inbox_items", ["ceptoar", "state", "priority", "hint", "filed_at"])
    op.create_index("ix_inbox_items_filed", "inbox_items", ["ceptoar", "filed_at"])
    op.create_index(op.f("ix_inbox_items_merged_into"), "inbox_items", ["merged_into"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(_FILL.format(false="0" if on_sqlite else "false"))
    op.create_table(
        "inbox_reads",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("read_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_inbox_reads_account_id_accounts")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_inbox_reads_report_id_reports")),
        sa.PrimaryKeyConstraint("account_id", "report_id", name=op.f("pk_inbox_reads")),
    )
    op.create_table(
        "inbox_filters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_inbox_filters_account_id_accounts")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_inbox_filters_organization_id_organizations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_filters")),
    )
    op.create_index(op.f("ix_inbox_filters_account_id"), "inbox_filters", ["account_id"])
    op.create_table(
        "inbox_relations",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("ceptoar", sa.String(40), nullable=False),
        sa.Column("made_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_inbox_relations_report_id_reports")),
        sa.ForeignKeyConstraint(["other_id"], ["reports.id"], name=op.f("fk_inbox_relations_other_id_reports")),
        sa.ForeignKeyConstraint(["ceptoar"], ["ceptoars.code"], name=op.f("fk_inbox_relations_ceptoar_ceptoars")),
        sa.PrimaryKeyConstraint("report_id", "other_id", name=op.f("pk_inbox_relations")),
    )
    _make_notes()


def _make_notes() -> None:
    op.create_table(
        "shift_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", _TIME, nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_shift_notes_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_shift_notes_written_by_accounts")),
        sa.ForeignKeyConstraint(["taken_by"], ["accounts.id"], name=op.f("fk_shift_notes_taken_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_notes")),
    )
    op.create_index(op.f("ix_shift_notes_organization_id"), "shift_notes", ["organization_id"])
    op.create_table(
        "calls",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("caller", sa.String(120), nullable=False),
        sa.Column("number", sa.String(60), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("taken_at", _TIME, nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("confirmed_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["report_versions.id"], name=op.f("fk_calls_version_id_report_versions")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_calls_report_id_reports")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_calls_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["taken_by"], ["accounts.id"], name=op.f("fk_calls_taken_by_accounts")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["accounts.id"], name=op.f("fk_calls_confirmed_by_accounts")),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_calls")),
    )
    op.create_index(op.f("ix_calls_report_id"), "calls", ["report_id"])
    op.create_table(
        "cases",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(12), nullable=False),
        sa.Column("sector", sa.String(40), nullable=False),
        sa.Column("source", sa.String(40), nullable=False),
        sa.Column("source_detail", sa.Text(), nullable=False),
        sa.Column("event_type", sa.String(10), nullable=False),
        sa.Column("service_impact", sa.String(10), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("heard_at", _TIME, nullable=False),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("registered_at", _TIME, nullable=False),
        sa.Column("joined_report", sa.Uuid(), nullable=True),
        sa.Column("joined_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_cases_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["sector"], ["sectors.code"], name=op.f("fk_cases_sector_sectors")),
        sa.ForeignKeyConstraint(["registered_by"], ["accounts.id"], name=op.f("fk_cases_registered_by_accounts")),
        sa.ForeignKeyConstraint(["joined_report"], ["reports.id"], name=op.f("fk_cases_joined_report_reports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("reference", name=op.f("uq_cases_reference")),
    )
    op.create_index(op.f("ix_cases_organization_id"), "cases", ["organization_id"])
    op.create_table(
        "service_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sector", sa.String(40), nullable=False),
        sa.Column("ceptoar", sa.String(40), nullable=False),
        sa.Column("service", sa.String(120), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("forecast", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("word_at", _TIME, nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("said_by", sa.Uuid(), nullable=False),
        sa.Column("said_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_service_statements_organization_id_organizations")
        ),
        sa.ForeignKeyConstraint(["sector"], ["sectors.code"], name=op.f("fk_service_statements_sector_sectors")),
        sa.ForeignKeyConstraint(["ceptoar"], ["ceptoars.code"], name=op.f("fk_service_statements_ceptoar_ceptoars")),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_service_statements_audience_id_audiences")
        ),
        sa.ForeignKeyConstraint(["said_by"], ["accounts.id"], name=op.f("fk_service_statements_said_by_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_statements")),
    )
    op.create_index("ix_service_statements_last", "service_statements", ["organization_id", "service", "said_at"])


def downgrade() -> None:
    """Forget how reports were handled."""
    for table in (
        "service_statements",
        "cases",
        "calls",
        "shift_notes",
        "inbox_relations",
        "inbox_filters",
        "inbox_reads",
        "inbox_items",
    ):
        op.drop_table(table)
