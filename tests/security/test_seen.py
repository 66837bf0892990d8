"""Who goes on with a report decides on what it had before its eyes, and on nothing that came meanwhile."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from hub.app import create_app
from models.vocabulary import Label, Role
from sharing.reports.range_changes.recalls import raise_report, withdraw_report
from sharing.reports.range_changes.widening import Wider, widen_report
from sharing.reports.reading import load_report
from sharing.reports.seen import ChangedMeanwhile, Seen
from tests.hub.web.report_tools import Browser
from tests.hub.web.test_reports import FIVE
from tests.sharing.reports.conftest import Scene


def shared(scene: Scene) -> dict:
    return {"context": scene.world.context(), "policy": scene.policy, "builder": scene.builder}


def raises(scene: Scene, session, filed) -> None:
    raise_report(
        session, scene.boss, filed.report_id, Label.AMBER_STRICT, "狭める。", submission=uuid4(), **shared(scene)
    )


def widens(scene: Scene, filed, seen: Seen | None = None):
    with scene.world.writing() as session:
        return widen_report(
            session, scene.hanako, filed.report_id, Wider(Label.GREEN, seen=seen), submission=uuid4(), **shared(scene)
        )


def withdraws(scene: Scene, filed) -> None:
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        withdraw_report(session, scene.office, filed.report_id, "誤りがあった。", **shared(scene))
    scene.world.advance(minutes=1)


def label_of(scene: Scene, filed) -> Label:
    with scene.world.reading() as session:
        return load_report(session, scene.hanako, filed.report_id).label


def browser_of(scene: Scene) -> Browser:
    scene.world.person(scene.aoba, Role.REPORTER, username="writer", password=True)
    return Browser(create_app(scene.world.hub), scene.world, "writer")


def test_what_a_colleague_raised_is_not_widened_from_a_page_of_before(scene: Scene):
    """The page showed a report at AMBER; the button let the version of a minute ago go out, text and all."""
    filed = scene.files(scene.hanako)
    browser = browser_of(scene)
    browser.get(f"/reports/{filed.report_id}/recall")
    scene.world.advance(minutes=1)
    scene.files(scene.boss, report=filed.report_id, kind="follow_up", label="TLP:RED", summary="社内だけの事情。")
    answer = browser.send(f"/reports/{filed.report_id}/recall", {"what": "widen", "wider": "TLP:GREEN"})
    assert answer.status_code == 200 and "情報連絡が更新されたか" in answer.text
    assert label_of(scene, filed) is Label.RED
    with pytest.raises(ChangedMeanwhile):
        widens(scene, filed, Seen(1))


def test_who_widens_waits_for_who_raises_and_sees_it(scene: Scene):
    """Both at one moment: the second looked before the first had finished, and took its raise back."""
    filed, said = scene.files(scene.hanako), []

    def widen() -> None:
        try:
            widens(scene, filed, Seen(1))
        except ChangedMeanwhile as error:
            said.append(error)

    scene.world.advance(minutes=1)
    other = threading.Thread(target=widen)
    with scene.world.writing() as session:
        raises(scene, session, filed)
        other.start()
        other.join(0.5)
    other.join(20)
    assert len(said) == 1 and label_of(scene, filed) is Label.AMBER_STRICT


def test_a_follow_up_brings_nothing_back_that_was_withdrawn_meanwhile(scene: Scene):
    """The secretariat withdrew it while the sender wrote: the form shows that, with the text, and then may go."""
    filed = scene.files(scene.hanako)
    browser = browser_of(scene)
    url = f"/reports/{filed.report_id}/follow-up"
    browser.get(url)
    withdraws(scene, filed)
    answer = browser.send(url, {**FIVE, "kind": "follow_up", "do": "file"})
    assert (answer.status_code, "取り下げ" in answer.text, FIVE["summary"] in answer.text) == (409, True, True)
    again = browser.send(url, {**FIVE, "kind": "follow_up", "do": "file"})
    assert again.status_code == 200
    with scene.world.reading() as session:
        assert load_report(session, scene.hanako, filed.report_id).latest.number == 2


def test_a_follow_up_does_not_lower_what_a_colleague_raised_meanwhile(scene: Scene):
    """Its label was chosen before."""
    filed = scene.files(scene.hanako)
    browser = browser_of(scene)
    url = f"/reports/{filed.report_id}/follow-up"
    browser.get(url)
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        raises(scene, session, filed)
    assert browser.send(url, {**FIVE, "kind": "follow_up", "do": "file"}).status_code == 409
    assert label_of(scene, filed) is Label.AMBER_STRICT
