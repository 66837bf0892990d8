"""Which reports an actor's texts are searched for the titles of: those that it reads as filed, by whatever way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.inbox import InboxItem
from models.report import Report, ReportVersion
from models.vocabulary import Label, Role, Tier
from sharing.actor import Actor
from sharing.inbox.items import seen_in_inbox
from sharing.reading.driver import fetch
from sharing.reports.titles import ask_filed, list_filed_titles, titles_of
from sharing.reports.visible import visible_versions
from sharing.rules.spelling import fold_plain
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.year import Year


def seen(scene: Scene, actor: Actor, label: Label) -> set[tuple[str, int, str]]:
    """The last version of each report that the actor may see, where it is stricter than a label: by the rule itself."""
    with scene.world.reading() as session:
        query = select(ReportVersion).join(Report, Report.id == ReportVersion.report_id).where(visible_versions(actor))
        last = {each.report_id: each for each in session.execute(query.order_by(ReportVersion.number)).scalars()}
        return {row(each.report_id, each) for each in last.values() if each.label.rank > label.rank}


def lying(scene: Scene, actor: Actor, label: Label) -> set[tuple[str, int, str]]:
    """Those of the reports that lie in the actor's inbox which are stricter than a label: by the inbox's rule."""
    with scene.world.reading() as session:
        items = session.execute(select(InboxItem).where(seen_in_inbox(actor))).scalars()
        return {row(each.report_id, each) for each in items if each.label.rank > label.rank}


def row(report: Any, of: Any) -> tuple[str, int, str]:
    return report.hex, of.number, of.label.value


def asked(scene: Scene, actor: Actor, label: Label) -> set[tuple[str, int, str]]:
    """The same, as it is asked for titles."""
    with scene.world.reading() as session:
        rows = [row for each in ask_filed(session, actor, label) for row in fetch(session, each.sql, each.parameters)]
        titles, known = titles_of(session, rows), list_filed_titles(session, actor, label, None)
    assert sorted(each.plain for each in titles) == sorted(fold_plain(each.name) for each in known)
    assert {each.of for each in titles} == set(rows)
    return {(report.replace("-", ""), number, label) for report, number, label in rows}


@pytest.mark.parametrize("seed", range(3))
def test_the_titles_that_are_looked_for_are_those_of_the_reports_that_an_actor_reads(scene: Scene, seed: int):
    """Also of merged and withdrawn ones, of exercises, and of what a secretariat finds that came late; no drafts."""
    year, early = (
        Year(scene, seed),
        scene.files(scene.hanako, label="TLP:AMBER", summary="一番目の変電所が停止している。"),
    )
    year.passes(40)
    scene.world.advance(minutes=1)
    successor = scene.world.person(scene.world.secretariat("後任の事務局"), Role.COORDINATOR)
    council = scene.world.person(scene.world.organization(Tier.CEPTOAR, "別の枠"), Role.COORDINATOR)
    year.passes(15)
    compared = 0
    for label in Label:
        for actor in (scene.office, scene.water_office, successor):
            assert asked(scene, actor, label) == seen(scene, actor, label) == lying(scene, actor, label)
            compared += len(asked(scene, actor, label))
        for actor in (scene.hanako, scene.boss, scene.rival_reader, year.water_reporter):
            assert asked(scene, actor, label) == seen(scene, actor, label)
            compared += len(asked(scene, actor, label))
        for actor in (scene.colleague, scene.council, scene.nco, scene.auditor, council):
            assert asked(scene, actor, label) == seen(scene, actor, label) == set()
    found = [{report for report, _, _ in asked(scene, each, Label.GREEN)} for each in (scene.office, successor)]
    assert [early.report_id.hex in each for each in found] == [True, False], "a successor begins with its own time"
    assert compared > 40
    assert year.done == {"_file", "_follow", "_merge", "_propose", "_withdraw", "_draft"}
