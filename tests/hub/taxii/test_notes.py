"""What a client's administrator is shown: the last requests of a key, and in plain words what the client does wrong."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from crypto.tokens import api_key_digest
from feeds.taxii.advice import Advice, advise
from hub.programs.advice_words import WORDS
from models.account import ApiKey
from models.key_request import KeyRequest
from models.vocabulary import Label, Role
from sharing.errors import NotVisible
from sharing.people.key_requests import KEPT, LONGEST, RequestLine, list_requests
from tests.harness import processes
from tests.hub.taxii.conftest import Client, Door, envelope, indicator
from tests.hub.taxii.tools import objects_of

OBJECTS = "/taxii2/hub/collections/inbox/objects/"
FIRST, SECOND = "2026-11-20T03:00:00.000001Z", "2026-11-20T03:00:05.000000Z"
START = 1_795_143_600_000_000


def line(at: float, query: str = "", status: int = 200, given: int = 0, last: str = "", **more: Any) -> RequestLine:
    told = {"more": False, "problem": "", "path": OBJECTS, "method": "GET", **more}
    return RequestLine(
        START + int(at * 1_000_000),
        told["method"],
        told["path"],
        query,
        "client/1",
        status,
        given,
        told["more"],
        last,
        told["problem"],
    )


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([line(0, given=3, last=FIRST), line(60, f"added_after={FIRST}")], set()),
        ([line(0, given=3, last=FIRST), line(60, "added_after=2026-11-20T03:01:00Z")], {Advice.OWN_CLOCK}),
        ([line(0, given=3, last=SECOND), line(60, "added_after=2026-11-20T03:00:05Z")], set()),
        ([line(0, given=3, last=SECOND), line(60, "added_after=2026-01-01T00:00:00Z", given=9, last=SECOND)], set()),
        ([line(n * 60, given=3, last=FIRST) for n in range(3)], {Advice.STARTS_OVER}),
        ([line(0, "limit=2", given=2, more=True, last=FIRST), line(1, "next=x", given=1)], set()),
        ([line(0, "limit=2", given=2, more=True, last=FIRST), line(1, f"added_after={FIRST}", given=1)], set()),
        (
            [line(0, "limit=2", given=2, more=True, last=FIRST), line(1, "added_after=2025-01-01T00:00:00Z")],
            {Advice.DROPS_NEXT},
        ),
        (
            [line(n * 60, f"added_after=2026-11-0{n + 1}T00:00:00Z", given=3, last=FIRST) for n in range(4)],
            {Advice.OTHER_TIME},
        ),
        (
            [line(n * 60, "added_after=2020-01-01T00:00:00Z", given=3, last=FIRST) for n in range(4)],
            {Advice.OTHER_TIME},
        ),
        (
            [line(n, f"added_after=2026-01-01T00:00:00Z&match[type]=x-{n}", given=3, last=FIRST) for n in range(9)],
            set(),
        ),
        ([line(n / 10) for n in range(20)], {Advice.POLLS_FAST}),
        ([line(n * 60) for n in range(20)], set()),
        ([line(0, "limit=0", 400, problem="expected limit to be a whole number from 1")], {Advice.BAD_QUERY}),
        ([line(0, "", 400, method="POST", problem="expected JSON")], {Advice.BAD_BODY}),
        ([line(0, "", 202, method="POST", problem="1 of 2 objects were refused")], {Advice.SOME_REFUSED}),
        ([line(0, "", 202, method="POST")], set()),
        ([line(0, "next=x", 400, problem="this `next` was not given to you")], {Advice.BAD_NEXT}),
        ([line(0, status=403)], {Advice.NO_RIGHT}),
        ([line(0, status=404)], {Advice.NOT_THERE}),
        ([line(0, status=405)], {Advice.WRONG_METHOD}),
        ([line(0, status=406)], {Advice.WRONG_ACCEPT}),
        ([line(0, status=413, method="POST")], {Advice.TOO_LARGE}),
        ([line(0, status=415, method="POST")], {Advice.WRONG_TYPE}),
        ([line(0, status=503)], {Advice.BUSY}),
    ],
)
def test_what_a_client_does_wrong(lines: list[RequestLine], found: set[Advice]):
    """Each habit by itself, and none where there is none."""
    assert {each for each, _ in advise(lines[::-1])} == found


def test_every_advice_has_words_in_both_languages():
    """English without, Japanese with its own letters."""
    assert set(WORDS) == set(Advice)
    assert all(english.isascii() and not japanese.isascii() for english, japanese in WORDS.values())


def key_id(door: Door, client: Client) -> UUID:
    digest = api_key_digest(door.world.hub.secrets.api_key_key, client.key or "")
    with door.world.reading() as session:
        return session.execute(select(ApiKey.id).where(ApiKey.digest == digest)).scalar_one()


def noted(door: Door, actor: Any, ident: UUID, least: int) -> list[RequestLine]:
    """The notes once so many are there; each worker writes its own, a little later."""
    for _ in range(80):
        with door.world.reading() as session:
            found = list_requests(session, actor, ident, door.world.now)
        if len(found) >= least:
            return found
        time.sleep(0.1)
    raise AssertionError(f"expected {least} notes, found {len(found)}")


def test_what_was_asked_given_and_refused(door: Door):
    """From the wire to the list and the command: no bodies, bounded texts; others do not see it."""
    where = door.collection("Noted", default_label=Label.GREEN)
    person = door.world.person(door.secretariat, Role.COORDINATOR)
    client = door.client(person)
    ident = key_id(door, client)
    client.post(where, envelope(indicator(name="a secret name"), indicator()))
    client.get(objects_of(where), params={"limit": "1"})
    client.get(objects_of(where), params={"limit": "0"})
    client.get(objects_of(str(uuid4())))
    client.get(objects_of(where), headers={"Accept": "text/html"})
    client.get(objects_of(where), params={"x": "y" * 5000}, headers={"User-Agent": "z" * 5000})
    found = noted(door, person, ident, 6)
    assert sorted((each.method, each.status, each.given, each.more) for each in found) == [
        ("GET", 200, 1, True),
        ("GET", 200, 2, False),
        ("GET", 400, 0, False),
        ("GET", 404, 0, False),
        ("GET", 406, 0, False),
        ("POST", 202, 0, False),
    ]
    assert "secret" not in repr(found)
    assert all(len(text) <= LONGEST for each in found for text in (each.query, each.agent, each.path, each.problem))
    assert any("expected limit" in each.problem for each in found)
    for other in (door.world.person(door.secretariat, Role.COORDINATOR), door.world.person(door.water, Role.MANAGER)):
        with door.world.reading() as session, pytest.raises(NotVisible):
            list_requests(session, other, ident, door.world.now)
    manager = door.world.person(door.secretariat, Role.MANAGER)
    assert len(noted(door, manager, ident, 6)) == 6


def test_what_a_post_lost_is_among_them(door: Door):
    """A program whose objects were all refused looked well: 202, and nothing to object to."""
    person = door.world.person(door.secretariat, Role.COORDINATOR)
    client, more = door.client(person), door.client(person)
    large = envelope(*[indicator(labels=[], description="x" * 1_000) for _ in range(20)])
    for poster, body, refused, count in (
        (client, envelope(indicator(), indicator(labels=[], name="a secret name")), 1, 2),
        (more, large, 20, 20),
    ):
        assert poster.post(door.strict, body).status_code == 202
        (found,) = noted(door, person, key_id(door, poster), 1)
        assert found.problem == f"{refused} of {count} objects were refused; the status says why of each"
        assert found.codes and "secret" not in repr(found)
        assert advise([found]) == [(Advice.SOME_REFUSED, 1)]


def test_the_command_shows_them_and_the_advice(door: Door):
    """For the hub's administrator, who reads nothing: without the ids that were asked for."""
    person = door.world.person(door.secretariat, Role.COORDINATOR)
    client = door.client(person)
    one = indicator()
    door.poster.add(door.open, one)
    client.get(f"{objects_of(door.open)}{one['id']}/")
    client.get(objects_of(door.open), headers={"Accept": "text/html"})
    ident = key_id(door, client)
    noted(door, person, ident, 2)
    data = str(door.world.hub.settings.data)
    env = processes.on_database(door.world.hub.settings.database_url)
    done = processes.run("key", "requests", str(ident), "--data", data, "--json", env=env)
    told = json.loads(done.stdout)
    assert {each["status"] for each in told["requests"]} == {200, 406}
    assert [each["advice"] for each in told["advice"]] == ["wrong-accept"]
    assert one["id"] not in done.stdout


def test_a_wrong_address_is_among_them(door: Door):
    """What goes wrong first with a new client was the one thing that its administrator did not see."""
    person = door.world.person(door.secretariat, Role.COORDINATOR)
    client = door.client(person)
    assert client.get("collection/").status_code == 404
    assert client.ask("PUT", f"/taxii2/hub/collections/{door.open}/objects/").status_code == 405
    found = noted(door, person, key_id(door, client), 2)
    assert {(each.method, each.path, each.status) for each in found} == {
        ("GET", "/taxii2/hub/collection/", 404),
        ("PUT", f"/taxii2/hub/collections/{door.open}/objects/", 405),
    }


def test_only_the_newest_are_kept(door: Door):
    """A ring: a thousand polls leave a hundred lines."""
    person = door.world.person(door.secretariat, Role.COORDINATOR)
    client = door.client(person)
    ident = key_id(door, client)
    for _ in range(KEPT + 60):
        client.get("")
    noted(door, person, ident, KEPT)
    time.sleep(2.5)
    with door.world.reading() as session:
        kept = session.execute(select(func.count()).where(KeyRequest.key_id == ident)).scalar_one()
    assert kept == KEPT
