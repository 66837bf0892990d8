"""The facts of an object, also of objects that are wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.stix.facts import facts_of

ORG = "identity--11111111-1111-4111-8111-111111111111"
AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
EXTENSION = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
TARGET = "malware--22222222-2222-4222-8222-222222222222"
OTHER = "tool--33333333-3333-4333-8333-333333333333"

INCIDENT = {
    "type": "incident",
    "spec_version": "2.1",
    "id": "incident--44444444-4444-4444-8444-444444444444",
    "created_by_ref": ORG,
    "created": "2026-04-01T00:00:00.000Z",
    "modified": "2026-04-02T00:00:00.000Z",
    "name": "n",
    "lang": "ja",
    "revoked": True,
    "labels": ["訓練", "速報"],
    "object_marking_refs": [AMBER],
    "granular_markings": [{"marking_ref": RED, "selectors": ["name"]}, {"lang": "en", "selectors": ["name"]}],
    "extensions": {EXTENSION: {"extension_type": "property-extension", "impact_refs": [TARGET]}, "x-ext": {}},
}


def test_the_facts_of_a_rich_object():
    facts = facts_of(INCIDENT)
    assert facts.stix_id == INCIDENT["id"]
    assert (facts.type, facts.spec_version) == ("incident", "2.1")
    assert (facts.version_text, facts.version_us) == ("2026-04-02T00:00:00.000Z", 1_775_088_000_000_000)
    assert (facts.created_by_ref, facts.labels) == (ORG, ("訓練", "速報"))
    assert (facts.marking_refs, facts.granular_markings, facts.granular_marking_refs) == ((AMBER,), True, (RED,))
    assert facts.refs == (TARGET,)
    assert facts.definition_refs == (AMBER, RED, EXTENSION)


def test_references_at_any_depth_each_once_in_order():
    value = {
        "target_ref": TARGET,
        "object_refs": [OTHER, TARGET],
        "x": [{"y": [[{"deep_ref": ORG}]]}],
        "name": {"hidden_ref": "note--5"},
        "labels": [{"hidden_refs": [["report--6"]]}],
        "object_marking_refs": [AMBER],
        "granular_markings": [{"marking_ref": RED, "selectors": ["a"]}],
    }
    assert facts_of(value).refs == (TARGET, OTHER, ORG, "note--5", "report--6")


def test_the_author_is_no_reference_but_named_elsewhere_it_is():
    assert facts_of({"created_by_ref": ORG, "object_refs": [TARGET]}).refs == (TARGET,)
    assert facts_of({"created_by_ref": ORG, "object_refs": [TARGET, ORG]}).refs == (TARGET, ORG)
    assert facts_of({"object_refs": [ORG], "created_by_ref": ORG}).refs == (ORG,)
    assert facts_of({"x": {"created_by_ref": ORG}}).refs == (ORG,)


def test_numbered_references_of_stix_2_0_are_no_ids():
    value = {"type": "observed-data", "objects": {"0": {"type": "email-message", "from_ref": "1", "to_refs": ["2"]}}}
    assert facts_of(value).refs == ()


@pytest.mark.parametrize(
    "value, version",
    [
        ({"type": "indicator", "spec_version": "2.1"}, "2.1"),
        ({"type": "indicator", "spec_version": "2.0"}, "2.0"),
        ({"type": "indicator"}, "2.0"),
        ({"type": "marking-definition"}, "2.0"),
        ({"type": "ipv4-addr"}, "2.1"),
        ({}, "2.0"),
    ],
)
def test_spec_version(value, version):
    assert facts_of(value).spec_version == version


@pytest.mark.parametrize(
    "value, text, moment",
    [
        ({"created": "1970-01-01T00:00:01Z", "modified": "1970-01-01T00:00:02Z"}, "1970-01-01T00:00:02Z", 2_000_000),
        ({"created": "1970-01-01T00:00:01Z"}, "1970-01-01T00:00:01Z", 1_000_000),
        ({"modified": "yesterday"}, "yesterday", None),
        ({"modified": 5}, None, None),
        ({}, None, None),
    ],
)
def test_version(value, text, moment):
    facts = facts_of(value)
    assert (facts.version_text, facts.version_us) == (text, moment)


ANY = st.recursive(
    st.sampled_from([None, True, 5, 0.5, "", "text", ORG, AMBER, EXTENSION]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*INCIDENT, "a_ref", "b_refs", "marking_ref", EXTENSION]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*INCIDENT, "a_ref", "b_refs"]), ANY, max_size=8))
def test_facts_of_anything_are_well_typed(value):
    """Extraction comes before judgement in the order of reading, so it must survive whatever was posted."""
    facts = facts_of(value)
    assert isinstance(facts.stix_id, str)
    assert isinstance(facts.type, str)
    for several in (facts.marking_refs, facts.labels, facts.refs, facts.definition_refs, facts.granular_marking_refs):
        assert all(isinstance(each, str) for each in several)
        hash(several)
