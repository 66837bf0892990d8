"""A hub process that stands still with a lock of PostgreSQL in its hands: posts of others are answered nevertheless."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from hub.app import create_app
from models.session import LOCK_SECONDS, Database
from models.vocabulary import Role
from sharing.audit.integrate import LOG_LOCK
from tests.factory import World
from tests.hub.taxii.conftest import ROOT, TAXII, envelope, indicator, program_inside

WHERE = f"{ROOT}collections/electricity/objects/"


@contextmanager
def standing_still(url: str, lock: str, *given: object) -> Iterator[None]:
    """Somebody who took a lock and does nothing more."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(f"SELECT pg_advisory_xact_lock({lock})", given)
        yield
        connection.rollback()


@pytest.fixture
def world(postgres_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A hub that waits for a lock no longer than a test can."""
    made = World(f"{postgres_hub_url}?options=-c%20lock_timeout%3D300ms", tmp_path)
    yield made
    made.close()


def test_no_wait_for_a_lock_is_without_an_end(postgres_url: str):
    """Every connection says so by itself; a machine that is gone is noticed, and lets go."""
    with Database(postgres_url).reading() as session:
        asked = ("lock_timeout", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count")
        said = [session.connection().exec_driver_sql(f"SHOW {each}").scalar_one() for each in asked]
    assert said == [f"{LOCK_SECONDS}s", "60", "10", "6"]


def test_a_post_is_pending_where_nobody_can_integrate(world: World, postgres_hub_url: str):
    """It was recorded, and its sender waited for an answer without an end, with a thread of the hub."""
    client = program_inside(world)
    one, two = indicator(), indicator()
    with standing_still(postgres_hub_url, "%s", LOG_LOCK):
        answer = client.post(WHERE, data=envelope(one, indicator(labels=[])), content_type=TAXII)
        assert answer.status_code == 202 and answer.json is not None
        counts = {name: answer.json[f"{name}_count"] for name in ("success", "failure", "pending")}
        assert (answer.json["status"], counts) == ("pending", {"success": 0, "failure": 1, "pending": 1})
        assert [each["id"] for each in answer.json["pendings"]] == [one["id"]]
        status = answer.headers["Location"]
        assert client.get(status).json == answer.json
        assert client.get(WHERE).json == {}
        gone = client.delete(f"{WHERE}{one['id']}/")
        assert (gone.status_code, gone.json and gone.json["http_status"]) == (503, "503")
    assert client.post(WHERE, data=envelope(two), content_type=TAXII).json["status"] == "complete"  # type: ignore[index]
    told = client.get(status).json
    assert told is not None and (told["status"], told["success_count"]) == ("complete", 1)
    assert client.get(WHERE).json == {"objects": [one, two]}


def test_a_post_is_told_to_come_back_where_its_publisher_is_held_up(world: World, postgres_hub_url: str):
    """Nothing is written, and 503 says when to try again; it waited without an end."""
    client = program_inside(world)
    person = world.person(world.secretariat("Another"), Role.COORDINATOR)
    other = create_app(world.hub).test_client()
    other.environ_base |= client.environ_base
    other.environ_base |= {"HTTP_AUTHORIZATION": f"Bearer {world.key(person)}"}
    publisher = str(person.organization.id)
    one = indicator()
    with standing_still(postgres_hub_url, "hashtextextended(%s, 0)", publisher):
        answer = other.post(WHERE, data=envelope(one), content_type=TAXII)
        assert answer.status_code == 503 and "Retry-After" in answer.headers
        assert client.post(WHERE, data=envelope(indicator()), content_type=TAXII).status_code == 202
    assert client.get(f"{WHERE}{one['id']}/").status_code == 404
    assert other.post(WHERE, data=envelope(one), content_type=TAXII).status_code == 202
