"""The index of the search: an array with a GIN index on PostgreSQL, an FTS5 table behind triggers on SQLite."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FTS = (
    # Terms are numbers: no positions, no sizes of columns, nothing but which row holds which.
    "CREATE VIRTUAL TABLE search_index USING fts5(terms, content='search_documents', content_rowid='object_id',"
    " detail=none, columnsize=0, tokenize='ascii')",
    "CREATE TRIGGER search_added AFTER INSERT ON search_documents BEGIN"
    " INSERT INTO search_index(rowid, terms) VALUES (new.object_id, new.terms); END",
    "CREATE TRIGGER search_removed AFTER DELETE ON search_documents BEGIN"
    " INSERT INTO search_index(search_index, rowid, terms) VALUES ('delete', old.object_id, old.terms); END",
    "CREATE TRIGGER search_changed AFTER UPDATE ON search_documents BEGIN"
    " INSERT INTO search_index(search_index, rowid, terms) VALUES ('delete', old.object_id, old.terms);"
    " INSERT INTO search_index(rowid, terms) VALUES (new.object_id, new.terms); END",
)


def upgrade() -> None:
    """Begin with an empty index; the hub fills it by itself, in the order of the log."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.create_table(
        "search_documents",
        sa.Column("object_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("terms", sa.ARRAY(sa.Integer()).with_variant(sa.Text(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("object_id", name=op.f("pk_search_documents")),
    )
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    op.execute("INSERT INTO search_state (id, position) VALUES (1, 0)")
    if on_sqlite:
        for statement in _FTS:
            op.execute(statement)
    else:
        op.create_index("ix_search_documents_terms", "search_documents", ["terms"], postgresql_using="gin")


def downgrade() -> None:
    """Forget the index; it can be made again."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_table("search_state")
    op.drop_table("search_documents")
