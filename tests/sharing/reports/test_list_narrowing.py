"""Who is taken off a named list may lose what went out by it, where the sender wants that; read stays read."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from models.recall import RecallAnswer
from models.sharing_list import SharingListMember
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.lists.changing import add_to_list, close_list, make_list, remove_from_list
from sharing.reports.range_changes.list_narrowing import list_still_named, narrow_to_list
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_ledger import reads


def listed(scene: Scene, *names: str) -> UUID:
    world = scene.world
    with world.writing() as session:
        made = make_list(session, scene.hanako, f"連携先 {uuid4().hex[:4]}", world.context()).id
        add_to_list(session, scene.hanako, made, names, world.context())
    return made


def takes_off(scene: Scene, list_id: UUID, token: str) -> None:
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        query = select(SharingListMember.id).filter_by(list_id=list_id, token=token, removed_at=None)
        member = session.execute(query).scalar_one()
        remove_from_list(session, scene.hanako, list_id, member, scene.world.context())


def narrows(scene: Scene, list_id: UUID, *reports: UUID, reason: str = "提供先を見直した。", actor: Any = None) -> int:
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        return narrow_to_list(session, actor or scene.hanako, list_id, reports, reason, means=scene.means())


def affected(scene: Scene, list_id: UUID) -> dict[UUID, tuple[str, ...]]:
    with scene.world.reading() as session:
        return {each.report_id: each.tokens for each in list_still_named(session, scene.hanako, list_id)}


def test_the_sender_chooses_report_by_report(scene: Scene) -> None:
    """The Council is taken off; of two reports one is taken back: notice, question, no content. The other stands."""
    ours = listed(scene, "council", "secretariat:water")
    first = scene.files(scene.hanako, lists=[str(ours)], summary="一件目。")
    second = scene.files(scene.hanako, lists=[str(ours)], summary="二件目。")
    reads(scene, scene.council)
    assert affected(scene, ours) == {}
    takes_off(scene, ours, "council")
    assert affected(scene, ours) == {first.report_id: ("council",), second.report_id: ("council",)}
    assert len(scene.sees(scene.council)) == 2, "nothing happens by itself"
    assert narrows(scene, ours, first.report_id) == 1
    bodies = {bytes(row.body) for row in scene.sees(scene.council)}
    assert len(bodies) == 2
    assert sum(b'"revoked":true' in body for body in bodies) == 1
    assert not any("一件目".encode() in body for body in bodies)
    assert any("一件目".encode() in bytes(row.body) for row in scene.sees(scene.water_office))
    with scene.world.reading() as session:
        asked = session.execute(select(RecallAnswer.organization_id)).scalars().all()
    assert asked == [scene.council.organization.id]
    assert affected(scene, ours) == {second.report_id: ("council",)}


def test_whom_another_list_still_names_loses_nothing(scene: Scene) -> None:
    """Two lists named the Council; taken off one, it stays. A list that is closed names nobody any more."""
    one, other = listed(scene, "council"), listed(scene, "council", "secretariat:water")
    filed = scene.files(scene.hanako, lists=[str(one), str(other)])
    takes_off(scene, one, "council")
    assert affected(scene, one) == {}
    with scene.world.writing() as session:
        close_list(session, scene.hanako, other, scene.world.context())
    assert affected(scene, other) == {filed.report_id: ("council", "secretariat:water")}
    assert narrows(scene, other, filed.report_id) == 1
    assert affected(scene, other) == {}
    assert b'"revoked":true' in bytes(scene.sees(scene.water_office)[0].body)


def test_wrong_choices_are_refused_whole(scene: Scene) -> None:
    """Nothing chosen, a report of somebody else, no reason, another's list; nothing is changed by any of them."""
    ours = listed(scene, "council")
    filed = scene.files(scene.hanako, lists=[str(ours)])
    takes_off(scene, ours, "council")
    for chosen, reason in (((), "見直し"), ((filed.report_id, uuid4()), "見直し"), ((filed.report_id,), "  ")):
        with pytest.raises(Invalid):
            narrows(scene, ours, *chosen, reason=reason)
    for stranger, refusal in ((scene.rival_reader, NotVisible), (scene.colleague, NotPermitted)):
        with pytest.raises(refusal):
            narrows(scene, ours, filed.report_id, actor=stranger)
    assert affected(scene, ours) == {filed.report_id: ("council",)}
