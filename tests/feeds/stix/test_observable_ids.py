"""Deterministic ids of observables, as `stix2` computes them; a wrong one is a warning, never a refusal."""

import copy
import json
import warnings

import pytest
import stix2
from hypothesis import HealthCheck, assume, given, settings
from stix2.v21 import OBJ_MAP_OBSERVABLE

from feeds.intake.border import read_post
from feeds.intake.observables import note_odd_ids
from feeds.stix.facts import OBSERVABLE_TYPES
from feeds.stix.observable_ids import CONTRIBUTING, deterministic_ids, find_expected_id
from feeds.stix.schema import validate
from models.collection import Collection
from models.vocabulary import CollectionKind, Label
from tests.feeds.stix.samples import objects
from tests.feeds.stix.test_schema_against_others import tidy

KNOWN = {
    "type": "ipv4-addr",
    "spec_version": "2.1",
    "id": stix2.IPv4Address(value="198.51.100.3").id,
    "value": "198.51.100.3",
}
"""As the field's own library makes it."""


def test_the_properties_are_those_of_the_specification():
    """`stix2` has the same table."""
    assert CONTRIBUTING.keys() == OBSERVABLE_TYPES
    assert {name: list(each) for name, each in CONTRIBUTING.items()} == {
        name: made._id_contributing_properties for name, made in OBJ_MAP_OBSERVABLE.items()
    }


def test_one_of_each():
    assert list(deterministic_ids(KNOWN, "ipv4-addr")) == [KNOWN["id"]]
    assert find_expected_id(KNOWN) is None
    assert find_expected_id({**KNOWN, "value": "198.51.100.4"}) not in {None, KNOWN["id"]}


@pytest.mark.parametrize("kind", sorted(OBSERVABLE_TYPES - {"process"}))
def test_ids_are_those_that_stix2_makes(kind):
    @settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(objects(kind).map(tidy))
    def check(value):
        assume(validate(value) == ())
        bare = {name: copy.deepcopy(each) for name, each in value.items() if name not in {"id", "defanged"}}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                made = stix2.parse({**bare, "id": value["id"]}, allow_custom=True, version="2.1")._generate_id()
            except Exception:
                assume(False)
        if made is not None:
            assert made in list(deterministic_ids(value, kind))

    check()


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"type": 5, "id": 5},
        {"type": "process", "id": "process--11111111-1111-5111-8111-111111111111", "pid": 1},
        {"type": "url", "id": "url--11111111-1111-4111-8111-111111111111", "value": "http://a.example/"},
        {"type": "url", "id": "url--11111111-1111-5111-8111-111111111111", "value": "\ud800"},
        {"type": "file", "id": "file--11111111-1111-5111-8111-111111111111", "extensions": {"x": 1e999}},
    ],
)
def test_what_claims_nothing_or_cannot_be_computed_is_let_be(value):
    assert find_expected_id(value) is None


def test_a_wrong_id_is_accepted_with_a_warning():
    collection = Collection(
        feed=9, kind=CollectionKind.ADDED, default_label=Label.GREEN, highest_label=Label.RED, lenient=False
    )
    wrong = {**KNOWN, "value": "198.51.100.9"}
    post = note_odd_ids(read_post(json.dumps({"objects": [KNOWN, wrong]}).encode(), collection))
    first, second = post.candidates
    assert "version 5" not in first.note
    assert "expected ipv4-addr--" in second.note and not post.refused
