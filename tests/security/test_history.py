"""The history of a report tells its sender of nobody, and of no question, that it may not know of."""

from __future__ import annotations

from models.vocabulary import InquiryEnd, RecallAnswerKind
from sharing.audit.tags import Tag
from sharing.trail.history import list_own_history, list_report_history
from tests.sharing.inquiries.conftest import Asking, scene
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_recalls import answers, reads, requests_of, shared, withdraws

__all__ = ["scene"]


def test_who_answers_a_recall_is_not_named_to_the_sender(scene: Scene):
    """Rivals are told as a group everywhere; here the entry of the answer stood with the organization's name."""
    filed = shared(scene)
    for reader in (scene.rival_reader, scene.water_reader):
        reads(scene, reader)
    withdraws(scene, scene.hanako, filed)
    for reader in (scene.rival_reader, scene.water_reader):
        (request,) = requests_of(scene, reader)
        answers(scene, reader, request.stix_id, RecallAnswerKind.DELETED)
    with scene.world.reading() as session:
        _, lines = list_report_history(session, scene.hanako, filed.report_id)
    named = {line.organization.id for line in lines if line.organization is not None}
    assert named == {scene.aoba.id, scene.office.organization.id}
    told = {line.account for line in lines}
    assert not told & {str(scene.rival_reader.account_id), str(scene.water_reader.account_id)}
    assert sum(line.tag == Tag.RECALL_ANSWER for line in lines) == 2, "that somebody answered is told"


def test_a_question_that_was_never_passed_on_leaves_no_line_with_the_sender(scene: Asking):
    """Closed by the secretariat, it stood in the history of the report: somebody had asked about it."""
    asked = scene.asks(scene.asker)
    scene.closes(scene.office, asked, InquiryEnd.NO_ANSWER)
    with scene.world.reading() as session:
        _, lines = list_report_history(session, scene.hanako, scene.report.report_id)
        own = list_own_history(session, scene.boss, whole=True).lines
    assert not [line.tag for line in (*lines, *own) if line.tag.startswith("report:inquiry:")]
