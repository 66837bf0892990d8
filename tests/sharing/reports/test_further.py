"""What the form asks besides: what is taken, the code of what is not, and what an anonymised edition says."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.forms import CORE, TEXT_LIMITS, InAnonymised, definitions, liaison_form
from models.vocabulary import ReportKind
from sharing.reports.editions.redaction import anonymise, find_names
from sharing.reports.fields import FIELDS, from_document, said_in, text_of, texts_of, to_document, with_texts
from sharing.reports.further import anonymised, coarse, lacking
from tests.sharing.reports.test_fields import FIVE, faults, parse

NEAR_MISS = {"event_type": "E00", "service_impact": "yes"}
NUMBERS = st.integers(0, 10**12) | st.floats(0, 10**6).map(lambda number: round(number, 3))


def test_the_form_fits_the_report():
    """Core fields are fields of a report, others never are; every text is in both languages."""
    for definition in definitions():
        for name, each in definition.fields.items():
            assert (each.type == CORE) == (name in FIELDS), name
            assert each.type == CORE or (each.label and each.label.ja and each.label.en), name
            assert each.wanted <= set(ReportKind), name
            assert each.type in {CORE, "code", "codes", "moment", "number", "stages", *TEXT_LIMITS}, name
            assert (each.type in {"code", "codes"}) == bool(each.options or each.code_list), name


def test_no_version_gives_a_name_another_meaning():
    for earlier, later in pairwise(definitions()):
        for name in earlier.further.keys() & later.further.keys():
            assert earlier.further[name].type == later.further[name].type, name


def test_everything_comes_back_as_it_was():
    fields = parse(
        further={
            "users": {"least": 2000, "most": 3000.0},
            "hours": 1.5,
            "attack": "ddos",
            "told": ["police", "police", "ppc"],
            "spillover_to": ["water"],
            "expected_at": "2026-11-21T09:00:00+09:00",
            "stages": [
                {"at": "2026-11-20T11:30:00+09:00", "note": "窓口"},
                {"at": "2026-11-20T11:00:00+09:00", "note": "電話"},
            ],
            "route": "VPN装置\r\nの弱点",
            "gbps": None,
            "pps": "",
        },
        states={"area": "unknown", "details": "investigating", "place": ""},
    )
    assert fields.further["users"] == {"least": 2000, "most": 3000}
    assert fields.further["hours"] == {"exact": 1.5}
    assert fields.further["told"] == ["police", "ppc"]
    assert fields.further["expected_at"] == "2026-11-21T00:00:00Z"
    assert [each["note"] for each in fields.further["stages"]] == ["電話", "窓口"]
    assert fields.further["route"] == "VPN装置\nの弱点"
    assert not {"gbps", "pps"} & fields.further.keys()
    assert fields.states == {"area": "unknown", "details": "investigating"}
    assert from_document(to_document(fields)) == fields


@pytest.mark.parametrize(
    "name, value, code",
    [
        ("users", {"exact": -1}, "out-of-range"),
        ("users", {"exact": 10**400}, "out-of-range"),
        ("users", {"exact": 1.5}, "not-whole"),
        ("users", {"exact": float("inf")}, "not-a-number"),
        ("users", {"exact": True}, "not-a-number"),
        ("users", {"least": 3, "most": 2}, "least-over-most"),
        ("users", {"exact": 1, "about": 1}, "not-a-quantity"),
        ("users", "千人", "not-a-quantity"),
        ("told", "police", "not-a-list"),
        ("attack", "meteor", "unknown-code"),
        ("route", 5, "not-a-text"),
        ("route", "あ" * 10_001, "too-long"),
        ("route", "\u202e逆", "control-characters"),
        ("system_name", "\x00", "control-characters"),
        ("expected_at", "2026-11-21", "not-a-time"),
        ("expected_at", "3026-11-21T00:00:00Z", "too-far"),
        ("stages", [{"at": "2026-11-20T10:00:00+09:00"}], "half-a-stage"),
        ("stages", [{"at": "2026-11-29T10:00:00+09:00", "note": "明日"}], "in-the-future"),
        ("stages", [{}] * 31, "too-many"),
        ("stages", ["窓口"], "not-a-stage"),
        ("nothing", 1, "unknown-field"),
    ],
)
def test_what_cannot_be_taken_is_named_at_its_field(name, value, code):
    assert (name, code) in faults(further={name: value})


def test_rare_characters_stay_as_they_are():
    """異体字 with its selector, and signs outside the basic plane."""
    fields = parse(further={"system_name": "葛\U000e0101城 𠮷野"})
    assert fields.further["system_name"] == "葛\U000e0101城 𠮷野"


def test_an_answer_and_no_answer_are_one_too_many():
    assert ("users", "value-and-state") in faults(further={"users": 5}, states={"users": "unknown"})
    assert ("details", "value-and-state") in faults(details="停止", states={"details": "investigating"})
    assert ("users", "unknown-code") in faults(states={"users": "perhaps"})
    assert ("nothing", "unknown-field") in faults(states={"nothing": "unknown"})
    assert ("states", "not-an-object") in faults(states=["users"])


def test_times_that_contradict_each_other():
    began = {"occurred_at": "2026-11-20T10:30:00+09:00"}
    early = "2026-11-20T10:00:00+09:00"
    assert ("stages", "stage-before-began") in faults(**began, further={"stages": [{"at": early, "note": "窓口"}]})
    assert ("expected_at", "ended-before-began") in faults(**began, further={"expected_at": early})


def test_a_near_miss_has_the_shorter_form():
    assert parse(**NEAR_MISS, further={"route": "メール"}).kind is ReportKind.NEAR_MISS
    assert faults(**NEAR_MISS, further={"place": "本社"}) == [("place", "not-for-near-miss")]


def test_what_a_kind_should_say_and_does_not():
    said = {"details", "affected_service", "recovery"}
    assert lacking(ReportKind.FIRST, said) == ()
    assert lacking(ReportKind.FOLLOW_UP, said) == ()
    assert "prevention" in lacking(ReportKind.FINAL, said)


def test_an_anonymised_edition_keeps_drops_and_coarsens():
    fields = parse(
        further={
            "users": {"about": 1240},
            "place": "青葉市の給電所",
            "told_details": "県警に届出",
            "stages": [{"at": "2026-11-20T11:00:00+09:00", "note": "青葉市"}],
            "route": "青葉電力のVPN",
        },
        states={"area": "unknown", "hours": "investigating"},
    )
    shown = anonymise(fields, {"route": "VPN装置"})
    assert shown.further == {"users": {"least": 1000, "most": 10_000}, "route": "VPN装置"}
    assert shown.states == {"hours": "investigating"}
    assert find_names(anonymise(fields, {}), ["青葉電力株式会社"])[0].field == "route"
    assert not find_names(shown, ["青葉電力株式会社"])
    assert "青葉市" in said_in(fields)["stages"] and "place" not in texts_of(fields)


def test_a_text_that_is_emptied_is_gone():
    fields = parse(further={"route": "VPN"})
    assert with_texts(fields, {"route": "", "summary": "別の文"}).further == {}
    assert text_of(fields, "route") == "VPN" and text_of(fields, "summary") == FIVE["summary"]


@given(NUMBERS, NUMBERS)
def test_a_coarse_number_hides_the_number_and_changes_no_more(first, second):
    least, most = sorted((first, second))
    for quantity in ({"exact": first}, {"about": first}, {"least": least, "most": most}):
        size = coarse(quantity)
        assert size["least"] <= min(quantity.values()) and max(quantity.values()) <= size["most"]
        assert size["least"] < size["most"]
        assert coarse(size) == size


def test_a_name_that_no_form_knows_is_dropped():
    known = {name for name, each in liaison_form().further.items() if each.anonymised is not InAnonymised.DROP}
    assert anonymised({"stranger": "x", "place": "y"}) == {}
    assert "stranger" not in known
