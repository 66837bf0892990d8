"""The pages for readers in a real browser: both widths, both languages, without script, nothing serious for axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from models.vocabulary import Label
from sharing.audit.checkpoints import publish_checkpoint
from sharing.digests import subscribe
from tests.browser.tools import look, served
from tests.factory import World
from tests.hub.reading.test_pages import indicator, share
from tests.hub.reading.tools import Reading, application, make_due_digests
from tests.sharing.reports.conftest import Scene

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]


@pytest.fixture
def scene(sqlite_peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """Some reports, an indicator, a digest, a checkpoint."""
    world = World(sqlite_peopled_url, tmp_path)
    made = Scene(world)
    with world.writing() as session:
        subscribe(session, made.water_office, 7, context=world.context())
    share(made)
    share(
        made, Label.CLEAR, event_type="E41", summary="不審なメールの添付ファイルから業務端末1台がマルウェアに感染した。"
    )
    indicator(made, Label.GREEN)
    world.advance(days=1)
    make_due_digests(world)
    made.files(made.hanako)
    with world.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)
    yield made
    world.close()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_readers_pages(scene: Scene, open_page: OpenPage, language: str):
    """Feed, one object, trends, digests, trail, as a person with a small or a wide screen meets them."""
    app = application(scene.world)
    report = scene.sees(scene.hanako)[-1]
    edition = scene.sees(scene.water_office)[0]
    with served(app) as url:
        page = open_page(language=language)
        enter(page, app, scene, url, "water_office", language)
        for name, path in {
            "feed": "/feed/",
            "feed-empty": "/feed/?sector=water",
            "object": f"/feed/inbox/objects/{edition.stix_id}/",
            "trends": "/trends/",
            "trends-years": "/trends/?span=year",
            "digests": "/digests/",
            "object-trail": f"/trail/objects/inbox/{edition.stix_id}/",
        }.items():
            page.goto(url + path)
            look(page, f"reading-{name}", language=language)
        page.goto(url + "/digests/")
        page.locator("tbody a").first.click()
        page.wait_for_url("**/digests/*/")
        look(page, "reading-digest", language=language)
        sender = open_page(language=language)
        enter(sender, app, scene, url, "hanako", language)
        sender.goto(f"{url}/feed/inbox/objects/{report.stix_id}/")
        look(sender, "reading-own-object", language=language)
        with scene.world.reading() as session:
            from sharing.reports.reading import list_reports_of_sender

            line = list_reports_of_sender(session, scene.hanako).lines[-1]
        sender.goto(f"{url}/trail/reports/{line.report_id}/")
        look(sender, "reading-report-trail", language=language)
        auditor = open_page(language=language)
        enter(auditor, app, scene, url, "auditor", language)
        auditor.goto(url + "/trail/")
        look(auditor, "reading-auditor", language=language)


def test_the_feed_works_without_script(scene: Scene, open_page: OpenPage):
    """Narrow down, open, read why, fold out the text: plain forms and links."""
    app = application(scene.world)
    with served(app) as url:
        page = open_page(script=False, width=390)
        enter(page, app, scene, url, "water_office", "ja")
        page.goto(url + "/feed/")
        page.select_option("#f-type", "indicator")
        page.get_by_role("button", name="絞り込む").click()
        page.locator("tbody a").first.click()
        assert page.get_by_role("heading", name="なぜ閲覧できるのか").is_visible()
        page.get_by_text("原文を表示する").click()
        assert "198.51.100.7" in page.locator("pre").inner_text()


def enter(page: Page, app: object, scene: Scene, url: str, who: str, language: str) -> None:
    """Put the cookies of a finished sign-in into a window."""
    sitting = Reading(app, scene.world, getattr(scene, who), language)  # type: ignore[arg-type]
    for name in ("ceptoar", "ceptoar_language"):
        cookie = sitting.client.get_cookie(name)
        assert cookie is not None
        page.context.add_cookies([{"name": name, "value": cookie.value, "url": url}])
