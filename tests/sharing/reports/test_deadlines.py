"""Until when an authority is to be told: hours, days, holidays; what ends a deadline, and whom it concerns."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from models.deadlines import BadRules, load_rules, read_rules, shipped_rules
from models.forms import liaison_form
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.reports.authorities import (
    AUTHORITIES,
    STAGES,
    count_deadlines,
    deadlines_of,
    list_deadlines,
    list_notices,
    note_notice,
    take_back_notice,
)
from sharing.reports.codes import SECTORS
from sharing.reports.deadlines import Standing, business_days, find_deadlines, is_business_day
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_fields import parse

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
NOTICE = {"authority": "ministry", "stage": "first", "told_at": "2026-11-20T11:30:00+09:00", "number": "経-12"}
RULES = shipped_rules()


def due(sector: str = "electricity", told: dict[str, frozenset[str]] | None = None, now: datetime = NOW, **more):
    found = find_deadlines(RULES, sector, parse(**more), told=told or {}, now=now)
    return {each.rule.code: each for each in found}


def test_the_rules_speak_of_what_there_is():
    attacks = set(liaison_form().further["attack"].options) | {""}
    for rule in RULES:
        assert rule.authority in AUTHORITIES and rule.stage in STAGES
        assert all(case.get("attack", frozenset()) <= attacks for case in rule.cases)


def test_hours_run_from_the_moment_days_to_the_end_of_the_last():
    found = due()
    assert found["electricity-first"].due_at == datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    assert found["electricity-detailed"].due_at == datetime(2026, 12, 20, 14, 59, tzinfo=UTC)
    assert found["electricity-first"].standing is Standing.SOON
    assert found["electricity-detailed"].standing is Standing.AHEAD


def test_which_rule_holds_follows_from_what_is_said():
    assert set(due("water")) == set()
    assert set(due("water", event_type="E30", further={"attack": "ddos"})) == {"act42-report"}
    assert set(due("electricity", event_type="E00", service_impact="yes")) == set()
    assert set(due(exercise=True)) == set()


def test_a_deadline_is_done_by_its_authority_and_stage_or_late():
    assert due(told={"ministry": frozenset({"first"})})["electricity-first"].standing is Standing.DONE
    assert due(told={"police": frozenset({"first"})})["electricity-first"].standing is Standing.SOON
    assert due(now=datetime(2026, 11, 23, tzinfo=UTC))["electricity-first"].standing is Standing.LATE


def test_holidays_of_japan_and_the_turn_of_the_year_are_no_business_days():
    closed = [(2026, 11, 21), (2026, 11, 23), (2026, 12, 31), (2027, 1, 1), (2027, 1, 2)]
    assert not any(is_business_day(date(*each)) for each in closed)
    assert is_business_day(date(2026, 11, 24))
    assert business_days(date(2026, 11, 20), date(2026, 11, 24)) == 2
    assert business_days(date(2026, 11, 24), date(2026, 11, 20)) == 0
    assert due()["electricity-detailed"].open_before == date(2026, 12, 18)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"rules": 5},
        {"rules": [5]},
        {"rules": [{"code": "x"}]},
        {"rules": [{**json.loads('{"code":"a","authority":"b","stage":"c","ja":"d","en":"e","source":"f"}')}]},
    ],
)
def test_what_is_no_rule_is_refused(document):
    with pytest.raises(BadRules):
        read_rules(document)


def test_a_hub_has_its_own_rules(tmp_path: Path):
    assert load_rules(tmp_path) == RULES
    own = {"code": "a", "authority": "police", "stage": "first", "ja": "一", "en": "one", "source": "own", "hours": 2}
    (tmp_path / "deadlines.json").write_text(json.dumps({"rules": [own | {"cases": [{"sectors": ["water"]}]}]}))
    assert [each.code for each in load_rules(tmp_path)] == ["a"]
    for broken in ("{", json.dumps({"rules": [own | {"cases": [{"colour": ["red"]}]}]}), "[" * 100_000):
        (tmp_path / "deadlines.json").write_text(broken)
        with pytest.raises(BadRules):
            load_rules(tmp_path)


def test_what_was_told_ends_the_deadline_and_can_be_struck_out(scene: Scene):
    filed, world = scene.files(scene.hanako), scene.world

    def standing() -> Standing:
        with world.reading() as session:
            return deadlines_of(session, scene.hanako, filed.report_id, RULES, world.now)[0].standing

    assert standing() is Standing.SOON
    with world.writing() as session:
        noted = note_notice(session, scene.hanako, filed.report_id, NOTICE, context=world.context())
    assert standing() is Standing.DONE
    with world.reading() as session:
        assert [(each.authority, each.number) for each in list_notices(session, scene.boss, filed.report_id)] == [
            ("ministry", "経-12")
        ]
        assert [each.deadline.rule.code for each in list_deadlines(session, scene.boss, RULES, world.now)] == [
            "electricity-detailed"
        ]
        assert count_deadlines(session, scene.boss, RULES, world.now) == 0
    with world.writing() as session:
        take_back_notice(session, scene.hanako, filed.report_id, noted, context=world.context())
    assert standing() is Standing.SOON
    with world.writing() as session, pytest.raises(Conflict):
        take_back_notice(session, scene.hanako, filed.report_id, noted, context=world.context())


def test_nobody_else_reads_what_was_told(scene: Scene):
    filed, world = scene.files(scene.hanako), scene.world
    with world.reading() as session:
        for stranger in (scene.rival_reader, scene.office, scene.colleague):
            with pytest.raises((NotVisible, NotPermitted)):
                list_notices(session, stranger, filed.report_id)
            with pytest.raises((NotVisible, NotPermitted)):
                deadlines_of(session, stranger, filed.report_id, RULES, world.now)
    with world.writing() as session, pytest.raises(NotVisible):
        note_notice(session, scene.rival_reader, filed.report_id, NOTICE, context=world.context())


def test_a_note_that_cannot_be_taken_is_named_by_field(scene: Scene):
    filed, world = scene.files(scene.hanako), scene.world
    wrong = {"authority": "pope", "told_at": "2027-01-01T00:00:00Z", "next_due": "soon", "number": "x" * 101}
    with world.writing() as session, pytest.raises(Invalid) as raised:
        note_notice(session, scene.hanako, filed.report_id, wrong, context=world.context())
    assert {(each.field, each.code) for each in raised.value.faults} == {
        ("authority", "unknown-code"),
        ("stage", "missing"),
        ("told_at", "in-the-future"),
        ("next_due", "not-a-day"),
        ("number", "too-long"),
    }


def test_sectors_of_the_rules_are_sectors(scene: Scene):
    with scene.world.reading() as session:
        from sharing.reports.codes import load_codes

        known = set(load_codes(session).active(SECTORS))
    assert {sector for rule in RULES for case in rule.cases for sector in case.get("sectors", ())} <= known
