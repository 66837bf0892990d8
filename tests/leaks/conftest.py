"""The base world on each of the two databases, made once a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from models.session import upgrade
from tests.factory import START
from tests.harness import postgres, sqlite
from tests.leaks.cast import make_base
from tests.leaks.still import standing_still
from tests.leaks.worlds import Ground, lay_ground


@pytest.fixture(scope="session")
def sqlite_ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """The base world in a file."""
    folder = tmp_path_factory.mktemp("leaks-sqlite")
    url = sqlite.copy(sqlite.migrated_template(upgrade), folder / "base.sqlite3")
    with standing_still(START):
        return lay_ground(make_base(url, folder), folder, None)


@pytest.fixture(scope="session")
def postgres_ground(tmp_path_factory: pytest.TempPathFactory, postgres_server: postgres.Server) -> Iterator[Ground]:
    """The base world on a server."""
    folder = tmp_path_factory.mktemp("leaks-postgres")
    with postgres.fresh_database(postgres_server, postgres.migrated_template(postgres_server, upgrade)) as url:
        with standing_still(START):
            ground = lay_ground(make_base(url, folder), folder, postgres_server)
        yield ground
