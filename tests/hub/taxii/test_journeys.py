"""How often a request asks PostgreSQL: time depends on the machine, the number of journeys does not."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from hub.taxii.bodies import LIGHT
from models.account import ApiKey
from models.audience import TokenWindow
from models.collection import Collection
from models.vocabulary import Label
from sharing import habits
from tests.factory import World
from tests.hub.taxii.conftest import ROOT, TAXII, envelope, indicator, program_inside
from tests.journeys import Counter

FEED = f"{ROOT}collections/electricity/"


@pytest.fixture
def world(postgres_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(postgres_hub_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(world: World) -> FlaskClient:
    """A poster and reader, inside this process."""
    world.operator("Operator")
    return program_inside(world)


def post(client: FlaskClient, *labels: Label) -> None:
    body = envelope(*(indicator(label) for label in labels))
    answer = client.post(f"{FEED}objects/", data=body, content_type=TAXII)
    assert answer.status_code == 202, answer.text
    assert answer.json["status"] == "complete"


def get(client: FlaskClient, path: str, objects: int) -> None:
    answer = client.get(FEED + path)
    assert len(answer.json.get("objects", [])) == objects, answer.text


def test_a_poll_that_finds_nothing(world: World, client: FlaskClient) -> None:
    """The key, the reader's windows, the collection and the page in one; no answer is one from the last time."""
    assert Counter(world).of(lambda: get(client, "objects/?added_after=2099-01-01T00:00:00Z", 0)) == 1


def test_the_page_is_foreseen_whatever_is_wanted(world: World, client: FlaskClient) -> None:
    """Another page each time: further on, of other ids, the manifest; each answers what was asked this time."""
    posted = [indicator(Label.GREEN) for _ in range(4)]
    client.post(f"{FEED}objects/", data=envelope(*posted), content_type=TAXII)
    get(client, "objects/", 4)
    pages = iter(
        [
            ("objects/", 4),
            (f"objects/{posted[1]['id']}/", 1),
            (f"objects/{posted[2]['id']}/", 1),
            ("manifest/?match[type]=indicator", 4),
            ("objects/?added_after=2099-01-01T00:00:00Z", 0),
            (f"objects/?match[id]={posted[0]['id']},{posted[3]['id']}", 2),
        ]
    )
    counter = Counter(world)
    assert [counter.of(lambda: get(client, *next(pages))) for _ in range(2)] == [1, 1]


def test_a_question_that_is_wrong_is_refused_as_a_strangers_is(client: FlaskClient) -> None:
    """Also one that is foreseen; and the next that is right is answered."""
    for _ in range(3):
        get(client, "objects/", 0)
        assert client.get(f"{FEED}objects/?added_after=yesterday").status_code == 400
        assert client.get(f"{FEED}objects/?next=nowhere").status_code == 400
    stranger = client.get(f"{FEED}objects/?added_after=yesterday", headers={"Authorization": "Bearer chk_1"})
    assert stranger.status_code == 401


def test_two_at_once_are_both_foreseen(world: World, client: FlaskClient) -> None:
    """One that comes while another with the same key is still being answered is met as no stranger."""
    counter = Counter(world)
    counter.of(lambda: get(client, "objects/", 0))
    habits = world.hub.habits
    (visitor,) = habits.visitors
    with world.hub.reading(snapshot=False) as session, habits.visit(session, visitor):
        assert counter.once(lambda: get(client, "objects/", 0)) == 1


def test_who_posts_and_polls_in_turn_is_foreseen_in_both(world: World, client: FlaskClient) -> None:
    """What a program asks when it posts says nothing of what it asks when it reads."""
    counter = Counter(world)
    for _ in range(3):
        client.post(f"{FEED}objects/", data=envelope(indicator(Label.GREEN)), content_type=TAXII)
        last = counter.once(lambda: get(client, "objects/?added_after=2099-01-01T00:00:00Z", 0))
    assert last == 1


def test_a_page_below_amber(world: World, client: FlaskClient) -> None:
    """Its disclosure is written within a second, by another thread; no journey of the request's own."""
    counter = Counter(world)
    post(client, Label.GREEN)
    assert counter.of(lambda: get(client, "objects/", 1)) <= 5  # the writer's may fall into the same moment


def test_a_page_at_amber_is_logged_in_one_journey(world: World, client: FlaskClient) -> None:
    """The entry with its beginning, its rows and the commit together; then the first byte may leave."""
    post(client, Label.AMBER)
    world.hub.disclosures.close()
    # The integration of the entries before may fall into the same moment.
    assert 2 <= Counter(world).of(lambda: get(client, "objects/", 1)) <= 5


@pytest.mark.parametrize("count", [1, 5])
def test_a_post(world: World, client: FlaskClient, count: int) -> None:
    """Who asks, what for and what that rests on; then all that is written, with its place; however many objects."""
    # The notes may fall into the same moment.
    assert 2 <= Counter(world).of(lambda: post(client, *[Label.GREEN] * count)) <= 3


def test_a_post_that_names_others_asks_no_more(world: World, client: FlaskClient) -> None:
    """The labels of what its objects name, and of the ids in their texts, are asked with what it rests on."""
    named = [indicator(Label.GREEN) for _ in range(2)]
    assert client.post(f"{FEED}objects/", data=envelope(*named), content_type=TAXII).status_code == 202

    def name() -> None:
        naming = indicator(Label.GREEN, description=f"see {named[0]['id']}", x_like_ref=named[1]["id"])
        assert client.post(f"{FEED}objects/", data=envelope(naming), content_type=TAXII).json["success_count"] == 1

    assert 2 <= Counter(world).of(name) <= 3


def test_a_large_post(world: World, client: FlaskClient) -> None:
    """Nothing is locked while it is judged: who asks comes first; then what it rests on, and what is written."""
    large = "x" * LIGHT

    def post_large() -> None:
        body = envelope(indicator(Label.GREEN, x_large=large))
        assert client.post(f"{FEED}objects/", data=body, content_type=TAXII).json["success_count"] == 1

    assert 3 <= Counter(world).of(post_large) <= 4


def test_a_post_that_tells_something_asks_once_more(world: World, client: FlaskClient) -> None:
    """For the titles that it may not quote, all in one, however much its poster sees."""
    told = indicator(Label.GREEN, name="Outage", description="The gateway was replaced after the failure of last week.")
    for name in ("pattern", "pattern_type", "valid_from"):
        del told[name]

    def tell() -> None:
        body = envelope({**told, "type": "incident", "id": f"incident--{uuid4()}"})
        assert client.post(f"{FEED}objects/", data=body, content_type=TAXII).json["success_count"] == 1

    assert 4 <= Counter(world).of(tell) <= 5


def poll(client: FlaskClient, path: str = FEED) -> tuple[int, int]:
    """The status of a poll, and how many objects it gave."""
    answer = client.get(f"{path}objects/")
    return answer.status_code, len(answer.json.get("objects", ()))


def test_who_comes_often_is_looked_at_as_a_stranger_is(world: World, client: FlaskClient) -> None:
    """A token that was closed, a collection that was hidden, a key that was revoked count on the very next visit."""
    post(client, Label.GREEN)
    assert [poll(client) for _ in range(3)] == [(200, 1)] * 3

    with world.writing() as session:
        windows = session.execute(select(TokenWindow.id, TokenWindow.closed)).all()
        session.execute(update(TokenWindow).values(closed=2**40))
    assert poll(client) == (404, 0)
    with world.writing() as session:
        for ident, closed in windows:
            session.execute(update(TokenWindow).where(TokenWindow.id == ident).values(closed=closed))
    assert poll(client) == (200, 1)

    electricity = Collection.alias == "electricity"
    with world.writing() as session:
        session.execute(update(Collection).where(electricity).values(outside_hub=True))
    assert poll(client) == (404, 0)
    with world.writing() as session:
        session.execute(update(Collection).where(electricity).values(outside_hub=None))
    assert poll(client) == (200, 1)

    with world.writing() as session:
        session.execute(update(ApiKey).values(revoked_at=world.hub.clock()))
    assert poll(client) == (401, 0)


def test_who_is_refused_forms_no_habit(world: World, client: FlaskClient) -> None:
    """Whoever tries keys or addresses leaves nothing in the memory of a process; a guest is remembered once."""
    for number in range(5):
        assert client.get(f"{FEED}objects/", headers={"Authorization": f"Bearer chk_{number}"}).status_code == 401
        assert poll(client, f"{ROOT}collections/hidden-{number}/") == (404, 0)
    assert len(world.hub.habits.visitors) == 0
    poll(client)
    poll(client)
    assert len(world.hub.habits.visitors) == 1


def test_only_so_many_habits_are_kept(world: World, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who came least lately is met as a stranger, and loses nothing but a journey."""
    monkeypatch.setattr(habits, "MOST_VISITORS", 2)
    for alias in ("electricity", "inbox", "provisions", "electricity"):
        assert poll(client, f"{ROOT}collections/{alias}/")[0] == 200
    assert len(world.hub.habits.visitors) == 2
