"""A sender changes its mind: whoever had it is told, loses what it may not have, and is asked what became of it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Form, Label, RecallAnswerKind, RecallKind, Role, Tier
from sharing.disclosures import shown_of, write_disclosures
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.jobs.due import run_due
from sharing.readers import load_reader
from sharing.reading.editions import list_editions, visible_position
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.reports.range_changes import recall_answers, recall_notices
from sharing.reports.range_changes.recalls import Narrower, narrow_report, raise_report, withdraw_report
from sharing.reports.range_changes.widening import Wider, widen_report
from sharing.reports.reading import load_report

HANDLERS = {recall_notices.DUE_KIND: recall_answers.handle_reminder}


def withdraws(scene, actor, filed, reason="公表を取りやめる。"):
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        return withdraw_report(
            session,
            actor,
            filed.report_id,
            reason,
            means=scene.means(),
        )


def narrows(scene, actor, filed, label, *taken_back, reason="相手を絞る。"):
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        return narrow_report(
            session,
            actor,
            filed.report_id,
            Narrower(label, frozenset(taken_back)),
            reason,
            submission=uuid4(),
            means=scene.means(),
        )


def raises(scene, actor, filed, label, reason="広げすぎた。"):
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        return raise_report(
            session,
            actor,
            filed.report_id,
            label,
            reason,
            submission=uuid4(),
            means=scene.means(),
        )


def reads(scene, actor):
    """The actor fetches its whole inbox, which is logged."""
    scene.world.advance(seconds=5)
    with scene.world.reading() as session:
        found = page(session, load_reader(session, actor), 1, Question(), sealer=scene.world.hub.secrets.cursor)
    with scene.world.writing() as session:
        shown = shown_of(actor, 1, found.rows, found.question, what="objects", at=scene.world.now)
        write_disclosures(session, shown, scene.world.hub.units)


def has(scene, actor):
    """The incidents that the actor's feed gives now, parsed."""
    return [json.loads(row.body) for row in scene.sees(actor)]


def shared(scene, **more):
    filed = scene.files(scene.hanako, details="経過の詳細", **more)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    return filed


def recalls_of(scene, actor, filed):
    with scene.world.reading() as session:
        return recall_answers.list_recalls(session, load_report(session, actor, filed.report_id))


def requests_of(scene, actor):
    with scene.world.reading() as session:
        return recall_answers.list_requests(session, actor, sealer=scene.world.hub.secrets.cursor)


def answers(scene, actor, stix_id, kind):
    with scene.world.writing() as session:
        recall_answers.answer_recall(
            session, actor, stix_id, kind, context=scene.world.context(), sealer=scene.world.hub.secrets.cursor
        )


def test_what_was_withdrawn_comes_as_a_revoked_version_without_its_texts(scene):
    filed = shared(scene)
    (before,) = has(scene, scene.rival_reader)
    withdraws(scene, scene.hanako, filed)
    (after,) = has(scene, scene.rival_reader)
    assert after["id"] == before["id"] and after["modified"] > before["modified"]
    assert after["revoked"] is True
    assert "詳細" not in json.dumps(after, ensure_ascii=False) and "description" not in after
    assert [each["revoked"] for each in has(scene, scene.office)] == [True, True], "the original and the edition"


def test_a_withdrawn_report_is_in_no_list_and_no_count(scene):
    filed = shared(scene)

    def listed(actor):
        with scene.world.reading() as session:
            reader = load_reader(session, actor)
            return list_editions(session, reader, as_of=visible_position(session, reader))

    assert len(listed(scene.rival_reader)) == len(listed(scene.office)) == 1
    withdraws(scene, scene.hanako, filed)
    assert listed(scene.rival_reader) == listed(scene.office) == []


def test_only_who_had_read_it_is_asked_and_the_answers_are_counted(scene):
    filed = shared(scene)
    reads(scene, scene.rival_reader)
    reads(scene, scene.council)
    withdraws(scene, scene.hanako, filed)
    (recall,) = recalls_of(scene, scene.hanako, filed)
    assert (recall.answered, recall.asked) == (0, 2)
    (request,) = requests_of(scene, scene.rival_reader)
    assert request.waits
    (unread,) = requests_of(scene, scene.water_reader)
    assert not unread.is_asked, "it is told, and asked nothing"
    answers(scene, scene.rival_reader, request.stix_id, RecallAnswerKind.DELETED)
    (other,) = requests_of(scene, scene.council)
    assert other.stix_id != request.stix_id, "the edition with the name; nobody joins the two by the question"
    answers(scene, scene.council, other.stix_id, RecallAnswerKind.KEPT)
    (recall,) = recalls_of(scene, scene.hanako, filed)
    assert (recall.answered, recall.asked) == (2, 2)
    assert recall.count(RecallAnswerKind.KEPT) == 1
    assert not requests_of(scene, scene.rival_reader)[0].waits
    answers(scene, scene.council, other.stix_id, RecallAnswerKind.DELETED)
    assert recalls_of(scene, scene.hanako, filed)[0].count(RecallAnswerKind.DELETED) == 2, "the last word counts"


def test_who_has_not_answered_is_reminded_and_others_are_left_alone(scene):
    filed = shared(scene)
    reads(scene, scene.rival_reader)
    withdraws(scene, scene.hanako, filed)
    scene.world.advance(days=3, minutes=1)
    for _double_tick in range(2):
        run_due(scene.world.hub.units, HANDLERS, scene.world.now)
    (request,) = requests_of(scene, scene.rival_reader)
    assert request.reminders == 1
    answers(scene, scene.rival_reader, request.stix_id, RecallAnswerKind.DELETED)
    scene.world.advance(days=5)
    run_due(scene.world.hub.units, HANDLERS, scene.world.now)
    assert recalls_of(scene, scene.hanako, filed)[0].reminded_at < scene.world.now.replace(day=24)


def test_narrowing_takes_it_from_some_and_leaves_it_with_others(scene):
    """NCO loses what it had by consent; the members keep the edition, as a version of their own."""
    filed = shared(scene, consent_nco=True)
    reads(scene, scene.nco)
    before = has(scene, scene.rival_reader)
    narrows(scene, scene.hanako, filed, Label.AMBER, "consent_nco")
    assert [each.get("revoked", False) for each in has(scene, scene.nco)] == [True]
    (kept,) = has(scene, scene.rival_reader)
    assert kept["description"] == before[0]["description"] and not kept.get("revoked")
    (recall,) = recalls_of(scene, scene.hanako, filed)
    assert (recall.kind, recall.asked) == (RecallKind.NARROW, 1), "of those who had read it only NCO loses it"
    assert len(scene.sees(scene.office, fullest=True)) == 1
    assert not json.loads(scene.sees(scene.office, fullest=True)[0].body).get("revoked")


def test_a_stricter_label_takes_back_what_was_published_wider(scene):
    filed = shared(scene)
    narrows(scene, scene.hanako, filed, Label.AMBER_STRICT)
    assert [each["revoked"] for each in has(scene, scene.rival_reader)] == [True]
    assert all(each.get("revoked", False) for each in has(scene, scene.colleague)), "colleagues lose the original"
    assert any(not each.get("revoked") for each in has(scene, scene.office))


def test_a_raised_edition_is_marked_anew_for_those_who_may_keep_it(scene):
    """Shared at CLEAR, raised to GREEN: the members keep it under the new label, the report itself stays as it is."""
    filed = scene.files(scene.hanako, details="経過の詳細", lessons="教訓")
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.CLEAR, only_anonymised=True))
    (before,) = has(scene, scene.rival_reader)
    raises(scene, scene.hanako, filed, Label.GREEN)
    (after,) = has(scene, scene.rival_reader)
    assert (after["id"], after["description"]) == (before["id"], before["description"])
    assert not after.get("revoked") and after["modified"] > before["modified"]
    assert after["object_marking_refs"] == [TLP2_IDS[Label.GREEN]]
    marks = {row.stix_id for row in scene.sees(scene.rival_reader, types=("marking-definition",))}
    assert TLP2_IDS[Label.GREEN] in marks, "the definition travels with it"
    stranger = scene.world.person(scene.world.organization(Tier.FOREIGN, "Partner"), Role.READER)
    assert has(scene, stranger) == []
    (recall,) = recalls_of(scene, scene.hanako, filed)
    assert (recall.kind, recall.label) == (RecallKind.RAISE, Label.GREEN)
    with scene.world.reading() as session:
        assert load_report(session, scene.hanako, filed.report_id).latest.number == 1


def test_who_loses_what_was_raised_is_asked_and_keeps_only_the_notice(scene):
    stranger = scene.world.person(scene.world.organization(Tier.FOREIGN, "Partner"), Role.READER)
    filed = scene.files(scene.hanako, details="経過の詳細")
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.CLEAR, only_anonymised=True))
    reads(scene, stranger)
    reads(scene, scene.rival_reader)
    raises(scene, scene.hanako, filed, Label.GREEN)
    assert [each.get("revoked", False) for each in has(scene, stranger)] == [True]
    (recall,) = recalls_of(scene, scene.hanako, filed)
    assert recall.asked == 1 and requests_of(scene, stranger)[0].waits
    assert requests_of(scene, scene.rival_reader) == [], "who keeps it has nothing to delete"


def test_a_report_raised_to_red_leaves_everybody_but_its_reporters(scene):
    filed = shared(scene, consent_nco=True)
    raises(scene, scene.hanako, filed, Label.RED)
    for lost in (scene.office, scene.nco, scene.rival_reader, scene.colleague):
        assert all(each.get("revoked") for each in has(scene, lost))
    (kept,) = [each for each in has(scene, scene.boss) if not each.get("revoked")]
    assert kept["object_marking_refs"] == [TLP2_IDS[Label.RED]]


def test_what_is_as_strict_already_cannot_be_raised(scene):
    filed = shared(scene)
    with pytest.raises(Invalid) as refused:
        raises(scene, scene.hanako, filed, Label.GREEN)
    assert refused.value.faults[0].code == "not-stricter"
    with pytest.raises(NotPermitted):
        raises(scene, scene.office, filed, Label.AMBER)
    with pytest.raises(NotVisible):
        raises(scene, scene.rival_reader, filed, Label.AMBER)


def test_a_correction_reaches_everybody_who_has_what_was_wrong(scene):
    """A follow-up and an edition of it: the same id, the same readers, the sentence that was wrong is gone."""
    filed = shared(scene)
    (wrong,) = has(scene, scene.rival_reader)
    scene.world.advance(minutes=1)
    right = scene.files(scene.hanako, report=filed.report_id, kind="follow_up", details="正しい経過")
    scene.approves(scene.boss, scene.proposes(scene.office, right, Label.GREEN))
    (corrected,) = has(scene, scene.rival_reader)
    assert corrected["id"] == wrong["id"] and corrected["modified"] > wrong["modified"]
    assert "正しい経過" in corrected["description"] and "経過の詳細" not in corrected["description"]


def test_a_correction_says_so_to_those_who_have_the_mistake_and_to_nobody_else(scene):
    """Each form speaks of its own earlier version: one that goes out for the first time has nothing to correct."""
    mistake = "先の報で停止を3時間としましたが、正しくは5時間です。"
    with pytest.raises(Invalid) as refused:
        scene.files(scene.hanako, correction=mistake)
    assert [(each.field, each.code) for each in refused.value.faults] == [("correction", "nothing-to-correct")]
    filed, fresh = shared(scene), scene.files(scene.hanako)
    (wrong,) = has(scene, scene.rival_reader)
    scene.world.advance(minutes=1)
    for each in (filed, fresh):
        again = scene.files(
            scene.hanako, report=each.report_id, kind="follow_up", correction=mistake, details="5時間止まった。"
        )
        scene.approves(scene.boss, scene.proposes(scene.office, again, Label.GREEN))
    told = {each["id"]: each for each in has(scene, scene.rival_reader)}
    marked = told.pop(wrong["id"])
    assert (ours(marked)["correction"], marked["labels"]) == (mistake, ["correction"])
    (first,) = told.values()
    assert "correction" not in ours(first) and "labels" not in first
    originals = [each for each in has(scene, scene.office) if ours(each)["form"] == "original"]
    assert [ours(each).get("correction") for each in originals] == [mistake, mistake], "its own words, as filed"
    withdraws(scene, scene.hanako, filed)
    notice = next(each for each in has(scene, scene.rival_reader) if each["id"] == wrong["id"])
    assert "correction" not in ours(notice) and "labels" not in notice


def ours(value):
    """What our extension says of an incident."""
    (said,) = (each for each in value["extensions"].values() if "report_kind" in each)
    return said


def widens(scene, actor, filed, label, *given):
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        return widen_report(
            session,
            actor,
            filed.report_id,
            Wider(label, frozenset(given)),
            submission=uuid4(),
            means=scene.means(),
        )


def test_the_sender_lets_it_go_further(scene):
    """A consent brings it to NCO at once; a wider label lets the secretariat publish without asking again."""
    filed = scene.files(scene.hanako)
    assert has(scene, scene.nco) == []
    wider = widens(scene, scene.hanako, filed, Label.GREEN, "consent_nco")
    assert wider.number == 2 and len(has(scene, scene.nco)) == 1
    assert has(scene, scene.rival_reader) == []
    scene.proposes(scene.office, wider, Label.GREEN)
    assert len(has(scene, scene.rival_reader)) == 1


def test_only_the_sender_widens_and_only_to_something_wider(scene):
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    with pytest.raises(NotPermitted):
        widens(scene, scene.office, filed, Label.CLEAR)
    with pytest.raises(NotVisible):
        widens(scene, scene.rival_reader, filed, Label.CLEAR)
    for label, given in ((Label.GREEN, ()), (Label.AMBER, ("consent_nco",)), (Label.GREEN, ("consent_moon",))):
        with pytest.raises(Invalid):
            widens(scene, scene.hanako, filed, label, *given)
    withdraws(scene, scene.hanako, filed)
    with pytest.raises(Conflict):
        widens(scene, scene.hanako, filed, Label.CLEAR)


def test_what_was_withdrawn_comes_back_with_a_new_version(scene):
    filed = shared(scene)
    withdraws(scene, scene.hanako, filed)
    with pytest.raises(Conflict):
        scene.proposes(scene.office, filed, Label.GREEN)
    scene.world.advance(minutes=1)
    again = scene.files(scene.hanako, report=filed.report_id, kind="follow_up")
    scene.world.advance(minutes=1)
    scene.approves(scene.boss, scene.proposes(scene.office, again, Label.GREEN))
    (back,) = has(scene, scene.rival_reader)
    assert not back.get("revoked")


def test_who_may_not_withdraw_is_refused_and_others_see_nothing(scene):
    filed = shared(scene)
    with pytest.raises(NotVisible):
        withdraws(scene, scene.rival_reader, filed)
    with pytest.raises(NotVisible):
        withdraws(scene, scene.water_office, filed)
    with pytest.raises(NotPermitted):
        narrows(scene, scene.office, filed, Label.RED)
    with pytest.raises(Invalid):
        narrows(scene, scene.hanako, filed, Label.GREEN)
    with pytest.raises(Invalid):
        narrows(scene, scene.hanako, filed, Label.AMBER)
    with pytest.raises(Invalid):
        withdraws(scene, scene.hanako, filed, reason=" ")
    withdraws(scene, scene.office, filed)
    with pytest.raises(Conflict):
        withdraws(scene, scene.hanako, filed)


def test_what_one_does_not_see_cannot_be_answered(scene):
    red = scene.files(scene.hanako, label="TLP:RED")
    withdraws(scene, scene.hanako, red)
    hidden = scene.builder.main_id(red.report_id, Form.ORIGINAL)
    with pytest.raises(NotVisible):
        answers(scene, scene.rival_reader, hidden, RecallAnswerKind.DELETED)
    with pytest.raises(NotVisible):
        answers(scene, scene.rival_reader, "incident--00000000-0000-4000-8000-000000000000", RecallAnswerKind.DELETED)
    assert requests_of(scene, scene.rival_reader) == []
