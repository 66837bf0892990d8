"""Things that happen at the same moment: one form sent by a double click, one proposal approved by two people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from models.vocabulary import Label, Role
from sharing.errors import Conflict
from tests.sharing.reports.conftest import Scene


def test_a_double_click_is_one_report(scene: Scene):
    submission = uuid4()
    with ThreadPoolExecutor(6) as pool:
        filed = list(pool.map(lambda _: scene.files(scene.hanako, submission=submission), range(6)))
    assert len({each.report_id for each in filed}) == 1
    assert sum(not each.repeated for each in filed) == 1
    assert scene.world.tags().count("report:version:file") == 1


def test_follow_ups_at_once_get_numbers_of_their_own(scene: Scene):
    first = scene.files(scene.hanako)
    with ThreadPoolExecutor(4) as pool:
        filed = list(pool.map(lambda _: scene.files(scene.hanako, report=first.report_id, kind="follow_up"), range(4)))
    assert sorted(each.number for each in filed) == [2, 3, 4, 5]


def test_two_approvals_publish_once(scene: Scene):
    other = scene.world.person(scene.aoba, Role.APPROVER)
    proposed = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN)

    def approve(actor: object) -> bool:
        try:
            scene.approves(actor, proposed)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(approve, [scene.boss, other]))
    assert sorted(done) == [False, True]
    assert scene.world.tags().count("report:proposal:approve") == 1
