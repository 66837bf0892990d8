"""Signing in and managing people in a real browser: both languages, both widths, without script."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pyotp
import pytest
from playwright.sync_api import Page, expect

from models.session import upgrade
from models.vocabulary import Role
from sharing.people.resets import request_reset
from sharing.permissions import Permission
from sharing.rules.resets import ResetKind
from tests.browser.tools import PICTURES, assert_fits, look, served
from tests.factory import PASSWORD, SEED, World
from tests.harness import sqlite
from tests.hub.people_pages import people_app

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A served hub with an operator, its secretariat, and people in every state."""
    folder = Path(tmp_path_factory.mktemp("people"))
    world = World(sqlite.copy(sqlite.migrated_template(upgrade), folder / "hub.sqlite3"), folder)
    power = world.operator("東北みらい電力株式会社")
    secretariat = world.secretariat("電力セプター事務局")
    world.operator("北陸あおぞら電力株式会社")
    manager = world.person(power, Role.MANAGER, Role.READER, name="三浦 千尋", username="manager", password=True)
    second = world.person(power, Role.MANAGER, name="長谷部 誠一", username="second", password=True)
    hanako = world.person(power, Role.REPORTER, Role.READER, name="森下 理沙", username="hanako", password=True)
    world.hat(hanako, secretariat, Role.COORDINATOR)
    world.person(power, Role.READER, name="加藤 健", username="new.person")
    world.person(secretariat, Role.COORDINATOR, Role.MANAGER, name="篠原 和樹", username="coordinator", password=True)
    world.key(hanako, Permission.FEED_READ)
    world.key(manager, Permission.FEED_READ)
    with world.writing() as session:
        why = "スマートフォンの機種変更で認証アプリを移せなかった。本人と対面で確認済み。"
        request_reset(session, second, hanako.membership_id, ResetKind.SECOND_FACTOR, why, context=world.context())
    with served(people_app(world)) as address:
        yield SimpleNamespace(world=world, address=address, power=power)
    world.close()


def sign_in(page: Page, hub: SimpleNamespace, username: str, where: str = "/account/", language: str = "ja") -> None:
    """Both steps, as a person takes them; each at a time of its own, since a code is good once."""
    hub.world.advance(minutes=1)
    page.goto(f"{hub.address}/sign-in?next={where}&lang={language}")
    page.locator("#username").fill(username)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button.button-primary").click()
    page.locator("#code").fill(pyotp.TOTP(SEED).at(hub.world.now))
    page.locator("main button.button-primary").click()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_of_signing_in(open_page: OpenPage, hub: SimpleNamespace, language: str):
    """Each step, and its errors, readable by everybody."""
    page = open_page(language=language)
    page.goto(f"{hub.address}/people/?lang={language}")
    look(page, "sign-in", language=language)
    page.locator("#username").fill("hanako")
    page.locator("#password").fill("wrong wrong wrong")
    page.locator("main button.button-primary").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, "sign-in-refused", language=language)
    hub.world.advance(minutes=1)
    page.locator("#password").fill(PASSWORD)
    page.locator("main button.button-primary").click()
    expect(page.locator("#code")).to_be_visible()
    look(page, "sign-in-code", language=language)
    page.locator("#code").fill(pyotp.TOTP(SEED).at(hub.world.now))
    page.locator("main button.button-primary").click()
    expect(page).to_have_url(re.compile("/hats"))
    look(page, "hats", language=language)
    page.locator("main button.button-primary").first.click()
    expect(page).to_have_url(re.compile("/people/$"))
    page.goto(f"{hub.address}/agreement")
    look(page, "agreement", language=language)
    page.goto(f"{hub.address}/account/second-factor")
    look(page, "second-factor", language=language)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_joining_without_script(open_page: OpenPage, hub: SimpleNamespace, language: str):
    """From the letter to the first page, at the width of a telephone."""
    boss = open_page(language=language)
    sign_in(boss, hub, "manager", "/people/", language)
    look(boss, "people", language=language)
    boss.goto(f"{hub.address}/people/invite")
    look(boss, "invite", language=language)
    boss.locator("#display_name").fill("山田 太郎")
    boss.locator("input[value=reporter]").check()
    boss.locator("main button.button-primary").click()
    expect(boss.locator("main")).to_contain_text(re.compile(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){4}"))
    look(boss, "letter", language=language)
    code = re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){4}", boss.inner_text("main"))[0]
    me = open_page(language=language, script=False, width=390)
    me.goto(f"{hub.address}/join")
    me.locator("#code").fill(code.lower())
    me.locator("main button.button-primary").click()
    name = f"taro.{language}"
    me.locator("#username").fill(name)
    me.locator("#password").fill(PASSWORD)
    me.locator("#password_again").fill(PASSWORD)
    me.locator("main button.button-primary").click()
    me.locator("#username").fill(name)
    me.locator("#password").fill(PASSWORD)
    me.locator("main button.button-primary").click()
    picture = me.locator("img.square-code")
    expect(picture).to_be_visible()
    assert me.request.get(f"{hub.address}/sign-in/enrol.svg").headers["content-type"].startswith("image/svg+xml")
    assert_fits(me)
    if folder := os.environ.get(PICTURES):
        me.screenshot(path=f"{folder}/enrol-{language}-narrow.png", full_page=True)
    seed = me.locator("code.code").inner_text().replace(" ", "")
    me.locator("#code").fill(pyotp.TOTP(seed).at(hub.world.now))
    me.locator("main button.button-primary").click()
    me.goto(f"{hub.address}/account/")
    me.locator("#accept").check()
    me.locator("main button.button-primary").click()
    me.goto(f"{hub.address}/account/")
    expect(me.locator(".hat-organization")).to_have_text("東北みらい電力株式会社")


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_of_people_and_account(open_page: OpenPage, hub: SimpleNamespace, language: str):
    """Tables become cards on a telephone; a key is shown once."""
    page = open_page(language=language)
    sign_in(page, hub, "manager", "/account/", language)
    look(page, "account", language=language)
    page.goto(f"{hub.address}/account/keys/new")
    page.locator("main button.button-primary").click()
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, "new-key-errors", language=language)
    page.locator("#name").fill("監視センターのSIEM")
    page.locator("input[value='feed:objects:read']").check()
    page.locator("main button.button-primary").click()
    expect(page.locator("main")).to_contain_text("chk_")
    look(page, "made-key", language=language)
    page.reload()
    assert not re.search("chk_[a-z2-7]{52}", page.inner_text("main"))
    page.goto(f"{hub.address}/people/")
    for name in ("roles", "reset", "end"):
        page.goto(f"{hub.address}/people/")
        page.locator(f"main a[href$='/{name}']").last.click()
        page.wait_for_url(f"**/{name}")
        look(page, f"person-{name}", language=language)
    coordinator = open_page(language=language)
    sign_in(coordinator, hub, "coordinator", "/people/members", language)
    look(coordinator, "members", language=language)


@pytest.mark.parametrize("script", [True, False])
def test_typed_text_survives_the_end_of_a_session(open_page: OpenPage, hub: SimpleNamespace, script: bool):
    """Sign in again in another tab, come back, send: the text arrives."""
    page = open_page(script=script)
    sign_in(page, hub, "second", "/people/")
    page.locator("main a[href$='/reset']").last.click()
    page.locator("input[value=both]").check()
    page.locator("#why").fill("長い説明を書いているあいだに期限が切れた")
    hub.world.advance(hours=2)
    page.locator("main button.button-primary").click()
    expect(page.locator("main")).to_contain_text("長い説明を書いているあいだに期限が切れた")
    if script:
        look(page, "kept")
    other = page.context.new_page()
    sign_in(other, hub, "second")
    page.locator("main button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("判断を待って")
