"""The history of a report names to its sender nobody whom it may not know."""

from __future__ import annotations

from models.vocabulary import RecallAnswerKind
from sharing.audit.tags import Tag
from sharing.trail.history import list_report_history
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_recalls import answers, reads, requests_of, shared, withdraws


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
