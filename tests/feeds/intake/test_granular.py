"""Granular markings bind: a part goes nowhere that its strictest marking does not reach, and forms cannot be joined."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.intake.border import read_post
from feeds.stix.markings import TLP2_IDS
from feeds.stix.schema import validate
from models.vocabulary import Label
from tests.feeds.intake.test_border import collection, indicator

KEY = b"k" * 32
STATEMENT = "marking-definition--0b1a6c3e-6a3f-4d51-9c0b-0d2a9be4a111"


def granular(**levels: Label) -> list[dict[str, Any]]:
    return [
        {"marking_ref": TLP2_IDS[label], "selectors": [name.replace("__", ".").replace("_0", ".[0]")]}
        for name, label in levels.items()
    ]


def post(*objects: dict[str, Any], key: bytes | None = KEY) -> Any:
    return read_post(json.dumps({"objects": list(objects)}).encode(), collection(), edition_key=key)


def forms(value: dict[str, Any]) -> dict[Label, dict[str, Any]]:
    """The object and its redacted forms by label; the relationships that join them are left out."""
    (only,) = post(value).candidates
    every = [only.new, *only.lesser]
    return {each.label: json.loads(each.raw) for each in every if each.type == value["type"]}


def links(value: dict[str, Any]) -> list[tuple[Label, dict[str, Any]]]:
    (only,) = post(value).candidates
    return [(each.label, json.loads(each.raw)) for each in only.lesser if each.type == "relationship"]


def test_each_distinct_set_of_visible_parts_is_a_form_of_its_own():
    marks = granular(description=Label.RED, name=Label.AMBER)
    made = forms(indicator(Label.GREEN, name="n", description="d", confidence=50, granular_markings=marks))
    assert set(made) == {Label.GREEN, Label.AMBER, Label.RED}
    assert [("name" in each, "description" in each) for each in made.values()] == [
        (True, True),
        (False, False),
        (True, False),
    ]
    assert len({each["id"] for each in made.values()}) == 3
    for label, each in made.items():
        assert not validate(each)
        assert label is Label.RED or each["object_marking_refs"] == [TLP2_IDS[label]]


def test_the_strictest_of_a_part_and_all_that_lies_in_it_counts():
    """One RED item of a list takes the list with it: what is left of it would tell that there was more."""
    references = [{"source_name": "a", "url": "https://example.com/secret"}, {"source_name": "b", "description": "d"}]
    marks = granular(external_references_0__url=Label.RED)
    made = forms(indicator(Label.GREEN, external_references=references, granular_markings=marks))
    assert "external_references" not in made[Label.GREEN]


def test_only_the_fuller_form_names_the_lesser():
    value = indicator(Label.GREEN, name="n", description="d", granular_markings=granular(description=Label.RED))
    made = forms(value)
    ((label, link),) = links(value)
    assert label is Label.RED and link["object_marking_refs"] == [TLP2_IDS[Label.RED]]
    assert (link["source_ref"], link["target_ref"]) == (made[Label.GREEN]["id"], value["id"])
    assert value["id"] not in json.dumps(made[Label.GREEN])


def test_the_same_version_gives_the_same_bytes_and_versions_keep_their_order():
    value = indicator(Label.GREEN, name="n", granular_markings=granular(name=Label.RED))
    later = value | {"modified": "2026-11-01T00:00:01.000Z"}
    first, again, second = (forms(each)[Label.GREEN] for each in (value, value, later))
    assert first == again
    assert first["id"] == second["id"] and first["modified"] < second["modified"]
    assert first["modified"] != value["modified"], "nobody joins two forms by their times"
    (other,) = read_post(json.dumps({"objects": [value]}).encode(), collection(), edition_key=b"o" * 32).candidates
    assert json.loads(other.lesser[0].raw)["id"] != first["id"], "without the key nobody computes it"


def test_what_would_not_be_valid_goes_out_whole_only():
    """An indicator without its pattern is none."""
    (only,) = post(indicator(Label.GREEN, granular_markings=granular(pattern=Label.RED))).candidates
    assert only.new.label is Label.RED and only.lesser == ()
    assert "whole only" in only.note


def test_without_the_key_nothing_is_redacted():
    (only,) = post(indicator(Label.GREEN, name="n", granular_markings=granular(name=Label.RED)), key=None).candidates
    assert only.new.label is Label.RED and only.lesser == ()


def test_statements_and_languages_stay_with_the_parts_that_are_left():
    definition = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STATEMENT,
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    }
    marks = [
        *granular(description=Label.RED),
        {"lang": "ja", "selectors": ["name", "description"]},
        {"marking_ref": STATEMENT, "selectors": ["description"]},
    ]
    value = indicator(Label.GREEN, name="n", description="d", granular_markings=marks)
    _, candidate = post(definition, value).candidates
    form = json.loads(candidate.lesser[0].raw)
    assert form["granular_markings"] == [{"lang": "ja", "selectors": ["name"]}]


@pytest.mark.parametrize(
    "selector", ["nothing", "labels.[2]", "labels.[99999999999999]", "external_references.[0].url"]
)
def test_a_selector_that_leads_nowhere_is_refused_with_the_reason(selector):
    marks = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": [selector]}]
    (answer,) = post(indicator(Label.GREEN, labels=["a", "b"], granular_markings=marks)).refused.values()
    assert "/granular_markings/0/selectors/0" in answer.message


NAMES = ("name", "description", "labels", "confidence", "external_references")
SECRETS: dict[str, Any] = {
    "name": "secret of the name",
    "description": "secret of the description",
    "labels": ["secret of the labels"],
    "confidence": 77,
    "external_references": [{"source_name": "x", "description": "secret of the external_references"}],
}


@given(
    st.sampled_from([Label.CLEAR, Label.GREEN, Label.AMBER]),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(list(Label)), min_size=1),
)
def test_no_form_holds_a_part_that_is_stricter_than_its_label(whole, levels):
    marks = [{"marking_ref": TLP2_IDS[label], "selectors": [name]} for name, label in levels.items()]
    value = indicator(whole, **SECRETS, granular_markings=marks, id=f"indicator--{uuid4()}")
    (only,) = post(value).candidates
    for each in [only.new, *only.lesser]:
        told = each.raw.decode()
        for name, label in levels.items():
            needed = Label.strictest(label, whole)
            if needed.rank > each.label.rank:
                assert f"secret of the {name}" not in told
                assert name not in json.loads(told)
    assert only.new.label is Label.strictest(whole, *levels.values())
