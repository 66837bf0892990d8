"""What becomes of a report, each operation once: filed, proposed, approved, held back, taken back."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from models.job import Due
from models.vocabulary import Form, Label, RecallAnswerKind
from sharing.reports.approval.approvals import approve_proposal, refuse_proposal
from sharing.reports.approval.delegations import delegate, end_delegation
from sharing.reports.approval.drafting import Wish
from sharing.reports.approval.proposal_times import handle_time
from sharing.reports.approval.proposals import propose
from sharing.reports.authorities import note_notice, take_back_notice
from sharing.reports.filing import file_report
from sharing.reports.own_systems import save_own_systems
from sharing.reports.range_changes.embargoes import DUE_KIND as EMBARGO_DUE
from sharing.reports.range_changes.embargoes import end_embargo, handle_end, set_embargo
from sharing.reports.range_changes.recall_answers import answer_recall
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.reports.submissions import Submission
from tests.sharing.recorded.stories import Act, after, story
from tests.sharing.reports.conftest import Scene


@story(file_report)
def _(scene: Scene) -> Act:
    fields, submission = scene.fields(), uuid4()
    return lambda session: file_report(
        session,
        scene.hanako,
        fields,
        Submission(submission),
        means=scene.means(),
    )


@story(propose)
def _(scene: Scene) -> Act:
    report = scene.files(scene.hanako)
    return lambda session: propose(
        session,
        scene.office,
        report.report_id,
        Wish(Label.GREEN, report.number),
        means=scene.means(),
    )


@story(approve_proposal)
def _(scene: Scene) -> Act:
    proposal = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN).proposal_id
    digest = scene.looks_at(scene.boss, proposal).digest
    return lambda session: approve_proposal(
        session,
        scene.boss,
        proposal,
        digest,
        means=scene.means(),
    )


@story(refuse_proposal)
def _(scene: Scene) -> Act:
    proposal = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN).proposal_id
    return lambda session: refuse_proposal(session, scene.boss, proposal, "not yet", context=scene.world.context())


@story(delegate)
def _(scene: Scene) -> Act:
    times = scene.world.now, scene.world.now + timedelta(days=5)
    hanako, context = scene.hanako.membership_id, scene.world.context()
    return lambda session: delegate(session, scene.boss, hanako, times, context=context)


@story(end_delegation)
def _(scene: Scene) -> Act:
    made = after(scene, delegate)
    return lambda session: end_delegation(session, scene.boss, made, context=scene.world.context())


@story(handle_time)
def _(scene: Scene) -> Act:
    proposal = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN).proposal_id
    scene.world.advance(days=15)
    payload = {"proposal": str(proposal), "number": 4}
    return lambda session: handle_time(session, payload, scene.world.context())


@story(save_own_systems)
def _(scene: Scene) -> Act:
    context = scene.world.context()
    return lambda session: save_own_systems(session, scene.hanako, "aoba.example", context=context)


NOTICE = {"authority": "police", "stage": "first", "told_at": "2026-11-20T11:00:00+09:00"}


@story(note_notice)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    return lambda session: note_notice(session, scene.hanako, filed.report_id, NOTICE, context=scene.world.context())


@story(take_back_notice)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    with scene.world.writing() as session:
        noted = note_notice(session, scene.hanako, filed.report_id, NOTICE, context=scene.world.context())
    return lambda session: take_back_notice(
        session, scene.hanako, filed.report_id, noted, context=scene.world.context()
    )


@story(set_embargo)
def _(scene: Scene) -> Act:
    report, until = scene.files(scene.hanako).report_id, scene.world.now + timedelta(days=1)
    context = scene.world.context()
    return lambda session: set_embargo(session, scene.hanako, report, until, "連絡中", context=context)


def _held_back(scene: Scene) -> UUID:
    """A report whose edition waits for the end of an embargo."""
    report = scene.files(scene.hanako, label="TLP:GREEN")
    with scene.world.writing() as session:
        until, context = scene.world.now + timedelta(days=1), scene.world.context()
        set_embargo(session, scene.hanako, report.report_id, until, "連絡中", context=context)
    scene.proposes(scene.office, report, Label.GREEN)
    return report.report_id


@story(end_embargo)
def _(scene: Scene) -> Act:
    report = _held_back(scene)
    return lambda session: end_embargo(
        session,
        scene.hanako,
        report,
        means=scene.means(),
    )


@story(handle_end)
def _(scene: Scene) -> Act:
    _held_back(scene)
    with scene.world.reading() as session:
        payload = session.execute(select(Due.payload).where(Due.kind == EMBARGO_DUE)).scalar_one()
    scene.world.advance(days=1)
    return lambda session: handle_end(session, payload, means=scene.means())


@story(withdraw_report)
def _(scene: Scene) -> Act:
    report = scene.files(scene.hanako)
    return lambda session: withdraw_report(
        session,
        scene.hanako,
        report.report_id,
        "誤り",
        means=scene.means(),
    )


@story(answer_recall)
def _(scene: Scene) -> Act:
    report = scene.files(scene.hanako)
    with scene.world.writing() as session:
        withdraw_report(session, scene.hanako, report.report_id, "誤り", means=scene.means())
    stix_id = scene.builder.main_id(report.report_id, Form.ORIGINAL)
    sealer = scene.world.hub.secrets.cursor
    return lambda session: answer_recall(
        session, scene.office, stix_id, RecallAnswerKind.DELETED, context=scene.world.context(), sealer=sealer
    )
