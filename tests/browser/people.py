"""People at a real browser in front of a served hub: signing in with both steps, and whom the demo knows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pyotp
from playwright.sync_api import Page

SPENT: dict[str, int] = {}
"""Seed → the last time step whose code was used: a code is good once."""
STEP_SECONDS = 30


def fresh_code(seed: str) -> str:
    """A code that was not used yet; waits for the next one only where the clock of the hub asks for it.

    The hub takes the code of the step after the present one too, since clocks of telephones differ.
    """
    totp = pyotp.TOTP(seed)
    step = max(int(time.time()) // STEP_SECONDS, SPENT.get(seed, 0) + 1)
    while step > int(time.time()) // STEP_SECONDS + 1:
        time.sleep(0.5)
    SPENT[seed] = step
    return totp.at(step * STEP_SECONDS)


def speak(page: Page, url: str, language: str) -> None:
    """Choose a language at the door, as the link at the top of each page does."""
    page.goto(f"{url}/sign-in?lang={language}")


def sign_in(page: Page, url: str, account: Mapping[str, Any], *, language: str = "ja", where: str = "/") -> None:
    """Both steps, up to the wanted page."""
    speak(page, url, language)
    page.goto(f"{url}/sign-in?next={where}")
    page.locator("#username").fill(account["username"])
    page.locator("#password").fill(account["password"])
    page.locator("main button.button-primary").click()
    page.locator("#code").fill(fresh_code(account["totp_secret"]))
    page.locator("main button.button-primary").click()
    page.wait_for_url(lambda there: "/sign-in" not in there)
