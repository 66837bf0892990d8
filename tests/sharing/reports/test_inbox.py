"""The secretariat's inbox: what lies there, how it is handled, what came by telephone, and what nobody reported."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from models.deadlines import shipped_rules
from models.vocabulary import Handled, Label, Role
from sharing.actor import Actor
from sharing.analytics import current_fiscal_year
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.inbox.behalf import confirm_call, file_on_behalf, list_members
from sharing.inbox.calls import Caller, find_call, list_unconfirmed
from sharing.inbox.cases import NewCase, count_cases, join_case, list_cases, register_case
from sharing.inbox.filters import list_filters, save_filter
from sharing.inbox.items import InboxSieve, Order, View, count_inbox_items, list_inbox_items, load_line, mark_opened
from sharing.inbox.shifts import hand_over, list_shift_notes, take_over
from sharing.inbox.triage import (
    Handling,
    close_item,
    handle_report,
    list_merged,
    list_related,
    merge_reports,
    relate_reports,
    reopen_item,
)
from sharing.reports.codes import load_codes
from sharing.reports.deadlines import Standing
from sharing.reports.reading import load_report
from tests.sharing.reports.conftest import Scene


def listed(scene: Scene, actor: Actor | None = None, **sieve: Any) -> list[str]:
    with scene.world.reading() as session:
        return [line.reference for line in list_inbox_items(session, actor or scene.office, InboxSieve(**sieve)).lines]


def counted(scene: Scene) -> dict[View, int]:
    with scene.world.reading() as session:
        return count_inbox_items(session, scene.office)


def does(scene: Scene, operation: Any, *arguments: Any, by: Actor | None = None) -> Any:
    with scene.world.writing() as session:
        return operation(session, by or scene.office, *arguments, context=scene.world.context())


def calls(scene: Scene, **fields: Any) -> Any:
    with scene.world.writing() as session:
        return file_on_behalf(
            session,
            scene.office,
            scene.aoba.id,
            scene.fields(**fields),
            Caller("山田", "03-0000-0000", "停電だと言っている。"),
            submission=uuid4(),
            means=scene.means(),
        )


def test_what_the_law_asks_next_stands_first_by_its_order(scene: Scene):
    """What is over first, then what is due; what the report says was told counts; a near miss has nothing due."""
    early = scene.files(scene.hanako, noticed_at="2026-11-18T11:00:00+09:00")
    near = scene.files(scene.hanako, event_type="E00", service_impact="no")
    drill = scene.files(scene.hanako, exercise=True)
    told = scene.files(scene.rival_reader, noticed_at="2026-11-17T11:00:00+09:00", further={"told": ["ministry"]})
    today = scene.files(scene.hanako)
    with scene.world.reading() as session:
        sieve = InboxSieve(order=Order.DUTY)
        lines = list_inbox_items(session, scene.office, sieve, shipped_rules(), scene.world.now).lines
    assert [each.reference for each in lines][:3] == [early.reference, today.reference, told.reference]
    assert {each.reference for each in lines[3:]} == {near.reference, drill.reference}
    late, soon, ahead, *none = [each.duty for each in lines]
    assert late and soon and ahead and none == [None, None]
    assert (late.standing, soon.standing) == (Standing.LATE, Standing.SOON)
    over = {"report": told.report_id, "kind": "final", "noticed_at": "2026-11-17T11:00:00+09:00"}
    scene.files(scene.rival_reader, **over, further={"told": ["ministry"]})
    with scene.world.reading() as session:
        line = load_line(session, scene.office, told.report_id, shipped_rules(), scene.world.now)
    assert line.duty is None, "the final report says that the ministry was told"
    assert late.rule.code == soon.rule.code == "electricity-first" and ahead.rule.stage == "final"


def test_what_is_urgent_stands_first_and_counts_are_true(scene: Scene):
    """An attack on a service before a slow page, the older of two alike first; RED never, exercises uncounted."""
    slow = scene.files(scene.hanako, service_impact="unknown")
    scene.world.advance(minutes=5)
    attack = scene.files(scene.rival_reader, event_type="E43")
    scene.world.advance(minutes=5)
    outage = scene.files(scene.hanako)
    near = scene.files(scene.hanako, event_type="E00", service_impact="no")
    scene.world.advance(minutes=5)
    drill = scene.files(scene.hanako, exercise=True, service_impact="no")
    scene.files(scene.hanako, label="TLP:RED")
    expected = [attack, outage, slow, near, drill]
    assert listed(scene) == [each.reference for each in expected]
    assert listed(scene, order=Order.OLDEST)[0] == slow.reference
    assert listed(scene, label=Label.RED) == []
    assert counted(scene)[View.OPEN] == counted(scene)[View.UNREAD] == counted(scene)[View.NOBODYS] == 4
    assert listed(scene, scene.water_office) == []
    for stranger in (scene.hanako, scene.nco, scene.council, scene.auditor):
        with pytest.raises(NotPermitted), scene.world.reading() as session:
            list_inbox_items(session, stranger, InboxSieve())


def test_a_report_goes_through_hands(scene: Scene):
    """Opened, taken, given to a colleague, waiting, closed with a reason; the next version opens it again, unread."""
    filed = scene.files(scene.hanako)
    colleague = scene.world.person(scene.office.organization, Role.COORDINATOR, name="Colleague")
    with scene.world.writing() as session:
        mark_opened(session, scene.office, filed.report_id, scene.world.now)
    assert listed(scene, view=View.UNREAD) == [] and listed(scene, colleague, view=View.UNREAD)
    does(
        scene,
        handle_report,
        filed.report_id,
        Handling(assign_to=scene.office.account_id, priority=2, tags="停電、夜間"),
    )
    assert listed(scene, view=View.MINE) == listed(scene, tag="夜間") == [filed.reference]
    does(scene, handle_report, filed.report_id, Handling(assign_to=colleague.account_id, waiting_for="警察の回答"))
    assert listed(scene, view=View.MINE) == [] and listed(scene, view=View.WAITING) == [filed.reference]
    with pytest.raises(Invalid):
        does(scene, handle_report, filed.report_id, Handling(assign_to=scene.hanako.account_id))
    with pytest.raises(Invalid):
        does(scene, close_item, filed.report_id, " ")
    does(scene, close_item, filed.report_id, "誤報")
    assert listed(scene) == [] and listed(scene, view=View.CLOSED) == [filed.reference]
    with pytest.raises(Conflict):
        does(scene, handle_report, filed.report_id, Handling(priority=1))
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", summary="再び停止した。")
    with scene.world.reading() as session:
        line = load_line(session, scene.office, filed.report_id)
    assert (line.state, line.is_unread, line.assignee, line.tags) == (
        Handled.TAKEN,
        True,
        "Colleague",
        ("停電", "夜間"),
    )
    with pytest.raises(NotVisible):
        does(scene, handle_report, filed.report_id, Handling(priority=1), by=scene.water_office)


def test_a_version_at_red_leaves_the_inbox_as_it_was(scene: Scene):
    """What the sender keeps to itself changes nothing that its secretariat sees."""
    filed = scene.files(scene.hanako)
    does(scene, close_item, filed.report_id, "対応終了")
    with scene.world.reading() as session:
        before = load_line(session, scene.office, filed.report_id)
    scene.world.advance(minutes=1)
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", label="TLP:RED", summary="身代金の要求。")
    with scene.world.reading() as session:
        assert load_line(session, scene.office, filed.report_id) == before


def test_duplicates_are_merged_and_taken_apart(scene: Scene):
    """Each keeps its sender, label and history; the merged one closes, and opens again as it was."""
    first, second = scene.files(scene.hanako), scene.files(scene.rival_reader, label="TLP:AMBER+STRICT")
    does(scene, merge_reports, second.report_id, first.reference)
    with scene.world.reading() as session:
        merged = list_merged(session, scene.office, first.report_id)
        assert [(each.reference, each.label) for each in merged] == [(second.reference, Label.AMBER_STRICT)]
        assert load_report(session, scene.rival_reader, second.report_id).label is Label.AMBER_STRICT
    assert listed(scene) == [first.reference]
    scene.files(scene.rival_reader, report=second.report_id, kind="follow_up", summary="続き。")
    assert listed(scene) == [first.reference]
    with pytest.raises(Conflict):
        does(scene, merge_reports, first.report_id, second.reference)
    does(scene, reopen_item, second.report_id)
    assert sorted(listed(scene)) == sorted([first.reference, second.reference])
    reporter = scene.world.person(scene.water, Role.REPORTER)
    with pytest.raises(NotVisible):
        does(scene, merge_reports, second.report_id, scene.files(reporter).reference)


def test_reports_that_belong_together(scene: Scene):
    """A relation is seen from both ends; noted once more it is taken back."""
    first, second = scene.files(scene.hanako), scene.files(scene.rival_reader)
    does(scene, relate_reports, first.report_id, second.reference.lower())
    with scene.world.reading() as session:
        assert [each.reference for each in list_related(session, scene.office, second.report_id)] == [first.reference]
    does(scene, relate_reports, second.report_id, first.reference)
    with scene.world.reading() as session:
        assert list_related(session, scene.office, first.report_id) == []
    with pytest.raises(Invalid):
        does(scene, relate_reports, first.report_id, first.reference)


def test_a_call_at_night_is_confirmed_in_the_morning(scene: Scene):
    """It is the member's report at once; the caller stays with the secretariat; confirming settles it, once."""
    filed = calls(scene)
    with scene.world.reading() as session:
        own = load_report(session, scene.hanako, filed.report_id)
        seen_by_sender = find_call(session, scene.hanako, filed.report_id)
        seen_by_office = find_call(session, scene.office, filed.report_id)
        assert list_unconfirmed(session, scene.hanako) == [filed.report_id]
        assert list_unconfirmed(session, scene.rival_reader) == []
        assert load_line(session, scene.office, filed.report_id).is_unconfirmed
    assert own.is_own and own.latest.fields.summary == "受付システムが停止している。"
    assert seen_by_sender is not None and seen_by_sender.may_confirm and seen_by_sender.caller is None
    assert seen_by_office is not None and not seen_by_office.may_confirm
    assert seen_by_office.caller == Caller("山田", "03-0000-0000", "停電だと言っている。")
    stored = [bytes(row.body) for row in scene.sees(scene.hanako, types=())]
    assert not any("山田".encode() in body or b"03-0000-0000" in body for body in stored)
    with pytest.raises(NotVisible):
        does(scene, confirm_call, filed.report_id, by=scene.rival_reader)
    does(scene, confirm_call, filed.report_id, by=scene.hanako)
    assert listed(scene, view=View.UNCONFIRMED) == []
    with pytest.raises(Conflict):
        does(scene, confirm_call, filed.report_id, by=scene.boss)


def test_a_correction_confirms_too(scene: Scene):
    """The member's next version says what is right; nothing is left to confirm."""
    filed = calls(scene)
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", summary="停止ではなく遅延。")
    with scene.world.reading() as session:
        call = find_call(session, scene.office, filed.report_id)
        assert call is not None and not call.is_unconfirmed
        assert [each.number for each in load_report(session, scene.hanako, filed.report_id).versions] == [1, 2]


def test_only_for_ones_own_members(scene: Scene):
    """A secretariat registers for operators of its own CEPTOAR, never at RED, and nobody else registers at all."""
    with scene.world.reading() as session:
        members = {each[0] for each in list_members(session, scene.office)}
    assert members == {scene.aoba.id, scene.rival.id}
    with pytest.raises(Invalid):
        calls(scene, label="TLP:RED")
    fields = scene.fields()
    for actor, member, wrong in (
        (scene.office, scene.water.id, NotVisible),
        (scene.hanako, scene.aoba.id, NotPermitted),
        (scene.nco, scene.aoba.id, NotPermitted),
    ):
        with pytest.raises(wrong), scene.world.writing() as session:
            file_on_behalf(
                session,
                actor,
                member,
                fields,
                Caller(),
                submission=uuid4(),
                means=scene.means(),
            )


def test_a_case_is_counted_apart_until_it_is_reported(scene: Scene):
    """Known from the press: the secretariat's alone; joined to the operator's report it is counted no more."""
    new = NewCase("press", "新聞", "E30", "yes", "停電の報道。", scene.world.now)
    with scene.world.writing() as session:
        case = register_case(session, scene.office, new, load_codes(session), context=scene.world.context())
    with scene.world.reading() as session:
        assert count_cases(session, scene.office) == {(current_fiscal_year(scene.world.now), 3): 1}
        assert list_cases(session, scene.water_office) == []
    filed = scene.files(scene.hanako)
    with pytest.raises(NotVisible):
        does(scene, join_case, case, filed.reference, by=scene.water_office)
    does(scene, join_case, case, filed.reference)
    with scene.world.reading() as session:
        assert count_cases(session, scene.office) == {}
        assert [each.joined_reference for each in list_cases(session, scene.office, joined=True)] == [filed.reference]
    wrong = NewCase("rumour", "", "E99", "perhaps", "", None)
    with pytest.raises(Invalid) as raised, scene.world.writing() as session:
        register_case(session, scene.office, wrong, load_codes(session), context=scene.world.context())
    assert len(raised.value.faults) == 5


def test_a_shift_is_handed_over(scene: Scene):
    """The note stays; somebody else takes it over, once."""
    note = does(scene, hand_over, "青葉電力へ折り返し電話。")
    with pytest.raises(NotPermitted):
        does(scene, take_over, note)
    with pytest.raises(NotVisible):
        does(scene, take_over, note, by=scene.water_office)
    colleague = scene.world.person(scene.office.organization, Role.COORDINATOR, name="Night")
    does(scene, take_over, note, by=colleague)
    with scene.world.reading() as session:
        assert [each.taken_by for each in list_shift_notes(session, scene.office)] == ["Night"]
    with pytest.raises(Conflict):
        does(scene, take_over, note, by=scene.world.person(scene.office.organization, Role.COORDINATOR))


def test_views_are_ones_own(scene: Scene):
    """Saved twice under one name it is one; a colleague has its own."""
    with scene.world.writing() as session:
        save_filter(session, scene.office, "夜間", "view=mine", scene.world.context())
        save_filter(session, scene.office, "夜間", "view=unread", scene.world.context())
    colleague = scene.world.person(scene.office.organization, Role.COORDINATOR)
    with scene.world.reading() as session:
        assert [(each.name, each.query) for each in list_filters(session, scene.office)] == [("夜間", "view=unread")]
        assert list_filters(session, colleague) == []
