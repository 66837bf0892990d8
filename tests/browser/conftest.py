"""Fixtures of the browser tests: `browser`, `open_page`, `page`; such a test carries the marker `browser`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.tools import launch
from tests.harness import machine

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all browser tests of this process."""
    chromium = machine.find_chromium()
    if chromium is None:
        pytest.skip(f"Chromium is not here: {machine.ENABLE}")
    with sync_playwright() as playwright:
        running = launch(playwright, chromium)
        yield running
        running.close()


CUT = "Failed to load resource: net::ERR_INTERNET_DISCONNECTED"
"""What the browser says of a request that a test lets fail as if the line were gone; nothing else fails so."""


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a window of its own (a person of its own): `open_page(language="en", script=False, width=390)`.

    At the end the test fails if any of its pages complained on the console, such as about the security policy.
    """
    contexts = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        quiet = "the server responded with a status of" in message.text or message.text == CUT
        if message.type == "error" and not quiet:
            complaints.append(message.text)

    def make(*, language: str = "ja", script: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            locale={"ja": "ja-JP", "en": "en-GB"}[language],
            timezone_id="Asia/Tokyo",
            java_script_enabled=script,
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        context.on("console", note)
        context.on("weberror", lambda met: complaints.append(str(met.error)))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not complaints, "expected a quiet console, found:\n" + "\n".join(complaints)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A Japanese window with script at 1280 px."""
    return open_page()
