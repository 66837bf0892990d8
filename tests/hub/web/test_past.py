"""The pages on which the past is decided again: two administrators and an auditor."""

from __future__ import annotations

from pathlib import Path

from hub.app import create_app
from hub.scheduler.handlers import handlers_of
from models.report import PolicyVersion
from models.vocabulary import Label, Role
from sharing.jobs.due import run_due
from sharing.rules.policy import default_policy_document
from sharing.rules.tokens import OrganizationFacts
from tests.factory import World
from tests.hub.web.report_tools import Browser
from tests.sharing.reports.conftest import Scene


def test_two_administrators_decide_the_past_again_and_the_auditor_sees_the_cases(
    sqlite_hub_url: str, tmp_path: Path
) -> None:
    """Proposed, looked at, confirmed by another, carried out; numbers for them, reference numbers for the auditor."""
    world = World(sqlite_hub_url, tmp_path)
    scene = Scene(world)
    filed = scene.files(scene.hanako)
    auditors: OrganizationFacts = scene.auditor.organization
    world.person(auditors, Role.AUDITOR, username="inspector", password=True)
    for name in ("ichiro", "jiro"):
        world.administrator(name, username=name, password=True)
    document = {**default_policy_document(), "version": "2027-01"}
    document["rows"] = {**document["rows"], "council": ["no", "no", "yes", "yes", "yes"]}
    with world.writing() as session:
        session.add(PolicyVersion(version="2027-01", number=2, body=document, in_force_at=world.now))
    app = create_app(world.hub)
    ichiro, jiro, inspector = (Browser(app, world, name, "en") for name in ("ichiro", "jiro", "inspector"))
    ichiro.get("/policy/past/")
    shown = ichiro.send("/policy/past/", {})
    assert "so far" in shown.text
    url = shown.request.path

    def works() -> None:
        run_due(world.hub.units, handlers_of(world.hub), world.now)

    works()
    assert "objects gain readers" in ichiro.get(url).text
    assert filed.reference not in ichiro.page
    assert "another administrator confirms it" in ichiro.page
    assert ichiro.send(f"{url}confirm", {}).status_code == 403
    assert filed.reference in inspector.get(url).text
    assert "CEPTOAR Council" in inspector.page
    jiro.get(url)
    assert "Confirmed." in jiro.send(f"{url}confirm", {}).text
    assert "carried out. Load" in jiro.get(url).text
    works()
    assert "carried out" in jiro.get(url).text
    assert "実施済み" in Browser(app, world, "jiro").get("/policy/past/").text
    assert len(scene.sees(scene.council)) == 1
    assert Label.AMBER.value in inspector.get(url).text
    world.close()
