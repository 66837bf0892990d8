"""Mail at a real browser: the page in both languages, at both widths; and a mail as programs show it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from hub.web.people import (
    account,
    join,
    mail,
    my_account,
)
from hub.web.reading import feed, inquiries
from tests.browser.tools import look, served
from tests.factory import World
from tests.hub.mail.conftest import SENDER
from tests.hub.mail.server import mail_server
from tests.hub.mail.test_pages import Post, code_in
from tests.hub.web.report_tools import application

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture
def post(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Post]:
    """A hub with a mail server."""
    with mail_server() as server:
        given = {"smtp_host": "127.0.0.1", "smtp_port": server.port, "smtp_security": "none", "mail_from": SENDER}
        world = World(sqlite_hub_url, tmp_path, **given)
        yield Post(world, server)
        world.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_from_an_address_to_a_mail(open_page: OpenPage, post: Post, language: str):
    """Named, confirmed, chosen, told; then who was told, for the sender."""
    app = application(post.world, account, join, my_account, mail, inquiries, feed)
    with served(app) as address:
        page = open_page(language=language)
        _enter(page, post, address, "office", language)
        page.goto(f"{address}/mail/")
        look(page, "mail-none", language=language)
        page.locator("#address").fill("“office”@example.jp")
        page.locator("form[action='/mail/address'] button").click()
        look(page, "mail-wrong", language=language)
        page.locator("#address").fill("office@example.jp")
        page.locator("form[action='/mail/address'] button").click()
        page.locator("#code").fill("0000")
        look(page, "mail-code", language=language)
        page.locator("#code").fill(code_in(post.world, post.server))
        page.locator("form[action='/mail/code'] button").click()
        _, url = post.filed()
        ticks = post.ticks
        ticks.lease()
        ticks.due()
        post.world.advance(minutes=1)
        ticks.lease()
        ticks.mails()
        ((_, message),) = post.server.taken()
        page.goto(f"{address}/mail/")
        look(page, "mail-told", language=language)
        _enter(page, post, address, "hanako", language)
        page.goto(f"{address}/ledger{url}")
        look(page, "mail-ledger", language=language)
        page.goto("about:blank")  # a page of the hub would lend the mail its policy
        page.set_content(message.get_body(("html",)).get_content())
        look(page, "mail-itself", language=language)


def _enter(page: Page, post: Post, address: str, username: str, language: str) -> None:
    """The cookie of a finished sign-in, from a browser of plain requests."""
    browser = post.browser(username)
    browser.get("/mail/")
    cookie = browser.client.get_cookie("ceptoar")
    assert cookie is not None
    page.context.clear_cookies()
    page.context.add_cookies(
        [
            {"name": "ceptoar", "value": cookie.value, "url": address},
            {"name": "ceptoar_language", "value": language, "url": address},
        ]
    )
