"""What is read at AMBER and above stands in the ledger, whichever way it went out; and nothing that was not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from hub.cli import report as commands
from models.audit import Disclosure
from models.collection import INBOX_FEED
from models.vocabulary import Label, Role
from sharing.disclosures import list_disclosures_of_report, shown_of
from sharing.errors import NotPermitted
from sharing.permissions import Permission
from sharing.reading.question import Question
from tests.hub.web.report_tools import Browser, application, person
from tests.sharing.reports.conftest import Scene


def _logged(scene: Scene) -> int:
    with scene.world.reading() as session:
        return session.execute(select(func.count()).select_from(Disclosure)).scalar_one()


def test_a_secretariat_at_the_command_line_is_logged(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """The list and the report itself show originals, as the pages and REST do."""

    @contextmanager
    def opened(_data: Path) -> Iterator[Any]:
        yield scene.world.hub

    filed = scene.files(scene.hanako)
    monkeypatch.setattr(commands, "opened", opened)
    monkeypatch.setenv("CEPTOAR_HUB_KEY", scene.world.key(scene.office))
    before = _logged(scene)
    commands.list_some.callback(data=Path(), as_json=True)
    assert _logged(scene) > before
    before = _logged(scene)
    commands.show_one.callback(data=Path(), reference=filed.reference, as_json=True)
    assert _logged(scene) > before
    monkeypatch.setenv("CEPTOAR_HUB_KEY", scene.world.key(scene.hanako))
    before = _logged(scene)
    commands.show_one.callback(data=Path(), reference=filed.reference, as_json=True)
    assert _logged(scene) == before, "one's own report is no disclosure"


def test_the_page_of_a_proposal_is_logged(scene: Scene):
    """It shows what the original says, in the very bytes."""
    proposed = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN)
    person(scene.world, scene.office.organization, Role.COORDINATOR, username="office")
    browser = Browser(application(scene.world), scene.world, "office")
    before = _logged(scene)
    assert browser.get(f"/reports/proposals/{proposed.proposal_id}/").status_code == 200
    assert _logged(scene) > before


def test_a_key_for_something_else_reads_no_proposal(scene: Scene):
    proposed = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN)
    for scope in (Permission.TRENDS_READ, Permission.DIGEST_READ, Permission.FEED_READ):
        with pytest.raises(NotPermitted):
            scene.looks_at(replace(scene.office, scopes=frozenset({scope})), proposed.proposal_id)
    for scope in (Permission.REPORT_READ, Permission.PROPOSAL_MAKE):
        assert scene.looks_at(replace(scene.office, scopes=frozenset({scope})), proposed.proposal_id)


def test_what_a_filter_left_out_was_not_read(scene: Scene):
    """A page up to GREEN around an AMBER report did not give it, and its sender is not told so."""
    filed = scene.files(scene.hanako)
    with scene.world.reading() as session:
        assert list_disclosures_of_report(session, scene.boss, filed.report_id) == []
    rows = scene.sees(scene.office, types=())
    hub = scene.world.hub
    asked = Question(highest=Label.GREEN.rank)
    hub.disclosures.log(shown_of(scene.office, INBOX_FEED, rows, asked, what="objects", at=scene.world.now))
    hub.disclosures.close()
    with scene.world.reading() as session:
        told = list_disclosures_of_report(session, scene.boss, filed.report_id)
    assert told == []
    hub.disclosures.log(shown_of(scene.office, INBOX_FEED, rows, Question(), what="objects", at=scene.world.now))
    with scene.world.reading() as session:
        assert list_disclosures_of_report(session, scene.boss, filed.report_id)
