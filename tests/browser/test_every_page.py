"""Every page of every role in the demo: it opens, in one language, at the width of a telephone, for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from hub.i18n import LANGUAGE_COOKIE, merge_catalogs
from tests.browser.people import sign_in
from tests.browser.tools import assert_accessible, assert_fits
from tests.harness import processes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OpenPage = Callable[..., Page]
USERS = (
    "aonagi.reporter",
    "aonagi.approver",
    "aonagi.manager",
    "electricity.secretariat",
    "council.member",
    "meti.electricity",
    "nco.analyst",
    "foreign.reader",
    "auditor",
    "administrator",
)
FIRST_BYTES, PAGE_BYTES = 128 * 1024, 96 * 1024
"""What may come over the wire up to the first page, and for each further one: a few seconds on a bad line."""
LEAST_PAGES = 8
"""The administrator reaches the fewest: home, account, agreement, roles, password, second factor, joining, sign-in."""
WIDE, NARROW = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LINKS = "links => links.filter(each => !each.hasAttribute('download')).map(each => each.getAttribute('href'))"
PARTS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const holder = walker.currentNode.parentElement;
    if (!holder.closest("script, style, [translate=no], .languages, .typed, .long-text, pre, code"))
      found.push(walker.currentNode.data.trim());
  }
  for (const each of document.querySelectorAll("[aria-label], [placeholder], [alt], [title], [data-label]"))
    for (const name of ["aria-label", "placeholder", "alt", "title", "data-label"])
      if (each.hasAttribute(name)) found.push(each.getAttribute(name).trim());
  return found.filter(Boolean);
}"""


MADE_OF = """() => [...new Set([...document.querySelectorAll("main *")].map(
  each => each.tagName + "." + each.className + (each.getAttribute("role") || "")))].sort().join(" ")"""
"""Of what a page is made: two pages of one kind that are made of the same are alike for a screen reader."""

_looked_at: set[tuple[str, str]] = set()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[processes.HubProcess]:
    """The demo with its whole year, once for all roles."""
    folder = Path(tmp_path_factory.mktemp("every-page"))
    running = processes.start_demo(folder / "demo", folder)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def other_language() -> dict[str, frozenset[str]]:
    """Language of a page → what it must not say: the texts of the other one."""
    english: set[str] = set()
    japanese: set[str] = set()
    for message in merge_catalogs("ja"):
        for texts, found in ((message.id, english), (message.string, japanese)):
            found.update(texts if isinstance(texts, tuple | list) else [texts])
    return {"ja": frozenset(english - japanese - {""}), "en": frozenset(japanese - english - {""})}


def kind_of(link: str) -> str:
    """The same for all pages that differ only in what they are about."""
    parts = urlsplit(link)
    path = re.sub(r"/(?:[a-z0-9-]+--)?U(?=/|$)", "/*", UUID.sub("U", parts.path))
    path = re.sub(r"^(/feed|/trail/objects)/[a-z0-9*-]+/", r"\1/*/", path)
    return re.sub(r"/\d+", "/0", path) + "?" + ",".join(sorted(parse_qs(parts.query, keep_blank_values=True)))


def pages_from(page: Page) -> list[str]:
    """Where the links of this page lead within the hub."""
    found = page.eval_on_selector_all("a[href]", LINKS)
    return [link.partition("#")[0] for link in found if link.startswith("/") and "lang=" not in link]


def open_in(page: Page, address: str, language: str) -> None:
    """Open a page in a language; whatever it is, it is there."""
    host = urlsplit(address).hostname
    page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "domain": host, "path": "/"}])
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, f"{address}: expected 200, found {answer and answer.status}"
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("h1").count() == 1, f"{address}: expected one main heading"


def assert_one_language(page: Page, foreign: frozenset[str]) -> None:
    """Nothing that the hub itself says is in the other language."""
    strangers = sorted(foreign.intersection(page.evaluate(PARTS)))
    assert not strangers, f"{page.url}: expected one language, found {strangers}"


@pytest.mark.parametrize("username", USERS)
def test_every_page_of_a_role(
    open_page: OpenPage,
    demo: processes.HubProcess,
    other_language: dict[str, frozenset[str]],
    username: str,
):
    """From the home page along every link, one page of each kind."""
    account = next(each for each in demo.announced["accounts"] if each["username"] == username)
    wide = open_page(language="ja")
    sign_in(wide, demo.url, account)
    page = wide.context.new_page()  # a window for each width: to make one narrow and wide again is a layout more
    wide.set_viewport_size(WIDE)
    page.set_viewport_size(NARROW)
    waiting, known = ["/"], {kind_of("/")}
    opened = 0
    while waiting:
        address = demo.url + waiting.pop(0)
        open_in(wide, address, "en")
        assert_fits(wide)
        assert_one_language(wide, other_language["en"])
        open_in(page, address, "ja")
        assert_fits(page)
        assert_one_language(page, other_language["ja"])
        assert page.locator(".hat-organization").is_visible(), f"{page.url}: under which hat is not told"
        made = (kind_of(urlsplit(page.url).path), page.evaluate(MADE_OF))
        if made not in _looked_at:
            _looked_at.add(made)
            assert_accessible(page)
        opened += 1
        for link in pages_from(page):
            if kind_of(link) not in known:
                known.add(kind_of(link))
                waiting.append(link)
    assert opened >= LEAST_PAGES, f"expected at least {LEAST_PAGES} kinds of pages, found {sorted(known)}"


@pytest.mark.parametrize(
    ("username", "paths"),
    [
        ("electricity.secretariat", ("/secretariat/", "/feed/", "/board/")),
        ("aonagi.reporter", ("/reports/new", "/feed/?type=incident")),
        ("nco.analyst", ("/trends/", "/feed/")),
    ],
)
def test_pages_are_light_and_come_from_the_hub_alone(
    open_page: OpenPage, demo: processes.HubProcess, username: str, paths: tuple[str, ...]
):
    """Usable over any line, and in a closed network: nothing is fetched from elsewhere, nothing is heavy."""
    account = next(each for each in demo.announced["accounts"] if each["username"] == username)
    page = open_page(language="ja")
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    loaded: list[float] = []
    hosts: set[str] = set()
    wire.on("Network.loadingFinished", lambda done: loaded.append(done["encodedDataLength"]))
    page.on("request", lambda asked: hosts.add(urlsplit(asked.url).netloc))
    sign_in(page, demo.url, account)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(loaded) < FIRST_BYTES
    for path in paths:
        loaded.clear()
        page.goto(demo.url + path)
        page.wait_for_load_state("networkidle")
        assert 0 < sum(loaded) < PAGE_BYTES, f"{path}: expected less than {PAGE_BYTES} bytes, found {sum(loaded)}"
    assert hosts == {urlsplit(demo.url).netloc}
