"""The ground itself: databases are real, fresh and separate; processes start, stop and are counted; the end tells the truth."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.harness import pins
from tests.harness.ports import free_port
from tests.harness.postgres import Server, fresh_database


def test_each_test_has_an_empty_database_of_its_own(empty_database_url):
    """What one test writes the next must not find: the same table can be made once per test on each kind."""
    engine = create_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (value INTEGER)"))
        connection.execute(text("INSERT INTO mine VALUES (1)"))
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM mine")).scalar_one() == 1
    engine.dispose()


def test_a_migrated_database_has_tables(database_url):
    """The template was migrated, and its copy can be written to."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert engine.dialect.has_table(connection, "alembic_version")
    engine.dispose()


@pytest.mark.postgres
def test_a_copy_does_not_see_its_twin(postgres_server: Server):
    """Two databases of one server share no table, and a dropped one is gone even with somebody connected."""
    with fresh_database(postgres_server) as one, fresh_database(postgres_server) as other:
        first, second = create_engine(one), create_engine(other)
        with first.begin() as connection:
            connection.execute(text("CREATE TABLE only_here (value INTEGER)"))
        with second.connect() as connection:
            assert not second.dialect.has_table(connection, "only_here")
        held = first.connect()
        held.execute(text("SELECT 1"))
    with pytest.raises(psycopg.OperationalError):
        postgres_server.connect(one.rsplit("/", 1)[1])
    first.dispose()
    second.dispose()


def test_the_server_demands_its_password(postgres_server: Server):
    """The server listens on the loopback address, where other users of the machine are too."""
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host="127.0.0.1", port=postgres_server.port, user="hub", password="wrong", dbname="postgres")


def test_free_ports_are_free():
    """Two questions in a row give ports that can be had."""
    assert {free_port(), free_port()}.isdisjoint({0})


@pytest.mark.parametrize(
    ("wanted", "pinned", "said"),
    [
        ("flask\n", "", "expected a hashed pin of flask, found none"),
        ("flask\n", "flask==3.1.3\n", "expected a hashed pin of flask, found none"),
        (
            "cryptography>=50\n",
            "cryptography==49.0.0 \\\n    --hash=sha256:00\n",
            "expected cryptography>=50, found 49.0.0",
        ),
    ],
)
def test_a_requirement_without_its_pin_is_named(wanted, pinned, said):
    """An entry that is absent, has no hash, or is not what was asked for."""
    assert pins.faults(wanted, pinned) == [said]


def test_a_pinned_requirement_is_accepted():
    """Names are compared as the package index compares them, markers and extras aside."""
    text = "psycopg-binary==3.3.9 ; implementation_name != 'pypy' \\\n    --hash=sha256:00\nPsycopg==3.3.9 \\\n    --hash=sha256:00\n"
    assert pins.faults("psycopg[binary]\npsycopg_binary\n# a remark\n-c other.txt\n", text) == []
