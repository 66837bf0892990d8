"""The pages about other servers in a real browser: one that is read, one that is sent to, and how to connect a tool."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace
from playwright.sync_api import Page

from feeds.reasons.codes import Code
from feeds.reasons.reason import because, told, write
from feeds.taxii.query import QueryError, parse_query
from hub.app import create_app
from models.push import PushReceipt, PushRefusal
from models.vocabulary import Label
from sharing.collections.access import load_collection
from sharing.collections.api_roots import RootRules, add_api_root
from sharing.exchange import sending
from sharing.exchange.told import Told
from sharing.people.key_requests import Note, RequestLine, keep_notes
from sharing.people.keys import list_keys
from tests.browser.tools import look, served
from tests.factory import World
from tests.feeds.peers.conftest import LOOPBACK, OddServer, Reading
from tests.feeds.peers.other_hub import answer
from tests.feeds.peers.takers import Sending
from tests.hub.reading import tools
from tests.hub.taxii.conftest import ROOT, indicator

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


@pytest.fixture
def world(sqlite_hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A hub that may speak to servers on this machine."""
    made = World(sqlite_hub_url, tmp_path, peer_networks=LOOPBACK)
    yield made
    made.close()


def enter(page: Page, app: object, world: World, url: str, actor: object, language: str) -> None:
    """Put the cookies of a finished sign-in into a window."""
    sitting = tools.Reading(app, world, actor, language)  # type: ignore[arg-type]
    for name in ("ceptoar", "ceptoar_language"):
        cookie = sitting.client.get_cookie(name)
        assert cookie is not None
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": url}])


def fill(world: World, reading: Reading) -> None:
    """A peer with what waits and what was refused, and then a failure."""
    bad = {**indicator(Label.GREEN), "modified": "yesterday"}
    objects = [indicator(Label.GREEN, name="設備の遠隔操作を試みる通信先"), indicator(Label.AMBER, name="Beacon"), bad]
    server = OddServer(lambda _query, number: answer(*objects) if number == 1 else (401, {}, b"{}"))
    reading.meets(server.url, let_on=None)
    assert reading.pulls().waiting == 2
    world.advance(minutes=40)
    assert reading.pulls().failure
    server.close()


def send(world: World, hub: Sending) -> None:
    """A push with answers, something that was not taken, and a failure; and one that nobody has agreed to."""
    hub.posts(indicator(Label.GREEN))
    hub.adds("https://isac.example.org/taxii2/root/collections/1/")
    with world.writing() as session:
        push = sending.load_push(session, "aoba")
        receipt = PushReceipt(
            push_id=push.id,
            first_position=1,
            last_position=int(world.now.timestamp() * 1_000_000),
            digest=bytes(32),
            count=12,
            accepted=11,
            refused=1,
            pending=0,
            answered_at=world.now,
        )
        session.add(receipt)
        session.flush()
        version = world.now.isoformat()
        strict = because(Code.TOO_STRICT, highest=Label.GREEN, found=Label.AMBER)
        for reason in (told((strict, because(Code.OTHER_CONTENT))), Told("422: we do not take this")):
            refused = {"receipt_id": receipt.id, "stix_id": indicator()["id"], "version": version}
            session.add(PushRefusal(**refused, reason=reason.text, reason_codes=reason.codes))
        failure = told((because(Code.NO_ANSWER, what="ConnectTimeout"),))
        push.failure, push.failure_codes, push.attempts = failure.text, failure.codes, 3


def ask(world: World, key_id: UUID) -> None:
    """Requests of a key, some refused: with long words, and one noted before there were codes."""
    at = int(world.now.timestamp() * 1_000_000)
    line = RequestLine(
        at, "GET", f"{ROOT}collections/inbox/objects/", "limit=10", "tests", 200, 7, more=True, last="", problem=""
    )
    with pytest.raises(QueryError) as unknown:
        parse_query("match[x]=1")
    why = (because(Code.LIMIT, value="0" * 79 + "…"), unknown.value.reason, because(Code.NOTHING_HERE))
    refused = [replace(line, status=400, problem=str(each), codes=write([each]) or "") for each in why]
    lines = [line, *refused, replace(line, status=400, problem="expected a limit, found none")]
    with world.writing() as session:
        keep_notes(session, [Note(key_id, each) for each in lines])


Visit = tuple[str, object, str]


def walk(world: World, open_page: OpenPage, language: str, *visits: Visit) -> dict[str, str]:
    """Open each page as its person, look at it at both widths; what stands on it."""
    app, said = create_app(world.hub), {}
    with served(app) as url:
        for name, actor, path in visits:
            page = open_page(language=language)
            enter(page, app, world, url, actor, language)
            page.goto(url + path)
            look(page, f"remote-{name}", language=language)
            said[name] = page.locator("main").inner_text()
    return said


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_server_that_is_read(world: World, open_page: OpenPage, language: str):
    """Its list and its page, for who decides and for the administrator; why the last round failed, in their words."""
    reading = Reading(world)
    fill(world, reading)
    keeper = world.administrator(username="keeper", password=True)
    with world.reading() as session:
        ident = load_collection(session, world.reader(session, reading.office), "electricity").collection.id
    rules = RootRules("Grid exchange", "電力情報の交換", collections=frozenset({ident}))
    world.key(reading.office)
    with world.reading() as session:
        (key,) = [each.key for each in list_keys(session, reading.office, world.now)]
    ask(world, key.id)
    with world.writing() as session:
        add_api_root(session, world.command(), "grid", rules, context=world.context())
    said = walk(
        world,
        open_page,
        language,
        ("peers", reading.office, "/peers/"),
        ("peer", reading.office, "/peers/abroad/"),
        ("peer-keeper", keeper, "/peers/abroad/"),
        ("connect", reading.office, "/connect/"),
        ("requests", reading.office, f"/connect/keys/{key.id}/"),
    )
    assert {"ja": "match[x]は使えません", "en": "found match[x]"}[language] in said["requests"]
    assert {"ja": "limitは1以上の整数にしてください", "en": "expected limit"}[language] in said["requests"]
    assert {"ja": "正しくは「", "en": "expected a UTC time"}[language] in said["peer"]
    for name in ("peer", "peer-keeper"):
        assert {"ja": "キーを受け付けません", "en": "does not take the key"}[language] in said[name]
        assert re.search({"ja": "4[01]分", "en": "4[01] minutes"}[language], said[name])
    assert "/taxii2/grid/" in said["connect"]


def test_requests_are_seen_live_while_setting_up(world: World, open_page: OpenPage):
    """New ones appear on the page that stands open, also after the line was gone for a moment: it stood still then."""
    person = Reading(world).office
    world.key(person)
    with world.reading() as session:
        (key,) = [each.key for each in list_keys(session, person, world.now)]
    app, broken = create_app(world.hub), []
    with served(app) as url:
        page = open_page(language="en")
        enter(page, app, world, url, person, "en")
        page.goto(f"{url}/connect/keys/{key.id}/")
        page.get_by_role("link", name="Watch live while setting up").click()
        page.get_by_text("Nothing was asked with this key lately.").wait_for()
        with page.expect_event("requestfailed", timeout=20_000):  # waited for from before it can happen
            page.route(
                "**/connect/keys/**", lambda route: (broken.append(1), route.abort("internetdisconnected"))[1], times=1
            )
        ask(world, key.id)
        page.get_by_text("match[x]").first.wait_for(timeout=20_000)
        assert broken == [1]
        page.get_by_role("link", name="Stop watching").click()
        assert page.locator("[data-live]").count() == 0


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_server_that_is_sent_to(world: World, open_page: OpenPage, language: str):
    """Its list and its page, for its organization and for the administrator."""
    hub = Sending(world)
    send(world, hub)
    keeper = world.administrator(username="keeper", password=True)
    said = walk(
        world,
        open_page,
        language,
        ("pushes", hub.person, "/pushes/"),
        ("push", hub.person, "/pushes/aoba/"),
        ("push-keeper", keeper, "/pushes/aoba/"),
    )
    assert {"ja": "このコレクションはTLP:GREENまでです", "en": "at most TLP:GREEN in this"}[language] in said["push"]
    assert "422: we do not take this" in said["push"]
    for name in ("push", "push-keeper"):
        assert {"ja": "前回の送信に失敗しました", "en": "The last time sending failed"}[language] in said[name]
        assert {"ja": "サーバーから応答がありません", "en": "The server did not answer"}[language] in said[name]
