"""Intake: each object of a post is answered for, truthfully and in order; what nobody can classify is closed."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from feeds.errors import EnvelopeError
from feeds.intake.border import read_post
from feeds.intake.labels import QUARANTINE
from feeds.intake.posts import Post
from feeds.stix.extension import LIAISON
from feeds.stix.markings import TLP2_IDS, tlp_marking_definition
from models.collection import Collection
from models.vocabulary import CollectionKind, Label

STATEMENT = "marking-definition--0b1a6c3e-6a3f-4d51-9c0b-0d2a9be4a111"
TLP1_AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"


def collection(**given: Any) -> Collection:
    values: dict[str, Any] = {
        "feed": 9,
        "id": uuid4(),
        "kind": CollectionKind.SECTOR,
        "title": "T",
        "title_ja": "T",
        "default_label": None,
        "highest_label": Label.RED,
        "lenient": False,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    return Collection(**{**values, **given})


def indicator(*labels: Label, **more: Any) -> dict[str, Any]:
    made = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "pattern": "[ipv4-addr:value = '192.0.2.1']",
        "pattern_type": "stix",
        "valid_from": "2026-11-01T00:00:00Z",
        **more,
    }
    if labels:
        made["object_marking_refs"] = [TLP2_IDS[label] for label in labels]
    return made


def read(*objects: dict[str, Any], into: Collection | None = None) -> Post:
    return read_post(json.dumps({"objects": list(objects)}).encode(), into or collection())


def label_of(post: Post) -> Label:
    (only,) = post.candidates
    return only.new.label


@pytest.mark.parametrize("label", Label)
def test_the_label_is_what_the_markings_state(label):
    """One marking, one label, and nothing to tell."""
    post = read(indicator(label))
    assert (label_of(post), post.candidates[0].note) == (label, "")


def test_of_two_labels_the_stricter_applies_and_is_told():
    """T-52: contradicting markings are raised, never lowered."""
    post = read(indicator(Label.GREEN, Label.RED))
    assert label_of(post) is Label.RED
    assert "strictest" in post.candidates[0].note


def test_without_a_label_the_collections_default_applies():
    """T-52: and the poster is told so."""
    post = read(indicator(), into=collection(default_label=Label.AMBER))
    assert label_of(post) is Label.AMBER
    assert "default TLP:AMBER" in post.candidates[0].note


@pytest.mark.parametrize("default", [None, Label.GREEN])
def test_an_unknown_marking_is_closed(default):
    """A marking that nobody here knows may forbid anything; not even the default may open it."""
    post = read(indicator(object_marking_refs=[STATEMENT]), into=collection(default_label=default))
    assert label_of(post) is QUARANTINE
    assert "unknown marking" in post.candidates[0].note


def test_without_label_and_default_the_object_is_closed():
    """Unknown means closed."""
    assert label_of(read(indicator())) is QUARANTINE


def test_a_statement_whose_definition_comes_along_is_no_unknown_marking():
    """Statements say nothing about readers: the default applies, and the definition goes where the object goes."""
    definition = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STATEMENT,
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    }
    post = read(definition, indicator(object_marking_refs=[STATEMENT]), into=collection(default_label=Label.GREEN))
    assert [each.new.label for each in post.candidates] == [Label.GREEN, Label.GREEN]


def test_a_statement_that_says_more_by_an_extension_is_unknown():
    """What it says there may forbid anything."""
    definition = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STATEMENT,
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
        "extensions": {
            STATEMENT.replace("marking", "extension"): {"extension_type": "property-extension", "to": "few"}
        },
    }
    post = read(definition, indicator(object_marking_refs=[STATEMENT]), into=collection(default_label=Label.GREEN))
    assert post.candidates[1].new.label is QUARANTINE


def test_a_bare_definition_takes_the_widest_label_of_those_that_name_it():
    """Its text is read by everybody who reads one of them."""
    definition = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": STATEMENT,
        "created": "2026-01-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    }
    red, green = indicator(Label.RED), indicator(Label.GREEN)
    for each in (red, green):
        each["object_marking_refs"].append(STATEMENT)
    post = read(definition, red, green)
    assert post.candidates[0].new.label is Label.GREEN


def test_the_published_definitions_of_labels_are_clear():
    """Everybody knows them already."""
    assert label_of(read(tlp_marking_definition(Label.RED))) is Label.CLEAR


def test_granular_markings_hold_the_whole_object_at_the_strictest():
    """As it was posted: one RED sentence makes a RED object; what goes wider is a form of its own."""
    granular = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["pattern"]}]
    post = read(indicator(Label.GREEN, granular_markings=granular))
    assert label_of(post) is Label.RED
    assert "granular" in post.candidates[0].note


def test_a_granular_language_changes_no_label():
    """It marks a language, not readers."""
    granular = [{"lang": "ja", "selectors": ["pattern"]}]
    assert label_of(read(indicator(Label.GREEN, granular_markings=granular))) is Label.GREEN


def test_above_the_highest_label_is_refused_with_the_reason():
    """Also what would be kept closed for want of a label."""
    into = collection(highest_label=Label.GREEN)
    post = read(indicator(Label.AMBER), indicator(), indicator(Label.GREEN), into=into)
    assert sorted(post.refused) == [0, 1]
    assert "expected at most TLP:GREEN" in post.refused[0].message
    assert [each.place for each in post.candidates] == [2]


def test_tlp_1_is_read_and_told():
    """AMBER stays AMBER."""
    post = read(indicator(object_marking_refs=[TLP1_AMBER]))
    assert label_of(post) is Label.AMBER
    assert "TLP 1.0" in post.candidates[0].note


def test_a_strict_collection_refuses_what_a_lenient_one_takes_with_a_warning():
    """Real publishers send empty lists."""
    broken = indicator(Label.GREEN, labels=[])
    assert "/labels: expected not empty" in read(broken).refused[0].message
    lenient = read(broken, into=collection(lenient=True))
    assert (len(lenient.candidates), lenient.warned) == (1, 1)
    assert "accepted with warnings: /labels" in lenient.candidates[0].note


@pytest.mark.parametrize(
    "change", [{"id": "indicator--1"}, {"modified": "yesterday"}, {"type": 5}, {"spec_version": "3.0"}]
)
def test_even_a_lenient_collection_refuses_what_identity_rests_on(change):
    """Without id, type or version there is nothing to store it under."""
    post = read(indicator(Label.GREEN, **change), into=collection(lenient=True))
    assert post.candidates == ()
    assert "expected" in post.refused[0].message


def test_texts_longer_than_their_columns_are_refused():
    """PostgreSQL would answer with a failure of its own."""
    kind = "x-" + "a" * 120
    post = read(indicator(Label.GREEN, type=kind, id=f"{kind}--{uuid4()}"), into=collection(lenient=True))
    assert "at most" in post.refused[0].message
    digits = "2026-11-01T00:00:00." + "1" * 40 + "Z"
    assert read(indicator(Label.GREEN, modified=digits)).candidates == ()


def test_an_exercise_stays_out_of_live_collections():
    """訓練 never enters a live feed."""
    exercise = indicator(Label.GREEN, labels=["exercise"])
    assert "exercise" in read(exercise).refused[0].message
    assert len(read(exercise, into=collection(kind=CollectionKind.EXERCISE)).candidates) == 1


@pytest.mark.parametrize("labels", [["Exercise"], ["a", "訓練"], "EXERCISE"])
def test_an_exercise_says_so_in_any_letters(labels):
    """Those of others entered live feeds; a lenient collection takes one text for a list."""
    lenient = collection(lenient=True)
    assert "exercise" in read(indicator(Label.GREEN, labels=labels), into=lenient).refused[0].message
    assert read(indicator(Label.GREEN, labels=["no exercise"]), into=lenient).candidates


def test_whatever_our_extension_says_of_an_exercise_but_no_is_one():
    """A text there was taken for nothing."""
    said = {LIAISON: {"extension_type": "property-extension", "exercise": "true"}}
    assert "exercise" in read(indicator(Label.GREEN, extensions=said)).refused[0].message
    said[LIAISON]["exercise"] = False
    assert read(indicator(Label.GREEN, extensions=said)).candidates


def test_an_unusable_body_is_one_error():
    """Not a list of failures, and nothing stored."""
    with pytest.raises(EnvelopeError):
        read_post(b'{"objects": [', collection())
