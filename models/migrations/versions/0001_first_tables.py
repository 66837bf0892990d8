"""The first tables"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=100), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("password_hash", sa.String(length=300), nullable=True),
        sa.Column("totp_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("agreement_version", sa.String(length=40), nullable=True),
        sa.Column("agreement_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("username", name=op.f("uq_accounts_username")),
    )
    op.create_table(
        "audiences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiences")),
        sa.UniqueConstraint("digest", name=op.f("uq_audiences_digest")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parts_root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("objects_root", sa.LargeBinary(length=32), nullable=True),
        sa.Column("object_count", sa.Integer(), nullable=False),
        sa.Column("tree_size", sa.Integer(), nullable=False),
        sa.Column("padding", sa.LargeBinary(), nullable=True),
        sa.Column("regrants", sa.Integer(), nullable=False),
        sa.Column("bridge", sa.String(length=300), nullable=True),
        sa.Column("shard", sa.String(length=40), nullable=True),
        sa.Column("log_index", sa.BigInteger(), nullable=True),
        sa.Column("ts_ms", sa.BigInteger(), nullable=True),
        sa.Column("leaf", sa.LargeBinary(), nullable=True),
        sa.Column("leaf_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("first_position", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_tag"), "audit_entries", ["tag"], unique=False)
    op.create_index(
        "ix_audit_entries_waiting",
        "audit_entries",
        ["id"],
        unique=False,
        sqlite_where=sa.text("log_index IS NULL"),
        postgresql_where=sa.text("log_index IS NULL"),
    )
    op.create_index("uq_audit_entries_leaf", "audit_entries", ["shard", "log_index"], unique=True)

    op.create_table(
        "audit_parts",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "name", name=op.f("pk_audit_parts")),
    )
    op.create_table(
        "audit_subjects",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=150), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "entry_id", name=op.f("pk_audit_subjects")),
    )
    op.create_index("ix_audit_subjects_entry", "audit_subjects", ["entry_id"], unique=False)

    op.create_table(
        "checkpoints",
        sa.Column("shard", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("shard", "size", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "code_items",
        sa.Column("list", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("group_ja", sa.Text(), nullable=False),
        sa.Column("group_en", sa.Text(), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("list", "version", "code", name=op.f("pk_code_items")),
    )
    op.create_table(
        "due",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("payload", DOCUMENT, nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_due_kind_key")),
    )
    op.create_index("ix_due_waiting", "due", ["state", "due_at"], unique=False)

    op.create_table(
        "edition_facts",
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=False),
        sa.Column("event_type", sa.String(length=10), nullable=False),
        sa.Column("service_impact", sa.String(length=10), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_edition_facts")),
    )
    op.create_index(op.f("ix_edition_facts_report_id"), "edition_facts", ["report_id"], unique=False)

    op.create_table(
        "grants",
        sa.Column("feed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("token_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=False),
        sa.Column("probe", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("feed", "token_id", "position", name=op.f("pk_grants")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_grants_object", "grants", ["object_id"], unique=False)

    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "log_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("shard", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("last_ts_ms", sa.BigInteger(), nullable=False),
        sa.Column("clock_seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_state")),
    )
    op.create_table(
        "objects",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("stix_id", sa.String(length=150), nullable=False),
        sa.Column("publisher_id", sa.Uuid(), nullable=False),
        sa.Column("version_us", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("spec_version", sa.String(length=5), nullable=False),
        sa.Column("created_by_ref", sa.String(length=150), nullable=True),
        sa.Column("label", sa.SmallInteger(), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("fullness", sa.SmallInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objects")),
    )
    op.create_index("ix_objects_entry", "objects", ["entry_id"], unique=False)
    op.create_index(
        "ix_objects_report",
        "objects",
        ["report_id"],
        unique=False,
        sqlite_where=sa.text("report_id IS NOT NULL"),
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_index("uq_objects_series", "objects", ["stix_id", "publisher_id", "version_us"], unique=True)

    op.create_table(
        "policy_versions",
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_policy_versions_number")),
    )
    op.create_table(
        "regrants",
        sa.Column("entry_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("feed", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "object_id", "feed", name=op.f("pk_regrants")),
    )
    op.create_table(
        "sectors",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_ja", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("ministry", sa.String(length=40), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_sectors")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_tokens_name")),
    )
    op.create_table(
        "audience_tokens",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.ForeignKeyConstraint(["audience_id"], ["audiences.id"], name=op.f("fk_audience_tokens_audience_id")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_audience_tokens_token_id")),
        sa.PrimaryKeyConstraint("audience_id", "token_id", name=op.f("pk_audience_tokens")),
    )
    op.create_table(
        "ceptoars",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=False),
        sa.Column("name_ja", sa.String(length=100), nullable=False),
        sa.Column("name_en", sa.String(length=100), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["sector"], ["sectors.code"], name=op.f("fk_ceptoars_sector")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ceptoars")),
    )
    op.create_index(op.f("ix_ceptoars_sector"), "ceptoars", ["sector"], unique=False)

    op.create_table(
        "collections",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("alias", sa.String(length=60), nullable=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("title_ja", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=True),
        sa.Column("default_label", sa.String(40), nullable=True),
        sa.Column("highest_label", sa.String(40), nullable=False),
        sa.Column("lenient", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sector"], ["sectors.code"], name=op.f("fk_collections_sector")),
        sa.PrimaryKeyConstraint("feed", name=op.f("pk_collections")),
        sa.UniqueConstraint("alias", name=op.f("uq_collections_alias")),
        sa.UniqueConstraint("id", name=op.f("uq_collections_id")),
    )
    op.create_table(
        "collection_rights",
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("writes", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed"], ["collections.feed"], name=op.f("fk_collection_rights_feed")),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_collection_rights_token_id")),
        sa.PrimaryKeyConstraint("feed", "token_id", "writes", name=op.f("pk_collection_rights")),
    )
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.String(40), nullable=False),
        sa.Column("name_ja", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=True),
        sa.Column("ceptoar", sa.String(length=40), nullable=True),
        sa.Column("ministry", sa.String(length=40), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ceptoar"], ["ceptoars.code"], name=op.f("fk_organizations_ceptoar")),
        sa.ForeignKeyConstraint(["parent_id"], ["organizations.id"], name=op.f("fk_organizations_parent_id")),
        sa.ForeignKeyConstraint(["sector"], ["sectors.code"], name=op.f("fk_organizations_sector")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("name_ja", name=op.f("uq_organizations_name_ja")),
    )
    op.create_index(op.f("ix_organizations_ceptoar"), "organizations", ["ceptoar"], unique=False)
    op.create_index(op.f("ix_organizations_sector"), "organizations", ["sector"], unique=False)

    op.create_table(
        "disclosures",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("entry_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.Uuid(), nullable=True),
        sa.Column("door", sa.String(length=10), nullable=False),
        sa.Column("feed", sa.Integer(), nullable=False),
        sa.Column("object_id", sa.BigInteger(), nullable=True),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.Column("filters", sa.String(length=2000), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_disclosures_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_disclosures_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disclosures")),
    )
    op.create_index("ix_disclosures_object", "disclosures", ["object_id"], unique=False)
    op.create_index("ix_disclosures_organization", "disclosures", ["organization_id", "at"], unique=False)
    op.create_index("ix_disclosures_range", "disclosures", ["feed", "first_position"], unique=False)

    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("roles", DOCUMENT, nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invitations_account_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["accounts.id"], name=op.f("fk_invitations_invited_by")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_invitations_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("code_digest", name=op.f("uq_invitations_code_digest")),
    )
    op.create_index(op.f("ix_invitations_organization_id"), "invitations", ["organization_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("roles", DOCUMENT, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index("ix_memberships_account", "memberships", ["account_id"], unique=False)
    op.create_index("ix_memberships_organization", "memberships", ["organization_id"], unique=False)

    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("sector", sa.String(length=40), nullable=False),
        sa.Column("ceptoar", sa.String(length=40), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("versions", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ceptoar"], ["ceptoars.code"], name=op.f("fk_reports_ceptoar")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_reports_organization_id")),
        sa.ForeignKeyConstraint(["sector"], ["sectors.code"], name=op.f("fk_reports_sector")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("reference", name=op.f("uq_reports_reference")),
    )
    op.create_index(op.f("ix_reports_ceptoar"), "reports", ["ceptoar"], unique=False)
    op.create_index(op.f("ix_reports_organization_id"), "reports", ["organization_id"], unique=False)
    op.create_index(op.f("ix_reports_updated_at"), "reports", ["updated_at"], unique=False)

    op.create_table(
        "reset_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_reset_requests_account_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_reset_requests_decided_by")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_reset_requests_organization_id")
        ),
        sa.ForeignKeyConstraint(["requested_by"], ["accounts.id"], name=op.f("fk_reset_requests_requested_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_requests")),
    )
    op.create_index(op.f("ix_reset_requests_account_id"), "reset_requests", ["account_id"], unique=False)
    op.create_index(op.f("ix_reset_requests_organization_id"), "reset_requests", ["organization_id"], unique=False)

    op.create_table(
        "token_windows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("token_id", sa.Integer(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_token_windows_account_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_token_windows_organization_id")
        ),
        sa.ForeignKeyConstraint(["token_id"], ["tokens.id"], name=op.f("fk_token_windows_token_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token_windows")),
    )
    op.create_index("ix_token_windows_account", "token_windows", ["account_id"], unique=False)
    op.create_index("ix_token_windows_organization", "token_windows", ["organization_id"], unique=False)

    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hint", sa.String(length=12), nullable=False),
        sa.Column("scopes", DOCUMENT, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_api_keys_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
    )
    op.create_index(op.f("ix_api_keys_membership_id"), "api_keys", ["membership_id"], unique=False)

    op.create_table(
        "digest_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["membership_id"], ["memberships.id"], name=op.f("fk_digest_subscriptions_membership_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_subscriptions")),
        sa.UniqueConstraint("membership_id", name=op.f("uq_digest_subscriptions_membership_id")),
    )
    op.create_table(
        "post_statuses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_post_statuses_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_statuses")),
    )
    op.create_index(op.f("ix_post_statuses_created_at"), "post_statuses", ["created_at"], unique=False)

    op.create_table(
        "report_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("form_version", sa.String(length=20), nullable=False),
        sa.Column("fields", DOCUMENT, nullable=False),
        sa.Column("submission", sa.Uuid(), nullable=False),
        sa.Column("filed_by", sa.Uuid(), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["filed_by"], ["accounts.id"], name=op.f("fk_report_versions_filed_by")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_versions_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_versions")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_versions_report_id_number")),
        sa.UniqueConstraint("submission", name=op.f("uq_report_versions_submission")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=True),
        sa.Column("second_factor_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_ins_account_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_sign_ins_membership_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_ins")),
    )
    op.create_index(op.f("ix_sign_ins_account_id"), "sign_ins", ["account_id"], unique=False)

    op.create_table(
        "digests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("window_from", sa.BigInteger(), nullable=False),
        sa.Column("window_to", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["digest_subscriptions.id"], name=op.f("fk_digests_subscription_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("subscription_id", "window_from", name=op.f("uq_digests_subscription_id_window_from")),
        sa.UniqueConstraint("subscription_id", "window_to", name=op.f("uq_digests_subscription_id_window_to")),
    )
    op.create_index(op.f("ix_digests_subscription_id"), "digests", ["subscription_id"], unique=False)

    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("policy_version", sa.String(length=40), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by"], ["accounts.id"], name=op.f("fk_proposals_decided_by")),
        sa.ForeignKeyConstraint(["proposed_by"], ["accounts.id"], name=op.f("fk_proposals_proposed_by")),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_proposals_report_id")),
        sa.ForeignKeyConstraint(["version_id"], ["report_versions.id"], name=op.f("fk_proposals_version_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(op.f("ix_proposals_report_id"), "proposals", ["report_id"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("digest_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_deliveries_account_id")),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name=op.f("fk_deliveries_digest_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("digest_id", "account_id", "way", name=op.f("uq_deliveries_digest_id_account_id_way")),
    )
    op.create_index(op.f("ix_deliveries_account_id"), "deliveries", ["account_id"], unique=False)

    op.create_table(
        "proposal_objects",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(40), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposals.id"], name=op.f("fk_proposal_objects_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "form", "place", name=op.f("pk_proposal_objects")),
    )


def downgrade() -> None:
    op.drop_table("proposal_objects")
    op.drop_index(op.f("ix_deliveries_account_id"), table_name="deliveries")

    op.drop_table("deliveries")
    op.drop_index(op.f("ix_proposals_report_id"), table_name="proposals")

    op.drop_table("proposals")
    op.drop_index(op.f("ix_digests_subscription_id"), table_name="digests")

    op.drop_table("digests")
    op.drop_index(op.f("ix_sign_ins_account_id"), table_name="sign_ins")

    op.drop_table("sign_ins")
    op.drop_table("report_versions")
    op.drop_index(op.f("ix_post_statuses_created_at"), table_name="post_statuses")

    op.drop_table("post_statuses")
    op.drop_table("digest_subscriptions")
    op.drop_index(op.f("ix_api_keys_membership_id"), table_name="api_keys")

    op.drop_table("api_keys")
    op.drop_index("ix_token_windows_organization", table_name="token_windows")
    op.drop_index("ix_token_windows_account", table_name="token_windows")

    op.drop_table("token_windows")
    op.drop_index(op.f("ix_reset_requests_organization_id"), table_name="reset_requests")
    op.drop_index(op.f("ix_reset_requests_account_id"), table_name="reset_requests")

    op.drop_table("reset_requests")
    op.drop_index(op.f("ix_reports_updated_at"), table_name="reports")
    op.drop_index(op.f("ix_reports_organization_id"), table_name="reports")
    op.drop_index(op.f("ix_reports_ceptoar"), table_name="reports")

    op.drop_table("reports")
    op.drop_index("ix_memberships_organization", table_name="memberships")
    op.drop_index("ix_memberships_account", table_name="memberships")

    op.drop_table("memberships")
    op.drop_index(op.f("ix_invitations_organization_id"), table_name="invitations")

    op.drop_table("invitations")
    op.drop_index("ix_disclosures_range", table_name="disclosures")
    op.drop_index("ix_disclosures_organization", table_name="disclosures")
    op.drop_index("ix_disclosures_object", table_name="disclosures")

    op.drop_table("disclosures")
    op.drop_index(op.f("ix_organizations_sector"), table_name="organizations")
    op.drop_index(op.f("ix_organizations_ceptoar"), table_name="organizations")

    op.drop_table("organizations")
    op.drop_table("collection_rights")
    op.drop_table("collections")
    op.drop_index(op.f("ix_ceptoars_sector"), table_name="ceptoars")

    op.drop_table("ceptoars")
    op.drop_table("audience_tokens")
    op.drop_table("tokens")
    op.drop_table("sectors")
    op.drop_table("regrants")
    op.drop_table("policy_versions")
    op.drop_index("uq_objects_series", table_name="objects")
    op.drop_index(
        "ix_objects_report",
        table_name="objects",
        sqlite_where=sa.text("report_id IS NOT NULL"),
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.drop_index("ix_objects_entry", table_name="objects")

    op.drop_table("objects")
    op.drop_table("log_state")
    op.drop_table("leases")
    op.drop_index("ix_grants_object", table_name="grants")

    op.drop_table("grants")
    op.drop_index(op.f("ix_edition_facts_report_id"), table_name="edition_facts")

    op.drop_table("edition_facts")
    op.drop_index("ix_due_waiting", table_name="due")

    op.drop_table("due")
    op.drop_table("code_items")
    op.drop_table("checkpoints")
    op.drop_index("ix_audit_subjects_entry", table_name="audit_subjects")

    op.drop_table("audit_subjects")
    op.drop_table("audit_parts")
    op.drop_index("uq_audit_entries_leaf", table_name="audit_entries")
    op.drop_index(
        "ix_audit_entries_waiting",
        table_name="audit_entries",
        sqlite_where=sa.text("log_index IS NULL"),
        postgresql_where=sa.text("log_index IS NULL"),
    )
    op.drop_index(op.f("ix_audit_entries_tag"), table_name="audit_entries")

    op.drop_table("audit_entries")
    op.drop_table("audiences")
    op.drop_table("accounts")
