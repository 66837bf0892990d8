"""What is new since the version before: to the sender and its secretariat, and to a reader in its own edition only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.web.lines.differences import Difference, differences
from hub.web.reading import feed, inquiries
from hub.web.trail import history as trail
from models.vocabulary import Role
from tests.factory import World
from tests.hub.web.report_tools import application, person
from tests.hub.web.test_reports import FIVE, Stage

FIRST = {"details": "10:40 遅くなる。", "users-how": "about", "users-low": "900", "summary": "受付が停止した。"}
SECOND = {**FIRST, "details": "10:40 遅くなる。\n11:30 復旧。", "users-low": "1200", "kind": "follow_up"}


@pytest.fixture
def stage(sqlite_hub_url: str, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite_hub_url, tmp_path)
    yield Stage(world, application(world, feed, inquiries, trail))
    world.close()


def test_fields_that_changed_came_or_went():
    assert differences([("a", "1"), ("b", "2")], [("a", "1"), ("c", "3")]) == (
        Difference("c", "", "3"),
        Difference("b", "2", ""),
    )


def test_of_a_long_text_only_the_lines_that_changed():
    lines = [f"{number}行目です。" for number in range(100)]
    old, new = "\n".join(lines), "\n".join([*lines[:50], "新しい行", *lines[51:]])
    assert differences([("a", old)], [("a", new)]) == (Difference("a", "50行目です。", "新しい行"),)
    assert differences([("a", old)], [("a", old)]) == ()


def table(page: str) -> str:
    found = re.search(
        r"<caption>[^<]*(?:前の報からの変更|since the version before)[^<]*</caption>.*?</table>", page, re.S
    )
    return found[0] if found else ""


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_sender_and_the_secretariat_see_what_is_new(stage: Stage, language: str):
    hanako, url = stage.filed(**FIRST)
    assert not table(hanako.get(url).text)
    hanako.get(f"{url}follow-up")
    hanako.send(f"{url}follow-up", {**FIVE, **SECOND})
    for browser in (stage.browser("hanako", language), stage.browser("office", language)):
        told = table(browser.get(url).text)
        assert "11:30 復旧。" in told and "900" in told and "1,200" in told
        assert "受付が停止した。" not in told


def test_a_reader_sees_what_is_new_in_its_own_edition(stage: Stage):
    """Of the number the edition says only the size: there it changed, of the place it says nothing at all."""
    person(stage.world, stage.world.operator("清流水道株式会社", "water"), Role.READER, username="wataru")
    hanako, url = stage.filed(**FIRST, label="TLP:GREEN", area="北部")
    publish = url.replace("/reports/", "/secretariat/publish/")
    office = stage.browser("office")
    for number, more in ((1, FIRST), (2, {**SECOND, "area": "南部"})):
        if number == 2:
            hanako.get(f"{url}follow-up")
            hanako.send(f"{url}follow-up", {**FIVE, **more, "label": "TLP:GREEN"})
        office.get(publish)
        assert office.propose(publish, {"label": "TLP:GREEN", "only_anonymised": "1"}).status_code == 200
    wataru = stage.browser("wataru")
    found = re.search(r'href="(/feed/inbox/objects/incident--[^"]+)"', wataru.get("/feed/").text)
    assert found
    told = table(wataru.get(found[1]).text)
    assert "11:30 復旧。" in told and "100～1,000" in told and "1,000～10,000" in told
    assert not any(each in told for each in ("北部", "南部", "1,200", "900"))
