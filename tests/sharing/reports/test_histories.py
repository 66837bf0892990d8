"""What the hub noted: each organization sees all that was noted about it, and nothing of others."""

from __future__ import annotations

import pytest

from models.vocabulary import Label, Role
from sharing.actor import Actor
from sharing.errors import NotPermitted
from sharing.trail.history import list_own_history
from tests.sharing.reports.conftest import Scene


def told(scene: Scene, actor: Actor, *, whole: bool, **more: object) -> list[tuple[str, str | None, str | None]]:
    """Tag, person and organization of each line, the newest first."""
    with scene.world.reading() as session:
        page = list_own_history(session, actor, whole=whole, **more)  # type: ignore[arg-type]
    return [(it.tag, it.person, it.organization.ja if it.organization else None) for it in page.lines]


def test_an_organization_sees_what_it_did_and_what_others_did_about_it(scene: Scene) -> None:
    """Its people by name, its secretariat by its name, nothing of a rival; the newest first, page by page."""
    filed = scene.files(scene.hanako)
    scene.files(scene.rival_reader)
    scene.proposes(scene.office, filed, Label.GREEN)
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up")
    seen = told(scene, scene.boss, whole=True)
    assert [it for it in seen if it[0].startswith("report:")] == [
        ("report:version:file", "Hanako", "青葉電力株式会社"),
        ("report:proposal:make", None, "電力セプター事務局"),
        ("report:version:file", "Hanako", "青葉電力株式会社"),
    ]
    assert not any("みどり" in str(it) for it in seen)
    assert {it[0] for it in told(scene, scene.boss, whole=True, tag="report:version:file")} == {"report:version:file"}
    with scene.world.reading() as session:
        first = list_own_history(session, scene.boss, whole=True, most=2)
        rest = list_own_history(session, scene.boss, whole=True, most=100, before=first.next)
    assert [(it.tag, it.shard, it.index) for it in (*first.lines, *rest.lines)][:2] == [
        (it.tag, it.shard, it.index) for it in first.lines
    ]
    assert len(first.lines) + len(rest.lines) == len(seen)
    assert all(it.index is not None for it in first.lines)


def test_a_person_sees_what_it_did_itself(scene: Scene) -> None:
    """And not the whole organization's without the right to it; nothing of reports that it may not see."""
    scene.files(scene.hanako)
    assert ("report:version:file", "Hanako", "青葉電力株式会社") in told(scene, scene.hanako, whole=False)
    assert not any(it[0] == "report:version:file" for it in told(scene, scene.boss, whole=False))
    with pytest.raises(NotPermitted):
        told(scene, scene.hanako, whole=True)
    manager = scene.world.person(scene.aoba, Role.MANAGER)
    seen = told(scene, manager, whole=True)
    assert seen == [it for it in told(scene, scene.boss, whole=True) if not it[0].startswith("report:")]
