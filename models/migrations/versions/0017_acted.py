"""Find the entries in which an organization or an account acted.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_MEMBER = {
    "sqlite": "CASE WHEN json_valid(CAST(body AS TEXT)) THEN json_extract(CAST(body AS TEXT), '$.{}') END",
    "postgresql": "substring(encode(body, 'escape') from '\"{}\":\"([0-9a-f-]+)\"')",
}
_MEMBERS = ("organization", "account")


def upgrade() -> None:
    """Index the part `actor` of every entry by who acted; the database reads that from the part itself."""
    expression = _MEMBER[op.get_bind().dialect.name]
    for member in _MEMBERS:
        op.execute(
            f"CREATE INDEX ix_audit_parts_{member} ON audit_parts ({expression.format(member)}, entry_id) "
            "WHERE name = 'actor'"
        )


def downgrade() -> None:
    """Find them by looking at all entries again."""
    for member in _MEMBERS:
        op.drop_index(f"ix_audit_parts_{member}", table_name="audit_parts")
