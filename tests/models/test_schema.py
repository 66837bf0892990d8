"""The schema that the program expects is the last of the history, and the tables are what the models say."""

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import models.migrations
from models.migrations import HEAD
from models.session import Database, downgrade, schema_problem, upgrade
from models.tables import metadata


def test_head_is_the_last_revision() -> None:
    """Whoever adds a migration moves the constant too."""
    script = ScriptDirectory(str(Path(models.migrations.__file__).parent))
    assert script.get_current_head() == HEAD


def _is_in_the_models(_item: object, name: str | None, *_more: object) -> bool:
    """All but what differs between the databases: three indexes, and SQLite's tables behind the search."""
    alone = {"ix_audit_parts_organization", "ix_audit_parts_account", "ix_search_documents_terms"}
    return name not in alone and not str(name).startswith("search_index")


def test_the_history_makes_and_unmakes_the_tables(empty_database_url: str) -> None:
    """Up, down, up; afterwards nothing is missing and nothing left over."""
    database = Database(empty_database_url)
    assert schema_problem(database) == "the database is empty: run `ceptoar-hub init`"
    upgrade(empty_database_url)
    downgrade(empty_database_url, "base")
    assert schema_problem(database) == "the database is empty: run `ceptoar-hub init`"
    upgrade(empty_database_url)
    assert schema_problem(database) is None
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_in_the_models})
        assert compare_metadata(context, metadata) == []
    database.close()
