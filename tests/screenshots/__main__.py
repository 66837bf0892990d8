"""Starts the demo and takes the pictures that README and docs show, with the Chromium of the system."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.people import sign_in
from tests.browser.tools import launch
from tests.harness import machine, processes

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LARGEST = 300 * 1024
"""A picture that is larger makes everybody's clone larger, for ever."""
WIDE, NARROW = (1280, 860), (390, 844)
SUMMARY = {
    "ja": "11時頃から料金の受付システムが応答せず、窓口での受付に切り替えた。原因を調査中。",
    "en": "Since about 11:00 the payment system has not answered; payments are taken at the counter.",
}

Step = Callable[[Page, str, str], None]


def open_path(path: str) -> Step:
    """A page that is shown as it opens."""
    return lambda page, url, _language: _go(page, url + path)


def write_a_report(page: Page, url: str, language: str) -> None:
    """The form, filled in so far that who will read it can be seen."""
    _go(page, f"{url}/reports/new")
    page.select_option("#event_type", "E30")
    page.fill("#noticed_at", "2026-11-20T11:05")
    page.check("input[name=service_impact][value=yes]")
    page.fill("#summary", SUMMARY[language])


def open_first_report(page: Page, url: str, _language: str) -> None:
    """The newest report of the feed."""
    _go(page, f"{url}/feed/?type=incident")
    with page.expect_navigation():
        page.locator("tbody a").first.click()


PICTURES: tuple[tuple[str, str, Step], ...] = (
    ("home", "electricity.secretariat", open_path("/")),
    ("write", "aonagi.reporter", write_a_report),
    ("inbox", "electricity.secretariat", open_path("/secretariat/")),
    ("feed", "aonagi.reporter", open_path("/feed/?type=incident")),
    ("object", "aonagi.reporter", open_first_report),
    ("trends", "nco.analyst", open_path("/trends/")),
)
"""Name of the picture, who looks, and what is done first."""


def _go(page: Page, address: str) -> None:
    answer = page.goto(address)
    assert answer is not None and answer.ok, f"{address}: expected a page, found {answer and answer.status}"


def take(browser: Browser, announced: dict[str, Any]) -> list[Path]:
    """All pictures in both languages; the files that were written."""
    url, taken = str(announced["url"]), []
    accounts = {each["username"]: each for each in announced["accounts"]}
    states: dict[str, Any] = {}
    for language in ("ja", "en"):
        for name, username, step in PICTURES:
            sizes = [("", WIDE), ("-narrow", NARROW)] if name == "write" else [("", WIDE)]
            for suffix, (width, height) in sizes:
                context = browser.new_context(
                    locale=language,
                    timezone_id="Asia/Tokyo",
                    viewport={"width": width, "height": height},
                    storage_state=states.get(username),
                )
                page = context.new_page()
                if username not in states:
                    sign_in(page, url, accounts[username], language=language)
                    states[username] = context.storage_state()
                _go(page, f"{url}/?lang={language}")
                step(page, url, language)
                page.wait_for_load_state("networkidle")
                path = IMAGES / f"{name}-{language}{suffix}.png"
                page.screenshot(path=str(path), animations="disabled")
                taken.append(path)
                context.close()
    return taken


def main() -> int:
    """Take the pictures; 0 when each is small enough."""
    chromium = machine.find_chromium()
    if chromium is None:
        print(f"make screenshots: expected Chromium, found none: {machine.ENABLE}", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        demo = processes.start_demo(Path(folder) / "demo", Path(folder))
        try:
            browser = launch(playwright, chromium)
            taken = take(browser, demo.announced)
            browser.close()
        finally:
            demo.stop()
    large = [path.name for path in taken if path.stat().st_size >= LARGEST]
    for path in taken:
        print(f"docs/images/{path.name}  {path.stat().st_size // 1024} KB")
    if large:
        print(f"expected less than {LARGEST // 1024} KB a picture, found more: {', '.join(large)}", file=sys.stderr)
    return 1 if large else 0


if __name__ == "__main__":
    sys.exit(main())
