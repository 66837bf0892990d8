"""What waits for approval is not forgotten, and somebody can decide while the approver is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from models.account import Membership
from models.vocabulary import Label, ProposalState, Role, Status
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.jobs.due import run_due
from sharing.people.memberships import end_membership
from sharing.reports.approval import proposal_times
from sharing.reports.approval.delegations import delegate, end_delegation, list_choices, list_delegations
from sharing.reports.approval.proposal_times import handle_time
from sharing.reports.reading import count_inbox, list_proposals, list_waiting_proposals, load_report

HANDLERS = {proposal_times.DUE_KIND: handle_time}


def proposed(scene):
    filed = scene.files(scene.hanako)
    return filed, scene.proposes(scene.office, filed, Label.GREEN)


def delegates(scene, approver, to, *, begins=timedelta(0), ends=timedelta(days=5)):
    now = scene.world.now
    with scene.world.writing() as session:
        times = now + begins, now + ends
        return delegate(session, approver, to.membership_id, times, context=scene.world.context())


def passes(scene, **time):
    scene.world.advance(**time)
    for _double_tick in range(2):
        run_due(scene.world.hub.units, HANDLERS, scene.world.now)


def waiting(scene):
    with scene.world.reading() as session:
        return [line for line, _report in list_waiting_proposals(session, scene.boss)]


def test_approvers_are_reminded_and_at_last_it_runs_out(scene):
    filed, proposal = proposed(scene)
    (line,) = waiting(scene)
    assert (line.reminders, line.runs_out_at) == (0, scene.world.now + timedelta(days=14))
    passes(scene, days=2)
    assert waiting(scene)[0].reminders == 1
    passes(scene, days=10)
    assert waiting(scene)[0].reminders == 3, "late ticks catch up, double ones do nothing"
    passes(scene, days=2)
    assert waiting(scene) == [] and scene.world.tags().count("report:proposal:expire") == 1
    with scene.world.reading() as session:
        (old,) = list_proposals(session, load_report(session, scene.office, filed.report_id))
        counts = count_inbox(session, scene.office)
    assert old.state is ProposalState.EXPIRED and counts[Status.NEW] == 1, "the secretariat may ask anew"
    with pytest.raises(Conflict):
        scene.approves(scene.boss, proposal)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))


def test_what_was_decided_is_neither_reminded_of_nor_runs_out(scene):
    filed, proposal = proposed(scene)
    scene.approves(scene.boss, proposal)
    passes(scene, days=20)
    with scene.world.reading() as session:
        (line,) = list_proposals(session, load_report(session, scene.office, filed.report_id))
    assert (line.state, line.reminders) == (ProposalState.APPROVED, 0)
    assert "report:proposal:expire" not in scene.world.tags()


def test_a_delegate_decides_during_its_time_and_not_outside_it(scene):
    _, first = proposed(scene)
    with pytest.raises(NotPermitted):
        scene.approves(scene.hanako, first)
    ident = delegates(scene, scene.boss, scene.hanako, begins=timedelta(days=1))
    with pytest.raises(NotPermitted):
        scene.approves(scene.hanako, first)
    scene.world.advance(days=1)
    assert scene.looks_at(scene.hanako, first.proposal_id).may_decide
    scene.approves(scene.hanako, first)
    assert len(scene.sees(scene.rival_reader)) == 1
    with pytest.raises(Conflict):
        scene.approves(scene.boss, first)
    _, second = proposed(scene)
    with scene.world.writing() as session:
        end_delegation(session, scene.boss, ident, context=scene.world.context())
    with pytest.raises(NotPermitted):
        scene.refuses(scene.hanako, second, "まだ早い。")
    with scene.world.reading() as session:
        assert list_delegations(session, scene.hanako, scene.world.now) == []
    delegates(scene, scene.boss, scene.hanako)
    scene.world.advance(days=5)
    with pytest.raises(NotPermitted):
        scene.approves(scene.hanako, second)


def test_a_delegation_ends_with_either_role(scene):
    _, proposal = proposed(scene)
    delegates(scene, scene.boss, scene.hanako)
    manager = scene.world.person(scene.aoba, Role.MANAGER)
    with scene.world.writing() as session:
        roles = update(Membership).where(Membership.id == scene.boss.membership_id).values(roles=["reporter"])
        session.execute(roles)
    with pytest.raises(NotPermitted):
        scene.approves(scene.hanako, proposal)
    with scene.world.writing() as session:
        back = update(Membership).where(Membership.id == scene.boss.membership_id).values(roles=["approver"])
        session.execute(back)
    assert scene.looks_at(scene.hanako, proposal.proposal_id).may_decide
    with scene.world.writing() as session:
        end_membership(session, manager, scene.boss.membership_id, context=scene.world.context())
    with pytest.raises(NotPermitted):
        scene.approves(scene.hanako, proposal, scene.looks_at(scene.hanako, proposal.proposal_id).digest)


def test_only_a_reporter_of_the_same_organization_can_be_chosen(scene):
    with scene.world.reading() as session:
        assert [hat.membership.id for hat in list_choices(session, scene.boss)] == [scene.hanako.membership_id]
    for other in (scene.rival_reader, scene.colleague, scene.boss, scene.office):
        with pytest.raises(NotVisible):
            delegates(scene, scene.boss, other)
    for nobody in (scene.hanako, scene.office, scene.colleague):
        with pytest.raises(NotPermitted):
            delegates(scene, nobody, scene.hanako)
    for begins, ends in ((0, 0), (5, 3), (0, 200), (-9, -1), (400, 410)):
        with pytest.raises(Invalid):
            delegates(scene, scene.boss, scene.hanako, begins=timedelta(days=begins), ends=timedelta(days=ends))
    ident = delegates(scene, scene.boss, scene.hanako)
    with pytest.raises(NotPermitted), scene.world.writing() as session:
        end_delegation(session, scene.hanako, ident, context=scene.world.context())


def test_who_proposed_does_not_approve_even_as_a_delegate(scene):
    """A person who wears two hats: the rule is about the person."""
    _, proposal = proposed(scene)
    both = replace(scene.boss, account_id=scene.office.account_id)
    digest = scene.looks_at(scene.boss, proposal.proposal_id).digest
    with pytest.raises(NotPermitted, match="who proposed"):
        scene.approves(both, proposal, digest)
    assert not scene.looks_at(both, proposal.proposal_id).may_decide
