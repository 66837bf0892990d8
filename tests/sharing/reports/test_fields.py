"""The fields of a report: what is taken, and the stable code of everything that is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from models.vocabulary import Label, ReportKind
from sharing.errors import Invalid
from sharing.reports.codes import build_codes
from sharing.reports.fields import ReportFields, from_document, parse_fields, parse_texts, to_document

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
CODES = build_codes(
    [
        ("event-types", "E00", True),
        ("event-types", "E30", True),
        ("cause-types", "C101", True),
        ("cause-types", "P9", False),
        ("service-impact", "yes", True),
        ("system-classes", "it", True),
        ("recovery-states", "full", True),
        ("sectors", "water", True),
    ]
)
FIVE = {
    "event_type": "E30",
    "noticed_at": "2026-11-20T11:00:00+09:00",
    "service_impact": "yes",
    "summary": "受付が停止した。",
    "label": "TLP:AMBER",
}


def parse(**more) -> ReportFields:
    return parse_fields({**FIVE, **more}, CODES, NOW)


def faults(**more) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as raised:
        parse(**more)
    return [(fault.field, fault.code) for fault in raised.value.faults]


def test_five_fields_are_enough():
    fields = parse()
    assert fields.noticed_at == datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
    assert fields.kind is ReportKind.FIRST
    assert fields.label is Label.AMBER
    assert from_document(to_document(fields)) == fields


def test_every_missing_field_is_named():
    with pytest.raises(Invalid) as raised:
        parse_fields({}, CODES, NOW)
    assert {(each.field, each.code) for each in raised.value.faults} == {(name, "missing") for name in FIVE}


def test_everything_at_once_comes_back_as_it_was():
    fields = parse(
        causes=["C101", "C101"],
        occurred_at="2026-11-20T01:00:00Z",
        recovered_at=NOW,
        details="一行目\r\n二行目",
        system_class="it",
        recovery="full",
        spillover_from="water",
        consent_nco=True,
        exercise=True,
        affected_users=None,
        indicators=[{"kind": "ipv4-addr", "value": "192.0.2.1"}, {"kind": "ipv4-addr", "value": "192.0.2.1"}],
    )
    assert fields.causes == ("C101",)
    assert fields.details == "一行目\n二行目"
    assert len(fields.indicators) == 1
    assert from_document(to_document(fields)) == fields


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"event_type": "E99"}, ("event_type", "unknown-code")),
        ({"causes": ["P9"]}, ("causes", "retired-code")),
        ({"causes": "C101"}, ("causes", "not-a-list")),
        ({"spillover_from": "moon"}, ("spillover_from", "unknown-code")),
        ({"label": "TLP:PINK"}, ("label", "unknown-label")),
        ({"label": "amber"}, ("label", "unknown-label")),
        ({"noticed_at": "2026-11-20T11:00:00"}, ("noticed_at", "no-zone")),
        ({"noticed_at": datetime(2026, 11, 20)}, ("noticed_at", "no-zone")),  # noqa: DTZ001
        ({"noticed_at": "yesterday"}, ("noticed_at", "not-a-time")),
        ({"noticed_at": 7}, ("noticed_at", "not-a-time")),
        ({"noticed_at": NOW + timedelta(minutes=6)}, ("noticed_at", "in-the-future")),
        ({"noticed_at": "0001-01-01T00:00:00Z"}, ("noticed_at", "too-early")),
        ({"noticed_at": "0001-01-01T00:00:00+14:00"}, ("noticed_at", "not-a-time")),
        ({"occurred_at": "2026-11-20T02:30:00Z"}, ("noticed_at", "noticed-before-occurred")),
        (
            {"occurred_at": "2026-11-20T01:00:00Z", "recovered_at": "2026-11-20T00:00:00Z"},
            ("recovered_at", "ended-before-began"),
        ),
        ({"summary": "あ" * 401}, ("summary", "too-long")),
        ({"summary": " \n "}, ("summary", "missing")),
        ({"summary": ["x"]}, ("summary", "not-a-text")),
        ({"details": "あ" * 20_001}, ("details", "too-long")),
        ({"details": "a\x00b"}, ("details", "control-characters")),
        ({"details": "a\ud800b"}, ("details", "control-characters")),
        ({"details": "a\u202eb"}, ("details", "control-characters")),
        ({"affected_users": "a\tb"}, ("affected_users", "control-characters")),
        ({"exercise": "yes"}, ("exercise", "not-a-flag")),
        ({"kind": "weekly"}, ("kind", "unknown-code")),
        ({"kind": "near_miss"}, ("kind", "not-a-near-miss")),
        ({"event_type": "E00", "kind": "first"}, ("kind", "near-miss")),
        ({"password": "x"}, ("password", "unknown-field")),
        ({"indicators": [{"kind": "ipv4-addr", "value": "300.1.1.1"}]}, ("indicators", "bad-indicator")),
        ({"indicators": [{"kind": "sha256", "value": "abc"}]}, ("indicators", "bad-indicator")),
        ({"indicators": [{"kind": "smell", "value": "abc"}]}, ("indicators", "unknown-kind")),
        ({"indicators": ["192.0.2.1"]}, ("indicators", "not-an-indicator")),
        ({"indicators": [{}] * 501}, ("indicators", "too-many")),
    ],
)
def test_what_cannot_be_taken_has_its_own_code(given, expected):
    assert faults(**given) == [expected]


def test_a_message_never_repeats_what_was_written():
    with pytest.raises(Invalid) as raised:
        parse(event_type="秘密の文章 その二", details="x" * 30_000)
    told = " ".join(f"{fault.expected} {fault.found}" for fault in raised.value.faults)
    assert "秘密" not in told and "xxx" not in told


def test_a_clock_that_runs_a_little_ahead_is_forgiven():
    assert parse(noticed_at=NOW + timedelta(minutes=4)).noticed_at == NOW + timedelta(minutes=4)


def test_the_day_of_noticing_is_japans():
    assert parse(noticed_at="2026-11-19T16:00:00Z").noticed_on.isoformat() == "2026-11-20"


def test_edited_texts_are_read_like_the_originals():
    assert parse_texts({"summary": " 別の文 ", "lessons": ""}) == {"summary": "別の文", "lessons": ""}
    for given in ({"summary": ""}, {"event_type": "E30"}, {"details": "\x07"}):
        with pytest.raises(Invalid):
            parse_texts(given)
