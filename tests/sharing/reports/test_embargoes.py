"""An embargo: what is ready waits exactly as it was approved, and goes out once, when the last embargo ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from models.vocabulary import Label, ProposalState, Status
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.jobs.due import run_due
from sharing.reports.means import Means
from sharing.reports.range_changes import embargoes
from sharing.reports.range_changes.embargoes import end_embargo, handle_end, list_embargoes, set_embargo
from sharing.reports.reading import count_inbox, list_proposals, load_report


def holds(scene, actor, filed, *, reason="関係者への連絡が済むまで。", **ahead):
    with scene.world.writing() as session:
        until = scene.world.now + timedelta(**ahead)
        return set_embargo(session, actor, filed.report_id, until, reason, context=scene.world.context())


def ends(scene, actor, filed):
    with scene.world.writing() as session:
        return end_embargo(
            session,
            actor,
            filed.report_id,
            means=scene.means(),
        )


def ticks(scene):
    def handle(session, payload, context):
        handle_end(session, payload, means=Means(context, scene.policy, scene.builder))

    return run_due(scene.world.hub.units, {embargoes.DUE_KIND: handle}, scene.world.now)


def state(scene, filed):
    with scene.world.reading() as session:
        return list_proposals(session, load_report(session, scene.office, filed.report_id))[0].state


def ready(scene, **more):
    """A report whose edition is approved under an embargo of a day."""
    filed = scene.files(scene.hanako, **more)
    holds(scene, scene.hanako, filed, days=1)
    proposed = scene.proposes(scene.office, filed, Label.GREEN)
    scene.approves(scene.boss, proposed)
    return filed, proposed


def test_what_was_approved_waits_and_goes_out_at_its_time(scene):
    filed, proposed = ready(scene)
    assert scene.sees(scene.rival_reader) == () and len(scene.sees(scene.office)) == 1
    assert state(scene, filed) is ProposalState.EMBARGOED
    with scene.world.reading() as session:
        counts = count_inbox(session, scene.office)
    assert (counts[Status.EMBARGOED], counts[Status.NEW], counts[Status.PUBLISHED]) == (1, 0, 0)
    promised = scene.looks_at(scene.boss, proposed.proposal_id).forms
    scene.world.advance(hours=23)
    assert ticks(scene).done == 0 and scene.sees(scene.rival_reader) == ()
    scene.world.advance(hours=1)
    assert ticks(scene).done == 1
    (row,) = scene.sees(scene.rival_reader)
    assert row.body in {each.raw for form in promised for each in form.objects}, "exactly the bytes that were approved"
    assert state(scene, filed) is ProposalState.APPROVED


def test_a_hub_that_was_down_ends_it_late_and_once(scene):
    filed, _ = ready(scene)
    scene.world.advance(days=10)
    assert scene.sees(scene.rival_reader) == (), "it holds until it was ended, whatever the clock says"
    assert (ticks(scene).done, ticks(scene).done) == (1, 0)
    assert len(scene.sees(scene.rival_reader)) == 1
    assert scene.world.tags().count("report:embargo:end") == 1
    with pytest.raises(Conflict):
        ends(scene, scene.hanako, filed)


def test_what_the_label_allows_waits_too(scene):
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    holds(scene, scene.office, filed, hours=2)
    assert scene.proposes(scene.office, filed, Label.GREEN).state is ProposalState.EMBARGOED
    assert scene.sees(scene.rival_reader) == ()
    assert ends(scene, scene.office, filed) is True
    assert len(scene.sees(scene.rival_reader)) == 1
    scene.world.advance(hours=3)
    assert ticks(scene).done == 1, "its time comes, and nothing is left to do"
    assert len(scene.sees(scene.rival_reader)) == 1


def test_the_last_of_several_embargoes_counts_and_each_ends_its_own(scene):
    filed, _ = ready(scene)
    holds(scene, scene.office, filed, days=3)
    scene.world.advance(days=1, minutes=1)
    ticks(scene)
    assert scene.sees(scene.rival_reader) == ()
    with pytest.raises(Conflict):
        ends(scene, scene.hanako, filed)
    assert ends(scene, scene.office, filed) is True
    assert len(scene.sees(scene.rival_reader)) == 1


def test_a_new_time_takes_the_place_of_the_old_one(scene):
    filed, _ = ready(scene)
    holds(scene, scene.boss, filed, days=5)
    with scene.world.reading() as session:
        view = load_report(session, scene.office, filed.report_id)
        (only,) = list_embargoes(session, scene.office, view)
    assert only.until_at == scene.world.now + timedelta(days=5) and not only.is_own
    scene.world.advance(days=2)
    ticks(scene)
    assert scene.sees(scene.rival_reader) == ()
    scene.world.advance(days=3)
    ticks(scene)
    assert len(scene.sees(scene.rival_reader)) == 1


def test_what_changed_meanwhile_does_not_go_out(scene):
    """A follow-up outdates what was ready; nobody approved it as it would be now."""
    filed, _ = ready(scene)
    scene.world.advance(minutes=1)
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", summary="別の事実が分かった。")
    scene.world.advance(days=1)
    ticks(scene)
    assert scene.sees(scene.rival_reader) == ()
    assert scene.world.tags()[-1] == "report:embargo:end"


def test_another_policy_meanwhile_asks_again(scene):
    filed, _ = ready(scene)
    scene.world.advance(days=1)
    scene.policy = replace(scene.policy, version="another")
    ticks(scene)
    assert scene.sees(scene.rival_reader) == () and state(scene, filed) is ProposalState.OUTDATED


def test_wrong_input_is_refused_in_words(scene):
    filed = scene.files(scene.hanako)
    for ahead, code in (({"minutes": -1}, "in-the-past"), ({"minutes": 0}, "in-the-past"), ({"days": 400}, "too-far")):
        with pytest.raises(Invalid) as refused:
            holds(scene, scene.hanako, filed, **ahead)
        assert refused.value.faults[0].code == code
    with pytest.raises(Invalid):
        holds(scene, scene.hanako, filed, days=1, reason=" ")
    with pytest.raises(NotVisible):
        holds(scene, scene.rival_reader, filed, days=1)
    with pytest.raises(NotVisible):
        holds(scene, scene.water_office, filed, days=1)
    with pytest.raises((NotPermitted, NotVisible)):
        holds(scene, scene.colleague, filed, days=1)
    with pytest.raises(Conflict):
        ends(scene, scene.hanako, filed)
