"""The pages of mail: naming an address, the code from a real mail, wishes, and from a mail's number to its page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from hub.mail.post import send_due
from hub.scheduler.ticks import Ticks
from hub.web.people import (
    account,
    join,
    mail,
    my_account,
)
from hub.web.reading import feed, inquiries
from models.account import Account
from models.vocabulary import Door, Role
from sharing.actor import Actor
from tests.factory import World
from tests.hub.mail.conftest import BASE, SENDER
from tests.hub.mail.server import MailServer
from tests.hub.people_pages import Visitor, people_app, visitor
from tests.hub.web.report_tools import Browser, application
from tests.hub.web.test_reports import Stage

NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
EIGHT = re.compile(r"\b\d{4} \d{4}\b")


@pytest.fixture
def world(sqlite_hub_url: str, tmp_path: Path, server: MailServer) -> Iterator[World]:
    """A hub with a mail server."""
    made = World(
        sqlite_hub_url,
        tmp_path,
        locale="en",
        smtp_host="127.0.0.1",
        smtp_port=server.port,
        smtp_security="none",
        mail_from=SENDER,
        base_url=BASE,
    )
    yield made
    made.close()


@pytest.fixture
def me(world: World) -> Visitor:
    """Hanako, signed in."""
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    found = visitor(world, people_app(world, mail))
    found.sign_in("hanako")
    return found


def code_in(world: World, server: MailServer) -> str:
    """The code in the last mail that came."""
    assert send_due(world.hub).sent == 1
    ((_, message),) = server.taken()
    return EIGHT.search(message.get_body(("plain",)).get_content())[0]


def test_an_address_counts_once_its_code_came_back(me: Visitor, world: World, server: MailServer):
    """Named, a mail with a code, the code typed as it stands there, wishes, and all taken away again."""
    assert "You have named no address" in me.get("/mail/").text
    page = me.post("/mail/address", _token(me), address=" Hanako@Example.JP ")
    assert "Hanako@example.jp" in page.text and "not confirmed" in page.text
    page = me.post("/mail/code", _token(me), code=code_in(world, server))
    assert "The address is confirmed." in page.text and "not confirmed" not in page.text
    page = me.post("/mail/wishes", _token(me), wishes=["own", "digest"])
    assert page.text.count(" checked") == 2
    page = me.post("/mail/wishes", _token(me))
    assert page.text.count(" checked") == 0
    page = me.post("/mail/forget", _token(me))
    assert "You have named no address" in page.text
    tags = [tag for tag in world.tags() if "mail" in tag]
    assert tags == [
        "account:mail-address:set",
        "mail:mail:send",
        "account:mail-address:confirm",
        "account:mail-wishes:set",
        "account:mail-wishes:set",
        "account:mail-address:forget",
    ]


def test_a_wrong_code_is_refused_and_five_spend_it(me: Visitor, world: World, server: MailServer):
    """Nobody guesses it."""
    me.post("/mail/address", _token(me), address="hanako@example.jp")
    right = code_in(world, server)
    for _ in range(5):
        page = me.post("/mail/code", _token(me), code="0000 0000" if right != "0000 0000" else "1111 1111")
        assert page.status_code == 422 and "The code does not fit" in page.text
    page = me.post("/mail/code", _token(me), code=right)
    assert page.status_code == 422 and "not good any more" in page.text


def test_a_code_is_outdated_after_a_day(me: Visitor, world: World, server: MailServer):
    me.post("/mail/address", _token(me), address="hanako@example.jp")
    right = code_in(world, server)
    world.advance(hours=25)
    me.sign_in("hanako")
    assert "not good any more" in me.post("/mail/code", _token(me), code=right).text


def test_a_new_code_makes_the_old_one_worthless(me: Visitor, world: World, server: MailServer):
    """Also where the old mail comes late."""
    me.post("/mail/address", _token(me), address="hanako@example.jp")
    old = code_in(world, server)
    me.post("/mail/address", _token(me), address="hanako@example.jp")
    assert "does not fit" in me.post("/mail/code", _token(me), code=old).text
    assert "is confirmed" in me.post("/mail/code", _token(me), code=code_in(world, server)).text


def test_nobody_fills_a_strangers_mail_box(me: Visitor):
    """Five codes a day."""
    for number in range(5):
        assert me.post("/mail/address", _token(me), address=f"a{number}@example.jp").status_code == 200
    page = me.post("/mail/address", _token(me), address="a6@example.jp")
    assert page.status_code == 422 and "Five codes were sent" in page.text


@pytest.mark.parametrize("typed", ["", "hanako", "a@example.jp\r\nBcc: spy@evil.example", "“a”@example.jp"])
def test_a_wrong_address_is_said_at_its_field(me: Visitor, world: World, typed: str):
    """Nothing is lost, nothing is sent."""
    page = me.post("/mail/address", _token(me), address=typed)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    assert "account:mail-address:set" not in world.tags()


def test_a_hub_without_a_mail_server_says_so(sqlite_hub_url: str, tmp_path: Path):
    """And offers nothing that it cannot do."""
    world = World(sqlite_hub_url, tmp_path, locale="en")
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    me = visitor(world, people_app(world, mail))
    me.sign_in("hanako")
    page = me.get("/mail/")
    assert "This hub sends no mail" in page.text and 'name="address"' not in page.text
    assert me.post("/mail/address", _token(me, "/account/"), address="hanako@example.jp").status_code == 404
    world.close()


@dataclass
class Post(Stage):
    """A sector in front of its browsers, whose hub sends mail."""

    world: World
    server: MailServer

    def __post_init__(self) -> None:
        pages = (account, join, my_account, mail, inquiries, feed)
        super().__init__(self.world, application(self.world, *pages))
        self.ticks = Ticks(self.world.hub, "here")

    def rings(self) -> list[str]:
        """A minute passes; the numbers of the mails that came."""
        self.ticks.lease()
        self.ticks.due()
        self.world.advance(minutes=1)
        self.ticks.lease()
        self.ticks.mails()
        return [NUMBER.search(str(message["Subject"]))[0] for _, message in self.server.taken()]

    def confirms(self, username: str) -> Browser:
        """A person names an address and types the code that comes there."""
        browser = self.browser(username)
        browser.get("/mail/")
        browser.send("/mail/address", {"address": f"{username}@example.jp"})
        assert "確認しました" in browser.send("/mail/code", {"code": code_in(self.world, self.server)}).text
        return browser


@pytest.fixture
def post(world: World, server: MailServer) -> Post:
    return Post(world, server)


def test_a_mails_number_leads_to_its_page(post: Post):
    """Typed as people type numbers; another person's number is none."""
    office = post.confirms("office")
    _, url = post.filed()
    (number,) = post.rings()
    answer = office.client.get(f"/mail/{number.lower().replace('-', ' ')}/")
    assert (answer.status_code, answer.location) == (303, url.replace("/reports/", "/secretariat/reports/"))
    assert number in office.get("/mail/").text
    stranger = post.browser("water")
    assert stranger.get(f"/mail/{number}/").status_code == 404
    assert stranger.get("/mail/K7QM-4TX2-P/").status_code == 404
    assert number not in stranger.get("/mail/").text


def test_under_another_hat_the_reader_is_asked_to_change_it(post: Post):
    """The page that the mail tells of is open under the hat that was told."""
    office, world = post.confirms("office"), post.world
    post.filed()
    (number,) = post.rings()
    with world.reading() as session:
        row = session.execute(select(Account).where(Account.username == "office")).scalar_one()
        actor = Actor(row.id, None, post.aoba, frozenset(), Door.WEB)
    world.hat(actor, world.secretariat("ガスセプター事務局", "gas"), Role.COORDINATOR)
    hats = office.get("/hats").text
    (other,) = re.findall(r'action="(/hats/[^"]+)"', hats)
    office.send(other, {})
    answer = office.client.get(f"/mail/{number}/")
    assert answer.status_code == 303
    assert unquote(answer.location) == f"/hats?next=/mail/{number}/"


def test_the_sender_sees_who_was_told(post: Post):
    """Its secretariat by name, its own people by theirs; not that its secretariat was told of somebody's question."""
    office, hanako = post.confirms("office"), post.confirms("hanako")
    _, url = post.filed()
    assert len(post.rings()) == 1
    office.get(url.replace("/reports/", "/secretariat/reports/"))
    assert len(post.rings()) == 1
    page = hanako.get(f"/ledger{url}").text
    assert "メールでお知らせした相手" in page
    table = hanako.get(f"/ledger{url}ledger.csv").text
    lines = table[table.index("メールでのお知らせ") :].splitlines()[1:]
    assert [line.split(",")[:2] + line.split(",")[3:] for line in lines] == [
        ["青葉電力株式会社", "hanako", "事務局が情報連絡を開きました"],
        ["電力セプター事務局", "", "情報連絡が届きました"],
    ]


def _token(me: Visitor, path: str = "/mail/") -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', me.get(path).text)
    assert found
    return found[1]
