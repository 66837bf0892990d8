"""What browser tests share: a served application, a page, the accessibility check, screenshots."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Playwright
from werkzeug.serving import make_server

WITHOUT = (
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
)
"""Parts of Chromium that no page knows of: those that Playwright leaves out, since only the last list counts; and the
suggestions under the address, two pages of Chromium's own for each window, more work than a small page of ours."""
CHROMIUM_ARGUMENTS = (
    f"--disable-features={','.join(WITHOUT)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDTHS = {"narrow": 390, "wide": 1280}
"""A telephone held upright, and the small laptop of an office."""
SERIOUS = frozenset({"serious", "critical"})
AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
PICTURES = "CEPTOAR_HUB_SCREENSHOTS"
"""Names a folder in which screenshots stay for people to look at; without it they are not kept."""


def launch(playwright: Playwright, chromium: Path) -> Browser:
    """The system's Chromium, without the network talk of a fresh profile."""
    return playwright.chromium.launch(executable_path=str(chromium), args=list(CHROMIUM_ARGUMENTS))


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this process; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def assert_accessible(page: Page) -> None:
    """Fail when axe finds anything serious or critical on the page as it stands; the window must run script."""
    found = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    serious = [violation for violation in found if violation["impact"] in SERIOUS]
    told = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    "
        + "\n    ".join(node["html"][:200] for node in violation["nodes"][:5])
        for violation in serious
    ]
    assert not serious, f"{page.url}: expected nothing serious for axe, found\n" + "\n".join(told)


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than its window: at 390 px nobody scrolls sideways."""
    # Through a locator, which waits: right after a click the new document may still be without its root.
    wide, window = page.locator("html").evaluate("html => [html.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{page.url}: expected at most {window} px, found {wide} px"


def look(page: Page, name: str, *, language: str = "") -> None:
    """Check a page at both widths, and keep its pictures where a folder is named for them."""
    page.wait_for_load_state()
    height = page.viewport_size["height"] if page.viewport_size else 900
    for size, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        assert_fits(page)
        assert_accessible(page)
        if folder := os.environ.get(PICTURES):
            Path(folder).mkdir(parents=True, exist_ok=True)
            parts = "-".join(part for part in (name, language, size) if part)
            page.screenshot(path=str(Path(folder) / f"{parts}.png"), full_page=True)
